//! One's own account: a password that is due, changing it, and where one is signed in.

use crate::desk::{PASSWORD, signed_in, staffed};
use axum::http::StatusCode;

const NEW: &str = "Another-word-2";

#[tokio::test]
async fn who_must_change_the_password_sees_nothing_before_and_goes_on_afterwards() {
    let site = staffed("2026-02-02");
    let clerk = site.bureau.store.account("clerk").unwrap().unwrap();
    site.bureau.store.put_account(store::Account { must_change: true, ..clerk }).unwrap();
    let mut browser = signed_in(&site, "clerk").await;
    for (path, back) in [("/desk/work?box=soon", "%2Fdesk%2Fwork%3Fbox%3Dsoon"), ("/desk/matters", "%2Fdesk%2Fmatters")]
    {
        browser.get(path).await.leads_to(&format!("/desk/account?back={back}"));
    }
    let page = browser.get("/desk/account?back=/desk/matters").await;
    page.says("请先修改密码");
    assert!(!page.text.contains("退出其他登录"), "nothing but the form");
    let (csrf, next) = (page.hidden("csrf"), page.hidden("next"));
    for (old, new, again, said) in [
        (PASSWORD, NEW, "Another-word-3", "两次填的新密码不一样"),
        ("wrong", NEW, NEW, "原来的密码不对"),
        (PASSWORD, "Short-1", "Short-1", "新密码至少12个字"),
        (PASSWORD, "only small letters", "only small letters", "新密码太好猜"),
        (PASSWORD, PASSWORD, PASSWORD, "新密码太好猜"),
    ] {
        let fields = [("csrf", csrf.as_str()), ("next", &next), ("old", old), ("new", new), ("again", again)];
        let answer = browser.post("/desk/account", &fields).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{said}");
        answer.says(said);
        assert!(!answer.text.contains(NEW), "what was typed as a password is not sent back");
    }
    let foreign = browser.post("/desk/account", &[("old", PASSWORD), ("new", NEW), ("again", NEW)]).await;
    assert_eq!(foreign.status, StatusCode::FORBIDDEN);
    let fields = [("csrf", csrf.as_str()), ("next", &next), ("old", PASSWORD), ("new", NEW), ("again", NEW)];
    browser.post("/desk/account", &fields).await.leads_to("/desk/matters");
    assert_eq!(browser.get("/desk/matters").await.status, StatusCode::OK);
}

#[tokio::test]
async fn ones_sessions_are_listed_and_the_others_end() {
    let site = staffed("2026-02-02");
    let mut one = signed_in(&site, "clerk").await;
    let mut two = signed_in(&site, "clerk").await;
    let page = two.get("/desk/account").await;
    page.says("正在用的这一个");
    page.says("其他登录");
    let csrf = page.hidden("csrf");
    two.post("/desk/account/others", &[("csrf", &csrf)]).await.leads_to("/desk/account?done=others");
    two.get("/desk/account?done=others").await.says("其他登录都已退出。");
    one.get("/desk").await.leads_to("/desk/sign-in?back=%2Fdesk");
    assert_eq!(two.get("/desk").await.status, StatusCode::OK);
}

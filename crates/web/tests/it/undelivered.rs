//! Messages that did not arrive: the office tells their readers, the operator sends them anew.

use crate::desk::{filed, person, signed_in, staffed};
use crate::site::Site;
use acts::delivery::{Delivery, DeliveryError, Letter, deliver};
use axum::http::StatusCode;

/// A receiver that refuses, or takes, everything.
struct Receiver(Result<(), DeliveryError>);

impl Delivery for Receiver {
    fn deliver(&self, _: &Letter) -> Result<(), DeliveryError> {
        self.0.clone()
    }
}

fn delivers(site: &Site, answer: Result<(), DeliveryError>) {
    while deliver(&site.bureau, &Receiver(answer.clone()), site.now()).unwrap().tried() > 0 {}
}

fn refused() -> Result<(), DeliveryError> {
    Err(DeliveryError::Never("550 空号".to_owned()))
}

#[tokio::test]
async fn the_office_of_the_matter_sees_what_did_not_arrive_and_says_how_it_was_told() {
    let site = staffed("2026-03-02");
    let mut clerk = signed_in(&site, "clerk").await;
    let matter = filed(&mut signed_in(&site, "window").await, &person(6)).await;
    let entry = "href=\"/desk/undelivered\"";
    assert!(!clerk.get("/desk").await.text.contains(entry), "no entry as long as everything arrives");
    clerk.get("/desk/undelivered").await.says("本机构办件的消息都送到了。");
    delivers(&site, refused());
    assert!(clerk.get("/desk").await.text.contains(entry));
    let list = clerk.get("/desk/undelivered").await;
    list.says("1条短信没有送到").says("138****0017").says("对方不收：550 空号").says("〔2026〕东援申字第1号");
    assert!(list.text.contains(&format!("href=\"{matter}\"")) && !list.text.contains("13800000017"));
    let mut west = signed_in(&site, "clerk-west").await;
    let other = west.get("/desk/undelivered").await;
    other.says("本机构办件的消息都送到了。");

    let fields = [("csrf", list.hidden("csrf")), ("id", list.hidden("id"))];
    let with =
        |csrf: &str, told: &str| [("csrf", csrf.to_owned()), ("id", fields[1].1.clone()), ("told", told.to_owned())];
    let post = async |browser: &mut crate::site::Browser, fields: [(&str, String); 3]| {
        let fields = fields.each_ref().map(|(name, text)| (*name, text.as_str()));
        browser.post("/desk/undelivered", &fields).await
    };
    assert_eq!(post(&mut clerk, with("x", "phone")).await.status, StatusCode::FORBIDDEN);
    assert_eq!(post(&mut clerk, with(&fields[0].1, "pigeon")).await.status, StatusCode::NOT_FOUND);
    assert_eq!(post(&mut west, with(&other.hidden("csrf"), "phone")).await.status, StatusCode::FORBIDDEN);
    post(&mut clerk, with(&fields[0].1, "phone")).await.leads_to("/desk/undelivered");
    post(&mut clerk, with(&fields[0].1, "phone")).await.leads_to("/desk/undelivered");
    clerk.get("/desk/undelivered").await.says("本机构办件的消息都送到了。");
    assert!(!clerk.get("/desk").await.text.contains(entry));
    signed_in(&site, "operator").await.get("/desk/outbox?state=told").await.says("已另行告知");
}

#[tokio::test]
async fn the_operator_sees_why_and_sends_anew() {
    let site = staffed("2026-03-02");
    let mut window = signed_in(&site, "window").await;
    for at in [6, 7] {
        filed(&mut window, &person(at)).await;
    }
    let mut operator = signed_in(&site, "operator").await;
    delivers(&site, Err(DeliveryError::Later("451 占线".to_owned())));
    let page = operator.get("/desk/outbox").await;
    page.says("451 占线").says("2026年3月2日 9:11");
    assert!(!page.main().contains("重新发送") && !page.text.contains("13800000017"), "{}", page.main());
    site.set_clock("2026-03-02T09:11:00");
    delivers(&site, refused());
    let page = operator.get("/desk/outbox").await;
    page.says("对方不收：550 空号").says("起不再发").says("全部重新发送");
    assert_eq!(signed_in(&site, "clerk").await.post("/desk/outbox", &[]).await.status, StatusCode::FORBIDDEN);
    let csrf = page.hidden("csrf");
    assert_eq!(operator.post("/desk/outbox", &[("csrf", "x"), ("id", "")]).await.status, StatusCode::FORBIDDEN);
    let one = operator.get("/desk/outbox?state=dead").await;
    let id = one.text.split("name=\"id\" value=\"").nth(2).and_then(|rest| rest.split('"').next()).unwrap();
    operator.post("/desk/outbox", &[("csrf", &csrf), ("id", id), ("do", "resend")]).await.leads_to("/desk/outbox");
    operator.get("/desk/outbox?state=pending").await.says("马上").says("对方不收：550 空号");
    operator.post("/desk/outbox", &[("csrf", &csrf), ("id", ""), ("do", "resend")]).await.leads_to("/desk/outbox");
    delivers(&site, Ok(()));
    let page = operator.get("/desk/outbox?state=sent").await;
    assert!(!page.main().contains("重新发送"), "{}", page.main());
    page.says("已发送");
}

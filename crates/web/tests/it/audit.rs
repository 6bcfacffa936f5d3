//! The trail of what was done, as the administrator of audit reads it.

use crate::desk::{CAST, PASSWORD, act, filed, person, signed_in, staffed};
use acts::people;
use acts::policy::HeldPost;
use axum::http::StatusCode;

#[tokio::test]
async fn the_administrator_of_audit_reads_what_was_done_and_nobody_else_does() {
    let site = staffed("2026-03-02");
    let post = HeldPost { seat: "security".into(), office: "bureau-city".into() };
    people::create(&site.bureau, site.now(), "security", "安可心", PASSWORD, &[post]).unwrap();
    let mut window = signed_in(&site, "window").await;
    let applicant = person(10);
    let matter = filed(&mut window, &applicant).await;
    let mut clerk = signed_in(&site, "clerk").await;
    act(&mut clerk, &matter, "ask-supplement", &[("supplement-list", "请补交工资流水。")]).await;

    let mut auditor = signed_in(&site, "auditor").await;
    let page = auditor.get("/desk/audit").await;
    assert!(page.text.contains("审计管理员"), "the capacity they act in");
    page.says("审计记录").says("沈知微").says("石磊").says("总账里有");
    let id = store::MatterId(matter.trim_start_matches("/desk/matters/").to_owned());
    let number = site.bureau.store.matter(&id).unwrap().unwrap().number.unwrap();
    page.says(&number);
    for content in ["请补交工资流水", "周小满", &applicant, "13800000017", "湖滨街道"] {
        assert!(!page.text.contains(content), "{content}");
    }
    auditor.get(&format!("/desk/audit?number={number}")).await.says("沈知微");
    auditor.get("/desk/audit?kind=account").await.says("没有符合条件的记录");
    auditor.get("/desk/audit?until=2026-03-01").await.says("没有符合条件的记录");
    auditor.get("/desk/audit?before=x&until=never&kind=nothing&number=%27").await.says("没有符合条件的记录");
    assert_eq!(auditor.get(&matter).await.status, StatusCode::NOT_FOUND, "what it is about stays closed");

    let others = CAST.iter().map(|(login, ..)| *login).filter(|login| *login != "auditor").chain(["security"]);
    for login in others {
        let refused = signed_in(&site, login).await.get("/desk/audit").await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{login}");
    }
}

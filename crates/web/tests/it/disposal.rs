//! A matter whose content was destroyed: one sentence for everybody, and nothing behind it.

use crate::desk::{filed, person, signed_in, staffed};
use crate::site::Site;
use acts::{content, load, people, policy::HeldPost, retention, rows, system};
use axum::http::StatusCode;
use kernel::matter::Act;
use kernel::names::MatterId;
use kernel::value::{Facts, Value};
use kernel::world::Actor;
use store::Append;

/// Puts the last act of a case file behind an application: archived for a short term.
fn archived(site: &Site, id: &MatterId) -> String {
    let bureau = &site.bureau;
    let loaded = load::load(bureau, id).unwrap();
    let facts = Facts::from([("retention".into(), Value::Text("short".into()))]);
    let clerk = Actor { person: "clerk".into(), seat: "aid-clerk".into(), office: Some("aid-east".into()) };
    let act = Act {
        owner: loaded.matter.owner.clone(),
        to: "archived".into(),
        ..Act::bare(&loaded.procedure, "archive".into(), site.now(), clerk)
    };
    let packed = content::pack(bureau, &loaded.procedure, &content::label(id, 2), &facts, &|_| None).unwrap();
    let body = act.to_body();
    let mut after = loaded.matter.clone();
    after.apply(act, facts);
    let entry = rows::rows(&bureau.law, &loaded.procedure, &after).entry(1, body, packed);
    bureau
        .store
        .append(Append { at: site.now().at.as_millisecond(), entries: vec![entry], ..Append::default() })
        .unwrap();
    after.number.unwrap()
}

#[tokio::test]
async fn a_destroyed_matter_is_said_to_be_destroyed_and_shows_nothing_else() {
    let site = staffed("2026-03-02");
    for (login, name) in [("dang-yi", "党档案"), ("dang-er", "单档案")] {
        let post = HeldPost { seat: "archivist".into(), office: "bureau-city".into() };
        people::create(&site.bureau, site.now(), login, name, crate::desk::PASSWORD, &[post]).unwrap();
    }
    let path = filed(&mut signed_in(&site, "window").await, &person(1)).await;
    let id = MatterId::new(path.rsplit('/').next().unwrap());
    let number = archived(&site, &id);
    site.set_clock("2036-03-03T09:00:00");
    let signer = |login: &str| system::archivist(&site.bureau, login, site.now().on()).unwrap();
    retention::propose(&site.bureau, site.now(), &signer("dang-yi"), &id).unwrap();
    retention::dispose(&site.bureau, site.now(), &signer("dang-er"), &id).unwrap();

    // Ten years are longer than a password's term.
    for login in ["clerk", "clerk-west"] {
        people::reset(&site.bureau, site.now(), login, crate::desk::PASSWORD).unwrap();
    }
    let mut clerk = signed_in(&site, "clerk").await;
    for page in ["", "?tab=record", "/papers/1/application-form", "/dossier", "/receipt/1", "/acts/rate"] {
        let seen = clerk.get(&format!("{path}{page}")).await;
        assert_eq!(seen.status, StatusCode::GONE, "{page}: {}", seen.main());
        seen.says("已按保管期限销毁").says("2036年3月3日").says("党档案提出，单档案批准").says("档案法第二十一条");
        assert!(!seen.text.contains("周小满") && !seen.text.contains("拖欠"), "{}", seen.main());
    }
    let stranger = signed_in(&site, "clerk-west").await.get(&path).await;
    assert_eq!(stranger.status, StatusCode::NOT_FOUND, "not theirs to read");

    let mut citizen = site.browser();
    let csrf = citizen.get("/status").await.hidden("csrf");
    let asked = [("csrf", csrf.as_str()), ("number", number.as_str()), ("phone", "13800000017")];
    let told = citizen.post("/status", &asked).await;
    assert_eq!(told.status, StatusCode::GONE, "{}", told.main());
    told.says("已按保管期限销毁").says(&number).says("短期（10年）");
    assert!(!told.text.contains("党档案"), "{}", told.main());
}

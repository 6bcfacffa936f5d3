//! An open worklist: what it hears, when it hears nothing, and when it is sent away.

use crate::desk::{act, filed, person, signed_in, staffed};
use crate::site::{Browser, Heard, Page};
use axum::body::Body;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, IF_NONE_MATCH, RETRY_AFTER};
use axum::http::{Request, StatusCode};

const CHANGES: &str = "/desk/work/changes";
const NOW: &str = "/desk/work/now";

/// Listens as a page that shows these counters.
async fn listen(browser: &Browser, knows: &str) -> Heard {
    browser.listen(Request::get(format!("{CHANGES}?knows={knows}"))).await
}

/// Asks for the counters with the tag of those that are known.
async fn ask(browser: &mut Browser, tag: &str) -> Page {
    browser.ask(Request::get(NOW).header(IF_NONE_MATCH, tag), Body::empty()).await
}

/// The counters an event names, and that it carries them.
async fn told(heard: &mut Heard) -> String {
    let event = heard.next().await.expect("an event");
    let line =
        |name: &str| event.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default().trim().to_owned();
    let id = line("id:");
    assert_eq!(line("event:"), "counters", "{event}");
    assert!(line("data:").contains(&format!("\"knows\":\"{id}\"")), "{event}");
    id
}

#[tokio::test]
async fn a_page_hears_when_its_own_counters_change_and_only_then() {
    let site = staffed("2026-03-02");
    let mut clerk = signed_in(&site, "clerk").await;
    let shown = clerk.get("/desk/work").await;
    assert!(shown.text.contains("data-knows=\"0-0-0-0\""), "{}", shown.text);
    let director = signed_in(&site, "director").await;
    let (mut examines, mut decides) = (listen(&clerk, "0-0-0-0").await, listen(&director, "0-0-0-0").await);
    assert_eq!(examines.status, StatusCode::OK);
    let media = examines.headers.get(CONTENT_TYPE).unwrap().to_str().unwrap();
    assert!(media.starts_with("text/event-stream") && examines.headers.contains_key(CACHE_CONTROL), "{media}");
    let matter = filed(&mut signed_in(&site, "window").await, &person(11)).await;
    assert_eq!(told(&mut examines).await, "1-0-0-0");
    let proposed = [("applicant-groups", "migrant"), ("review-opinion", "拟同意。")];
    act(&mut clerk, &matter, "propose-grant", &proposed).await;
    assert_eq!(told(&mut examines).await, "0-0-0-0");
    // The first thing the director hears is the first that concerns a director.
    assert_eq!(told(&mut decides).await, "1-0-0-0");
}

#[tokio::test]
async fn a_page_hears_that_the_day_changed_what_is_soon_and_overdue() {
    let site = staffed("2026-03-02");
    filed(&mut signed_in(&site, "window").await, &person(16)).await;
    for (night, morning, before, after) in
        [("2026-03-05", "2026-03-06", "1-0-0-0", "1-1-0-0"), ("2026-03-09", "2026-03-10", "1-1-0-0", "1-0-1-0")]
    {
        site.set_clock(&format!("{night}T23:55:00"));
        let clerk = signed_in(&site, "clerk").await;
        let mut heard = listen(&clerk, before).await;
        site.set_clock(&format!("{morning}T00:05:00"));
        assert_eq!(told(&mut heard).await, after, "{morning}");
    }
}

#[tokio::test]
async fn a_page_that_comes_back_hears_what_it_missed() {
    let site = staffed("2026-03-02");
    let clerk = signed_in(&site, "clerk").await;
    filed(&mut signed_in(&site, "window").await, &person(12)).await;
    assert_eq!(told(&mut listen(&clerk, "0-0-0-0").await).await, "1-0-0-0");
    // A browser that comes back by itself asks with the old address and the last event it had.
    let again = Request::get(format!("{CHANGES}?knows=0-0-0-0")).header("last-event-id", "1-0-0-0");
    let mut again = clerk.listen(again).await;
    filed(&mut signed_in(&site, "window").await, &person(13)).await;
    assert_eq!(told(&mut again).await, "2-0-0-0");
}

#[tokio::test]
async fn the_counters_are_sent_only_when_they_are_not_known() {
    let site = staffed("2026-03-02");
    let mut clerk = signed_in(&site, "clerk").await;
    let first = ask(&mut clerk, "").await;
    assert_eq!((first.status, first.media.as_str()), (StatusCode::OK, "application/json"));
    let counters: serde_json::Value = serde_json::from_str(&first.text).unwrap();
    let zero = serde_json::json!({"todo": 0, "soon": 0, "overdue": 0, "stopped": 0, "all": 0, "knows": "0-0-0-0"});
    assert_eq!(counters, zero);
    for tag in ["\"0-0-0-0\"", "\"x\", W/\"0-0-0-0\""] {
        let same = ask(&mut clerk, tag).await;
        assert_eq!((same.status, same.text.as_str()), (StatusCode::NOT_MODIFIED, ""), "{tag}");
    }
    filed(&mut signed_in(&site, "window").await, &person(14)).await;
    let changed = ask(&mut clerk, "\"0-0-0-0\"").await;
    assert!(changed.status == StatusCode::OK && changed.text.contains("\"all\":1"), "{}", changed.text);
}

#[tokio::test]
async fn too_many_pages_of_one_account_are_told_to_ask_now_and_then() {
    let site = staffed("2026-03-02");
    let clerk = signed_in(&site, "clerk").await;
    let mut pages = Vec::new();
    for _ in 0..6 {
        pages.push(listen(&clerk, "").await);
    }
    assert!(pages.iter().all(|page| page.status == StatusCode::OK));
    let refused = listen(&signed_in(&site, "clerk").await, "").await;
    assert_eq!(refused.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(refused.headers.get(RETRY_AFTER).unwrap(), "30");
    assert_eq!(listen(&signed_in(&site, "director").await, "").await.status, StatusCode::OK);
    drop(pages);
    assert_eq!(listen(&clerk, "").await.status, StatusCode::OK, "pages that were closed take no room");
}

#[tokio::test]
async fn what_is_heard_ends_when_somebody_signs_out() {
    let site = staffed("2026-03-02");
    let mut clerk = signed_in(&site, "clerk").await;
    let elsewhere = signed_in(&site, "clerk").await;
    let (mut here, mut there) = (listen(&clerk, "0-0-0-0").await, listen(&elsewhere, "0-0-0-0").await);
    let csrf = clerk.get("/desk").await.hidden("csrf");
    clerk.post("/desk/sign-out", &[("csrf", &csrf)]).await.leads_to("/desk/sign-in");
    assert_eq!(here.next().await, None);
    filed(&mut signed_in(&site, "window").await, &person(15)).await;
    assert_eq!(told(&mut there).await, "1-0-0-0", "another session of theirs goes on");
}

#[tokio::test]
async fn waiting_keeps_no_session_alive() {
    let site = staffed("2026-03-02");
    let mut clerk = signed_in(&site, "clerk").await;
    let mut heard = listen(&clerk, "0-0-0-0").await;
    for minute in [20, 35, 39] {
        site.set_clock(&format!("2026-03-02T09:{minute}:00"));
        assert_eq!(ask(&mut clerk, "").await.status, StatusCode::OK, "{minute}");
    }
    site.set_clock("2026-03-02T09:41:00");
    assert_eq!(heard.next().await, None);
    clerk.get(NOW).await.leads_to("/desk/sign-in?back=%2Fdesk%2Fwork%2Fnow");
}

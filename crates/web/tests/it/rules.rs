//! Every route there is, asked as nobody, as a party and as every role: it keeps the rule it was declared with.
//!
//! The list of routes is a page of the reference. A route that is not on it, or is there with another rule, fails here.

use crate::desk::{CAST, PASSWORD, filed, person, signed_in, staffed};
use crate::factors::Phone;
use crate::public::with_a_matter_open;
use crate::site::{Browser, Page, Site};
use acts::people;
use acts::policy::{Duty, HeldPost};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::http::{Method, Request, StatusCode};
use serde_json::json;
use std::path::Path;
use web::access::{Rule, Who};

/// Forms that change nothing but the print of one's own pages, or answer about what was sent: these need no proof.
const CHANGE_NOTHING: [&str; 2] = ["/mode", "/verify"];

/// Somebody who asks.
struct Asker {
    name: String,
    browser: Browser,
    token: Option<String>,
    account: bool,
    party: bool,
    duties: Vec<Duty>,
}

impl Asker {
    fn may(&self, who: Who) -> bool {
        match who {
            Who::Everybody | Who::PartyForm => true,
            Who::Party => self.party,
            Who::Draft => self.browser.cookies.contains_key("xz_draft"),
            Who::Citizen => false,
            Who::Clerk | Who::Account | Who::Coding | Who::Enrolling | Who::Waiting => self.account,
            Who::Administrator => {
                [Duty::Operate, Duty::Appoint, Duty::Audit].iter().any(|duty| self.duties.contains(duty))
            }
            Who::With(duty) => self.duties.contains(&duty),
            Who::Bearer => self.token.is_some(),
        }
    }

    async fn ask(&mut self, rule: &Rule, path: &str) -> Page {
        let mut request = Request::builder().method(rule.method.clone()).uri(path);
        // Where everybody may ask a token says nothing, but for ending its own session.
        if let (Some(token), Who::Bearer) = (&self.token, rule.who) {
            request = request.header(AUTHORIZATION, format!("Bearer {token}"));
        }
        if rule.method == Method::POST && !rule.path.starts_with("/api/") {
            request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        }
        self.browser.clone().ask(request, "").await
    }
}

/// The path with something in the place of every name: the matter, and otherwise nothing that exists.
fn filled(path: &str, matter: &str) -> String {
    let part = |part: &str| match part {
        "{id}" | "{matter}" => matter.to_owned(),
        "{version}" | "{step}" => "1".to_owned(),
        "{procedure}" => "legal-aid".to_owned(),
        other if other.starts_with('{') => "nothing".to_owned(),
        other => other.to_owned(),
    };
    path.split('/').map(part).collect::<Vec<_>>().join("/")
}

async fn account(site: &Site, login: &str, posts: &[HeldPost]) -> Asker {
    let browser = signed_in(site, login).await;
    let sent = json!({ "login": login, "password": PASSWORD }).to_string();
    let request = Request::post("/api/v1/sessions").header("content-type", "application/json");
    let answer = site.browser().ask(request, sent).await;
    let body: serde_json::Value = serde_json::from_slice(&answer.bytes).unwrap();
    let duties = site.bureau.policy.duties(&login.into(), posts).into_iter().collect();
    let token = body["token"].as_str().map(str::to_owned);
    assert!(token.is_some(), "{login}: {body}");
    Asker { name: login.to_owned(), browser, token, account: true, party: false, duties }
}

async fn askers(site: &Site) -> Vec<Asker> {
    let nobody = |name: &str, browser: Browser, party: bool| Asker {
        name: name.to_owned(),
        browser,
        token: None,
        account: false,
        party,
        duties: Vec::new(),
    };
    let mut askers =
        vec![nobody("nobody", site.browser(), false), nobody("party", with_a_matter_open(site).await, true)];
    for (login, _, seat, office) in CAST {
        let post = HeldPost { seat: seat.into(), office: office.into() };
        let posts = if seat.is_empty() { Vec::new() } else { vec![post] };
        askers.push(account(site, login, &posts).await);
    }
    askers
}

/// The answer that stands in the place of the handler's.
fn is_refused_by(rule: &Rule, asker: &Asker, page: &Page) -> bool {
    match rule.who {
        Who::Everybody | Who::PartyForm => false,
        Who::Party | Who::Citizen => page.status == StatusCode::SEE_OTHER && page.location == "/status",
        Who::Draft => page.status == StatusCode::NOT_FOUND,
        Who::With(_) | Who::Administrator if asker.account => page.status == StatusCode::FORBIDDEN,
        Who::Clerk | Who::Account | Who::Coding | Who::Enrolling | Who::Waiting | Who::Administrator | Who::With(_) => {
            page.status == StatusCode::SEE_OTHER && page.location.starts_with("/desk/sign-in?back=")
        }
        Who::Bearer => page.status == StatusCode::UNAUTHORIZED,
    }
}

#[tokio::test]
async fn every_route_keeps_its_rule_whoever_asks() {
    let site = staffed("2026-03-02");
    let matter = filed(&mut signed_in(&site, "window").await, &person(6)).await;
    let matter = matter.rsplit('/').next().unwrap();
    for mut asker in askers(&site).await {
        for rule in web::routes::rules() {
            // A page that listens is answered as long as it is open: what it hears has tests of its own.
            if rule.path == "/desk/work/changes" && asker.account {
                continue;
            }
            let path = filled(rule.path, matter);
            let page = asker.ask(&rule, &path).await;
            let what = format!("{} {} as {}: {} {}", rule.method, path, asker.name, page.status, page.location);
            assert!(!page.status.is_server_error(), "{what} {}", page.main());
            if !asker.may(rule.who) {
                assert!(is_refused_by(&rule, &asker, &page), "{what}");
            } else if rule.method == Method::POST
                && !rule.path.starts_with("/api/")
                && !CHANGE_NOTHING.contains(&rule.path)
            {
                // Nothing was sent, and no proof that it came from a page of ours: whatever it is, it is not done.
                assert_eq!(page.status, StatusCode::FORBIDDEN, "{what}");
                page.says("这张表放得太久了");
            } else if rule.who != Who::Everybody && rule.who != Who::Waiting {
                assert_ne!(page.status, StatusCode::UNAUTHORIZED, "{what}");
                assert!(!page.location.starts_with("/desk/sign-in") && page.location != "/status", "{what}");
            }
        }
    }
}

/// Every route, asked by a session that owes something: it is sent to where that is paid, and no handler runs.
async fn owing(browser: &Browser, token: &str, paid_at: &str, open: &[Who], matter: &str) {
    for rule in web::routes::rules().into_iter().filter(|rule| rule.who != Who::Everybody) {
        let party = matches!(rule.who, Who::Party | Who::PartyForm | Who::Citizen | Who::Draft);
        let path = filled(rule.path, matter);
        let mut request = Request::builder().method(rule.method.clone()).uri(&path);
        if rule.who == Who::Bearer {
            request = request.header(AUTHORIZATION, format!("Bearer {token}"));
        } else if rule.method == Method::POST {
            request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        }
        let page = browser.clone().ask(request, "").await;
        let what = format!("{} {path}: {} {}", rule.method, page.status, page.location);
        match rule.who {
            Who::Bearer => assert_eq!(page.status, StatusCode::FORBIDDEN, "{what}"),
            who if open.contains(&who) => assert!(!page.location.starts_with(paid_at), "{what}"),
            _ if party => assert!(!page.status.is_success() || rule.who == Who::PartyForm, "{what}"),
            _ => assert!(
                page.status == StatusCode::SEE_OTHER && page.location.starts_with(&format!("{paid_at}?back=")),
                "{what}"
            ),
        }
    }
}

#[tokio::test]
async fn a_session_that_owes_something_opens_only_where_it_is_paid() {
    let site = staffed("2026-03-02");
    let matter = filed(&mut signed_in(&site, "window").await, &person(6)).await;
    let matter = matter.rsplit('/').next().unwrap();
    Phone::added(&site, "clerk");
    let browser = signed_in(&site, "clerk").await;
    let token = browser.cookies["xz_account"].clone();
    owing(&browser, &token, "/desk/sign-in/code", &[Who::Coding], matter).await;
    people::limits::set_factor_from(&site.bureau, Some(site.now().on())).unwrap();
    let browser = signed_in(&site, "operator").await;
    let token = browser.cookies["xz_account"].clone();
    owing(&browser, &token, "/desk/account/factor", &[Who::Enrolling], matter).await;
    people::demand_change(&site.bureau, "director").unwrap();
    let browser = signed_in(&site, "director").await;
    let token = browser.cookies["xz_account"].clone();
    owing(&browser, &token, "/desk/account", &[Who::Account], matter).await;
}

#[test]
fn the_reference_lists_every_route_and_who_may_use_it() {
    let rules = web::routes::rules();
    let mut listed: Vec<String> =
        rules.iter().map(|rule| format!("| `{}` | {} | {rule} |", rule.path, rule.method)).collect();
    listed.sort();
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference/routes.md");
    let page = std::fs::read_to_string(page).unwrap();
    let mut written: Vec<String> = page.lines().filter(|line| line.starts_with("| `/")).map(str::to_owned).collect();
    written.sort();
    let missing: Vec<&String> = listed.iter().filter(|line| !written.contains(line)).collect();
    let gone: Vec<&String> = written.iter().filter(|line| !listed.contains(line)).collect();
    assert!(missing.is_empty() && gone.is_empty(), "add to docs/reference/routes.md: {missing:#?}; remove: {gone:#?}");
    let mut names: Vec<(&str, &Method)> = rules.iter().map(|rule| (rule.path, &rule.method)).collect();
    names.sort_by_key(|(path, method)| (*path, method.as_str()));
    assert!(names.windows(2).all(|pair| pair[0] != pair[1]), "a route is declared twice");
}

#[tokio::test]
async fn another_method_is_no_way_round() {
    let site = staffed("2026-03-02");
    let mut clerk = signed_in(&site, "clerk").await;
    for rule in web::routes::rules() {
        for method in [Method::PUT, Method::PATCH, Method::OPTIONS, Method::TRACE] {
            let request = Request::builder().method(method.clone()).uri(filled(rule.path, "nothing"));
            let page = clerk.ask(request, "").await;
            assert_eq!(page.status, StatusCode::METHOD_NOT_ALLOWED, "{method} {}", rule.path);
        }
    }
}

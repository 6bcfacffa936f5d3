//! Forms that somebody else made, sent again, or filled with more than they ask.

use crate::browser::{Browser, PLAIN};
use crate::city::{City, city};
use crate::routes::{filled, routes, who};
use web::access::Who;

/// Forms that change nothing, or only the print: anyone may send them from anywhere.
const HARMLESS: [&str; 2] = ["/verify", "/mode"];
/// A form by which a window opens a matter.
const OPENING: &str = "/desk/open/legal-aid/apply?channel=judicial-office";

#[test]
fn no_form_of_another_page_or_another_visit_is_taken() {
    let city = city();
    let matter = city.matter_of("aid-east-clerk");
    let strange = city.stranger().get("/desk/sign-in").hidden("csrf");
    let own = city.desk("aid-east-clerk").get("/desk").hidden("csrf");
    let empty = String::new();
    city.is_unchanged_by(|| {
        let posts = routes().into_iter().filter(|(method, path)| *method == "POST" && !path.starts_with("/api/"));
        for (method, route) in posts.filter(|(_, path)| !HARMLESS.contains(&path.as_str())) {
            // What a clerk may not use is closed by its rule before the form is looked at.
            let closed = match who(method, &route) {
                Who::Citizen | Who::Party => 303,
                Who::Draft => 404,
                _ => 403,
            };
            let path = filled(&route, |name| match name {
                "id" => matter.clone(),
                "procedure" => "legal-aid".to_owned(),
                "register" => "legal-aid-lawyers".to_owned(),
                "step" => "1".to_owned(),
                _ => "accept".to_owned(),
            });
            let path = if path == "/desk/open/legal-aid/accept" { OPENING.to_owned() } else { path };
            let send = |csrf: &str, headers: &[(&str, &str)]| {
                let headers = [&[("Content-Type", PLAIN)], headers].concat();
                let body = format!("csrf={csrf}&seen_version=1");
                city.desk("aid-east-clerk").ask("POST", &path, &headers, body.as_bytes()).status
            };
            let forged = strange.replace('a', "b");
            for csrf in [&empty, &strange, &forged] {
                assert_eq!(send(csrf, &[]), closed, "{path} with `{csrf}`");
            }
            let elsewhere = [("Origin", "https://evil.example"), ("Sec-Fetch-Site", "cross-site")];
            assert_eq!(send(&own, &elsewhere), 403, "{path} from another site");
            assert_eq!(send(&own, &[("Sec-Fetch-Site", "same-site")]), 403, "{path} from a neighbour");
        }
    });
}

#[test]
fn a_session_is_new_at_sign_in_and_over_at_sign_out() {
    let city = city();
    let (login, password) = ("aid-city-clerk", city.password("aid-city-clerk"));
    let mut browser = city.stranger();
    // Planted before: a session and a visit that the attacker knows.
    browser.cookies.insert("xz_account".into(), "a".repeat(64));
    browser.cookies.insert("xz_visit".into(), "b".repeat(32));
    let csrf = browser.get("/desk/sign-in").hidden("csrf");
    let entered = browser.post("/desk/sign-in", &[("csrf", &csrf), ("account", login), ("password", password)]);
    assert_eq!(entered.status, 303);
    assert_ne!(browser.cookies["xz_account"], "a".repeat(64));
    assert_ne!(browser.cookies["xz_visit"], "b".repeat(32));
    assert_eq!(browser.post("/desk/sign-out", &[("csrf", &csrf)]).status, 403, "what was known before proves nothing");
    let stolen = browser.clone();
    let fresh = browser.get("/desk").hidden("csrf");
    assert_eq!(browser.post("/desk/sign-out", &[("csrf", &fresh)]).status, 303);
    assert_eq!(stolen.elsewhere().get("/desk").status, 303, "a session that ended opens nothing");
    let token = city.token(login);
    assert_eq!(browser.api("GET", "/api/v1/worklist", &token, &[], "").status, 200);
    assert_eq!(browser.api("DELETE", "/api/v1/sessions", &token, &[], "").status, 204);
    assert_eq!(browser.api("GET", "/api/v1/worklist", &token, &[], "").status, 401);
}

/// A whole application as the window of the east sends it; `order` makes the person another one.
pub fn application(order: usize, csrf: &str, key: &str) -> Vec<(String, String)> {
    let first = format!("13060019800101{order:03}");
    let weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let sum: usize = first.bytes().zip(weights).map(|(digit, weight)| usize::from(digit - b'0') * weight).sum();
    let id_number = format!("{first}{}", "10X98765432".chars().nth(sum % 11).unwrap());
    let phone = format!("139{order:08}");
    let texts = [
        ("csrf", csrf),
        ("idempotency_key", key),
        ("case-kind", "civil"),
        ("cause", "wage"),
        ("venue", "990101001000"),
        ("facts-and-reasons", "2026年3月起在对方处做工，约定按月支付报酬，至今拖欠，多次催要没有结果，请求帮助。"),
        ("applicant.name", "周晓岚"),
        ("applicant.id-number", &id_number),
        ("applicant.phone", &phone),
        ("applicant.address", "示范市东湖区湖滨街道一号院"),
        ("work-form", "ordinary"),
        ("opponent.name", "宏远建筑劳务有限公司"),
        ("exempt-group", "none"),
        ("family-size", "3"),
        ("income", "1500"),
        ("hardship-promise", "yes"),
        ("truthful", "yes"),
    ];
    texts.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
}

/// The picture of an identity card.
pub const PICTURE: &[u8] = b"\x89PNG\r\n\x1a\n simulated";

/// Sends an application; answers the browser and what came.
pub fn file(browser: &mut Browser, form: &[(String, String)], more: &[(&str, &str)]) -> crate::browser::Reply {
    let own = form.iter().map(|(name, text)| (name.as_str(), text.as_str()));
    let texts: Vec<(&str, &str)> = own.chain(more.iter().copied()).collect();
    browser.upload(OPENING, &texts, &[("id-copy", "photo.png", PICTURE)])
}

/// A form opened at the window: the browser and the proof.
pub fn window(city: &City, login: &str) -> (Browser, String) {
    let mut browser = city.desk(login);
    let csrf = browser.get(OPENING).hidden("csrf");
    (browser, csrf)
}

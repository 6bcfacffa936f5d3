//! Finding out which numbers and phones there are, and guessing codes.

use crate::browser::{Browser, Reply};
use crate::city::{City, city};
use crate::forms::{application, file, window};
use std::time::Duration;

/// Asks for a code as a person does.
fn ask(browser: &mut Browser, number: &str, phone: &str) -> Reply {
    let csrf = browser.get("/status").hidden("csrf");
    browser.post("/status", &[("csrf", &csrf), ("number", number), ("phone", phone)])
}

/// A matter filed just now: its number and its phone.
fn filed(city: &City) -> (String, String) {
    let (mut browser, csrf) = window(city, "window-east");
    let form = application(40, &csrf, &"feedbeef".repeat(4));
    let reply = file(&mut browser, &form, &[]);
    assert_eq!(reply.status, 303, "{}", reply.words());
    let page = browser.get(reply.header("location")).text();
    let at = page.find("〔").unwrap();
    let number: String = page[at..].chars().take_while(|c| *c != '号').chain(['号']).collect();
    (number, "13900000040".to_owned())
}

#[test]
fn codes_are_neither_guessed_nor_asked_for_without_end() {
    let city = city();
    let (number, phone) = filed(&city);
    let mut browser = city.stranger();
    ask(&mut browser, &number, &phone);
    let csrf = browser.get("/status/code").hidden("csrf");
    let mut last = 0;
    for guess in 0..40 {
        let code = format!("{:06}", guess * 7919 % 1_000_000);
        // At another address each time: the code itself is used up.
        let mut browser = browser.elsewhere();
        let reply = browser.post("/status/code", &[("csrf", &csrf), ("code", &code)]);
        assert!(reply.status == 422 && !browser.cookies.contains_key("xz_matter"), "{code}: {}", reply.status);
        last = reply.status;
    }
    assert_eq!(last, 422);
    // From one address: after a few it is told when to come again.
    let refused = (0..40)
        .map(|_| browser.post("/status/code", &[("csrf", &csrf), ("code", "1")]))
        .find(|reply| reply.status == 429);
    let refused = refused.expect("a limit for one address");
    assert!(
        refused.header("retry-after").parse::<u64>().is_ok() && refused.words().contains("后再试"),
        "{}",
        refused.words()
    );
    // A phone is not rung all day, whoever asks, for whatever number.
    let rung = (0..12).map(|count| ask(&mut city.stranger(), &format!("〔2026〕东援申字第{count}号"), "13600000009"));
    let statuses: Vec<u16> = rung.map(|reply| reply.status).collect();
    assert!(statuses.contains(&429), "{statuses:?}");
    assert_eq!(statuses[..3], [303, 303, 303], "a person who mistypes is not locked out");
}

#[test]
fn a_login_that_exists_looks_like_any_other() {
    let city = city();
    let ask = |login: &str| {
        let mut browser = city.stranger();
        let csrf = browser.get("/desk/sign-in").hidden("csrf");
        let fields = [("csrf", csrf.as_str()), ("account", login), ("password", "not the password")];
        let reply = browser.post("/desk/sign-in", &fields);
        (reply.status, reply.words(), reply.took)
    };
    let known: Vec<_> = ["notary-city-a", "notary-city-b", "notary-south-a"].map(ask).into();
    let unknown: Vec<_> = ["notary-city-y", "notary-city-z", "notary-north-a"].map(ask).into();
    for (one, other) in known.iter().zip(&unknown) {
        assert_eq!((one.0, &one.1), (other.0, &other.1));
    }
    let quickest = |seen: &[(u16, String, Duration)]| seen.iter().map(|(_, _, took)| *took).min().unwrap();
    let (known, unknown) = (quickest(&known), quickest(&unknown));
    assert!(known < unknown * 3 && unknown < known * 3, "{known:?} and {unknown:?}");
}

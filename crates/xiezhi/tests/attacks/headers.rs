//! What every answer says to a browser: on pages, papers, files, the API, refusals and errors.

use crate::browser::{Browser, Reply};
use crate::city::{city, held};
use crate::routes::{STREAM, filled, routes};

#[track_caller]
fn is_guarded(reply: &Reply, told: &str) {
    let policy = reply.header("content-security-policy");
    assert!(policy.contains("default-src 'self'") && policy.contains("frame-ancestors 'none'"), "{told}: {policy}");
    assert!(!policy.contains("unsafe-"), "{told}: {policy}");
    let check = |name: &str, expected: &str| assert_eq!(reply.header(name), expected, "{told}: {name}");
    check("x-content-type-options", "nosniff");
    check("x-frame-options", "DENY");
    check("referrer-policy", "same-origin");
    check("cross-origin-opener-policy", "same-origin");
    assert!(reply.header("permissions-policy").contains("camera=()"), "{told}");
    for header in ["server", "x-powered-by"] {
        assert_eq!(reply.header(header), "", "{told}: {header}");
    }
}

#[test]
fn every_answer_of_every_route_is_guarded() {
    let city = city();
    for mut browser in [city.stranger(), city.desk("aid-east-clerk")] {
        for (_, path) in routes().into_iter().filter(|(_, path)| path != STREAM) {
            let path = filled(&path, |_| "nothing".to_owned());
            for method in ["GET", "POST", "DELETE", "HEAD", "TRACE", "BREW"] {
                let mut browser = browser.elsewhere();
                let reply = browser.ask(method, &path, &[], b"");
                let told = format!("{method} {path} {}", reply.status);
                is_guarded(&reply, &told);
                assert!(reply.status < 500, "{told}");
                if !path.starts_with("/static/") {
                    assert!(reply.header("cache-control").contains("no-"), "{told}: kept by a browser or a proxy");
                }
                if reply.status >= 400 && method != "HEAD" {
                    let says = reply.text();
                    let ours = says.contains("<html lang=\"zh-CN\">") || says.contains("\"detail\"");
                    assert!(ours || says.is_empty(), "{told}: {says}");
                }
            }
        }
        browser.get("/");
    }
}

#[test]
fn what_does_not_exist_and_what_is_not_done_are_told_in_our_words() {
    let city = city();
    let mut browser = city.stranger();
    let check = |reply: &Reply, status: u16, says: &str| {
        assert_eq!(reply.status, status, "{}", reply.text());
        assert!(reply.text().contains(says), "{}", reply.text());
        is_guarded(reply, says);
    };
    check(&browser.get("/nothing"), 404, "没有这个页面");
    check(&browser.get("/api/v1/nothing"), 404, "\"status\":404");
    let wrong = browser.ask("DELETE", "/status", &[], b"");
    check(&wrong, 405, "打不开这个地址");
    assert_eq!(wrong.header("allow"), "GET,HEAD,POST");
    check(&browser.ask("PUT", "/api/v1/worklist", &[], b""), 405, "\"status\":405");
    check(&browser.get("/guide/%ff%fe"), 400, "打不开这个地址");
    check(&browser.get(&format!("/{}", "a".repeat(20_000))), 404, "没有这个页面");
}

/// Attributes of each cookie an answer sets.
fn cookies(reply: &Reply) -> Vec<String> {
    reply.all("set-cookie").map(str::to_owned).collect()
}

#[test]
fn cookies_are_out_of_reach_of_scripts_and_of_other_sites() {
    let city = city();
    let mut browser = city.stranger();
    let page = browser.get("/desk/sign-in");
    let csrf = page.hidden("csrf");
    let (login, password) = ("aid-south-clerk", city.password("aid-south-clerk"));
    let entered = browser.post("/desk/sign-in", &[("csrf", &csrf), ("account", login), ("password", password)]);
    assert_eq!(entered.status, 303);
    let set = [cookies(&page), cookies(&entered)].concat();
    assert!(set.len() >= 2, "{set:?}");
    for cookie in set {
        assert!(
            cookie.contains("; HttpOnly") && cookie.contains("; SameSite=Lax") && cookie.contains("; Path=/"),
            "{cookie}"
        );
        assert!(!cookie.contains("Domain"), "{cookie}");
    }
}

#[test]
fn behind_tls_cookies_belong_to_this_host_alone() {
    let data = tempfile::tempdir().unwrap();
    let folder = data.path().to_str().unwrap();
    let args = ["serve", "--secure", "--listen", "127.0.0.1:0", "--place", "990100", "--data", folder];
    let (_held, address, _) = held(&args, &data.path().join("log"));
    let mut browser = Browser::new(address);
    let page = browser.get("/desk/sign-in");
    assert!(page.header("strict-transport-security").starts_with("max-age="));
    for cookie in cookies(&page) {
        assert!(cookie.starts_with("__Host-xz_") && cookie.contains("; Secure"), "{cookie}");
    }
    // A neighbour under the same domain can plant a cookie without the prefix: it counts for nothing.
    let csrf = page.hidden("csrf");
    let own = browser.cookies["__Host-xz_visit"].clone();
    browser.cookies = [("xz_visit".to_owned(), own.clone())].into();
    let fields = [("csrf", csrf.as_str()), ("account", "a"), ("password", "b")];
    assert_eq!(browser.post("/desk/sign-in", &fields).status, 403);
    browser.cookies = [("__Host-xz_visit".to_owned(), own)].into();
    assert_eq!(browser.post("/desk/sign-in", &fields).status, 422, "its own is taken");
}

#[test]
fn an_answer_is_never_split_in_two() {
    let city = city();
    let split = [
        "%0d%0aSet-Cookie:%20stolen=1",
        "%0d%0a%0d%0a<html>stolen",
        "%E5%98%8A%E5%98%8DSet-Cookie:stolen=1",
        "%00",
        "%0a%20stolen",
    ];
    for part in split {
        for path in [
            format!("/desk?x={part}"),
            format!("/desk/sign-in?back=/{part}"),
            format!("/static/{part}"),
            format!("/guide/{part}"),
            format!("/desk/matters/{part}"),
            format!("/api/v1/matters/{part}"),
            format!("/m/file/{part}"),
            format!("/law/{part}"),
        ] {
            let reply = city.stranger().get(&path);
            assert!(!reply.headers.iter().any(|(_, value)| value.contains("stolen=1")), "{path}: {:?}", reply.headers);
            assert!(reply.all("set-cookie").all(|cookie| cookie.starts_with("xz_")), "{path}");
            assert!(reply.status < 500, "{path}");
        }
    }
}

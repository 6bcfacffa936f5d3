//! Reaching for what is another district's, another desk's, or a file of the machine.

use crate::city::{City, city};
use crate::routes::{filled, routes};
use std::collections::BTreeSet;

/// A matter of the east, and what its papers, files and steps are called.
fn of_the_east(city: &City, name: &str, matter: &str) -> String {
    match name {
        "id" | "matter" => matter.to_owned(),
        "version" => "1".to_owned(),
        "paper" => "application-form".to_owned(),
        "act" => "accept".to_owned(),
        "procedure" => "legal-aid".to_owned(),
        "register" => "legal-aid-lawyers".to_owned(),
        "key" | "file" => city.matter_of("aid-east-director"),
        _ => "1".to_owned(),
    }
}

#[test]
fn nobody_reads_or_writes_what_another_district_does() {
    let city = city();
    let matter = city.matter_of("aid-east-clerk");
    let own = city.desk("aid-east-clerk").get(&format!("/desk/matters/{matter}"));
    assert_eq!(own.status, 200, "it is there");
    let with_id = routes().into_iter().filter(|(_, path)| path.contains("{id}") || path.contains("{matter}"));
    let with_id: Vec<_> = with_id.filter(|(_, path)| !path.starts_with("/notices")).collect();
    assert!(with_id.len() > 8, "{with_id:?}");
    city.is_unchanged_by(|| {
        for login in ["aid-west-clerk", "aid-west-director", "window-west", "hotline"] {
            let (browser, token) = (city.desk(login), city.token(login));
            let csrf = city.desk(login).get("/desk").hidden("csrf");
            for (method, path) in &with_id {
                let path = filled(path, |name| of_the_east(&city, name, &matter));
                let body = format!("csrf={csrf}&seen_version=1&reason=x&field=applicant.phone");
                let reply = if path.starts_with("/api/") {
                    let more = [("If-Match", "1")];
                    browser.elsewhere().api(method, &path, &token, if *method == "POST" { &more } else { &[] }, "{}")
                } else {
                    let plain = [("Content-Type", crate::browser::PLAIN)];
                    browser.elsewhere().ask(
                        method,
                        &path,
                        &plain,
                        if *method == "POST" { body.as_bytes() } else { b"" },
                    )
                };
                assert_eq!(reply.status, 404, "{login} {method} {path}: {}", reply.words());
            }
        }
    });
}

#[test]
fn nobody_acts_from_a_desk_that_is_not_theirs() {
    let city = city();
    let matter = city.matter_of("aid-east-clerk");
    let page = city.desk("aid-east-director").get(&format!("/desk/matters/{matter}"));
    assert_eq!(page.status, 200);
    let sources = include_str!("../../../../law/services/legal-aid.md");
    let acts = sources.split("act \"").skip(1).filter_map(|rest| rest.split('"').next());
    let acts: BTreeSet<&str> = acts.collect();
    assert!(acts.len() > 15, "{acts:?}");
    // Who pays out decides nothing; who decides pays nothing out: every act is tried from a desk that has none of them.
    city.is_unchanged_by(|| {
        for login in ["aid-east-cashier", "auditor", "operator"] {
            let (browser, token) = (city.desk(login), city.token(login));
            let csrf = city.desk(login).get("/desk").hidden("csrf");
            for act in &acts {
                let path = format!("/desk/matters/{matter}/acts/{act}");
                let reply = browser.elsewhere().post(&path, &[("csrf", &csrf), ("seen_version", "1")]);
                let refused = matches!(reply.status, 403 | 404 | 409 | 422);
                assert!(refused, "{login} {path}: {} {}", reply.status, reply.words());
                let path = format!("/api/v1/matters/{matter}/acts/{act}");
                let reply = browser.elsewhere().api("POST", &path, &token, &[("If-Match", "1")], "{}");
                assert!(matches!(reply.status, 403 | 404 | 412 | 422), "{login} {path}: {}", reply.text());
            }
        }
    });
}

#[test]
fn no_parameter_is_a_path_of_the_machine() {
    let city = city();
    let climbs = [
        "..%2f..%2f..%2f..%2fetc%2fpasswd",
        "%2e%2e%2f%2e%2e%2fkeys.json",
        "..%252f..%252fkeys.json",
        "..%5c..%5ckeys.json",
        "keys.json%00",
        "%00",
        "....%2f%2fkeys.json",
        "%c0%ae%c0%ae%2fkeys.json",
        "%2fetc%2fpasswd",
        "file:%2f%2f%2fetc%2fpasswd",
        "..",
        "..%2fxiezhi.db",
        "C:%5cWindows%5cwin.ini",
        "%ef%bc%8e%ef%bc%8e%2fkeys.json",
        "app.css%2f..%2f..%2fkeys.json",
    ];
    city.is_unchanged_by(|| {
        for signed_in in [city.stranger(), city.desk("aid-east-clerk")] {
            for (method, path) in routes().into_iter().filter(|(method, path)| *method == "GET" && path.contains('{')) {
                for climb in climbs {
                    let at = filled(&path, |_| climb.to_owned());
                    let reply = signed_in.elsewhere().ask(method, &at, &[], b"");
                    assert!((300..500).contains(&reply.status), "{at}: {}", reply.status);
                    let text = reply.text();
                    for secret in ["root:", "\"master\"", "SQLite format", "[fonts]"] {
                        assert!(!text.contains(secret), "{at} told a file");
                    }
                }
            }
        }
    });
}

//! SQL and other languages in what a list is asked for: sort, filter, page, search, export.

use crate::browser::encoded;
use crate::city::city;
use std::time::Duration;

/// Lists with their parameters, who may see them, and whether the value is looked for as words: such a list is empty where
/// an unknown value of another parameter is as if it had not been given.
const LISTS: &[(&str, &str, &[&str])] = &[
    ("aid-east-clerk", "/desk/work", &["box", "q", "procedure", "from", "until", "sort", "page"]),
    ("aid-east-clerk", "/desk/matters", &["scope", "q", "procedure", "from", "until", "sort", "page"]),
    ("aid-east-clerk", "/desk/inbox", &["page"]),
    ("aid-east-clerk", "/desk/numbers", &["series", "office", "year", "page"]),
    ("aid-east-clerk", "/desk/money", &["from", "until"]),
    ("aid-east-clerk", "/desk/registers/legal-aid-lawyers", &["on", "entry"]),
    ("operator", "/desk/outbox", &["state", "page"]),
    ("", "/notices", &["q", "page", "kind"]),
    ("", "/law", &["q", "page"]),
    ("", "/check/legal-aid", &["family-size", "income"]),
    ("", "/verify", &["code"]),
];

/// Beginnings that leave a literal, and what is tried behind them.
const LEAVE: &[&str] = &["", "'", "\"", "')", "'))", "\\'", "1", "-1", "%' ", "`", "];", "1;"];
const THEN: &[&str] = &[
    " or 1=1 --",
    " or '1'='1",
    " union select null,null,null --",
    " union select name from sqlite_master --",
    "; select pg_sleep(9) --",
    " and 1=(select 1 from pg_sleep(9))",
    " or randomblob(900000000) --",
    ";drop table act;--",
    " order by (case when (1=1) then 1 else 2 end)",
    "/**/or/**/1/**/=/**/1#",
    " and extractvalue(1,concat(0x7e,version()))",
    "||(select group_concat(sql) from sqlite_master)||",
    " procedure analyse()",
    ";copy act to program 'id'",
    " having 1=1",
    ",(select case when 1=1 then 1 else 1/0 end)",
    " like '%",
    " match 'a OR b'",
    " near(a b)",
    "* AND NOT",
    " limit 1 offset (select 1)",
    "' || benchmark(9e9,1) || '",
    "{{7*7}}",
    "${7*7}",
    " waitfor delay '0:0:9' --",
    " 0x27",
    "\u{ff07} or 1=1",
    "%00",
    "%c0%a7",
    " rlike benchmark(9e9,1)",
];

fn payloads() -> Vec<String> {
    LEAVE.iter().flat_map(|leave| THEN.iter().map(move |then| format!("{leave}{then}"))).collect()
}

/// What a page says, without the question that was repeated in it and the marks of one visit.
fn answer(words: &str, payload: &str) -> String {
    let escaped = payload
        .replace('&', "&#38;")
        .replace('<', "&#60;")
        .replace('>', "&#62;")
        .replace('"', "&#34;")
        .replace('\'', "&#39;");
    words.replace(&escaped, "").replace(payload.trim(), "").split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn every_parameter_of_every_list_takes_a_value_and_never_a_command() {
    let city = city();
    let payloads = payloads();
    // Each parameter meets a part of them, another one each time; with XIEZHI_ATTACKS=all it meets all.
    let part = if std::env::var("XIEZHI_ATTACKS").is_ok_and(|all| all == "all") { 1 } else { 11 };
    assert!(payloads.len() >= 300, "{}", payloads.len());
    let mut asked = 0;
    city.is_unchanged_by(|| {
        for (login, path, names) in LISTS {
            let signed_in = if login.is_empty() { city.stranger() } else { city.desk(login) };
            for name in *names {
                let mut browser = signed_in.elsewhere();
                let unknown = browser.get(&format!("{path}?{name}={}", encoded("qzxjkvw")));
                let expected = answer(&unknown.words(), "qzxjkvw");
                for payload in payloads.iter().skip(asked % part).step_by(part) {
                    let reply = browser.get(&format!("{path}?{name}={}", encoded(payload)));
                    let told = format!("{path}?{name}={payload}: {}", reply.status);
                    assert!(reply.status < 500 && reply.status != 429, "{told}");
                    assert!(reply.took < Duration::from_secs(8), "{told}: it slept {:?}", reply.took);
                    for leaked in
                        ["sqlite_master", "syntax error", "CREATE TABLE", "create table", "SQLITE_", "PostgreSQL"]
                    {
                        assert!(!answer(&reply.words(), payload).contains(leaked), "{told}: {leaked}");
                    }
                    let is_words = matches!(*name, "q" | "code" | "entry" | "page" | "year" | "family-size" | "income");
                    if !is_words && reply.status == unknown.status {
                        assert_eq!(answer(&reply.words(), payload), expected, "{told}");
                    }
                    asked += 1;
                }
            }
        }
    });
    assert!(asked > 900, "{asked}");
}

#[test]
fn parameters_twice_empty_and_unknown_are_no_way_in() {
    let city = city();
    for (login, path, names) in LISTS {
        let mut browser = if login.is_empty() { city.stranger() } else { city.desk(login) };
        for name in *names {
            for query in [
                format!("{name}=a&{name}=b"),
                format!("{name}[]=a"),
                format!("{name}[$ne]=1"),
                name.to_string(),
                format!("{name}=%"),
                format!("{name}=%zz"),
            ] {
                let reply = browser.get(&format!("{path}?{query}"));
                assert!(reply.status < 500, "{path}?{query}: {}", reply.status);
            }
        }
    }
}

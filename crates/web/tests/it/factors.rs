//! The second factor from outside: adding a code generator, signing in by code, losing the phone.

use crate::desk::{PASSWORD, signed_in, staffed};
use crate::site::{Browser, Page, Site};
use acts::policy::HeldPost;
use acts::posture::{self, Note};
use acts::{factors, people};
use axum::http::{Method, Request, StatusCode};
use kernel::world::Moment;
use serde_json::{Value as Json, json};
use web::access::Rule;

/// SHA-1 (FIPS 180-4) written again for the phone: the program has its own.
fn sha1(message: &[u8]) -> [u8; 20] {
    let mut state: [u32; 5] = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476, 0xc3d2_e1f0];
    let mut padded = [message, &[0x80]].concat();
    while padded.len() % 64 != 56 {
        padded.push(0);
    }
    padded.extend_from_slice(&(message.len() as u64 * 8).to_be_bytes());
    for block in padded.chunks(64) {
        let mut words: Vec<u32> = block.chunks(4).map(|four| u32::from_be_bytes(four.try_into().unwrap())).collect();
        for at in 16..80 {
            words.push((words[at - 3] ^ words[at - 8] ^ words[at - 14] ^ words[at - 16]).rotate_left(1));
        }
        let [mut a, mut b, mut c, mut d, mut e] = state;
        for (at, word) in words.iter().enumerate() {
            let (mixed, constant) = match at / 20 {
                0 => (b & c | !b & d, 0x5a82_7999),
                1 => (b ^ c ^ d, 0x6ed9_eba1),
                2 => (b & c | b & d | c & d, 0x8f1b_bcdc),
                _ => (b ^ c ^ d, 0xca62_c1d6_u32),
            };
            let next = a.rotate_left(5).wrapping_add(mixed).wrapping_add(e).wrapping_add(constant).wrapping_add(*word);
            (e, d, c, b, a) = (d, c, b.rotate_left(30), a, next);
        }
        for (sum, word) in state.iter_mut().zip([a, b, c, d, e]) {
            *sum = sum.wrapping_add(word);
        }
    }
    let bytes: Vec<u8> = state.iter().flat_map(|word| word.to_be_bytes()).collect();
    bytes.try_into().unwrap()
}

/// A phone that holds the secret it was shown.
pub struct Phone {
    secret: Vec<u8>,
}

impl Phone {
    fn holding(letters: &str) -> Phone {
        let value = |c: char| "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".find(c).unwrap();
        let bits: String = letters.chars().filter(|c| *c != ' ').map(|c| format!("{:05b}", value(c))).collect();
        let eights = bits.as_bytes().chunks_exact(8).map(|eight| std::str::from_utf8(eight).unwrap());
        Phone { secret: eights.map(|eight| u8::from_str_radix(eight, 2).unwrap()).collect() }
    }

    /// One that was added to an account without pages.
    pub fn added(site: &Site, account: &str) -> Phone {
        let (bureau, now) = (&site.bureau, site.now());
        let offer = factors::offer(bureau, now, account, "示范市").unwrap();
        let phone = Phone::holding(&offer.letters);
        factors::enrol(bureau, now, account, &offer.sealed, &phone.shows(now, 0)).unwrap();
        phone
    }

    /// What it shows so many half minutes later.
    pub fn shows(&self, now: Moment, steps: i64) -> String {
        let step = (now.at.as_millisecond() / 30_000 + steps).to_be_bytes();
        let pad = |with: u8| (0..64).map(|at| self.secret.get(at).unwrap_or(&0) ^ with).collect::<Vec<u8>>();
        let inner = sha1(&[pad(0x36), step.to_vec()].concat());
        let tag = sha1(&[pad(0x5c), inner.to_vec()].concat());
        let at = usize::from(tag[19] & 15);
        let number = u32::from_be_bytes(tag[at..at + 4].try_into().unwrap()) & 0x7fff_ffff;
        format!("{:06}", number % 1_000_000)
    }
}

fn letters(page: &Page) -> String {
    let at = page.text.find("密钥：<span class=\"mono\">").unwrap() + "密钥：<span class=\"mono\">".len();
    page.text[at..].split('<').next().unwrap().to_owned()
}

async fn adds(browser: &mut Browser, site: &Site) -> (Phone, Page) {
    let form = browser.get("/desk/account/factor").await;
    let phone = Phone::holding(&letters(&form));
    let (csrf, sealed) = (form.hidden("csrf"), form.hidden("sealed"));
    let wrong = browser.post("/desk/account/factor", &[("csrf", &csrf), ("sealed", &sealed), ("code", "000000")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(
        (letters(&wrong), wrong.hidden("sealed")),
        (letters(&form), sealed.clone()),
        "the phone holds it already"
    );
    let code = phone.shows(site.now(), 0);
    let page = browser.post("/desk/account/factor", &[("csrf", &csrf), ("sealed", &sealed), ("code", &code)]).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.main());
    (phone, page)
}

async fn gives(browser: &mut Browser, field: &str, code: &str) -> Page {
    let form = browser.get("/desk/sign-in/code?back=/desk/matters").await;
    form.says("二次验证");
    let (csrf, next) = (form.hidden("csrf"), form.hidden("next"));
    browser.post("/desk/sign-in/code", &[("csrf", &csrf), ("next", &next), (field, code)]).await
}

#[tokio::test]
async fn somebody_adds_a_phone_signs_in_by_code_and_loses_the_phone() {
    let site = staffed("2026-03-02");
    let mut other = signed_in(&site, "clerk").await;
    let mut browser = signed_in(&site, "clerk").await;
    browser.get("/desk/account").await.says("还没有二次验证");
    let before = browser.cookies["xz_account"].clone();
    let (phone, page) = adds(&mut browser, &site).await;
    assert!(!page.text.contains("密钥："), "the secret is not shown again");
    let codes: Vec<String> = page.text.split("<li class=\"mono\">").skip(1).map(|rest| rest[..11].to_owned()).collect();
    assert_eq!(codes.len(), 10);
    assert_ne!(browser.cookies["xz_account"], before);
    other.get("/desk").await.leads_to("/desk/sign-in?back=%2Fdesk");
    browser.get("/desk/account").await.says("恢复码还剩10个");
    let again = browser.get("/desk/account/factor").await;
    assert!(!again.text.contains(&codes[0]) && !again.text.contains("密钥："), "once");

    // The password alone opens nothing, wrong codes are told alike, the right one goes on where one wanted to go.
    let mut browser = signed_in(&site, "clerk").await;
    browser.get("/desk/matters").await.leads_to("/desk/sign-in/code?back=%2Fdesk%2Fmatters");
    let half = browser.cookies["xz_account"].clone();
    for (field, code) in [("code", "000000"), ("recovery", "aaaaa-aaaaa"), ("code", "")] {
        let wrong = gives(&mut browser, field, code).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        wrong.says("不对，或者已经用过。");
    }
    let foreign = browser.post("/desk/sign-in/code", &[("code", &phone.shows(site.now(), 1))]).await;
    assert_eq!(foreign.status, StatusCode::FORBIDDEN, "a form from elsewhere");
    gives(&mut browser, "code", &phone.shows(site.now(), 1)).await.leads_to("/desk/matters");
    assert_ne!(browser.cookies["xz_account"], half);
    assert_eq!(browser.get("/desk/matters").await.status, StatusCode::OK);
    browser.get("/desk/sign-in/code?back=/desk/work").await.leads_to("/desk/work");

    // Without the phone a recovery code opens once, and leads to where the lost phone is taken off.
    let mut browser = signed_in(&site, "clerk").await;
    gives(&mut browser, "recovery", &codes[3]).await.leads_to("/desk/account/factor?done=recovery");
    let form = browser.get("/desk/account/factor?done=recovery").await;
    form.says("恢复码还剩9个");
    let csrf = form.hidden("csrf");
    let removes = |password: &'static str, code: String| [("password", password.to_owned()), ("code", code)];
    for (fields, status) in [
        (removes("wrong", codes[4].clone()), StatusCode::UNPROCESSABLE_ENTITY),
        (removes(PASSWORD, codes[3].clone()), StatusCode::UNPROCESSABLE_ENTITY),
        (removes(PASSWORD, codes[4].clone()), StatusCode::SEE_OTHER),
    ] {
        let [(one, password), (two, code)] = &fields;
        let sent = [("csrf", csrf.as_str()), (*one, password), (*two, code)];
        assert_eq!(browser.post("/desk/account/factor/remove", &sent).await.status, status);
    }
    let mut browser = signed_in(&site, "clerk").await;
    assert_eq!(browser.get("/desk").await.status, StatusCode::OK);
}

#[tokio::test]
async fn an_administrator_without_a_second_factor_is_led_to_adding_one() {
    let site = staffed("2026-03-02");
    people::limits::set_factor_from(&site.bureau, Some(site.now().on())).unwrap();
    let mut browser = signed_in(&site, "operator").await;
    browser.get("/desk/outbox").await.leads_to("/desk/account/factor?back=%2Fdesk%2Foutbox");
    browser.get("/desk/account/factor?back=/desk/outbox").await.says("请先添加二次验证");
    adds(&mut browser, &site).await.1.says("恢复码");
    assert_eq!(browser.get("/desk/outbox").await.status, StatusCode::OK);
    signed_in(&site, "operator").await.get("/desk/outbox").await.leads_to("/desk/sign-in/code?back=%2Fdesk%2Foutbox");
    assert_eq!(signed_in(&site, "clerk").await.get("/desk").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_token_of_the_api_asks_for_the_code() {
    let site = staffed("2026-03-02");
    let phone = Phone::added(&site, "clerk");
    let asks = async |code: Option<String>| -> (StatusCode, Json) {
        let mut sent = json!({ "login": "clerk", "password": PASSWORD });
        if let Some(code) = code {
            sent["code"] = json!(code);
        }
        let request = Request::post("/api/v1/sessions").header("content-type", "application/json");
        let answer = site.browser().ask(request, sent.to_string()).await;
        (answer.status, serde_json::from_slice(&answer.bytes).unwrap())
    };
    for (code, kind) in [(None, "/api#code-needed"), (Some("000000".to_owned()), "/api#wrong-code")] {
        let (status, body) = asks(code).await;
        assert_eq!((status, body["type"].as_str()), (StatusCode::UNAUTHORIZED, Some(kind)));
        assert!(body["token"].is_null());
    }
    let (status, body) = asks(Some(phone.shows(site.now(), 1))).await;
    assert_eq!(status, StatusCode::CREATED, "{body}");
    let mut work = site.browser();
    let bearer = format!("Bearer {}", body["token"].as_str().unwrap());
    let read = Request::get("/api/v1/worklist").header("authorization", bearer);
    assert_eq!(work.ask(read, "").await.status, StatusCode::OK);
}

/// Somebody who signed in at ten past nine, at half past nine: longer ago than a confirmation counts, shorter than a session
/// lives.
async fn later(site: &Site, login: &str) -> Browser {
    site.set_clock("2026-03-02T09:10:00");
    let browser = signed_in(site, login).await;
    site.set_clock("2026-03-02T09:30:00");
    browser
}

#[tokio::test]
async fn every_sensitive_form_waits_for_a_confirmation() {
    let site = staffed("2026-03-02");
    let post = HeldPost { seat: "security".into(), office: "bureau-city".into() };
    people::create(&site.bureau, site.now(), "security", "安然", PASSWORD, &[post]).unwrap();
    let mut browser = later(&site, "security").await;
    let csrf = browser.get("/desk/account").await.hidden("csrf");
    let sensitive: Vec<Rule> = web::routes::rules().into_iter().filter(|rule| rule.fresh).collect();
    assert!(sensitive.len() >= 8 && sensitive.iter().all(|rule| rule.method == Method::POST), "{sensitive:?}");
    for rule in &sensitive {
        let path = rule.path.replace("{provider}", "gov");
        let page = browser.post(&path, &[("csrf", &csrf), ("account", "clerk")]).await;
        assert_eq!(page.status, StatusCode::FORBIDDEN, "{path}");
        page.says("请确认是您本人");
        let foreign = browser.post(&path, &[("account", "clerk")]).await;
        assert_eq!(foreign.status, StatusCode::FORBIDDEN, "{path}");
        foreign.says("这张表放得太久了");
        // A form that was kept does not go on by itself, nor with what is wrong.
        let kept = page.hidden("kept-form");
        for fields in [vec![], vec![("confirm-password", "wrong")]] {
            let sent = [vec![("csrf", csrf.as_str()), ("kept-form", kept.as_str())], fields].concat();
            let again = browser.post(&path, &sent).await;
            if again.status != StatusCode::UNPROCESSABLE_ENTITY {
                panic!("{path}: {} {}", again.status, again.main());
            }
            again.says("请确认是您本人");
        }
        site.bureau.store.forget_attempts("login", &login_count(&site, "security")).unwrap();
    }
    let foreign =
        browser.post("/desk/security/factor-off", &[("kept-form", "YT0x"), ("confirm-password", PASSWORD)]).await;
    assert_eq!(foreign.status, StatusCode::FORBIDDEN, "the page that asks is ours too");
}

/// Under which wrong passwords of a login are counted.
fn login_count(site: &Site, login: &str) -> String {
    site.bureau.keys.digest_of(&format!("login/{login}")).to_string()
}

#[tokio::test]
async fn a_confirmed_form_goes_on_as_it_was_filled_in() {
    let site = staffed("2026-03-02");
    let post = HeldPost { seat: "security".into(), office: "bureau-city".into() };
    people::create(&site.bureau, site.now(), "security", "安然", PASSWORD, &[post]).unwrap();
    Phone::added(&site, "clerk");
    let phone = Phone::added(&site, "security");
    let mut browser = signed_in(&site, "security").await;
    gives(&mut browser, "code", &phone.shows(site.now(), 1)).await.leads_to("/desk/matters");
    site.set_clock("2026-03-02T09:30:00");
    let form = browser.get("/desk/security").await;
    form.says("三个管理员暂不要求");
    form.says("沈知微（clerk）");
    let csrf = form.hidden("csrf");
    let page = browser.post("/desk/security/factor-off", &[("csrf", &csrf), ("account", "clerk")]).await;
    page.says("请确认是您本人");
    let kept = page.hidden("kept-form");
    let code = phone.shows(site.now(), 0);
    let sent = [("csrf", csrf.as_str()), ("kept-form", &kept), ("confirm-code", &code)];
    browser.post("/desk/security/factor-off", &sent).await.leads_to("/desk/security?done=off");
    assert_eq!(factors::held(&site.bureau, "clerk").unwrap().generator_at, None);
    // For a quarter of an hour nothing is asked again.
    let own = browser.post("/desk/security/factor-off", &[("csrf", &csrf), ("account", "security")]).await;
    own.says("不能取消自己的");
}

#[tokio::test]
async fn the_page_of_security_tells_what_the_program_goes_by() {
    let site = staffed("2026-03-02");
    people::limits::set_factor_from(&site.bureau, Some(site.now().on().tomorrow().unwrap())).unwrap();
    let mut operator = signed_in(&site, "operator").await;
    let page = operator.get("/desk/security").await;
    page.says("至少12个字");
    page.says("最近一次成立：没有记录");
    page.says("还没有的：乔审、邵机");
    page.says("安全：没有人");
    assert!(!page.text.contains("/desk/security/factor-off"), "who may not is not offered it");
    operator.get("/desk").await;
    posture::note(&site.bureau.store, site.now(), Note::Verified).unwrap();
    site.bureau.store.put_setting("access/password-days", "30").unwrap();
    Phone::added(&site, "auditor");
    let page = operator.get("/desk/security").await;
    page.says("最近一次成立：2026年3月2日");
    page.says("30天一换");
    page.says("还没有的：邵机");
    assert_eq!(signed_in(&site, "clerk").await.get("/desk/security").await.status, StatusCode::FORBIDDEN);
}

//! Opening the page of a matter: number and phone, then the code from the phone.
//!
//! What is said is the same whether or not number and phone belong together. Of a matter whose content was destroyed there is
//! no phone to ask for: the number alone is told so.
//!
//! INVARIANT: between the two steps number and phone are nowhere but in a sealed cookie of the browser.

use super::{internal, page, province, taken};
use crate::answer::{self, Fault};
use crate::app::{App, Shared};
use crate::components::Link;
use crate::components::field::{ErrorSummary, FieldInput, FieldView, FormKeys, Keyboard, Width};
use crate::gate::Kind;
use crate::pages::status::{StatusCode as CodePage, StatusFind};
use crate::submission::Submission;
use crate::visit::{self, Visit};
use acts::{codes, tombstone};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use kernel::identity::Phone;
use std::future::Future;
use std::time::Duration;

/// Cookie of what was asked for.
const ASKED: &str = "xz_asked";
/// How long it lives, in seconds; as long as a code.
const ASKED_LIVES_S: i64 = 10 * 60;
/// Label of the sealed cookie.
const LABEL: &[u8] = b"status/asked";

/// How long asking for a code takes, whatever comes of it.
const EVENLY: Duration = Duration::from_millis(150);

/// What was asked for.
struct Asked {
    number: String,
    phone: String,
}

fn line(id: &str, label: &str, value: &str, keyboard: Keyboard, hint: &str) -> FieldView {
    let width = if keyboard == Keyboard::Text { Width::Full } else { Width::Medium };
    let autocomplete = match keyboard {
        Keyboard::Phone => "tel",
        Keyboard::Digits => "one-time-code",
        _ => "",
    };
    let input = FieldInput::Text { value: value.to_owned(), width, keyboard, autocomplete: autocomplete.to_owned() };
    FieldView { hint: hint.to_owned(), ..FieldView::new(id, label, input) }
}

fn keys(app: &App, visit: &Visit) -> FormKeys {
    FormKeys { csrf: visit.csrf(app), idempotency_key: String::new(), seen_version: None }
}

/// GET `/status`.
pub async fn find(State(app): State<Shared>, visit: Visit) -> Response {
    page(app, visit, |app, visit| answer::ok(&find_page(app, visit, ["", ""], [None, None]))).await
}

fn find_page(app: &App, visit: &Visit, typed: [&str; 2], wrong: [Option<String>; 2]) -> StatusFind {
    let [number, phone] = typed;
    let [wrong_number, wrong_phone] = wrong;
    let fields = vec![
        FieldView {
            error: wrong_number,
            ..line("number", "办件编号", number, Keyboard::Text, "凭证和短信上都有，如：〔2026〕示援申字第1号")
        },
        FieldView { error: wrong_phone, ..line("phone", "申请时留的手机号", phone, Keyboard::Phone, "") },
    ];
    let errors = ErrorSummary::of(&fields);
    let mut shell = answer::public_shell(app, visit, "查进度", Some(Link::new("返回首页", "/")));
    shell.wrong = !errors.errors.is_empty();
    StatusFind { shell, action: "/status".into(), keys: keys(app, visit), fields, errors, ways: province::ways(app) }
}

/// POST `/status`: sends a code, or does nothing, and says the same.
pub async fn ask(State(app): State<Shared>, visit: Visit, sent: Submission) -> Response {
    evenly(taken(app, visit, sent, |app, visit, sent| {
        let number = sent.text("number").map(written).unwrap_or_default();
        let phone = sent.text("phone").unwrap_or_default().trim().to_owned();
        let wrong_number = number.is_empty().then(|| "请填写办件编号".to_owned());
        let read = Phone::mobile(&phone);
        let wrong_phone = read.as_ref().err().map(|why| format!("“申请时留的手机号”：{}", why.zh()));
        let Ok(read) =
            read.as_ref().map_err(|_| ()).and_then(|read| if number.is_empty() { Err(()) } else { Ok(read) })
        else {
            let shown = find_page(app, visit, [&number, &phone], [wrong_number, wrong_phone]);
            return answer::page(StatusCode::UNPROCESSABLE_ENTITY, &shown);
        };
        let asked = Asked { number, phone: read.as_str().to_owned() };
        send(app, &asked)?;
        let mut response = answer::see_other("/status/code");
        visit::set_cookie(app, &mut response, ASKED, &sealed(app, &asked)?, Some(ASKED_LIVES_S));
        Ok(response)
    }))
    .await
}

/// Answers when it is made, and not before as much time has passed as the slower of the two ways takes: reading a matter
/// is seen in the time, and would tell that there is one.
async fn evenly(answer: impl Future<Output = Response>) -> Response {
    tokio::join!(answer, tokio::time::sleep(EVENLY)).0
}

/// POST `/status/again`: another code, not more often than once a minute.
pub async fn again(State(app): State<Shared>, visit: Visit, sent: Submission) -> Response {
    evenly(taken(app, visit, sent, |app, visit, _| {
        let Some(asked) = opened(app, visit) else { return Ok(answer::see_other("/status")) };
        send(app, &asked)?;
        Ok(answer::see_other("/status/code"))
    }))
    .await
}

fn send(app: &App, asked: &Asked) -> Result<(), Fault> {
    let now = app.now();
    // Nobody's phone is known any more; that it was destroyed, and by which rule, tells nothing about a person.
    if let Some(left) = tombstone::of_number(&app.bureau, &asked.number)? {
        return Err(Fault::Gone(tombstone::told_outside(&left)));
    }
    // Whether or not it is anybody's: a phone is not rung all day.
    let passed = app.gate.pass(Kind::Message, &asked.phone, 1, now.at.as_millisecond());
    if let Err(seconds) = passed {
        return Err(Fault::Wait { seconds, why: "这个手机号今天要的验证码太多。".to_owned() });
    }
    if codes::may_send(&app.bureau, now, &asked.number, &asked.phone)? {
        codes::send(&app.bureau, now, &asked.number, &asked.phone).map_err(internal)?;
    }
    Ok(())
}

/// A number as it is printed: people type other brackets and blanks.
fn written(typed: &str) -> String {
    let letters = typed.chars().filter(|c| !c.is_whitespace());
    letters
        .map(|c| match c {
            '[' | '［' | '(' | '（' | '【' => '〔',
            ']' | '］' | ')' | '）' | '】' => '〕',
            '０'..='９' => char::from_u32(u32::from(c) - u32::from('０') + u32::from('0')).unwrap_or(c),
            other => other,
        })
        .collect()
}

fn sealed(app: &App, asked: &Asked) -> Result<String, Fault> {
    let text = format!("{}\n{}", asked.phone, asked.number);
    let bytes = app.bureau.keys.realm_key().seal(app.bureau.random(), text.as_bytes(), LABEL).map_err(internal)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

fn opened(app: &App, visit: &Visit) -> Option<Asked> {
    let cookie = visit.cookie(ASKED)?;
    let pairs = (0..cookie.len()).step_by(2);
    let bytes: Vec<u8> = pairs.map(|at| u8::from_str_radix(cookie.get(at..at + 2)?, 16).ok()).collect::<Option<_>>()?;
    let text = String::from_utf8(app.bureau.keys.realm_key().open(&bytes, LABEL).ok()?).ok()?;
    let (phone, number) = text.split_once('\n')?;
    Some(Asked { number: number.to_owned(), phone: phone.to_owned() })
}

/// GET `/status/code`.
pub async fn code(State(app): State<Shared>, visit: Visit) -> Response {
    page(app, visit, |app, visit| match opened(app, visit) {
        None => Ok(answer::see_other("/status")),
        Some(asked) => answer::ok(&code_page(app, visit, &asked, "", None)),
    })
    .await
}

fn code_page(app: &App, visit: &Visit, asked: &Asked, typed: &str, wrong: Option<String>) -> CodePage {
    let field =
        FieldView { error: wrong, ..line("code", "验证码", typed, Keyboard::Digits, "短信里的6位数字") };
    let errors = ErrorSummary::of(std::slice::from_ref(&field));
    let mut shell = answer::public_shell(app, visit, "填验证码", Some(Link::new("返回上一步", "/status")));
    shell.wrong = !errors.errors.is_empty();
    CodePage {
        shell,
        phone: Phone::mobile(&asked.phone).map(|phone| phone.masked()).unwrap_or_default(),
        valid: "10分钟内有效".into(),
        action: "/status/code".into(),
        again_action: "/status/again".into(),
        keys: keys(app, visit),
        field,
        errors,
    }
}

/// POST `/status/code`: opens the page of the matter.
pub async fn enter(State(app): State<Shared>, visit: Visit, sent: Submission) -> Response {
    taken(app, visit, sent, |app, visit, sent| {
        let Some(asked) = opened(app, visit) else { return Ok(answer::see_other("/status")) };
        let typed = sent.text("code").unwrap_or_default();
        match codes::try_code(&app.bureau, app.now(), &asked.number, &asked.phone, typed).map_err(internal)? {
            Ok(session) => {
                let mut response = answer::see_other("/m");
                visit::set_cookie(app, &mut response, visit::MATTER, &session, None);
                visit::set_cookie(app, &mut response, ASKED, "", Some(0));
                Ok(response)
            }
            // Wrong, spent or never sent: told apart, they would tell whether the number exists.
            Err(_) => {
                let wrong = "验证码不对，或者已经过期。请对着短信再填一次，还不行就再发一次".to_owned();
                answer::page(StatusCode::UNPROCESSABLE_ENTITY, &code_page(app, visit, &asked, typed, Some(wrong)))
            }
        }
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::written;

    #[test]
    fn numbers_are_found_however_their_brackets_were_typed() {
        for typed in ["〔2026〕示援申字第1号", " [2026]示援申字第1号", "（2026） 示援申字第１号"]
        {
            assert_eq!(written(typed), "〔2026〕示援申字第1号", "{typed}");
        }
    }
}

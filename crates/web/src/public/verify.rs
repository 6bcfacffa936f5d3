//! Checking a receipt: the file, its text pasted, or what the code on it says.
//!
//! The form changes nothing and keeps nothing, so anyone may send it from anywhere.
//!
//! INVARIANT: what is answered about a number is whether the digest is recorded under it, and nothing about a person.

use super::{internal, page};
use crate::answer::{self, Fault};
use crate::app::{App, Shared};
use crate::components::Link;
use crate::components::field::{ErrorSummary, FieldInput, FieldView};
use crate::components::parts::{SummaryList, SummaryRow};
use crate::pages::verify::{ReceiptCheck, Verify, VerifyResult};
use crate::shown;
use crate::submission::Submission;
use crate::visit::Visit;
use acts::load::body_of;
use acts::receipt;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use kernel::names::Name;
use std::collections::BTreeMap;

/// How the code on a receipt begins.
const CODE: &str = "xiezhi:receipt:";

/// GET `/verify`, with `code` for what the drawn code says.
pub async fn form(State(app): State<Shared>, visit: Visit, Query(asked): Query<BTreeMap<String, String>>) -> Response {
    page(app, visit, move |app, visit| {
        let result = asked.get("code").map(|code| by_code(app, code.trim())).transpose()?;
        answer::ok(&verify_page(app, visit, String::new(), None, result))
    })
    .await
}

/// POST `/verify`.
pub async fn check(State(app): State<Shared>, visit: Visit, sent: Submission) -> Response {
    page(app, visit, move |app, visit| {
        let file = sent
            .files
            .iter()
            .find(|file| file.field == "receipt")
            .map(|file| String::from_utf8_lossy(&file.bytes).into_owned());
        let pasted = sent.text("text").unwrap_or_default().trim().to_owned();
        let text = file.unwrap_or_else(|| pasted.clone());
        if text.is_empty() {
            let wrong = if sent.too_large.is_empty() {
                "请上传凭证文件，或者把凭证内容贴进来"
            } else {
                "文件太大，不是凭证文件，请上传下载的原文件"
            };
            let shown = verify_page(app, visit, pasted, Some(wrong.into()), None);
            return answer::page(StatusCode::UNPROCESSABLE_ENTITY, &shown);
        }
        let result = if text.starts_with(CODE) { by_code(app, &text)? } else { by_file(app, &text) };
        answer::ok(&verify_page(app, visit, pasted, None, Some(result)))
    })
    .await
}

fn verify_page(
    app: &App,
    visit: &Visit,
    pasted: String,
    wrong: Option<String>,
    result: Option<VerifyResult>,
) -> Verify {
    let input = FieldInput::Files { uploaded: Vec::new(), accept: ".json,application/json".into(), many: false };
    let fields = vec![
        FieldView { required: false, error: wrong, ..FieldView::new("receipt", "凭证文件（.json）", input) },
        FieldView {
            required: false,
            hint: "把凭证文件的全部内容，或者扫码得到的一行文字，贴在这里。".into(),
            ..FieldView::new("text", "凭证内容", FieldInput::TextArea { value: pasted, rows: 4, phrases: Vec::new() })
        },
    ];
    let errors = ErrorSummary::of(&fields);
    let mut shell = answer::public_shell(app, visit, "核验凭证", Some(Link::new("返回首页", "/")));
    shell.wrong = !errors.errors.is_empty();
    shell.here = "/verify".into();
    let command = format!("xiezhi verify receipt 凭证.json --key {}", app.bureau.keys.public_key());
    Verify { shell, action: "/verify".into(), fields, errors, result, command }
}

fn by_file(app: &App, text: &str) -> VerifyResult {
    let verdict = receipt::verify(text, Some(&app.bureau.keys.public_key()));
    let holds = verdict.holds();
    let procedure = verdict.says.iter().find(|(key, _)| key == "事项").map(|(_, text)| Name::new(text));
    let row =
        |(key, text): &(String, String)| SummaryRow::text(key.as_str(), words(app, procedure.as_ref(), key, text));
    let rows: Vec<SummaryRow> = verdict.says.iter().map(row).collect();
    VerifyResult {
        holds,
        title: title(holds),
        checks: verdict
            .checks
            .into_iter()
            .map(|check| ReceiptCheck { what: check.what.to_owned(), holds: check.holds, finding: check.means })
            .collect(),
        facts: (!rows.is_empty()).then(|| SummaryList { title: "凭证上写的是".into(), rows }),
        advice: advice(holds),
    }
}

/// Names of offices and acts in words, where this bureau knows them.
fn words(app: &App, procedure: Option<&Name>, key: &str, text: &str) -> String {
    let law = &app.bureau.law;
    let editions = || law.procedures.iter().filter(|known| Some(&known.id) == procedure);
    let found = match key {
        "办理机构" => law.place.office(&text.into()).map(|office| office.name.clone()),
        "事项" => editions().next().map(|procedure| procedure.title.clone()),
        "行为" => editions().find_map(|procedure| procedure.act(&text.into())).map(|act| act.title.clone()),
        _ => None,
    };
    found.unwrap_or_else(|| text.to_owned())
}

fn title(holds: bool) -> String {
    if holds { "凭证是真的，没有被改动过" } else { "凭证核验没有通过" }.to_owned()
}

fn advice(holds: bool) -> String {
    if holds {
        "可以放心使用。想看办到哪一步，请用编号和手机号查进度。"
    } else {
        "请重新下载凭证原文件再核验；还是不行的，请带上凭证打服务电话或者到窗口询问，不要凭它办事。"
    }
    .to_owned()
}

/// Whether an act of that digest is recorded under that number.
fn by_code(app: &App, code: &str) -> Result<VerifyResult, Fault> {
    let parts = code.strip_prefix(CODE).and_then(|rest| rest.rsplit_once(':'));
    let Some((number, hash)) = parts else {
        let check = ReceiptCheck {
            what: "二维码内容".into(),
            holds: false,
            finding: format!("不是本系统的凭证码，凭证码以“{CODE}”开头，请重新扫描"),
        };
        return Ok(VerifyResult {
            holds: false,
            title: title(false),
            checks: vec![check],
            facts: None,
            advice: advice(false),
        });
    };
    let found = recorded(app, number, hash)?;
    let holds = found.is_some();
    let finding = if holds {
        "这个编号下登记着这一笔，摘要一致"
    } else {
        "这个编号下没有摘要相同的登记：编号或者摘要不对，凭证可能不是本机关出的"
    };
    let facts = found.map(|(act, at)| SummaryList {
        title: "登记的是".into(),
        rows: vec![SummaryRow::text("编号", number), SummaryRow::text("行为", act), SummaryRow::text("时间", at)],
    });
    let checks = vec![ReceiptCheck { what: "登记".into(), holds, finding: finding.into() }];
    Ok(VerifyResult { holds, title: title(holds), checks, facts, advice: advice(holds) })
}

fn recorded(app: &App, number: &str, hash: &str) -> Result<Option<(String, String)>, Fault> {
    let Some(row) = app.bureau.store.find_by_number(number)? else { return Ok(None) };
    let acts = app.bureau.store.acts_of(&row.matter)?;
    let Some(stored) = acts.iter().find(|act| act.hash.to_string() == hash) else { return Ok(None) };
    let act = body_of(stored).map_err(internal)?;
    let title =
        app.bureau.law.edition(act.edition).and_then(|procedure| procedure.act(&act.name)).map(|def| def.title.clone());
    let title = title.or_else(|| kernel::system::title(&act.name).map(str::to_owned));
    Ok(Some((title.unwrap_or_else(|| act.name.to_string()), shown::time_zh(act.moment.civil))))
}

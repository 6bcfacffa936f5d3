//! Checking a receipt: the file, its text pasted, or what the code on it says. Checking a paper: its PDF.
//!
//! The form changes nothing and keeps nothing, so anyone may send it from anywhere.
//!
//! INVARIANT: what is answered about a number is whether the digest is recorded under it, about a paper what is printed
//! on it and whether it stands, and nothing else about a person.

use super::{internal, page};
use crate::answer::{self, Fault, work};
use crate::app::{App, Shared};
use crate::components::Link;
use crate::components::field::{ErrorSummary, FieldInput, FieldView};
use crate::components::parts::{SummaryList, SummaryRow};
use crate::pages::verify::{ReceiptCheck, Verify, VerifyResult};
use crate::shown;
use crate::submission::Submission;
use crate::visit::Visit;
use acts::load::body_of;
use acts::office_keys;
use acts::receipt;
use acts::seals::{self, Validity};
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use kernel::names::Name;
use std::collections::BTreeMap;

/// How the code on a receipt begins.
const CODE: &str = "xiezhi:receipt:";
/// How a PDF begins.
const PDF: &[u8] = b"%PDF-";
/// Where the keys of the offices are.
const KEYS: &str = "/verify/keys.json";
/// What to do about a paper that does not hold.
const PAPER_DOUBT: &str = "请向文书上写的机关打电话核实，不要凭它办事。自己的文书，可以在查进度的页面重新下载。";

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
        let file = sent.files.iter().find(|file| file.field == "receipt");
        if let Some(paper) = file.filter(|file| file.bytes.starts_with(PDF)) {
            let result = by_paper(app, &paper.bytes)?;
            return answer::ok(&verify_page(app, visit, String::new(), None, Some(result)));
        }
        let file = file.map(|file| String::from_utf8_lossy(&file.bytes).into_owned());
        let pasted = sent.text("text").unwrap_or_default().trim().to_owned();
        let text = file.unwrap_or_else(|| pasted.clone());
        if text.is_empty() {
            let wrong = if sent.too_large.is_empty() {
                "请上传凭证文件或者文书，或者把凭证内容贴进来"
            } else {
                "文件太大，不是凭证也不是文书，请上传下载的原文件"
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
    let input = FieldInput::Files {
        uploaded: Vec::new(),
        accept: ".json,.pdf,application/json,application/pdf".into(),
        many: false,
    };
    let fields = vec![
        FieldView {
            required: false,
            error: wrong,
            ..FieldView::new("receipt", "凭证文件（.json）或者文书（.pdf）", input)
        },
        FieldView {
            required: false,
            hint: "把凭证文件的全部内容，或者扫码得到的一行文字，贴在这里。".into(),
            ..FieldView::new("text", "凭证内容", FieldInput::TextArea { value: pasted, rows: 4, phrases: Vec::new() })
        },
    ];
    let errors = ErrorSummary::of(&fields);
    let mut shell = answer::public_shell(app, visit, "核验凭证和文书", Some(Link::new("返回首页", "/")));
    shell.wrong = !errors.errors.is_empty();
    shell.here = "/verify".into();
    let key = app.bureau.keys.public_key();
    let commands = vec![
        format!("xiezhi verify receipt 凭证.json --key {key}"),
        format!("xiezhi verify paper 文书.pdf --signature 文书.sig.json --keys keys.json --key {key}"),
    ];
    Verify { shell, action: "/verify".into(), fields, errors, result, keys: KEYS.into(), commands }
}

/// GET `/verify/keys.json`: the keys of the offices, signed by the key of the place.
pub async fn keys(State(app): State<Shared>, visit: Visit) -> Response {
    work(app, visit, |app, _| {
        let list = office_keys::list(&app.bureau, app.now()).map_err(internal)?;
        let text = serde_json::to_vec_pretty(&list).map_err(internal)?;
        Ok(answer::file("application/json", "keys.json", text, true))
    })
    .await
}

/// Whether a PDF is one that was signed here, by which office, and whether it still stands.
fn by_paper(app: &App, pdf: &[u8]) -> Result<VerifyResult, Fault> {
    let Some(sealed) = seals::sealed(&app.bureau, pdf).map_err(internal)? else {
        let check = ReceiptCheck {
            what: "文书内容".into(),
            holds: false,
            finding:
                "没有签发过这样一份文书：可能被改动过、另存过，或者不是本机关出的。打印后扫描的，请改用下载的原文件"
                    .into(),
        };
        let title = "文书核验没有通过".to_owned();
        return Ok(VerifyResult { holds: false, title, checks: vec![check], facts: None, advice: PAPER_DOUBT.into() });
    };
    let list = office_keys::list(&app.bureau, app.now()).map_err(internal)?.to_string();
    let list = office_keys::read_list(&list, Some(&app.bureau.keys.public_key())).map_err(internal)?;
    let verdict = seals::verify(pdf, &sealed.signature.to_string(), Some(&list));
    let validity = seals::validity(&app.bureau, &sealed.place)?;
    let finding = match validity {
        Validity::Stands => "没有作废",
        Validity::Voided => "文号已经作废，这份文书不再有效；重新出具的，以新的文号为准",
        Validity::Unknown => "现在查不到这份文书的登记，请向出具的机关核实",
    };
    let (signed, stands) = (verdict.holds(), validity == Validity::Stands);
    let mut checks: Vec<ReceiptCheck> = verdict.checks.into_iter().map(shown_check).collect();
    checks.push(ReceiptCheck { what: "是否有效".into(), holds: stands, finding: finding.into() });
    let rows = verdict.says.iter().map(|(what, said)| SummaryRow::text(what.as_str(), said.as_str())).collect();
    let (title, advice) = match (signed, stands) {
        (true, true) => ("文书是真的，没有被改动过", "可以放心使用。"),
        (true, false) if validity == Validity::Voided => {
            ("文书是真的，但是已经作废", "请不要再用这一份，向出具的机关要重新出具的文书。")
        }
        _ => ("文书核验没有通过", PAPER_DOUBT),
    };
    Ok(VerifyResult {
        holds: signed && stands,
        title: title.to_owned(),
        checks,
        facts: signed.then(|| SummaryList { title: "签名的内容是".into(), rows }),
        advice: advice.to_owned(),
    })
}

fn shown_check(check: receipt::Check) -> ReceiptCheck {
    ReceiptCheck { what: check.what.to_owned(), holds: check.holds, finding: check.means }
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
        checks: verdict.checks.into_iter().map(shown_check).collect(),
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

//! How the house stands against 等保三级, for its three administrators: each row with what is asked, what is, and where that
//! is set.
//!
//! Nothing on it is written down here: lengths, spans and counts are those the program goes by.
//!
//! INVARIANT: what the program does not know is said to be unknown, and never shown as done.

use crate::answer::{self, Fault, work};
use crate::app::{App, Shared};
use crate::components::field::{Choice, FieldInput, FieldView, FormKeys};
use crate::components::parts::{Notice, Tag, Tone};
use crate::components::table::{Cell, Column, Table};
use crate::desk::clerk::{Clerk, clerk};
use crate::desk::federated;
use crate::pages::security::{Security, TakeOff};
use crate::submission::Submission;
use crate::visit::Visit;
use acts::factors::{self, FactorError};
use acts::people::limits::{BY_ADDRESS, BY_CODE, BY_LOGIN, CODE_WITHIN_MS, FRESH_MS, IDLE_MS, LONGEST_MS};
use acts::people::password::{KEPT, KINDS_MIN, LENGTH_MIN};
use acts::people::posts::ADMINISTRATORS;
use acts::policy::Duty;
use acts::posture::{Posture, posture};
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use std::collections::BTreeMap;

/// The page.
pub const PATH: &str = "/desk/security";
/// Where the second factors of somebody are taken off.
pub const FACTOR_OFF: &str = "/desk/security/factor-off";
/// Minutes in milliseconds.
const MINUTE_MS: i64 = 60_000;
/// A ledger that was not checked for so long, and a copy that is so old, want attention.
const MONTH_MS: i64 = 31 * 24 * 60 * MINUTE_MS;
/// The same for copies.
const WEEK_MS: i64 = 7 * 24 * 60 * MINUTE_MS;

/// One row.
struct Row {
    part: &'static str,
    asked: &'static str,
    is: String,
    tone: Tone,
    place: &'static str,
}

/// GET /desk/security
pub async fn page(State(app): State<Shared>, visit: Visit, Query(query): Query<BTreeMap<String, String>>) -> Response {
    work(app, visit, move |app, visit| {
        let clerk = clerk(app, visit)?;
        let done = query.get("done").filter(|done| *done == "off");
        let notice =
            done.map(|_| federated::notice(Tone::Good, "已经取消，那个人的登录全部失效。请本人尽快重新添加。"));
        show(app, visit, &clerk, StatusCode::OK, notice)
    })
    .await
}

/// POST /desk/security/factor-off
pub async fn take_off(State(app): State<Shared>, visit: Visit, form: Submission) -> Response {
    work(app, visit, move |app, visit| {
        if !visit.is_ours(app, form.text("csrf")) {
            return Err(Fault::NotOurs);
        }
        let clerk = clerk(app, visit)?;
        let account = form.text("account").unwrap_or_default();
        let told = match factors::take_off(&app.bureau, app.now(), &clerk.person.id, account) {
            Ok(()) => return Ok(answer::see_other(&format!("{PATH}?done=off"))),
            Err(FactorError::Forbidden) => "不能取消自己的，请由另一位安全管理员办理。",
            Err(FactorError::NotHeld) => "这个人已经没有二次验证，不用取消。",
            Err(FactorError::Account(_)) => "请选一个人。",
            Err(other) => return Err(federated::internal(other)),
        };
        show(app, visit, &clerk, StatusCode::UNPROCESSABLE_ENTITY, Some(federated::notice(Tone::Grave, told)))
    })
    .await
}

fn show(
    app: &App,
    visit: &Visit,
    clerk: &Clerk,
    status: StatusCode,
    notice: Option<Notice>,
) -> Result<Response, Fault> {
    let stands = posture(&app.bureau, app.now())?;
    let rows = passwords(&stands)
        .into_iter()
        .chain(second_factors(&stands))
        .chain(access(&stands))
        .chain(kept(app, &stands))
        .chain(around(app));
    let rows: Vec<Row> = rows.collect();
    let open = rows.iter().filter(|row| matches!(row.tone, Tone::Care | Tone::Grave)).count();
    let summary = match open {
        0 => federated::notice(Tone::Good, "程序自己看得到的，都已落实。"),
        _ => federated::notice(Tone::Care, &format!("有{open}条要看一看，在“情况”一列标着。")),
    };
    let cells = (1..).zip(&rows).map(|(at, row): (u32, &Row)| {
        vec![
            Cell::text(at.to_string()),
            Cell::Tag(Tag { tone: row.tone, text: word(row.tone).to_owned() }),
            Cell::Long(row.asked.to_owned()),
            Cell::Long(row.is.clone()),
            Cell::Long(row.place.to_owned()),
            Cell::text(row.part.to_owned()),
        ]
    });
    let page = Security {
        shell: clerk.shell(app, visit, "安全状况", PATH, &[])?,
        notices: notice.into_iter().chain([summary]).collect(),
        table: Table {
            id: "security".to_owned(),
            caption: "等级保护第三级的要求和现在的情况".to_owned(),
            columns: ["序号", "情况", "要求", "现在", "在哪里定", "方面"].into_iter().map(Column::new).collect(),
            rows: cells.collect(),
            foot: Vec::new(),
            empty: String::new(),
        },
        take_off: clerk.has(Duty::Appoint).then(|| take_off_form(app, visit, clerk, &stands)),
    };
    Ok(visit.kept(app, answer::page(status, &page)?))
}

fn word(tone: Tone) -> &'static str {
    match tone {
        Tone::Good => "已落实",
        Tone::Plain | Tone::Info => "按设定",
        Tone::Care => "请核对",
        Tone::Grave => "请处理",
    }
}

fn take_off_form(app: &App, visit: &Visit, clerk: &Clerk, stands: &Posture) -> TakeOff {
    let others = stands.accounts.iter().filter(|(id, _, second)| *second && *id != clerk.person.id.as_str());
    let choices: Vec<Choice> = others.map(|(id, name, _)| Choice::new(id, format!("{name}（{id}）"))).collect();
    TakeOff {
        action: FACTOR_OFF.to_owned(),
        keys: FormKeys { csrf: visit.csrf(app), ..FormKeys::default() },
        nobody: choices.is_empty(),
        fields: vec![FieldView::new("account", "谁", FieldInput::Select { choices })],
    }
}

fn good(holds: bool, otherwise: Tone) -> Tone {
    if holds { Tone::Good } else { otherwise }
}

/// 身份鉴别: one row.
fn identity(asked: &'static str, is: String, tone: Tone, place: &'static str) -> Row {
    Row { part: "身份鉴别", asked, is, tone, place }
}

/// 身份鉴别: passwords and sessions.
fn passwords(stands: &Posture) -> Vec<Row> {
    let term = stands.password_days.map_or_else(|| "没有期限".to_owned(), |days| format!("{days}天一换"));
    let most = stands.sessions_max.map_or_else(|| "不限".to_owned(), |most| format!("同时{most}个"));
    vec![
        identity(
            "口令复杂度",
            format!("至少{LENGTH_MIN}个字，四种字符中至少{KINDS_MIN}种，不含账号，不用常见的"),
            Tone::Good,
            "程序",
        ),
        identity(
            "口令定期更换，不重复使用",
            format!("{term}；最近{KEPT}次的不能再用"),
            good(stands.password_days.is_some(), Tone::Care),
            "数据库里的设置 access/password-days",
        ),
        identity(
            "登录失败处理",
            format!(
                "口令错{}次、验证码错{}次，账号休息{}分钟；一个地址错{}次也休息；现在休息的账号{}个、地址{}个",
                BY_LOGIN.tries_max,
                BY_CODE.tries_max,
                BY_LOGIN.rest_ms / MINUTE_MS,
                BY_ADDRESS.tries_max,
                stands.resting,
                stands.resting_addresses
            ),
            good(stands.resting + stands.resting_addresses == 0, Tone::Info),
            "程序",
        ),
        identity(
            "会话超时自动退出",
            format!("闲置{}分钟，最长{}小时", IDLE_MS / MINUTE_MS, LONGEST_MS / MINUTE_MS / 60),
            Tone::Good,
            "程序",
        ),
        identity(
            "限制同时登录",
            most,
            good(stands.sessions_max.is_some(), Tone::Care),
            "数据库里的设置 access/sessions-max",
        ),
    ]
}

/// 身份鉴别: what is shown beside the password.
fn second_factors(stands: &Posture) -> Vec<Row> {
    let (all, with) = (stands.accounts.len(), stands.accounts.iter().filter(|(_, _, second)| *second).count());
    let lacking: Vec<&str> =
        stands.administrators.iter().filter(|one| !one.second).map(|one| one.name.as_str()).collect();
    let due = if stands.factor_is_due { "必须有" } else { "暂不要求" };
    let administrators = match lacking.as_slice() {
        [] if stands.administrators.is_empty() => format!("三个管理员{due}；现在没有人担任"),
        [] => format!("三个管理员{due}；{}人都有", stands.administrators.len()),
        lacking => format!("三个管理员{due}；还没有的：{}", lacking.join("、")),
    };
    vec![
        identity(
            "两种鉴别，一种用密码技术",
            format!("{all}个账号里{with}个有动态验证码或者通行密钥；口令之后{}分钟内要填", CODE_WITHIN_MS / MINUTE_MS),
            good(with == all, Tone::Info),
            "各人的“我的账号”",
        ),
        identity(
            "管理员两种鉴别",
            administrators,
            match (lacking.is_empty() && !stands.administrators.is_empty(), stands.factor_is_due) {
                (true, true) => Tone::Good,
                (false, _) => Tone::Grave,
                (true, false) => Tone::Care,
            },
            "xiezhi accounts factor-from",
        ),
        identity(
            "重要操作前再次鉴别",
            format!("离上次超过{}分钟的，先再确认", FRESH_MS / MINUTE_MS),
            Tone::Good,
            "程序，docs/reference/routes.md",
        ),
    ]
}

/// 访问控制.
fn access(stands: &Posture) -> Vec<Row> {
    let names = |seat: &str| {
        let held = stands.administrators.iter().filter(|one| one.seat == seat).map(|one| one.name.as_str());
        let held: Vec<&str> = held.collect();
        if held.is_empty() { "没有人".to_owned() } else { held.join("、") }
    };
    let all = ADMINISTRATORS.iter().all(|seat| stands.administrators.iter().any(|one| one.seat == *seat));
    vec![Row {
        part: "访问控制",
        asked: "系统、安全、审计管理员分设",
        is: format!("系统：{}；安全：{}；审计：{}", names("operator"), names("security"), names("auditor")),
        tone: good(all, Tone::Grave),
        place: "xiezhi accounts grant",
    }]
}

/// 安全审计, 备份恢复, 密码: what leaves its time behind.
fn kept(app: &App, stands: &Posture) -> Vec<Row> {
    let now = app.now().at.as_millisecond();
    let lately = |at: Option<i64>, within: i64| at.is_some_and(|at| now.saturating_sub(at) < within);
    let when = |at: Option<i64>| at.map_or_else(|| "没有记录".to_owned(), |at| federated::day(app, at));
    let log = stands.checkpoint.as_ref().map_or_else(
        || "还没有检查点".to_owned(),
        |last| format!("{}项，最近一次签名{}", last.size, federated::day(app, last.at)),
    );
    vec![
        Row {
            part: "安全审计",
            asked: "每个行为留痕，不能删改",
            is: format!("日志{log}"),
            tone: good(stands.checkpoint.is_some(), Tone::Care),
            place: "程序",
        },
        Row {
            part: "安全审计",
            asked: "定期查验总账",
            is: format!("最近一次成立：{}", when(stands.verified_at)),
            tone: good(lately(stands.verified_at, MONTH_MS), Tone::Care),
            place: "xiezhi verify ledger",
        },
        Row {
            part: "安全审计",
            asked: "时间由外面的机构证明",
            is: format!("最近一次时间戳：{}", when(stands.stamped_at)),
            tone: good(stands.stamped_at.is_some(), Tone::Info),
            place: "xiezhi stamp",
        },
        Row {
            part: "备份恢复",
            asked: "定期备份",
            is: format!("程序最近一次备份：{}（数据库服务器自己归档的不在内）", when(stands.backed_up_at)),
            tone: good(lately(stands.backed_up_at, WEEK_MS), Tone::Care),
            place: "xiezhi backup",
        },
        Row {
            part: "保密性",
            asked: "密钥定期更换",
            is: format!(
                "在用的主密钥{}；最近一次更换：{}",
                stands.masters.first().map_or("", String::as_str),
                when(stands.rotated_at)
            ),
            tone: Tone::Info,
            place: "xiezhi keys rotate",
        },
    ]
}

/// What stands around the program.
fn around(app: &App) -> Vec<Row> {
    let scanner = app.scanner.is_some();
    let passkeys = acts::passkeys::domain(&app.federation.origin).is_some();
    vec![
        Row {
            part: "通信传输",
            asked: "登录和内容加密传输",
            is: if app.site.secure {
                "前面有TLS，Cookie 只走加密"
            } else {
                "没有用 --secure：程序不知道前面有没有TLS"
            }
            .to_owned(),
            tone: good(app.site.secure, Tone::Grave),
            place: "serve --secure",
        },
        Row {
            part: "恶意代码防范",
            asked: "上传的文件查毒",
            is: if scanner {
                "每个文件先交给查毒程序，没有答复不收"
            } else {
                "没有接查毒程序"
            }
            .to_owned(),
            tone: good(scanner, Tone::Care),
            place: "serve --scan",
        },
        Row {
            part: "身份鉴别",
            asked: "防冒充的鉴别（通行密钥）",
            is: if passkeys { "可以添加" } else { "网站没有登记网址，不能添加" }.to_owned(),
            tone: good(passkeys, Tone::Info),
            place: "identity.json 的 origin",
        },
    ]
}

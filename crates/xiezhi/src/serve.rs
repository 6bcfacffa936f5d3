//! `xiezhi serve`: a bureau at work.

use crate::answer::{self, Answer, Complaint, OrSay};
use crate::cli;
use crate::delivery::Program;
use crate::law::LawText;
use crate::running::Ports;
use crate::{boot, edge, keyring, outward, running};
use acts::Bureau;
use acts::people;
use acts::policy::HeldPost;
use serde_json::{Value as Json, json};
use std::net::TcpListener;
use tracing_subscriber::EnvFilter;

/// Serves until told to stop.
///
/// # Errors
/// The reason why it does not start.
pub fn serve(asked: &cli::Serve, json: bool) -> Result<Answer, Complaint> {
    log_to_stderr();
    let text = LawText::find(asked.law.as_deref())?;
    let program = Program::find(asked.deliver.as_deref())?;
    let bureau = boot::bureau(&asked.data, &text, asked.place.as_deref())?;
    let federation = outward::settings::federation(&asked.data, "")?;
    let listener = running::listen(asked.listen)?;
    let machines = asked.metrics.map(running::listen).transpose()?;
    if let Some(made) = first_operator(&bureau)? {
        let (login, password) = (&made.0, &made.1);
        let said = format!("第一次启动，已建立运维账户（密码只显示这一次）：\n  登录名 {login}\n  密码   {password}");
        let data = json!({ "first_account": { "login": login, "password": password } });
        answer::print(&if json { data.to_string() } else { said });
    }
    let site = running::site(&bureau, "", asked.secure);
    announce(&listener, json, json!({}))?;
    keyring::watch(&bureau, &asked.data)?;
    let (limits, scanner) = (asked.gate.limits(1), asked.gate.scanner());
    running::run(bureau, text.templates(), site, (listener, machines), Ports { program, limits, scanner, federation })?;
    Ok(Answer { holds: true, text: "已停止".into(), data: json!({ "stopped": true }) })
}

/// Says where it listens, in one line.
///
/// # Errors
/// When the socket has no address.
pub fn announce(listener: &TcpListener, json: bool, mut more: Json) -> Result<(), Complaint> {
    let address = listener.local_addr().or_say("监听地址不明")?;
    let url = format!("http://{address}");
    if json {
        if let Some(more) = more.as_object_mut() {
            more.insert("ready".into(), json!(url));
        }
        answer::print(&more.to_string());
    } else {
        answer::print(&format!("已就绪 {url}"));
    }
    Ok(())
}

/// Logs go to standard error; `XIEZHI_LOG` chooses what, and `XIEZHI_LOG_FORMAT=json` writes one object a line.
pub fn log_to_stderr() {
    let wanted = std::env::var("XIEZHI_LOG").unwrap_or_else(|_| "warn".to_owned());
    let filter = EnvFilter::try_new(&wanted).unwrap_or_else(|_| EnvFilter::new("warn"));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let as_objects = std::env::var("XIEZHI_LOG_FORMAT").is_ok_and(|format| format == "json");
    if if as_objects { log.json().try_init() } else { log.try_init() }.is_err() {
        tracing::debug!("a log is already set up");
    }
}

/// The first account: login and password, where there was none.
fn first_operator(bureau: &Bureau) -> Result<Option<(String, String)>, Complaint> {
    if !bureau.store.accounts().or_say("账户读不了")?.is_empty() {
        return Ok(None);
    }
    let office = bureau.law.place.offices.iter().find(|office| office.parent.is_none());
    let office = office.ok_or_else(|| Complaint::fact("地方文件里没有机构，不能建立账户"))?;
    let password = people::fresh_password(bureau);
    let post = HeldPost { seat: "operator".into(), office: office.id.clone() };
    people::create(bureau, edge::now(), "operator", "运维", &password, &[post]).or_say("建立运维账户失败")?;
    Ok(Some(("operator".to_owned(), password)))
}

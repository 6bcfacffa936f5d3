//! `xiezhi serve`: a bureau at work.

use crate::answer::{self, Answer, Complaint, OrSay};
use crate::cli;
use crate::delivery::Program;
use crate::law::LawText;
use crate::running::Ports;
use crate::{boot, init, keyring, outward, running};
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
    let made = init::administrators(&bureau)?;
    if !made.is_empty() {
        answer::print(&if json { init::as_json(&made).to_string() } else { init::told(&made) });
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

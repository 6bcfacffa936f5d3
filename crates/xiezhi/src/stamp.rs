//! `xiezhi stamp`: has the log stamped by an authority, through a program of the operator's.
//!
//! It runs beside the server, from a timer: an authority that hangs or fails holds up nobody's act.

use crate::answer::{Answer, Complaint};
use crate::law::LawText;
use crate::{boot, cli, edge};
use acts::stamps::{self, TakeError};
use jiff::Timestamp;
use serde_json::json;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

/// Has the log stamped as it stands.
///
/// # Errors
/// When the program cannot run, or its answer is no stamp over this log.
pub fn stamp(asked: &cli::Stamp) -> Result<Answer, Complaint> {
    let text = LawText::find(asked.of.law.as_deref())?;
    let bureau = boot::bureau(&asked.of.data, &text, None)?;
    let taken = stamps::take(&bureau, edge::now(), &|question| reach(&asked.program, question));
    let taken = taken.map_err(|error| match error {
        TakeError::NotReached(why) => Complaint::fact(format!("没有取到时间戳，总账没有动，可以再试：{why}")),
        TakeError::Stamp(error) => {
            Complaint::fact(format!("机构的回答不是这次请求的时间戳，没有采用：{error}。请核对取时间戳的程序"))
        }
        other => Complaint::fact(format!("时间戳没有记下：{}", crate::answer::chain(&other))),
    })?;
    let Some((made, stamp)) = taken else {
        let text = "上次盖时间戳以后，总账没有新的行为".to_owned();
        return Ok(Answer { holds: true, text, data: json!({ "stamped": false }) });
    };
    let at = Timestamp::from_millisecond(stamp.at).map_or_else(|_| stamp.at.to_string(), |at| at.to_string());
    Ok(Answer {
        holds: true,
        text: format!("总账的前{}项盖了时间戳：{at}，{}", made.size, stamp.by),
        data: json!({ "stamped": true, "size": made.size, "at": stamp.at, "by": stamp.by }),
    })
}

/// Hands the question to the program and takes what it writes.
fn reach(program: &Path, question: &[u8]) -> Result<Vec<u8>, String> {
    let failed = |error: std::io::Error| format!("{}：{error}", program.display());
    let mut child = Command::new(program).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().map_err(failed)?;
    // A question is shorter than what a pipe holds: it is written before the program answers.
    if let Some(mut input) = child.stdin.take() {
        input.write_all(question).map_err(failed)?;
    }
    let out = child.wait_with_output().map_err(failed)?;
    if out.status.success() { Ok(out.stdout) } else { Err(format!("{}：{}", program.display(), out.status)) }
}

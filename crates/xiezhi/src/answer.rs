//! What a command answers, and how it ends.
//!
//! INVARIANT: text and JSON come from one answer; neither says more than the other.

use serde_json::{Value as Json, json};
use std::error::Error;
use std::io::Write;
use std::process::ExitCode;

/// The answer of a command.
#[derive(Debug)]
pub struct Answer {
    /// Whether what was asked holds.
    pub holds: bool,
    /// For people, in Chinese.
    pub text: String,
    /// For programs.
    pub data: Json,
}

/// Why a command could not be done: what happened and what to do, in Chinese.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Complaint {
    /// The thing asked for cannot be done.
    #[error("{0}")]
    Fact(String),
    /// The question was not understood.
    #[error("{0}")]
    Usage(String),
}

impl Complaint {
    /// A fact in Chinese.
    pub fn fact(text: impl Into<String>) -> Complaint {
        Complaint::Fact(text.into())
    }

    /// A question that was not understood.
    pub fn usage(text: impl Into<String>) -> Complaint {
        Complaint::Usage(text.into())
    }
}

/// Turns errors into complaints that say what was being done.
pub trait OrSay<T> {
    /// The value, or the complaint `what：reason`.
    ///
    /// # Errors
    /// The complaint, with the whole chain of reasons.
    fn or_say(self, what: &str) -> Result<T, Complaint>;
}

impl<T, E: Error> OrSay<T> for Result<T, E> {
    fn or_say(self, what: &str) -> Result<T, Complaint> {
        self.map_err(|error| Complaint::Fact(format!("{what}：{}", chain(&error))))
    }
}

/// An error with all its sources.
pub fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(source) = next {
        let reason = source.to_string();
        if !text.ends_with(&reason) {
            text = format!("{text}: {reason}");
        }
        next = source.source();
    }
    text
}

/// Prints the answer and answers the exit code.
pub fn say(said: Result<Answer, Complaint>, json: bool) -> ExitCode {
    match said {
        Ok(answer) => {
            print(&if json { format!("{:#}", answer.data) } else { answer.text });
            if answer.holds { ExitCode::SUCCESS } else { ExitCode::from(1) }
        }
        Err(complaint) => {
            let code = if matches!(complaint, Complaint::Usage(_)) { 2 } else { 1 };
            if json {
                print(&format!("{:#}", json!({ "error": complaint.to_string() })));
            } else {
                eprintln!("{complaint}");
            }
            ExitCode::from(code)
        }
    }
}

/// Prints a line and flushes it; a reader that went away is no fault of ours.
pub fn print(text: &str) {
    if text.is_empty() {
        return;
    }
    let mut out = std::io::stdout().lock();
    let written = writeln!(out, "{}", text.trim_end_matches('\n')).and_then(|()| out.flush());
    if written.is_err() {
        tracing::debug!("standard output is closed");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_complaint_says_what_was_done_and_every_reason_once() {
        let failed: Result<(), std::io::Error> = Err(std::io::Error::other("disk full"));
        assert_eq!(failed.or_say("写不了备份").unwrap_err(), Complaint::fact("写不了备份：disk full"));
    }
}

//! The way to phones: a program of the operator's choice, run once a message, in the manner of sendmail.
//!
//! It is given one JSON object on its standard input and answers with its exit code. Without such a program nothing
//! leaves: a message counts as sent once the operator's console shows it. It knows no gateway and no network.
//!
//! INVARIANT: a program that hangs holds up neither the clock nor the log nor the end of the server.

use crate::answer::{Complaint, OrSay};
use crate::edge;
use acts::Bureau;
use acts::delivery::{self, Delivery, DeliveryError, Letter, PATIENCE};
use serde_json::json;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};
use tokio::sync::{oneshot, watch};

/// Exit code of a program that asks to be tried again: `EX_TEMPFAIL` of sysexits.h, as mailers know it.
const EX_TEMPFAIL: i32 = 75;
/// Between two looks whether a program has ended: at first, and at most.
const LOOK_MIN: Duration = Duration::from_millis(1);
const LOOK_MAX: Duration = Duration::from_millis(50);
/// Between two looks for messages that are due.
const PAUSE: Duration = Duration::from_millis(500);
/// Threads that deliver, each by rounds of its own: one that waits for a slow receiver leaves the others at work.
const COURIERS: usize = 4;
/// Bytes read of what a program says on standard error; the last line of them is its reason.
const SAID_MAX: usize = 4096;
/// How long its last words may take after it has ended: somebody it started may hold the pipe open.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// A program that delivers.
#[derive(Debug, Clone)]
pub struct Program {
    path: PathBuf,
    patience: Duration,
}

impl Program {
    /// The program, where one is named.
    ///
    /// # Errors
    /// When there is no such file: better now than at the first message.
    pub fn find(path: Option<&Path>) -> Result<Option<Program>, Complaint> {
        let found = |path: &Path| {
            let path = path.canonicalize().or_say(&format!("发送短信的程序{}不在", path.display()))?;
            if path.is_file() {
                Ok(Program { path, patience: PATIENCE })
            } else {
                Err(Complaint::fact(format!("发送短信的程序{}不是文件", path.display())))
            }
        };
        path.map(found).transpose()
    }
}

impl Delivery for Program {
    fn deliver(&self, letter: &Letter) -> Result<(), DeliveryError> {
        let later = |what: &str, error: std::io::Error| DeliveryError::Later(format!("{what}：{error}"));
        let mut program = Command::new(&self.path);
        program.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = program.spawn().map_err(|error| later("发送程序启动不了", error))?;
        hand_over(&mut child, letter);
        let said = listen(&mut child);
        let ended = wait(&mut child, self.patience).map_err(|error| later("发送程序的结果不明", error))?;
        let Some(status) = ended else {
            return Err(DeliveryError::Later(format!("发送程序{}秒没有做完", self.patience.as_secs())));
        };
        let said = said.recv_timeout(LAST_WORDS).unwrap_or_default();
        let last = said.lines().rfind(|line| !line.trim().is_empty());
        let reason = |what: String| last.map_or(what, str::to_owned);
        match status.code() {
            Some(0) => Ok(()),
            Some(EX_TEMPFAIL) => Err(DeliveryError::Later(reason("发送程序没有说明原因".to_owned()))),
            Some(code) => Err(DeliveryError::Never(reason(format!("发送程序没有说明原因，退出码{code}")))),
            // Ended by a signal: it has not decided anything.
            None => Err(DeliveryError::Later("发送程序中途被终止".to_owned())),
        }
    }
}

/// Gives it the letter. In a thread: a program that does not read must not hold us up.
fn hand_over(child: &mut Child, letter: &Letter) {
    let Letter { id, topic, to, text, attempt } = letter;
    let line = format!("{}\n", json!({ "id": id, "topic": topic, "to": to, "text": text, "attempt": attempt }));
    if let Some(mut input) = child.stdin.take() {
        std::thread::spawn(move || {
            if let Err(error) = input.write_all(line.as_bytes()) {
                // It may know already what it wants to say: its exit code counts.
                tracing::debug!(%error, "a delivery program did not read its message");
            }
        });
    }
}

/// What it says on standard error, once that is closed.
fn listen(child: &mut Child) -> mpsc::Receiver<String> {
    let (told, said) = mpsc::channel();
    if let Some(mut errors) = child.stderr.take() {
        std::thread::spawn(move || {
            let (mut tail, mut piece) = (Vec::new(), [0; SAID_MAX]);
            while let Ok(read @ 1..) = errors.read(&mut piece) {
                tail.extend_from_slice(piece.get(..read).unwrap_or_default());
                tail.drain(..tail.len().saturating_sub(SAID_MAX));
            }
            // Nobody listens any more when it was too late.
            drop(told.send(String::from_utf8_lossy(&tail).into_owned()));
        });
    }
    said
}

/// Waits for its end; none when it had to be ended.
fn wait(child: &mut Child, patience: Duration) -> std::io::Result<Option<ExitStatus>> {
    let until = Instant::now() + patience;
    let mut look = LOOK_MIN;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if Instant::now() >= until {
            child.kill()?;
            child.wait()?;
            return Ok(None);
        }
        std::thread::sleep(look);
        look = (look * 2).min(LOOK_MAX);
    }
}

/// Whoever lets messages leave, in threads of their own.
#[derive(Debug)]
pub struct Courier {
    ended: Vec<oneshot::Receiver<()>>,
}

impl Courier {
    /// Begins, and goes on until told to stop. What is shown does not wait for what a program has to deliver.
    pub fn start(bureau: &Bureau, program: Option<Program>, stop: &watch::Receiver<bool>) -> Courier {
        let shown = bureau.clone();
        let show = if program.is_some() { delivery::show_inbox } else { delivery::show_all };
        let mut ended = vec![again_and_again(stop, move || show(&shown, edge::now()).map(|_| false))];
        for program in program.into_iter().flat_map(|program| vec![program; COURIERS]) {
            let bureau = bureau.clone();
            ended.push(again_and_again(stop, move || {
                let round = delivery::deliver(&bureau, &program, edge::now())?;
                if round.tried() > 0 {
                    tracing::info!(sent = round.sent, again = round.again, dead = round.dead, "letters were tried");
                }
                Ok(round.tried() > 0)
            }));
        }
        Courier { ended }
    }

    /// Waits for the round at hand, but not for ever: what is not reported leaves again after the next start.
    pub async fn rest(self, patience: Duration) {
        let all = async {
            for ended in self.ended {
                // The sender is dropped at the end; nothing is ever sent.
                drop(ended.await);
            }
        };
        if tokio::time::timeout(patience, all).await.is_err() {
            tracing::warn!("a delivery program is still at work; its message will be sent again");
        }
    }
}

/// Does the work until told to stop, pausing where there was nothing to do.
fn again_and_again(
    stop: &watch::Receiver<bool>,
    mut work: impl FnMut() -> Result<bool, store::StorageError> + Send + 'static,
) -> oneshot::Receiver<()> {
    let (ends, ended) = oneshot::channel();
    let stop = stop.clone();
    std::thread::spawn(move || {
        while !*stop.borrow() {
            let more = work().unwrap_or_else(|error| {
                tracing::error!(%error, "messages could not be delivered");
                false
            });
            if !more {
                std::thread::sleep(PAUSE);
            }
        }
        drop(ends);
    });
    ended
}

#[cfg(test)]
mod tests;

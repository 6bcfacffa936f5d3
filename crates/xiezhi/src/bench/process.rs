//! The server as a process of its own, and what the system says about it.

use super::http::Client;
use crate::answer::{Complaint, OrSay};
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Ticks of the system's clock in a second: the unit of `/proc/PID/stat`, 100 on every Linux.
const TICKS_PER_S: f64 = 100.0;

/// A running server.
#[derive(Debug)]
pub struct Server {
    child: Child,
    /// Where it listens.
    pub address: SocketAddr,
    /// From the start of the process to its first answered page, in milliseconds.
    pub ready_ms: f64,
}

impl Server {
    /// Starts on a directory and waits for its first page.
    ///
    /// # Errors
    /// When it does not start or does not answer.
    pub fn start(folder: &Path) -> Result<Server, Complaint> {
        let program = std::env::current_exe().or_say("找不到程序自己")?;
        let started = Instant::now();
        let mut child = Command::new(program)
            .args([
                "serve",
                "--json",
                "--listen",
                "127.0.0.1:0",
                "--limit-scale",
                "1000",
                "--proxy",
                "127.0.0.1",
                "--place",
                crate::demo::PLACE,
                "--data",
            ])
            .arg(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .or_say("服务启动不了")?;
        let out = child.stdout.take().map(BufReader::new);
        let lines = out.into_iter().flat_map(|out| out.lines().map_while(Result::ok));
        let ready = lines.filter_map(|line| serde_json::from_str::<serde_json::Value>(&line).ok());
        let ready = ready.into_iter().find_map(|said| said.get("ready")?.as_str().map(str::to_owned));
        let address = ready.as_deref().and_then(|url| url.strip_prefix("http://")).and_then(|at| at.parse().ok());
        let Some(address) = address else {
            child.kill().or_say("服务没有就绪")?;
            return Err(Complaint::fact("服务没有说自己已就绪"));
        };
        Client::connect(address).and_then(|mut client| client.get("/status")).or_say("服务不回答")?;
        Ok(Server { child, address, ready_ms: started.elapsed().as_secs_f64() * 1000.0 })
    }

    /// Resident memory in MB, after the server has been left alone for a while.
    pub fn idle_mb(&self) -> Option<f64> {
        std::thread::sleep(Duration::from_secs(3));
        self.resident_mb()
    }

    /// Resident memory in MB.
    pub fn resident_mb(&self) -> Option<f64> {
        memory_mb(&self.child.id().to_string(), "VmRSS:")
    }

    /// Processor time used since its start, in milliseconds.
    pub fn cpu_ms(&self) -> Option<f64> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).ok()?;
        // The name of the program stands in brackets and may hold anything; what follows is numbers.
        let (_, numbers) = stat.rsplit_once(')')?;
        let mut numbers = numbers.split_whitespace().skip(11).map(|number| number.parse::<f64>().ok());
        Some((numbers.next()?? + numbers.next()??) * 1000.0 / TICKS_PER_S)
    }

    /// Ends it.
    ///
    /// # Errors
    /// When the system does not let us.
    pub fn stop(mut self) -> Result<(), Complaint> {
        self.child.kill().and_then(|()| self.child.wait()).or_say("服务停不下来").map(drop)
    }
}

/// Memory of a process in MB, as the system tells it under this word; `self` is the process that asks.
pub fn memory_mb(process: &str, word: &str) -> Option<f64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(word))?;
    line.split_whitespace().next()?.parse::<f64>().ok().map(|kb| kb / 1024.0)
}

/// A command that ran to its end.
#[derive(Debug, Clone, Copy)]
pub struct Ran {
    /// How long it took.
    pub seconds: f64,
    /// The most memory it held, in MB, where the system tells.
    pub peak_mb: Option<f64>,
}

/// Runs this program with other words, as a process of its own.
///
/// # Errors
/// When it does not start or does not end well.
pub fn run(words: &[&str]) -> Result<Ran, Complaint> {
    let program = std::env::current_exe().or_say("找不到程序自己")?;
    let started = Instant::now();
    let mut child =
        Command::new(program).args(words).stdin(Stdio::null()).stdout(Stdio::null()).spawn().or_say("程序启动不了")?;
    let mut peak_mb = None;
    let ended = loop {
        peak_mb = memory_mb(&child.id().to_string(), "VmHWM:").or(peak_mb);
        if let Some(ended) = child.try_wait().or_say("程序没有结束")? {
            break ended;
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    let seconds = started.elapsed().as_secs_f64();
    if ended.success() { Ok(Ran { seconds, peak_mb }) } else { Err(Complaint::fact(format!("{words:?}没有通过"))) }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already: that is what is wanted.
        if self.child.kill().is_ok() && self.child.wait().is_err() {
            tracing::debug!("the server did not end");
        }
    }
}

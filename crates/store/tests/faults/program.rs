//! Another program that appends: this test binary, run once more, told where the store is.
//!
//! It says in its output what it was told, one line in one write, so that a line is there or is not. It ends in order
//! when its input ends.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::thread::JoinHandle;

use crate::ground::open_at;
use crate::load::{Heard, Load, Told, Weight, under_load};
use crate::sample::matter;

const STORE: &str = "XIEZHI_FAULT_STORE";
const NAME: &str = "XIEZHI_FAULT_NAME";
pub const CLIENTS: u32 = 8;

/// Not a test of its own: appends until its input ends, when asked to.
#[test]
fn appends_until_it_is_ended() {
    let (Ok(address), Ok(name)) = (std::env::var(STORE), std::env::var(NAME)) else { return };
    let store = open_at(&address);
    let load = Load::saying(&name);
    under_load(&[store], &Weight { clients: CLIENTS, bytes: 100, sequenced: 50 }, &load, |_| {
        drop(std::io::stdin().read(&mut [0]));
    });
}

/// Says what a client heard.
pub fn say(heard: &Heard) {
    let line = match heard {
        Heard::Failed(words) => format!("\nfailed {words}\n"),
        Heard::Stored(key, Told { matter, version, number }) => {
            format!("\nstored {key} {matter} {version} {}\n", number.as_deref().unwrap_or("-"))
        }
    };
    std::io::stdout().lock().write_all(line.as_bytes()).unwrap();
}

fn heard(line: &str) -> Option<Heard> {
    if let Some(words) = line.strip_prefix("failed ") {
        return Some(Heard::Failed(words.to_owned()));
    }
    let words: Vec<&str> = line.strip_prefix("stored ")?.split(' ').collect();
    let number = (words[3] != "-").then(|| words[3].to_owned());
    let told = Told { matter: matter(words[1]), version: words[2].parse().unwrap(), number };
    Some(Heard::Stored(words[0].to_owned(), told))
}

/// The program while it runs, and what it says.
pub struct Program {
    child: Child,
    pub load: Arc<Load>,
    listener: Option<JoinHandle<()>>,
}

impl Program {
    pub fn start(address: &str, name: &str) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["program::appends_until_it_is_ended", "--exact", "--nocapture", "--test-threads=1"])
            .env(STORE, address)
            .env(NAME, name)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let load = Arc::new(Load::default());
        let hears = Arc::clone(&load);
        let listener = std::thread::spawn(move || {
            let mut line = Vec::new();
            // What is cut short by a kill was not said.
            while output.read_until(b'\n', &mut line).unwrap() > 0 && line.pop() == Some(b'\n') {
                if let Some(heard) = heard(&String::from_utf8(std::mem::take(&mut line)).unwrap()) {
                    hears.hear(heard);
                }
                line.clear();
            }
        });
        Self { child, load, listener: Some(listener) }
    }

    /// Sends it a signal.
    pub fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args([name, &id]).status().unwrap().success(), "kill {name}");
    }

    /// Kills it, and hears what it had said.
    pub fn kill(mut self) {
        assert!(self.child.try_wait().unwrap().is_none(), "the program ended by itself");
        self.child.kill().unwrap();
        self.listener.take().unwrap().join().unwrap();
    }

    /// Lets it finish what it has begun.
    pub fn end(mut self) {
        drop(self.child.stdin.take());
        assert!(self.child.wait().unwrap().success(), "the program failed");
        self.listener.take().unwrap().join().unwrap();
    }
}

impl Drop for Program {
    /// Nobody is left behind by a test that fails.
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

//! clamd as the scanner of files that come in, over its socket (INSTREAM).
//!
//! One connection a file: a scanner that was restarted is found again with the next file. What it finds is its business.
//!
//! INVARIANT: only an answer that says OK lets a file in.

use acts::scan::{NoScan, Scanner, Verdict};
use std::io::{Read, Result, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long clamd may take over one file.
const WITHIN: Duration = Duration::from_secs(30);
/// Bytes handed over at once.
const PIECE: usize = 64 * 1024;
/// Longest answer.
const ANSWER_MAX: u64 = 4096;

/// Where clamd listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Clamd {
    /// An address.
    At(SocketAddr),
    /// A socket in the file system.
    In(PathBuf),
}

impl Clamd {
    /// An address such as `127.0.0.1:3310`, or the path of a socket.
    pub fn new(place: &str) -> Clamd {
        place.parse().map_or_else(|_| Clamd::In(PathBuf::from(place)), Clamd::At)
    }

    fn ask(&self, bytes: &[u8]) -> Result<String> {
        match self {
            Clamd::At(address) => {
                let socket = TcpStream::connect_timeout(address, WITHIN)?;
                socket.set_read_timeout(Some(WITHIN))?;
                socket.set_write_timeout(Some(WITHIN))?;
                streamed(socket, bytes)
            }
            Clamd::In(path) => self::local(path, bytes),
        }
    }
}

#[cfg(unix)]
fn local(path: &Path, bytes: &[u8]) -> Result<String> {
    let socket = std::os::unix::net::UnixStream::connect(path)?;
    socket.set_read_timeout(Some(WITHIN))?;
    socket.set_write_timeout(Some(WITHIN))?;
    streamed(socket, bytes)
}

#[cfg(not(unix))]
fn local(path: &Path, _bytes: &[u8]) -> Result<String> {
    Err(std::io::Error::other(format!("no sockets in the file system: {}", path.display())))
}

/// Length and bytes of each piece, a length of nothing at the end; then the answer.
fn streamed(mut socket: impl Read + Write, bytes: &[u8]) -> Result<String> {
    socket.write_all(b"zINSTREAM\0")?;
    for piece in bytes.chunks(PIECE) {
        let length = u32::try_from(piece.len()).map_err(std::io::Error::other)?;
        socket.write_all(&length.to_be_bytes())?;
        socket.write_all(piece)?;
    }
    socket.write_all(&0_u32.to_be_bytes())?;
    socket.flush()?;
    let mut answer = Vec::new();
    socket.take(ANSWER_MAX).read_to_end(&mut answer)?;
    Ok(String::from_utf8_lossy(&answer).trim_end_matches(['\0', '\n']).to_owned())
}

impl Scanner for Clamd {
    fn scan(&self, bytes: &[u8]) -> std::result::Result<Verdict, NoScan> {
        let answer = self.ask(bytes).map_err(|error| NoScan(error.to_string()))?;
        understood(&answer).ok_or(NoScan(answer))
    }
}

fn understood(answer: &str) -> Option<Verdict> {
    let said = answer.strip_prefix("stream: ")?;
    match said.strip_suffix(" FOUND") {
        Some(name) => Some(Verdict::Harmful(name.to_owned())),
        None => (said == "OK").then_some(Verdict::Clean),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_ok_lets_in() {
        let check = |answer: &str, expected: Option<Verdict>| assert_eq!(understood(answer), expected, "{answer}");
        check("stream: OK", Some(Verdict::Clean));
        check("stream: Xiezhi.Test FOUND", Some(Verdict::Harmful("Xiezhi.Test".into())));
        check("INSTREAM size limit exceeded. ERROR", None);
        check("stream: NOT OK", None);
        check("", None);
    }

    #[test]
    fn a_place_is_an_address_or_a_path() {
        assert!(matches!(Clamd::new("127.0.0.1:3310"), Clamd::At(_)));
        assert_eq!(Clamd::new("run/clamd.ctl"), Clamd::In("run/clamd.ctl".into()));
    }

    #[test]
    fn a_scanner_that_is_not_there_lets_nothing_in() {
        let folder = tempfile::tempdir().unwrap();
        let gone = Clamd::In(folder.path().join("clamd.ctl"));
        assert!(gone.scan(b"x").is_err());
    }
}

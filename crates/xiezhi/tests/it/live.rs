//! An open worklist hears of what is filed at another program on the same database, and holds up no program that ends.

use crate::desk::{filing, sign_in, sign_in_as, window_account};
use crate::http::Client;
use crate::program::{Server, run_json};
use crate::server::on_a_server;
use crate::window::Window;
use std::io::{BufRead, BufReader, Read, Result, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

/// How long a line may take on a busy machine; usually it is there within a second or two.
const PATIENCE: Duration = Duration::from_secs(60);
/// A program that ends waits up to ten seconds for open requests: well below, so that it did not wait for these.
const AT_ONCE: Duration = Duration::from_secs(8);

/// A page that listens.
struct Listening(BufReader<TcpStream>);

impl Listening {
    /// Opens the stream as a browser does whose page shows nothing to do.
    fn open(address: SocketAddr, cookie: &str) -> Listening {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let path = "/desk/work/changes?knows=0-0-0-0";
        write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\nCookie: xz_account={cookie}\r\n\r\n").unwrap();
        let mut listening = Listening(BufReader::new(stream));
        assert_eq!(listening.line("HTTP/1.1").unwrap().trim(), "200 OK");
        listening
    }

    /// Reads up to the line that begins so; answers the rest of it.
    fn line(&mut self, start: &str) -> Option<String> {
        let lines = self.0.by_ref().lines().map_while(Result::ok);
        lines.into_iter().find_map(|line| line.strip_prefix(start).map(str::to_owned))
    }

    /// Whether it ends, within the patience.
    fn ends(mut self) -> bool {
        self.0.read_to_end(&mut Vec::new()).is_ok()
    }
}

/// An account of whoever examines applications; answers its password.
fn clerk_account(folder: &str) -> String {
    let (_, account) = run_json(&["accounts", "add", "clerk", "经办", "aid-east:aid-clerk", "--data", folder]);
    account["password"].as_str().expect("a password").to_owned()
}

#[test]
fn a_worklist_open_at_one_program_hears_of_what_is_filed_at_another() {
    let data = tempfile::tempdir().unwrap();
    let folder = on_a_server(data.path());
    let (window, clerk) = (window_account(&folder), clerk_account(&folder));
    let start = || Server::start(&["serve", "--data", &folder, "--listen", "127.0.0.1:0"]);
    let (here, there) = (start(), start());
    let clerk = sign_in_as(here.address, "clerk", &clerk);
    let mut listening = Listening::open(here.address, &clerk);
    let window = sign_in(there.address, &window);
    let mut window = Window::open(Client::with_cookie(there.address, "xz_account", &window).unwrap()).unwrap();
    for count in 1..=2 {
        window.file(&filing(count)).unwrap();
        let told: serde_json::Value = serde_json::from_str(&listening.line("data:").expect("an event")).unwrap();
        assert_eq!(told["todo"].as_u64(), u64::try_from(count).ok(), "{told}");
    }
    let began = Instant::now();
    assert_eq!(here.terminate(), 0);
    assert!(began.elapsed() < AT_ONCE, "it waited for the page that listens: {:?}", began.elapsed());
    assert!(listening.ends());
    // The page comes back at the other program, signed in as before, and misses nothing.
    let mut listening = Listening::open(there.address, &clerk);
    assert_eq!(listening.line("id:").expect("an event").trim(), "2-0-0-0");
    assert_eq!(there.terminate(), 0);
}

#[test]
fn a_program_on_a_file_tells_too_and_ends_while_somebody_listens() {
    let data = tempfile::tempdir().unwrap();
    let folder = data.path().to_str().unwrap();
    let (window, clerk) = (window_account(folder), clerk_account(folder));
    let server = Server::start(&["serve", "--data", folder, "--listen", "127.0.0.1:0"]);
    let mut listening = Listening::open(server.address, &sign_in_as(server.address, "clerk", &clerk));
    let window = sign_in(server.address, &window);
    let mut window = Window::open(Client::with_cookie(server.address, "xz_account", &window).unwrap()).unwrap();
    window.file(&filing(1)).unwrap();
    assert_eq!(listening.line("id:").expect("an event").trim(), "1-0-0-0");
    let began = Instant::now();
    assert_eq!(server.terminate(), 0);
    assert!(began.elapsed() < AT_ONCE && listening.ends(), "{:?}", began.elapsed());
}

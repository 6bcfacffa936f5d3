//! A front before several programs, as a city has one: it divides requests, and sends one again where its program is gone.
//!
//! Sending again is safe with every form of ours: each carries a key, and the same key twice is done once.

use std::io::{Read, Result, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What is done when a request of that number has been handed on, counted from 1.
type Deed = dyn Fn(usize, &Nodes) + Send + Sync;

/// The programs behind the front; a place may be empty.
#[derive(Clone)]
pub struct Nodes(Arc<Mutex<Vec<Option<SocketAddr>>>>);

impl Nodes {
    /// Sends nothing more to a place.
    pub fn leave(&self, place: usize) {
        self.0.lock().unwrap()[place] = None;
    }

    /// Sends requests to a program in a place again.
    pub fn join(&self, place: usize, address: SocketAddr) {
        self.0.lock().unwrap()[place] = Some(address);
    }

    /// All programs, the one whose turn it is first.
    fn in_turn(&self, number: usize) -> Vec<SocketAddr> {
        let mut nodes = self.0.lock().unwrap().clone();
        let turn = number % nodes.len();
        nodes.rotate_left(turn);
        nodes.into_iter().flatten().collect()
    }
}

/// The running front.
pub struct Front {
    address: SocketAddr,
    requests: Arc<AtomicUsize>,
}

impl Front {
    /// Starts before these programs.
    pub fn start(nodes: &[SocketAddr], deed: impl Fn(usize, &Nodes) + Send + Sync + 'static) -> Front {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let front = Front { address: listener.local_addr().unwrap(), requests: Arc::default() };
        let nodes = Nodes(Arc::new(Mutex::new(nodes.iter().copied().map(Some).collect())));
        let (requests, deed): (_, Arc<Deed>) = (Arc::clone(&front.requests), Arc::new(deed));
        std::thread::spawn(move || {
            for browser in listener.incoming().map_while(std::result::Result::ok) {
                let (nodes, deed, requests) = (nodes.clone(), Arc::clone(&deed), Arc::clone(&requests));
                // A browser that goes away in the middle is no fault of ours.
                std::thread::spawn(move || drop(serve(browser, &nodes, &*deed, &requests)));
            }
        });
        front
    }

    /// The address a browser is given.
    pub fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    /// How many requests came.
    pub fn requests(&self) -> usize {
        self.requests.load(Ordering::Relaxed)
    }
}

/// One request of one connection.
fn serve(mut browser: TcpStream, nodes: &Nodes, deed: &Deed, requests: &AtomicUsize) -> Result<()> {
    let Some(request) = request(&mut browser)? else { return Ok(()) };
    let number = requests.fetch_add(1, Ordering::Relaxed) + 1;
    let mut first = true;
    for node in nodes.in_turn(number) {
        let handed_on = || {
            if std::mem::take(&mut first) {
                deed(number, nodes);
            }
        };
        if let Ok(answer) = ask(node, &request, handed_on)
            && is_whole(&answer)
        {
            return browser.write_all(&answer);
        }
    }
    browser.write_all(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
}

/// The bytes of a request, its body included, to be answered on a connection of its own.
fn request(browser: &mut TcpStream) -> Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    let body_from = loop {
        if let Some(end) = bytes.windows(4).position(|end| end == b"\r\n\r\n") {
            break end + 4;
        }
        if more(browser, &mut bytes)? == 0 {
            return Ok(None);
        }
    };
    let head = String::from_utf8_lossy(&bytes[..body_from]).into_owned();
    let length = header(&head, "content-length").and_then(|text| text.parse().ok()).unwrap_or(0);
    while bytes.len() < body_from + length {
        if more(browser, &mut bytes)? == 0 {
            return Ok(None);
        }
    }
    let lines = head.trim_end().lines().filter(|line| !line.to_lowercase().starts_with("connection:"));
    let mut request = lines.collect::<Vec<_>>().join("\r\n").into_bytes();
    request.extend(b"\r\nConnection: close\r\n\r\n");
    request.extend(&bytes[body_from..]);
    Ok(Some(request))
}

fn more(stream: &mut TcpStream, bytes: &mut Vec<u8>) -> Result<usize> {
    let mut part = [0; 16_384];
    let read = stream.read(&mut part)?;
    bytes.extend(&part[..read]);
    Ok(read)
}

fn ask(node: SocketAddr, request: &[u8], handed_on: impl FnOnce()) -> Result<Vec<u8>> {
    let mut stream = TcpStream::connect_timeout(&node, Duration::from_secs(5))?;
    stream.set_read_timeout(Some(Duration::from_secs(60)))?;
    stream.write_all(request)?;
    handed_on();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    Ok(answer)
}

/// Whether an answer came to its end: a program that was killed leaves half of one, or none.
fn is_whole(answer: &[u8]) -> bool {
    let Some(end) = answer.windows(4).position(|end| end == b"\r\n\r\n") else { return false };
    let head = String::from_utf8_lossy(&answer[..end]);
    match header(&head, "content-length").and_then(|text| text.parse::<usize>().ok()) {
        Some(length) => answer.len() == end + 4 + length,
        None => !head.to_lowercase().contains("transfer-encoding: chunked") || answer.ends_with(b"0\r\n\r\n"),
    }
}

fn header(head: &str, name: &str) -> Option<String> {
    let lines = head.lines().filter_map(|line| line.split_once(':'));
    lines.into_iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim().to_owned())
}

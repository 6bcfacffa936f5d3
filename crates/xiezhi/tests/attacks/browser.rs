//! An attacker's browser: one request a connection, any method, any header, any bytes; from an address of its own.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// The media type of a plain form.
pub const PLAIN: &str = "application/x-www-form-urlencoded";
/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// A browser.
#[derive(Clone)]
pub struct Browser {
    address: SocketAddr,
    from: Ipv4Addr,
    /// What it keeps.
    pub cookies: BTreeMap<String, String>,
}

/// An answer.
pub struct Reply {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    pub took: Duration,
}

/// A loopback address nobody has called from yet.
fn fresh_address() -> Ipv4Addr {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let next = NEXT.fetch_add(1, Ordering::Relaxed).to_be_bytes();
    Ipv4Addr::new(127, 77 + next[1], next[2], next[3].max(1))
}

/// Connects from an address.
pub fn connect(to: SocketAddr, from: Ipv4Addr) -> TcpStream {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build().unwrap();
    let socket = runtime.block_on(async {
        let socket = tokio::net::TcpSocket::new_v4().unwrap();
        socket.bind((from, 0).into()).unwrap();
        socket.connect(to).await.unwrap()
    });
    let socket = socket.into_std().unwrap();
    socket.set_nonblocking(false).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    socket
}

/// A text as part of an address or a form.
pub fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

impl Browser {
    /// A browser at an address of its own.
    pub fn new(address: SocketAddr) -> Browser {
        Browser { address, from: fresh_address(), cookies: BTreeMap::new() }
    }

    /// The same browser at another address.
    pub fn elsewhere(&self) -> Browser {
        Browser { from: fresh_address(), ..self.clone() }
    }

    /// A connection on which anything may be said.
    pub fn socket(&self) -> TcpStream {
        connect(self.address, self.from)
    }

    /// Says these bytes and reads to the end; none where there is no answer in HTTP.
    pub fn say(&self, bytes: &[u8]) -> Option<Reply> {
        let began = Instant::now();
        let mut socket = self.socket();
        // Whoever is refused in the middle of a long body is told so, and hears it after its own failure to write.
        let _refused = socket.write_all(bytes);
        let mut answer = Vec::new();
        let _reset = socket.read_to_end(&mut answer);
        Reply::read(&answer, began.elapsed())
    }

    /// A request with any headers; cookies are sent and kept.
    pub fn ask(&mut self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Reply {
        let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mut head = format!("{method} {path} HTTP/1.1\r\nConnection: close\r\n");
        let has = |name: &str| headers.iter().any(|(own, _)| own.eq_ignore_ascii_case(name));
        if !has("host") {
            head.push_str("Host: city.example\r\n");
        }
        if !cookies.is_empty() && !has("cookie") {
            head.push_str(&format!("Cookie: {}\r\n", cookies.join("; ")));
        }
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        if !matches!(method, "GET" | "HEAD") {
            head.push_str(&format!("Content-Length: {}\r\n", body.len()));
        }
        head.push_str("\r\n");
        let reply = self.say(&[head.as_bytes(), body].concat());
        let reply = reply.unwrap_or_else(|| panic!("no answer to {method} {path}"));
        for cookie in reply.all("set-cookie") {
            let pair = cookie.split(';').next().and_then(|pair| pair.split_once('='));
            if let Some((name, value)) = pair {
                if cookie.contains("Max-Age=0") {
                    self.cookies.remove(name);
                } else {
                    self.cookies.insert(name.to_owned(), value.to_owned());
                }
            }
        }
        reply
    }

    /// GET.
    pub fn get(&mut self, path: &str) -> Reply {
        self.ask("GET", path, &[], b"")
    }

    /// POST of a plain form.
    pub fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Reply {
        let pairs: Vec<String> =
            fields.iter().map(|(name, text)| format!("{}={}", encoded(name), encoded(text))).collect();
        self.ask("POST", path, &[("Content-Type", PLAIN)], pairs.join("&").as_bytes())
    }

    /// POST of a form with files: field, name, bytes.
    pub fn upload(&mut self, path: &str, texts: &[(&str, &str)], files: &[(&str, &str, &[u8])]) -> Reply {
        let (media, body) = multipart(texts, files);
        self.ask("POST", path, &[("Content-Type", &media)], &body)
    }

    /// A request to the API with a token.
    pub fn api(&mut self, method: &str, path: &str, token: &str, more: &[(&str, &str)], body: &str) -> Reply {
        let bearer = format!("Bearer {token}");
        let headers = [&[("Authorization", bearer.as_str()), ("Content-Type", "application/json")], more].concat();
        self.ask(method, path, &headers, body.as_bytes())
    }
}

/// A form with files, as browsers send it.
pub fn multipart(texts: &[(&str, &str)], files: &[(&str, &str, &[u8])]) -> (String, Vec<u8>) {
    let mut body = Vec::new();
    for (name, text) in texts {
        let part = format!("--edge-5d1f\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{text}\r\n");
        body.extend_from_slice(part.as_bytes());
    }
    for (field, name, bytes) in files {
        let disposition = format!("Content-Disposition: form-data; name=\"{field}\"; filename=\"{name}\"");
        body.extend_from_slice(format!("--edge-5d1f\r\n{disposition}\r\nContent-Type: image/png\r\n\r\n").as_bytes());
        body.extend_from_slice(bytes);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(b"--edge-5d1f--\r\n");
    ("multipart/form-data; boundary=edge-5d1f".to_owned(), body)
}

impl Reply {
    fn read(answer: &[u8], took: Duration) -> Option<Reply> {
        let end = answer.windows(4).position(|four| four == b"\r\n\r\n")?;
        let head = String::from_utf8_lossy(&answer[..end]).into_owned();
        let mut lines = head.split("\r\n");
        let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
        let pairs = lines.filter_map(|line| line.split_once(": "));
        let headers = pairs.map(|(name, value)| (name.to_lowercase(), value.to_owned())).collect();
        Some(Reply { status, headers, body: answer[end + 4..].to_vec(), took })
    }

    /// All values of a header.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.headers.iter().filter(move |(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    /// The one value of a header; empty where there is none.
    pub fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(own, _)| own == name).map_or("", |(_, value)| value)
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {} {}", self.status, self.text()))
    }

    /// The value of a hidden field.
    pub fn hidden(&self, name: &str) -> String {
        let text = self.text();
        let found = text.split_once(&format!("name=\"{name}\" value=\"")).and_then(|(_, rest)| rest.split('"').next());
        found.unwrap_or_else(|| panic!("no `{name}` in {} {}", self.status, self.words())).to_owned()
    }

    /// The words of the page, without its tags and what changes with every visit.
    pub fn words(&self) -> String {
        let text = self.text();
        let main = text.split_once("<main").map_or(text.as_str(), |(_, main)| main);
        let (mut words, mut inside) = (String::new(), true);
        for c in main.chars() {
            match c {
                '<' => inside = true,
                '>' => {
                    inside = false;
                    words.push(' ');
                }
                c if !inside => words.push(c),
                _ => {}
            }
        }
        words.split_whitespace().collect::<Vec<_>>().join(" ")
    }
}

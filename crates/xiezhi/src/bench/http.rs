//! A small HTTP client over one kept-open connection: what a browser does, without a browser.
//!
//! It speaks as much of HTTP/1.1 as our own server answers: a length with every body.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Error, Read, Result, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// One browser: a connection and its cookies.
#[derive(Debug)]
pub struct Client {
    stream: BufReader<TcpStream>,
    /// Cookies, by name.
    pub cookies: BTreeMap<String, String>,
    /// For whom it says to ask, as a proxy does.
    pub from: Option<String>,
}

/// An answer.
#[derive(Debug, Clone)]
pub struct Reply {
    /// Status.
    pub status: u16,
    /// Where it sends us.
    pub location: Option<String>,
    /// Its bytes.
    pub body: Vec<u8>,
}

impl Client {
    /// Connects.
    ///
    /// # Errors
    /// When nobody listens.
    pub fn connect(address: SocketAddr) -> Result<Client> {
        let stream = TcpStream::connect_timeout(&address, PATIENCE)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        Ok(Client { stream: BufReader::new(stream), cookies: BTreeMap::new(), from: None })
    }

    /// Connects as whoever holds a cookie.
    ///
    /// # Errors
    /// When nobody listens.
    pub fn with_cookie(address: SocketAddr, name: &str, value: &str) -> Result<Client> {
        let mut client = Client::connect(address)?;
        client.cookies.insert(name.to_owned(), value.to_owned());
        Ok(client)
    }

    /// Fetches a page.
    ///
    /// # Errors
    /// When the connection breaks.
    pub fn get(&mut self, path: &str) -> Result<Reply> {
        self.send("GET", path, "", &[])
    }

    /// Sends a form.
    ///
    /// # Errors
    /// When the connection breaks.
    pub fn post(&mut self, path: &str, media: &str, body: &[u8]) -> Result<Reply> {
        self.send("POST", path, media, body)
    }

    fn send(&mut self, method: &str, path: &str, media: &str, body: &[u8]) -> Result<Reply> {
        let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mut request = format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\nCookie: {}\r\n", cookies.join("; "));
        if let Some(from) = &self.from {
            request.push_str(&format!("X-Forwarded-For: {from}\r\n"));
        }
        if method == "POST" {
            request.push_str(&format!("Content-Type: {media}\r\nContent-Length: {}\r\n", body.len()));
        }
        request.push_str("\r\n");
        let bytes = [request.as_bytes(), body].concat();
        self.stream.get_mut().write_all(&bytes)?;
        self.read()
    }

    fn read(&mut self) -> Result<Reply> {
        let status = self.line()?;
        let code = status.split(' ').nth(1).and_then(|code| code.parse().ok());
        let status = code.ok_or_else(|| Error::other("no answer"))?;
        let (mut length, mut location) = (0, None);
        loop {
            let line = self.line()?;
            let Some((name, value)) = line.split_once(':') else { break };
            let value = value.trim();
            match name.to_ascii_lowercase().as_str() {
                "content-length" => length = value.parse().map_err(Error::other)?,
                "location" => location = Some(value.to_owned()),
                "set-cookie" => self.keep(value),
                "transfer-encoding" => return Err(Error::other("an answer without a length")),
                _ => {}
            }
        }
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body)?;
        Ok(Reply { status, location, body })
    }

    fn line(&mut self) -> Result<String> {
        let mut line = String::new();
        if self.stream.read_line(&mut line)? == 0 {
            return Err(Error::other("the connection ended"));
        }
        Ok(line.trim_end().to_owned())
    }

    fn keep(&mut self, cookie: &str) {
        let pair = cookie.split(';').next().and_then(|pair| pair.split_once('='));
        if let Some((name, value)) = pair {
            self.cookies.insert(name.trim().to_owned(), value.trim().to_owned());
        }
    }
}

impl Reply {
    /// The text of the page.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The value of a hidden field of the page.
    pub fn hidden(&self, name: &str) -> Option<String> {
        let text = self.text();
        let (_, rest) = text.split_once(&format!("name=\"{name}\" value=\""))?;
        rest.split('"').next().map(str::to_owned)
    }
}

/// A form with texts and one picture, as browsers send it.
pub fn multipart(texts: &[(&str, &str)], picture: Option<(&str, &[u8])>) -> (String, Vec<u8>) {
    const EDGE: &str = "xiezhi-form-7d9f1c";
    let mut body = Vec::new();
    for (name, text) in texts {
        let part = format!("--{EDGE}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{text}\r\n");
        body.extend_from_slice(part.as_bytes());
    }
    if let Some((name, bytes)) = picture {
        let head = format!(
            "--{EDGE}\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"photo.png\"\r\nContent-Type: image/png\r\n\r\n"
        );
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(bytes);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(format!("--{EDGE}--\r\n").as_bytes());
    (format!("multipart/form-data; boundary={EDGE}"), body)
}

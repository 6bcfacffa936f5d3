//! What a form sent: texts, and files already looked at.
//!
//! A file that is too large is read to its end and thrown away piece by piece, so that the person
//! gets a page with everything they typed instead of a broken connection.

use axum::extract::{FromRequest, Multipart, Request};
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use kernel::intake::Raw;
use std::collections::BTreeMap;

/// Largest file kept, in bytes.
pub const FILE_MAX: usize = 20 * 1024 * 1024;
/// Largest text of one field, in bytes.
const TEXT_MAX: usize = 256 * 1024;
/// Most fields of a form.
const FIELDS_MAX: usize = 400;

/// A form as sent.
#[derive(Debug, Default)]
pub struct Submission {
    /// Texts by field.
    pub texts: BTreeMap<String, Vec<String>>,
    /// Files by field.
    pub files: Vec<Upload>,
    /// Files that were too large: field and name.
    pub too_large: Vec<(String, String)>,
}

/// One file as sent.
#[derive(Debug)]
pub struct Upload {
    /// The field.
    pub field: String,
    /// Its name.
    pub name: String,
    /// What its first bytes say it is.
    pub media: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

impl<S: Send + Sync> FromRequest<S> for Submission {
    type Rejection = Response;

    async fn from_request(request: Request, state: &S) -> Result<Submission, Response> {
        let kind = request.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let mut form = if kind.starts_with("multipart/form-data") {
            let parts = Multipart::from_request(request, state).await.map_err(IntoResponse::into_response)?;
            read_parts(parts).await.map_err(IntoResponse::into_response)?
        } else {
            let pairs = axum::Form::<Vec<(String, String)>>::from_request(request, state).await;
            let mut form = Submission::default();
            for (field, text) in pairs.map_err(IntoResponse::into_response)?.0 {
                form.texts.entry(field).or_default().push(text);
            }
            form
        };
        form.gather_ranks();
        Ok(form)
    }
}

async fn read_parts(mut parts: Multipart) -> Result<Submission, axum::extract::multipart::MultipartError> {
    let mut form = Submission::default();
    let mut count = 0;
    while let Some(mut part) = parts.next_field().await? {
        count += 1;
        let field = part.name().unwrap_or_default().to_owned();
        let name = part.file_name().map(str::to_owned);
        let limit = if name.is_some() { FILE_MAX } else { TEXT_MAX };
        let mut bytes = Vec::new();
        let mut over = false;
        while let Some(piece) = part.chunk().await? {
            over = over || bytes.len().saturating_add(piece.len()) > limit;
            if !over {
                bytes.extend_from_slice(&piece);
            }
        }
        match name {
            _ if count > FIELDS_MAX => {}
            Some(name) if over => form.too_large.push((field, plain_name(&name))),
            Some(name) if !bytes.is_empty() => {
                form.files.push(Upload { field, name: plain_name(&name), media: sniff(&bytes).to_owned(), bytes });
            }
            Some(_) => {}
            None => form.texts.entry(field).or_default().push(String::from_utf8_lossy(&bytes).into_owned()),
        }
    }
    Ok(form)
}

/// A name without any path, not longer than a line.
fn plain_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let clean: String = last.chars().filter(|c| !c.is_control()).take(120).collect();
    if clean.is_empty() { "未命名".to_owned() } else { clean }
}

/// What the first bytes say a file is; what the sender says does not count.
pub fn sniff(bytes: &[u8]) -> &'static str {
    match bytes {
        [0xFF, 0xD8, 0xFF, ..] => "image/jpeg",
        [0x89, b'P', b'N', b'G', 0x0D, 0x0A, 0x1A, 0x0A, ..] => "image/png",
        [b'%', b'P', b'D', b'F', b'-', ..] => "application/pdf",
        _ => "application/octet-stream",
    }
}

impl Submission {
    /// The one text of a field.
    pub fn text(&self, field: &str) -> Option<&str> {
        self.texts.get(field)?.first().map(String::as_str)
    }

    /// Ranked places come as `wishes.1`, `wishes.2`, …; they are one field in that order.
    fn gather_ranks(&mut self) {
        let mut ranked: BTreeMap<String, BTreeMap<u32, String>> = BTreeMap::new();
        for (field, texts) in &self.texts {
            if let Some((name, place)) = field.rsplit_once('.')
                && let (Ok(place), Some(text)) = (place.parse::<u32>(), texts.first())
            {
                ranked.entry(name.to_owned()).or_default().insert(place, text.clone());
            }
        }
        for (field, places) in ranked {
            self.texts.insert(field, places.into_values().collect());
        }
    }

    /// The texts as raw answers to the fields of a procedure; files are added by whoever keeps them.
    pub fn raw(&self) -> Raw {
        Raw { texts: self.texts.clone(), files: BTreeMap::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lose_their_path_and_kinds_come_from_the_bytes() {
        assert_eq!(plain_name("../../etc/passwd"), "passwd");
        assert_eq!(plain_name("C:\\证明.pdf"), "证明.pdf");
        assert_eq!(plain_name("/"), "未命名");
        assert_eq!(sniff(b"%PDF-1.7"), "application/pdf");
        assert_eq!(sniff(b"<script>"), "application/octet-stream");
    }

    #[test]
    fn ranks_become_one_field_in_order() {
        let texts = [("wishes.2", "b"), ("wishes.1", "a"), ("wishes.3", "")];
        let mut form = Submission::default();
        for (field, text) in texts {
            form.texts.insert(field.to_owned(), vec![text.to_owned()]);
        }
        form.gather_ranks();
        assert_eq!(form.texts["wishes"], ["a", "b", ""]);
    }
}

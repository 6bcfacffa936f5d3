//! What a form sent: texts, and files already looked at.
//!
//! A file that is too large is read to its end and thrown away piece by piece, so that the person
//! gets a page with everything they typed instead of a broken connection. That too has an end.
//!
//! INVARIANT: what one form takes of the memory is bounded, and so is what all forms take together.

use crate::answer::{self, Fault};
use crate::app::Shared;
use crate::caller::Caller;
use crate::gate::Held;
use crate::upload::{FILE_MAX, plain_name, sniff};
use crate::visit::Visit;
use axum::body::Body;
use axum::extract::{FromRequest, FromRequestParts, Multipart, Request};
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderName};
use axum::response::Response;
use futures_core::Stream;
use kernel::intake::Raw;
use std::collections::BTreeMap;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::time::Duration;
use tokio::time::timeout;

/// Largest text of one field, in bytes.
const TEXT_MAX: usize = 256 * 1024;
/// Most fields of a form.
const FIELDS_MAX: usize = 400;
/// Largest form without files, in bytes.
const PLAIN_MAX: usize = 2 * 1024 * 1024;
/// Most bytes of a form that are kept; files beyond are thrown away.
const FORM_MAX: usize = 64 * 1024 * 1024;
/// Most bytes of a form that are read at all.
const READ_MAX: usize = 256 * 1024 * 1024;
/// How long the next piece of a form may take.
const PIECE_WITHIN: Duration = Duration::from_secs(30);
/// How long a form may take in all.
const FORM_WITHIN: Duration = Duration::from_secs(15 * 60);

/// A form as sent.
#[derive(Debug, Default)]
pub struct Submission {
    /// Texts by field.
    pub texts: BTreeMap<String, Vec<String>>,
    /// Files by field.
    pub files: Vec<Upload>,
    /// Files that were too large: field and name.
    pub too_large: Vec<(String, String)>,
    /// Under which address it is counted.
    pub caller: String,
    /// Its share of the memory.
    held: Option<Held>,
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

/// Bytes of a request, with their share of the memory.
#[derive(Debug)]
pub struct Sent {
    /// The bytes.
    pub bytes: Vec<u8>,
    _held: Held,
}

impl FromRequest<Shared> for Submission {
    type Rejection = Response;

    async fn from_request(request: Request, app: &Shared) -> Result<Submission, Response> {
        let (mut parts, body) = request.into_parts();
        let Ok(visit) = Visit::from_request_parts(&mut parts, app).await;
        let caller = Caller::of_request(&parts.extensions);
        let read = read(Request::from_parts(parts, body), app, caller);
        let within = timeout(FORM_WITHIN, read).await.unwrap_or(Err(Fault::TooSlow));
        let mut form = within.map_err(|why| answer::fault(app, &visit, why))?;
        form.caller = caller.name();
        form.gather_ranks();
        Ok(form)
    }
}

fn header(request: &Request, name: HeaderName) -> Option<&str> {
    request.headers().get(name)?.to_str().ok()
}

async fn read(request: Request, app: &Shared, caller: Caller) -> Result<Submission, Fault> {
    let says = header(&request, CONTENT_LENGTH).and_then(|length| length.parse::<usize>().ok()).unwrap_or_default();
    let mut held = app.gate.hold(caller.0);
    if header(&request, CONTENT_TYPE).unwrap_or_default().starts_with("multipart/form-data") {
        if says > READ_MAX {
            return Err(too_large());
        }
        let parts = Multipart::from_request(request, app).await.map_err(|_| unreadable())?;
        return read_parts(parts, held).await;
    }
    if says > PLAIN_MAX {
        return Err(too_large());
    }
    let (parts, body) = request.into_parts();
    let bytes = gather(body, PLAIN_MAX, &mut held).await?;
    let request = Request::from_parts(parts, Body::from(bytes));
    let pairs = axum::Form::<Vec<(String, String)>>::from_request(request, app).await.map_err(|_| unreadable())?;
    let mut form = Submission { held: Some(held), ..Submission::default() };
    for (field, text) in pairs.0.into_iter().take(FIELDS_MAX) {
        form.texts.entry(field).or_default().push(text);
    }
    Ok(form)
}

fn too_large() -> Fault {
    Fault::TooLarge("每个文件不超过20MB，一次交的内容合起来不超过64MB。请把文件变小，或者分几次交。".to_owned())
}

fn unreadable() -> Fault {
    Fault::Unreadable(axum::http::StatusCode::BAD_REQUEST)
}

fn no_room() -> Fault {
    Fault::Wait { seconds: 60, why: "现在上传的人太多。".to_owned() }
}

/// The next piece, while somebody is still sending.
async fn soon<T>(piece: impl Future<Output = T>) -> Result<T, Fault> {
    timeout(PIECE_WITHIN, piece).await.map_err(|_| Fault::TooSlow)
}

/// The bytes of a body that takes its share of the memory.
async fn gather(body: Body, limit: usize, held: &mut Held) -> Result<Vec<u8>, Fault> {
    let mut pieces = body.into_data_stream();
    let mut bytes = Vec::new();
    while let Some(piece) = soon(poll_fn(|cx| Pin::new(&mut pieces).poll_next(cx))).await? {
        let piece = piece.map_err(|_| unreadable())?;
        if bytes.len().saturating_add(piece.len()) > limit {
            return Err(too_large());
        }
        if !held.more(piece.len()) {
            return Err(no_room());
        }
        bytes.extend_from_slice(&piece);
    }
    Ok(bytes)
}

/// The bytes of a request to the API, at most `limit`.
///
/// # Errors
/// Too large, too slow, or no room for it now.
pub async fn bytes(app: &Shared, caller: Caller, body: Body, limit: usize) -> Result<Sent, Fault> {
    let mut held = app.gate.hold(caller.0);
    let read = timeout(FORM_WITHIN, gather(body, limit, &mut held)).await;
    Ok(Sent { bytes: read.unwrap_or(Err(Fault::TooSlow))?, _held: held })
}

async fn read_parts(mut parts: Multipart, mut held: Held) -> Result<Submission, Fault> {
    let mut form = Submission::default();
    let (mut count, mut total, mut kept) = (0, 0_usize, 0_usize);
    while let Some(mut part) = soon(parts.next_field()).await?.map_err(|_| unreadable())? {
        count += 1;
        let field = part.name().unwrap_or_default().to_owned();
        let name = part.file_name().map(str::to_owned);
        let limit = if name.is_some() { FILE_MAX } else { TEXT_MAX };
        let mut bytes = Vec::new();
        let mut over = count > FIELDS_MAX;
        while let Some(piece) = soon(part.chunk()).await?.map_err(|_| unreadable())? {
            total = total.saturating_add(piece.len());
            if total > READ_MAX {
                return Err(too_large());
            }
            over = over || bytes.len() + piece.len() > limit || kept + bytes.len() + piece.len() > FORM_MAX;
            if over {
                bytes = Vec::new();
            } else if held.more(piece.len()) {
                bytes.extend_from_slice(&piece);
            } else {
                return Err(no_room());
            }
        }
        kept += bytes.len();
        match name {
            _ if count > FIELDS_MAX => {}
            Some(name) if over => form.too_large.push((field, plain_name(&name))),
            Some(name) if !bytes.is_empty() => {
                form.files.push(Upload { field, name: plain_name(&name), media: sniff(&bytes).to_owned(), bytes });
            }
            Some(_) => {}
            None if over => return Err(too_large()),
            None => form.texts.entry(field).or_default().push(String::from_utf8_lossy(&bytes).into_owned()),
        }
    }
    form.held = Some(held);
    Ok(form)
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

//! A site in process: a store of its own, the law of this repository, a clock set by hand; and browsers
//! that keep cookies.

use acts::bureau::Law;
use acts::keys::Keys;
use acts::policy::Policy;
use acts::registers::{self, Member};
use acts::{Bureau, Entropy};
use axum::Router;
use axum::body::{Body, BodyDataStream, to_bytes};
use axum::http::header::{CONTENT_TYPE, COOKIE, LOCATION, SET_COOKIE};
use axum::http::{HeaderMap, Request, StatusCode};
use futures_core::Stream;
use jiff::civil::DateTime;
use kernel::names::{Name, PersonId};
use kernel::world::Moment;
use paper::{Fonts, Press};
use statute::Source;
use std::collections::BTreeMap;
use std::future::poll_fn;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use store::Store;
use tower::ServiceExt;
use web::{App, Site as Face};

/// A site with its clock.
pub struct Site {
    /// The bureau behind it.
    pub bureau: Bureau,
    router: Router,
    clock: Arc<Mutex<DateTime>>,
    _folder: tempfile::TempDir,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn collect(folder: &Path, below: &str, found: &mut Vec<(String, String)>) {
    let mut entries: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        let name = path.file_name().unwrap().to_str().unwrap();
        let below = format!("{below}{name}");
        if path.is_dir() {
            collect(&path, &format!("{below}/"), found);
        } else if let Ok(text) = std::fs::read_to_string(&path) {
            found.push((below, text));
        }
    }
}

fn law() -> (Law, Vec<(String, String)>) {
    let mut files = Vec::new();
    collect(&root().join("law"), "", &mut files);
    let texts = files.iter().filter(|(path, _)| path.ends_with(".md") || path.ends_with(".typ"));
    let sources: Vec<Source> = texts.map(|(path, text)| Source::new(path.clone(), text.clone())).collect();
    let (book, diagnostics) = statute::read(&sources);
    assert!(diagnostics.is_empty(), "{diagnostics:?}");
    let place = book.places.into_iter().next().unwrap();
    let procedures = book.procedures.into_iter().map(Arc::new).collect();
    (Law { procedures, calendar: book.calendar, place }, files)
}

fn press(files: &[(String, String)]) -> Result<Press, String> {
    let templates =
        files.iter().filter_map(|(path, text)| Some((path.strip_prefix("papers/")?.to_owned(), text.clone())));
    let fonts = Fonts::find(&[]).map_err(|missing| missing.to_string())?;
    Ok(Press::new(fonts, templates.filter(|(path, _)| path.ends_with(".typ")).collect()))
}

/// Bytes that look random and are the same each time.
fn entropy() -> Entropy {
    let state = AtomicU64::new(0x9e37_79b9_7f4a_7c15);
    Arc::new(move |bytes: &mut [u8]| {
        for byte in bytes {
            let mut x = state.fetch_add(0x2545_f491_4f6c_dd1d, Ordering::Relaxed);
            x ^= x >> 33;
            x = x.wrapping_mul(0xff51_afd7_ed55_8ccd);
            x ^= x >> 33;
            *byte = (x >> 24) as u8;
        }
    })
}

/// The moment of a civil time in a place eight hours ahead of UTC.
fn moment(civil: DateTime) -> Moment {
    let offset = jiff::tz::Offset::constant(8);
    Moment { at: offset.to_timestamp(civil).unwrap(), civil }
}

impl Site {
    /// A fresh site at ten past nine on that day.
    pub fn on(day: &str) -> Site {
        let folder = tempfile::tempdir().unwrap();
        let (law, files) = law();
        let store = Store::open(&folder.path().join("xiezhi.db"), &law.place.code).unwrap();
        let text = |path: &str| files.iter().find(|(name, _)| name == path).map(|(_, text)| text.as_str()).unwrap();
        let policy = Policy::load(text("policy/schema.cedarschema"), text("policy/policies.cedar")).unwrap();
        let entropy = entropy();
        let keys = Keys::generate(&entropy).unwrap();
        let bureau = Bureau {
            store,
            law: Arc::new(law),
            policy: Arc::new(policy),
            keys: Arc::new(keys),
            entropy,
            program: "test".into(),
        };
        let clock = Arc::new(Mutex::new(format!("{day}T09:10:00").parse::<DateTime>().unwrap()));
        let face = Face {
            name: "示范市公共法律服务".into(),
            office: "示范市司法局".into(),
            hotline: "12348".into(),
            banner: String::new(),
            secure: false,
        };
        let told = Arc::clone(&clock);
        let app = App {
            bureau: bureau.clone(),
            press: press(&files),
            clock: Arc::new(move || moment(*told.lock().unwrap())),
            site: face,
            metrics: web::observed::Metrics::default(),
            live: web::live::Live::default(),
            gate: web::gate::Gate::default(),
            scanner: None,
            federation: acts::federation::Federation::default(),
        };
        let site = Site { bureau, router: web::router(&Arc::new(app)), clock, _folder: folder };
        site.enrol();
        site
    }

    fn enrol(&self) {
        for (id, name) in [("lawyer-cheng", "程守正"), ("lawyer-lu", "陆明法"), ("lawyer-he", "何敬之")] {
            let member = Member {
                id: id.into(),
                name: name.into(),
                firm: format!("{name}律师事务所（模拟）"),
                fields: vec!["劳动".into()],
                practising_since: Some(jiff::civil::date(2015, 5, 1)),
                ..Member::default()
            };
            let from = jiff::civil::date(2020, 1, 1);
            registers::record(
                &self.bureau,
                self.now(),
                &PersonId::from("test"),
                &Name::from("legal-aid-lawyers"),
                &member,
                from,
            )
            .unwrap();
        }
    }

    /// Now.
    pub fn now(&self) -> Moment {
        moment(*self.clock.lock().unwrap())
    }

    /// Sets the clock.
    pub fn set_clock(&self, civil: &str) {
        *self.clock.lock().unwrap() = civil.parse().unwrap();
    }

    /// A browser without cookies.
    pub fn browser(&self) -> Browser {
        Browser { router: self.router.clone(), cookies: BTreeMap::new() }
    }

    /// Texts of the messages in the outbox, oldest first.
    pub fn messages(&self) -> Vec<String> {
        let rows = self.bureau.store.messages(None, 0, 100).unwrap();
        let mut rows: Vec<_> = rows.into_iter().collect();
        rows.sort_by(|a, b| (a.created_at, &a.id).cmp(&(b.created_at, &b.id)));
        rows.iter().map(|row| acts::codes::message_text(&self.bureau, row).unwrap()).collect()
    }
}

/// A browser that keeps cookies.
#[derive(Clone)]
pub struct Browser {
    router: Router,
    /// What it keeps.
    pub cookies: BTreeMap<String, String>,
}

/// What came back.
pub struct Page {
    /// Status.
    pub status: StatusCode,
    /// Where it leads; empty when it does not.
    pub location: String,
    /// The body as text.
    pub text: String,
    /// The body.
    pub bytes: Vec<u8>,
    /// Its media type.
    pub media: String,
}

/// One part of a form with files.
pub enum Part<'a> {
    /// A text.
    Text(&'a str, &'a str),
    /// A file: field, name, bytes.
    File(&'a str, &'a str, Vec<u8>),
}

/// What a page hears while it is open.
pub struct Heard {
    /// Status.
    pub status: StatusCode,
    /// Headers.
    pub headers: HeaderMap,
    body: BodyDataStream,
}

impl Heard {
    /// The next event as it stands on the wire; none when there will be no more.
    pub async fn next(&mut self) -> Option<String> {
        loop {
            let next = poll_fn(|cx| Pin::new(&mut self.body).poll_next(cx));
            let next = tokio::time::timeout(Duration::from_secs(60), next).await.expect("an event or the end");
            let text = String::from_utf8(next?.unwrap().to_vec()).unwrap();
            if !text.starts_with(':') {
                return Some(text);
            }
        }
    }
}

impl Browser {
    async fn answer(&self, request: axum::http::request::Builder, body: Body) -> axum::response::Response {
        let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = request.header(COOKIE, cookies.join("; ")).body(body).unwrap();
        self.router.clone().oneshot(request).await.unwrap()
    }

    /// Begins to listen.
    pub async fn listen(&self, request: axum::http::request::Builder) -> Heard {
        let response = self.answer(request, Body::empty()).await;
        let (status, headers) = (response.status(), response.headers().clone());
        Heard { status, headers, body: response.into_body().into_data_stream() }
    }

    async fn send(&mut self, request: axum::http::request::Builder, body: Body) -> Page {
        let response = self.answer(request, body).await;
        for cookie in response.headers().get_all(SET_COOKIE) {
            let cookie = cookie.to_str().unwrap();
            let (name, value) = cookie.split(';').next().unwrap().split_once('=').unwrap();
            if cookie.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        let header =
            |name| response.headers().get(name).map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default();
        let (location, media) = (header(LOCATION), header(CONTENT_TYPE));
        let status = response.status();
        let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap().to_vec();
        Page { status, location, media, text: String::from_utf8_lossy(&bytes).into_owned(), bytes }
    }

    /// Any request, with the cookies kept.
    pub async fn ask(&mut self, request: axum::http::request::Builder, body: impl Into<Body>) -> Page {
        self.send(request, body.into()).await
    }

    /// GET.
    pub async fn get(&mut self, path: &str) -> Page {
        let path = path.split('#').next().unwrap();
        self.send(Request::get(path), Body::empty()).await
    }

    /// POST of an ordinary form.
    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Page {
        let encoded = |text: &str| -> String { text.bytes().map(|byte| format!("%{byte:02X}")).collect() };
        let body: Vec<String> =
            fields.iter().map(|(name, text)| format!("{}={}", encoded(name), encoded(text))).collect();
        let request = Request::post(path).header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(request, Body::from(body.join("&"))).await
    }

    /// POST of a form with files.
    pub async fn upload(&mut self, path: &str, parts: &[Part<'_>]) -> Page {
        let mut body = Vec::new();
        for part in parts {
            body.extend_from_slice(b"--boundary\r\n");
            match part {
                Part::Text(name, text) => {
                    body.extend_from_slice(
                        format!("Content-Disposition: form-data; name=\"{name}\"\r\n\r\n{text}\r\n").as_bytes(),
                    );
                }
                Part::File(name, file, bytes) => {
                    let head = format!(
                        "Content-Disposition: form-data; name=\"{name}\"; filename=\"{file}\"\r\nContent-Type: application/octet-stream\r\n\r\n"
                    );
                    body.extend_from_slice(head.as_bytes());
                    body.extend_from_slice(bytes);
                    body.extend_from_slice(b"\r\n");
                }
            }
        }
        body.extend_from_slice(b"--boundary--\r\n");
        let request = Request::post(path).header(CONTENT_TYPE, "multipart/form-data; boundary=boundary");
        self.send(request, Body::from(body)).await
    }
}

impl Page {
    /// A hidden field of the first form that has it.
    pub fn hidden(&self, name: &str) -> String {
        let start = format!("name=\"{name}\" value=\"");
        let at = self.text.find(&start).unwrap_or_else(|| panic!("no `{name}` in {}", self.main()));
        self.text[at + start.len()..].split('"').next().unwrap().to_owned()
    }

    /// What stands in `main`, without its tags.
    pub fn main(&self) -> String {
        let from = self.text.find("<main").unwrap_or(0);
        let until = self.text.find("</main>").unwrap_or(self.text.len());
        let mut words = String::new();
        let mut inside = false;
        for c in self.text[from..until].chars() {
            match c {
                '<' => inside = true,
                '>' => {
                    inside = false;
                    words.push(' ');
                }
                _ if inside => {}
                other => words.push(other),
            }
        }
        words.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// Holds when the words stand in `main`.
    #[track_caller]
    pub fn says(&self, words: &str) -> &Page {
        assert!(self.main().contains(words), "`{words}` is not in: {} {}", self.status, self.main());
        self
    }

    /// Holds when it leads there.
    #[track_caller]
    pub fn leads_to(&self, path: &str) -> &Page {
        assert_eq!((self.status, self.location.as_str()), (StatusCode::SEE_OTHER, path), "{}", self.main());
        self
    }
}

/// A resident identity number with the right check digit; its first 17 digits are given.
pub fn resident(first: &str) -> String {
    let weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let sum: u32 = first.chars().zip(weights).map(|(c, weight)| c.to_digit(10).unwrap() * weight).sum();
    format!("{first}{}", ['1', '0', 'X', '9', '8', '7', '6', '5', '4', '3', '2'][(sum % 11) as usize])
}

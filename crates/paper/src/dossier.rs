//! The case file (卷宗) as one PDF: cover, catalogue, the items, back cover.
//!
//! All is set in one run, so the page numbers in the catalogue are read from
//! the pages themselves. Items are numbered through from 1; cover, catalogue
//! and back cover carry no number. The first item starts on a front side.
//!
//! What this is not: an archive. It draws a file from what it is given; sealing
//! and hashing the result is the caller's.
//!
//! INVARIANT: nothing handed in is left out silently. An attachment that cannot
//! be drawn has a page that says so, with its name, size and SM3; an item that
//! is missing stands in the catalogue as missing.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use hayro_syntax::Pdf as Foreign;
use serde_json::{Value, json};
use sm3::{Digest, Sm3};
use typst::foundations::Bytes;

use crate::press::{PaperError, Pdf, Press, date_parts, prepared, put_json, settable};
use crate::sheet::Shelf;

/// The templates a case file is made of.
const FRAME: [&str; 4] = ["cover.typ", "catalogue.typ", "back-cover.typ", "house.typ"];

/// A foreign PDF with more pages is not bound in but represented by a notice.
const PAGES_MAX: usize = 500;

/// The main file of a case file. What varies is in `/press/order.json`.
const BOUND: &str = r#"#let order = json("/press/order.json")
#set document(title: order.title, date: if order.date == none { none } else {
  datetime(year: order.date.at(0), month: order.date.at(1), day: order.date.at(2))
})
#import "/house.typ": bound, annex-page, annex-notice, printed-by
#import "/cover.typ": paper as cover
#import "/catalogue.typ": paper as catalogue
#import "/back-cover.typ": paper as back-cover
#set page(foreground: printed-by(order.cover))
#cover(order.cover)
#pagebreak(to: "odd")
#catalogue(order)
#pagebreak(to: "odd")
#bound(order, item => {
  if item.kind == "paper" {
    import item.template: paper
    paper(json(item.data))
  } else if item.kind == "image" {
    annex-page(item, 1)
  } else if item.kind == "pdf" {
    for n in range(1, item.pages + 1) { annex-page(item, n) }
  } else if item.kind == "notice" {
    annex-notice(item)
  }
})
#pagebreak(to: "odd")
#back-cover(order.cover)
"#;

/// One attachment alone, to learn whether it can be drawn.
const PROBE: &str = r#"#let order = json("/press/order.json")
#set document(date: datetime(year: 2000, month: 1, day: 1))
#set page(margin: 0pt)
#for n in range(1, order.pages + 1) { image(order.path, page: n, width: 100%, height: 100%, fit: "contain") }
"#;

/// Whether the file must hold the item (必须) or holds it if there is one (按需).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Must {
    /// 必须.
    Must,
    /// 按需.
    Optional,
}

/// An attachment as it was handed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Annex {
    /// The name of the file.
    pub name: String,
    /// Its media type; `image/png`, `image/jpeg` and `application/pdf` are drawn.
    pub media: String,
    /// The file.
    pub bytes: Vec<u8>,
}

/// Where the pages of an item come from.
#[derive(Debug, Clone, PartialEq)]
pub enum Source {
    /// A paper of ours, set from a template and its data.
    Rendered {
        /// Path of the template.
        template: String,
        /// Its data.
        data: Value,
    },
    /// A file somebody handed in.
    Attached(Annex),
    /// Nothing: the item belongs in the file and is not there.
    Missing,
}

/// One line of the catalogue and the pages behind it.
#[derive(Debug, Clone, PartialEq)]
pub struct DossierItem {
    /// 文书名称.
    pub title: String,
    /// 文号, when it has one.
    pub number: Option<String>,
    /// 责任者.
    pub author: String,
    /// 日期, `YYYY-MM-DD`.
    pub date: String,
    /// 必须 or 按需.
    pub must: Must,
    /// The pages.
    pub source: Source,
}

/// A case file and what became of its attachments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dossier {
    /// The file.
    pub pdf: Pdf,
    /// Positions (from 0) of the items whose attachment could not be drawn and
    /// is represented by a notice.
    pub undrawn: Vec<usize>,
}

impl Press {
    /// Binds a case file.
    ///
    /// `cover` holds `office` (机关名), `name` (卷名), `number` (卷号), `handler`
    /// (承办人), `from` and `until` (起止日期), `filed-by` (立卷人), `filed-on`
    /// (立卷日期), `retention` (保管期限), `remark` (备考). `printed-by` is a line that stands at the foot of every page in light
    /// print: who printed it, and when.
    ///
    /// # Errors
    /// [`PaperError`], as for a single paper. A damaged attachment is not an
    /// error: see [`Dossier::undrawn`].
    pub fn dossier(&self, cover: &Value, items: &[DossierItem]) -> Result<Dossier, PaperError> {
        for template in FRAME {
            self.knows(template)?;
        }
        let mut shelf = Shelf::default();
        let mut lines = Vec::with_capacity(items.len());
        let mut undrawn = Vec::new();
        let mut archival = true;
        for (index, item) in items.iter().enumerate() {
            let pages = match &item.source {
                Source::Missing => json!({ "kind": "missing" }),
                Source::Rendered { template, data } => {
                    self.knows(template)?;
                    let path = format!("/press/item-{index}.json");
                    put_json(&mut shelf, &path, &prepared(data)?)?;
                    json!({ "kind": "paper", "template": format!("/{template}"), "data": path })
                }
                Source::Attached(annex) => match self.drawable(annex) {
                    Some(drawable) => {
                        let path = format!("/press/item-{index}.{}", drawable.extension);
                        archival &= drawable.extension != "pdf";
                        shelf.put(&path, drawable.bytes);
                        let kind = if drawable.extension == "pdf" { "pdf" } else { "image" };
                        json!({ "kind": kind, "path": path, "pages": drawable.pages })
                    }
                    None => {
                        undrawn.push(index);
                        notice(annex)
                    }
                },
            };
            lines.push(line(item, pages));
        }
        let date = date_parts(&json!({ "date": cover.get("filed-on") }));
        let order = json!({
            "title": cover.get("name").and_then(Value::as_str).unwrap_or_default(),
            "date": date,
            "cover": cover,
            "items": lines,
        });
        put_json(&mut shelf, "/press/order.json", &settable(&order))?;
        let pdf = self.set(BOUND, shelf, archival && date.is_some())?;
        Ok(Dossier { pdf, undrawn })
    }

    /// What is needed to draw an attachment; `None` when it cannot be drawn.
    fn drawable(&self, annex: &Annex) -> Option<Drawable> {
        let extension = match annex.media.as_str() {
            "image/png" => "png",
            "image/jpeg" => "jpg",
            "application/pdf" => "pdf",
            _ => return None,
        };
        let bytes = Bytes::new(annex.bytes.clone());
        // A damaged file of a stranger must not end the process: the readers of
        // PDF and images are tried here, and a panic counts as "cannot be drawn".
        catch_unwind(AssertUnwindSafe(|| self.probe(extension, bytes))).ok().flatten()
    }

    fn probe(&self, extension: &'static str, bytes: Bytes) -> Option<Drawable> {
        let pages = if extension == "pdf" { Foreign::new(Arc::new(bytes.clone())).ok()?.pages().len() } else { 1 };
        if pages > PAGES_MAX {
            return None;
        }
        let path = format!("/press/probe.{extension}");
        let mut shelf = Shelf::default();
        put_json(&mut shelf, "/press/order.json", &json!({ "path": path, "pages": pages })).ok()?;
        shelf.put(&path, bytes.clone());
        let drawn = self.set(PROBE, shelf, extension != "pdf").ok()?;
        (pages > 0 && drawn.pages >= pages).then_some(Drawable { extension, bytes, pages })
    }
}

struct Drawable {
    extension: &'static str,
    bytes: Bytes,
    pages: usize,
}

fn notice(annex: &Annex) -> Value {
    json!({
        "kind": "notice",
        "name": annex.name,
        "media": annex.media,
        "size": annex.bytes.len(),
        "sm3": hex::encode(Sm3::digest(&annex.bytes)),
    })
}

fn line(item: &DossierItem, mut pages: Value) -> Value {
    if let Some(map) = pages.as_object_mut() {
        map.insert("title".to_owned(), json!(item.title));
        map.insert("number".to_owned(), json!(item.number));
        map.insert("author".to_owned(), json!(item.author));
        map.insert("date".to_owned(), json!(item.date));
        map.insert("must".to_owned(), json!(item.must == Must::Must));
    }
    pages
}

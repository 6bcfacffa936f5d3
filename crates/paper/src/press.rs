//! The press: templates and fonts in, PDF out.
//!
//! INVARIANT: the same templates, fonts and data give the same bytes. There is
//! no clock here; the date in a paper's metadata is the date in its data.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::{Value, json};
use thiserror::Error;
use typst::diag::{SourceDiagnostic, Warned};
use typst::foundations::{Bytes, Datetime, Smart};
use typst::syntax::Source;
use typst::utils::LazyHash;
use typst::{Library, LibraryExt, World, WorldExt};
use typst_layout::PagedDocument;
use typst_pdf::{PdfOptions, PdfStandard, PdfStandards};

use crate::fonts::{FontUnreadable, Fonts};
use crate::glyphs;
use crate::qr::{QrTooLong, qr_svg};
use crate::sheet::{Sheet, Shelf, file_id};

/// Results of the typesetter older than this many papers are forgotten.
const CACHE_PAPERS: usize = 6;

/// The main file of a single paper. The template's path is data, like all else.
const SINGLE: &str = r#"#let order = json("/press/order.json")
#set document(title: order.title, date: if order.date == none { none } else {
  datetime(year: order.date.at(0), month: order.date.at(1), day: order.date.at(2))
})
#import order.template: paper
#paper(json("/press/data.json"))
"#;

/// A finished paper.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pdf {
    /// The file.
    pub bytes: Vec<u8>,
    /// How many pages it has.
    pub pages: usize,
    /// Whether it is PDF/A-2b. False for a paper without a date (an empty form:
    /// PDF/A demands one and none is invented), and for a case file with PDF
    /// pages of others inside, whose conformance nobody here can promise.
    pub archival: bool,
}

/// Why a paper could not be set.
#[derive(Debug, Error)]
pub enum PaperError {
    /// No template of this path was handed in.
    #[error("there is no template `{template}`")]
    UnknownTemplate {
        /// The path asked for.
        template: String,
    },
    /// A character that is in none of the fonts.
    #[error("no font has the character `{character}` (U+{:04X}) in `{context}`", u32::from(*character))]
    MissingGlyph {
        /// The character.
        character: char,
        /// The words around it.
        context: String,
        /// The page, counted from 1.
        page: usize,
    },
    /// The template refused the data, or is faulty.
    #[error("template `{template}`, line {line}: {message}")]
    Template {
        /// The file in which the fault was met.
        template: String,
        /// The line in that file, from 1; 0 when it has no place.
        line: usize,
        /// What the typesetter, or an assertion in the template, said.
        message: String,
    },
    /// The text of the QR code is too long.
    #[error("the receipt code cannot be drawn")]
    Qr(#[from] QrTooLong),
    /// A font file disappeared or is damaged.
    #[error("the fonts cannot be loaded")]
    Fonts(#[from] FontUnreadable),
    /// The data cannot be written as JSON.
    #[error("the data of the paper cannot be written")]
    Data(#[source] serde_json::Error),
}

/// The press. Cheap to clone and shared between threads.
#[derive(Clone)]
pub struct Press(Arc<Shop>);

struct Shop {
    fonts: Fonts,
    library: LazyHash<Library>,
    templates: BTreeMap<u16, Source>,
    names: BTreeMap<String, usize>,
    /// Papers set and texts looked at since the start.
    uses: AtomicU64,
}

impl Press {
    /// Sets up a press with templates by path (`legal-aid/receipt-slip.typ`).
    ///
    /// A template exports `paper(data)`; it reaches its neighbours as
    /// `/house.typ`. Nothing is read or compiled before the first paper.
    #[must_use]
    pub fn new(fonts: Fonts, templates: BTreeMap<String, String>) -> Self {
        let mut sources = BTreeMap::new();
        let mut names = BTreeMap::new();
        for (path, text) in templates {
            if let Some(id) = file_id(&path) {
                names.insert(path, text.len());
                sources.insert(id.into_raw().get(), Source::new(id, text));
            }
        }
        Self(Arc::new(Shop {
            fonts,
            library: LazyHash::new(Library::builder().build()),
            templates: sources,
            names,
            uses: AtomicU64::new(0),
        }))
    }

    /// The paths of the templates, sorted.
    pub fn templates(&self) -> impl Iterator<Item = &str> {
        self.0.names.keys().map(String::as_str)
    }

    /// Sets one paper.
    ///
    /// `data` is the contract written at the head of `law/papers/house.typ`. If
    /// it has a text `qr`, the template finds the drawn code in `qr-svg`. The
    /// metadata take `data.date` (`YYYY-MM-DD`) and `data.matter.title`.
    ///
    /// # Errors
    /// [`PaperError`]; a template may refuse data, e.g. an adverse decision
    /// without a remedy.
    pub fn render(&self, template: &str, data: &Value) -> Result<Pdf, PaperError> {
        self.knows(template)?;
        let mut shelf = Shelf::default();
        let date = date_parts(data);
        let order = json!({
            "template": format!("/{template}"),
            "title": title(data),
            "date": date,
        });
        put_json(&mut shelf, "/press/order.json", &order)?;
        put_json(&mut shelf, "/press/data.json", &prepared(data)?)?;
        self.set(SINGLE, shelf, date.is_some())
    }

    /// The characters of `text` that no font can show, each once, in order: a
    /// form can refuse them when they are typed, long before a paper fails.
    ///
    /// # Errors
    /// [`FontUnreadable`] when the fonts cannot be loaded.
    pub fn unprintable(&self, text: &str) -> Result<Vec<char>, FontUnreadable> {
        self.0.uses.fetch_add(1, Ordering::Relaxed);
        let fonts = self.0.fonts.load()?;
        let mut found = Vec::new();
        for character in text.chars() {
            let shown = glyphs::is_invisible(character) || fonts.shows(character);
            if !shown && !found.contains(&character) {
                found.push(character);
            }
        }
        Ok(found)
    }

    /// Lets go of fonts and of everything remembered between papers. Call it
    /// when no paper was asked for in a while.
    pub fn rest(&self) {
        typst::comemo::evict(0);
        self.0.fonts.rest();
    }

    /// How often the press was used since the start: whoever holds the clock can tell from it when to [`Press::rest`].
    #[must_use]
    pub fn uses(&self) -> u64 {
        self.0.uses.load(Ordering::Relaxed)
    }

    pub(crate) fn knows(&self, template: &str) -> Result<(), PaperError> {
        if self.0.names.contains_key(template) {
            return Ok(());
        }
        Err(PaperError::UnknownTemplate { template: template.to_owned() })
    }

    /// Compiles and exports `main` with the files on the shelf.
    pub(crate) fn set(&self, main: &str, shelf: Shelf, archival: bool) -> Result<Pdf, PaperError> {
        let id = file_id("/press/main.typ")
            .ok_or_else(|| PaperError::UnknownTemplate { template: "press/main.typ".to_owned() })?;
        let sheet = Sheet {
            library: &self.0.library,
            templates: &self.0.templates,
            fonts: self.0.fonts.load()?,
            main: Source::new(id, main.to_owned()),
            shelf,
        };
        self.0.uses.fetch_add(1, Ordering::Relaxed);
        let made = press(&sheet, archival);
        typst::comemo::evict(CACHE_PAPERS);
        made
    }
}

fn press(sheet: &Sheet<'_>, archival: bool) -> Result<Pdf, PaperError> {
    let Warned { output, .. } = typst::compile::<PagedDocument>(sheet);
    let document = output.map_err(|errors| explain(sheet, errors.first()))?;
    if let Some(found) = glyphs::missing(&document) {
        return Err(PaperError::MissingGlyph { character: found.character, context: found.context, page: found.page });
    }
    let standards =
        if archival { PdfStandards::new(&[PdfStandard::A_2b]).unwrap_or_default() } else { PdfStandards::default() };
    let options = PdfOptions {
        ident: Smart::Auto,
        creator: Smart::Custom(Some("xiezhi".to_owned())),
        timestamp: None,
        page_ranges: None,
        standards,
        tagged: true,
        pretty: false,
    };
    let bytes = typst_pdf::pdf(&document, &options).map_err(|errors| explain(sheet, errors.first()))?;
    Ok(Pdf { bytes, pages: document.pages().len(), archival })
}

/// A diagnostic of the typesetter, with the file and line it points at.
fn explain(sheet: &Sheet<'_>, error: Option<&SourceDiagnostic>) -> PaperError {
    let Some(error) = error else {
        return PaperError::Template {
            template: String::new(),
            line: 0,
            message: "the typesetter failed without a message".to_owned(),
        };
    };
    let place = error.span.id().and_then(|id| {
        let source = sheet.source(id).ok()?;
        let range = sheet.range(error.span)?;
        let line = source.lines().byte_to_line(range.start)? + 1;
        Some((id.vpath().get_without_slash().to_owned(), line))
    });
    let (template, line) = place.unwrap_or_default();
    PaperError::Template { template, line, message: error.message.to_string() }
}

pub(crate) fn put_json(shelf: &mut Shelf, path: &str, value: &Value) -> Result<(), PaperError> {
    let bytes = serde_json::to_vec(value).map_err(PaperError::Data)?;
    shelf.put(path, Bytes::new(bytes));
    Ok(())
}

/// The data as the template reads it: texts settable, the receipt code drawn.
pub(crate) fn prepared(data: &Value) -> Result<Value, PaperError> {
    let mut data = settable(data);
    let code = data.get("qr").and_then(Value::as_str).map(qr_svg).transpose()?;
    if let (Some(map), Some(svg)) = (data.as_object_mut(), code) {
        map.insert("qr-svg".to_owned(), Value::String(svg));
    }
    Ok(data)
}

/// The value with every text in it made settable.
pub(crate) fn settable(value: &Value) -> Value {
    match value {
        Value::String(text) => Value::String(glyphs::settable(text)),
        Value::Array(values) => values.iter().map(settable).collect(),
        Value::Object(map) => {
            let entries = map.iter().map(|(key, value)| (key.clone(), settable(value)));
            Value::Object(entries.collect())
        }
        other => other.clone(),
    }
}

/// The title for the metadata: what the matter is called.
fn title(data: &Value) -> &str {
    data.pointer("/matter/title").and_then(Value::as_str).unwrap_or_default()
}

/// Year, month and day of `data.date` when it is a civil date.
pub(crate) fn date_parts(data: &Value) -> Option<[u16; 3]> {
    let text = data.get("date").and_then(Value::as_str)?;
    let mut parts = text.split('-');
    let year: u16 = parts.next()?.parse().ok()?;
    let month: u8 = parts.next()?.parse().ok()?;
    let day: u8 = parts.next()?.parse().ok()?;
    Datetime::from_ymd(i32::from(year), month, day)?;
    parts.next().is_none().then_some([year, u16::from(month), u16::from(day)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_civil_date_reaches_the_metadata() {
        let check = |text: &str, expected: Option<[u16; 3]>| {
            assert_eq!(date_parts(&json!({ "date": text })), expected, "{text}");
        };
        check("2026-02-24", Some([2026, 2, 24]));
        check("2026-02-30", None);
        check("2026年2月24日", None);
        check("2026-02-24-1", None);
        check("", None);
    }
}

//! A form being filled: its draft, its files, what is asked, and what is wrong with it.
//!
//! The same for an application in steps and for one act on a matter. What was typed is kept before
//! it is judged, so that no refusal loses anything.
//!
//! INVARIANT: the browser holds a token, the store a digest of it; a draft of one procedure is not
//! found under another.

use super::{Answers, internal};
use crate::answer::Fault;
use crate::app::App;
use crate::components::field::FieldView;
use crate::questions::Questions;
use crate::submission::{Submission, Upload};
use crate::upload::{self, FILE_MAX};
use crate::visit::{self, Visit};
use acts::drafts::{self, Filled};
use acts::offers::{self, Asking, Offers};
use axum::response::Response;
use kernel::guard::holds;
use kernel::intake::{self, Desk, Fault as Wrong, Problem, Raw, Reading};
use kernel::matter::Matter;
use kernel::names::Name;
use kernel::procedure::{ActDef, Field, FieldKind, Procedure};
use kernel::value::{Facts, Value};
use kernel::world::Moment;
use std::collections::{BTreeMap, BTreeSet};
use store::DraftId;

/// How long a browser keeps a half-filled form, in seconds: 30 days.
const DRAFT_LIVES_S: i64 = 30 * 24 * 3600;
/// Most files under one field.
const FILES_MAX: u32 = 20;

/// What is wrong, in words, by field.
pub type Faults = BTreeMap<Name, String>;

/// A form being filled.
pub struct Form<'a> {
    app: &'a App,
    procedure: &'a Procedure,
    act: &'a ActDef,
    /// What the matter knows already.
    known: &'a Facts,
    matter: Option<&'a Matter>,
    now: Moment,
    offers: Offers,
    entries: BTreeMap<Name, BTreeSet<String>>,
    files_at: String,
    /// Where it is kept.
    pub id: DraftId,
    /// As far as it was filled.
    pub filled: Filled,
    /// It has been kept before.
    pub is_kept: bool,
}

/// The draft token of a browser; fresh where it has none.
pub fn token(app: &App, visit: &Visit) -> String {
    let sent = visit.cookie(visit::DRAFT).filter(|token| token.len() == 32);
    sent.map_or_else(|| app.bureau.fresh_id(), str::to_owned)
}

/// Sets the cookie of the draft; each time anew, so that 30 days run from the last page.
pub fn remember(app: &App, response: &mut Response, token: &str) {
    visit::set_cookie(app, response, visit::DRAFT, token, Some(DRAFT_LIVES_S));
}

fn draft_id(app: &App, owner: &str, procedure: &Procedure, act: &ActDef) -> DraftId {
    DraftId(app.bureau.keys.digest_of(&format!("draft/{owner}/{}/{}", procedure.id, act.name)).to_string())
}

impl<'a> Form<'a> {
    /// What this browser keeps of a form, if anything.
    ///
    /// # Errors
    /// What the store says.
    pub fn kept(app: &App, visit: &Visit, procedure: &Procedure, act: &ActDef) -> Result<Option<Filled>, Fault> {
        let Some(token) = visit.cookie(visit::DRAFT) else { return Ok(None) };
        drafts::load(&app.bureau, &draft_id(app, token, procedure, act)).map_err(internal)
    }

    /// Opens the form of `owner`: a browser's draft token, or a matter.
    ///
    /// # Errors
    /// What store and registers say.
    pub fn open(
        app: &'a App,
        owner: &str,
        procedure: &'a Procedure,
        act: &'a ActDef,
        known: &'a Facts,
        matter: Option<&'a Matter>,
        files_at: impl Into<String>,
    ) -> Result<Form<'a>, Fault> {
        let now = app.now();
        let id = draft_id(app, owner, procedure, act);
        let found = drafts::load(&app.bureau, &id).map_err(internal)?;
        let is_kept = found.is_some();
        let fresh = || Filled {
            procedure: procedure.id.clone(),
            act: act.name.clone(),
            key: app.bureau.fresh_id(),
            ..Filled::default()
        };
        let filled = found.unwrap_or_else(fresh);
        let asking = Asking { procedure, def: act, matter, person: None, office: None, raw: &filled.raw };
        let offers = offers::offers(&app.bureau, asking, now.on()).map_err(internal)?;
        let entries = offers::known(&app.bureau, asking, now.on()).map_err(internal)?;
        Ok(Form {
            app,
            procedure,
            act,
            known,
            matter,
            now,
            offers,
            entries,
            files_at: files_at.into(),
            id,
            filled,
            is_kept,
        })
    }

    fn asking(&self) -> Asking<'_> {
        let (procedure, matter) = (self.procedure, self.matter);
        Asking { procedure, def: self.act, matter, person: None, office: None, raw: &self.filled.raw }
    }

    fn desk(&self) -> Desk<'_> {
        Desk { procedure: self.procedure, place: &self.app.bureau.law.place, registers: &self.entries, now: self.now }
    }

    /// Reads fields as far as they are filled.
    pub fn reading<'f>(&self, fields: impl IntoIterator<Item = &'f Field>) -> Reading {
        intake::read(fields, self.known, &self.filled.raw, &self.desk())
    }

    /// Whether a field is asked, given what has been read.
    pub fn is_asked(&self, field: &Field, read: &Facts) -> bool {
        matches!(intake::is_asked(field, self.known, read, &self.desk()), Ok(true))
    }

    /// Fills in what another matter of the same person knows of them, so that it is not asked twice.
    pub fn prefill(&mut self, party: &Name, facts: &Facts) {
        let own = format!("{party}.");
        let fields = self.act.fields().filter(|field| field.name.as_str().starts_with(&own));
        for field in fields {
            if let Some(Value::Text(text)) = facts.get(&field.name) {
                self.filled.raw.texts.insert(field.name.to_string(), vec![text.clone()]);
            }
        }
    }

    /// Takes over what was sent for some fields, and says which files were not taken. `read` are the
    /// facts as the person saw them: an empty box of a question they were not asked means nothing.
    ///
    /// # Errors
    /// What the store says.
    pub fn merge(&mut self, fields: &[&Field], sent: Submission, read: &Facts) -> Result<Faults, Fault> {
        for field in fields {
            let name = field.name.as_str();
            let is_box = matches!(field.kind, FieldKind::Bool | FieldKind::Promise { .. } | FieldKind::Choices { .. });
            match sent.texts.get(name) {
                Some(texts) => {
                    self.filled.raw.texts.insert(name.to_owned(), texts.clone());
                }
                None if is_box && self.is_asked(field, read) => {
                    self.filled.raw.texts.remove(name);
                }
                None => {}
            }
        }
        let mut faults = Faults::new();
        for (name, file) in &sent.too_large {
            if let Some(field) = fields.iter().find(|field| field.name.as_str() == name) {
                let max_bytes = match &field.kind {
                    FieldKind::Files { max_bytes, .. } => *max_bytes,
                    _ => u64::try_from(FILE_MAX).unwrap_or(u64::MAX),
                };
                add(&mut faults, field, &Wrong::FileTooLarge { name: file.clone(), max_bytes });
            }
        }
        let Submission { files, caller, .. } = sent;
        for upload in files {
            if let Some(field) = fields.iter().find(|field| field.name.as_str() == upload.field) {
                self.take_file(field, &upload, &caller, &mut faults)?;
            }
        }
        // Whoever was chosen just now is looked up as well.
        self.entries = offers::known(&self.app.bureau, self.asking(), self.now.on()).map_err(internal)?;
        Ok(faults)
    }

    fn take_file(&mut self, field: &Field, upload: &Upload, caller: &str, faults: &mut Faults) -> Result<(), Fault> {
        let FieldKind::Files { media, max_bytes } = &field.kind else { return Ok(()) };
        let size = u64::try_from(upload.bytes.len()).unwrap_or(u64::MAX);
        let held = self.filled.raw.files.get(field.name.as_str()).map(Vec::len).unwrap_or_default();
        let wrong = if !media.contains(&upload.media) {
            Some(Wrong::FileKind { name: upload.name.clone(), taken: kernel::intake::media_zh(media) })
        } else if size > *max_bytes {
            Some(Wrong::FileTooLarge { name: upload.name.clone(), max_bytes: *max_bytes })
        } else if u32::try_from(held).unwrap_or(u32::MAX) >= FILES_MAX {
            Some(Wrong::TooMany { max: FILES_MAX })
        } else {
            upload::examined(self.app, caller, &upload.name, &upload.bytes).err().map(Wrong::BadCode)
        };
        if let Some(wrong) = wrong {
            add(faults, field, &wrong);
            return Ok(());
        }
        let bureau = &self.app.bureau;
        let kept = drafts::keep_file(bureau, self.now, &self.id, &upload.name, &upload.media, &upload.bytes);
        self.filled.raw.files.entry(field.name.to_string()).or_default().push(kept.map_err(internal)?);
        Ok(())
    }

    /// Removes a file; answers the field it was under.
    ///
    /// # Errors
    /// What the store says.
    pub fn remove_file(&mut self, id: &str) -> Result<Option<String>, Fault> {
        let held = self.filled.raw.files.iter().find(|(_, files)| files.iter().any(|file| file.id == id));
        let Some(name) = held.map(|(name, _)| name.clone()) else { return Ok(None) };
        if let Some(files) = self.filled.raw.files.get_mut(&name) {
            files.retain(|file| file.id != id);
        }
        drafts::drop_file(&self.app.bureau, &store::FileId(id.to_owned())).map_err(internal)?;
        Ok(Some(name))
    }

    /// Keeps the draft.
    ///
    /// # Errors
    /// What store or cipher say.
    pub fn save(&mut self) -> Result<(), Fault> {
        let civil = self.now.civil;
        let saved = format!("{}月{}日 {:02}:{:02} ", civil.month(), civil.day(), civil.hour(), civil.minute());
        self.filled.notes.insert("saved".into(), saved);
        self.is_kept = true;
        drafts::save(&self.app.bureau, self.now, &self.id, &self.filled).map_err(internal)
    }

    /// Characters that no paper can show, said at the field they were typed into.
    pub fn unprintable(&self, fields: &[&Field]) -> Faults {
        let mut faults = Faults::new();
        let Ok(press) = &self.app.press else { return faults };
        for field in fields {
            if !matches!(field.kind, FieldKind::Text { .. } | FieldKind::Long { .. }) {
                continue;
            }
            let texts = self.filled.raw.texts.get(field.name.as_str()).map(Vec::as_slice).unwrap_or_default();
            let found: BTreeSet<char> =
                texts.iter().filter_map(|text| press.unprintable(text).ok()).flatten().collect();
            if !found.is_empty() {
                let found: Vec<String> = found.iter().map(|c| format!("“{c}”")).collect();
                let why = format!("文书里印不出{}，请删掉，或者换成文字", found.join("、"));
                add(&mut faults, field, &Wrong::BadCode(why));
            }
        }
        faults
    }

    /// Conditions of the act that are decided by these fields and what was read before, and do not hold.
    pub fn refused(&self, fields: &[&Field], read: &Facts) -> Faults {
        let mut facts = self.known.clone();
        facts.extend(read.iter().map(|(name, value)| (name.clone(), value.clone())));
        let answers = Answers { facts: &facts, place: &self.app.bureau.law.place, on: self.now.on() };
        let mut faults = Faults::new();
        for guard in &self.act.guards {
            let reads = guard.when.reads();
            let at = fields.iter().rev().find(|field| reads.contains(&field.name));
            if let Some(field) = at
                && matches!(holds(&guard.when, &answers), Ok(false))
            {
                faults.entry(field.name.clone()).or_insert_with(|| guard.otherwise.clone());
            }
        }
        faults
    }

    /// The fields that are asked, as the page shows them.
    pub fn views(&self, fields: &[&Field], read: &Facts, faults: &Faults) -> Vec<FieldView> {
        let questions = Questions {
            procedure: self.procedure,
            place: &self.app.bureau.law.place,
            offers: &self.offers,
            raw: &self.filled.raw,
            problems: &[],
            files_at: &self.files_at,
        };
        let asked = fields.iter().filter(|field| self.is_asked(field, read));
        asked
            .map(|field| {
                let mut view = questions.field(field);
                view.error = faults.get(&field.name).cloned();
                // A box that a condition of the act reads is not left to choice.
                view.required |= field.kind == FieldKind::Bool
                    && self.act.guards.iter().any(|guard| guard.when.reads().contains(&field.name));
                if let Some(promise) = field.or_promise.as_ref().and_then(|name| self.procedure.field(name)) {
                    view.hint = format!("{}可以“{}”，两样只要一样。", view.hint, promise.title);
                }
                view
            })
            .collect()
    }

    /// What was typed, with the titles of the fields, to be handed back on a page without the form.
    pub fn typed(&self) -> Vec<(String, String)> {
        let fields = self.act.fields().filter_map(|field| {
            let texts = self.filled.raw.texts.get(field.name.as_str())?;
            let text = texts.iter().filter(|text| !text.is_empty()).cloned().collect::<Vec<_>>().join("、");
            (!text.is_empty()).then(|| (field.title.clone(), text))
        });
        fields.collect()
    }

    /// What was typed, for the act.
    pub fn raw(&self) -> Raw {
        self.filled.raw.clone()
    }
}

/// A file of a draft.
///
/// # Errors
/// [`Fault::NotFound`] when the draft has no such file.
pub fn open_file(app: &App, filled: &Filled, id: &str) -> Result<Response, Fault> {
    let mut files = filled.raw.files.values().flatten();
    let file = files.find(|file| file.id == id).ok_or(Fault::NotFound)?;
    let bytes = drafts::open_file(&app.bureau, file).map_err(internal)?;
    Ok(crate::answer::file(&file.media, &file.name, bytes, false))
}

/// Problems of the reading as words, for the fields given.
pub fn faults_of(problems: &[Problem], fields: &[&Field]) -> Faults {
    let mut faults = Faults::new();
    for problem in problems {
        if let Some(field) = fields.iter().find(|field| field.name == problem.field) {
            add(&mut faults, field, &problem.fault);
        }
    }
    faults
}

/// Puts more faults in; what is there already stays.
pub fn join(faults: &mut Faults, more: Faults) {
    for (field, text) in more {
        faults.entry(field).or_insert(text);
    }
}

fn add(faults: &mut Faults, field: &Field, wrong: &Wrong) {
    let text = wrong.zh(&field.title);
    faults
        .entry(field.name.clone())
        .and_modify(|said| {
            if !said.contains(&text) {
                said.push('；');
                said.push_str(&text);
            }
        })
        .or_insert(text);
}

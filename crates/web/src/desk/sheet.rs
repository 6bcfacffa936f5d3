//! A form being filled at the desk: what was typed, the files it holds, what is wrong with it.
//!
//! The key that makes sending twice once also names the draft, so that a form needs no other
//! memory. A draft belongs to whoever began it.
//!
//! INVARIANT: whatever is shown again holds everything that was typed and every file that was taken.

use crate::answer::Fault;
use crate::app::App;
use crate::components::Link;
use crate::components::field::{ErrorSummary, FieldInput, FieldView, FormKeys};
use crate::components::parts::{SummaryList, SummaryRow};
use crate::desk::clerk::Clerk;
use crate::questions::Questions;
use crate::submission::{Submission, Upload};
use crate::upload::{self, FILE_MAX};
use crate::visit::Visit;
use acts::Command;
use acts::drafts::{self, DraftError, Filled};
use acts::offers::{self, Asking};
use acts::registers::RegisterError;
use kernel::guard::GuardError;
use kernel::intake::{self, Fault as Wrong, Problem, Raw};
use kernel::matter::Matter;
use kernel::names::MatterId;
use kernel::procedure::{ActDef, Field, FieldKind, Procedure};
use kernel::value::Facts;
use std::collections::BTreeMap;
use store::DraftId;

/// Note of a draft that says whose it is.
const PERSON: &str = "person";

/// Which form.
#[derive(Debug, Clone, Copy)]
pub struct Form<'a> {
    /// The procedure.
    pub procedure: &'a Procedure,
    /// The act.
    pub act: &'a ActDef,
    /// The matter; none for opening acts.
    pub matter: Option<&'a Matter>,
    /// What is known of the matter.
    pub known: &'a Facts,
}

/// A form as far as it is filled.
#[derive(Debug, Default)]
pub struct Sheet {
    /// What it holds.
    pub filled: Filled,
    /// What is wrong.
    pub problems: Vec<Problem>,
    /// It lies in the store.
    kept: bool,
}

impl From<DraftError> for Fault {
    fn from(error: DraftError) -> Fault {
        match error {
            DraftError::NoFile(_) => Fault::NotFound,
            other => Fault::Internal(other.to_string()),
        }
    }
}

impl From<RegisterError> for Fault {
    fn from(error: RegisterError) -> Fault {
        Fault::Internal(error.to_string())
    }
}

impl Sheet {
    /// An empty form.
    pub fn fresh(app: &App, clerk: &Clerk, form: Form<'_>) -> Sheet {
        let filled = Filled {
            procedure: form.procedure.id.clone(),
            act: form.act.name.clone(),
            matter: form.matter.map(|matter| matter.id.to_string()),
            raw: Raw::default(),
            key: app.bureau.fresh_id(),
            notes: BTreeMap::from([(PERSON.to_owned(), clerk.person.id.to_string())]),
        };
        Sheet { filled, problems: Vec::new(), kept: false }
    }

    /// The form with what was just sent: texts replaced, new files kept.
    ///
    /// # Errors
    /// What the store says.
    pub fn sent(app: &App, clerk: &Clerk, form: Form<'_>, sent: &mut Submission) -> Result<Sheet, Fault> {
        let mut sheet = Sheet::fresh(app, clerk, form);
        if let Some(key) = sent
            .text("idempotency_key")
            .filter(|key| key.len() == 32 && key.bytes().all(|byte| byte.is_ascii_hexdigit()))
        {
            sheet.filled.key = key.to_owned();
        }
        if let Some(found) = drafts::load(&app.bureau, &sheet.id())? {
            let same = found.act == sheet.filled.act
                && found.matter == sheet.filled.matter
                && found.notes.get(PERSON) == sheet.filled.notes.get(PERSON);
            if !same {
                return Err(Fault::NotOurs);
            }
            sheet.filled.raw.files = found.raw.files;
            sheet.kept = true;
        }
        let fields: Vec<&Field> = form.act.fields().collect();
        let named = |name: &str| fields.iter().find(|field| field.name.as_str() == name).copied();
        let texts = std::mem::take(&mut sent.texts);
        sheet.filled.raw.texts = texts
            .iter()
            .filter(|(name, _)| named(name).is_some())
            .map(|(name, texts)| (name.clone(), texts.clone()))
            .collect();
        sent.texts = texts;
        for (name, file) in &sent.too_large {
            if let Some(field) = named(name) {
                sheet.wrong(field, too_large(field, file));
            }
        }
        for upload in std::mem::take(&mut sent.files) {
            if let Some(field) = named(&upload.field) {
                sheet.take(app, clerk, field, &upload)?;
            }
        }
        if let Some(file) = sent.text("remove") {
            sheet.filled.raw.files.values_mut().for_each(|files| files.retain(|kept| kept.id != file));
            sheet.save(app)?;
        }
        Ok(sheet)
    }

    /// Name of the draft.
    pub fn id(&self) -> DraftId {
        DraftId(self.filled.key.clone())
    }

    fn wrong(&mut self, field: &Field, fault: Wrong) {
        self.problems.push(Problem { field: field.name.clone(), fault });
    }

    /// Keeps a file, if the field takes its kind.
    fn take(&mut self, app: &App, clerk: &Clerk, field: &Field, upload: &Upload) -> Result<(), Fault> {
        let FieldKind::Files { media, max_bytes } = &field.kind else { return Ok(()) };
        if !media.contains(&upload.media) {
            let taken = media.iter().map(|kind| media_zh(kind)).collect::<Vec<_>>().join("、");
            self.wrong(field, Wrong::FileKind { name: upload.name.clone(), taken });
            return Ok(());
        }
        if u64::try_from(upload.bytes.len()).unwrap_or(u64::MAX) > *max_bytes {
            self.wrong(field, too_large(field, &upload.name));
            return Ok(());
        }
        let who = clerk.person.id.as_str();
        if let Err(why) = upload::examined(app, who, &upload.name, &upload.bytes) {
            self.wrong(field, Wrong::BadCode(why));
            return Ok(());
        }
        // The draft first: a file belongs to one.
        if !self.kept {
            self.save(app)?;
        }
        let kept = drafts::keep_file(&app.bureau, app.now(), &self.id(), &upload.name, &upload.media, &upload.bytes)?;
        self.filled.raw.files.entry(field.name.to_string()).or_default().push(kept);
        self.save(app)
    }

    /// Lays the form into the store.
    ///
    /// # Errors
    /// What the store says.
    pub fn save(&mut self, app: &App) -> Result<(), Fault> {
        drafts::save(&app.bureau, app.now(), &self.id(), &self.filled)?;
        self.kept = true;
        Ok(())
    }

    /// The command it makes.
    pub fn command(&self, seen: Option<u32>, channel: Option<String>) -> Command {
        Command {
            procedure: self.filled.procedure.clone(),
            matter: self.filled.matter.as_deref().map(MatterId::from),
            act: self.filled.act.clone(),
            raw: self.filled.raw.clone(),
            channel,
            seen,
            key: Some(self.filled.key.clone()),
            draft: self.kept.then(|| self.id()),
        }
    }

    /// Its hidden fields.
    pub fn keys(&self, app: &App, visit: &Visit, seen: Option<u32>) -> FormKeys {
        FormKeys { csrf: visit.csrf(app), idempotency_key: self.filled.key.clone(), seen_version: seen.map(u64::from) }
    }

    /// The fields of the form, by section where it has more than one, and what is wrong with them.
    ///
    /// # Errors
    /// What the store says.
    pub fn fields(&self, app: &App, clerk: &Clerk, form: Form<'_>) -> Result<(Vec<FieldView>, ErrorSummary), Fault> {
        let today = app.now().on();
        let post = clerk.post(app, form.procedure, form.act, form.matter);
        let asking = Asking {
            procedure: form.procedure,
            def: form.act,
            matter: form.matter,
            person: Some(&clerk.person.id),
            office: post.as_ref().map(|post| &post.office),
            raw: &self.filled.raw,
        };
        let offers = offers::offers(&app.bureau, asking, today)?;
        let ranked = offers::known(&app.bureau, asking, today)?;
        let desk = intake::Desk {
            procedure: form.procedure,
            place: &app.bureau.law.place,
            registers: &ranked,
            now: app.now(),
        };
        let reading = intake::read(form.act.fields(), form.known, &self.filled.raw, &desk);
        let files_at = format!("/desk/drafts/{}/files", self.filled.key);
        let questions = Questions {
            procedure: form.procedure,
            place: &app.bureau.law.place,
            offers: &offers,
            raw: &self.filled.raw,
            problems: &self.problems,
            files_at: &files_at,
        };
        let view = |field: &Field| match intake::is_asked(field, form.known, &reading.facts, &desk) {
            Ok(false) => None,
            Ok(true) => Some(questions.field(field)),
            Err(GuardError::NotCollected(_)) => Some(depends(questions.field(field))),
            Err(_) => Some(questions.field(field)),
        };
        let several = form.act.form.len() > 1;
        let mut fields = Vec::new();
        for (section, at) in form.act.form.iter().zip(1_u32..) {
            let views: Vec<FieldView> = section.fields.iter().filter_map(view).collect();
            if several && !views.is_empty() {
                let group = FieldView::new(
                    format!("section-{at}"),
                    section.title.clone(),
                    FieldInput::Person { fields: views },
                );
                fields.push(FieldView { hint: section.hint.clone(), ..group });
            } else {
                fields.extend(views);
            }
        }
        let errors = ErrorSummary::of(&fields);
        Ok((fields, errors))
    }

    /// What was typed, to be copied from a page that could not take it.
    pub fn typed(&self, form: Form<'_>) -> SummaryList {
        let texts = form.act.fields().filter_map(|field| {
            let texts = self.filled.raw.texts.get(field.name.as_str())?;
            let text = texts.join("、");
            (!text.trim().is_empty()).then(|| SummaryRow::text(field.title.clone(), text))
        });
        SummaryList { title: "您填的内容".to_owned(), rows: texts.collect() }
    }
}

fn depends(view: FieldView) -> FieldView {
    let note = "看前面的回答，不需要的不用填。";
    let hint = if view.hint.is_empty() { note.to_owned() } else { format!("{} {note}", view.hint) };
    FieldView { hint, ..view }
}

fn too_large(field: &Field, file: &str) -> Wrong {
    let most = u64::try_from(FILE_MAX).unwrap_or(u64::MAX);
    let max_bytes = match &field.kind {
        FieldKind::Files { max_bytes, .. } => (*max_bytes).min(most),
        _ => most,
    };
    Wrong::FileTooLarge { name: file.to_owned(), max_bytes }
}

fn media_zh(media: &str) -> &str {
    match media {
        "image/jpeg" => "JPG照片",
        "image/png" => "PNG图片",
        "application/pdf" => "PDF文件",
        other => other,
    }
}

/// Whether the form has questions that depend on answers before them.
pub fn has_conditions(act: &ActDef) -> bool {
    act.fields().any(|field| field.when.is_some())
}

/// A link back to a matter.
pub fn back_to(id: &str, title: &str) -> Link {
    Link::new(format!("返回：{title}"), format!("/desk/matters/{id}"))
}

//! Fields of the law as fields of a page, and problems as sentences beside them.
//!
//! Which fields there are, in which order, and which are asked: the law file says. This only maps.

use crate::components::Link;
use crate::components::field::{Choice, FieldInput, FieldView, Keyboard, UploadedFile, Width};
use acts::offers::{Offer, Offers};
use kernel::intake::{Problem, Raw};
use kernel::names::Name;
use kernel::procedure::{Citation, Field, FieldKind, Procedure};
use kernel::value::FileRef;
use kernel::world::{Office, Place};

/// What the mapping needs to know.
#[derive(Debug, Clone, Copy)]
pub struct Questions<'a> {
    /// The procedure.
    pub procedure: &'a Procedure,
    /// The place.
    pub place: &'a Place,
    /// What registers, offices and the matter itself offer.
    pub offers: &'a Offers,
    /// What was typed so far.
    pub raw: &'a Raw,
    /// What is wrong.
    pub problems: &'a [Problem],
    /// Address below which uploaded files of the draft can be opened, e.g. `/draft/files`.
    pub files_at: &'a str,
}

/// The address of an article.
pub fn article_href(cite: &Citation) -> String {
    format!("/law/{}#{}", cite.statute, cite.article)
}

/// An article as a link.
pub fn article_link(cite: &Citation) -> Link {
    Link::new(cite.to_string(), article_href(cite))
}

impl Questions<'_> {
    /// The field of a page for a field of the law.
    pub fn field(&self, field: &Field) -> FieldView {
        FieldView {
            id: field.name.to_string(),
            label: field.title.clone(),
            hint: field.hint.clone(),
            input: self.input(field),
            error: self
                .problems
                .iter()
                .find(|problem| problem.field == field.name)
                .map(|problem| problem.fault.zh(&field.title)),
            required: field.required,
            cite: field.cite.as_ref().map(article_link),
        }
    }

    fn typed(&self, field: &Field) -> String {
        let texts = self.raw.texts.get(field.name.as_str());
        texts.and_then(|texts| texts.first()).cloned().unwrap_or_default()
    }

    fn input(&self, field: &Field) -> FieldInput {
        let value = self.typed(field);
        match &field.kind {
            FieldKind::Text { max_chars } => {
                text(value, if *max_chars <= 20 { Width::Medium } else { Width::Full }, Keyboard::Text)
            }
            FieldKind::Long { .. } => FieldInput::TextArea { value, rows: 5, phrases: Vec::new() },
            FieldKind::Money => FieldInput::Money { value },
            FieldKind::Number { .. } => text(value, Width::Short, Keyboard::Digits),
            FieldKind::Date { .. } => FieldInput::Date { value },
            FieldKind::Time => text(value, Width::Medium, Keyboard::Text),
            FieldKind::Bool => self.yes(field),
            FieldKind::Promise { text } => {
                FieldInput::Promise {
                    text: vec![text.clone()], agree: "我承诺".to_owned(), given: !value.is_empty()
                }
            }
            FieldKind::Choice { list } => self.one_of(list, &value),
            FieldKind::Choices { list } => FieldInput::Checkbox { choices: self.some_of(field, list) },
            FieldKind::Ranking { register, max } => self.ranking(field, register, *max),
            FieldKind::ResidentId => text(value, Width::Long, Keyboard::Text),
            FieldKind::CreditCode => text(value, Width::Long, Keyboard::Text),
            FieldKind::Phone => text(value, Width::Medium, Keyboard::Phone),
            FieldKind::Region => self.region(&value),
            FieldKind::Office { kind } => {
                let offices = self.place.offices.iter().filter(|office| &office.kind == kind);
                let option = |office: &Office| Choice::new(office.id.as_str(), office.name.as_str()).chosen_if(&value);
                FieldInput::Select { choices: offices.map(option).collect() }
            }
            FieldKind::Colleague { .. } | FieldKind::Item { .. } => FieldInput::Select {
                choices: self.offered(&field.name).iter().map(|offer| choice(offer, &value)).collect(),
            },
            FieldKind::Matter { .. } => text(value, Width::Long, Keyboard::Text),
            FieldKind::Files { media, .. } => {
                FieldInput::Files { uploaded: self.uploaded(field), accept: media.join(","), many: true }
            }
        }
    }

    fn yes(&self, field: &Field) -> FieldInput {
        let given = !self.typed(field).is_empty();
        FieldInput::Checkbox {
            choices: vec![Choice { value: "yes".into(), label: "是".into(), hint: None, chosen: given }],
        }
    }

    fn one_of(&self, list: &Name, value: &str) -> FieldInput {
        let entries = self.procedure.choice_list(list).map(|list| list.entries.as_slice()).unwrap_or_default();
        let choices = entries
            .iter()
            .map(|entry| Choice::new(entry.name.as_str(), entry.title.as_str()).chosen_if(value))
            .collect();
        if entries.len() <= 6 { FieldInput::Radio { choices } } else { FieldInput::Select { choices } }
    }

    fn some_of(&self, field: &Field, list: &Name) -> Vec<Choice> {
        let chosen = self.raw.texts.get(field.name.as_str()).map(Vec::as_slice).unwrap_or_default();
        let entries = self.procedure.choice_list(list).map(|list| list.entries.as_slice()).unwrap_or_default();
        let choice = |entry: &kernel::procedure::Choice| Choice {
            value: entry.name.clone(),
            label: entry.title.clone(),
            hint: None,
            chosen: chosen.contains(&entry.name),
        };
        entries.iter().map(choice).collect()
    }

    fn ranking(&self, field: &Field, register: &Name, max: u32) -> FieldInput {
        let typed = self.raw.texts.get(field.name.as_str()).map(Vec::as_slice).unwrap_or_default();
        let offers = self.offered(register);
        let places = (0..max).map(|place| {
            let chosen =
                usize::try_from(place).ok().and_then(|place| typed.get(place)).map(String::as_str).unwrap_or_default();
            offers.iter().map(|offer| choice(offer, chosen)).collect()
        });
        FieldInput::Ranking { places: places.collect() }
    }

    fn offered(&self, key: &Name) -> &[Offer] {
        self.offers.get(key).map(Vec::as_slice).unwrap_or_default()
    }

    fn region(&self, value: &str) -> FieldInput {
        let value = if value.is_empty() { String::new() } else { format!("{value:0<12}") };
        let option = |(code, name): (&String, &String)| {
            let inner = !code.ends_with("000000");
            let county = code.get(..6).and_then(|county| self.place.regions.get(&format!("{county}000000")));
            let label = match county {
                Some(county) if inner => format!("{county} {name}"),
                _ => name.clone(),
            };
            Choice::new(code.as_str(), label).chosen_if(&value)
        };
        FieldInput::Select { choices: self.place.regions.iter().map(option).collect() }
    }

    fn uploaded(&self, field: &Field) -> Vec<UploadedFile> {
        let files = self.raw.files.get(field.name.as_str()).map(Vec::as_slice).unwrap_or_default();
        files.iter().map(|file| uploaded(self.files_at, file)).collect()
    }
}

fn choice(offer: &Offer, chosen: &str) -> Choice {
    Choice::new(offer.value.as_str(), offer.label.as_str()).chosen_if(chosen)
}

fn text(value: String, width: Width, keyboard: Keyboard) -> FieldInput {
    FieldInput::Text { value, width, keyboard, autocomplete: String::new() }
}

fn uploaded(at: &str, file: &FileRef) -> UploadedFile {
    UploadedFile {
        id: file.id.clone(),
        name: file.name.clone(),
        size: size_zh(file.size_bytes),
        href: format!("{at}/{}", file.id),
    }
}

/// A size in words.
pub fn size_zh(bytes: u64) -> String {
    match bytes {
        0..1024 => format!("{bytes} 字节"),
        1024..1_048_576 => format!("{} KB", bytes / 1024),
        _ => format!("{}.{} MB", bytes / 1_048_576, bytes % 1_048_576 * 10 / 1_048_576),
    }
}

//! Form fields, the error summary above them, and the hidden keys of a form.
//!
//! A field carries its label, hint, error and citation with it, so that no page can leave one out. What was
//! typed is always given back, right or wrong. Nothing here checks a value.
//!
//! INVARIANT: the element whose id is the id of the field takes focus, so a link in the summary always lands.

use askama::Template;

use super::Link;

/// One option of a list.
#[derive(Debug, Clone)]
pub struct Choice {
    /// Value sent.
    pub value: String,
    /// Words shown.
    pub label: String,
    /// A second line, for radio and checkbox groups.
    pub hint: Option<String>,
    /// Chosen now.
    pub chosen: bool,
}

impl Choice {
    /// An option that is not chosen and has no second line.
    #[must_use]
    pub fn new(value: impl Into<String>, label: impl Into<String>) -> Self {
        Self { value: value.into(), label: label.into(), hint: None, chosen: false }
    }

    /// The same option, chosen if `value` is its value.
    #[must_use]
    pub fn chosen_if(mut self, value: &str) -> Self {
        self.chosen = self.value == value;
        self
    }

    /// The same option with a second line.
    #[must_use]
    pub fn hinted(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// A file the form already holds.
#[derive(Debug, Clone)]
pub struct UploadedFile {
    /// Identity sent back by the remove button.
    pub id: String,
    /// Name as given by the person.
    pub name: String,
    /// Size in words, such as `1.2 MB`.
    pub size: String,
    /// Address to look at it.
    pub href: String,
}

/// How wide a text field is drawn; the width tells how much is expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Width {
    /// About four characters, a number.
    Short,
    /// About twelve characters, a phone or date.
    Medium,
    /// About twenty characters, an identity number.
    Long,
    /// The whole column.
    Full,
}

impl Width {
    /// Class name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Short => "w-short",
            Self::Medium => "w-medium",
            Self::Long => "w-long",
            Self::Full => "w-full",
        }
    }
}

/// Which keyboard a phone should show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keyboard {
    /// Letters.
    Text,
    /// Digits only.
    Digits,
    /// A telephone number.
    Phone,
    /// Digits and a decimal point.
    Decimal,
}

impl Keyboard {
    /// Value of `inputmode`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Digits => "numeric",
            Self::Phone => "tel",
            Self::Decimal => "decimal",
        }
    }
}

/// The kinds of field, each with what was typed or chosen.
#[derive(Debug, Clone)]
pub enum FieldInput {
    /// One line.
    Text {
        /// What was typed.
        value: String,
        /// Drawn width.
        width: Width,
        /// Phone keyboard.
        keyboard: Keyboard,
        /// `autocomplete` token, such as `name`, `tel`; empty for `off`.
        autocomplete: String,
    },
    /// A password.
    Password {
        /// `current-password` or `new-password`.
        autocomplete: String,
    },
    /// Several lines.
    TextArea {
        /// What was typed.
        value: String,
        /// Visible lines.
        rows: u32,
        /// Common phrases a clerk may copy from.
        phrases: Vec<String>,
    },
    /// An amount in 元 with two decimals, such as `1800.00`.
    Money {
        /// What was typed.
        value: String,
    },
    /// A civil date, `2026-10-08`.
    Date {
        /// What was typed.
        value: String,
    },
    /// One of a few.
    Radio {
        /// The options.
        choices: Vec<Choice>,
    },
    /// Any of a few.
    Checkbox {
        /// The options.
        choices: Vec<Choice>,
    },
    /// One of many.
    Select {
        /// The options.
        choices: Vec<Choice>,
    },
    /// Files, with those already handed in.
    Files {
        /// Already there.
        uploaded: Vec<UploadedFile>,
        /// `accept` list, such as `.pdf,.jpg,.png`.
        accept: String,
        /// More than one allowed.
        many: bool,
    },
    /// A promise with its full text.
    Promise {
        /// Paragraphs of the promise.
        text: Vec<String>,
        /// The words beside the box.
        agree: String,
        /// Given.
        given: bool,
    },
    /// Up to three, in order; one list for each place, names `id.1`, `id.2`, `id.3`.
    Ranking {
        /// Options of the first, second and third place.
        places: Vec<Vec<Choice>>,
    },
    /// Fields of one person, grouped.
    Person {
        /// The fields.
        fields: Vec<FieldView>,
    },
    /// Known already, shown and not asked again.
    Known {
        /// The value.
        value: String,
        /// Where it is known from.
        source: String,
    },
}

/// One field of a form.
#[derive(Debug, Clone, Template)]
#[template(path = "components/field.html")]
pub struct FieldView {
    /// Name sent, and id of the element.
    pub id: String,
    /// The question.
    pub label: String,
    /// A sentence of help; empty for none.
    pub hint: String,
    /// Kind and value.
    pub input: FieldInput,
    /// What is wrong and what to do.
    pub error: Option<String>,
    /// False shows `（选填）`.
    pub required: bool,
    /// The article that asks for it.
    pub cite: Option<Link>,
}

impl FieldView {
    /// A required field without hint, error or citation.
    #[must_use]
    pub fn new(id: impl Into<String>, label: impl Into<String>, input: FieldInput) -> Self {
        Self { id: id.into(), label: label.into(), hint: String::new(), input, error: None, required: true, cite: None }
    }

    /// True for kinds that need a `fieldset` around several controls.
    #[must_use]
    pub fn is_group(&self) -> bool {
        matches!(
            self.input,
            FieldInput::Radio { .. }
                | FieldInput::Checkbox { .. }
                | FieldInput::Ranking { .. }
                | FieldInput::Promise { .. }
                | FieldInput::Person { .. }
        )
    }

    /// True for up to three options of few words, drawn side by side.
    #[must_use]
    pub fn is_short_list(&self) -> bool {
        match &self.input {
            FieldInput::Radio { choices } => {
                choices.len() <= 3 && choices.iter().all(|c| c.hint.is_none() && c.label.chars().count() <= 6)
            }
            _ => false,
        }
    }

    /// Ids of hint and error for `aria-describedby`, separated by a space.
    #[must_use]
    pub fn described_by(&self) -> String {
        let mut ids = Vec::new();
        if !self.hint.is_empty() {
            ids.push(format!("{}-hint", self.id));
        }
        if self.error.is_some() {
            ids.push(format!("{}-error", self.id));
        }
        ids.join(" ")
    }

    /// Id of the control at this place of a group, counted from 1: the first takes the id of the field.
    #[must_use]
    pub fn control_id(&self, place: &usize) -> String {
        if *place <= 1 { self.id.clone() } else { format!("{}-{place}", self.id) }
    }

    /// Errors of this field and of the fields within, for the summary.
    #[must_use]
    pub fn errors(&self) -> Vec<FieldError> {
        let own = self.error.iter().map(|text| FieldError { id: self.id.clone(), text: text.clone() });
        match &self.input {
            FieldInput::Person { fields } => own.chain(fields.iter().flat_map(Self::errors)).collect(),
            _ => own.collect(),
        }
    }
}

/// One wrong field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    /// Id of the field.
    pub id: String,
    /// What is wrong and what to do.
    pub text: String,
}

/// All that is wrong with a form, linked to its fields.
#[derive(Debug, Clone, Default, Template)]
#[template(path = "components/error-summary.html")]
pub struct ErrorSummary {
    /// In the order of the fields; empty writes nothing.
    pub errors: Vec<FieldError>,
}

impl ErrorSummary {
    /// The summary of these fields.
    #[must_use]
    pub fn of(fields: &[FieldView]) -> Self {
        Self { errors: fields.iter().flat_map(FieldView::errors).collect() }
    }
}

/// The hidden fields of a form that acts.
#[derive(Debug, Clone, Default, Template)]
#[template(path = "components/form-keys.html")]
pub struct FormKeys {
    /// Proof that the form came from our page; field `csrf`.
    pub csrf: String,
    /// Made with the form; sending twice is one act; field `idempotency_key`.
    pub idempotency_key: String,
    /// Version of the matter the person saw; field `seen_version`.
    pub seen_version: Option<u64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(id: &str, error: Option<&str>) -> FieldView {
        let input = FieldInput::Text {
            value: "<b>".into(),
            width: Width::Full,
            keyboard: Keyboard::Text,
            autocomplete: String::new(),
        };
        FieldView { error: error.map(Into::into), ..FieldView::new(id, "姓名", input) }
    }

    #[test]
    fn what_was_typed_comes_back_escaped() {
        let html = text("name", Some("请填写姓名")).render().unwrap_or_default();
        assert!(html.contains("value=\"&#60;b&#62;\""), "{html}");
        assert!(html.contains("aria-describedby=\"name-error\""), "{html}");
        assert!(html.contains("id=\"name-error\""), "{html}");
    }

    #[test]
    fn the_summary_reaches_into_groups() {
        let group = FieldInput::Person { fields: vec![text("a", Some("甲")), text("b", None)] };
        let summary = ErrorSummary::of(&[FieldView::new("person", "申请人", group)]);
        assert_eq!(summary.errors, [FieldError { id: "a".into(), text: "甲".into() }]);
    }

    #[test]
    fn the_first_control_takes_the_id_of_the_field() {
        let field = text("kind", None);
        assert_eq!(field.control_id(&1), "kind");
        assert_eq!(field.control_id(&2), "kind-2");
    }
}

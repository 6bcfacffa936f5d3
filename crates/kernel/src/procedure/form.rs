//! Forms: what is handed in or stated, and the lists to choose from.

use super::Citation;
use crate::guard::Expr;
use crate::names::Name;
use serde::{Deserialize, Serialize};

/// A list to choose from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChoiceList {
    /// Name of the list.
    pub name: Name,
    /// Its entries in order.
    pub entries: Vec<Choice>,
}

/// One entry of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// `wage`.
    pub name: String,
    /// 请求支付劳动报酬.
    pub title: String,
    /// Where the law lists it.
    pub cite: Option<Citation>,
    /// How long a case file is kept that was archived with it.
    pub keep: Option<Keep>,
}

/// How long a closed case file is kept (保管期限).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Keep {
    /// So many years from the day the matter was closed.
    Years(u16),
    /// For ever.
    Permanent,
}

/// A page of a form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormSection {
    /// 申请人.
    pub title: String,
    /// A sentence of guidance, may be empty.
    pub hint: String,
    /// Its fields.
    pub fields: Vec<Field>,
}

/// One field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    /// `applicant.id-number`.
    pub name: Name,
    /// 公民身份号码.
    pub title: String,
    /// What it holds.
    pub kind: FieldKind,
    /// Must be answered when asked. A promise field answers for the proof it replaces.
    pub required: bool,
    /// Asked only when this holds.
    pub when: Option<Expr>,
    /// Help below the label, may be empty.
    pub hint: String,
    /// The party whose personal data it is; sealed under that person's key.
    pub personal: Option<Name>,
    /// A boolean field that replaces this proof (告知承诺).
    pub or_promise: Option<Name>,
    /// The request left open when these files are not yet handed in (容缺).
    pub may_follow: Option<Name>,
    /// Seats that may never learn it.
    pub veiled_from: Vec<Name>,
    /// Its basis.
    pub cite: Option<Citation>,
}

/// What a field holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum FieldKind {
    /// One line, at most so many characters.
    Text {
        /// Characters.
        max_chars: u32,
    },
    /// Several lines.
    Long {
        /// Characters.
        max_chars: u32,
    },
    /// Money in fen, zero or more.
    Money,
    /// A whole number.
    Number {
        /// Lowest.
        min: i64,
        /// Highest.
        max: i64,
    },
    /// A civil date; `past` forbids days after today.
    Date {
        /// Not after today.
        past: bool,
    },
    /// A civil date and time, not in the future.
    Time,
    /// Yes or no.
    Bool,
    /// A promise: yes, with the full text promised.
    Promise {
        /// The text the person agrees to.
        text: String,
    },
    /// One entry of a list.
    Choice {
        /// The list.
        list: Name,
    },
    /// Some entries of a list.
    Choices {
        /// The list.
        list: Name,
    },
    /// Ranked entries of a register, best first.
    Ranking {
        /// The register.
        register: Name,
        /// At most so many.
        max: u32,
    },
    /// A resident identity number (GB 11643).
    ResidentId,
    /// A unified social credit code (GB 32100).
    CreditCode,
    /// A phone number.
    Phone,
    /// A region of the realm (GB/T 2260).
    Region,
    /// An office of a kind.
    Office {
        /// The kind.
        kind: String,
    },
    /// Somebody with an account who holds that seat in the actor's office.
    Colleague {
        /// The seat.
        seat: Name,
    },
    /// One earlier, unanswered performance of an act; its version.
    Item {
        /// The act.
        act: Name,
    },
    /// The number of another matter, of which this one is a part.
    Matter {
        /// The other procedure.
        procedure: Name,
    },
    /// Files.
    Files {
        /// Media types taken.
        media: Vec<String>,
        /// Largest single file in bytes.
        max_bytes: u64,
    },
}

impl ChoiceList {
    /// The entry of a name.
    pub fn entry(&self, name: &str) -> Option<&Choice> {
        self.entries.iter().find(|entry| entry.name == name)
    }

    /// The title of an entry.
    pub fn title_of(&self, name: &str) -> Option<&str> {
        self.entry(name).map(|entry| entry.title.as_str())
    }
}

impl Keep {
    /// What a person reads: 10年, 永久.
    #[must_use]
    pub fn zh(self) -> String {
        match self {
            Keep::Years(years) => format!("{years}年"),
            Keep::Permanent => "永久".to_owned(),
        }
    }
}

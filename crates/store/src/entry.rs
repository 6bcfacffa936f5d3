//! What one append hands in: plain data, decided elsewhere.
//!
//! Nothing here is checked for sense; the fields say what will be written.

use std::fmt;

use serde_json::{Map, Value};

use crate::assignments::{AssignmentRow, Release};
use crate::files::{DraftId, FileId};
use crate::outbox::OutboxMessage;
use crate::registers::RegisterRow;
use crate::views::{MatterView, PaperRow, Task};

/// The identity of a matter (办件) inside its realm.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MatterId(pub String);

impl MatterId {
    /// The identity as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for MatterId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Everything that one act of a person causes, written in one transaction.
#[derive(Debug, Clone, Default)]
pub struct Append {
    /// The instant of the append, milliseconds UTC: kept with acts, voided
    /// numbers, the idempotency key and outbox messages.
    pub at: i64,
    /// The acts, in order; two may belong to one matter.
    pub entries: Vec<Entry>,
    /// When given, a second append with the same key returns the first answer.
    pub idempotency: Option<IdempotencyKey>,
    /// Messages that leave after the commit.
    pub outbox: Vec<OutboxMessage>,
    /// Wrapped keys of persons met for the first time.
    pub person_keys: Vec<NewPersonKey>,
    /// Uploaded files that become part of a matter.
    pub attach_files: Vec<(FileId, MatterId)>,
    /// The draft this append has used up; files of it that were not attached
    /// are removed with it.
    pub remove_draft: Option<DraftId>,
    /// Values of registers that begin with this append.
    pub register_rows: Vec<RegisterRow>,
    /// Register entries (a lawyer, say) that take on a matter.
    pub assignments: Vec<AssignmentRow>,
    /// Register entries that are done with a matter.
    pub releases: Vec<Release>,
    /// Matters whose content is destroyed; each has an act in this append, which says so.
    pub disposals: Vec<Disposal>,
    /// Persons whose key is destroyed; every matter that holds something of them has an act in this append, which says so.
    pub erasures: Vec<Erasure>,
}

/// A person whose key is destroyed, and what else is known of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Erasure {
    /// The person.
    pub person: String,
    /// Files they handed in.
    pub files: Vec<FileId>,
    /// Messages to them.
    pub messages: Vec<String>,
}

/// A matter whose content is destroyed. Its acts, their hashes and their numbers stay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disposal {
    /// The matter. Of its acts, those before the one in this append lose their content.
    pub matter: MatterId,
    /// Chains beside it, whose content goes too.
    pub beside: Vec<MatterId>,
}

/// A key made in the form, so that sending twice is doing once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyKey {
    /// Who or what the key is unique within.
    pub scope: String,
    /// The key itself.
    pub key: String,
}

/// One act on one matter.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The matter.
    pub matter: MatterId,
    /// The version of the last act the actor has seen; 0 opens the matter.
    pub expected: u32,
    /// The hashed body. The store adds `matter`, `version` and, when numbers
    /// are drawn, `numbers`.
    pub body: Map<String, Value>,
    /// Numbers to take from their series.
    pub draws: Vec<Draw>,
    /// Numbers that this act makes void.
    pub voids: Vec<Void>,
    /// Content that is not personal, outside the hashed bytes.
    pub open: Vec<u8>,
    /// Personal content, encrypted under the key of one person each.
    pub sealed: Vec<SealedPart>,
    /// The matter as it stands after this act; none leaves the view and the
    /// tasks as they are.
    pub view: Option<MatterView>,
    /// All open tasks of the matter; written only together with a view.
    pub tasks: Vec<Task>,
    /// Papers issued, or changed, by this act.
    pub papers: Vec<PaperRow>,
}

/// A request for the next number of a series.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draw {
    /// The name by which this act refers to the number.
    pub slot: String,
    /// The series (发文字, say).
    pub series: String,
    /// The office whose series it is.
    pub office: String,
    /// The year the series counts in.
    pub year: i16,
    /// The text, with `{year}` and `{seq}`, or `{seq:04}` for a padded one.
    pub pattern: String,
}

/// A number that becomes void; it stays in its series, visible.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Void {
    /// The text of the number.
    pub text: String,
    /// Why it is void.
    pub reason: String,
}

/// Personal content of an act under the key of one person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedPart {
    /// The person whose key opens it.
    pub person: String,
    /// The encrypted bytes.
    pub bytes: Vec<u8>,
}

/// The wrapped key of a person not met before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPersonKey {
    /// The person.
    pub person: String,
    /// The person's key, itself encrypted.
    pub wrapped: Vec<u8>,
}

/// A number in a view or on a paper.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum NumberRef {
    /// A number drawn by an earlier act.
    Known(String),
    /// The number that this append draws under the slot named.
    Drawn(String),
    /// No number.
    #[default]
    None,
}

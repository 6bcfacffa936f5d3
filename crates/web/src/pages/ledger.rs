//! The books of the office: registers, numbers, money, outgoing messages.
//!
//! Each shows dated values with their author; none of them forgets. Totals arrive computed.
//!
//! INVARIANT: a void number stays visible, struck through, with its reason.

use askama::Template;

use super::shell::WorkShell;
use crate::components::field::{ErrorSummary, FieldView, FormKeys};
use crate::components::parts::{Counter, Notice, Press, Tabs};
use crate::components::table::{Pager, Table};

/// A register (名册) with its entry form.
#[derive(Debug, Clone, Template)]
#[template(path = "work/registers.html")]
pub struct Registers {
    /// The frame.
    pub shell: WorkShell,
    /// Heading.
    pub heading: String,
    /// The registers.
    pub registers: Tabs,
    /// The day the register is read for; field `on` of the form.
    pub on: FieldView,
    /// Where the day is sent (`get`).
    pub action_on: String,
    /// The entries, with from, until and author.
    pub table: Table,
    /// The pages.
    pub pager: Pager,
    /// Where a new entry is sent; none for who may only read.
    pub entry: Option<EntryForm>,
}

/// The form for a new value of a register.
#[derive(Debug, Clone)]
pub struct EntryForm {
    /// Heading.
    pub heading: String,
    /// Where it is sent.
    pub action: String,
    /// Hidden fields.
    pub keys: FormKeys,
    /// The fields.
    pub fields: Vec<FieldView>,
    /// What is wrong.
    pub errors: ErrorSummary,
    /// Words of the button.
    pub submit: String,
}

/// The register of numbers (文号).
#[derive(Debug, Clone, Template)]
#[template(path = "work/numbers.html")]
pub struct Numbers {
    /// The frame.
    pub shell: WorkShell,
    /// Heading.
    pub heading: String,
    /// Where the filter is sent (`get`).
    pub action: String,
    /// Office, series, year.
    pub filter: Vec<FieldView>,
    /// In a sentence: from, to, how many void, whether gapless.
    pub gapless: Notice,
    /// The numbers.
    pub table: Table,
    /// The pages.
    pub pager: Pager,
}

/// What was done (审计记录), newest first.
#[derive(Debug, Clone, Template)]
#[template(path = "work/trail.html")]
pub struct Trail {
    /// The frame.
    pub shell: WorkShell,
    /// Heading.
    pub heading: String,
    /// Where the filter is sent (`get`).
    pub action: String,
    /// Kind, number of a matter, day.
    pub filter: Vec<FieldView>,
    /// How far the log goes, and what is not shown here.
    pub notice: Notice,
    /// What was done.
    pub table: Table,
    /// The newest part; none where this is it.
    pub newest: Option<String>,
    /// The part before this one; none where this is the last.
    pub older: Option<String>,
}

/// Subsidies (办案补贴).
#[derive(Debug, Clone, Template)]
#[template(path = "work/money.html")]
pub struct Money {
    /// The frame.
    pub shell: WorkShell,
    /// Heading.
    pub heading: String,
    /// Where the period is sent (`get`).
    pub action: String,
    /// The period.
    pub filter: Vec<FieldView>,
    /// Sums that open their slips.
    pub counters: Vec<Counter>,
    /// Totals by kind and grade.
    pub totals: Table,
    /// The slips.
    pub slips: Table,
    /// The pages of the slips.
    pub pager: Pager,
    /// Rates and factors read, with their source.
    pub basis: Vec<String>,
}

/// Messages that leave the house (发件箱), for the operator.
#[derive(Debug, Clone, Template)]
#[template(path = "work/outbox.html")]
pub struct Outbox {
    /// The frame.
    pub shell: WorkShell,
    /// Heading.
    pub heading: String,
    /// Counts by state.
    pub counters: Vec<Counter>,
    /// Who may see what, and what to do.
    pub notice: Option<Notice>,
    /// A deed upon all of them at once.
    pub all: Option<Press>,
    /// The messages.
    pub table: Table,
    /// The pages.
    pub pager: Pager,
}

//! The desk of an official: sign in, home, worklist, filing for someone at a window.
//!
//! Lists arrive filtered and sorted. A counter here is the length of the list it opens.
//!
//! INVARIANT: the first column of a list is 序号, and every light has words.

use askama::Template;

use super::shell::WorkShell;
use crate::components::Link;
use crate::components::field::{ErrorSummary, FieldView, FormKeys};
use crate::components::parts::{Counter, Notice, Tabs};
use crate::components::table::{Pager, Table};
use crate::components::ways::WaysIn;

/// Sign in.
#[derive(Debug, Clone, Template)]
#[template(path = "work/sign-in.html")]
pub struct SignIn {
    /// The frame, without person and navigation.
    pub shell: WorkShell,
    /// Where it is sent.
    pub action: String,
    /// Hidden fields.
    pub keys: FormKeys,
    /// Account and password.
    pub fields: Vec<FieldView>,
    /// What is wrong.
    pub errors: ErrorSummary,
    /// Where to go afterwards; field `next`.
    pub next: String,
    /// Other ways of signing in.
    pub ways: WaysIn,
}

/// The first page after signing in.
#[derive(Debug, Clone, Template)]
#[template(path = "work/home.html")]
pub struct Home {
    /// The frame.
    pub shell: WorkShell,
    /// The day, written out.
    pub today: String,
    /// The counters.
    pub counters: Vec<Counter>,
    /// What must be done first.
    pub first: Table,
    /// What has moved lately.
    pub recent: Table,
    /// Warnings, such as a calendar not yet published.
    pub notices: Vec<Notice>,
    /// Short ways.
    pub shortcuts: Vec<Link>,
}

/// A list of matters.
#[derive(Debug, Clone, Template)]
#[template(path = "work/worklist.html")]
pub struct Worklist {
    /// The frame.
    pub shell: WorkShell,
    /// Heading.
    pub heading: String,
    /// The boxes: 待办, 已办, 办结 …
    pub boxes: Tabs,
    /// Where the filter is sent (`get`).
    pub action: String,
    /// The filter.
    pub filter: Vec<FieldView>,
    /// Counts of the lights, as links.
    pub counters: Vec<Counter>,
    /// Where a change of it is told; none for a list nobody waits at.
    pub waits: Option<Waits>,
    /// The matters.
    pub table: Table,
    /// The pages.
    pub pager: Pager,
    /// The list as a file, in the same order of columns.
    pub export_href: Option<String>,
}

/// Where an open worklist hears that its counters changed; without JavaScript it hears nothing and loses nothing.
#[derive(Debug, Clone)]
pub struct Waits {
    /// The address that tells of changes as they come.
    pub changes: &'static str,
    /// The address that is asked now and then where the first cannot be listened to.
    pub now: &'static str,
    /// The counters the page shows, as both addresses name them.
    pub knows: String,
}

/// One procedure that can be filed at a window.
#[derive(Debug, Clone)]
pub struct Filable {
    /// Its name.
    pub name: String,
    /// Who decides and how long it takes.
    pub about: String,
    /// Value sent as `procedure`.
    pub value: String,
    /// Chosen.
    pub chosen: bool,
}

/// File for someone at any window of the city (全城通办).
#[derive(Debug, Clone, Template)]
#[template(path = "work/window.html")]
pub struct FileAtWindow {
    /// The frame.
    pub shell: WorkShell,
    /// Where it is sent.
    pub action: String,
    /// Hidden fields.
    pub keys: FormKeys,
    /// The procedures.
    pub procedures: Vec<Filable>,
    /// The channel and who is here.
    pub fields: Vec<FieldView>,
    /// What is wrong.
    pub errors: ErrorSummary,
    /// Drafts begun at this window.
    pub drafts: Table,
}

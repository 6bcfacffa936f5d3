//! From the text of the law to checked definitions, or every diagnostic at once.
//!
//! A law file is Markdown that a jurist reads: a heading for each article, prose, `kdl` blocks that make it
//! executable, tables of worked cases. [`read`] turns all files into a [`Book`] of kernel types; [`check`] proves of
//! it what can be proved before anything is served; [`render`] draws a problem as text.
//!
//! It opens no files and no database and knows nothing of HTTP: text and paths are handed in.
//!
//! INVARIANT: reading and checking never fail; every problem is a [`Diagnostic`] with its bytes, and all of them are
//! reported in one go.

mod amend;
mod book;
mod bpmn;
mod check;
mod condition;
mod corpus;
mod decode;
mod diagnostic;
mod draw;
mod grammar;
mod handbook;
mod index;
mod markdown;
mod mutation;
mod nearest;
mod numeral;
mod read;
mod reader;
mod reference;
mod sheet;
mod source;
mod spelled;
mod starter;
mod syntax;
mod table;
mod term;
mod words;

pub use amend::{Change, ChangeKind, Chapter, changes, changes_told};
pub use book::{Book, Question, StatuteDecl, WalkStep, WorkedCase};
pub use bpmn::bpmn;
pub use check::{Summary, check};
pub use corpus::{Article, Corpus, NoCorpus, StatuteText, Texts, read_statute_text};
pub use diagnostic::{Code, Diagnostic, Origin, Severity};
pub use draw::{line_column, render, render_with};
pub use grammar::{GrammarNode, GrammarValue, grammar};
pub use handbook::service_guide;
pub use mutation::{Survivor, Tally, mutate};
pub use read::read;
pub use reference::reference;
pub use source::Source;
pub use starter::Starter;
pub use table::{tables, with_tables};
pub use term::{Asked, BadLength, Course, End, Length, TermError, Written};
pub use words::{Local, function};

//! What the service guide says beyond the rules, the short check before applying, open points, prose.

use super::{Citation, Field};
use crate::guard::Expr;
use crate::names::Name;
use serde::{Deserialize, Serialize};

/// What the service guide says beyond the rules.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Guide {
    /// 服务对象.
    pub who: Vec<(String, Option<Citation>)>,
    /// 收费.
    pub fee: Option<(String, Option<Citation>)>,
    /// One sentence that says what it is for.
    pub summary: String,
    /// 咨询电话, where it is the same everywhere.
    pub phone: String,
}

/// The short check before applying.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Screening {
    /// Questions, asked in order.
    pub questions: Vec<Field>,
    /// Rows, first match answers.
    pub rows: Vec<ScreeningRow>,
}

/// One row of the decision table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScreeningRow {
    /// 新业态劳动者索要报酬.
    pub title: String,
    /// When it fires.
    pub when: Expr,
    /// What is answered.
    pub outcome: ScreeningOutcome,
    /// What to tell.
    pub text: String,
    /// Its basis.
    pub cite: Option<Citation>,
}

/// What a screening row answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ScreeningOutcome {
    /// Aid is likely.
    Likely,
    /// It depends; ask.
    Ask,
    /// Unlikely; says where else to go.
    Unlikely,
}

/// A reading of the law that is not certain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenPoint {
    /// Its name.
    pub name: Name,
    /// The question.
    pub question: String,
    /// Working assumption.
    pub assumption: String,
    /// Sources.
    pub sources: String,
    /// Who clears it up.
    pub owner: String,
}

/// The prose of one heading.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Section {
    /// Heading.
    pub title: String,
    /// Articles named in the heading.
    pub cites: Vec<Citation>,
    /// Paragraphs in our own words.
    pub prose: Vec<String>,
    /// Stages, acts and limits declared under it.
    pub declares: Vec<Name>,
}

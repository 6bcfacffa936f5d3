//! Papers, their numbers, and what the case file must hold.

use crate::guard::Expr;
use crate::names::Name;
use serde::{Deserialize, Serialize};

/// A paper.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaperDef {
    /// `grant-decision`.
    pub name: Name,
    /// 给予法律援助决定书.
    pub title: String,
    /// Template below `law/papers`.
    pub template: String,
    /// Number series; none for forms that carry the number of the matter.
    pub number: Option<NumberSeries>,
    /// In whose name it is issued, where that is not the office in charge: the office of this seat.
    pub in_name_of: Option<Name>,
    /// To whom it is addressed.
    pub to: Option<Name>,
    /// Seats and parties that may open it.
    pub readers: Vec<Name>,
    /// It carries the office's seal.
    pub sealed: bool,
    /// Its text for templates that have none of their own, one paragraph each, with `{field}` places.
    pub paras: Vec<String>,
}

/// A gapless series per office and year.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NumberSeries {
    /// `legal-aid.grant`.
    pub series: String,
    /// `〔{year}〕援决字第{seq}号`.
    pub pattern: String,
}

/// A place in the catalogue of the case file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DossierItem {
    /// The part of the case file it stands in (正卷、副卷); empty when there is one part.
    pub part: String,
    /// What it is called in the catalogue.
    pub title: String,
    /// Where it comes from.
    pub source: DossierSource,
    /// 必须, or only if there is one (按需).
    pub must: Option<Expr>,
    /// Always 必须.
    pub always: bool,
}

/// Where an item of the case file comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum DossierSource {
    /// A paper issued.
    Paper(Name),
    /// Files handed in under a field.
    Field(Name),
    /// Acts of record, printed as one sheet by this paper.
    Records {
        /// The acts.
        acts: Vec<Name>,
        /// The paper that prints them.
        paper: Name,
    },
}

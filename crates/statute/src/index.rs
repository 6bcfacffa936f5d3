//! Where everything stands: declarations, references and citations of one file, each with its bytes.
//!
//! The decode layer fills it while it reads; the checks resolve it. Kernel types carry no places, so this is what lets
//! a check point at the letter.
//!
//! INVARIANT: a name that is read as a reference is in `refs`; there is no reference that no check sees.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use kernel::guard::Expr;
use kernel::names::Name;
use kernel::procedure::Citation;

use crate::markdown::Table;

/// What a name names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Matter,
    Seat,
    Stage,
    Act,
    Field,
    Question,
    List,
    Limit,
    Mark,
    Paper,
    OpenPoint,
    Slot,
    Office,
    OfficeType,
    Rate,
    RateValue,
    Region,
    Place,
    Statute,
    Seal,
}

impl Kind {
    /// What a jurist calls it.
    pub(crate) const fn zh(self) -> &'static str {
        match self {
            Self::Matter => "事项",
            Self::Seat => "席位",
            Self::Stage => "环节",
            Self::Act => "行为",
            Self::Field => "字段",
            Self::Question => "问题",
            Self::List => "选项表",
            Self::Limit => "期限",
            Self::Mark => "待办",
            Self::Paper => "文书",
            Self::OpenPoint => "待核事项",
            Self::Slot => "位置",
            Self::Office => "机构",
            Self::OfficeType => "机构种类",
            Self::Rate => "标准",
            Self::RateValue => "标准的数",
            Self::Region => "区划",
            Self::Place => "地方",
            Self::Statute => "法律",
            Self::Seal => "封存",
        }
    }
}

/// A name declared.
#[derive(Debug, Clone)]
pub(crate) struct Decl {
    pub kind: Kind,
    pub name: Name,
    /// The act, list or section that holds it, where names are unique only inside.
    pub owner: Option<Name>,
    pub span: Range<usize>,
    /// Values of its properties.
    pub props: BTreeMap<String, Range<usize>>,
    pub heading: Option<String>,
}

/// A name used.
#[derive(Debug, Clone)]
pub(crate) struct Ref {
    pub kind: Kind,
    pub name: Name,
    pub span: Range<usize>,
    pub heading: Option<String>,
}

/// An article cited.
#[derive(Debug, Clone)]
pub(crate) struct Cited {
    pub citation: Citation,
    /// Where the name of the statute stands.
    pub statute: Range<usize>,
    /// Where the article stands.
    pub span: Range<usize>,
    pub heading: Option<String>,
}

/// For what a condition is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Role {
    /// It guards an act.
    Guard,
    /// It decides whether a field is asked.
    FieldWhen(Name),
    /// It is asked when the act is performed.
    Inside,
    /// It is asked in the screening, where every question has been answered.
    Screening,
    /// It is asked of the whole matter.
    Matter,
}

/// A condition in its place.
#[derive(Debug, Clone)]
pub(crate) struct Condition {
    pub owner: Option<Name>,
    pub role: Role,
    pub expr: Expr,
    /// The fields it reads.
    pub reads: Vec<(Name, Range<usize>)>,
    pub span: Range<usize>,
    pub heading: Option<String>,
}

/// A message text with `{…}` places.
#[derive(Debug, Clone)]
pub(crate) struct Message {
    /// A paragraph of a paper, which may name fields; otherwise a short message, which may not.
    pub para: bool,
    pub text: String,
    pub span: Range<usize>,
    pub heading: Option<String>,
}

/// Everything of one file.
#[derive(Debug, Clone, Default)]
pub(crate) struct FileIndex {
    pub path: String,
    pub decls: Vec<Decl>,
    pub refs: Vec<Ref>,
    pub cites: Vec<Cited>,
    pub conditions: Vec<Condition>,
    pub messages: Vec<Message>,
    /// Tables whose columns are those of the table of a procedure.
    pub tables: Vec<Table>,
    /// Names whose node could not be parsed: they count as declared.
    pub ghosts: BTreeSet<Name>,
    /// Something could not be parsed; conclusions from what is missing would mislead.
    pub broken: bool,
}

impl FileIndex {
    /// The declaration of a name.
    pub(crate) fn decl(&self, kind: Kind, name: &Name) -> Option<&Decl> {
        self.decls.iter().find(|decl| decl.kind == kind && &decl.name == name)
    }

    /// The names declared of a kind.
    pub(crate) fn names(&self, kind: Kind) -> impl Iterator<Item = &str> + Clone {
        self.decls.iter().filter(move |decl| decl.kind == kind).map(|decl| decl.name.as_str())
    }

    /// Where a property of a declaration stands, or the declaration itself.
    pub(crate) fn prop(&self, kind: Kind, name: &Name, prop: &str) -> Range<usize> {
        self.decl(kind, name).map_or(0..0, |decl| decl.props.get(prop).unwrap_or(&decl.span).clone())
    }

    /// The heading a declaration stands under.
    pub(crate) fn heading(&self, kind: Kind, name: &Name) -> Option<&str> {
        self.decl(kind, name).and_then(|decl| decl.heading.as_deref())
    }
}

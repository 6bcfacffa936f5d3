//! A procedure in the words a person reads: titles for names, articles in full, limits with their unit and start.
//!
//! Only words that several pages share stand here. It decides nothing and reads no text of the law.
//!
//! INVARIANT: a name that is declared is never shown as a name.

use jiff::civil::Date;
use kernel::clock::Term;
use kernel::names::Name;
use kernel::procedure::{
    Amount, Anchor, Binds, Citation, FieldKind, Function, Limit, LimitKind, Procedure, Seal, SeatPlace,
};
use kernel::world::Place;

/// The place and the day that rates are read for.
pub type Local<'a> = Option<(&'a Place, Date)>;

/// Words of one procedure.
#[derive(Clone, Copy)]
pub(crate) struct Words<'p>(pub &'p Procedure);

impl Words<'_> {
    pub(crate) fn seat(self, name: &Name) -> String {
        self.0.seat(name).map_or_else(|| name.to_string(), |it| it.title.clone())
    }

    pub(crate) fn stage(self, name: &Name) -> String {
        self.0.stage(name).map_or_else(|| name.to_string(), |it| it.title.clone())
    }

    pub(crate) fn act(self, name: &Name) -> String {
        self.0.act(name).map_or_else(|| name.to_string(), |it| it.title.clone())
    }

    pub(crate) fn limit(self, name: &Name) -> String {
        self.0.limit(name).map_or_else(|| name.to_string(), |it| it.title.clone())
    }

    pub(crate) fn paper(self, name: &Name) -> String {
        self.0.paper(name).map_or_else(|| name.to_string(), |it| it.title.clone())
    }

    pub(crate) fn mark(self, name: &Name) -> String {
        self.0.mark(name).map_or_else(|| name.to_string(), |it| it.title.clone())
    }

    pub(crate) fn field(self, name: &Name) -> String {
        self.0.field(name).map_or_else(|| name.to_string(), |it| it.title.clone())
    }

    /// When a file is sealed.
    pub(crate) fn seal(self, seal: &Seal) -> String {
        let list = self.0.field(&seal.field).and_then(|field| match &field.kind {
            FieldKind::Choice { list } => self.0.choice_list(list),
            _ => None,
        });
        let value = list.and_then(|list| list.title_of(&seal.value)).unwrap_or(&seal.value);
        format!("“{}”是{value}的，档案依法封存（{}）", self.field(&seal.field), seal.cite)
    }

    pub(crate) fn seats(self, names: &[Name]) -> String {
        listed(names, |name| self.seat(name))
    }

    pub(crate) fn stages(self, names: &[Name]) -> String {
        listed(names, |name| self.stage(name))
    }

    pub(crate) fn acts(self, names: &[Name]) -> String {
        listed(names, |name| self.act(name))
    }

    pub(crate) fn papers(self, names: &[Name]) -> String {
        listed(names, |name| self.paper(name))
    }

    pub(crate) fn marks(self, names: &[Name]) -> String {
        listed(names, |name| self.mark(name))
    }

    /// What a limit is counted from.
    pub(crate) fn start(self, limit: &Limit) -> String {
        match (&limit.binds, &limit.from) {
            (Binds::Before { field }, _) => format!("在“{}”之前", self.field(field)),
            (_, Anchor::Field(field)) => format!("自“{}”起", self.field(field)),
            (_, Anchor::Acts(acts)) => format!("自{}起", self.acts(acts)),
        }
    }

    /// Where a limit runs and what ends it.
    pub(crate) fn course(self, limit: &Limit) -> String {
        let mut parts = Vec::new();
        if !limit.spans.is_empty() {
            parts.push(self.stages(&limit.spans));
        }
        if let Some(mark) = &limit.while_raised {
            parts.push(format!("“{}”悬着的时候", self.mark(mark)));
        }
        if !limit.met_by.is_empty() {
            parts.push(format!("到{}为止", self.acts(&limit.met_by)));
        }
        if limit.is_measured() {
            parts.push("填报时核对".to_owned());
        }
        parts.join("；")
    }
}

fn listed(names: &[Name], word: impl Fn(&Name) -> String) -> String {
    let mut words: Vec<String> = Vec::new();
    for name in names {
        let word = word(name);
        if !words.contains(&word) {
            words.push(word);
        }
    }
    words.join("、")
}

/// Articles, one after the other: 法律援助法第四十三条、行政复议法第二十条.
pub(crate) fn cited<'c>(cites: impl IntoIterator<Item = &'c Citation>) -> String {
    let mut words: Vec<String> = Vec::new();
    for cite in cites {
        let word = cite.to_string();
        if !words.contains(&word) {
            words.push(word);
        }
    }
    words.join("、")
}

/// How many units, where that is known: written in the law, or set by the place on the day.
pub(crate) fn units(limit: &Limit, local: Local<'_>) -> Option<u32> {
    match (&limit.amount, local) {
        (Amount::Fixed(amount), _) => Some(*amount),
        (Amount::Rate(rate), Some((place, on))) => u32::try_from(place.rate(rate, None, on).ok()?.value).ok(),
        (Amount::Rate(_), None) | (Amount::Field(_), _) => None,
    }
}

/// `7日`, `不少于30日`, `由当地规定`.
pub(crate) fn length(limit: &Limit, local: Local<'_>) -> String {
    let Some(amount) = units(limit, local) else {
        return match (&limit.amount, local) {
            (Amount::Rate(_), Some(_)) => "本地还没有公布".to_owned(),
            (Amount::Field(_), _) => "由决定写明".to_owned(),
            _ => "由当地规定".to_owned(),
        };
    };
    let term = Term { amount, unit: limit.unit }.zh();
    if matches!(limit.binds, Binds::AtLeast { .. }) { format!("不少于{term}") } else { term }
}

/// 法定、承诺、内部.
pub(crate) const fn kind(kind: LimitKind) -> &'static str {
    match kind {
        LimitKind::Statutory => "法定",
        LimitKind::Promised => "承诺",
        LimitKind::Internal => "内部",
    }
}

/// 行政执法, and the word used in the law files and folders.
#[must_use]
pub const fn function(function: Function) -> (&'static str, &'static str) {
    match function {
        Function::Coordination => ("全面依法治市", "coordination"),
        Function::Legislation => ("行政立法", "legislation"),
        Function::Enforcement => ("行政执法", "enforcement"),
        Function::Corrections => ("刑事执行", "corrections"),
        Function::Services => ("公共法律服务", "services"),
    }
}

/// Where whoever holds a seat is found.
pub(crate) fn place(place: &SeatPlace) -> String {
    match place {
        SeatPlace::Owner => "承办机构".to_owned(),
        SeatPlace::AboveOwner => "承办机构的上级".to_owned(),
        SeatPlace::OfficeOf { kind, level, by_field } => {
            let level = level.map(|level| format!("，{}", self::level(level))).unwrap_or_default();
            let which = by_field.as_ref().map_or("管这个地方的".to_owned(), |field| format!("“{field}”写明的"));
            format!("{which}{kind}{level}")
        }
        SeatPlace::Anywhere => "任何一个机构".to_owned(),
        SeatPlace::Slot(slot) => format!("指派到“{slot}”的人"),
        SeatPlace::Party => "当事人".to_owned(),
        SeatPlace::Opener => "开件的机关".to_owned(),
        SeatPlace::System => "系统".to_owned(),
    }
}

/// 省、市、县、乡.
pub(crate) const fn level(level: kernel::procedure::Level) -> &'static str {
    use kernel::procedure::Level;
    match level {
        Level::Province => "省级",
        Level::City => "市级",
        Level::County => "县级",
        Level::Town => "乡级",
    }
}

/// A cell of a Markdown table: no bar and no line break may end it early.
pub(crate) fn cell(text: &str) -> String {
    text.replace('|', "／").replace('\n', " ")
}

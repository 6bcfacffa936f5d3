//! How long a closed case file is kept (保管期限), and whether it may be destroyed.
//!
//! The term is an entry of a list in the law file, chosen when the file is archived; nothing is assumed where the law
//! file says none. Destroying takes two persons: one proposes, another approves. A hold (暂缓销毁) bars it whatever the term
//! says. Acts of this kind are in no law file ([`crate::system`]); they move a matter to no other stage.
//!
//! INVARIANT: nothing is disposed of that is open, without a term, permanent, before its day, or on hold.

use crate::matter::{Done, Matter};
use crate::names::{Name, PersonId, reserved};
use crate::procedure::{Citation, FieldKind, Keep, Procedure};
use crate::system;
use crate::value::Value;
use jiff::Span;
use jiff::civil::{Date, date};

/// The term under which a closed matter is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    /// 长期.
    pub title: String,
    /// How long.
    pub keep: Keep,
    /// Where the law says so.
    pub cite: Option<Citation>,
    /// The day it began: the day the matter was closed.
    pub closed_on: Date,
}

/// Until when a matter is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeepUntil {
    /// The first day on which it may be destroyed.
    Day(Date),
    /// It never may.
    Never,
}

/// Why a matter is not disposed of.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Kept {
    /// It is not closed.
    #[error("the matter is open")]
    Open,
    /// Nothing was chosen when it was archived, or its edition states no term for it.
    #[error("the law file states no term of keeping")]
    NoTerm,
    /// It is kept for ever.
    #[error("the matter is kept for ever")]
    Permanent,
    /// Its day has not come.
    #[error("the matter is kept until {0}")]
    Until(Date),
    /// Somebody needs it.
    #[error("the matter is on hold since act {0}")]
    OnHold(u32),
    /// There is a proposal already.
    #[error("act {0} has proposed it")]
    Proposed(u32),
    /// Nobody has proposed it, or not since the last hold.
    #[error("nobody has proposed it")]
    NotProposed,
    /// Whoever proposed it cannot approve it.
    #[error("whoever proposed it cannot approve it")]
    SamePerson,
}

impl Term {
    /// Until when. From 29 February it runs to the first of March, never a day short.
    #[must_use]
    pub fn until(&self) -> KeepUntil {
        let Keep::Years(years) = self.keep else { return KeepUntil::Never };
        let Ok(day) = self.closed_on.checked_add(Span::new().years(years)) else { return KeepUntil::Never };
        if day.day() == self.closed_on.day() { KeepUntil::Day(day) } else { KeepUntil::Day(date(day.year(), 3, 1)) }
    }

    /// What a person reads: 长期（30年）; a title that says it already says it once.
    #[must_use]
    pub fn zh(&self) -> String {
        let keep = self.keep.zh();
        if self.title.contains(&keep) { self.title.clone() } else { format!("{}（{keep}）", self.title) }
    }
}

/// The term of a closed matter; none while it is open, or where nothing states one.
#[must_use]
pub fn term(matter: &Matter, procedure: &Procedure) -> Option<Term> {
    if !matter.is_closed(procedure) {
        return None;
    }
    let field = Name::from(reserved::RETENTION);
    let FieldKind::Choice { list } = &procedure.field(&field)?.kind else { return None };
    let entry = procedure.choice_list(list)?.entry(matter.facts.get(&field)?.as_text()?)?;
    let (title, cite) = (entry.title.clone(), entry.cite.clone());
    Some(Term { title, keep: entry.keep?, cite, closed_on: matter.entered_on()? })
}

/// Until when a matter is kept; none while it is open, or where nothing states a term.
#[must_use]
pub fn keep_until(matter: &Matter, procedure: &Procedure) -> Option<KeepUntil> {
    term(matter, procedure).map(|term| term.until())
}

/// The holds that stand, oldest first.
#[must_use]
pub fn holds(matter: &Matter) -> Vec<&Done> {
    let released: Vec<i64> = of(matter, system::HOLD_RELEASED)
        .filter_map(|done| match done.facts.get(&Name::from(system::HOLD))? {
            Value::Int(version) => Some(*version),
            _ => None,
        })
        .collect();
    of(matter, system::HELD).filter(|done| !released.contains(&i64::from(done.version))).collect()
}

/// The proposal that stands: the last one, unless the matter was put on hold after it.
#[must_use]
pub fn proposal(matter: &Matter) -> Option<&Done> {
    let held = of(matter, system::HELD).map(|done| done.version).max().unwrap_or(0);
    of(matter, system::DISPOSAL_PROPOSED).filter(|done| done.version > held).last()
}

/// Whether somebody may propose to destroy it on a day.
///
/// # Errors
/// [`Kept`] says why not.
pub fn may_propose(matter: &Matter, procedure: &Procedure, on: Date) -> Result<Term, Kept> {
    let term = over(matter, procedure, on)?;
    proposal(matter).map_or(Ok(term), |done| Err(Kept::Proposed(done.version)))
}

/// Whether a person may approve that it is destroyed on a day; answers the term and the proposal.
///
/// # Errors
/// [`Kept`] says why not.
pub fn may_dispose<'m>(
    matter: &'m Matter,
    procedure: &Procedure,
    by: &PersonId,
    on: Date,
) -> Result<(Term, &'m Done), Kept> {
    let term = over(matter, procedure, on)?;
    let proposed = proposal(matter).ok_or(Kept::NotProposed)?;
    if &proposed.act.actor.person == by { Err(Kept::SamePerson) } else { Ok((term, proposed)) }
}

/// Whether what a matter says of a person may be erased on a day: it is closed, nobody holds it, and no term that is stated
/// for it still runs (个人信息保护法第四十七条第二款).
///
/// # Errors
/// [`Kept`] says why not.
pub fn may_erase(matter: &Matter, procedure: &Procedure, on: Date) -> Result<(), Kept> {
    match over(matter, procedure, on) {
        Ok(_) => Ok(()),
        Err(Kept::NoTerm) => holds(matter).first().map_or(Ok(()), |done| Err(Kept::OnHold(done.version))),
        Err(kept) => Err(kept),
    }
}

/// The proposal to erase a party that stands: the last one, unless the matter was put on hold after it or it was done.
#[must_use]
pub fn erasure_proposal<'m>(matter: &'m Matter, party: &Name) -> Option<&'m Done> {
    let names =
        |done: &&Done| done.facts.get(&Name::from(system::PARTY)).and_then(Value::as_text) == Some(party.as_str());
    let last = |act| of(matter, act).map(|done| done.version).max().unwrap_or(0);
    let after =
        last(system::HELD).max(of(matter, system::ERASED).filter(names).map(|done| done.version).max().unwrap_or(0));
    of(matter, system::ERASURE_PROPOSED).filter(names).filter(|done| done.version > after).last()
}

/// The term, when it is over and nobody holds the matter.
fn over(matter: &Matter, procedure: &Procedure, on: Date) -> Result<Term, Kept> {
    if !matter.is_closed(procedure) {
        return Err(Kept::Open);
    }
    let term = term(matter, procedure).ok_or(Kept::NoTerm)?;
    match term.until() {
        KeepUntil::Never => return Err(Kept::Permanent),
        KeepUntil::Day(day) if on < day => return Err(Kept::Until(day)),
        KeepUntil::Day(_) => {}
    }
    holds(matter).first().map_or(Ok(term), |done| Err(Kept::OnHold(done.version)))
}

fn of<'m>(matter: &'m Matter, act: &'static str) -> impl Iterator<Item = &'m Done> {
    matter.history.iter().filter(move |done| done.act.name.as_str() == act)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matter::Act;
    use crate::procedure::Choice;
    use crate::sample::{Bench, actor, field, moment, procedure};
    use crate::value::Facts;

    /// The small procedure, whose head says with the decision how long the file is kept.
    fn kept() -> Procedure {
        let mut procedure = procedure();
        let entry = |name: &str, keep| Choice { name: name.into(), title: name.into(), cite: None, keep };
        procedure.choices.push(crate::procedure::ChoiceList {
            name: "retentions".into(),
            entries: vec![
                entry("short", Some(Keep::Years(10))),
                entry("permanent", Some(Keep::Permanent)),
                entry("unsaid", None),
            ],
        });
        let decide = procedure.acts.iter_mut().find(|act| act.name.as_str() == "decide").unwrap();
        decide.form.push(crate::procedure::FormSection {
            title: String::new(),
            hint: String::new(),
            fields: vec![field(reserved::RETENTION, FieldKind::Choice { list: "retentions".into() })],
        });
        procedure
    }

    fn closed(retention: &str, on: &str) -> Bench {
        let mut bench = Bench::opened(kept());
        bench.does("propose-yes", "c1/clerk/east", "2026-03-06", &[]).unwrap();
        assert_eq!(keep_until(bench.matter(), &bench.procedure), None, "nothing while it is open");
        let retention = Value::Text(retention.into());
        bench.does("decide", "h1/head/east", on, &[(reserved::RETENTION, retention)]).unwrap();
        bench
    }

    fn acts(bench: &mut Bench, name: &'static str, person: &str, facts: &[(&str, Value)]) {
        let procedure = bench.procedure.clone();
        let matter = bench.matter.as_mut().unwrap();
        let (to, owner) = (matter.stage.clone(), matter.owner.clone());
        let bare = Act::bare(&procedure, name.into(), moment("2037-01-04"), actor(person, "archivist", "east"));
        let facts: Facts = facts.iter().map(|(name, value)| (Name::from(*name), value.clone())).collect();
        matter.apply(Act { to, owner, ..bare }, facts);
    }

    #[test]
    fn a_term_runs_from_the_day_of_closing_and_is_half_open() {
        let check = |years: u16, closed: Date, expected: KeepUntil| {
            let term = Term { title: "短期".into(), keep: Keep::Years(years), cite: None, closed_on: closed };
            assert_eq!(term.until(), expected, "{closed} + {years}");
        };
        check(10, date(2026, 3, 9), KeepUntil::Day(date(2036, 3, 9)));
        check(10, date(2026, 12, 31), KeepUntil::Day(date(2036, 12, 31)));
        check(10, date(2028, 2, 29), KeepUntil::Day(date(2038, 3, 1)));
        check(20, date(2028, 2, 29), KeepUntil::Day(date(2048, 2, 29)));
        check(200, date(9900, 1, 1), KeepUntil::Never);
        let permanent = Term { title: "永久".into(), keep: Keep::Permanent, cite: None, closed_on: date(2026, 3, 9) };
        assert_eq!((permanent.until(), permanent.zh()), (KeepUntil::Never, "永久".to_owned()));
    }

    #[test]
    fn the_law_file_says_how_long_and_nothing_is_assumed() {
        let bench = closed("short", "2026-03-09");
        assert_eq!(keep_until(bench.matter(), &bench.procedure), Some(KeepUntil::Day(date(2036, 3, 9))));
        assert_eq!(term(bench.matter(), &bench.procedure).unwrap().zh(), "short（10年）");
        let bench = closed("permanent", "2026-03-09");
        assert_eq!(keep_until(bench.matter(), &bench.procedure), Some(KeepUntil::Never));
        let bench = closed("unsaid", "2026-03-09");
        assert_eq!(keep_until(bench.matter(), &bench.procedure), None);
        assert_eq!(keep_until(bench.matter(), &procedure()), None, "a procedure that asks for no term");
    }

    #[test]
    fn two_persons_destroy_what_is_over_and_not_held() {
        let mut bench = closed("short", "2026-03-09");
        let day = date(2036, 3, 9);
        let may = |bench: &Bench, by: &str| {
            may_dispose(bench.matter(), &bench.procedure, &by.into(), day).map(|(_, done)| done.version)
        };
        let propose = |bench: &Bench, on| may_propose(bench.matter(), &bench.procedure, on).map(|term| term.keep);
        assert_eq!(propose(&bench, date(2036, 3, 8)), Err(Kept::Until(day)));
        assert_eq!(propose(&bench, day), Ok(Keep::Years(10)));
        assert_eq!(may(&bench, "a2"), Err(Kept::NotProposed));
        acts(&mut bench, system::DISPOSAL_PROPOSED, "a1", &[]);
        assert_eq!(propose(&bench, day), Err(Kept::Proposed(4)));
        assert_eq!((may(&bench, "a1"), may(&bench, "a2")), (Err(Kept::SamePerson), Ok(4)));
        acts(&mut bench, system::HELD, "a1", &[]);
        acts(&mut bench, system::HELD, "a2", &[]);
        acts(&mut bench, system::HOLD_RELEASED, "a1", &[(system::HOLD, Value::Int(5))]);
        assert_eq!((may(&bench, "a2"), propose(&bench, day)), (Err(Kept::OnHold(6)), Err(Kept::OnHold(6))));
        acts(&mut bench, system::HOLD_RELEASED, "a1", &[(system::HOLD, Value::Int(6))]);
        assert_eq!(may(&bench, "a2"), Err(Kept::NotProposed), "a hold ends the proposal before it");
    }

    #[test]
    fn what_is_open_permanent_or_without_a_term_stays() {
        let check = |bench: &Bench, expected: Kept| {
            let day = date(2300, 1, 1);
            assert_eq!(may_propose(bench.matter(), &bench.procedure, day), Err(expected.clone()));
            assert_eq!(may_dispose(bench.matter(), &bench.procedure, &"a1".into(), day).unwrap_err(), expected);
        };
        check(&Bench::opened(kept()), Kept::Open);
        check(&closed("permanent", "2026-03-09"), Kept::Permanent);
        check(&closed("unsaid", "2026-03-09"), Kept::NoTerm);
    }
}

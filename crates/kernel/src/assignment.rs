//! Who takes the matter: choice, conflict of interest, cap, leave, then rota – with a reason for everyone passed over.
//!
//! The people, their loads and their past turns are handed in as they stand in the register; this module keeps no
//! count of its own, so a change of the pool today never alters a turn of the past. Someone who joins the pool
//! with no turns comes first until the others are level: that is what "nobody twice before all once" means.
//!
//! INVARIANT: whoever is chosen passes every condition of the rule; on the rota nobody able to act is passed over.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use thiserror::Error;

/// Someone who may be assigned, as the register has them today.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Identity in the register.
    pub id: String,
    /// Name.
    pub name: String,
    /// The firm or office.
    pub firm: String,
    /// Open matters.
    pub load: u32,
    /// Turns taken on the rota so far.
    pub turns: u32,
    /// Sequence number of the last turn; `None` before the first.
    pub last_turn: Option<u64>,
    /// Whether on leave today.
    pub on_leave: bool,
    /// First day of practice, where the register knows it.
    pub practising_since: Option<Date>,
    /// Identities of people acted for: ID number, credit code or normalised name.
    pub acted_for: BTreeSet<String>,
    /// Fields of work, for the public list; they bar nobody.
    pub fields: BTreeSet<String>,
}

/// The conditions of one assignment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssignmentRule {
    /// Most open matters a person may have, the new one included.
    pub cap: Option<u32>,
    /// Full years of practice that the law asks (法律援助法第二十六条: three in the gravest criminal cases).
    pub min_years: Option<u32>,
    /// Identities of the other side.
    pub opponents: BTreeSet<String>,
    /// Ids of people, or names of firms, that may not take this matter.
    pub excluded: BTreeSet<String>,
    /// The day of the assignment.
    pub today: Date,
    /// Whether the rota may be used when none of the wishes can be met: the applicant's consent.
    pub rota_allowed: bool,
}

/// How somebody came to be chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AssignedBy {
    /// By the wish with this rank, counted from 1.
    Choice {
        /// Rank of the wish.
        rank: u32,
    },
    /// By the rota; the turn is the number this assignment is for the person.
    Rota {
        /// The person's turns, this one included.
        turn: u32,
    },
}

/// Why somebody was passed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SkipReason {
    /// Wished for, but not in the register.
    NotInRegister,
    /// Barred by name or by firm.
    Excluded,
    /// Acted for the other side.
    ActedForOtherSide,
    /// Practised for too short a time.
    TooFewYears {
        /// Full years; `None` when the register does not say.
        years: Option<u32>,
        /// Years the rule asks.
        needed: u32,
    },
    /// Has as many open matters as the cap allows.
    AtCap {
        /// Open matters.
        load: u32,
        /// The cap.
        cap: u32,
    },
    /// On leave.
    OnLeave,
    /// Next on the rota, but the applicant's wishes are exhausted and the rota was not agreed to.
    WishesExhaustedWithoutConsent,
}

impl SkipReason {
    /// The name used in data.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::NotInRegister => "not-in-register",
            Self::Excluded => "excluded",
            Self::ActedForOtherSide => "acted-for-other-side",
            Self::TooFewYears { .. } => "too-few-years",
            Self::AtCap { .. } => "at-cap",
            Self::OnLeave => "on-leave",
            Self::WishesExhaustedWithoutConsent => "wishes-exhausted-without-consent",
        }
    }

    /// The reason in Chinese.
    #[must_use]
    pub fn zh(self) -> String {
        match self {
            Self::NotInRegister => "不在名册中".to_owned(),
            Self::Excluded => "本案不得由其办理（已办理过或须回避）".to_owned(),
            Self::ActedForOtherSide => "曾代理对方当事人，有利益冲突".to_owned(),
            Self::TooFewYears { years: Some(years), needed } => format!("执业满{years}年，不足{needed}年"),
            Self::TooFewYears { years: None, needed } => format!("名册未记载执业起始日，无法确认满{needed}年"),
            Self::AtCap { load, cap } => format!("在办{load}件，已达上限{cap}件"),
            Self::OnLeave => "休假中".to_owned(),
            Self::WishesExhaustedWithoutConsent => "所选人员均不能承办，申请人未同意轮派".to_owned(),
        }
    }
}

/// Somebody passed over, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// Identity, as wished or as in the register.
    pub id: String,
    /// Why.
    pub why: SkipReason,
}

/// The outcome.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    /// Identity of the one chosen.
    pub chosen: String,
    /// How.
    pub by: AssignedBy,
    /// Everyone passed over on the way, in order.
    pub skipped: Vec<Skipped>,
}

/// Nobody can be assigned.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("nobody in the register can take this matter; {} were passed over", skipped.len())]
pub struct NoOneLeft {
    /// Everyone passed over, in order.
    pub skipped: Vec<Skipped>,
}

/// Chooses who takes the matter: the first wish that can be met, otherwise the first able person on the rota.
///
/// The rota's order is fewest turns, then longest since the last, then id. Whoever failed as a wish is not listed again.
///
/// # Errors
/// [`NoOneLeft`], with the reason for each person, when no one can be assigned.
pub fn assign(wishes: &[String], candidates: &[Candidate], rule: &AssignmentRule) -> Result<Assignment, NoOneLeft> {
    let register: BTreeMap<&str, &Candidate> = candidates.iter().map(|one| (one.id.as_str(), one)).collect();
    let mut skipped = Vec::new();
    let mut seen = BTreeSet::new();
    for (wish, rank) in wishes.iter().zip(1..) {
        if !seen.insert(wish.as_str()) {
            continue;
        }
        let why = register.get(wish.as_str()).map_or(Some(SkipReason::NotInRegister), |one| barred(one, rule));
        match why {
            None => return Ok(Assignment { chosen: wish.clone(), by: AssignedBy::Choice { rank }, skipped }),
            Some(why) => skipped.push(Skipped { id: wish.clone(), why }),
        }
    }
    let consented = wishes.is_empty() || rule.rota_allowed;
    let mut rota: Vec<_> = register.values().filter(|one| !seen.contains(one.id.as_str())).collect();
    rota.sort_by_key(|one| (one.turns, one.last_turn, one.id.as_str()));
    for one in rota {
        let id = one.id.clone();
        match barred(one, rule) {
            Some(why) => skipped.push(Skipped { id, why }),
            None if consented => {
                let turn = one.turns.saturating_add(1);
                return Ok(Assignment { chosen: id, by: AssignedBy::Rota { turn }, skipped });
            }
            None => {
                skipped.push(Skipped { id, why: SkipReason::WishesExhaustedWithoutConsent });
                break;
            }
        }
    }
    Err(NoOneLeft { skipped })
}

/// The first condition that bars this person, if any.
fn barred(one: &Candidate, rule: &AssignmentRule) -> Option<SkipReason> {
    if rule.excluded.contains(&one.id) || rule.excluded.contains(&one.firm) {
        return Some(SkipReason::Excluded);
    }
    if !one.acted_for.is_disjoint(&rule.opponents) {
        return Some(SkipReason::ActedForOtherSide);
    }
    if let Some(needed) = rule.min_years {
        let years = one.practising_since.map(|since| full_years(since, rule.today));
        if years.is_none_or(|years| years < needed) {
            return Some(SkipReason::TooFewYears { years, needed });
        }
    }
    if let Some(cap) = rule.cap.filter(|cap| one.load >= *cap) {
        return Some(SkipReason::AtCap { load: one.load, cap });
    }
    one.on_leave.then_some(SkipReason::OnLeave)
}

/// Full years from `since` to `today`; none when `since` lies ahead.
fn full_years(since: Date, today: Date) -> u32 {
    let whole = i32::from(today.year()) - i32::from(since.year());
    let before_the_day = (today.month(), today.day()) < (since.month(), since.day());
    u32::try_from(whole - i32::from(before_the_day)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;

    fn lawyer(id: &str) -> Candidate {
        Candidate {
            id: id.to_owned(),
            name: format!("律师{id}"),
            firm: format!("{id}所"),
            load: 0,
            turns: 0,
            last_turn: None,
            on_leave: false,
            practising_since: Some(date(2015, 6, 1)),
            acted_for: BTreeSet::new(),
            fields: BTreeSet::new(),
        }
    }

    fn rule() -> AssignmentRule {
        AssignmentRule {
            cap: Some(5),
            min_years: None,
            opponents: ["对方公司".to_owned()].into(),
            excluded: BTreeSet::new(),
            today: date(2026, 11, 22),
            rota_allowed: false,
        }
    }

    fn wishes(ids: &[&str]) -> Vec<String> {
        ids.iter().map(|id| (*id).to_owned()).collect()
    }

    fn skip(id: &str, why: SkipReason) -> Skipped {
        Skipped { id: id.to_owned(), why }
    }

    #[test]
    fn story_21a_the_conflicted_choice_is_passed_over_with_its_reason() {
        let mut first = lawyer("L1");
        first.acted_for.insert("对方公司".to_owned());
        let found = assign(&wishes(&["L1", "L2"]), &[first, lawyer("L2"), lawyer("L3")], &rule());
        let skipped = vec![skip("L1", SkipReason::ActedForOtherSide)];
        assert_eq!(found, Ok(Assignment { chosen: "L2".into(), by: AssignedBy::Choice { rank: 2 }, skipped }));
    }

    #[test]
    fn story_21b_without_a_choice_38_lawyers_take_38_turns_each_once() {
        let mut pool: Vec<_> = (1..=38).map(|n| lawyer(&format!("L{n:02}"))).collect();
        for round in 1..=2 {
            let mut chosen = BTreeSet::new();
            for turn in 0..38 {
                let found = assign(&[], &pool, &rule()).expect("somebody is free");
                assert_eq!(found.by, AssignedBy::Rota { turn: round });
                let one = pool.iter_mut().find(|one| one.id == found.chosen).expect("in the pool");
                one.turns += 1;
                one.last_turn = Some(u64::from(round) * 100 + turn);
                chosen.insert(found.chosen);
            }
            assert_eq!(chosen.len(), 38);
        }
    }

    #[test]
    fn story_21c_at_the_cap_the_rota_needs_consent() {
        let mut full = lawyer("L2");
        full.load = 5;
        let pool = [full, lawyer("L3")];
        let at_cap = skip("L2", SkipReason::AtCap { load: 5, cap: 5 });
        let mut rule = rule();
        let skipped = vec![at_cap.clone(), skip("L3", SkipReason::WishesExhaustedWithoutConsent)];
        assert_eq!(assign(&wishes(&["L2"]), &pool, &rule), Err(NoOneLeft { skipped }));
        rule.rota_allowed = true;
        let found = assign(&wishes(&["L2"]), &pool, &rule);
        let skipped = vec![at_cap];
        assert_eq!(found, Ok(Assignment { chosen: "L3".into(), by: AssignedBy::Rota { turn: 1 }, skipped }));
    }

    #[test]
    fn story_21d_a_change_of_the_pool_leaves_past_turns_alone() {
        let mut first = lawyer("L1");
        (first.turns, first.last_turn) = (1, Some(1));
        let before = assign(&[], &[first.clone(), lawyer("L2")], &rule()).expect("L2 is free");
        let pool = [first.clone(), lawyer("L2"), lawyer("L0")];
        let after = assign(&[], &pool, &rule()).expect("L0 is free");
        assert_eq!((before.chosen.as_str(), after.chosen.as_str()), ("L2", "L0"));
        assert_eq!((pool[0].turns, pool[0].last_turn), (1, Some(1)));
    }

    #[test]
    fn every_reason_is_told() {
        let check = |change: fn(&mut Candidate, &mut AssignmentRule), why: SkipReason| {
            let (mut one, mut rule) = (lawyer("L1"), rule());
            change(&mut one, &mut rule);
            let expected = Err(NoOneLeft { skipped: vec![skip("L1", why)] });
            assert_eq!(assign(&wishes(&["L1"]), std::slice::from_ref(&one), &rule), expected);
            assert_eq!(assign(&[], &[one], &rule), expected, "the rota asks the same");
        };
        check(|one, _| one.on_leave = true, SkipReason::OnLeave);
        check(|_, rule| rule.excluded = ["L1".to_owned()].into(), SkipReason::Excluded);
        check(|_, rule| rule.excluded = ["L1所".to_owned()].into(), SkipReason::Excluded);
        let years = |years| SkipReason::TooFewYears { years, needed: 3 };
        let young = |one: &mut Candidate, rule: &mut AssignmentRule| {
            (one.practising_since, rule.min_years) = (Some(date(2023, 11, 23)), Some(3));
        };
        check(young, years(Some(2)));
        check(|one, rule| (one.practising_since, rule.min_years) = (None, Some(3)), years(None));
    }

    #[test]
    fn an_unknown_or_repeated_wish_is_told_once() {
        let found = assign(&wishes(&["L9", "L9", "L1"]), &[lawyer("L1")], &rule());
        let skipped = vec![skip("L9", SkipReason::NotInRegister)];
        assert_eq!(found, Ok(Assignment { chosen: "L1".into(), by: AssignedBy::Choice { rank: 3 }, skipped }));
        assert_eq!(assign(&[], &[], &rule()), Err(NoOneLeft { skipped: Vec::new() }));
    }

    proptest! {
        #[test]
        fn nobody_able_is_passed_over(people in prop::collection::vec((0..8_u32, 0..3_u32, any::<bool>(), any::<bool>()), 0..20)) {
            let pool: Vec<_> = people.iter().enumerate().map(|(n, (load, turns, on_leave, conflict))| {
                let mut one = lawyer(&format!("L{n:02}"));
                (one.load, one.turns, one.on_leave) = (*load, *turns, *on_leave);
                one.acted_for.extend(conflict.then(|| "对方公司".to_owned()));
                one
            }).collect();
            let able = |one: &Candidate| one.load < 5 && !one.on_leave && one.acted_for.is_empty();
            match assign(&[], &pool, &rule()) {
                Ok(found) => {
                    let chosen = pool.iter().find(|one| one.id == found.chosen).expect("in the pool");
                    prop_assert!(able(chosen));
                    prop_assert!(pool.iter().filter(|one| able(one)).all(|one| one.turns >= chosen.turns));
                    prop_assert!(found.skipped.iter().all(|skipped| pool.iter().any(|one| one.id == skipped.id && !able(one))));
                }
                Err(none) => {
                    prop_assert!(!pool.iter().any(able));
                    prop_assert_eq!(none.skipped.len(), pool.len());
                }
            }
        }
    }
}

//! Who works in the offices of the demo city beside the named ones.
//!
//! Seats that the law keeps apart are held by different people; others of the same office are held together.
//!
//! INVARIANT: for every seat that a post can hold, every office it belongs to has three holders: two may have to act
//! together, and a third be another person.

use super::cast::Staff;
use acts::bureau::Law;
use acts::policy::HeldPost;
use kernel::names::{Name, OfficeId};
use kernel::procedure::{Level, Procedure, Seat, SeatPlace};
use kernel::world::{Office, Place};
use std::collections::{BTreeMap, BTreeSet};

const FAMILY: [&str; 20] = [
    "姜", "戚", "谢", "邹", "喻", "柏", "窦", "章", "云", "苏", "潘", "葛", "奚", "范", "彭", "郎", "鲁", "韦", "昌",
    "马",
];
const GIVEN: [&str; 17] = [
    "若水", "景行", "怀瑾", "思齐", "望舒", "明远", "静姝", "承志", "知非", "乐天", "清源", "守拙", "和光", "令仪",
    "修文", "致远", "嘉木",
];

/// Where those who open a matter from outside sit, by seat; others sit in offices of kind `organ`.
const OPENERS: &[(&str, &str)] = &[
    ("town-officer", "judicial-office"),
    ("entruster", "court"),
    ("deciding-organ", "court"),
    ("sender", "corrections-agency"),
    ("prison-officer", "prison"),
    ("drafter", "department"),
];

/// The staff that the seats of all procedures need beyond those who hold one already.
pub fn needed(law: &Law, present: &[Staff]) -> Vec<Staff> {
    let apart = kept_apart(law);
    let is_apart = |one: &Name, other: &Name| apart.contains(&(one.clone(), other.clone()));
    let mut offices: BTreeMap<OfficeId, Vec<BTreeSet<Name>>> = BTreeMap::new();
    for procedure in &law.procedures {
        for seat in &procedure.seats {
            for office in offices_of(procedure, seat, &law.place) {
                let held = HeldPost { seat: seat.name.clone(), office: office.id.clone() };
                if present.iter().any(|staff| staff.posts.contains(&held)) {
                    continue;
                }
                let desks = offices.entry(office.id.clone()).or_default();
                if desks.iter().any(|desk| desk.contains(&seat.name)) {
                    continue;
                }
                match desks.iter_mut().find(|desk| !desk.iter().any(|held| is_apart(held, &seat.name))) {
                    Some(desk) => {
                        desk.insert(seat.name.clone());
                    }
                    None => desks.push(BTreeSet::from([seat.name.clone()])),
                }
            }
        }
    }
    let mut serial = 0;
    let mut staff = Vec::new();
    for (office, desks) in offices {
        let thrice = desks.iter().flat_map(|desk| [desk; 3]);
        for (letters, seats) in letters().zip(thrice) {
            staff.push(one(&office, &letters, seats, serial));
            serial += 1;
        }
    }
    staff
}

/// Pairs of seats of which the law says somewhere that one person may not act from both.
fn kept_apart(law: &Law) -> BTreeSet<(Name, Name)> {
    let mut pairs = BTreeSet::new();
    for procedure in &law.procedures {
        for act in &procedure.acts {
            let others = act.apart_from.iter().filter_map(|name| procedure.act(name)).flat_map(|other| &other.by);
            for other in others {
                for seat in act.by.iter().filter(|seat| *seat != other) {
                    pairs.insert((seat.clone(), other.clone()));
                    pairs.insert((other.clone(), seat.clone()));
                }
            }
        }
    }
    pairs
}

/// `a` to `z`, `a2` to `z2`, ….
fn letters() -> impl Iterator<Item = String> {
    (1..).flat_map(|round: u32| {
        ('a'..='z').map(move |letter| if round == 1 { letter.to_string() } else { format!("{letter}{round}") })
    })
}

fn one(office: &OfficeId, letters: &str, seats: &BTreeSet<Name>, serial: usize) -> Staff {
    let pick = |list: &'static [&'static str], at: usize| list.get(at % list.len()).copied().unwrap_or("某");
    Staff {
        login: format!("{office}-{letters}"),
        name: format!("{}{}", pick(&FAMILY, serial), pick(&GIVEN, serial)),
        posts: seats.iter().map(|seat| HeldPost { seat: seat.clone(), office: office.clone() }).collect(),
    }
}

/// The offices in which a post can hold a seat.
fn offices_of<'p>(procedure: &Procedure, seat: &Seat, place: &'p Place) -> Vec<&'p Office> {
    let of_kind = |kind: &str, level: Option<Level>| -> Vec<&'p Office> {
        let fits = |office: &&Office| office.kind == kind && level.is_none_or(|level| office.level() == Some(level));
        place.offices.iter().filter(fits).collect()
    };
    let owners = || of_kind(&procedure.competence.office_kind, procedure.competence.level);
    match &seat.place {
        SeatPlace::Owner => owners(),
        SeatPlace::AboveOwner => {
            let above: BTreeSet<&OfficeId> = owners().into_iter().filter_map(|owner| owner.parent.as_ref()).collect();
            above.into_iter().filter_map(|id| place.office(id)).collect()
        }
        SeatPlace::OfficeOf { kind, level, .. } => of_kind(kind, *level),
        SeatPlace::Anywhere => of_kind("judicial-office", None),
        SeatPlace::Opener => {
            let kind = OPENERS.iter().find(|(name, _)| *name == seat.name.as_str()).map_or("organ", |(_, kind)| kind);
            of_kind(kind, None)
        }
        SeatPlace::Slot(_) | SeatPlace::Party | SeatPlace::System => Vec::new(),
    }
}

//! What a decision reads beside the matter: calendar, rates, offices, candidates.
//!
//! It is handed in whole, so that a decision can be repeated years later from what it pinned.

use crate::assignment::Candidate;
use crate::calendar::Calendar;
use crate::guard::GuardError;
use crate::names::{Name, OfficeId, PersonId};
use crate::procedure::Level;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// When something happens: the instant, and the civil date of the office at that instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// The instant.
    pub at: Timestamp,
    /// The office's civil date and time at that instant.
    pub civil: jiff::civil::DateTime,
}

impl Moment {
    /// The civil date.
    pub fn on(&self) -> Date {
        self.civil.date()
    }
}

/// Who acts, as the session shows, never as the request claims.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// The person.
    pub person: PersonId,
    /// The seat they act in.
    pub seat: Name,
    /// The office of their post, where they have one.
    pub office: Option<OfficeId>,
}

/// A place: what one city decides for itself.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Place {
    /// Region code of the realm, e.g. `990100`.
    pub code: String,
    /// 示范市.
    pub name: String,
    /// Regions of the realm by 12-digit code.
    pub regions: BTreeMap<String, String>,
    /// Offices.
    pub offices: Vec<Office>,
    /// Dated rates.
    pub rates: Vec<Rate>,
    /// The procedure that stands first on the public page.
    pub first: Option<Name>,
}

/// An office in the area tree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Office {
    /// Its identity.
    pub id: OfficeId,
    /// 示范市东湖区法律援助中心.
    pub name: String,
    /// 东湖, for numbers (机关代字).
    pub short: String,
    /// `legal-aid-centre`, `justice-bureau`, `judicial-office`, `hotline`.
    pub kind: String,
    /// Region it is responsible for, 6 or 12 digits.
    pub area: String,
    /// The office that set it up.
    pub parent: Option<OfficeId>,
    /// Its phone.
    pub phone: String,
    /// Its address.
    pub address: String,
}

/// One dated rate of a place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rate {
    /// `legal-aid.subsidy`.
    pub name: Name,
    /// 法律援助补贴标准.
    pub title: String,
    /// What the integers are.
    pub unit: RateUnit,
    /// Its values, each for a half-open span of days.
    pub values: Vec<RateValue>,
}

/// What the integers of a rate are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum RateUnit {
    /// Fen.
    Fen,
    /// Ten-thousandths: 1.20 is 12,000.
    Factor,
    /// Days.
    Days,
    /// A count.
    Count,
}

/// One value of a rate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RateValue {
    /// Which kind of case, where the rate has kinds.
    pub key: Option<String>,
    /// First day.
    pub from: Date,
    /// First day on which it no longer is in force.
    pub until: Option<Date>,
    /// The value in the unit of the rate.
    pub value: i64,
    /// The document it comes from, or why it is assumed.
    pub source: String,
    /// Not read in any document: an assumption of the demo place.
    pub assumed: bool,
}

/// A rate as read, for pinning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RateInForce {
    /// The value.
    pub value: i64,
    /// First day of the value read.
    pub from: Date,
}

/// Everything a decision reads beside the matter.
#[derive(Debug, Clone, Copy)]
pub struct World<'a> {
    /// Published days off.
    pub calendar: &'a Calendar,
    /// The place.
    pub place: &'a Place,
    /// Candidates by register; only what the act at hand needs.
    pub candidates: &'a BTreeMap<Name, Vec<Candidate>>,
}

impl Place {
    /// The office of that identity.
    pub fn office(&self, id: &OfficeId) -> Option<&Office> {
        self.offices.iter().find(|office| &office.id == id)
    }

    /// The office of a kind that is responsible for a region: the one whose area is the longest
    /// part of the region's code, among those of the level where one is named.
    pub fn competent(&self, kind: &str, level: Option<Level>, region: &str) -> Option<&Office> {
        self.offices
            .iter()
            .filter(|office| office.kind == kind && level.is_none_or(|level| office.level() == Some(level)))
            .filter(|office| region.starts_with(significant(&office.area)))
            .max_by_key(|office| (significant(&office.area).len(), std::cmp::Reverse(office.id.clone())))
    }

    /// The value of a rate on a day.
    ///
    /// # Errors
    /// [`GuardError::NoRate`] names the rate, its key and the day when none is in force.
    pub fn rate(&self, rate: &Name, key: Option<&str>, on: Date) -> Result<RateInForce, GuardError> {
        self.rates
            .iter()
            .filter(|candidate| &candidate.name == rate)
            .flat_map(|candidate| &candidate.values)
            .find(|value| value.key.as_deref() == key && value.is_in_force(on))
            .map(|value| RateInForce { value: value.value, from: value.from })
            .ok_or_else(|| GuardError::NoRate { rate: rate.clone(), key: key.map(str::to_owned), on })
    }
}

impl Office {
    /// Its level in the area tree; `None` for an area that is not a code.
    pub fn level(&self) -> Option<Level> {
        match significant(&self.area).len() {
            2 => Some(Level::Province),
            4 => Some(Level::City),
            6 => Some(Level::County),
            9 | 12 => Some(Level::Town),
            _ => None,
        }
    }
}

impl RateValue {
    /// Whether the value is in force on a day.
    pub fn is_in_force(&self, on: Date) -> bool {
        self.from <= on && self.until.is_none_or(|until| on < until)
    }
}

/// A region code without the zeros that pad it upward: pairs of digits down to the county, then
/// three digits each for town and village.
pub fn significant(code: &str) -> &str {
    let mut end = code.len();
    for start in [9, 6, 4, 2] {
        match code.get(start..end) {
            Some(part) if !part.is_empty() && part.bytes().all(|byte| byte == b'0') => end = start,
            Some("") | None => {}
            Some(_) => break,
        }
    }
    code.get(..end).unwrap_or(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn padding_is_not_part_of_an_area() {
        for (code, expected) in [
            ("990100", "9901"),
            ("990000", "99"),
            ("990101", "990101"),
            ("990101000000", "990101"),
            ("990101001000", "990101001"),
            ("990101001002", "990101001002"),
            ("990110", "990110"),
        ] {
            assert_eq!(significant(code), expected, "{code}");
        }
    }

    #[test]
    fn the_narrowest_area_is_competent_and_no_rate_is_an_answer() {
        let office = |id: &str, area: &str| Office {
            id: id.into(),
            name: id.into(),
            short: String::new(),
            kind: "centre".into(),
            area: area.into(),
            parent: None,
            phone: String::new(),
            address: String::new(),
        };
        let place = Place { offices: vec![office("city", "990100"), office("east", "990101")], ..Place::default() };
        let found = |region| place.competent("centre", None, region).map(|office| office.id.to_string());
        assert_eq!(found("990101001000").as_deref(), Some("east"));
        assert_eq!(found("990102").as_deref(), Some("city"));
        assert_eq!(found("880102"), None);
        let day = jiff::civil::date(2026, 1, 1);
        assert!(matches!(place.rate(&"x".into(), None, day), Err(GuardError::NoRate { .. })));
    }
}

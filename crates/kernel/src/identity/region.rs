//! Region codes: six digits (GB/T 2260) or twelve down to the village, and who lies within whom.
//!
//! Twelve digits are province 2, city 2, county 2, town 3, village 3, padded with zeros. A zero in the middle is
//! real: some cities have towns directly under them. Whether a code exists is a question to a register, not to this type.
//!
//! INVARIANT: a [`RegionCode`] is twelve digits with a province; a region lies within another exactly when it begins
//! with the other's digits up to the last that is not padding.

use std::fmt::{self, Display, Formatter};

use thiserror::Error;

/// Where each level ends in the twelve digits.
const LEVELS: [(usize, RegionLevel); 5] = [
    (2, RegionLevel::Province),
    (4, RegionLevel::City),
    (6, RegionLevel::County),
    (9, RegionLevel::Town),
    (12, RegionLevel::Village),
];

/// The level of a region, from the widest to the narrowest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RegionLevel {
    /// 省级.
    Province,
    /// 市级.
    City,
    /// 县级.
    County,
    /// 乡级.
    Town,
    /// 村级.
    Village,
}

impl RegionLevel {
    /// The name used in data: `province`, `city`, ….
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Province => "province",
            Self::City => "city",
            Self::County => "county",
            Self::Town => "town",
            Self::Village => "village",
        }
    }

    /// `省级`, `市级`, ….
    #[must_use]
    pub const fn zh(self) -> &'static str {
        match self {
            Self::Province => "省级",
            Self::City => "市级",
            Self::County => "县级",
            Self::Town => "乡级",
            Self::Village => "村级",
        }
    }
}

/// A region code, kept with twelve digits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RegionCode(String);

/// Why a text is not a region code.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum RegionCodeError {
    /// Neither 6 nor 12 characters.
    #[error("a region code has 6 or 12 digits, found {found}")]
    Length {
        /// Characters found.
        found: usize,
    },
    /// A character that is no digit.
    #[error("`{found}` at position {position} of a region code is not a digit")]
    NotADigit {
        /// Counted from 1.
        position: usize,
        /// The character.
        found: char,
    },
    /// The first two digits are zero.
    #[error("a region code begins with a province, not with `00`")]
    NoProvince,
}

impl RegionCodeError {
    /// The fact in Chinese, with what to do about it.
    #[must_use]
    pub fn zh(&self) -> String {
        match self {
            Self::Length { found } => format!("行政区划代码应为6位或12位，现有{found}位，请核对。"),
            Self::NotADigit { position, found } => {
                format!("行政区划代码第{position}位“{found}”不是半角数字，请核对。")
            }
            Self::NoProvince => "行政区划代码前两位不能是00，请核对。".to_owned(),
        }
    }
}

impl RegionCode {
    /// Reads 6 or 12 digits.
    ///
    /// # Errors
    /// [`RegionCodeError`] naming the fact.
    pub fn parse(input: &str) -> Result<Self, RegionCodeError> {
        if let Some((index, found)) = input.chars().enumerate().find(|(_, found)| !found.is_ascii_digit()) {
            return Err(RegionCodeError::NotADigit { position: index + 1, found });
        }
        if !matches!(input.len(), 6 | 12) {
            return Err(RegionCodeError::Length { found: input.len() });
        }
        if input.starts_with("00") {
            return Err(RegionCodeError::NoProvince);
        }
        Ok(Self(format!("{input:0<12}")))
    }

    /// All twelve digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The first six digits.
    #[must_use]
    pub fn short(&self) -> &str {
        self.0.get(..6).unwrap_or(&self.0)
    }

    /// The level: that of the last part that is not zero.
    #[must_use]
    pub fn level(&self) -> RegionLevel {
        self.significant().1
    }

    /// Whether this region is `other` or lies within it.
    #[must_use]
    pub fn is_within(&self, other: &Self) -> bool {
        let (length, _) = other.significant();
        other.0.get(..length).is_some_and(|prefix| self.0.starts_with(prefix))
    }

    /// The region next above, `None` for a province. Where a city has no counties, the parent of a town is the city.
    #[must_use]
    pub fn parent(&self) -> Option<Self> {
        let (length, _) = self.significant();
        let (above, _) = LEVELS.iter().rev().find(|(end, _)| *end < length)?;
        self.0.get(..*above).map(|prefix| Self(format!("{prefix:0<12}")))
    }

    /// This region and all above it, the narrowest first.
    #[must_use]
    pub fn ancestry(&self) -> Vec<Self> {
        std::iter::successors(Some(self.clone()), Self::parent).collect()
    }

    /// How many digits are not padding, and the level they end at.
    fn significant(&self) -> (usize, RegionLevel) {
        let mut start = 0;
        let mut found = (2, RegionLevel::Province);
        for (end, level) in LEVELS {
            if self.0.get(start..end).is_some_and(|part| part.bytes().any(|digit| digit != b'0')) {
                found = (end, level);
            }
            start = end;
        }
        found
    }
}

impl Display for RegionCode {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn region(text: &str) -> RegionCode {
        RegionCode::parse(text).expect("a code")
    }

    #[test]
    fn levels() {
        let check = |text: &str, level: RegionLevel| assert_eq!(region(text).level(), level, "{text}");
        check("990000", RegionLevel::Province);
        check("990100", RegionLevel::City);
        check("990102", RegionLevel::County);
        check("990102003000", RegionLevel::Town);
        check("990102003004", RegionLevel::Village);
        check("990100003000", RegionLevel::Town);
    }

    #[test]
    fn who_lies_within_whom() {
        let check = |inner: &str, outer: &str, expected: bool| {
            assert_eq!(region(inner).is_within(&region(outer)), expected, "{inner} in {outer}");
        };
        check("990102003004", "990100", true);
        check("990102", "990102", true);
        check("990100", "990102", false);
        check("990203", "990100", false);
        check("991000", "990000", true);
        check("990100003004", "990100003000", true);
    }

    #[test]
    fn the_way_up() {
        let codes = |text: &str| region(text).ancestry().iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(
            codes("990102003004"),
            ["990102003004", "990102003000", "990102000000", "990100000000", "990000000000"]
        );
        assert_eq!(codes("990100003000"), ["990100003000", "990100000000", "990000000000"]);
        assert_eq!(region("990102").short(), "990102");
    }

    #[test]
    fn names_what_is_wrong() {
        let check = |text: &str, expected: RegionCodeError| assert_eq!(RegionCode::parse(text), Err(expected));
        check("", RegionCodeError::Length { found: 0 });
        check("9901", RegionCodeError::Length { found: 4 });
        check("99010Ｏ", RegionCodeError::NotADigit { position: 6, found: 'Ｏ' });
        check("000000", RegionCodeError::NoProvince);
    }
}

//! The resident identity number (公民身份号码, GB 11643): region, birth date, sequence, check digit.
//!
//! INVARIANT: a [`ResidentId`] has a real birth date, not after the day it was checked on, and a right check digit.

use std::fmt::{self, Debug, Formatter};

use jiff::civil::Date;
use thiserror::Error;

use super::RegionCode;

/// Weights of the first 17 digits (GB 11643, from ISO 7064 MOD 11-2).
const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];

/// Check characters by remainder.
const CHECKS: [char; 11] = ['1', '0', 'X', '9', '8', '7', '6', '5', '4', '3', '2'];

/// The first two digits in use: the provinces, and 81, 82, 83 for residence permits of Hong Kong, Macao and Taiwan.
/// The 99 of a demonstration city is a region code but begins no identity number.
const PROVINCES: [&str; 35] = [
    "11", "12", "13", "14", "15", "21", "22", "23", "31", "32", "33", "34", "35", "36", "37", "41", "42", "43", "44",
    "45", "46", "50", "51", "52", "53", "54", "61", "62", "63", "64", "65", "71", "81", "82", "83",
];

/// Sex as the number tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sex {
    /// 男: odd sequence.
    Male,
    /// 女: even sequence.
    Female,
}

impl Sex {
    /// `男` or `女`.
    #[must_use]
    pub const fn zh(self) -> &'static str {
        match self {
            Self::Male => "男",
            Self::Female => "女",
        }
    }
}

/// A checked resident identity number. A lower-case `x` is stored as `X`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ResidentId {
    text: String,
    birth: Date,
}

/// Why a text is not a resident identity number.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ResidentIdError {
    /// Nothing was written.
    #[error("no identity number is given")]
    Empty,
    /// The number of the first generation, without century and check digit.
    #[error("a 15-digit identity number is no longer valid")]
    OldFifteenDigits,
    /// Not 18 characters.
    #[error("an identity number has 18 characters, found {found}")]
    Length {
        /// Characters found.
        found: usize,
    },
    /// A character that cannot stand there.
    #[error("`{found}` cannot stand at position {position} of an identity number")]
    NotADigit {
        /// Counted from 1.
        position: usize,
        /// The character.
        found: char,
    },
    /// The number of a foreigner's permanent residence card, which follows its own rule.
    #[error("this is the number of a foreigner's permanent residence card")]
    ForeignPermanentResident,
    /// The first two digits are no province.
    #[error("no region begins with `{prefix}`")]
    UnknownRegion {
        /// The first two digits.
        prefix: String,
    },
    /// Digits 7 to 14 are no date.
    #[error("`{found}` is not a date of birth")]
    ImpossibleBirthDate {
        /// The eight digits.
        found: String,
    },
    /// Born after today.
    #[error("the date of birth {birth} lies in the future")]
    BirthInFuture {
        /// The date.
        birth: Date,
    },
    /// The last character does not fit the others.
    #[error("the check character is `{found}`, the digits before it ask for `{expected}`")]
    CheckDigit {
        /// What the first 17 digits ask for.
        expected: char,
        /// What stands there.
        found: char,
    },
}

impl ResidentIdError {
    /// The fact in Chinese, with what to do about it.
    #[must_use]
    pub fn zh(&self) -> String {
        match self {
            Self::Empty => "请填写身份证号码。".to_owned(),
            Self::OldFifteenDigits => "15位旧身份证号码已停止使用，请填写18位号码。".to_owned(),
            Self::Length { found } => format!("身份证号码应为18位，现有{found}位，请核对。"),
            Self::NotADigit { position: 18, found } => {
                format!("身份证号码第18位“{found}”不对，应为半角数字或X。")
            }
            Self::NotADigit { position, found } => {
                format!("身份证号码第{position}位“{found}”不是半角数字，请核对。")
            }
            Self::ForeignPermanentResident => "这是外国人永久居留身份证号码，请在证件类型中改选后填写。".to_owned(),
            Self::UnknownRegion { prefix } => format!("身份证号码前两位“{prefix}”不是行政区划代码，请核对。"),
            Self::ImpossibleBirthDate { found } => {
                format!("身份证号码第7至14位“{found}”不是真实的出生日期，请核对。")
            }
            Self::BirthInFuture { birth } => format!("身份证号码中的出生日期{birth}晚于今天，请核对。"),
            Self::CheckDigit { .. } => "身份证号码校验位错误，请逐位核对。".to_owned(),
        }
    }
}

impl ResidentId {
    /// Checks a number as it stands: 18 half-width characters, no space, no hyphen.
    ///
    /// `today` bounds the date of birth.
    ///
    /// # Errors
    /// [`ResidentIdError`] naming the first fact that is wrong.
    pub fn parse(input: &str, today: Date) -> Result<Self, ResidentIdError> {
        let text = shape(input)?;
        let prefix: String = text.chars().take(2).collect();
        // 9, the province that accepted the application, three digits for the country.
        let after_nine = text.strip_prefix('9').and_then(|rest| rest.get(..2));
        if after_nine.is_some_and(|province| PROVINCES.contains(&province)) {
            return Err(ResidentIdError::ForeignPermanentResident);
        }
        if !PROVINCES.contains(&prefix.as_str()) {
            return Err(ResidentIdError::UnknownRegion { prefix });
        }
        let birth = birth(&text)?;
        if birth > today {
            return Err(ResidentIdError::BirthInFuture { birth });
        }
        let expected = check_character(&text);
        match text.chars().next_back() {
            Some(found) if found != expected => Err(ResidentIdError::CheckDigit { expected, found }),
            _ => Ok(Self { text, birth }),
        }
    }

    /// The number in full.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The region that issued the number first, by its six-digit code; not where the person lives now.
    #[must_use]
    pub fn region(&self) -> String {
        self.text.chars().take(6).collect()
    }

    /// The region as a code, where the six digits form one.
    #[must_use]
    pub fn region_code(&self) -> Option<RegionCode> {
        RegionCode::parse(&self.region()).ok()
    }

    /// Date of birth.
    #[must_use]
    pub const fn birth(&self) -> Date {
        self.birth
    }

    /// Sex, from the parity of the 17th digit.
    #[must_use]
    pub fn sex(&self) -> Sex {
        let odd = self.text.chars().nth(16).and_then(|digit| digit.to_digit(10)).is_some_and(|digit| digit % 2 == 1);
        if odd { Sex::Male } else { Sex::Female }
    }

    /// Full years of age on a day, the birthday counted as reached; `None` before birth. A rule that reckons from the
    /// day after the birthday asks for the day before.
    #[must_use]
    pub fn age_on(&self, on: Date) -> Option<u16> {
        if on < self.birth {
            return None;
        }
        let whole = on.year() - self.birth.year();
        let before_the_day = (on.month(), on.day()) < (self.birth.month(), self.birth.day());
        u16::try_from(whole - i16::from(before_the_day)).ok()
    }

    /// For the workbench: the first six and the last four, `110105********002X`.
    #[must_use]
    pub fn masked(&self) -> String {
        self.keep(6, 4)
    }

    /// For public pages: the first and the last, `1****************X`.
    #[must_use]
    pub fn masked_public(&self) -> String {
        self.keep(1, 1)
    }

    fn keep(&self, first: usize, last: usize) -> String {
        super::mask::keep(&self.text, first, last)
    }
}

impl Debug for ResidentId {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "ResidentId({})", self.masked())
    }
}

/// The characters, each where it may stand.
fn shape(input: &str) -> Result<String, ResidentIdError> {
    let length = input.chars().count();
    if length == 0 {
        return Err(ResidentIdError::Empty);
    }
    for (index, found) in input.chars().enumerate() {
        let check_place = index == 17 && length == 18;
        if !(found.is_ascii_digit() || (check_place && matches!(found, 'X' | 'x'))) {
            return Err(ResidentIdError::NotADigit { position: index + 1, found });
        }
    }
    match length {
        18 => Ok(input.to_ascii_uppercase()),
        15 => Err(ResidentIdError::OldFifteenDigits),
        found => Err(ResidentIdError::Length { found }),
    }
}

fn birth(text: &str) -> Result<Date, ResidentIdError> {
    let found: String = text.chars().skip(6).take(8).collect();
    let part = |from: usize, to: usize| found.get(from..to).and_then(|digits| digits.parse::<i16>().ok());
    let day = |value: Option<i16>| value.and_then(|value| i8::try_from(value).ok());
    let date = match (part(0, 4), day(part(4, 6)), day(part(6, 8))) {
        (Some(year), Some(month), Some(day)) => Date::new(year, month, day).ok(),
        _ => None,
    };
    date.ok_or(ResidentIdError::ImpossibleBirthDate { found })
}

fn check_character(text: &str) -> char {
    let sum: u32 = text.chars().filter_map(|digit| digit.to_digit(10)).zip(WEIGHTS).map(|(d, w)| d * w).sum();
    let remainder = usize::try_from(sum % 11).unwrap_or_default();
    CHECKS.get(remainder).copied().unwrap_or('X')
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;

    const TODAY: Date = date(2026, 11, 22);

    #[test]
    fn the_example_of_the_standard() {
        let id = ResidentId::parse("11010519491231002x", TODAY).expect("the standard's own number");
        assert_eq!(id.as_str(), "11010519491231002X");
        assert_eq!((id.region().as_str(), id.birth(), id.sex()), ("110105", date(1949, 12, 31), Sex::Female));
        assert_eq!(id.masked(), "110105********002X");
        assert_eq!(id.masked_public(), "1****************X");
        assert_eq!(format!("{id:?}"), "ResidentId(110105********002X)");
    }

    #[test]
    fn age_is_counted_in_full_years() {
        let id = ResidentId::parse("11010519491231002X", TODAY).expect("a number");
        assert_eq!(id.age_on(date(2026, 12, 30)), Some(76));
        assert_eq!(id.age_on(date(2026, 12, 31)), Some(77));
        assert_eq!(id.age_on(date(1949, 12, 30)), None);
    }

    #[test]
    fn names_what_is_wrong() {
        let check = |input: &str, expected: ResidentIdError| {
            assert_eq!(ResidentId::parse(input, TODAY), Err(expected.clone()), "{input}");
            assert!(expected.zh().ends_with('。'));
        };
        check("", ResidentIdError::Empty);
        check("110105491231002", ResidentIdError::OldFifteenDigits);
        check("1101051949123100", ResidentIdError::Length { found: 16 });
        check(" 11010519491231002X", ResidentIdError::NotADigit { position: 1, found: ' ' });
        check("1101O519491231002X", ResidentIdError::NotADigit { position: 5, found: 'O' });
        check("11010519491231002Y", ResidentIdError::NotADigit { position: 18, found: 'Y' });
        check("11010519491231X02X", ResidentIdError::NotADigit { position: 15, found: 'X' });
        check("380101195305260795", ResidentIdError::UnknownRegion { prefix: "38".into() });
        check("990101198607191200", ResidentIdError::UnknownRegion { prefix: "99".into() });
        check("911840200303080017", ResidentIdError::ForeignPermanentResident);
        check("110105194902300021", ResidentIdError::ImpossibleBirthDate { found: "19490230".into() });
        check("110105202611230021", ResidentIdError::BirthInFuture { birth: date(2026, 11, 23) });
        check("110105194912310021", ResidentIdError::CheckDigit { expected: 'X', found: '1' });
    }

    proptest! {
        #[test]
        fn any_single_wrong_digit_is_found(region in 110_000..660_000_u32, day in 0..40_000_i32, sequence in 0..1000_u32, at in 0..17_usize, shift in 1..10_u32) {
            let birth = date(1910, 1, 1).checked_add(jiff::Span::new().days(day)).expect("in range");
            let body = format!("{region:06}{:04}{:02}{:02}{sequence:03}", birth.year(), birth.month(), birth.day());
            let good = format!("{body}{}", check_character(&body));
            let mut digits: Vec<char> = good.chars().collect();
            let digit = digits[at].to_digit(10).expect("a digit");
            digits[at] = char::from_digit((digit + shift) % 10, 10).expect("a digit");
            let broken: String = digits.into_iter().collect();
            prop_assert!(ResidentId::parse(&broken, TODAY).is_err());
            if PROVINCES.contains(&&good[..2]) {
                let id = ResidentId::parse(&good, TODAY).expect("a good number");
                prop_assert_eq!(id.birth(), birth);
            }
        }
    }
}

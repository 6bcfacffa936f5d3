//! Money: integer fen, dated factors, and the capital amounts of a slip.
//!
//! There is no floating point and no implicit rounding: an amount changes only by addition, subtraction, and
//! [`Fen::times_factor`], which rounds half up to the fen. Rates and factors themselves are law, read elsewhere.
//!
//! INVARIANT: no operation overflows silently; what cannot be represented is an error.

use std::fmt::{self, Display, Formatter};

use thiserror::Error;

/// An amount in fen, one hundredth of a yuan.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fen(pub i64);

/// A factor in ten-thousandths: `1.20` is 12000.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Factor(pub i64);

/// Why a text is no amount, or an amount cannot be formed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum MoneyError {
    /// Nothing was written.
    #[error("no amount is given")]
    Empty,
    /// A character that belongs in no amount.
    #[error("`{found}` at position {position} does not belong in an amount")]
    NotANumber {
        /// Counted from 1.
        position: usize,
        /// The character.
        found: char,
    },
    /// An amount that somebody states is never below zero.
    #[error("an amount must not be negative")]
    Negative,
    /// More decimals than the unit has.
    #[error("{found} decimals are given, at most {allowed} are possible")]
    TooManyDecimals {
        /// Decimals found.
        found: usize,
        /// Decimals the unit has.
        allowed: usize,
    },
    /// Commas that do not separate groups of three.
    #[error("the commas in `{text}` do not separate groups of three digits")]
    BadGrouping {
        /// As written.
        text: String,
    },
    /// Larger than can be held.
    #[error("the amount is too large")]
    TooLarge,
}

impl MoneyError {
    /// The fact in Chinese, with what to do about it.
    #[must_use]
    pub fn zh(&self) -> String {
        match self {
            Self::Empty => "请填写金额。".to_owned(),
            Self::NotANumber { position, found } => {
                format!("金额第{position}位“{found}”不是数字，请用半角数字，例如2800.00。")
            }
            Self::Negative => "金额不能是负数。".to_owned(),
            Self::TooManyDecimals { found, allowed } => {
                format!("小数点后有{found}位，最多只能有{allowed}位。")
            }
            Self::BadGrouping { text } => format!("“{text}”的千位逗号位置不对，请去掉逗号或改正。"),
            Self::TooLarge => "金额过大，请检查。".to_owned(),
        }
    }
}

impl Fen {
    /// Reads yuan: `2800`, `2800.5`, `2,800.00`.
    ///
    /// # Errors
    /// [`MoneyError`] naming the character or the fact.
    pub fn parse(text: &str) -> Result<Self, MoneyError> {
        decimal(text, 2).map(Self)
    }

    /// The sum.
    ///
    /// # Errors
    /// [`MoneyError::TooLarge`] on overflow.
    pub fn checked_add(self, other: Self) -> Result<Self, MoneyError> {
        self.0.checked_add(other.0).map(Self).ok_or(MoneyError::TooLarge)
    }

    /// The difference; it may be negative.
    ///
    /// # Errors
    /// [`MoneyError::TooLarge`] on overflow.
    pub fn checked_sub(self, other: Self) -> Result<Self, MoneyError> {
        self.0.checked_sub(other.0).map(Self).ok_or(MoneyError::TooLarge)
    }

    /// The amount times a factor, rounded half up to the fen.
    ///
    /// # Errors
    /// [`MoneyError::TooLarge`] on overflow.
    pub fn times_factor(self, factor: Factor) -> Result<Self, MoneyError> {
        let exact = i128::from(self.0) * i128::from(factor.0);
        let rounded = (exact + i128::from(Factor::ONE.0 / 2)).div_euclid(i128::from(Factor::ONE.0));
        i64::try_from(rounded).map(Self).map_err(|_| MoneyError::TooLarge)
    }

    /// Yuan with commas: `2,800.00`.
    #[must_use]
    pub fn grouped(self) -> String {
        let plain = self.to_string();
        let (sign, unsigned) = plain.strip_prefix('-').map_or(("", plain.as_str()), |rest| ("-", rest));
        let (yuan, decimals) = unsigned.split_once('.').unwrap_or((unsigned, ""));
        let mut out = sign.to_owned();
        for (index, digit) in yuan.chars().enumerate() {
            if index > 0 && (yuan.len() - index) % 3 == 0 {
                out.push(',');
            }
            out.push(digit);
        }
        format!("{out}.{decimals}")
    }

    /// The amount in the capital characters of a slip: `叁仟叁佰陆拾元整`.
    #[must_use]
    pub fn capital(self) -> String {
        let total = self.0.unsigned_abs();
        let (yuan, jiao, fen) = (total / 100, total / 10 % 10, total % 10);
        let mut out = String::new();
        if self.0 < 0 {
            out.push('负');
        }
        if yuan > 0 || total == 0 {
            out.push_str(&capital_integer(yuan));
            out.push('元');
        }
        match (jiao, fen) {
            (0, 0) => {}
            (0, _) if yuan == 0 => {}
            (0, _) => out.push('零'),
            _ => {
                out.push(capital_digit(jiao));
                out.push('角');
            }
        }
        if fen == 0 {
            out.push('整');
        } else {
            out.push(capital_digit(fen));
            out.push('分');
        }
        out
    }
}

impl Display for Fen {
    /// Yuan with two decimals: `2800.00`.
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let total = self.0.unsigned_abs();
        write!(f, "{sign}{}.{:02}", total / 100, total % 100)
    }
}

impl Factor {
    /// The factor that changes nothing.
    pub const ONE: Self = Self(10_000);

    /// Reads `1.20`, `0.8`, `0`.
    ///
    /// # Errors
    /// [`MoneyError`] naming the character or the fact.
    pub fn parse(text: &str) -> Result<Self, MoneyError> {
        decimal(text, 4).map(Self)
    }
}

impl Display for Factor {
    /// With two decimals, or four where two do not say it all: `1.20`, `0.3333`.
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let total = self.0.unsigned_abs();
        let (whole, part) = (total / 10_000, total % 10_000);
        if part % 100 == 0 {
            write!(f, "{sign}{whole}.{:02}", part / 100)
        } else {
            write!(f, "{sign}{whole}.{part:04}")
        }
    }
}

/// A number of at most `places` decimals, as an integer in its smallest unit.
fn decimal(text: &str, places: usize) -> Result<i64, MoneyError> {
    let text = text.trim();
    if text.is_empty() {
        return Err(MoneyError::Empty);
    }
    if text.starts_with('-') {
        return Err(MoneyError::Negative);
    }
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    for (index, found) in text.chars().enumerate() {
        let point = index == whole.chars().count();
        let comma = found == ',' && index < whole.chars().count();
        if !(found.is_ascii_digit() || (point && found == '.') || comma) {
            return Err(MoneyError::NotANumber { position: index + 1, found });
        }
    }
    if whole.is_empty() || text.ends_with('.') {
        return Err(MoneyError::NotANumber { position: whole.chars().count() + 1, found: '.' });
    }
    if part.len() > places {
        return Err(MoneyError::TooManyDecimals { found: part.len(), allowed: places });
    }
    let mut groups = whole.split(',');
    let first = groups.next().map_or(0, str::len);
    if whole.contains(',') && (!(1..=3).contains(&first) || groups.any(|group| group.len() != 3)) {
        return Err(MoneyError::BadGrouping { text: text.to_owned() });
    }
    let padding = "0".repeat(places - part.len());
    let digits: String =
        whole.chars().chain(part.chars()).filter(char::is_ascii_digit).chain(padding.chars()).collect();
    digits.parse().map_err(|_| MoneyError::TooLarge)
}

/// A whole number in capital characters, one 零 for each gap of zeros.
fn capital_integer(number: u64) -> String {
    for (size, unit) in [(100_000_000, "亿"), (10_000, "万")] {
        if number >= size {
            let low = number % size;
            let gap = if low > 0 && low < size / 10 { "零" } else { "" };
            let rest = if low > 0 { capital_integer(low) } else { String::new() };
            return format!("{}{unit}{gap}{rest}", capital_integer(number / size));
        }
    }
    if number == 0 { "零".to_owned() } else { capital_group(number) }
}

/// A number from 1 to 9999.
fn capital_group(number: u64) -> String {
    let mut out = String::new();
    let mut gap = false;
    for (place, unit) in [(1_000, "仟"), (100, "佰"), (10, "拾"), (1, "")] {
        let digit = number / place % 10;
        if digit == 0 {
            gap = true;
            continue;
        }
        if gap && !out.is_empty() {
            out.push('零');
        }
        out.push(capital_digit(digit));
        out.push_str(unit);
        gap = false;
    }
    out
}

const fn capital_digit(digit: u64) -> char {
    match digit {
        1 => '壹',
        2 => '贰',
        3 => '叁',
        4 => '肆',
        5 => '伍',
        6 => '陆',
        7 => '柒',
        8 => '捌',
        9 => '玖',
        _ => '零',
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn reads_yuan() {
        let check = |text: &str, fen: i64| assert_eq!(Fen::parse(text), Ok(Fen(fen)), "{text}");
        check("2800.00", 280_000);
        check("2,800", 280_000);
        check("1,234,567.8", 123_456_780);
        check(" 0.05 ", 5);
        check("0", 0);
    }

    #[test]
    fn names_what_is_wrong() {
        let check = |text: &str, expected: MoneyError| assert_eq!(Fen::parse(text), Err(expected), "{text}");
        check("", MoneyError::Empty);
        check("-1", MoneyError::Negative);
        check("28元", MoneyError::NotANumber { position: 3, found: '元' });
        check("２８", MoneyError::NotANumber { position: 1, found: '２' });
        check("1.2.3", MoneyError::NotANumber { position: 4, found: '.' });
        check(".5", MoneyError::NotANumber { position: 1, found: '.' });
        check("5.", MoneyError::NotANumber { position: 2, found: '.' });
        check("1.005", MoneyError::TooManyDecimals { found: 3, allowed: 2 });
        check("28,00", MoneyError::BadGrouping { text: "28,00".into() });
        check("1234,567", MoneyError::BadGrouping { text: "1234,567".into() });
        check("1.2,3", MoneyError::NotANumber { position: 4, found: ',' });
        check("99999999999999999999", MoneyError::TooLarge);
    }

    #[test]
    fn the_subsidies_of_the_story() {
        let check = |base: &str, factor: &str, expected: &str| {
            let factor = Factor::parse(factor).expect("a factor");
            let amount = Fen::parse(base).expect("an amount").times_factor(factor).expect("in range");
            assert_eq!(amount.to_string(), expected);
        };
        check("2800.00", "1.20", "3360.00");
        check("2300.00", "1.00", "2300.00");
        check("2800.00", "0.80", "2240.00");
        check("2800.00", "0", "0.00");
    }

    #[test]
    fn rounds_half_up() {
        let check = |fen: i64, factor: i64, expected: i64| {
            assert_eq!(Fen(fen).times_factor(Factor(factor)), Ok(Fen(expected)), "{fen} × {factor}");
        };
        check(1, 5_000, 1);
        check(1, 4_999, 0);
        check(333, 3_333, 111);
        check(-1, 5_000, 0);
        assert_eq!(Fen(i64::MAX).times_factor(Factor(20_000)), Err(MoneyError::TooLarge));
        assert_eq!(Fen(i64::MAX).checked_add(Fen(1)), Err(MoneyError::TooLarge));
        assert_eq!(Fen(i64::MIN).checked_sub(Fen(1)), Err(MoneyError::TooLarge));
    }

    #[test]
    fn writes_capitals() {
        let check = |text: &str, expected: &str| {
            assert_eq!(Fen::parse(text).expect("an amount").capital(), expected, "{text}");
        };
        check("3360.00", "叁仟叁佰陆拾元整");
        check("0", "零元整");
        check("0.50", "伍角整");
        check("0.05", "伍分");
        check("10.05", "壹拾元零伍分");
        check("325.40", "叁佰贰拾伍元肆角整");
        check("1680.32", "壹仟陆佰捌拾元叁角贰分");
        check("16409.02", "壹万陆仟肆佰零玖元零贰分");
        check("107000.53", "壹拾万柒仟元伍角叁分");
        check("100000001", "壹亿零壹元整");
        check("10010000", "壹仟零壹万元整");
        check("1000000000000", "壹万亿元整");
        check("1020000000000", "壹万零贰佰亿元整");
        check("12001800.00", "壹仟贰佰万壹仟捌佰元整");
    }

    #[test]
    fn shows_amounts_and_factors() {
        assert_eq!(Fen(-5).to_string(), "-0.05");
        assert_eq!(Fen(1_200_180_000).grouped(), "12,001,800.00");
        assert_eq!(Fen(-100_000).grouped(), "-1,000.00");
        assert_eq!(Fen(99_900).grouped(), "999.00");
        assert_eq!(Factor(12_000).to_string(), "1.20");
        assert_eq!(Factor(3_333).to_string(), "0.3333");
    }

    proptest! {
        #[test]
        fn shown_amounts_read_back(fen in 0..=i64::MAX) {
            prop_assert_eq!(Fen::parse(&Fen(fen).to_string()), Ok(Fen(fen)));
            prop_assert_eq!(Fen::parse(&Fen(fen).grouped()), Ok(Fen(fen)));
        }

        #[test]
        fn a_factor_of_one_changes_nothing(fen in any::<i64>()) {
            prop_assert_eq!(Fen(fen).times_factor(Factor::ONE), Ok(Fen(fen)));
        }

        #[test]
        fn capitals_tell_amounts_apart(a in 0..10_000_000_000_i64, b in 0..10_000_000_000_i64) {
            prop_assert_eq!(a == b, Fen(a).capital() == Fen(b).capital());
        }
    }
}

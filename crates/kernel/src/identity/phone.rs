//! Phone numbers of the mainland: mobile numbers of 11 digits, landlines with their area code.
//!
//! INVARIANT: a mobile number is stored as its digits, a landline as `area-number`.

use std::fmt::{self, Debug, Formatter};

use thiserror::Error;

/// Mobile or landline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PhoneKind {
    /// 手机: can receive a code by message.
    Mobile,
    /// 固定电话.
    Landline,
}

/// A checked phone number.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Phone {
    text: String,
    kind: PhoneKind,
}

/// Why a text is not a phone number.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum PhoneError {
    /// Nothing was written.
    #[error("no phone number is given")]
    Empty,
    /// A character that is no digit.
    #[error("`{found}` at position {position} of a phone number is not a digit")]
    NotADigit {
        /// Counted from 1.
        position: usize,
        /// The character.
        found: char,
    },
    /// A mobile number has 11 digits.
    #[error("a mobile number has 11 digits, found {found}")]
    MobileLength {
        /// Digits found.
        found: usize,
    },
    /// A mobile number begins with 13 to 19.
    #[error("no mobile number begins with `{prefix}`")]
    MobilePrefix {
        /// The first two digits.
        prefix: String,
    },
    /// No area code: it begins with 0.
    #[error("a landline number begins with an area code such as 010 or 0312")]
    NoAreaCode,
    /// The number after the area code has 7 or 8 digits.
    #[error("a landline number has 7 or 8 digits after its area code, found {found}")]
    LandlineLength {
        /// Digits found after the area code.
        found: usize,
    },
    /// The number after the area code begins with 0 or 1.
    #[error("no landline number begins with `{found}` after its area code")]
    LandlinePrefix {
        /// The first digit after the area code.
        found: char,
    },
}

impl PhoneError {
    /// The fact in Chinese, with what to do about it.
    #[must_use]
    pub fn zh(&self) -> String {
        match self {
            Self::Empty => "请填写电话号码。".to_owned(),
            Self::NotADigit { position, found } => {
                format!("电话号码第{position}位“{found}”不是半角数字，请核对。")
            }
            Self::MobileLength { found } => format!("手机号码应为11位，现有{found}位，请核对。"),
            Self::MobilePrefix { prefix } => format!("没有以“{prefix}”开头的手机号码，请核对。"),
            Self::NoAreaCode => "固定电话请带区号，例如0312-2345678。".to_owned(),
            Self::LandlineLength { found } => format!("区号之后应为7位或8位，现有{found}位，请核对。"),
            Self::LandlinePrefix { found } => format!("区号之后不能以“{found}”开头，请核对。"),
        }
    }
}

impl Phone {
    /// A number of either kind: a landline when it begins with 0, otherwise a mobile.
    ///
    /// # Errors
    /// [`PhoneError`] naming the fact.
    pub fn parse(input: &str) -> Result<Self, PhoneError> {
        if input.starts_with('0') { Self::landline(input) } else { Self::mobile(input) }
    }

    /// A mobile number: 11 digits, beginning with 13 to 19.
    ///
    /// # Errors
    /// [`PhoneError`] naming the fact.
    pub fn mobile(input: &str) -> Result<Self, PhoneError> {
        only_digits(input, None)?;
        let prefix: String = input.chars().take(2).collect();
        if !matches!(prefix.as_bytes(), [b'1', b'3'..=b'9']) {
            return Err(PhoneError::MobilePrefix { prefix });
        }
        if input.len() != 11 {
            return Err(PhoneError::MobileLength { found: input.len() });
        }
        Ok(Self { text: input.to_owned(), kind: PhoneKind::Mobile })
    }

    /// A landline number with its area code; one hyphen between the two may be left out.
    ///
    /// # Errors
    /// [`PhoneError`] naming the fact.
    pub fn landline(input: &str) -> Result<Self, PhoneError> {
        // 010 and 02x have three digits, all other area codes four.
        let area_length = match input.as_bytes() {
            [b'0', b'1', ..] | [b'0', b'2', ..] => 3,
            [b'0', b'3'..=b'9', ..] => 4,
            [] => return Err(PhoneError::Empty),
            _ => {
                only_digits(input, None)?;
                return Err(PhoneError::NoAreaCode);
            }
        };
        only_digits(input, Some(area_length))?;
        let area: String = input.chars().take(area_length).collect();
        if area.starts_with("01") && area != "010" {
            return Err(PhoneError::NoAreaCode);
        }
        let number: String = input.chars().skip(area_length).filter(char::is_ascii_digit).collect();
        if !matches!(number.len(), 7 | 8) {
            return Err(PhoneError::LandlineLength { found: number.len() });
        }
        if let Some(found) = number.chars().next().filter(|found| matches!(found, '0' | '1')) {
            return Err(PhoneError::LandlinePrefix { found });
        }
        Ok(Self { text: format!("{area}-{number}"), kind: PhoneKind::Landline })
    }

    /// The number: `13812341234`, `0312-2345678`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Mobile or landline.
    #[must_use]
    pub const fn kind(&self) -> PhoneKind {
        self.kind
    }

    /// `138****1234`; of a landline the area code and the last three, `0312-****678`.
    #[must_use]
    pub fn masked(&self) -> String {
        match self.kind {
            PhoneKind::Mobile => super::mask::keep(&self.text, 3, 4),
            PhoneKind::Landline => {
                let area = self.text.split('-').next().map_or(0, str::len);
                super::mask::keep(&self.text, area + 1, 3)
            }
        }
    }
}

impl Debug for Phone {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "Phone({})", self.masked())
    }
}

/// Digits throughout, but for one hyphen at the place `hyphen_at` counted from 0.
fn only_digits(input: &str, hyphen_at: Option<usize>) -> Result<(), PhoneError> {
    if input.is_empty() {
        return Err(PhoneError::Empty);
    }
    let wrong = input
        .chars()
        .enumerate()
        .find(|(index, found)| !(found.is_ascii_digit() || (*found == '-' && hyphen_at == Some(*index))));
    match wrong {
        Some((index, found)) => Err(PhoneError::NotADigit { position: index + 1, found }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mobiles() {
        let phone = Phone::mobile("13812341234").expect("a number");
        assert_eq!((phone.as_str(), phone.kind()), ("13812341234", PhoneKind::Mobile));
        assert_eq!(phone.masked(), "138****1234");
        assert_eq!(format!("{phone:?}"), "Phone(138****1234)");
        let check = |input: &str, expected: PhoneError| assert_eq!(Phone::mobile(input), Err(expected), "{input}");
        check("", PhoneError::Empty);
        check("1381234123", PhoneError::MobileLength { found: 10 });
        check("12812341234", PhoneError::MobilePrefix { prefix: "12".into() });
        check("138 1234123", PhoneError::NotADigit { position: 4, found: ' ' });
        check("+8613812341234", PhoneError::NotADigit { position: 1, found: '+' });
        check("１3812341234", PhoneError::NotADigit { position: 1, found: '１' });
    }

    #[test]
    fn either_kind() {
        let check = |input: &str, kind: PhoneKind| assert_eq!(Phone::parse(input).map(|phone| phone.kind()), Ok(kind));
        check("13812341234", PhoneKind::Mobile);
        check("0312-2345678", PhoneKind::Landline);
        assert_eq!(Phone::parse(""), Err(PhoneError::Empty));
    }

    #[test]
    fn landlines() {
        let check = |input: &str, text: &str, masked: &str| {
            let phone = Phone::landline(input).expect("a number");
            assert_eq!((phone.as_str(), phone.masked().as_str()), (text, masked));
        };
        check("0312-2345678", "0312-2345678", "0312-****678");
        check("03122345678", "0312-2345678", "0312-****678");
        check("01062345678", "010-62345678", "010-*****678");
        let check = |input: &str, expected: PhoneError| assert_eq!(Phone::landline(input), Err(expected), "{input}");
        check("2345678", PhoneError::NoAreaCode);
        check("015-2345678", PhoneError::NoAreaCode);
        check("0312-234567", PhoneError::LandlineLength { found: 6 });
        check("0312-1345678", PhoneError::LandlinePrefix { found: '1' });
        check("031-22345678", PhoneError::NotADigit { position: 4, found: '-' });
        check("", PhoneError::Empty);
    }
}

//! The unified social credit code (统一社会信用代码, GB 32100): authority, kind, region, organisation, check.
//!
//! INVARIANT: a [`CreditCode`] has 18 characters of the standard's alphabet, upper case, and a right check character.

use std::fmt::{self, Display, Formatter};

use thiserror::Error;

/// The 31 characters of the standard, in order of value: no I, O, S, V, Z.
const ALPHABET: &str = "0123456789ABCDEFGHJKLMNPQRTUWXY";

/// A checked credit code, upper case.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CreditCode(String);

/// Why a text is not a credit code.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum CreditCodeError {
    /// Nothing was written.
    #[error("no credit code is given")]
    Empty,
    /// Not 18 characters.
    #[error("a credit code has 18 characters, found {found}")]
    Length {
        /// Characters found.
        found: usize,
    },
    /// A character outside the alphabet.
    #[error("`{found}` at position {position} does not occur in credit codes")]
    NotInAlphabet {
        /// Counted from 1.
        position: usize,
        /// The character.
        found: char,
    },
    /// The region, characters 3 to 8, holds a letter.
    #[error("`{found}` at position {position} of a credit code must be a digit")]
    RegionNotDigits {
        /// Counted from 1.
        position: usize,
        /// The character.
        found: char,
    },
    /// The last character does not fit the others.
    #[error("the check character is `{found}`, the characters before it ask for `{expected}`")]
    CheckCharacter {
        /// What the first 17 characters ask for.
        expected: char,
        /// What stands there.
        found: char,
    },
}

impl CreditCodeError {
    /// The fact in Chinese, with what to do about it.
    #[must_use]
    pub fn zh(&self) -> String {
        match self {
            Self::Empty => "请填写统一社会信用代码。".to_owned(),
            Self::Length { found } => format!("统一社会信用代码应为18位，现有{found}位，请核对。"),
            Self::NotInAlphabet { position, found } => {
                format!("统一社会信用代码第{position}位“{found}”不可能出现（不用I、O、S、V、Z），请核对。")
            }
            Self::RegionNotDigits { position, found } => {
                format!("统一社会信用代码第{position}位“{found}”应为数字（第3至8位是行政区划），请核对。")
            }
            Self::CheckCharacter { .. } => "统一社会信用代码校验位错误，请逐位核对。".to_owned(),
        }
    }
}

impl CreditCode {
    /// Checks a code; lower case is accepted and stored upper.
    ///
    /// # Errors
    /// [`CreditCodeError`] naming the first fact that is wrong.
    pub fn parse(input: &str) -> Result<Self, CreditCodeError> {
        let length = input.chars().count();
        if length == 0 {
            return Err(CreditCodeError::Empty);
        }
        let text = input.to_ascii_uppercase();
        for (index, found) in text.chars().enumerate() {
            let position = index + 1;
            if value(found).is_none() {
                return Err(CreditCodeError::NotInAlphabet { position, found });
            }
            if (3..=8).contains(&position) && !found.is_ascii_digit() {
                return Err(CreditCodeError::RegionNotDigits { position, found });
            }
        }
        if length != 18 {
            return Err(CreditCodeError::Length { found: length });
        }
        let expected = check_character(&text);
        match text.chars().next_back() {
            Some(found) if found != expected => Err(CreditCodeError::CheckCharacter { expected, found }),
            _ => Ok(Self(text)),
        }
    }

    /// The code.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Registering authority and kind of organisation: the first two characters.
    #[must_use]
    pub fn class(&self) -> String {
        self.0.chars().take(2).collect()
    }

    /// The region of registration, six digits.
    #[must_use]
    pub fn region(&self) -> String {
        self.0.chars().skip(2).take(6).collect()
    }

    /// What the first two characters say, where the standard's table has them.
    #[must_use]
    pub fn class_title(&self) -> Option<&'static str> {
        Some(match self.class().as_str() {
            "11" => "机构编制-机关",
            "12" => "机构编制-事业单位",
            "13" => "机构编制-群团",
            "19" => "机构编制-其他",
            "21" => "外交",
            "29" => "外交-其他",
            "31" => "司法行政-律师执业机构",
            "32" => "司法行政-公证处",
            "33" => "司法行政-基层法律服务所",
            "34" => "司法行政-司法鉴定机构",
            "35" => "司法行政-仲裁委员会",
            "39" => "司法行政-其他",
            "41" => "文化",
            "49" => "文化-其他",
            "51" => "民政-社会团体",
            "52" => "民政-民办非企业",
            "53" => "民政-基金会",
            "59" => "民政-其他",
            "61" | "62" => "旅游",
            "71" => "宗教-活动场所",
            "72" => "宗教-院校",
            "79" => "宗教-其他",
            "81" => "工会-基层",
            "89" => "工会-其他",
            "91" => "市场监管-企业",
            "92" => "市场监管-个体",
            "93" => "市场监管-农民合作社",
            "A1" => "军队事业",
            "A9" => "军队其他",
            "N1" => "农业-组级集体经济",
            "N2" => "农业-村级集体经济",
            "N3" => "农业-乡镇集体经济",
            "N9" => "农业-其他",
            "Y1" => "其他",
            _ => return None,
        })
    }
}

impl Display for CreditCode {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn value(character: char) -> Option<usize> {
    ALPHABET.find(character)
}

/// Weights are 3^i mod 31; the check makes the weighted sum divisible by 31.
fn check_character(text: &str) -> char {
    let mut weight = 1;
    let mut sum = 0;
    for value in text.chars().take(17).filter_map(value) {
        sum += value * weight;
        weight = weight * 3 % 31;
    }
    ALPHABET.chars().nth((31 - sum % 31) % 31).unwrap_or('0')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn reads_a_code() {
        let code = CreditCode::parse("91350100m000100y43").expect("a code");
        assert_eq!(code.to_string(), "91350100M000100Y43");
        assert_eq!((code.class().as_str(), code.region().as_str()), ("91", "350100"));
        assert_eq!(code.class_title(), Some("市场监管-企业"));
    }

    #[test]
    fn names_what_is_wrong() {
        let check = |input: &str, expected: CreditCodeError| {
            assert_eq!(CreditCode::parse(input), Err(expected.clone()), "{input}");
            assert!(expected.zh().ends_with('。'));
        };
        check("", CreditCodeError::Empty);
        check("91350100M000100Y4", CreditCodeError::Length { found: 17 });
        check("91350100O000100Y43", CreditCodeError::NotInAlphabet { position: 9, found: 'O' });
        check("913501A0M000100Y43", CreditCodeError::RegionNotDigits { position: 7, found: 'A' });
        check("91350100M000100Y44", CreditCodeError::CheckCharacter { expected: '3', found: '4' });
        check("９1350100M000100Y43", CreditCodeError::NotInAlphabet { position: 1, found: '９' });
    }

    proptest! {
        #[test]
        fn any_single_wrong_character_is_found(organisation in "[0-9A-HJ-NP-RTUWXY]{9}", region in "[0-9]{6}", at in 0..18_usize, shift in 1..31_usize) {
            let body = format!("91{region}{organisation}");
            let good = format!("{body}{}", check_character(&body));
            prop_assert!(CreditCode::parse(&good).is_ok());
            let mut characters: Vec<char> = good.chars().collect();
            let moved = (value(characters[at]).expect("in the alphabet") + shift) % 31;
            characters[at] = ALPHABET.chars().nth(moved).expect("in the alphabet");
            let broken: String = characters.into_iter().collect();
            prop_assert!(CreditCode::parse(&broken).is_err());
        }
    }
}

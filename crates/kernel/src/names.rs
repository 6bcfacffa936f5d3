//! Identities as types, so that a matter is never taken for an office.
//!
//! These are not display names: what a person reads comes from titles and registers.

use serde::{Deserialize, Serialize};
use std::fmt;

macro_rules! identity {
    ($(#[$doc:meta] $name:ident),+ $(,)?) => {$(
        #[$doc]
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
        pub struct $name(String);

        impl $name {
            /// Takes the identity as it was written.
            pub fn new(text: impl Into<String>) -> Self {
                Self(text.into())
            }

            /// The identity as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.to_owned())
            }
        }
    )+};
}

identity! {
    /// A name declared in a law file: a stage, an act, a field, a seat, a rate, a paper.
    Name,
    /// One matter (办件).
    MatterId,
    /// One office in the area tree.
    OfficeId,
    /// One person who acts: an account, an entry of a register, a party of a matter.
    PersonId,
}

/// Names that mean the same in every law file: a procedure that uses one is understood by papers, lists
/// and channels without a word of its own. They are optional; a procedure without them lacks only that.
pub mod reserved {
    /// The list of channels a matter may come in by.
    pub const CHANNELS: &str = "channels";
    /// The channel of the public pages, an entry of [`CHANNELS`].
    pub const ONLINE: &str = "online";
    /// The field that names the outer body a matter concerns: court, prosecutor, arbitration.
    pub const OUTER_BODY: &str = "organ-name";
    /// The field of a service record that names the paper served.
    pub const SERVED_PAPER: &str = "served-paper";
    /// The field that numbers the case file.
    pub const ARCHIVE_NUMBER: &str = "archive-number";
    /// The field that says how long the case file is kept (保管期限).
    pub const RETENTION: &str = "retention";
}

/// An article number as statutes write it: 43 is 四十三, 105 is 一百零五.
pub fn chinese_number(number: u32) -> String {
    const DIGITS: [&str; 10] = ["零", "一", "二", "三", "四", "五", "六", "七", "八", "九"];
    const UNITS: [(u32, &str); 4] = [(1000, "千"), (100, "百"), (10, "十"), (1, "")];
    if number == 0 || number >= 10_000 {
        return number.to_string();
    }
    let mut text = String::new();
    let mut skipped = false;
    for (unit, name) in UNITS {
        let digit = number / unit % 10;
        if digit == 0 {
            skipped = !text.is_empty();
            continue;
        }
        if skipped {
            text.push('零');
            skipped = false;
        }
        let bare_ten = unit == 10 && digit == 1 && text.is_empty();
        if !bare_ten {
            text.push_str(DIGITS.get(digit as usize).copied().unwrap_or_default());
        }
        text.push_str(name);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::chinese_number;

    #[test]
    fn articles_are_written_as_statutes_write_them() {
        for (number, expected) in [
            (1, "一"),
            (10, "十"),
            (11, "十一"),
            (20, "二十"),
            (43, "四十三"),
            (100, "一百"),
            (105, "一百零五"),
            (110, "一百一十"),
            (1259, "一千二百五十九"),
            (1005, "一千零五"),
        ] {
            assert_eq!(chinese_number(number), expected);
        }
    }
}

//! What was done, by whom and to what, over all chains (审计记录): everything that happened, and nothing of its content.
//!
//! INVARIANT: nothing a person stated in a matter, and no reason anybody wrote, is in a deed.

mod reading;

use crate::bureau::Bureau;
use crate::people;
use kernel::ledger::Digest;
use kernel::world::Moment;
use reading::Reading;
use store::{Chains, StorageError};

/// What is looked for in the trail.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Which {
    /// Everything.
    #[default]
    Everything,
    /// One kind.
    Kind(Kind),
    /// What was done in a matter, and who looked at it, by its number.
    Matter(String),
}

/// A kind of chain beside the matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Accounts and posts.
    Accounts,
    /// Looks at what is masked.
    Looks,
    /// Registers.
    Registers,
    /// Keys of offices.
    OfficeKeys,
    /// Papers signed.
    Seals,
    /// Calendars.
    Calendars,
    /// Citizens who signed in.
    Citizens,
    /// Messages sent anew, or told in another way.
    Messages,
    /// Time stamps.
    Stamps,
}

impl Kind {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Kind; 9] = [
        Kind::Accounts,
        Kind::Looks,
        Kind::Registers,
        Kind::OfficeKeys,
        Kind::Seals,
        Kind::Calendars,
        Kind::Citizens,
        Kind::Messages,
        Kind::Stamps,
    ];

    /// The first part of the names of its chains.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Accounts => "account",
            Kind::Looks => "reads",
            Kind::Registers => "register",
            Kind::OfficeKeys => "office-keys",
            Kind::Seals => "seals",
            Kind::Calendars => "calendar",
            Kind::Citizens => "citizen",
            Kind::Messages => "outbox",
            Kind::Stamps => "stamps",
        }
    }

    /// Reads [`Self::as_str`] back.
    #[must_use]
    pub fn parse(word: &str) -> Option<Kind> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }

    /// What a person reads.
    #[must_use]
    pub fn zh(self) -> &'static str {
        match self {
            Kind::Accounts => "账号和岗位",
            Kind::Looks => "查看个人信息",
            Kind::Registers => "名册",
            Kind::OfficeKeys => "机关签名密钥",
            Kind::Seals => "文书签名",
            Kind::Calendars => "放假和调休",
            Kind::Citizens => "群众登录",
            Kind::Messages => "消息重发和另行告知",
            Kind::Stamps => "时间戳",
        }
    }
}

/// One thing that was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deed {
    /// Its place among all acts.
    pub place: u64,
    /// When, milliseconds UTC.
    pub at: i64,
    /// What, in a few words.
    pub what: String,
    /// Who: name and seat, or the seat alone for whoever has no account.
    pub who: String,
    /// The office they did it for; empty where none was recorded.
    pub office: String,
    /// To what: the number of a matter, an account, a register.
    pub about: String,
    /// Its hash.
    pub hash: Digest,
}

/// A part of the trail, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Trail {
    /// What was done.
    pub deeds: Vec<Deed>,
    /// Before which place the next part begins; none where this is the last.
    pub older: Option<u64>,
}

/// What was done before a place (the newest where none is said), at most so many.
///
/// # Errors
/// What the store says.
pub fn trail(bureau: &Bureau, which: &Which, before: Option<u64>, limit: u32) -> Result<Trail, StorageError> {
    let chains = match which {
        Which::Everything => Chains::All,
        Which::Kind(kind) => Chains::Of(kind.as_str().to_owned()),
        Which::Matter(number) => match bureau.store.find_by_number(number)? {
            Some(matter) => Chains::Matter(matter.matter),
            None => return Ok(Trail::default()),
        },
    };
    // One more than is shown says whether anything is older.
    let before = before.unwrap_or(i64::MAX.unsigned_abs());
    let mut rows = bureau.store.trail(&chains, before, limit.saturating_add(1))?;
    let shown = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = rows.len() > shown;
    rows.truncate(shown);
    let readings: Vec<Reading> = rows.iter().map(Reading::of).collect();
    let names = people::names_of(bureau, readings.iter().flat_map(Reading::accounts))?;
    let deeds = readings.iter().map(|reading| reading.deed(bureau, &names)).collect();
    let older = rows.last().filter(|_| more).map(|row| row.seq);
    Ok(Trail { deeds, older })
}

/// The place before which the trail of a day and the days before it begins.
///
/// # Errors
/// What the store says.
pub fn until(bureau: &Bureau, now: Moment, day: jiff::civil::Date) -> Result<u64, StorageError> {
    let ends = day.tomorrow().unwrap_or(day).to_datetime(jiff::civil::Time::midnight());
    let at = now.at + now.civil.duration_until(ends);
    bureau.store.first_place_from(at.as_millisecond())
}

//! Messages leave the house: after the commit, at least once, a bounded number of times.
//!
//! It starts no program and knows no network: a [`Delivery`] is handed in, and the moment too. What is not meant for a
//! phone is delivered by being shown. The claim of a process that was killed lapses and the message leaves again; its
//! identity lets the receiver tell.
//!
//! INVARIANT: a message is sent, waits, or is dead for everybody to see; it is never dropped. Only here a full number
//! leaves its seal.

use crate::bureau::Bureau;
use crate::message::{Body, INBOX, PHONE};
use kernel::world::Moment;
use std::fmt;
use std::time::Duration;
use store::{OutboxRow, OutboxState, StorageError};

/// How long a port may take for one letter. A gateway answers in a second or not at all.
pub const PATIENCE: Duration = Duration::from_secs(30);
/// Attempts before a letter is given up: some six hours, longer than the maintenance of a gateway, and short enough
/// that the office learns of it on the same day.
pub const ATTEMPTS_MAX: u32 = 12;
/// The wait after the first attempt; it doubles with each.
const WAIT_MIN_MS: i64 = 60 * 1000;
/// The longest wait: a receiver that lives again is found within the hour.
const WAIT_MAX_MS: i64 = 60 * 60 * 1000;
/// Letters of a round, tried beside each other: few, because the next round waits for the slowest of them. All end within
/// [`PATIENCE`], so a claim outlives its round.
const LETTERS_AT_ONCE: u32 = 2;
/// How long a claim holds, in milliseconds: four times what a round may take.
const LAPSE_MS: i64 = 120_000;
/// Messages shown at a time.
const SHOWN_AT_ONCE: u32 = 200;
/// Characters kept of a reason.
const REASON_MAX: usize = 200;
/// Digits in a row that may be somebody's number, and are not kept in a reason.
const DIGITS_MAX: usize = 5;

/// A message on its way out, opened.
#[derive(Clone, PartialEq, Eq)]
pub struct Letter {
    /// Its identity, the same at every attempt.
    pub id: String,
    /// Its topic.
    pub topic: String,
    /// To whom, in full.
    pub to: String,
    /// What it says.
    pub text: String,
    /// Which attempt this is, from 1.
    pub attempt: u32,
}

impl fmt::Debug for Letter {
    /// Without number and text: what is printed may end up in a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Letter").field("id", &self.id).field("attempt", &self.attempt).finish_non_exhaustive()
    }
}

/// Why a letter was not delivered, in words for a person.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DeliveryError {
    /// It may be tried again.
    #[error("later: {0}")]
    Later(String),
    /// Trying again would not help.
    #[error("never: {0}")]
    Never(String),
}

/// The port: whatever brings a letter to a phone.
pub trait Delivery: Send + Sync {
    /// Delivers one letter within [`PATIENCE`].
    ///
    /// # Errors
    /// [`DeliveryError`] says why not, and whether to try again.
    fn deliver(&self, letter: &Letter) -> Result<(), DeliveryError>;
}

/// What becomes of a letter after an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// It is delivered.
    Sent,
    /// It is tried again.
    Again {
        /// After how many milliseconds.
        after_ms: i64,
        /// Why it was not delivered.
        reason: String,
    },
    /// It is given up.
    Dead {
        /// Why.
        reason: String,
    },
}

/// What a round of deliveries came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Round {
    /// Delivered.
    pub sent: u32,
    /// To be tried again.
    pub again: u32,
    /// Given up.
    pub dead: u32,
}

impl Round {
    /// Letters that were tried.
    pub fn tried(self) -> u32 {
        self.sent + self.again + self.dead
    }
}

/// How long to wait after an attempt (from 1), in milliseconds: from a minute, doubling, to an hour.
pub fn wait_ms(attempt: u32) -> i64 {
    let doubled = 1_i64.checked_shl(attempt.saturating_sub(1)).and_then(|times| WAIT_MIN_MS.checked_mul(times));
    doubled.filter(|wait| *wait > 0).unwrap_or(WAIT_MAX_MS).min(WAIT_MAX_MS)
}

/// What becomes of a letter after its attempt (from 1).
pub fn fate(attempt: u32, outcome: Result<(), DeliveryError>) -> Fate {
    match outcome {
        Ok(()) => Fate::Sent,
        Err(DeliveryError::Never(reason)) => Fate::Dead { reason: format!("对方不收：{reason}") },
        Err(DeliveryError::Later(reason)) if attempt >= ATTEMPTS_MAX => {
            Fate::Dead { reason: format!("试了{attempt}次都没有发出去，最后一次：{reason}") }
        }
        Err(DeliveryError::Later(reason)) => Fate::Again { after_ms: wait_ms(attempt), reason },
    }
}

/// One round: claims a few letters that are due and delivers them beside each other. Nothing is left to do at this
/// moment when it tried none.
///
/// # Errors
/// What the store says; what was claimed comes back.
pub fn deliver(bureau: &Bureau, port: &dyn Delivery, now: Moment) -> Result<Round, StorageError> {
    let at = now.at.as_millisecond();
    if !bureau.store.has_message_due(PHONE, at)? {
        return Ok(Round::default());
    }
    let claimed = bureau.store.claim_messages_of(PHONE, at, at.saturating_add(LAPSE_MS), LETTERS_AT_ONCE)?;
    let fates = std::thread::scope(|scope| {
        let hands: Vec<_> = claimed.iter().map(|row| scope.spawn(move || one(bureau, port, row, at))).collect();
        // A port that panicked has reported nothing: its claim lapses.
        hands.into_iter().filter_map(|hand| hand.join().ok()).collect::<Result<Vec<Fate>, StorageError>>()
    })?;
    let mut round = Round::default();
    for fate in fates {
        match fate {
            Fate::Sent => round.sent += 1,
            Fate::Again { .. } => round.again += 1,
            Fate::Dead { .. } => round.dead += 1,
        }
    }
    Ok(round)
}

/// Tries one claimed message and writes down what became of it.
fn one(bureau: &Bureau, port: &dyn Delivery, row: &OutboxRow, at: i64) -> Result<Fate, StorageError> {
    let fate = match letter(bureau, row, at)? {
        Err(reason) => Fate::Dead { reason: reason.to_owned() },
        Ok(letter) => fate(row.attempts, port.deliver(&letter).map_err(|error| error.without_personal_data(&letter))),
    };
    match &fate {
        Fate::Sent => bureau.store.message_sent(&row.id)?,
        Fate::Again { after_ms, reason } => {
            bureau.store.message_failed(&row.id, reason, at.saturating_add(*after_ms))?
        }
        Fate::Dead { reason } => bureau.store.message_dead(&row.id, reason, at)?,
    };
    Ok(fate)
}

/// The letter of a message, or why it is not even tried.
fn letter(bureau: &Bureau, row: &OutboxRow, at: i64) -> Result<Result<Letter, &'static str>, StorageError> {
    let Ok(body) = Body::open(bureau, row) else { return Ok(Err("内容解不开，密钥不对或者内容损坏")) };
    if body.to.is_empty() {
        return Ok(Err("没有收件号码"));
    }
    if body.until.is_some_and(|until| until <= at) {
        return Ok(Err("验证码在发出去之前已经过期"));
    }
    // Claimed so often and never reported: whoever tries it dies of it.
    if row.attempts > ATTEMPTS_MAX {
        return Ok(Err("发送的程序每次都中断，不再试"));
    }
    let text = body.filled(body.number(bureau)?.as_deref());
    let (id, topic) = (row.id.clone(), row.topic.clone());
    Ok(Ok(Letter { id, topic, to: body.to, text, attempt: row.attempts }))
}

impl DeliveryError {
    /// The reason as it may be kept: one line, short, without the number, the text or any long run of digits.
    fn without_personal_data(self, letter: &Letter) -> DeliveryError {
        let clean = |reason: String| {
            let hide = |text: String, part: &str, word| if part.is_empty() { text } else { text.replace(part, word) };
            let reason = hide(hide(reason, &letter.text, "（内容）"), &letter.to, "（号码）");
            let reason = reason.split(|c: char| c.is_control() || c.is_whitespace()).filter(|word| !word.is_empty());
            without_digits(&reason.collect::<Vec<_>>().join(" ")).chars().take(REASON_MAX).collect()
        };
        match self {
            DeliveryError::Later(reason) => DeliveryError::Later(clean(reason)),
            DeliveryError::Never(reason) => DeliveryError::Never(clean(reason)),
        }
    }
}

/// The text with every long run of digits hidden.
fn without_digits(text: &str) -> String {
    let mut kept = String::new();
    let mut digits = String::new();
    for c in text.chars().map(Some).chain([None]) {
        match c {
            Some(digit) if digit.is_ascii_digit() => digits.push(digit),
            _ => {
                kept.push_str(if digits.len() > DIGITS_MAX { "（数字）" } else { &digits });
                digits.clear();
                kept.extend(c);
            }
        }
    }
    kept
}

/// Where nothing leads outside: every message counts as sent, since the operator's console and the inbox show it.
///
/// # Errors
/// What the store says.
pub fn show_all(bureau: &Bureau, now: Moment) -> Result<u64, StorageError> {
    if bureau.store.message_count(OutboxState::Pending)? == 0 {
        return Ok(0);
    }
    show(bureau, |at, lapses_at| bureau.store.claim_messages(at, lapses_at, SHOWN_AT_ONCE), now)
}

/// Where phones are reached by a port: what the inbox shows counts as sent.
///
/// # Errors
/// What the store says.
pub fn show_inbox(bureau: &Bureau, now: Moment) -> Result<u64, StorageError> {
    if !bureau.store.has_message_due(INBOX, now.at.as_millisecond())? {
        return Ok(0);
    }
    show(bureau, |at, lapses_at| bureau.store.claim_messages_of(INBOX, at, lapses_at, SHOWN_AT_ONCE), now)
}

fn show(
    bureau: &Bureau,
    claim: impl Fn(i64, i64) -> Result<Vec<OutboxRow>, StorageError>,
    now: Moment,
) -> Result<u64, StorageError> {
    let at = now.at.as_millisecond();
    let mut sent = 0;
    loop {
        let claimed = claim(at, at.saturating_add(LAPSE_MS))?;
        if claimed.is_empty() {
            return Ok(sent);
        }
        for message in claimed {
            sent += u64::from(bureau.store.message_sent(&message.id)?);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn later() -> Result<(), DeliveryError> {
        Err(DeliveryError::Later("占线".to_owned()))
    }

    #[test]
    fn waits_double_from_a_minute_to_an_hour() {
        let minutes: Vec<i64> = (1..ATTEMPTS_MAX).map(|attempt| wait_ms(attempt) / 60_000).collect();
        assert_eq!(minutes, [1, 2, 4, 8, 16, 32, 60, 60, 60, 60, 60]);
        assert_eq!(minutes.iter().sum::<i64>(), 6 * 60 + 3, "some six hours in all");
        for odd in [0, 63, 64, 65, u32::MAX] {
            assert!((WAIT_MIN_MS..=WAIT_MAX_MS).contains(&wait_ms(odd)), "{odd}");
        }
    }

    #[test]
    fn a_letter_is_tried_twelve_times_and_a_refused_one_once() {
        assert_eq!(fate(1, Ok(())), Fate::Sent);
        assert_eq!(fate(ATTEMPTS_MAX, Ok(())), Fate::Sent);
        assert_eq!(fate(11, later()), Fate::Again { after_ms: WAIT_MAX_MS, reason: "占线".to_owned() });
        let reason = "试了12次都没有发出去，最后一次：占线".to_owned();
        assert_eq!(fate(12, later()), Fate::Dead { reason });
        let never = fate(1, Err(DeliveryError::Never("空号".to_owned())));
        assert_eq!(never, Fate::Dead { reason: "对方不收：空号".to_owned() });
    }

    #[test]
    fn a_reason_holds_no_personal_data() {
        let (to, text) = ("13800000017".to_owned(), "您的验证码271828。".to_owned());
        let letter = Letter { id: "m1".to_owned(), topic: PHONE.to_owned(), to, text, attempt: 1 };
        let check = |said: &str, kept: &str| {
            let error = DeliveryError::Never(said.to_owned()).without_personal_data(&letter);
            assert_eq!(error, DeliveryError::Never(kept.to_owned()));
        };
        check("550 no such user 13800000017", "550 no such user （号码）");
        check("+8613800000017: gone\r\n", "+86（号码）: gone");
        check("138 code 271828 at 12345", "138 code （数字） at 12345");
        check("refused: 您的验证码271828。", "refused: （内容）");
        check(&"长".repeat(300), &"长".repeat(REASON_MAX));
        assert!(!format!("{letter:?}").contains("138"), "nor does a log of it");
    }
}

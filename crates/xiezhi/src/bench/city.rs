//! A database as large as a city's, made through the real corridor by many hands at once.

use crate::answer::{Complaint, OrSay};
use crate::demo::{Applicant, Cast, Opening, PROCEDURE, Walk, enrol_staff};
use crate::edge;
use acts::Bureau;
use jiff::SignedDuration;
use kernel::world::Moment;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Instant;

/// Hands that work at once: enough for commits to be shared.
const HANDS: u32 = 16;
/// Matters between two words of progress.
const PROGRESS: u32 = 10_000;

/// How matters end up, in hundredths, with their acts; a year of a city, most of it done.
const FATES: &[(u32, Age, &str)] = &[
    (8, Age::Days(0, 6), ""),
    (1, Age::Days(9, 15), ""),
    (5, Age::Days(2, 6), "propose-grant+1"),
    (3, Age::Days(3, 9), "ask-supplement+2"),
    (1, Age::Days(3, 5), "propose-grant+1 grant+1"),
    (1, Age::Days(6, 20), "propose-grant+1 grant+1 assign-lawyer+1"),
    (1, Age::Days(20, 90), "propose-grant+1 grant+1 assign-lawyer+1 accept+1 log-meeting+2"),
    (39, Age::Days(30, 320), "withdraw+2"),
    (40, Age::Days(30, 320), "propose-refuse+2 refuse+2"),
    (
        1,
        Age::Days(120, 320),
        "propose-grant+1 grant+1 assign-lawyer+1 accept+1 log-meeting+2 report-closing+30 accept-closing+2 \
         assign-peer+1 grade+3 propose-subsidy+1 approve-subsidy+1 pay+3 archive+2",
    ),
];

/// From and to which age, in days.
#[derive(Debug, Clone, Copy)]
enum Age {
    Days(u32, u32),
}

/// What was built.
#[derive(Debug, Clone, Copy)]
pub struct Built {
    /// Acts performed.
    pub acts: u64,
    /// How long it took.
    pub seconds: f64,
}

impl Built {
    /// Acts in a second.
    pub fn rate(&self) -> f64 {
        to_f64(self.acts) / self.seconds.max(0.001)
    }
}

/// A count as a number to divide.
#[expect(clippy::cast_precision_loss, reason = "counts here are far below 2^52")]
pub fn to_f64(count: u64) -> f64 {
    count as f64
}

/// Builds it.
///
/// # Errors
/// The first act that could not be done, with the reason.
pub fn build(bureau: &Bureau, matters: u32, say: &dyn Fn(&str)) -> Result<Built, Complaint> {
    let started = Instant::now();
    let now = edge::now();
    // The cap on a lawyer's open matters decides how many lawyers such a city needs.
    let lawyers = usize::try_from(matters / 300).unwrap_or(0).max(12);
    let cast = Cast::of_a_large_city(lawyers, 24);
    if bureau.store.accounts().or_say("数据库读不了")?.is_empty() {
        enrol_staff(bureau, now, &cast)?;
        cast.register(bureau, now)?;
    }
    let walk = Walk::new(bureau, &cast);
    let (next, acts) = (AtomicU32::new(0), AtomicU64::new(0));
    let failed: Mutex<Option<Complaint>> = Mutex::new(None);
    std::thread::scope(|scope| {
        for _ in 0..HANDS {
            scope.spawn(|| {
                loop {
                    let serial = next.fetch_add(1, Ordering::Relaxed);
                    if serial >= matters || failed.lock().is_ok_and(|failed| failed.is_some()) {
                        break;
                    }
                    match one(&walk, now, serial) {
                        Ok(count) => acts.fetch_add(count, Ordering::Relaxed),
                        Err(error) => {
                            if let Ok(mut failed) = failed.lock() {
                                failed.get_or_insert(error);
                            }
                            break;
                        }
                    };
                    if serial % PROGRESS == PROGRESS - 1 {
                        eprintln!("  {}件，{:.0}秒", serial + 1, started.elapsed().as_secs_f64());
                    }
                }
            });
        }
    });
    if let Ok(Some(error)) = failed.into_inner() {
        return Err(error);
    }
    say("正在送出消息、登记总账");
    drain(bureau)?;
    acts::receipt::checkpoint(bureau, edge::now()).or_say("总账登记不了")?;
    Ok(Built { acts: acts.into_inner(), seconds: started.elapsed().as_secs_f64() })
}

/// One matter from its opening to where it stands; answers how many acts that took.
fn one(walk: &Walk<'_>, now: Moment, serial: u32) -> Result<u64, Complaint> {
    // A multiplicative spread: neighbours differ, and the same serial is the same matter every time.
    let spread = serial.wrapping_mul(2_654_435_761) >> 8;
    let (fate, Age::Days(from, until), steps) = fate(spread % 100);
    let days = i64::from(from + (spread / 100) % (until - from + 1));
    let mut at = ago(now, days, i64::from(spread % 480))?;
    let venues = ["990101001000", "990101002000", "990102001000", "990101001000", "990103001000"];
    let venue = venues.get(usize::try_from(spread / 7).unwrap_or(0) % venues.len()).copied().unwrap_or("990101001000");
    let channels = [
        ("online", None),
        ("hotline", Some(("hotline", "window"))),
        ("judicial-office", Some(("judicial-east-1", "window"))),
    ];
    let (channel, desk) =
        channels.get(usize::try_from(spread / 11).unwrap_or(0) % channels.len()).copied().unwrap_or(("online", None));
    let applicant = Applicant::new(serial);
    let opening = Opening {
        procedure: PROCEDURE,
        act: "apply",
        channel,
        desk,
        applicant: &applicant,
        answers: vec![("venue", venue.to_owned())],
    };
    let tell = |error: Complaint| Complaint::fact(format!("第{serial}件（{fate}）：{error}"));
    let opened = walk.open(at, &opening).map_err(tell)?;
    let mut acts = 1;
    for step in steps.split_whitespace() {
        let (act, gap) = step.split_once('+').unwrap_or((step, "0"));
        let later = SignedDuration::from_hours(gap.parse::<i64>().unwrap_or(0) * 24);
        let then = at.at.checked_add(later).or_say("日期")?.min(now.at);
        at = edge::moment(then);
        walk.act(at, &opened.matter, act, &[]).map_err(tell)?;
        acts += 1;
    }
    Ok(acts)
}

/// The fate at a place between 0 and 99.
fn fate(mut place: u32) -> (usize, Age, &'static str) {
    for (at, (share, age, steps)) in FATES.iter().enumerate() {
        if place < *share {
            return (at, *age, steps);
        }
        place -= share;
    }
    (FATES.len(), Age::Days(0, 6), "")
}

fn ago(now: Moment, days: i64, minutes: i64) -> Result<Moment, Complaint> {
    let back = SignedDuration::from_mins(days * 24 * 60 + minutes);
    Ok(edge::moment(now.at.checked_sub(back).or_say("日期")?))
}

/// Delivers what the acts left in the outbox, with several hands.
fn drain(bureau: &Bureau) -> Result<(), Complaint> {
    let failed: Mutex<Option<Complaint>> = Mutex::new(None);
    std::thread::scope(|scope| {
        for _ in 0..HANDS {
            scope.spawn(|| {
                if let Err(error) = acts::delivery::show_all(bureau, edge::now()).or_say("消息发不出去")
                    && let Ok(mut failed) = failed.lock()
                {
                    failed.get_or_insert(error);
                }
            });
        }
    });
    failed.into_inner().ok().flatten().map_or(Ok(()), Err)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shares_are_a_whole() {
        assert_eq!(FATES.iter().map(|(share, _, _)| share).sum::<u32>(), 100);
        assert_eq!(fate(99).0, FATES.len() - 1);
    }
}

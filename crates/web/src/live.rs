//! Who waits for a change of their worklist, and the one look a second that tells them.
//!
//! Every act has a place, and the last place moves with every act of every program on the database. While somebody waits,
//! one task looks at it; when it moved, or the day changed, all who wait are asked for one after the other, in one thread,
//! by the read of the page itself. Not a queue of what happened: a listener hears what their counters are now, and only when
//! they are not those it knows. See `docs/decisions/live-worklists.md`.
//!
//! INVARIANT: while nothing happens, waiting costs one statement a second, however many wait. Nothing is told without a
//! living session, and waiting keeps no session alive.

use crate::answer::Fault;
use crate::app::{App, Shared};
use crate::desk::clerk::waiting_with;
use jiff::civil::Date;
use kernel::names::PersonId;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use store::Counters;
use tokio::sync::mpsc;
use tokio::time::{MissedTickBehavior, interval};

/// How often the last place is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How many pages of one account may listen: as many connections as a browser opens to one site.
const OF_ACCOUNT_MAX: usize = 6;
/// How many pages may listen in all: each holds a connection, and a program has a thousand files by default.
const IN_ALL_MAX: usize = 500;
/// How many events may lie unread before a listener is given up: it comes back and names the last one it had.
const UNREAD_MAX: usize = 4;

/// Who waits at this program.
#[derive(Debug, Default)]
pub struct Live(Mutex<Listeners>);

#[derive(Debug, Default)]
struct Listeners {
    by_number: BTreeMap<u64, Listener>,
    next: u64,
    /// A task looks for them.
    watched: bool,
    /// The server ends: nobody is let in any more.
    closed: bool,
}

#[derive(Debug)]
struct Listener {
    account: PersonId,
    token: String,
    /// The name of the counters it knows.
    knows: String,
    /// How things stood when it was last asked for.
    asked: Option<Standing>,
    /// When its session ends unless it is used before, milliseconds UTC.
    until: i64,
    tells: mpsc::Sender<Counters>,
}

/// What must have changed for counters to change: an act, or the day by which they are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Standing {
    place: u64,
    on: Date,
}

/// What a listener hears; it ends with the session, and with the server.
pub type Heard = mpsc::Receiver<Counters>;

/// The name of these counters: equal names mean equal counters.
pub fn name(counters: Counters) -> String {
    let Counters { todo, soon, overdue, stopped } = counters;
    format!("{todo}-{soon}-{overdue}-{stopped}")
}

/// Listens for changes of the counters of somebody signed in; none where too many listen already, or the server ends.
pub fn listen(app: &Shared, account: PersonId, token: String, knows: String) -> Option<Heard> {
    let (heard, unwatched) = app.live.seat(account, token, knows)?;
    if unwatched {
        tokio::spawn(watch(Arc::clone(app)));
    }
    Some(heard)
}

/// Looks as long as somebody waits.
async fn watch(app: Shared) {
    let mut every = interval(LOOK_EVERY);
    every.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut failing = false;
    loop {
        every.tick().await;
        if !app.live.is_wanted() {
            return;
        }
        let looks = Arc::clone(&app);
        let looked = tokio::task::spawn_blocking(move || look(&looks)).await;
        let failed = match looked {
            Ok(Ok(())) => None,
            Ok(Err(fault)) => Some(format!("{fault:?}")),
            Err(panic) => Some(panic.to_string()),
        };
        // One line when it begins, not one a second; what was not told is told when the store answers again.
        if let Some(fault) = failed.as_ref().filter(|_| !failing) {
            tracing::error!(%fault, "changes of worklists are not told");
        }
        failing = failed.is_some();
    }
}

/// One look: asks for whoever has not been asked for since things stand as they do.
fn look(app: &App) -> Result<(), Fault> {
    let now = app.now();
    // The place before the counters: an act between the two moves the place and is seen by the next look.
    let standing = Standing { place: app.bureau.store.last_place()?, on: now.on() };
    for token in app.live.due(standing, now.at.as_millisecond()) {
        let session = waiting_with(app, &token)?;
        let found = session.map(|(clerk, until)| Ok::<_, Fault>((clerk.counters(app)?, until))).transpose()?;
        match found {
            Some((counters, until)) => app.live.tell(&token, standing, counters, until),
            None => app.live.left(&token),
        }
    }
    Ok(())
}

impl Live {
    /// Ends what those with this token hear: they signed out, or their session ended.
    pub fn left(&self, token: &str) {
        self.listeners().by_number.retain(|_, listener| listener.token != token);
    }

    /// Ends what all hear and lets nobody in any more.
    pub fn close(&self) {
        let mut listeners = self.listeners();
        listeners.closed = true;
        listeners.by_number.clear();
    }

    /// How many listen.
    pub fn count(&self) -> usize {
        self.listeners().by_number.len()
    }

    fn listeners(&self) -> MutexGuard<'_, Listeners> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets somebody in, where there is room; and whether a task must be started that looks.
    fn seat(&self, account: PersonId, token: String, knows: String) -> Option<(Heard, bool)> {
        let mut listeners = self.listeners();
        let Listeners { by_number, next, watched, closed } = &mut *listeners;
        by_number.retain(|_, listener| !listener.tells.is_closed());
        let own = by_number.values().filter(|listener| listener.account == account).count();
        if *closed || own >= OF_ACCOUNT_MAX || by_number.len() >= IN_ALL_MAX {
            return None;
        }
        let (tells, heard) = mpsc::channel(UNREAD_MAX);
        by_number.insert(*next, Listener { account, token, knows, asked: None, until: i64::MAX, tells });
        *next += 1;
        Some((heard, !std::mem::replace(watched, true)))
    }

    /// Whether anybody is left to look for; if not, the next who comes starts another task.
    fn is_wanted(&self) -> bool {
        let mut listeners = self.listeners();
        listeners.by_number.retain(|_, listener| !listener.tells.is_closed());
        listeners.watched = !listeners.by_number.is_empty();
        listeners.watched
    }

    /// The tokens to ask for, each once, however many pages it has open.
    fn due(&self, standing: Standing, now: i64) -> BTreeSet<String> {
        let listeners = self.listeners();
        let due = listeners.by_number.values();
        let due = due.filter(|listener| listener.asked != Some(standing) || listener.until <= now);
        due.map(|listener| listener.token.clone()).collect()
    }

    /// Tells the counters of a token to those of its pages that do not know them.
    fn tell(&self, token: &str, standing: Standing, counters: Counters, until: i64) {
        let name = name(counters);
        self.listeners().by_number.retain(|_, listener| {
            if listener.token != token {
                return true;
            }
            (listener.asked, listener.until) = (Some(standing), until);
            if listener.knows == name {
                return true;
            }
            listener.knows.clone_from(&name);
            listener.tells.try_send(counters).is_ok()
        });
    }
}

#[cfg(test)]
mod tests {
    use super::{Heard, IN_ALL_MAX, Live, OF_ACCOUNT_MAX, Standing, UNREAD_MAX};
    use store::Counters;

    fn seat(live: &Live, account: &str, token: &str, knows: &str) -> Option<Heard> {
        live.seat(account.into(), token.into(), knows.into()).map(|(heard, _)| heard)
    }

    fn standing(place: u64) -> Standing {
        Standing { place, on: jiff::civil::date(2026, 3, 2) }
    }

    fn todo(todo: u64) -> Counters {
        Counters { todo, ..Counters::default() }
    }

    #[test]
    fn one_account_has_some_seats_and_all_have_more() {
        let live = Live::default();
        let mut own: Vec<Heard> = (0..OF_ACCOUNT_MAX).map(|_| seat(&live, "shen", "t", "").unwrap()).collect();
        assert!(seat(&live, "shen", "other", "").is_none(), "another session of the same account");
        own.pop();
        own.push(seat(&live, "shen", "t", "").unwrap());
        let others: Vec<Heard> =
            (OF_ACCOUNT_MAX..IN_ALL_MAX).map(|at| seat(&live, &at.to_string(), "t", "").unwrap()).collect();
        assert!(seat(&live, "gu", "t", "").is_none());
        drop(others);
        assert!(seat(&live, "gu", "t", "").is_some(), "who went away takes no room");
    }

    #[test]
    fn one_task_looks_while_anybody_waits() {
        let live = Live::default();
        let (first, unwatched) = live.seat("shen".into(), "a".into(), String::new()).unwrap();
        assert!(unwatched);
        let (second, unwatched) = live.seat("gu".into(), "b".into(), String::new()).unwrap();
        assert!(!unwatched);
        drop(first);
        assert!(live.is_wanted());
        drop(second);
        assert!(!live.is_wanted());
        assert!(live.seat("gu".into(), "b".into(), String::new()).unwrap().1, "the next one starts another");
    }

    #[test]
    fn somebody_is_asked_for_when_things_changed_or_the_session_may_have_ended() {
        let live = Live::default();
        let _pages = (seat(&live, "shen", "a", "").unwrap(), seat(&live, "shen", "a", "").unwrap());
        assert_eq!(live.due(standing(7), 0).len(), 1, "two pages of one session are one question");
        live.tell("a", standing(7), todo(1), 1_000);
        assert!(live.due(standing(7), 999).is_empty());
        assert_eq!(live.due(standing(7), 1_000).len(), 1, "its session may have ended");
        assert_eq!(live.due(standing(8), 0).len(), 1, "there was an act");
        let tomorrow = Standing { on: jiff::civil::date(2026, 3, 3), ..standing(7) };
        assert_eq!(live.due(tomorrow, 0).len(), 1, "what was soon may be overdue");
    }

    #[test]
    fn only_what_is_not_known_is_told() {
        let live = Live::default();
        let mut heard = seat(&live, "shen", "a", "1-0-0-0").unwrap();
        let mut other = seat(&live, "gu", "b", "").unwrap();
        live.tell("a", standing(7), todo(1), i64::MAX);
        assert!(heard.try_recv().is_err(), "the page shows that already");
        live.tell("a", standing(8), todo(2), i64::MAX);
        live.tell("a", standing(9), todo(2), i64::MAX);
        assert_eq!(heard.try_recv().unwrap(), todo(2));
        assert!(heard.try_recv().is_err() && other.try_recv().is_err());
    }

    #[test]
    fn who_does_not_read_is_given_up() {
        let live = Live::default();
        let mut heard = seat(&live, "shen", "a", "").unwrap();
        for count in 0..10 {
            live.tell("a", standing(count), todo(count), i64::MAX);
        }
        assert_eq!(live.count(), 0);
        let read = std::iter::from_fn(|| heard.try_recv().ok()).count();
        assert_eq!(read, UNREAD_MAX, "what lay there is read, and then it ends");
        assert!(heard.is_closed());
    }

    #[test]
    fn it_ends_with_the_session_and_with_the_server() {
        let live = Live::default();
        let (signed_out, stays) = (seat(&live, "shen", "a", "").unwrap(), seat(&live, "gu", "b", "").unwrap());
        live.left("a");
        assert!(signed_out.is_closed() && !stays.is_closed());
        live.close();
        assert!(stays.is_closed());
        assert!(seat(&live, "gu", "b", "").is_none());
    }
}

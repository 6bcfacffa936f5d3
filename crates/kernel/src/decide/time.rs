//! When: minimum periods, notice long enough before a day, terms that have run out, extensions.
//!
//! INVARIANT: nothing is refused for being late or early by a date that cannot be reckoned; that is said instead.

use super::Refusal;
use super::reads::Reads;
use crate::clock::{self, Term};
use crate::deadline::{self, Deadline, Progress, When};
use crate::guard::{GuardError, holds};
use crate::matter::Matter;
use crate::names::Name;
use crate::procedure::{ActDef, Amount, Anchor, Binds, Extend, ExtendBy, Limit};
use crate::value::Value;
use jiff::civil::Date;

/// Everything an act has to keep with regard to time.
pub(super) fn check_time(def: &ActDef, reads: &Reads<'_>) -> Result<(), Refusal> {
    for limit in &reads.procedure.limits {
        match &limit.binds {
            Binds::Within => {}
            Binds::AtLeast { holds: held, waived } if held.contains(&def.name) => {
                let is_waived = waived.as_ref().map(|waived| holds(waived, &reads.scope())).transpose()?;
                if is_waived != Some(true) {
                    check_early(limit, reads)?;
                }
            }
            Binds::Before { field } if limit.met_by.contains(&def.name) => check_near(limit, field, reads)?,
            Binds::OrRefused { otherwise } => check_late(limit, otherwise, def, reads)?,
            Binds::AtLeast { .. } | Binds::Before { .. } => {}
        }
    }
    def.extends.iter().try_for_each(|extend| check_extend(extend, reads))
}

fn of_matter(limit: &Limit, reads: &Reads<'_>) -> Option<Deadline> {
    deadline::of_limit(limit, reads.matter?, reads.procedure, reads.world)
}

/// A minimum period that runs must be over. One that never began is the business of a guard.
fn check_early(limit: &Limit, reads: &Reads<'_>) -> Result<(), Refusal> {
    let Some(deadline) = of_matter(limit, reads) else { return Ok(()) };
    let too_early = |until: Option<Date>| Refusal::TooEarly { limit: limit.title.clone(), until };
    match (&deadline.progress, &deadline.when) {
        (Progress::Ended { .. }, _) => Ok(()),
        (_, When::Unknown(why)) => Err(Refusal::NoDate(why.clone())),
        (_, when) if when.is_past(reads.request.moment) == Some(true) => Ok(()),
        (_, when) => Err(too_early(when.last_day())),
    }
}

/// The day stated in this act leaves enough time.
fn check_near(limit: &Limit, field: &Name, reads: &Reads<'_>) -> Result<(), Refusal> {
    let event = match reads.request.facts.get(field) {
        Some(Value::Date(date)) => *date,
        Some(Value::Time(time)) => time.date(),
        _ => return Ok(()),
    };
    let amount = amount(limit, reads)?;
    let latest = clock::latest_before(event, Term { amount, unit: limit.unit }, reads.world.calendar);
    let latest = latest.map_err(|why| Refusal::NoDate(why.zh()))?;
    if reads.request.moment.on() > latest {
        return Err(Refusal::TooNear { limit: limit.title.clone(), latest });
    }
    Ok(())
}

/// The starting day stated in this act is not too long ago.
fn check_late(limit: &Limit, otherwise: &str, def: &ActDef, reads: &Reads<'_>) -> Result<(), Refusal> {
    let Anchor::Field(field) = &limit.from else { return Ok(()) };
    if !reads.request.facts.contains_key(field) || !def.fields().any(|own| &own.name == field) {
        return Ok(());
    }
    let Some(found) = stated_now(limit, reads) else { return Ok(()) };
    match (&found.when, found.last_day()) {
        (When::Unknown(why), _) => Err(Refusal::NoDate(why.clone())),
        (when, Some(last)) if when.is_past(reads.request.moment) == Some(true) => {
            Err(Refusal::TooLate { otherwise: otherwise.to_owned(), last, cite: limit.cite.clone() })
        }
        _ => Ok(()),
    }
}

/// The limit as it would stand after this act.
fn stated_now(limit: &Limit, reads: &Reads<'_>) -> Option<Deadline> {
    let act = super::bare_act(reads);
    let facts = reads.request.facts.clone();
    let after = match reads.matter {
        None => Matter::fold(&crate::names::MatterId::default(), [(act, facts)]).ok()?,
        Some(matter) => {
            let mut after = matter.clone();
            after.apply(act, facts);
            after
        }
    };
    deadline::of_limit(limit, &after, reads.procedure, reads.world)
}

fn check_extend(extend: &Extend, reads: &Reads<'_>) -> Result<(), Refusal> {
    let Some(limit) = reads.procedure.limit(&extend.limit) else {
        return Err(Refusal::NotRunning(extend.limit.to_string()));
    };
    let title = || limit.title.clone();
    let deadline = of_matter(limit, reads).ok_or_else(|| Refusal::NotRunning(title()))?;
    if let Progress::Ended { .. } = deadline.progress {
        return Err(Refusal::NotRunning(title()));
    }
    if let (true, Some(last)) = (deadline.is_over(reads.request.moment), deadline.last_day()) {
        return Err(Refusal::LimitOver { limit: title(), last });
    }
    let times = usize::try_from(extend.times).unwrap_or(usize::MAX);
    if deadline.extended.len() >= times {
        return Err(Refusal::ExtendedAlready { limit: title(), times: extend.times });
    }
    match &extend.by {
        ExtendBy::Field { field, at_most } => match reads.request.facts.get(field) {
            Some(Value::Int(by)) if (1..=i64::from(*at_most)).contains(by) => Ok(()),
            _ => Err(Refusal::ExtendsTooFar { limit: title(), at_most: *at_most }),
        },
        ExtendBy::Fixed(_) => Ok(()),
    }
}

fn amount(limit: &Limit, reads: &Reads<'_>) -> Result<u32, Refusal> {
    match &limit.amount {
        Amount::Fixed(amount) => Ok(*amount),
        Amount::Field(field) => match reads.fact(field) {
            Some(Value::Int(amount)) => u32::try_from(*amount).map_err(|_| Refusal::AmountOutOfRange),
            _ => Err(GuardError::NotCollected(field.clone()).into()),
        },
        Amount::Rate(rate) => {
            let found = reads.world.place.rate(rate, None, reads.request.moment.on())?;
            u32::try_from(found.value).map_err(|_| Refusal::AmountOutOfRange)
        }
    }
}

//! One run of a limit, from what starts it to what ends it, and the date that follows.
//!
//! INVARIANT: a run is ended once; what happens afterwards does not change it.

use super::{Deadline, Extension, Progress, Sense, When};
use crate::clock::{self, Due, DueError, Roll, Step, Stop, StopKind, Term, Unit};
use crate::matter::{Done, Matter};
use crate::names::Name;
use crate::procedure::{Amount, Anchor, Binds, Expiry, ExtendBy, Limit, Procedure, Without};
use crate::value::{Facts, Value};
use crate::world::{Moment, World};
use jiff::SignedDuration;
use jiff::civil::{Date, DateTime};

/// One run of a limit, from an anchor to its end.
struct Run {
    /// The moment it started: of a limit that starts on a day stated in a field, midnight of that day.
    started: Moment,
    /// The matter has been in one of its stages: the act that starts it leads there, or the next one does.
    entered: bool,
    stops: Vec<Stop>,
    stopped_in: Option<Name>,
    extended: Vec<Extension>,
    ended: Option<Moment>,
}

/// One limit of a matter; `None` when it has not started.
pub fn of_limit(limit: &Limit, matter: &Matter, procedure: &Procedure, world: &World<'_>) -> Option<Deadline> {
    let run = run_of(limit, matter, procedure)?;
    let amount = amount_on(limit, run.started.on(), &matter.facts, world);
    let mut stops = run.stops.clone();
    stops.extend(limit.without.iter().filter_map(|period| stated_stop(period, &matter.facts)));
    let when = match &amount {
        Err(why) => When::Unknown(why.clone()),
        Ok(amount) => end_of(limit, *amount, &run, &stops, world),
    };
    let progress = match (run.ended, stops.iter().find(|stop| stop.until.is_none())) {
        (Some(at), _) => Progress::Ended { on: at.on(), late: when.is_past(at) },
        (None, Some(stop)) => Progress::Stopped { since: stop.from, cause: stop.cause.clone() },
        (None, None) => Progress::Running,
    };
    Some(Deadline {
        limit: limit.name.clone(),
        kind: limit.kind,
        sense: Sense::of(&limit.binds),
        amount: amount.ok(),
        started_on: run.started.on(),
        when,
        progress,
        extended: run.extended,
        post_days: post_days(limit, run.started.on(), world),
    })
}

/// How often the present run of a limit has been prolonged.
pub fn extensions(limit: &Limit, matter: &Matter, procedure: &Procedure) -> usize {
    run_of(limit, matter, procedure).map_or(0, |run| run.extended.len())
}

fn run_of(limit: &Limit, matter: &Matter, procedure: &Procedure) -> Option<Run> {
    let mut run: Option<Run> = None;
    for done in &matter.history {
        if let Some(started) = starts(limit, done) {
            let is_met = limit.met_by.contains(&done.act.name) || limit.is_measured();
            run = Some(Run {
                started,
                entered: is_in(limit, done),
                stops: Vec::new(),
                stopped_in: None,
                extended: Vec::new(),
                ended: is_met.then(|| in_time(limit, done)),
            });
        } else if let Some(run) = run.as_mut().filter(|run| run.ended.is_none()) {
            step(run, limit, done, procedure);
        }
    }
    // An answer that two acts may state starts nothing where the matter goes elsewhere.
    run.filter(|run| run.entered)
}

fn is_in(limit: &Limit, done: &Done) -> bool {
    limit.spans.is_empty() || limit.spans.contains(&done.act.to)
}

/// The moment from which an act makes a limit run.
fn starts(limit: &Limit, done: &Done) -> Option<Moment> {
    let field = match (&limit.binds, &limit.from) {
        (Binds::Before { field }, _) | (_, Anchor::Field(field)) => field,
        (_, Anchor::Acts(acts)) => return acts.contains(&done.act.name).then_some(done.act.moment),
    };
    let civil = match done.facts.get(field)? {
        Value::Date(date) => DateTime::from(*date),
        Value::Time(time) => *time,
        _ => return None,
    };
    stated(civil, done.act.moment)
}

/// The moment of a civil time stated in an act: both are civil times of the same place, so the offset is that of the
/// office at the act.
fn stated(civil: DateTime, act: Moment) -> Option<Moment> {
    let at = act.at.checked_sub(act.civil.duration_since(civil)).ok()?;
    Some(Moment { at, civil })
}

/// What one act does to a run.
fn step(run: &mut Run, limit: &Limit, done: &Done, procedure: &Procedure) {
    run.entered |= is_in(limit, done);
    let on = done.act.moment.on();
    let Some(def) = procedure.act(&done.act.name) else { return };
    let stop = |kind: StopKind, until: Option<Date>| Stop { from: on, until, kind, cause: def.title.clone() };
    let stopping = [(&def.stops, StopKind::Suspend), (&def.deducts, StopKind::Deduct)];
    if let Some((_, kind)) = stopping.into_iter().find(|(limits, _)| limits.contains(&limit.name)) {
        run.stops.push(stop(kind, None));
        run.stopped_in = Some(done.act.to.clone());
        return;
    }
    if def.restarts.contains(&limit.name) {
        close_stop(run, on);
        run.stops.push(stop(StopKind::Restart, Some(on)));
    }
    if def.resumes.contains(&limit.name) {
        close_stop(run, on);
    }
    for extend in def.extends.iter().filter(|extend| extend.limit == limit.name) {
        let amount = match &extend.by {
            ExtendBy::Fixed(amount) => Some(*amount),
            ExtendBy::Field { field, .. } => stated_number(&done.facts, field),
        };
        run.extended.extend(amount.map(|amount| Extension { amount, unit: extend.unit, on, cause: def.title.clone() }));
    }
    if is_ended_by(run, limit, done, procedure) {
        close_stop(run, on);
        run.ended = Some(in_time(limit, done));
    }
}

/// When an act counts as done for a limit: on the day it was posted, where the law says so and the day is stated.
fn in_time(limit: &Limit, done: &Done) -> Moment {
    let arrived = done.act.moment;
    let posted = limit.post.as_ref().and_then(|post| match done.facts.get(&post.field) {
        Some(Value::Date(day)) if *day < arrived.on() => Some(*day),
        _ => None,
    });
    posted.and_then(|day| stated(DateTime::from(day), arrived)).unwrap_or(arrived)
}

fn post_days(limit: &Limit, on: Date, world: &World<'_>) -> Option<u32> {
    match limit.post.as_ref().and_then(|post| post.waits.as_ref()) {
        None => Some(0),
        Some(rate) => u32::try_from(world.place.rate(rate, None, on).ok()?.value).ok(),
    }
}

fn is_ended_by(run: &Run, limit: &Limit, done: &Done, procedure: &Procedure) -> bool {
    let to = &done.act.to;
    let is_met = limit.met_by.contains(&done.act.name);
    let is_settled = limit.while_raised.as_ref().is_some_and(|mark| done.act.settles.contains(mark));
    let is_held_back = matches!(&limit.binds, Binds::AtLeast { holds, .. } if holds.contains(&done.act.name));
    let has_left = if limit.spans.is_empty() {
        // A closed matter keeps only those limits that something can still meet there.
        let can_meet = |act: &Name| procedure.act(act).is_some_and(|act| act.within.contains(to));
        procedure.stage(to).is_some_and(|stage| stage.closed) && !limit.met_by.iter().any(can_meet)
    } else {
        let is_stopped_here = run.stopped_in.as_ref() == Some(to);
        !limit.spans.contains(to) && !is_stopped_here
    };
    // What the end brings about has happened: it happens once.
    let is_expired = matches!(&limit.expiry, Expiry::Act(act) if act == &done.act.name);
    is_met || is_settled || is_held_back || is_expired || has_left
}

fn close_stop(run: &mut Run, on: Date) {
    run.stopped_in = None;
    if let Some(stop) = run.stops.iter_mut().rev().find(|stop| stop.until.is_none()) {
        stop.until = Some(on);
    }
}

fn stated_stop(period: &Without, facts: &Facts) -> Option<Stop> {
    let date = |field: &Name| match facts.get(field) {
        Some(Value::Date(date)) => Some(*date),
        Some(Value::Time(time)) => Some(time.date()),
        _ => None,
    };
    let from = date(&period.from_field)?;
    Some(Stop { from, until: date(&period.until_field), kind: period.kind, cause: period.cause.clone() })
}

fn stated_number(facts: &Facts, field: &Name) -> Option<u32> {
    match facts.get(field)? {
        Value::Int(number) => u32::try_from(*number).ok(),
        _ => None,
    }
}

fn end_of(limit: &Limit, amount: u32, run: &Run, stops: &[Stop], world: &World<'_>) -> When {
    let term = Term { amount, unit: limit.unit };
    let found = match (limit.unit, &limit.binds) {
        (Unit::Hour | Unit::Minute, _) => return instant(run, amount, limit.unit),
        (_, Binds::Before { .. }) => before(run.started.on(), term, world),
        _ => counted(limit, term, run, stops, world),
    };
    match found {
        Ok(due) => When::Day(due),
        Err(why) => When::Unknown(why.zh()),
    }
}

/// Hours and minutes run from the moment, through holidays.
fn instant(run: &Run, amount: u32, unit: Unit) -> When {
    let seconds = if unit == Unit::Hour { 3600 } else { 60 };
    let extended: i64 = run
        .extended
        .iter()
        .filter(|extension| extension.unit == unit)
        .map(|extension| i64::from(extension.amount))
        .sum();
    let span = SignedDuration::from_secs(seconds * (i64::from(amount) + extended));
    match (run.started.at.checked_add(span), run.started.civil.checked_add(span)) {
        (Ok(at), Ok(civil)) => When::Instant { at, civil },
        _ => When::Unknown(DueError::InstantOutOfRange { from: run.started.at }.zh()),
    }
}

fn before(event: Date, term: Term, world: &World<'_>) -> Result<Due, DueError> {
    let latest = clock::latest_before(event, term, world.calendar)?;
    let step = Step::CountedBack { event, amount: term.amount, unit: term.unit, to: latest };
    Ok(Due { on: Some(latest), unit: term.unit, steps: vec![step] })
}

/// The last day, with what it was prolonged by. Extensions in the unit of the term lengthen the term; others are
/// counted from its last day.
fn counted(limit: &Limit, term: Term, run: &Run, stops: &[Stop], world: &World<'_>) -> Result<Due, DueError> {
    let roll = if limit.rolls { Roll::Forward } else { Roll::None };
    let due = |anchor: Date, term: Term, roll: Roll, day_one: bool| {
        clock::due(anchor, term, roll, day_one, stops, world.calendar)
    };
    let plain = |roll: Roll| due(run.started.on(), term, roll, limit.day_one);
    if run.extended.is_empty() {
        return plain(roll);
    }
    let before = plain(roll)?;
    let same: u32 = run.extended.iter().filter(|extension| extension.unit == term.unit).map(|it| it.amount).sum();
    let longer = Term { amount: term.amount.saturating_add(same), unit: term.unit };
    let others: Vec<&Extension> = run.extended.iter().filter(|extension| extension.unit != term.unit).collect();
    let own_roll = if others.is_empty() { roll } else { Roll::None };
    let mut found = due(run.started.on(), longer, own_roll, limit.day_one)?;
    for (at, extension) in others.iter().enumerate() {
        let Some(from) = found.on else { break };
        let roll = if at + 1 == others.len() { roll } else { Roll::None };
        let after = due(from, Term { amount: extension.amount, unit: extension.unit }, roll, false)?;
        found.on = after.on;
        found.steps.extend(after.steps.into_iter().filter(|step| !matches!(step, Step::DayOneNotCounted { .. })));
    }
    let told = run.extended.iter().map(|extension| Step::Extended {
        amount: extension.amount,
        unit: extension.unit,
        on: extension.on,
        cause: extension.cause.clone(),
        before: before.on,
        to: found.on,
    });
    found.steps.extend(told.collect::<Vec<_>>());
    Ok(found)
}

fn amount_on(limit: &Limit, on: Date, facts: &Facts, world: &World<'_>) -> Result<u32, String> {
    match &limit.amount {
        Amount::Fixed(amount) => Ok(*amount),
        Amount::Field(field) => {
            stated_number(facts, field).ok_or_else(|| format!("没有填写期限的长短（{field}），算不出日期"))
        }
        Amount::Rate(rate) => {
            let found =
                world.place.rate(rate, None, on).map_err(|_| format!("{on} 没有在施行的“{rate}”标准，请先录入"))?;
            u32::try_from(found.value).map_err(|_| format!("“{rate}”的数值不能作为期限"))
        }
    }
}

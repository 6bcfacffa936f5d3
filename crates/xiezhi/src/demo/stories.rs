//! The matters of the demo city: about sixty, in every stage, overdue, stopped and in time.
//!
//! A story is the age of a matter in days, where it is, what it is about, and its acts with the days between them. All
//! acts of all stories happen in the order of their instants, as they would have.

use super::walk::{Opening, PROCEDURE};
use super::{Applicant, Cast, Walk};
use crate::answer::{Complaint, OrSay};
use crate::edge;
use acts::Bureau;
use jiff::{SignedDuration, ToSpan};
use kernel::names::MatterId;
use kernel::world::Moment;

const EAST: &str = "990101001000";
const EAST_TOWN: &str = "990101002000";
const WEST: &str = "990102001000";
const WEST_TOWN: &str = "990102002000";
const SOUTH: &str = "990103001000";

/// Until a lawyer is at work.
const AT_WORK: &str = "propose-grant+1 grant+1 assign-lawyer+1 accept+1 log-meeting+2";

/// Age in days, venue, what it is about (`kind/cause` or an opening act), channel, acts with days between them.
type Story = (i64, &'static str, &'static str, &'static str, &'static [&'static str]);

const STORIES: &[Story] = &[
    // Just applied, and in time.
    (0, EAST, "civil/wage", "online", &[]),
    (0, WEST, "civil/injury", "judicial-office", &[]),
    (1, EAST, "civil/maintenance", "hotline", &[]),
    (1, EAST_TOWN, "civil/wage", "online", &[]),
    (2, SOUTH, "civil/wage", "online", &[]),
    (2, EAST, "administrative/social-insurance", "centre", &[]),
    (3, WEST_TOWN, "civil/violence", "judicial-office", &[]),
    // The last day is near.
    (5, EAST, "civil/wage", "online", &[]),
    (6, EAST, "civil/injury", "centre", &[]),
    (6, WEST, "civil/wage", "online", &[]),
    (7, SOUTH, "civil/maintenance", "online", &[]),
    // Overdue.
    (12, EAST, "civil/wage", "online", &[]),
    (15, EAST_TOWN, "civil/injury", "judicial-office", &[]),
    (18, WEST, "civil/wage", "hotline", &[]),
    (14, SOUTH, "civil/wage", "online", &["propose-grant+2"]),
    // Waiting for papers: the clock stands still.
    (4, EAST, "civil/wage", "online", &["ask-supplement+2"]),
    (7, EAST, "civil/injury", "centre", &["ask-supplement+1"]),
    (8, WEST, "civil/maintenance", "online", &["ask-supplement+3"]),
    (10, SOUTH, "civil/wage", "online", &["ask-supplement+2"]),
    // Papers came.
    (9, EAST, "civil/wage", "online", &["ask-supplement+2 supplement+4"]),
    (11, WEST, "civil/wage", "online", &["ask-supplement+1 supplement+7 propose-grant+1"]),
    // Nothing came: withdrawn.
    (45, EAST, "civil/wage", "online", &["ask-supplement+2 deem-withdrawn+25"]),
    (60, WEST, "civil/maintenance", "online", &["withdraw+2"]),
    // Waiting for approval.
    (3, EAST, "civil/wage", "online", &["propose-grant+1"]),
    (4, EAST, "civil/injury", "centre", &["propose-refuse+2"]),
    (5, WEST, "civil/wage", "online", &["propose-grant+2"]),
    (4, EAST, "civil/wage", "online", &["propose-grant+1 return-review+1"]),
    // Granted, to be assigned; one of them late.
    (4, EAST, "civil/wage", "online", &["propose-grant+1 grant+1"]),
    (5, WEST, "civil/injury", "online", &["propose-grant+1 grant+2"]),
    (14, EAST, "civil/wage", "online", &["propose-grant+2 grant+1"]),
    // Early aid: papers to be made good.
    (6, EAST, "civil/injury", "centre", &["aid-first+0"]),
    (20, WEST, "civil/wage", "online", &["aid-first+1 assign-lawyer+1 accept+1 papers-made-good+3"]),
    // Waiting for the lawyer.
    (6, EAST, "civil/wage", "online", &["propose-grant+1 grant+1 assign-lawyer+1"]),
    (9, WEST, "civil/wage", "online", &["propose-grant+2 grant+1 assign-lawyer+2 decline+1"]),
    // At work.
    (25, EAST, "civil/wage", "online", &[AT_WORK]),
    (30, EAST, "civil/injury", "centre", &[AT_WORK, "log-reading+3"]),
    (38, WEST, "civil/wage", "online", &[AT_WORK, "log-reading+2 log-hearing+9"]),
    (42, SOUTH, "civil/wage", "online", &[AT_WORK, "log-hearing+12"]),
    (33, EAST, "administrative/state-compensation", "online", &[AT_WORK]),
    (50, EAST, "civil/wage", "hotline", &[AT_WORK, "ask-replacement+20"]),
    (55, WEST, "civil/wage", "online", &[AT_WORK, "ask-replacement+15 replace-lawyer+2 accept+1"]),
    (48, EAST, "civil/maintenance", "online", &[AT_WORK, "ask-replacement+10 keep-lawyer+2"]),
    // Court and detention house.
    (2, EAST, "notify", "organ", &[]),
    (9, EAST, "notify", "organ", &[]),
    (35, EAST, "notify", "organ", &["assign-lawyer+1 accept+1 log-meeting+1 log-reading+2"]),
    (3, WEST, "forward", "organ", &[]),
    // Refused, objected, decided.
    (20, EAST, "civil/wage", "online", &["propose-refuse+2 refuse+1"]),
    (16, EAST, "civil/maintenance", "centre", &["propose-refuse+2 refuse+1 object+10"]),
    (30, EAST, "civil/wage", "online", &["propose-refuse+2 refuse+1 object+9"]),
    (62, EAST, "civil/injury", "online", &["propose-refuse+3 refuse+1 object+5 uphold+3"]),
    (40, WEST, "civil/wage", "online", &["propose-refuse+3 refuse+1 object+5 order-review+2 propose-grant+2 grant+1"]),
    // Terminated.
    (58, EAST, "civil/wage", "online", &[AT_WORK, "terminate+10"]),
    (66, WEST, "civil/wage", "online", &[AT_WORK, "terminate+8 object+4"]),
    // Closing, grading, money.
    (45, EAST, "civil/wage", "online", &[AT_WORK, "report-closing+20"]),
    (52, EAST, "civil/injury", "online", &[AT_WORK, "report-closing+20 accept-closing+2"]),
    (57, EAST, "civil/wage", "online", &[AT_WORK, "report-closing+20 accept-closing+2 assign-peer+1"]),
    (64, WEST, "civil/wage", "online", &[AT_WORK, "report-closing+20 accept-closing+2 assign-peer+1 grade+3"]),
    (
        70,
        EAST,
        "civil/wage",
        "online",
        &[AT_WORK, "report-closing+20 accept-closing+2 assign-peer+1 grade+3 propose-subsidy+1"],
    ),
    (76, EAST, "civil/injury", "online", &[AT_WORK, CLOSED, "approve-subsidy+1"]),
    (90, EAST, "civil/wage", "online", &[AT_WORK, CLOSED, "approve-subsidy+1 pay+3"]),
    (110, EAST, "civil/wage", "online", &[AT_WORK, CLOSED, "approve-subsidy+1 pay+3 archive+2 rate+1"]),
    (118, WEST, "civil/maintenance", "judicial-office", &[AT_WORK, CLOSED, "approve-subsidy+1 pay+3 archive+2"]),
    (125, SOUTH, "civil/wage", "online", &[AT_WORK, CLOSED, "approve-subsidy+1 pay+3 archive+2 rate+2"]),
    (
        140,
        EAST,
        "notify",
        "organ",
        &["assign-lawyer+1 accept+1 log-meeting+1", CLOSED, "approve-subsidy+1 pay+3 archive+2"],
    ),
];

/// From the lawyer's report to a proposed subsidy.
const CLOSED: &str = "report-closing+20 accept-closing+2 assign-peer+1 grade+3 propose-subsidy+1";

/// What was played.
#[derive(Debug, Clone, Copy, Default)]
pub struct Played {
    /// Matters opened.
    pub matters: usize,
    /// Acts done.
    pub acts: usize,
}

/// One act of one story, at its instant.
struct Beat {
    at: Moment,
    story: usize,
    act: &'static str,
    opens: bool,
}

/// Plays all stories.
///
/// # Errors
/// The story and the act that could not be done, with the reason.
pub fn play(bureau: &Bureau, now: Moment, cast: &Cast) -> Result<Played, Complaint> {
    let walk = Walk::new(bureau, cast);
    let mut beats = Vec::new();
    for (at, story) in STORIES.iter().enumerate() {
        beats.extend(beats_of(now, at, story)?);
    }
    beats.sort_by_key(|beat| (beat.at.at, beat.story));
    let mut matters: Vec<Option<MatterId>> = vec![None; STORIES.len()];
    let mut played = Played::default();
    for beat in &beats {
        let Some(story) = STORIES.get(beat.story) else { continue };
        let tell = |error: Complaint| Complaint::fact(format!("第{}个故事：{error}", beat.story + 1));
        let place = matters.get_mut(beat.story);
        if beat.opens {
            let done = open(&walk, beat, story).map_err(tell)?;
            played.matters += 1;
            place.into_iter().for_each(|place| *place = Some(done.clone()));
        } else if let Some(Some(id)) = place.map(|place| place.as_ref()) {
            walk.act(beat.at, id, beat.act, &answers(story, beat)).map_err(tell)?;
        }
        played.acts += 1;
    }
    Ok(played)
}

/// The acts of a story with their instants; none lies in the future.
fn beats_of(now: Moment, index: usize, story: &Story) -> Result<Vec<Beat>, Complaint> {
    let (age, _, what, _, acts) = *story;
    let opening = if what.contains('/') { "apply" } else { what };
    let steps = acts.iter().flat_map(|part| part.split(' '));
    let mut beats = Vec::new();
    let (mut days, mut minute) = (age, i64::try_from(index).unwrap_or(0) * 3);
    for (count, step) in std::iter::once(opening).chain(steps).enumerate() {
        let (act, gap) = step.split_once('+').unwrap_or((step, "0"));
        days -= gap.parse::<i64>().unwrap_or(0);
        let day = now.on().checked_sub(days.max(0).days()).or_say("日期")?;
        let civil = day.at(9, 0, 0, 0).checked_add(SignedDuration::from_mins(minute)).or_say("日期")?;
        let latest = now
            .at
            .checked_sub(SignedDuration::from_secs(3600 - i64::try_from(count).unwrap_or(0) * 60))
            .or_say("日期")?;
        let at = edge::instant(civil).or_say("日期")?.min(latest);
        beats.push(Beat { at: edge::moment(at), story: index, act, opens: count == 0 });
        minute += 41;
    }
    Ok(beats)
}

fn open(walk: &Walk<'_>, beat: &Beat, story: &Story) -> Result<MatterId, Complaint> {
    let (_, venue, what, channel, _) = *story;
    let serial = u32::try_from(beat.story).unwrap_or(0) * 13 + 101;
    let applicant = Applicant::new(serial);
    let mut answers = vec![("venue", venue.to_owned())];
    let desk = match (what, channel) {
        ("notify", _) => Some(("court-east", "organ")),
        ("forward", _) => Some(("detention-city", "forwarder")),
        (_, "judicial-office") if venue.starts_with("990101") => Some(("judicial-east-1", "window")),
        (_, "judicial-office") => Some(("judicial-west-1", "window")),
        (_, "hotline") => Some(("hotline", "window")),
        (_, "centre") => Some(("aid-east", "window")),
        _ => None,
    };
    if let Some((kind, cause)) = what.split_once('/') {
        answers.extend([("case-kind", kind.to_owned()), ("cause", cause.to_owned())]);
    } else {
        answers.push(("case-kind", "criminal".to_owned()));
        answers.push(("cause", "defence".to_owned()));
    }
    // Every third applicant names the lawyers they would like, and takes anyone if those cannot.
    if beat.story.is_multiple_of(3) && what.contains('/') {
        let first = beat.story / 3 % 12 + 1;
        answers.push(("wishes", format!("L{first:02},L{:02}", first % 12 + 1)));
        answers.push(("rota-consent", "yes".to_owned()));
    }
    let opening = Opening { procedure: PROCEDURE, act: beat.act, channel, desk, applicant: &applicant, answers };
    Ok(walk.open(beat.at, &opening)?.matter)
}

/// What differs from the ordinary answers: grades are not all the same.
fn answers(story: &Story, beat: &Beat) -> Vec<(&'static str, String)> {
    match beat.act {
        "grade" => {
            let grades = ["excellent", "good", "excellent", "pass"];
            let grade = grades.get(usize::try_from(story.0).unwrap_or(0) % grades.len()).copied().unwrap_or("good");
            vec![("grade", grade.to_owned())]
        }
        "report-closing" if story.2 == "notify" => {
            vec![("outcome", "defended".to_owned()), ("recovered", "0".to_owned())]
        }
        _ => Vec::new(),
    }
}

//! Matters of every procedure: the walks of the law files, done by the people of the demo city.
//!
//! A walk is reckoned in the law file with the kernel's decisions alone; here the same acts go through the corridor:
//! accounts, permissions, forms, numbers, ledger. A walk that is refused at its end is left out.
//!
//! INVARIANT: what cannot be done is not done otherwise: the matter stays where it was.

use super::Applicant;
use super::walk::{PROCEDURE, Step, Walk};
use crate::answer::{Complaint, OrSay};
use crate::edge;
use acts::{Bureau, clockwork};
use jiff::civil::{DateTime, date};
use jiff::{SignedDuration, ToSpan};
use kernel::names::{MatterId, Name};
use kernel::procedure::{FieldKind, Procedure};
use statute::{Book, Question, WalkStep};

/// What a walk calls the clock.
const CLOCK: &str = "clock";
/// How many matters of one procedure stand in the demo city.
const EACH: usize = 3;
/// Over how many days the last acts of the examples are spread.
const SPREAD: usize = 9;

/// A run of acts that the law file says can be done.
#[derive(Debug, Clone, Copy)]
pub struct Example<'b> {
    /// The edition it was written for.
    pub procedure: &'b Procedure,
    /// What the law file calls it.
    pub title: &'b str,
    /// Its acts.
    pub steps: &'b [WalkStep],
    /// Where it leads.
    pub answer: &'b str,
}

/// A matter under way along an example.
pub struct Playing<'b> {
    book: &'b Book,
    example: Example<'b>,
    /// The matter, once it is opened.
    pub matter: Option<MatterId>,
}

/// All walks that are not refused, of every procedure that the stories do not tell; those that name another matter last.
pub fn examples(book: &Book) -> Vec<Example<'_>> {
    let told = book.worked_cases.iter().filter_map(|case| {
        let Question::Walk { steps, answer } = &case.question else { return None };
        let refused = answer.split(';').any(|part| part.trim().starts_with("no "));
        let procedure = book.procedure_of(case)?;
        let told = procedure.id.as_str() == PROCEDURE;
        (!refused && !told).then_some(Example { procedure, title: &case.title, steps, answer })
    });
    let mut found: Vec<Example<'_>> = told.collect();
    found.sort_by_key(Example::names_another);
    found
}

impl<'b> Example<'b> {
    /// The stage it ends in, where the law file says so.
    pub fn stage(&self) -> Option<&'b str> {
        self.answer.split(';').find_map(|part| part.trim().strip_prefix("stage "))
    }

    /// Whether it begins by naming another matter.
    fn names_another(&self) -> bool {
        let opening = self.steps.first().and_then(|step| self.procedure.act(&Name::new(&step.act)));
        opening.is_some_and(|act| {
            act.fields().any(|field| field.required && matches!(field.kind, FieldKind::Matter { .. }))
        })
    }

    /// Whether there is an act in it that this party alone does.
    fn acts_alone(&self, party: &Name) -> bool {
        self.steps.iter().any(|step| {
            let act = self.procedure.act(&Name::new(&step.act));
            step.by.as_deref() == Some(party.as_str())
                || act.is_some_and(|act| matches!(act.by.as_slice(), [only] if only == party))
        })
    }

    /// When its acts are done: as written, a minute apart where nothing is.
    pub fn times(&self) -> Vec<DateTime> {
        let mut at = self.procedure.in_force_from.max(date(2026, 3, 2)).at(10, 0, 0, 0);
        let one = |step: &WalkStep| {
            let here = step.at.unwrap_or(at);
            at = here.checked_add(SignedDuration::from_mins(1)).unwrap_or(here);
            here
        };
        self.steps.iter().map(one).collect()
    }
}

impl<'b> Playing<'b> {
    /// Before its first act.
    pub fn new(book: &'b Book, example: Example<'b>) -> Playing<'b> {
        Playing { book, example, matter: None }
    }

    /// Does one act.
    ///
    /// # Errors
    /// The reason the corridor gives.
    pub fn step(
        &mut self,
        bureau: &Bureau,
        walk: &Walk<'_>,
        step: &WalkStep,
        civil: DateTime,
    ) -> Result<(), Complaint> {
        let at = edge::moment(edge::instant(civil).or_say("日期")?);
        if step.act == CLOCK {
            clockwork::tick(bureau, at).or_say("到期处理")?;
            return Ok(());
        }
        let procedure = self.example.procedure;
        let act = Name::new(&step.act);
        let seat = step.by.as_deref().map(Name::new).filter(|seat| procedure.seat(seat).is_some());
        let answers = self.answers(&act, step);
        let said = Step { act: &act, seat: seat.as_ref(), answers: &answers };
        let done = match &self.matter {
            Some(matter) => walk.follow(at, matter, &said)?,
            None => walk.begin(at, procedure, &said)?,
        };
        self.matter = Some(done.matter);
        Ok(())
    }

    /// What the walk states, as it is typed; and silence where the law file does not say that a box must be ticked.
    fn answers(&self, act: &Name, step: &WalkStep) -> Vec<(&'b str, String)> {
        let Some(def) = self.example.procedure.act(act) else { return Vec::new() };
        let typed = def.fields().filter_map(|field| {
            let stated = step.with.iter().find(|(name, _)| name == &field.name).map(|(_, text)| text.as_str());
            let text = match (&field.kind, stated) {
                (FieldKind::Bool | FieldKind::Promise { .. }, Some("true")) => "yes".to_owned(),
                (FieldKind::Bool, None) if self.book.is_confirmed(self.example.procedure, act, &field.name) => {
                    "yes".to_owned()
                }
                (FieldKind::Bool | FieldKind::Promise { .. }, _) => String::new(),
                // Who will have to act in person is known from the beginning.
                (FieldKind::ResidentId, None) => {
                    let party = field.personal.as_ref().filter(|party| self.example.acts_alone(party))?;
                    Applicant::of(party.as_str()).id_number
                }
                // Whoever and whatever is chosen from a list is somebody of the city.
                (FieldKind::Colleague { .. } | FieldKind::Matter { .. }, _) | (_, None) => return None,
                (FieldKind::Money, Some(fen)) => kernel::money::Fen(fen.parse().ok()?).to_string(),
                (FieldKind::Choices { .. } | FieldKind::Ranking { .. }, Some(text)) => text.replace('+', ","),
                (_, Some(text)) => text.to_owned(),
            };
            Some((field.name.as_str(), text))
        });
        typed.collect()
    }
}

/// Plays a few examples of every procedure in force, so that the last act of each lies in these days.
///
/// # Errors
/// Only when a moment cannot be reckoned.
pub fn play(bureau: &Bureau, book: &Book, walk: &Walk<'_>, today: DateTime) -> Result<(usize, usize), Complaint> {
    let chosen = chosen(book, today);
    let mut beats: Vec<(DateTime, usize, usize)> = Vec::new();
    for (number, example) in chosen.iter().enumerate() {
        let times = example.times();
        let Some(last) = times.last() else { continue };
        let back = i64::try_from(number % SPREAD).unwrap_or(0) + 1;
        let days = today.date().since(last.date()).map(|span| i64::from(span.get_days())).unwrap_or(0) - back;
        for (step, time) in times.iter().enumerate() {
            beats.push((time.checked_add(days.days()).or_say("日期")?, number, step));
        }
    }
    beats.sort();
    let mut playing: Vec<Option<Playing<'_>>> =
        chosen.iter().map(|example| Some(Playing::new(book, *example))).collect();
    let mut opened = 0;
    let mut acts = 0;
    for (at, number, step) in beats {
        let (Some(place), Some(example)) = (playing.get_mut(number), chosen.get(number)) else { continue };
        let (Some(one), Some(step)) = (place.as_mut(), example.steps.get(step)) else { continue };
        let was_open = one.matter.is_some();
        match one.step(bureau, walk, step, at) {
            Ok(()) => acts += 1,
            Err(error) => {
                tracing::debug!(procedure = %example.procedure.id, walk = example.title, "{error}");
                *place = None;
                continue;
            }
        }
        if !was_open {
            opened += 1;
        }
    }
    Ok((opened, acts))
}

/// Of every procedure in force the longest walks that end in different stages.
fn chosen(book: &Book, today: DateTime) -> Vec<Example<'_>> {
    let all = examples(book);
    let mut chosen: Vec<Example<'_>> = Vec::new();
    for procedure in &book.procedures {
        let in_force = procedure.in_force_from <= today.date()
            && procedure.in_force_until.is_none_or(|until| today.date() < until);
        if !in_force {
            continue;
        }
        let mut own: Vec<Example<'_>> =
            all.iter().copied().filter(|example| example.procedure.edition == procedure.edition).collect();
        own.sort_by_key(|example| std::cmp::Reverse(example.steps.len()));
        let mut stages: Vec<Option<&str>> = Vec::new();
        for example in own {
            if stages.len() < EACH && !stages.contains(&example.stage()) {
                stages.push(example.stage());
                chosen.push(example);
            }
        }
    }
    chosen
}

#[cfg(test)]
pub mod tests {
    #![expect(clippy::print_stdout, reason = "a test says what it walked")]

    use super::super::{Cast, enrol_staff};
    use super::*;
    use crate::boot;
    use crate::law::LawText;
    use kernel::matter::Matter;
    use std::collections::BTreeSet;
    use std::path::Path;

    /// The demo city with its people and without a matter, since 2024.
    pub fn city(folder: &Path) -> (Bureau, Cast, LawText) {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let text = LawText::find(Some(&root.join("law"))).unwrap();
        let bureau = boot::bureau(folder, &text, Some(super::super::PLACE)).unwrap();
        let cast = Cast::of_the_demo_city(&bureau.law);
        let founded = edge::moment(edge::instant(date(2024, 1, 2).at(9, 0, 0, 0)).unwrap());
        enrol_staff(&bureau, founded, &cast).unwrap();
        (bureau, cast, text)
    }

    /// A matter of every procedure goes the way its law file says, as the people of a city would do it; and every
    /// paper issued on the way can be set.
    #[test]
    fn the_walks_of_the_law_are_walked_in_the_office() {
        let folder = tempfile::tempdir().unwrap();
        let (bureau, cast, text) = city(folder.path());
        let (book, _) = text.read();
        let walk = Walk::new(&bureau, &cast);
        let press = paper::Fonts::find(&[]).ok().map(|fonts| paper::Press::new(fonts, text.templates()));
        let (mut walked, mut set, mut wrong) = (0, BTreeSet::new(), Vec::new());
        let mut published = BTreeSet::new();
        for example in examples(&book) {
            let mut playing = Playing::new(&book, example);
            let name = format!("{}〔{}〕", example.procedure.id, example.title);
            let times = example.times();
            let done = example.steps.iter().zip(&times).try_for_each(|(step, at)| {
                playing.step(&bureau, &walk, step, *at).map_err(|error| format!("{name} {}：{error}", step.act))
            });
            if let Err(why) = done {
                wrong.push(why);
                continue;
            }
            let id = playing.matter.unwrap();
            let matter: Matter = acts::load::load(&bureau, &id).unwrap().matter;
            if example.stage().is_some_and(|stage| stage != matter.stage.as_str()) {
                wrong.push(format!("{name}：到了{}，不是{:?}", matter.stage, example.stage()));
            }
            walked += 1;
            published
                .extend(matter.published.iter().map(|(paper, on)| (id.to_string(), paper.to_string(), on.to_string())));
            let Some(press) = &press else { continue };
            let now = edge::moment(edge::instant(*times.last().unwrap()).unwrap());
            for issued in &matter.papers {
                if set.insert((example.procedure.edition, issued.paper.clone())) {
                    let printed = acts::papers::printable(&bureau, now, &id, &issued.paper, issued.version).unwrap();
                    let def = example.procedure.paper(&issued.paper).unwrap();
                    let head = printed.data["office"]["name"].as_str().unwrap_or_default();
                    // What is done in the name of a government carries its head, not that of the bureau.
                    if def.in_name_of.is_some() && !head.ends_with("人民政府") {
                        wrong.push(format!("{name} {}：以{head}的名义", issued.paper));
                    }
                    if let Err(error) = press.render(&printed.template, &printed.data) {
                        wrong.push(format!("{name} {}：{error}", issued.paper));
                    }
                }
            }
        }
        let shown = bureau.store.notices(None, 1, 1_000).unwrap();
        let shown: BTreeSet<(String, String, String)> = shown
            .rows
            .into_iter()
            .map(|(paper, _)| (paper.matter.to_string(), paper.paper, paper.published_on.unwrap()))
            .collect();
        println!("{walked} walks, {} papers set, {} published", set.len(), shown.len());
        let unseen: Vec<_> = published.difference(&shown).collect();
        assert!(shown.len() > 20 && unseen.is_empty() && shown.is_subset(&published), "not shown: {unseen:?}");
        // A party whose number nobody gave cannot act in person: a few walks have one do so.
        let (unknown, wrong): (Vec<_>, Vec<_>) = wrong.into_iter().partition(|why| why.ends_with("是谁"));
        assert!(unknown.len() <= 4, "{}", unknown.join("\n"));
        assert!(walked >= 315, "{walked} walks");
        assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), walked + wrong.len(), wrong.join("\n"));
    }
}

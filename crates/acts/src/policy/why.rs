//! Why somebody may not do an act, or read a sealed file: which part is missing.
//!
//! It explains an answer that was given and gives none itself. That the matter stands elsewhere, that somebody did the step before,
//! that it is too early: the procedure says that (`kernel::decide::Refusal`).

use crate::policy::{About, HeldPost, Policy};
use cedar_policy::Context;
use kernel::names::{OfficeId, PersonId};
use kernel::procedure::{ActDef, Seat, SeatPlace};
use kernel::sealing::sealed_by;
use kernel::world::{Actor, Place};

/// The part that is missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WhyNot {
    /// A policy forbids it whatever posts they hold; the sentence that stands beside it.
    Barred(String),
    /// They hold none of the seats that do it.
    Capacity {
        /// Titles of the seats that do it.
        seats: Vec<String>,
    },
    /// They hold such a seat, in an office that this matter is not for.
    Area {
        /// The title of the seat.
        seat: String,
        /// Where they hold it.
        held_in: Vec<String>,
        /// The office it is for; none where the procedure names no one office.
        office: Option<String>,
    },
    /// It is for a person assigned to the matter, or for a party of it.
    Person {
        /// Titles of the seats that do it.
        seats: Vec<String>,
    },
}

impl WhyNot {
    /// The sentence for whoever was refused, and what to do.
    pub fn zh(&self) -> String {
        match self {
            WhyNot::Barred(sentence) => sentence.clone(),
            WhyNot::Capacity { seats } => {
                format!("这一步由“{}”办理，您没有这个岗位。请转给他们办理。", seats.join("”或者“"))
            }
            WhyNot::Area { seat, held_in, office: Some(office) } => {
                format!("这一步由{office}的“{seat}”办理，您的这个岗位在{}。请转给{office}办理。", held_in.join("、"))
            }
            WhyNot::Area { seat, held_in, office: None } => {
                format!("您在{}的“{seat}”岗位管不到这个办件，请转给负责的机构办理。", held_in.join("、"))
            }
            WhyNot::Person { seats } => format!("这一步只能由本件的“{}”本人办理。", seats.join("”或者“")),
        }
    }
}

impl Policy {
    /// Which part is missing for a person to do an act, when the answer was no.
    pub fn why_not(&self, person: &PersonId, posts: &[HeldPost], about: About<'_>, act: &ActDef) -> WhyNot {
        let asking = self.asking(person, posts, about);
        let barred = posts.iter().find_map(|post| {
            let actor = Actor { person: person.clone(), seat: post.seat.clone(), office: Some(post.office.clone()) };
            asking.barred_by("act", asking.capacity(&actor).ok()?)
        });
        if let Some(policy) = barred {
            return WhyNot::Barred(self.sentence(&policy));
        }
        let seats: Vec<&Seat> = act.by.iter().filter_map(|seat| about.procedure.seat(seat)).collect();
        let held = |seat: &&&Seat| posts.iter().any(|post| post.seat == seat.name);
        if let Some(seat) = seats.iter().find(held) {
            let at = posts.iter().filter(|post| post.seat == seat.name);
            return WhyNot::Area {
                seat: seat.title.clone(),
                held_in: at.map(|post| title(about.place, &post.office)).collect(),
                office: office_of(seat, about).map(|office| title(about.place, office)),
            };
        }
        let is_person = |seat: &Seat| matches!(seat.place, SeatPlace::Slot(_) | SeatPlace::Party | SeatPlace::Opener);
        let titles = seats.iter().map(|seat| seat.title.clone()).collect();
        if !seats.is_empty() && seats.iter().all(|seat| is_person(seat)) {
            WhyNot::Person { seats: titles }
        } else {
            WhyNot::Capacity { seats: titles }
        }
    }

    /// What somebody is told who would read the matter were its file not sealed; none for everybody else, who is told
    /// nothing of it.
    pub fn sealed_from(&self, person: &PersonId, posts: &[HeldPost], about: About<'_>) -> Option<String> {
        let asking = self.asking(person, posts, about);
        if asking.may_read() || !self.asking_unsealed(person, posts, about).may_read() {
            return None;
        }
        let article = sealed_by(about.matter?, about.procedure)?.to_string();
        let policy = asking.barred_by("read", Context::empty())?;
        Some(self.sentence(&policy).replace("{article}", &article))
    }

    /// The sentence beside a policy that forbids.
    fn sentence(&self, policy: &str) -> String {
        let found = self.policies.policies().find(|known| known.annotation("id") == Some(policy));
        let sentence = found.and_then(|policy| policy.annotation("why"));
        sentence.unwrap_or("按权限规定，您不能办理这一步。").to_owned()
    }
}

fn title(place: &Place, office: &OfficeId) -> String {
    place.office(office).map_or_else(|| office.to_string(), |office| office.name.clone())
}

/// The office whose holder of a seat acts on the matter.
fn office_of<'a>(seat: &'a Seat, about: About<'a>) -> Option<&'a OfficeId> {
    let matter = about.matter?;
    match &seat.place {
        SeatPlace::Owner => Some(&matter.owner),
        SeatPlace::AboveOwner => about.place.office(&matter.owner)?.parent.as_ref(),
        _ => kernel::decide::partner(about.place, &seat.place, matter),
    }
}

#[cfg(test)]
mod tests {
    use super::WhyNot;

    #[test]
    fn each_reason_says_what_to_do() {
        let seats = || vec!["审批人".to_owned()];
        let area = |office: Option<&str>| WhyNot::Area {
            seat: "审批人".into(),
            held_in: vec!["西区法律援助中心".into()],
            office: office.map(str::to_owned),
        };
        for (why, said) in [
            (WhyNot::Capacity { seats: seats() }, "请转给"),
            (area(Some("东区法律援助中心")), "请转给东区法律援助中心"),
            (area(None), "请转给负责的机构"),
            (WhyNot::Person { seats: seats() }, "本人办理"),
            (WhyNot::Barred("审计岗位不办理案件。".into()), "审计岗位"),
        ] {
            assert!(why.zh().contains(said), "{}", why.zh());
        }
    }
}

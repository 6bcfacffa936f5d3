//! Walking a matter through the corridor, as whoever the law file says must act.
//!
//! INVARIANT: there is no other way in: every act here is permitted, decided and recorded like a real one.

use super::{Applicant, Cast};
use crate::answer::{Complaint, OrSay};
use acts::offers::{self, Asking, Offers};
use acts::policy::HeldPost;
use acts::{Bureau, Command, Done, PerformError, Standing, drafts, load, perform};
use jiff::ToSpan;
use kernel::intake::Raw;
use kernel::matter::Matter;
use kernel::names::{MatterId, Name, OfficeId, PersonId};
use kernel::procedure::{ActDef, Field, FieldKind, Procedure, SeatPlace};
use kernel::world::{Moment, Place};
use store::DraftId;

/// The smallest picture there is: one pixel.
pub const PNG: &[u8] = &[
    0x89, b'P', b'N', b'G', 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 0x0D, b'I', b'H', b'D', b'R', 0, 0, 0, 1, 0, 0, 0, 1, 8,
    6, 0, 0, 0, 0x1F, 0x15, 0xC4, 0x89, 0, 0, 0, 0x0D, b'I', b'D', b'A', b'T', 0x78, 0xDA, 0x63, 0x64, 0xF8, 0xCF,
    0x50, 0x0F, 0, 0x0E, 0x03, 0x01, 0x80, 0x5A, 0x34, 0x7D, 0x6B, 0, 0, 0, 0, b'I', b'E', b'N', b'D', 0xAE, 0x42,
    0x60, 0x82,
];

/// The procedure that the stories and the benchmark walk.
pub const PROCEDURE: &str = "legal-aid";

/// How far ahead a day lies that something has to be announced for, in days.
const AHEAD_DAYS: i64 = 60;

/// One who walks matters.
pub struct Walk<'a> {
    bureau: &'a Bureau,
    cast: &'a Cast,
}

/// How a matter begins.
#[derive(Debug, Clone)]
pub struct Opening<'a> {
    /// The procedure.
    pub procedure: &'a str,
    /// The opening act.
    pub act: &'a str,
    /// The channel.
    pub channel: &'a str,
    /// Where the opener sits: an office and a seat; none for the party themself.
    pub desk: Option<(&'a str, &'a str)>,
    /// Who it is for.
    pub applicant: &'a Applicant,
    /// Answers beside the ordinary ones.
    pub answers: Vec<(&'a str, String)>,
}

/// One act as it is to be done.
#[derive(Debug, Clone, Copy)]
pub struct Step<'a> {
    /// The act.
    pub act: &'a Name,
    /// The seat it is done from, where it is not any that may.
    pub seat: Option<&'a Name>,
    /// Answers beside the ordinary ones; an empty one leaves the question unanswered.
    pub answers: &'a [(&'a str, String)],
}

/// The code of a firm that does not exist: its region begins with 99.
const CREDIT_CODE: &str = "91990101MA0XEAH17J";

/// Ordinary words for long answers, by field.
const WORDS: &[(&str, &str)] = &[
    ("facts-and-reasons", "2026年3月起在对方处做工，约定按月支付报酬，至今拖欠，多次催要没有结果，请求帮助。"),
    ("review-opinion", "已核对申请人的情况和材料，意见如上。"),
    ("approval-opinion", "同意经办人意见。"),
    ("refusal-ground", "out-of-scope"),
    ("refusal-reasons", "所申请的事项不在法律援助法第三十一条、第三十二条所列事项之内。"),
    ("supplement-list", "请补充工资欠条或者聊天记录、对方的准确名称。"),
    ("supplement-note", "已补充欠条照片。"),
    ("met-what", "了解经过，核对证据，告知权利义务和办案安排。"),
    ("read-what", "查阅仲裁卷宗，摘录工资表。"),
    ("heard-what", "争议焦点是劳动关系是否成立，双方质证并辩论。"),
    ("closing-summary", "仲裁裁决支持请求，对方已经履行。"),
    ("grade-reasons", "会见及时，文书规范，庭审准备充分。"),
    ("objection-reasons", "我认为申请的事项在法律援助范围内，请重新审查。"),
    ("objection-findings", "已审查申请材料和中心的意见，作出本决定。"),
    ("termination-ground", "own-counsel"),
    ("termination-reasons", "受援人已经自行委托律师，有委托合同为证。"),
    ("replace-why", "受援人反映属实，原承办律师不能继续办理。"),
    ("replacement-reason", "律师两个月没有联系我，开庭日期也没有告诉我。"),
    ("decline-reason", "与对方公司有未了结的代理关系。"),
    ("organ-name", "东湖区人民法院（模拟）"),
    ("organ-contact", "刑庭书记员 0990-8100500"),
    ("organ-case", "（2026）东刑初字第18号"),
    ("charge", "故意伤害"),
    ("forwarded-from", "示范市看守所（模拟）"),
    ("applicant.address", "示范市东湖区湖滨街道一号院"),
    ("served-paper", "给予法律援助决定书"),
    ("archive-number", "2026-援-001"),
    ("paid-voucher", "凭2026-001"),
    ("file-received-by", "经办人"),
    ("stars", "5"),
    ("grade", "excellent"),
    ("outcome", "won"),
    ("case-kind", "civil"),
    ("cause", "wage"),
    ("applicant-groups", "migrant"),
    ("recovered", "18000.00"),
    ("income", "1500"),
    ("family-size", "3"),
    ("venue", "990101001000"),
];

impl<'a> Walk<'a> {
    /// A walk with these people.
    pub fn new(bureau: &'a Bureau, cast: &'a Cast) -> Walk<'a> {
        Walk { bureau, cast }
    }

    /// Opens a matter under the edition of that day.
    ///
    /// # Errors
    /// The reason the corridor gives.
    pub fn open(&self, at: Moment, opening: &Opening<'_>) -> Result<Done, Complaint> {
        let procedure = self.bureau.law.current(&opening.procedure.into(), at.on()).cloned();
        let procedure = procedure.ok_or_else(|| Complaint::fact(format!("{}没有在施行", opening.procedure)))?;
        let def = def(&procedure, opening.act)?;
        let standing = match opening.desk {
            None => self.opener(&procedure, &def.by)?,
            Some((office, seat)) => self.post(&office.into(), &seat.into(), 0, opening.act)?,
        };
        let form = self.form(&procedure, def, None, &standing, at);
        let raw = self.raw(&form, Some(opening.applicant), &opening.answers)?;
        self.opened(&form, raw, Some(opening.channel.to_owned()))
    }

    /// Opens a matter under an edition that is in force at that moment, as whoever may.
    ///
    /// # Errors
    /// The reason the corridor gives.
    pub fn begin(&self, at: Moment, procedure: &Procedure, step: &Step<'_>) -> Result<Done, Complaint> {
        let def = def(procedure, step.act.as_str())?;
        let standing = self.opener(procedure, step.seat.map_or(def.by.as_slice(), std::slice::from_ref))?;
        let form = self.form(procedure, def, None, &standing, at);
        let raw = self.raw(&form, None, step.answers)?;
        self.opened(&form, raw, None)
    }

    fn opened(&self, form: &Filling<'_>, raw: Raw, channel: Option<String>) -> Result<Done, Complaint> {
        let command = Command {
            procedure: form.procedure.id.clone(),
            act: form.def.name.clone(),
            raw,
            channel,
            key: Some(self.bureau.fresh_id()),
            ..Command::default()
        };
        perform(self.bureau, form.at, form.standing, &command).map_err(|error| refused(&form.def.title, &error))
    }

    fn form<'f>(
        &'f self,
        procedure: &'f Procedure,
        def: &'f ActDef,
        matter: Option<&'f Matter>,
        standing: &'f Standing,
        at: Moment,
    ) -> Filling<'f> {
        Filling { procedure, def, matter, standing, place: &self.bureau.law.place, at }
    }

    /// Does an act on a matter, as whoever the law file says must do it.
    ///
    /// # Errors
    /// The reason the corridor gives.
    pub fn act(&self, at: Moment, id: &MatterId, act: &str, answers: &[(&str, String)]) -> Result<Done, Complaint> {
        self.follow(at, id, &Step { act: &act.into(), seat: None, answers })
    }

    /// The same, from one seat where the step names it.
    ///
    /// # Errors
    /// The reason the corridor gives.
    pub fn follow(&self, at: Moment, id: &MatterId, step: &Step<'_>) -> Result<Done, Complaint> {
        let (act, answers) = (step.act.as_str(), step.answers);
        let loaded = load::load(self.bureau, id).or_say(act)?;
        let procedure = &loaded.procedure;
        let def = def(procedure, act)?;
        let seats = step.seat.map_or(def.by.as_slice(), std::slice::from_ref);
        let standing = self.standing(procedure, def, &loaded.matter, seats)?;
        let form = self.form(procedure, def, Some(&loaded.matter), &standing, at);
        let command = Command {
            matter: Some(id.clone()),
            act: def.name.clone(),
            raw: self.raw(&form, None, answers)?,
            key: Some(self.bureau.fresh_id()),
            ..Command::default()
        };
        perform(self.bureau, at, &standing, &command).map_err(|error| refused(act, &error))
    }

    /// Whoever opens a matter of that kind: a party themself, or somebody at a post.
    fn opener(&self, procedure: &Procedure, seats: &[Name]) -> Result<Standing, Complaint> {
        for seat in seats {
            if procedure.seat(seat).is_some_and(|seat| seat.place == SeatPlace::Party) {
                return Ok(Standing::Party { party: seat.clone(), person: None });
            }
            if let Some((person, acting, posts)) = self.cast.any_holder(seat, &self.bureau.law.place) {
                return Ok(Standing::Post { person, acting, posts });
            }
        }
        Err(Complaint::fact(format!("没有人能开{}", procedure.title)))
    }

    /// Somebody who may do the act and whom nothing earlier keeps from it.
    fn standing(
        &self,
        procedure: &Procedure,
        def: &ActDef,
        matter: &Matter,
        seats: &[Name],
    ) -> Result<Standing, Complaint> {
        let mut why = Complaint::fact(format!("没有人能“{}”", def.title));
        for seat in seats {
            for turn in 0..4 {
                match self.seated(procedure, def, matter, seat, turn) {
                    Ok(standing) => match standing.person() {
                        Some(person) if is_kept(procedure, def, matter, person) => {}
                        _ => return Ok(standing),
                    },
                    Err(error) => why = error,
                }
            }
        }
        Err(why)
    }

    fn seated(
        &self,
        procedure: &Procedure,
        def: &ActDef,
        matter: &Matter,
        seat: &Name,
        turn: usize,
    ) -> Result<Standing, Complaint> {
        let turn = turn + usize::try_from(matter.version).unwrap_or(0);
        let place = &self.bureau.law.place;
        match procedure.seat(seat).map(|seat| &seat.place) {
            Some(SeatPlace::Party) => {
                // Whose number nobody gave cannot show who they are.
                let person = matter.parties.get(seat).cloned();
                person.as_ref().ok_or_else(|| Complaint::fact(format!("{}：不知道{seat}是谁", def.title)))?;
                Ok(Standing::Party { person, party: seat.clone() })
            }
            Some(SeatPlace::Slot(slot)) => {
                let seated =
                    matter.slots.get(slot).ok_or_else(|| Complaint::fact(format!("{}：没有人在办", def.title)))?;
                Ok(Standing::Seated {
                    person: PersonId::new(seated.entry.as_str()),
                    seat: seat.clone(),
                    posts: Vec::new(),
                })
            }
            Some(SeatPlace::System) => Ok(Standing::Clock),
            Some(SeatPlace::AboveOwner) => {
                let above = place.office(&matter.owner).and_then(|owner| owner.parent.clone());
                self.post(&above.unwrap_or_default(), seat, turn, &def.title)
            }
            Some(seated @ SeatPlace::OfficeOf { .. }) => {
                let partner = kernel::decide::partner(place, seated, matter);
                self.post(&partner.cloned().unwrap_or_default(), seat, turn, &def.title)
            }
            Some(SeatPlace::Opener) => {
                let office = matter.opener.office.clone().unwrap_or_default();
                let acting = HeldPost { seat: seat.clone(), office };
                let posts = vec![acting.clone()];
                Ok(Standing::Post { person: matter.opener.person.clone(), acting, posts })
            }
            Some(SeatPlace::Anywhere) => {
                let holder = self.cast.any_holder(seat, place);
                let (person, acting, posts) = holder.ok_or_else(|| Complaint::fact(format!("没有人在{seat}岗位")))?;
                Ok(Standing::Post { person, acting, posts })
            }
            Some(SeatPlace::Owner) | None => self.post(&matter.owner, seat, turn, &def.title),
        }
    }

    fn post(&self, office: &OfficeId, seat: &Name, turn: usize, act: &str) -> Result<Standing, Complaint> {
        let holder = self.cast.holder(office, seat, turn);
        let (person, acting, posts) =
            holder.ok_or_else(|| Complaint::fact(format!("{act}：{office}没有人在{seat}岗位")))?;
        Ok(Standing::Post { person, acting, posts })
    }

    /// What is typed into a form: the answers given, the applicant's own, and ordinary ones for the rest.
    fn raw(
        &self,
        form: &Filling<'_>,
        applicant: Option<&Applicant>,
        answers: &[(&str, String)],
    ) -> Result<Raw, Complaint> {
        let nothing = Raw::default();
        let asking = Asking {
            procedure: form.procedure,
            def: form.def,
            matter: form.matter,
            person: form.standing.person(),
            office: form.standing.office(),
            raw: &nothing,
        };
        let offers = offers::offers(self.bureau, asking, form.at.on()).or_say("表单")?;
        let mut raw = Raw::default();
        for field in form.def.fields() {
            let name = field.name.to_string();
            let given = answers.iter().find(|(known, _)| *known == name).map(|(_, text)| text.clone());
            let given = given.or_else(|| own(&name, applicant?));
            let given = match &field.kind {
                FieldKind::Matter { procedure } if given.is_none() && field.required => self.number_of(procedure)?,
                _ => given,
            };
            if let FieldKind::Files { .. } = field.kind {
                let handed_in = given.map_or(field.required && field.or_promise.is_none(), |text| text != "none");
                if handed_in {
                    raw.files.insert(name, vec![self.file(form.at, &field.title)?]);
                }
            } else if let Some(text) = given.or_else(|| ordinary(form, field, &offers)).filter(|text| !text.is_empty())
            {
                // What can be several is typed with commas between.
                let several = matches!(field.kind, FieldKind::Ranking { .. } | FieldKind::Choices { .. });
                let texts = if several { text.split(',').map(str::to_owned).collect() } else { vec![text] };
                raw.texts.insert(name, texts);
            }
        }
        Ok(raw)
    }

    /// The number of some open matter of that kind.
    fn number_of(&self, procedure: &Name) -> Result<Option<String>, Complaint> {
        let open = acts::system::open_matters(self.bureau, Some(procedure)).or_say("办件")?;
        let Some(one) = open.first() else { return Ok(None) };
        Ok(load::load(self.bureau, one).or_say("办件")?.matter.number)
    }

    fn file(&self, at: Moment, title: &str) -> Result<kernel::value::FileRef, Complaint> {
        let draft = DraftId(self.bureau.fresh_id());
        drafts::keep_file(self.bureau, at, &draft, &format!("{title}.png"), "image/png", PNG).or_say("文件存不了")
    }
}

/// A form and who fills it in.
struct Filling<'a> {
    procedure: &'a Procedure,
    def: &'a ActDef,
    matter: Option<&'a Matter>,
    standing: &'a Standing,
    place: &'a Place,
    at: Moment,
}

fn def<'p>(procedure: &'p Procedure, act: &str) -> Result<&'p ActDef, Complaint> {
    procedure.act(&act.into()).ok_or_else(|| Complaint::fact(format!("{}没有“{act}”", procedure.title)))
}

/// Whether something the person did, or a recusal, keeps them from an act.
fn is_kept(procedure: &Procedure, def: &ActDef, matter: &Matter, person: &PersonId) -> bool {
    matter.is_recused(procedure, person) || matter.was_done_by(procedure, &def.apart_from, person).is_some()
}

fn ordinary(form: &Filling<'_>, field: &Field, offers: &Offers) -> Option<String> {
    let words = WORDS.iter().find(|(name, _)| *name == field.name.as_str());
    if let Some((_, words)) = words.filter(|_| field.required && form.procedure.id.as_str() == PROCEDURE) {
        return Some((*words).to_owned());
    }
    if !field.required {
        return matches!(field.kind, FieldKind::Promise { .. } | FieldKind::Bool).then(|| "yes".to_owned());
    }
    let at = form.at;
    let person = || Applicant::of(field.name.as_str().split('.').next().unwrap_or_default());
    let offered = || offers.get(&field.name)?.first().map(|offer| offer.value.clone());
    match &field.kind {
        FieldKind::Text { max_chars } if field.name.as_str().ends_with(".name") && *max_chars >= 4 => {
            Some(person().name)
        }
        FieldKind::Text { max_chars } if *max_chars < 6 => Some("一".to_owned()),
        FieldKind::Text { .. } | FieldKind::Long { .. } => Some("按规定办理。".to_owned()),
        FieldKind::Date { past: false } if form.procedure.is_announced(&field.name) => {
            at.on().checked_add(AHEAD_DAYS.days()).ok().map(|day| day.to_string())
        }
        FieldKind::Date { .. } => Some(at.on().to_string()),
        FieldKind::Time => at.civil.checked_sub(jiff::SignedDuration::from_hours(3)).ok().map(|time| time.to_string()),
        FieldKind::Choice { list } | FieldKind::Choices { list } => {
            form.procedure.choice_list(list)?.entries.first().map(|entry| entry.name.clone())
        }
        FieldKind::Bool | FieldKind::Promise { .. } => Some("yes".to_owned()),
        FieldKind::Number { min, .. } => Some(min.to_string()),
        FieldKind::Money => Some("0".to_owned()),
        FieldKind::Region => Some("990101001000".to_owned()),
        FieldKind::Phone => Some(person().phone),
        FieldKind::ResidentId => Some(person().id_number),
        FieldKind::CreditCode => Some(CREDIT_CODE.to_owned()),
        FieldKind::Colleague { .. } | FieldKind::Item { .. } => offered(),
        FieldKind::Office { kind } => {
            Some(form.place.offices.iter().find(|office| &office.kind == kind)?.id.to_string())
        }
        FieldKind::Matter { .. } | FieldKind::Ranking { .. } | FieldKind::Files { .. } => None,
    }
}

/// What an applicant says of themself.
fn own(field: &str, applicant: &Applicant) -> Option<String> {
    match field {
        "applicant.name" => Some(applicant.name.clone()),
        "applicant.id-number" => Some(applicant.id_number.clone()),
        "applicant.phone" => Some(applicant.phone.clone()),
        "opponent.name" => Some(applicant.opponent.to_owned()),
        "truthful" => Some("yes".to_owned()),
        _ => None,
    }
}

fn refused(act: &str, error: &PerformError) -> Complaint {
    let more = match error {
        PerformError::Invalid(problems) => {
            problems.iter().map(|problem| problem.fault.zh(problem.field.as_str())).collect::<Vec<_>>().join("；")
        }
        _ => String::new(),
    };
    Complaint::fact(format!("{act}：{} {more}", crate::answer::chain(error)))
}

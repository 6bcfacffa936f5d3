//! Walking a matter through the corridor, as whoever the law file says must act.
//!
//! INVARIANT: there is no other way in: every act here is permitted, decided and recorded like a real one.

use super::{Applicant, Cast};
use crate::answer::{Complaint, OrSay};
use acts::{Bureau, Command, Done, PerformError, Standing, drafts, load, perform};
use kernel::intake::Raw;
use kernel::matter::Matter;
use kernel::names::{MatterId, Name, OfficeId, PersonId};
use kernel::procedure::{ActDef, Field, FieldKind, Procedure, SeatPlace};
use kernel::world::Moment;
use std::sync::Arc;
use store::DraftId;

/// The smallest picture there is: one pixel.
pub const PNG: &[u8] = &[
    0x89, b'P', b'N', b'G', 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 0x0D, b'I', b'H', b'D', b'R', 0, 0, 0, 1, 0, 0, 0, 1, 8,
    6, 0, 0, 0, 0x1F, 0x15, 0xC4, 0x89, 0, 0, 0, 0x0D, b'I', b'D', b'A', b'T', 0x78, 0xDA, 0x63, 0x64, 0xF8, 0xCF,
    0x50, 0x0F, 0, 0x0E, 0x03, 0x01, 0x80, 0x5A, 0x34, 0x7D, 0x6B, 0, 0, 0, 0, b'I', b'E', b'N', b'D', 0xAE, 0x42,
    0x60, 0x82,
];

/// The procedure that is walked.
pub const PROCEDURE: &str = "legal-aid";

/// One who walks matters.
pub struct Walk<'a> {
    bureau: &'a Bureau,
    cast: &'a Cast,
    procedure: Arc<Procedure>,
}

/// How a matter begins.
#[derive(Debug, Clone)]
pub struct Opening<'a> {
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
    /// A walk under the edition of a day.
    ///
    /// # Errors
    /// When no edition is in force.
    pub fn new(bureau: &'a Bureau, cast: &'a Cast, now: Moment) -> Result<Walk<'a>, Complaint> {
        let procedure = bureau.law.current(&PROCEDURE.into(), now.on()).cloned();
        let procedure = procedure.ok_or_else(|| Complaint::fact("法律文件里没有在施行的法律援助程序"))?;
        Ok(Walk { bureau, cast, procedure })
    }

    /// Opens a matter.
    ///
    /// # Errors
    /// The reason the corridor gives.
    pub fn open(&self, at: Moment, opening: &Opening<'_>) -> Result<Done, Complaint> {
        let def = self.def(opening.act)?;
        let command = Command {
            procedure: self.procedure.id.clone(),
            act: def.name.clone(),
            raw: self.raw(at, def, Some(opening.applicant), &opening.answers)?,
            channel: Some(opening.channel.to_owned()),
            key: Some(self.bureau.fresh_id()),
            ..Command::default()
        };
        let standing = match opening.desk {
            None => Standing::Party { party: "applicant".into(), person: None },
            Some((office, seat)) => self.post(&office.into(), &seat.into(), 0, opening.act)?,
        };
        perform(self.bureau, at, &standing, &command).map_err(|error| refused(opening.act, &error))
    }

    /// Does an act on a matter, as whoever the law file says must do it.
    ///
    /// # Errors
    /// The reason the corridor gives.
    pub fn act(&self, at: Moment, id: &MatterId, act: &str, answers: &[(&str, String)]) -> Result<Done, Complaint> {
        let def = self.def(act)?;
        let loaded = load::load(self.bureau, id).or_say(act)?;
        let standing = self.standing(def, &loaded.matter)?;
        let command = Command {
            matter: Some(id.clone()),
            act: def.name.clone(),
            raw: self.raw(at, def, None, answers)?,
            key: Some(self.bureau.fresh_id()),
            ..Command::default()
        };
        perform(self.bureau, at, &standing, &command).map_err(|error| refused(act, &error))
    }

    fn def(&self, act: &str) -> Result<&ActDef, Complaint> {
        self.procedure.act(&act.into()).ok_or_else(|| Complaint::fact(format!("法律文件里没有“{act}”")))
    }

    fn standing(&self, def: &ActDef, matter: &Matter) -> Result<Standing, Complaint> {
        let seat = def.by.first().cloned().unwrap_or_default();
        let turn = usize::try_from(matter.version).unwrap_or(0);
        let place = self.procedure.seat(&seat).map(|seat| &seat.place);
        match place {
            Some(SeatPlace::Party) => Ok(Standing::Party { person: matter.parties.get(&seat).cloned(), party: seat }),
            Some(SeatPlace::Slot(slot)) => {
                let seated =
                    matter.slots.get(slot).ok_or_else(|| Complaint::fact(format!("{}：没有人在办", def.title)))?;
                Ok(Standing::Seated { person: PersonId::new(seated.entry.as_str()), seat, posts: Vec::new() })
            }
            Some(SeatPlace::System) => Ok(Standing::Clock),
            Some(SeatPlace::AboveOwner) => {
                let owner = self.bureau.law.place.office(&matter.owner);
                let above = owner.and_then(|owner| owner.parent.clone());
                self.post(&above.unwrap_or_default(), &seat, turn, &def.title)
            }
            _ => self.post(&matter.owner, &seat, turn, &def.title),
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
        at: Moment,
        def: &ActDef,
        applicant: Option<&Applicant>,
        answers: &[(&str, String)],
    ) -> Result<Raw, Complaint> {
        let mut raw = Raw::default();
        for field in def.fields() {
            let name = field.name.to_string();
            let given = answers.iter().find(|(known, _)| *known == name).map(|(_, text)| text.clone());
            let given = given.or_else(|| own(&name, applicant?));
            if let FieldKind::Files { .. } = field.kind {
                if field.required && field.or_promise.is_none() {
                    raw.files.insert(name, vec![self.file(at, &field.title)?]);
                }
            } else if let Some(text) = given.or_else(|| self.ordinary(at, field)) {
                // A ranking is typed as its entries in order, with commas between.
                let ranked = matches!(field.kind, FieldKind::Ranking { .. });
                let texts = if ranked { text.split(',').map(str::to_owned).collect() } else { vec![text] };
                raw.texts.insert(name, texts);
            }
        }
        Ok(raw)
    }

    fn file(&self, at: Moment, title: &str) -> Result<kernel::value::FileRef, Complaint> {
        let draft = DraftId(self.bureau.fresh_id());
        drafts::keep_file(self.bureau, at, &draft, &format!("{title}.png"), "image/png", PNG).or_say("文件存不了")
    }

    fn ordinary(&self, at: Moment, field: &Field) -> Option<String> {
        let words = WORDS.iter().find(|(name, _)| *name == field.name.as_str());
        if let Some((_, words)) = words.filter(|_| field.required) {
            return Some((*words).to_owned());
        }
        if !field.required {
            return matches!(field.kind, FieldKind::Promise { .. }).then(|| "yes".to_owned());
        }
        match &field.kind {
            FieldKind::Text { .. } | FieldKind::Long { .. } => Some("按规定办理。".to_owned()),
            FieldKind::Date { .. } => Some(at.on().to_string()),
            FieldKind::Time => {
                at.civil.checked_sub(jiff::SignedDuration::from_hours(3)).ok().map(|time| time.to_string())
            }
            FieldKind::Choice { list } | FieldKind::Choices { list } => {
                self.procedure.choice_list(list)?.entries.first().map(|entry| entry.name.clone())
            }
            FieldKind::Bool | FieldKind::Promise { .. } => Some("yes".to_owned()),
            FieldKind::Number { min, .. } => Some(min.to_string()),
            FieldKind::Money => Some("0".to_owned()),
            _ => None,
        }
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

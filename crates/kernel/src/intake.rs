//! From what a person typed to checked values, field by field.
//!
//! Every problem is found at once and names its field, so that a form can be shown again with
//! everything still in it. Fields that are not asked are not read: what was typed into them does
//! not enter the ledger.
//!
//! INVARIANT: a value that passes is of the kind its field declares.

use crate::guard::{GuardError, Operand, Scope, holds};
use crate::identity::{CreditCode, Phone, ResidentId};
use crate::money::Fen;
use crate::names::{Name, OfficeId};
use crate::procedure::{ActDef, ActKind, Field, FieldKind, Procedure, Target};
use crate::value::{Facts, FileRef, Value};
use crate::world::{Moment, Place};
use jiff::civil::{Date, DateTime};
use std::collections::{BTreeMap, BTreeSet};

/// What was typed and uploaded, by field.
#[derive(Debug, Clone, Default)]
pub struct Raw {
    /// Texts, as many as were sent.
    pub texts: BTreeMap<String, Vec<String>>,
    /// Files already stored, by field.
    pub files: BTreeMap<String, Vec<FileRef>>,
}

/// What the reading needs to know.
#[derive(Debug, Clone, Copy)]
pub struct Desk<'a> {
    /// The procedure whose lists are meant.
    pub procedure: &'a Procedure,
    /// The place whose regions and rates are meant.
    pub place: &'a Place,
    /// What may be chosen: entries of registers by register; colleagues, items and matters by field.
    pub registers: &'a BTreeMap<Name, BTreeSet<String>>,
    /// Now.
    pub now: Moment,
}

/// One thing wrong with one field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The field.
    pub field: Name,
    /// What is wrong with it.
    pub fault: Fault,
}

/// What can be wrong with a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// Nothing was given.
    Missing,
    /// Too many characters.
    TooLong {
        /// Allowed.
        max: u32,
        /// Given.
        given: usize,
    },
    /// Not a whole number within the bounds.
    NotANumber {
        /// Lowest.
        min: i64,
        /// Highest.
        max: i64,
    },
    /// Not an amount of money.
    NotMoney(String),
    /// Not a date.
    NotADate,
    /// Not a date and time.
    NotATime,
    /// After today.
    InTheFuture,
    /// Not an entry of the list.
    NotAnEntry,
    /// More entries than allowed.
    TooMany {
        /// Allowed.
        max: u32,
    },
    /// The same entry twice.
    Twice,
    /// A code that fails its own check, in words.
    BadCode(String),
    /// Not a region of this city.
    NotARegion,
    /// A file of a kind that is not taken.
    FileKind {
        /// The file.
        name: String,
        /// Kinds taken, in words.
        taken: String,
    },
    /// A file that is too large.
    FileTooLarge {
        /// The file.
        name: String,
        /// Bytes allowed.
        max_bytes: u64,
    },
    /// Both the proof and the promise that replaces it.
    PromiseAndProof,
    /// Neither the proof nor the promise.
    ProofOrPromise,
    /// No field of the form, of which this is the first, was given.
    NothingGiven,
    /// Whether it is asked could not be found out.
    Unknown(GuardError),
}

/// What a reading found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reading {
    /// The values that passed.
    pub facts: Facts,
    /// Everything else.
    pub problems: Vec<Problem>,
}

/// Reads fields in order; later fields may depend on earlier ones and on `known`.
pub fn read<'f>(fields: impl IntoIterator<Item = &'f Field>, known: &Facts, raw: &Raw, desk: &Desk<'_>) -> Reading {
    let fields: Vec<&Field> = fields.into_iter().collect();
    let promised: BTreeMap<&Name, &Name> =
        fields.iter().filter_map(|field| Some((field.or_promise.as_ref()?, &field.name))).collect();
    let mut reading = Reading::default();
    for field in &fields {
        match is_asked(field, known, &reading.facts, desk) {
            Ok(false) => continue,
            Ok(true) => {}
            Err(why) => {
                // The field it depends on is wrong itself and is already reported.
                if !matches!(why, GuardError::NotCollected(_)) {
                    reading.problems.push(Problem { field: field.name.clone(), fault: Fault::Unknown(why) });
                }
                continue;
            }
        }
        match read_field(field, raw, desk) {
            Ok(Some(value)) => {
                reading.facts.insert(field.name.clone(), value);
            }
            Ok(None) if field.required && field.or_promise.is_none() && !promised.contains_key(&field.name) => {
                reading.problems.push(Problem { field: field.name.clone(), fault: Fault::Missing });
            }
            Ok(None) => {}
            Err(fault) => reading.problems.push(Problem { field: field.name.clone(), fault }),
        }
    }
    check_promises(&fields, known, desk, &mut reading);
    reading
}

/// An answer that only says something must say something: one that moves nothing and was left empty would look as if
/// it had been given.
pub fn says_nothing(def: &ActDef, read: &Facts) -> Option<Problem> {
    let only_says = def.kind == ActKind::Answer && def.to == Target::Stay && def.raises.is_empty();
    let nothing = read.values().all(|value| *value == Value::Bool(false));
    let first = def.fields().next().filter(|_| only_says && nothing)?;
    Some(Problem { field: first.name.clone(), fault: Fault::NothingGiven })
}

/// Whether a field is asked, given what is known and what has been read so far.
///
/// # Errors
/// [`GuardError`] when the condition reads what is not there.
pub fn is_asked(field: &Field, known: &Facts, read: &Facts, desk: &Desk<'_>) -> Result<bool, GuardError> {
    match &field.when {
        None => Ok(true),
        Some(when) => holds(when, &FormScope { known, read, place: desk.place, on: desk.now.on() }),
    }
}

/// Exactly one of proof and promise, where the proof is asked for.
fn check_promises(fields: &[&Field], known: &Facts, desk: &Desk<'_>, reading: &mut Reading) {
    for field in fields {
        let Some(promise) = &field.or_promise else { continue };
        if !matches!(is_asked(field, known, &reading.facts, desk), Ok(true)) {
            continue;
        }
        let proven = reading.facts.contains_key(&field.name);
        let promised = reading.facts.get(promise) == Some(&Value::Bool(true));
        let wrong = reading.problems.iter().any(|problem| problem.field == field.name);
        let fault = match (proven, promised) {
            (true, true) => Fault::PromiseAndProof,
            (false, false) if field.required && !wrong => Fault::ProofOrPromise,
            _ => continue,
        };
        reading.problems.push(Problem { field: field.name.clone(), fault });
    }
}

struct FormScope<'a> {
    known: &'a Facts,
    read: &'a Facts,
    place: &'a Place,
    on: Date,
}

impl Scope for FormScope<'_> {
    fn today(&self) -> Date {
        self.on
    }

    fn fact(&self, field: &Name) -> Option<Operand> {
        self.read.get(field).or_else(|| self.known.get(field)).and_then(Operand::of)
    }

    fn rate(&self, rate: &Name, key: Option<&str>) -> Result<i64, GuardError> {
        self.place.rate(rate, key, self.on).map(|found| found.value)
    }
}

/// The value of one field; `None` when nothing was given.
fn read_field(field: &Field, raw: &Raw, desk: &Desk<'_>) -> Result<Option<Value>, Fault> {
    let texts = raw.texts.get(field.name.as_str()).map(Vec::as_slice).unwrap_or_default();
    let given: Vec<&str> = texts.iter().map(|text| text.trim()).filter(|text| !text.is_empty()).collect();
    let yes = || given.iter().any(|text| matches!(*text, "yes" | "on" | "true" | "1"));
    match &field.kind {
        FieldKind::Files { media, max_bytes } => {
            return read_files(raw.files.get(field.name.as_str()), media, *max_bytes);
        }
        FieldKind::Choices { list } => return read_choices(&given, list, desk),
        FieldKind::Ranking { register, max } => return read_ranking(&given, register, *max, desk),
        FieldKind::Bool => return Ok(Some(Value::Bool(yes()))),
        FieldKind::Promise { .. } => return Ok(yes().then_some(Value::Bool(true))),
        _ => {}
    }
    let Some(text) = given.first().copied() else { return Ok(None) };
    read_single(field, text, desk).map(Some)
}

fn read_single(field: &Field, text: &str, desk: &Desk<'_>) -> Result<Value, Fault> {
    let kind = &field.kind;
    let today = desk.now.on();
    // Numbers are often typed in groups, as they are printed on a card.
    let code = || text.split_whitespace().collect::<String>();
    Ok(match kind {
        FieldKind::Text { max_chars } | FieldKind::Long { max_chars } => {
            let given = text.chars().count();
            if given > usize::try_from(*max_chars).unwrap_or(usize::MAX) {
                return Err(Fault::TooLong { max: *max_chars, given });
            }
            Value::Text(text.replace("\r\n", "\n"))
        }
        FieldKind::Money => Value::Fen(Fen::parse(text).map_err(|why| Fault::NotMoney(why.zh()))?.0),
        FieldKind::Number { min, max } => {
            let outside = Fault::NotANumber { min: *min, max: *max };
            let number: i64 = text.parse().map_err(|_| outside.clone())?;
            if number < *min || number > *max {
                return Err(outside);
            }
            Value::Int(number)
        }
        FieldKind::Date { past } => {
            let date: Date = text.parse().map_err(|_| Fault::NotADate)?;
            if *past && date > today {
                return Err(Fault::InTheFuture);
            }
            Value::Date(date)
        }
        FieldKind::Time => {
            let time: DateTime = text.parse().map_err(|_| Fault::NotATime)?;
            if time > desk.now.civil {
                return Err(Fault::InTheFuture);
            }
            Value::Time(time)
        }
        FieldKind::Choice { list } => {
            let found = desk.procedure.choice_list(list).and_then(|list| list.title_of(text));
            found.ok_or(Fault::NotAnEntry)?;
            Value::Text(text.to_owned())
        }
        FieldKind::ResidentId => {
            let id = ResidentId::parse(&code(), today).map_err(|why| Fault::BadCode(why.zh()))?;
            Value::Text(id.as_str().to_owned())
        }
        FieldKind::CreditCode => {
            let code = CreditCode::parse(&code()).map_err(|why| Fault::BadCode(why.zh()))?;
            Value::Text(code.as_str().to_owned())
        }
        FieldKind::Phone => {
            let phone = Phone::mobile(&code()).map_err(|why| Fault::BadCode(why.zh()))?;
            Value::Text(phone.as_str().to_owned())
        }
        FieldKind::Region => {
            let code = format!("{text:0<12}");
            if !desk.place.regions.contains_key(&code) {
                return Err(Fault::NotARegion);
            }
            Value::Text(code)
        }
        FieldKind::Office { kind } => {
            let office = desk.place.office(&OfficeId::from(text)).filter(|office| &office.kind == kind);
            Value::Text(office.ok_or(Fault::NotAnEntry)?.id.to_string())
        }
        FieldKind::Colleague { .. } | FieldKind::Matter { .. } => Value::Text(offered(field, text, desk)?.to_owned()),
        FieldKind::Item { .. } => Value::Int(offered(field, text, desk)?.parse().map_err(|_| Fault::NotAnEntry)?),
        FieldKind::Bool
        | FieldKind::Promise { .. }
        | FieldKind::Choices { .. }
        | FieldKind::Ranking { .. }
        | FieldKind::Files { .. } => return Err(Fault::NotAnEntry),
    })
}

/// A choice among what is offered for this field and no other.
fn offered<'t>(field: &Field, text: &'t str, desk: &Desk<'_>) -> Result<&'t str, Fault> {
    let known = desk.registers.get(&field.name).is_some_and(|entries| entries.contains(text));
    known.then_some(text).ok_or(Fault::NotAnEntry)
}

fn read_choices(given: &[&str], list: &Name, desk: &Desk<'_>) -> Result<Option<Value>, Fault> {
    let list = desk.procedure.choice_list(list).ok_or(Fault::NotAnEntry)?;
    if given.iter().any(|name| list.title_of(name).is_none()) {
        return Err(Fault::NotAnEntry);
    }
    Ok((!given.is_empty()).then(|| Value::Choices(given.iter().map(|name| (*name).to_owned()).collect())))
}

fn read_ranking(given: &[&str], register: &Name, max: u32, desk: &Desk<'_>) -> Result<Option<Value>, Fault> {
    if given.len() > usize::try_from(max).unwrap_or(usize::MAX) {
        return Err(Fault::TooMany { max });
    }
    if given.iter().collect::<BTreeSet<_>>().len() < given.len() {
        return Err(Fault::Twice);
    }
    let entries = desk.registers.get(register).ok_or(Fault::NotAnEntry)?;
    if given.iter().any(|entry| !entries.contains(*entry)) {
        return Err(Fault::NotAnEntry);
    }
    Ok((!given.is_empty()).then(|| Value::Choices(given.iter().map(|name| (*name).to_owned()).collect())))
}

fn read_files(files: Option<&Vec<FileRef>>, media: &[String], max_bytes: u64) -> Result<Option<Value>, Fault> {
    let Some(files) = files.filter(|files| !files.is_empty()) else { return Ok(None) };
    for file in files {
        if !media.contains(&file.media) {
            return Err(Fault::FileKind { name: file.name.clone(), taken: media_zh(media) });
        }
        if file.size_bytes > max_bytes {
            return Err(Fault::FileTooLarge { name: file.name.clone(), max_bytes });
        }
    }
    Ok(Some(Value::Files(files.clone())))
}

/// Kinds of files in words, by their media types.
pub fn media_zh(media: &[String]) -> String {
    let names = media.iter().map(|kind| match kind.as_str() {
        "image/jpeg" => "JPG照片",
        "image/png" => "PNG图片",
        "application/pdf" => "PDF文件",
        other => other,
    });
    names.collect::<Vec<_>>().join("、")
}

impl Fault {
    /// The fault in Chinese, with what to do about it.
    pub fn zh(&self, title: &str) -> String {
        match self {
            Fault::Missing => format!("请填写“{title}”"),
            Fault::TooLong { max, given } => format!("“{title}”最多{max}个字，现在有{given}个字，请删减"),
            Fault::NotANumber { min, max } => format!("“{title}”请填{min}到{max}之间的整数"),
            Fault::NotMoney(why) => format!("“{title}”：{why}"),
            Fault::NotADate => format!("“{title}”请填日期，如2026-02-13"),
            Fault::NotATime => format!("“{title}”请填日期和时间，如2026-02-13T09:30"),
            Fault::InTheFuture => format!("“{title}”不能晚于现在，请检查"),
            Fault::NotAnEntry => format!("请在“{title}”的选项中选择"),
            Fault::TooMany { max } => format!("“{title}”最多选{max}项"),
            Fault::Twice => format!("“{title}”重复选了同一项，请改选"),
            Fault::BadCode(why) => format!("“{title}”：{why}"),
            Fault::NotARegion => format!("“{title}”请选择本市的区县或者乡镇街道"),
            Fault::FileKind { name, taken } => format!("“{title}”：文件“{name}”的类型不收，请上传{taken}"),
            Fault::FileTooLarge { name, max_bytes } => {
                format!("“{title}”：文件“{name}”太大，每个文件不超过{}MB", max_bytes / 1_048_576)
            }
            Fault::PromiseAndProof => format!("“{title}”和个人诚信承诺只要一样：要么上传证明，要么承诺，请去掉一样"),
            Fault::ProofOrPromise => format!("“{title}”没有上传：请上传证明，或者勾选个人诚信承诺代替"),
            Fault::NothingGiven => format!("这张表一项也没有填：请填“{title}”，或者填其他任何一项"),
            Fault::Unknown(GuardError::NoRate { rate, on, .. }) => {
                format!("“{title}”暂时无法判断：{on}没有在施行的“{rate}”标准，请联系本机构")
            }
            Fault::Unknown(_) => format!("“{title}”暂时无法判断，请先填前面的各项"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guard::{Comparison, Expr};
    use crate::procedure::FormSection;
    use crate::sample::{act, field, moment, place, procedure};

    fn read_all(fields: &[Field], typed: &[(&str, &str)]) -> Reading {
        let registers = BTreeMap::from([("r".into(), ["l1", "l2"].map(String::from).into())]);
        let (procedure, place) = (procedure(), place());
        let desk = Desk { procedure: &procedure, place: &place, registers: &registers, now: moment("2026-03-02") };
        let mut raw = Raw::default();
        for (field, text) in typed {
            raw.texts.entry((*field).to_owned()).or_default().push((*text).to_owned());
        }
        read(fields, &Facts::new(), &raw, &desk)
    }

    fn check(kind: FieldKind, text: &str, expected: Result<Value, Fault>) {
        let reading = read_all(&[field("f", kind.clone())], &[("f", text)]);
        let found = match reading.problems.into_iter().next() {
            Some(problem) => Err(problem.fault),
            None => Ok(reading.facts[&"f".into()].clone()),
        };
        assert_eq!(found, expected, "{kind:?} of `{text}`");
    }

    #[test]
    fn each_kind_takes_what_it_is_for() {
        let text = |text: &str| Ok(Value::Text(text.into()));
        check(FieldKind::Text { max_chars: 3 }, " 三个字 ", text("三个字"));
        check(FieldKind::Text { max_chars: 3 }, "四个字了", Err(Fault::TooLong { max: 3, given: 4 }));
        check(FieldKind::Long { max_chars: 9 }, "一\r\n二", text("一\n二"));
        check(FieldKind::Money, "1,234.50", Ok(Value::Fen(123_450)));
        check(FieldKind::Number { min: 1, max: 30 }, "30", Ok(Value::Int(30)));
        check(FieldKind::Number { min: 1, max: 30 }, "31", Err(Fault::NotANumber { min: 1, max: 30 }));
        check(FieldKind::Number { min: 1, max: 30 }, "三", Err(Fault::NotANumber { min: 1, max: 30 }));
        check(FieldKind::Date { past: true }, "2026-03-02", Ok(Value::Date(jiff::civil::date(2026, 3, 2))));
        check(FieldKind::Date { past: true }, "2026-03-03", Err(Fault::InTheFuture));
        check(FieldKind::Date { past: false }, "2026-02-29", Err(Fault::NotADate));
        check(FieldKind::Time, "2026-03-02T09:01", Err(Fault::InTheFuture));
        check(FieldKind::Time, "昨天", Err(Fault::NotATime));
        check(FieldKind::Choice { list: "kinds".into() }, "big", text("big"));
        check(FieldKind::Choice { list: "kinds".into() }, "huge", Err(Fault::NotAnEntry));
        check(FieldKind::Region, "990101", text("990101000000"));
        check(FieldKind::Region, "110101", Err(Fault::NotARegion));
        check(FieldKind::Phone, "138 0000 1111", text("13800001111"));
        check(FieldKind::Ranking { register: "r".into(), max: 3 }, "l2", Ok(Value::Choices(vec!["l2".into()])));
        check(FieldKind::Ranking { register: "r".into(), max: 3 }, "l9", Err(Fault::NotAnEntry));
        check(FieldKind::Ranking { register: "r".into(), max: 0 }, "l1", Err(Fault::TooMany { max: 0 }));
        check(FieldKind::Bool, "on", Ok(Value::Bool(true)));
    }

    #[test]
    fn what_is_not_asked_is_not_read() {
        let asked = Expr::Compare(
            Comparison::Equal,
            Box::new(Expr::Fact("kind".into())),
            Box::new(Expr::Literal(Operand::Text("big".into()))),
        );
        let fields = [
            field("kind", FieldKind::Choice { list: "kinds".into() }),
            Field { when: Some(asked), ..field("size", FieldKind::Number { min: 0, max: 9 }) },
        ];
        let small = read_all(&fields, &[("kind", "small"), ("size", "secret")]);
        assert!(small.problems.is_empty() && !small.facts.contains_key(&"size".into()));
        let big = read_all(&fields, &[("kind", "big")]);
        assert_eq!(big.problems, [Problem { field: "size".into(), fault: Fault::Missing }]);
        let neither = read_all(&fields, &[("size", "x")]);
        assert_eq!(neither.problems.len(), 1, "only the field it depends on is named: {:?}", neither.problems);
    }

    #[test]
    fn a_proof_or_a_promise_and_not_both() {
        let files = FieldKind::Files { media: vec!["image/jpeg".into()], max_bytes: 9 };
        let fields = [
            Field { or_promise: Some("promise".into()), ..field("proof", files) },
            field("promise", FieldKind::Promise { text: "我保证".into() }),
        ];
        assert_eq!(read_all(&fields, &[]).problems, [Problem { field: "proof".into(), fault: Fault::ProofOrPromise }]);
        assert!(read_all(&fields, &[("promise", "yes")]).problems.is_empty());
    }

    #[test]
    fn an_answer_that_only_says_something_says_something() {
        let form = vec![FormSection {
            title: String::new(),
            hint: String::new(),
            fields: vec![field("words", FieldKind::Long { max_chars: 9 }), field("consent", FieldKind::Bool)],
        }];
        let says = ActDef { form, ..act("say", ActKind::Answer, "party", &["review"], "") };
        let check = |def: &ActDef, given: &[(&str, Value)], expected: bool| {
            let facts = given.iter().map(|(name, value)| (Name::from(*name), value.clone())).collect();
            assert_eq!(says_nothing(def, &facts).is_some(), expected, "{given:?}");
        };
        check(&says, &[], true);
        check(&says, &[("consent", Value::Bool(false))], true);
        check(&says, &[("consent", Value::Bool(true))], false);
        check(&says, &[("words", Value::Text("好".into()))], false);
        check(&ActDef { to: Target::Stage("done".into()), ..says.clone() }, &[], false);
        check(&ActDef { raises: vec!["asked".into()], ..says.clone() }, &[], false);
        check(&ActDef { form: Vec::new(), ..says }, &[], false);
    }

    #[test]
    fn every_fault_says_what_to_do() {
        let taken = "JPG照片".to_owned();
        for fault in [
            Fault::Missing,
            Fault::NotADate,
            Fault::NotATime,
            Fault::InTheFuture,
            Fault::NotAnEntry,
            Fault::Twice,
            Fault::NotARegion,
            Fault::PromiseAndProof,
            Fault::ProofOrPromise,
            Fault::NothingGiven,
            Fault::TooMany { max: 3 },
            Fault::FileTooLarge { name: "a.jpg".into(), max_bytes: 1 << 20 },
            Fault::FileKind { name: "a.exe".into(), taken },
            Fault::Unknown(GuardError::Mismatch),
        ] {
            let text = fault.zh("题目");
            assert!(text.contains("“题目”") && !text.contains("Fault"), "{text}");
        }
    }
}

//! The worked cases are run, with the kernel's own clock and money.
//!
//! INVARIANT: a case is answered by the same functions that decide real matters.

use jiff::civil::Date;
use kernel::clock::{self, Roll, Stop, Term};
use kernel::guard::{GuardError, Operand, Scope, holds};
use kernel::money::{Factor, Fen};
use kernel::names::Name;
use kernel::procedure::{Amount, Binds, FieldKind, Limit, Procedure, RateRead, ScreeningOutcome};
use kernel::world::Place;

use crate::book::{Book, Question, StatuteDecl, WorkedCase};
use crate::check::walks;
use crate::diagnostic::{Code, Diagnostic};
use crate::term::{Asked, End};

/// Runs all worked cases; how many were run.
pub(super) fn check(book: &Book, today: Date, found: &mut Vec<Diagnostic>) -> usize {
    let mut run = 0;
    for case in &book.worked_cases {
        let Some((expected, answer)) = asked(book, case, today) else { continue };
        run += 1;
        let diagnostic = match answer {
            Ok(answer) if answer == expected => continue,
            Ok(answer) => {
                let message = format!("算例“{}”写的是“{expected}”，算出来是“{answer}”", case.title);
                Diagnostic::new(Code::CaseDiffers, &case.path, case.answer_span.clone(), message)
                    .help("规则错了就改规则，算例错了就改算例。")
            }
            Err(message) => {
                let message = format!("算例“{}”算不出来：{message}", case.title);
                Diagnostic::new(Code::BadCase, &case.path, case.answer_span.clone(), message)
            }
        };
        found.push(diagnostic.under(case.heading.as_deref()));
    }
    run
}

/// What a case expects and what comes out; `None` when it asks for something unknown, which has been reported with the
/// names.
fn asked(book: &Book, case: &WorkedCase, today: Date) -> Option<(String, Result<String, String>)> {
    let known = || book.procedure_of(case);
    Some(match &case.question {
        Question::Term { statute, asked, due } => {
            let statute = book.statutes.iter().find(|known| known.name == statute.as_str())?;
            (due.clone(), term_end(book, statute, asked))
        }
        Question::Walk { steps, answer } => {
            let procedure = known()?;
            let walked = place(book, case).and_then(|place| walks::walk(book, procedure, place, steps));
            (answer.clone(), walked.map(|walked| walked.answer(answer)))
        }
        Question::Limit { limit, start, stop, resume, stop_as, extend, due } => {
            let limit = known()?.limit(limit)?;
            let stop = stop.map(|from| Stop { from, until: *resume, kind: *stop_as, cause: case.title.clone() });
            (due.to_string(), due_date(book, case, limit, *start, (stop, *extend)))
        }
        Question::Screening { given, answer } => (answer.clone(), screened(book, case, known()?, given, today)),
        Question::Compute { given, act, answer } => {
            known()?.act(act)?;
            (answer.clone(), computed(book, case, known()?, act, given, today))
        }
    })
}

fn term_end(book: &Book, statute: &StatuteDecl, asked: &Asked) -> Result<String, String> {
    match statute.reckon(asked, &book.calendar) {
        Ok(End::Moment(moment)) => Ok(moment.to_string()),
        Ok(End::Day { due, .. }) => Ok(due.on.map_or_else(|| "停着".to_owned(), |on| on.to_string())),
        Err(why) => Err(why.to_string()),
    }
}

/// The place a case is about: the one it names, or the only one.
fn place<'b>(book: &'b Book, case: &WorkedCase) -> Result<&'b Place, String> {
    match (&case.place, book.places.as_slice()) {
        (Some(code), places) => {
            places.iter().find(|place| &place.code == code).ok_or_else(|| format!("没有地方 `{code}`"))
        }
        (None, [only]) => Ok(only),
        (None, []) => Err("没有地方文件".to_owned()),
        (None, _) => Err("有几个地方，算例要加一列 `place`".to_owned()),
    }
}

fn due_date(
    book: &Book,
    case: &WorkedCase,
    limit: &Limit,
    start: Date,
    (stop, extend): (Option<Stop>, u32),
) -> Result<String, String> {
    let amount = match &limit.amount {
        Amount::Fixed(amount) => *amount,
        Amount::Field(field) => return Err(format!("多久写在字段 `{field}` 里，要用一段经过来算")),
        Amount::Rate(rate) => {
            let found = place(book, case)?.rate(rate, None, start).map_err(|error| no_rate(&error))?;
            u32::try_from(found.value).map_err(|_| format!("标准 `{rate}` 不是日数"))?
        }
    };
    let term = Term::new(amount + extend, limit.unit);
    if let Binds::Before { .. } = limit.binds {
        let latest = clock::latest_before(start, term, &book.calendar);
        return latest.map(|day| day.to_string()).map_err(|error| error.zh().trim_end_matches('。').to_owned());
    }
    let roll = if limit.rolls { Roll::Forward } else { Roll::None };
    let stops: Vec<Stop> = stop.into_iter().collect();
    let due = clock::due(start, term, roll, limit.day_one, &stops, &book.calendar);
    let due = due.map_err(|error| error.zh().trim_end_matches('。').to_owned())?;
    Ok(due.on.map_or_else(|| "停着".to_owned(), |on| on.to_string()))
}

/// The facts of a case, and the rates of its place.
struct Facts<'a> {
    facts: Vec<(Name, Operand)>,
    place: Option<&'a Place>,
    on: Date,
}

impl Scope for Facts<'_> {
    fn today(&self) -> Date {
        self.on
    }

    fn fact(&self, field: &Name) -> Option<Operand> {
        self.facts.iter().find(|(name, _)| name == field).map(|(_, operand)| operand.clone())
    }

    fn rate(&self, rate: &Name, key: Option<&str>) -> Result<i64, GuardError> {
        let missing = || GuardError::NoRate { rate: rate.clone(), key: key.map(str::to_owned), on: self.on };
        Ok(self.place.ok_or_else(missing)?.rate(rate, key, self.on)?.value)
    }
}

fn screened(
    book: &Book,
    case: &WorkedCase,
    procedure: &Procedure,
    given: &[(Name, String)],
    today: Date,
) -> Result<String, String> {
    let mut facts = Vec::new();
    for (name, value) in given {
        let question = procedure.screening.questions.iter().find(|question| &question.name == name);
        let kind = &question.ok_or_else(|| format!("没有问题 `{name}`"))?.kind;
        facts.push((name.clone(), operand(procedure, name, kind, value)?));
    }
    let scope = Facts { facts, place: place(book, case).ok(), on: case.on.unwrap_or(today) };
    for row in &procedure.screening.rows {
        if holds(&row.when, &scope).map_err(|error| no_rate(&error))? {
            let outcome = match row.outcome {
                ScreeningOutcome::Likely => "likely",
                ScreeningOutcome::Ask => "ask",
                ScreeningOutcome::Unlikely => "unlikely",
            };
            return Ok(format!("{outcome}: {}", row.title));
        }
    }
    Err("没有一行成立".to_owned())
}

fn operand(procedure: &Procedure, name: &Name, kind: &FieldKind, value: &str) -> Result<Operand, String> {
    let wrong = |what: &str| format!("`{name}` 应当是{what}，写的是“{value}”");
    Ok(match kind {
        FieldKind::Money | FieldKind::Number { .. } | FieldKind::Files { .. } => {
            Operand::Int(value.parse().map_err(|_| wrong("整数（金额以分为单位）"))?)
        }
        FieldKind::Date { .. } | FieldKind::Time => Operand::Date(value.parse().map_err(|_| wrong("日期"))?),
        FieldKind::Bool | FieldKind::Promise { .. } => {
            Operand::Bool(value.parse().map_err(|_| wrong("true 或者 false"))?)
        }
        FieldKind::Choice { list } => Operand::Text(entry(procedure, list, value)?),
        FieldKind::Choices { list } => {
            let entries = value.split(',').map(|one| entry(procedure, list, one.trim()));
            Operand::Texts(entries.collect::<Result<_, _>>()?)
        }
        FieldKind::Ranking { .. } => Operand::Texts(value.split(',').map(|one| one.trim().to_owned()).collect()),
        _ => Operand::Text(value.to_owned()),
    })
}

fn entry(procedure: &Procedure, list: &Name, value: &str) -> Result<String, String> {
    let known = procedure.choice_list(list).is_some_and(|list| list.title_of(value).is_some());
    if known { Ok(value.to_owned()) } else { Err(format!("选项表 `{list}` 里没有 `{value}`")) }
}

fn computed(
    book: &Book,
    case: &WorkedCase,
    procedure: &Procedure,
    act: &Name,
    given: &[(Name, String)],
    today: Date,
) -> Result<String, String> {
    let place = place(book, case)?;
    let on = case.on.unwrap_or(today);
    for (name, value) in given {
        let field = procedure.field(name).ok_or_else(|| format!("没有字段 `{name}`"))?;
        operand(procedure, name, &field.kind, value)?;
    }
    let read = |read: &RateRead| -> Result<i64, String> {
        let key = match &read.key {
            None => None,
            Some(key) => {
                let value = given.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str());
                Some(value.ok_or_else(|| format!("没有给出 `{key}`"))?)
            }
        };
        Ok(place.rate(&read.rate, key, on).map_err(|error| no_rate(&error))?.value)
    };
    let mut answers = Vec::new();
    for compute in procedure.act(act).into_iter().flat_map(|act| &act.computes) {
        let base = Fen(read(&compute.base)?);
        let factor = compute.factor.as_ref().map(read).transpose()?.map_or(Factor::ONE, Factor);
        let amount = base.times_factor(factor).map_err(|error| error.zh())?;
        answers.push(format!("{}={amount}", compute.field));
    }
    if answers.is_empty() {
        return Err(format!("`{act}` 不算金额"));
    }
    Ok(answers.join("; "))
}

fn no_rate(error: &GuardError) -> String {
    match error {
        GuardError::NotCollected(field) => format!("没有给出 `{field}`"),
        GuardError::NoRate { rate, key: None, on } => format!("标准 `{rate}` 在{on}没有数"),
        GuardError::NoRate { rate, key: Some(key), on } => format!("标准 `{rate}`（`{key}`）在{on}没有数"),
        GuardError::Mismatch => "条件两边的种类不合".to_owned(),
    }
}

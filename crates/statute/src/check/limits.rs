//! What the law owes of limits: an article somebody read, an end, an effect; and no promise longer than the law.

use jiff::ToSpan;
use jiff::civil::Date;
use kernel::clock::Unit;
use kernel::procedure::{ActKind, Amount, Anchor, Binds, Expiry, FieldKind, Limit, LimitKind, Mark, SeatPlace};

use crate::check::Desk;
use crate::diagnostic::{Code, Diagnostic};
use crate::index::Kind;

pub(super) fn check(desk: &Desk<'_>, whole: bool, found: &mut Vec<Diagnostic>) {
    for limit in &desk.procedure.limits {
        checked(desk, limit, found);
        ends(desk, limit, found);
        longer(desk, limit, found);
        posted(desk, limit, found);
        if whole {
            expiry(desk, limit, found);
        }
    }
    for mark in desk.procedure.marks.iter().filter(|_| whole) {
        limited(desk, mark, found);
    }
}

/// A statutory limit has an article, and a person has read it lately.
fn checked(desk: &Desk<'_>, limit: &Limit, found: &mut Vec<Diagnostic>) {
    if limit.kind == LimitKind::Statutory && (limit.cite.is_none() || limit.checked.is_none()) {
        let lacks = if limit.cite.is_none() { "`cite`（依据）" } else { "`checked`（核对日期）" };
        let message = format!("法定期限 `{}` 缺少 {lacks}", limit.name);
        let help = "法定期限要写 `cite=\"法律:条\" checked=\"日期\"`；不是法定的写 `kind=\"promised\"` 或者 `kind=\"internal\"`。";
        found.push(desk.at(Code::LimitWithoutCitation, Kind::Limit, &limit.name, "", message).help(help));
    }
    let Some(checked) = limit.checked else { return };
    let stale = checked.checked_add(1.year()).unwrap_or(Date::MAX) < desk.today;
    if stale || checked > desk.today {
        let message = if stale {
            format!("条文上次核对是{checked}，已经超过一年")
        } else {
            format!("核对日期{checked}还没有到")
        };
        let diagnostic = desk.at(Code::StaleCheck, Kind::Limit, &limit.name, "checked", message);
        found.push(diagnostic.help("重新对照现行条文，再改 `checked`。"));
    }
}

/// The post is in time for those who hand something in, never for the organ that decides; and nothing is taken from
/// a person while a letter may still be on its way.
fn posted(desk: &Desk<'_>, limit: &Limit, found: &mut Vec<Diagnostic>) {
    let Some(post) = &limit.post else { return };
    let procedure = desk.procedure;
    let party = procedure.seats.iter().any(|seat| seat.name == limit.by && seat.place == SeatPlace::Party);
    let dated = procedure.field(&post.field).is_some_and(|field| matches!(field.kind, FieldKind::Date { .. }));
    let (message, help) = if !party {
        let message = format!("“{}”是机关的期限，期满前交邮不能延长它", limit.title);
        (message, "只有当事人递交的期限写 `posted`；删去它。")
    } else if !dated {
        (format!("`{}` 不是日期字段，写不下交邮之日", post.field), "换成办结期限的行为里的一个日期字段。")
    } else if limit.expiry != Expiry::Alarm && post.waits.is_none() {
        let message = format!("“{}”一届满就有后果，期满前寄出的还在路上", limit.title);
        (message, "写 `waits-rate=\"标准\"`，说明再等邮件几日。")
    } else {
        return;
    };
    found.push(desk.at(Code::BadPost, Kind::Limit, &limit.name, "posted", message).help(help));
}

/// Something ends a limit.
fn ends(desk: &Desk<'_>, limit: &Limit, found: &mut Vec<Diagnostic>) {
    let measured = matches!(limit.from, Anchor::Field(_));
    let held = matches!(limit.binds, Binds::AtLeast { .. });
    if !limit.spans.is_empty() || limit.while_raised.is_some() || !limit.met_by.is_empty() || measured || held {
        return;
    }
    let message = format!("期限“{}”没有写什么时候算办了", limit.title);
    let diagnostic = desk.at(Code::LimitNeverEnds, Kind::Limit, &limit.name, "", message);
    found.push(diagnostic.help("写 `spans`（离开环节）、`while`（待办了结）或者 `met-by`（做了行为）。"));
}

/// A request that somebody has to settle is limited, or it is said why not.
fn limited(desk: &Desk<'_>, mark: &Mark, found: &mut Vec<Diagnostic>) {
    let runs = desk.procedure.limits.iter().any(|limit| limit.while_raised.as_ref() == Some(&mark.name));
    if runs || mark.no_limit.is_some() {
        return;
    }
    let message = format!("待办“{}”没有期限，也没有写明为什么没有", mark.title);
    let diagnostic = desk.at(Code::MarkWithoutLimit, Kind::Mark, &mark.name, "", message);
    found.push(diagnostic.help(format!("写一个 `while=\"{}\"` 的 `limit`，或者加上 `no-limit=\"理由\"`。", mark.name)));
}

/// What the house promises is not longer than what the law gives, from the same start.
fn longer(desk: &Desk<'_>, limit: &Limit, found: &mut Vec<Diagnostic>) {
    if limit.kind == LimitKind::Statutory || limit.binds != Binds::Within {
        return;
    }
    let law = desk.procedure.limits.iter().find(|law| {
        let same = law.from == limit.from && law.spans == limit.spans && law.while_raised == limit.while_raised;
        let bounds = law.kind == LimitKind::Statutory && law.binds == Binds::Within && law.met_by == limit.met_by;
        same && bounds && days(desk, limit).zip(days(desk, law)).is_some_and(|(own, law)| own.0 > law.1)
    });
    let Some(law) = law else { return };
    let message = format!("“{}”比法定的“{}”还长", limit.title, law.title);
    let diagnostic = desk.at(Code::LongerThanLaw, Kind::Limit, &limit.name, "", message);
    let origin = desk.file.prop(Kind::Limit, &law.name, "within");
    found.push(diagnostic.help("缩短它，或者删去它。").from(&desk.file.path, origin, "法定期限写在这里"));
}

/// The fewest and the most days a limit can take.
fn days(desk: &Desk<'_>, limit: &Limit) -> Option<(u32, u32)> {
    let (least, most) = match &limit.amount {
        Amount::Fixed(amount) => (*amount, *amount),
        Amount::Field(_) => return None,
        Amount::Rate(rate) => {
            let rates = desk.book.places.iter().flat_map(|place| &place.rates).filter(|known| &known.name == rate);
            let values =
                || rates.clone().flat_map(|rate| &rate.values).filter_map(|value| u32::try_from(value.value).ok());
            (values().min()?, values().max()?)
        }
    };
    Some(match limit.unit {
        Unit::Minute | Unit::Hour => return None,
        Unit::NaturalDay => (least, most),
        // A week holds five working days; a long holiday may double that.
        Unit::WorkingDay => (least, most.saturating_mul(2).saturating_add(10)),
        Unit::Month => (least.saturating_mul(28), most.saturating_mul(31)),
        Unit::Year => (least.saturating_mul(365), most.saturating_mul(366)),
    })
}

/// What happens at the end of a limit can happen.
fn expiry(desk: &Desk<'_>, limit: &Limit, found: &mut Vec<Diagnostic>) {
    let Expiry::Act(name) = &limit.expiry else { return };
    let Some(act) = desk.procedure.act(name) else { return };
    let mut complain = |message: String, help: &str| {
        found.push(desk.at(Code::ExpiryWithoutEffect, Kind::Limit, &limit.name, "expiry", message).help(help));
    };
    if act.kind != ActKind::Expire {
        complain(format!("`{name}` 不是届满时自动发生的行为"), "行为要写 `kind=\"expire\"`。");
    }
    for stage in limit.spans.iter().filter(|stage| !act.within.contains(stage)) {
        complain(format!("期限在环节 `{stage}` 里届满时，`{name}` 不能在那里做"), "行为的 `in` 要包括期限的 `spans`。");
    }
}

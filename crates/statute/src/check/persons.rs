//! Who does an act: two persons where two are needed, the recused never, the clock only what happens by itself.

use kernel::names::Name;
use kernel::procedure::{ActDef, ActKind, FieldKind, SeatPlace};

use crate::check::Desk;
use crate::diagnostic::{Code, Diagnostic};
use crate::index::Kind;

pub(super) fn check(desk: &Desk<'_>, found: &mut Vec<Diagnostic>) {
    for act in &desk.procedure.acts {
        if let Some(second) = &act.with {
            colleague(desk, act, second, "with", found);
        }
        if let Some(recused) = &act.recuses {
            colleague(desk, act, recused, "recuses", found);
        }
        clock(desk, act, found);
        item(desk, act, found);
    }
}

/// The person is named by a compulsory field of this act, in a seat somebody can hold.
fn colleague(desk: &Desk<'_>, act: &ActDef, field: &Name, prop: &str, found: &mut Vec<Diagnostic>) {
    let own = act.fields().find(|own| &own.name == field);
    let wrong = match own.map(|own| (&own.kind, own)) {
        None => format!("“{}”的表单没有 `{field}`，不知道是谁", act.title),
        Some((FieldKind::Colleague { seat }, own)) => {
            let place = desk.procedure.seat(seat).map(|seat| &seat.place);
            let post = matches!(
                place,
                Some(SeatPlace::Owner | SeatPlace::AboveOwner | SeatPlace::OfficeOf { .. } | SeatPlace::Anywhere)
            );
            let acts = prop != "with" || act.by.contains(seat);
            match (own.required && own.when.is_none(), post, acts) {
                (false, _, _) => format!("`{field}` 可以不填，“{}”就不知道是谁", act.title),
                (_, false, _) => format!("`{field}` 里的席位 `{seat}` 不是机构里的岗位"),
                (_, _, false) => format!("`{field}` 里的席位 `{seat}` 不能做“{}”，不能算第二个人", act.title),
                _ => return,
            }
        }
        Some(_) => format!("`{field}` 不是 `colleague` 字段"),
    };
    let diagnostic = desk.at(Code::ColleagueNeeded, Kind::Act, &act.name, prop, wrong);
    let help = format!("在它的表单里写必填的 `colleague \"{field}\" title=\"…\" seat=\"办理的席位\"`。");
    found.push(diagnostic.help(help));
}

/// The clock does what happens at the end of limits, and nobody else does that.
fn clock(desk: &Desk<'_>, act: &ActDef, found: &mut Vec<Diagnostic>) {
    let is_clock = |seat: &&Name| desk.procedure.seat(seat).is_some_and(|seat| seat.place == SeatPlace::System);
    let by_clock = act.by.iter().filter(is_clock).count();
    let wrong = match act.kind {
        ActKind::Expire if by_clock < act.by.len() => format!("“{}”在届满时自动发生，却写着由人来做", act.title),
        ActKind::Expire => return,
        _ if by_clock > 0 => format!("“{}”不是届满时发生的行为，不能由时钟来做", act.title),
        _ => return,
    };
    let diagnostic = desk.at(Code::ClockActs, Kind::Act, &act.name, "by", wrong);
    found.push(diagnostic.help("`kind=\"expire\"` 的行为由 `where=\"system\"` 的席位做，别的行为由人做。"));
}

/// The field that says what is answered is of this act, and of that kind.
fn item(desk: &Desk<'_>, act: &ActDef, found: &mut Vec<Diagnostic>) {
    let Some(answers) = &act.answers else { return };
    let wrong = match act.fields().find(|field| field.name == answers.item).map(|field| &field.kind) {
        None => format!("“{}”的表单没有 `{}`，不知道答复哪一条", act.title, answers.item),
        Some(FieldKind::Item { act: of }) if *of == answers.act => return,
        Some(FieldKind::Item { act: of }) => format!("`{}` 列的是 `{of}`，要答复的是 `{}`", answers.item, answers.act),
        Some(_) => format!("`{}` 不是 `item` 字段", answers.item),
    };
    let diagnostic = desk.at(Code::AnswersNothing, Kind::Act, &act.name, "item", wrong);
    let help = format!("在它的表单里写 `item \"{}\" of=\"{}\" title=\"…\"`。", answers.item, answers.act);
    found.push(diagnostic.help(help));
}

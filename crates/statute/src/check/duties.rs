//! What the law owes: a limit or a reason, a remedy and a paper, a seat that can act, a separation that can be kept.

use kernel::guard::Expr;
use kernel::names::Name;
use kernel::procedure::{ActDef, ActKind, Expiry, FieldKind, SeatPlace, Stage, Target};

use crate::check::Desk;
use crate::diagnostic::{Code, Diagnostic};
use crate::index::Kind;

pub(super) fn check(desk: &Desk<'_>, whole: bool, found: &mut Vec<Diagnostic>) {
    for act in &desk.procedure.acts {
        adverse(desk, act, found);
        placement(desk, act, found);
        apart(desk, act, found);
    }
    templates(desk, found);
    assignments(desk, found);
    if !whole {
        return;
    }
    if desk.procedure.openings().next().is_none() {
        let message = "没有 `kind=\"open\"` 的行为，办件开不了";
        let diagnostic = desk.at(Code::NoOpening, Kind::Matter, &desk.procedure.id, "", message);
        found.push(diagnostic.help("至少写一个 `act … kind=\"open\" … to=\"环节\"`。"));
    }
    for stage in desk.procedure.stages.iter().filter(|stage| !stage.closed) {
        waiting(desk, stage, found);
    }
    for act in &desk.procedure.acts {
        unmet(desk, act, found);
    }
    marks(desk, found);
    confirmations(desk, found);
}

/// An adverse act names its remedy and issues a paper.
fn adverse(desk: &Desk<'_>, act: &ActDef, found: &mut Vec<Diagnostic>) {
    if act.adverse && act.remedy.is_none() {
        let message = format!("“{}”对当事人不利，却没有写救济", act.title);
        let help = "加上 `remedy \"怎样救济\" body=\"向谁\" term=\"多久\" cite=\"法律:条\"`。";
        found.push(desk.at(Code::AdverseWithoutRemedy, Kind::Act, &act.name, "", message).help(help));
    }
    if act.adverse && act.papers.is_empty() {
        let message = format!("“{}”对当事人不利，却没有发出文书", act.title);
        let diagnostic = desk.at(Code::AdverseWithoutPaper, Kind::Act, &act.name, "", message);
        found.push(diagnostic.help("加上 `paper=\"文书\"`，救济印在上面。"));
    }
    let closes = match &act.to {
        Target::Stage(stage) => desk.procedure.stage(stage).is_some_and(|stage| stage.closed),
        Target::Stay => false,
    };
    if act.kind == ActKind::Decide && closes && !act.adverse {
        let message = format!("“{}”是决定，而且使办件办结，却没有标明是否不利", act.title);
        let diagnostic = desk.at(Code::ClosingNotAdverse, Kind::Act, &act.name, "to", message);
        found.push(diagnostic.help("对当事人不利的写 `adverse=#true` 和 `remedy`；不是决定的用 `kind=\"record\"`。"));
    }
}

/// `in`, `to` and `by` as the kind of act needs them.
fn placement(desk: &Desk<'_>, act: &ActDef, found: &mut Vec<Diagnostic>) {
    let opens = act.kind == ActKind::Open;
    let complaint = if act.by.is_empty() {
        Some(("by", "没有写谁可以做", "加上 `by=\"席位\"`。"))
    } else if opens && !act.within.is_empty() {
        Some(("in", "是开件的行为，不能写 `in`", "删去 `in`。"))
    } else if opens && act.to == Target::Stay {
        Some(("to", "是开件的行为，要写 `to`", "加上 `to=\"环节\"`。"))
    } else if !opens && act.within.is_empty() {
        Some(("in", "没有写在哪些环节可以做", "加上 `in=\"环节\"`；开件的行为写 `kind=\"open\"`。"))
    } else {
        None
    };
    if let Some((prop, what, help)) = complaint {
        let message = format!("“{}”{what}", act.title);
        found.push(desk.at(Code::ActPlacement, Kind::Act, &act.name, prop, message).help(help));
    }
}

/// A waiting stage has a limit or a reason for none.
fn waiting(desk: &Desk<'_>, stage: &Stage, found: &mut Vec<Diagnostic>) {
    let limited = desk.procedure.limits.iter().any(|limit| limit.spans.contains(&stage.name));
    if !limited && stage.no_limit.is_none() {
        let message = format!("环节“{}”没有期限，也没有写明为什么没有", stage.title);
        let diagnostic = desk.at(Code::StageWithoutLimit, Kind::Stage, &stage.name, "", message);
        found.push(diagnostic.help("写一个 `spans` 含有它的 `limit`，或者加上 `no-limit=\"理由\"`。"));
    }
}

/// An act that happens at expiry needs a limit that ends in it.
fn unmet(desk: &Desk<'_>, act: &ActDef, found: &mut Vec<Diagnostic>) {
    let expires = desk.procedure.limits.iter().any(|limit| limit.expiry == Expiry::Act(act.name.clone()));
    if act.kind == ActKind::Expire && !expires {
        let message = format!("“{}”在届满时发生，却没有期限指向它", act.title);
        let diagnostic = desk.at(Code::ExpiryWithoutEffect, Kind::Act, &act.name, "", message);
        found.push(diagnostic.help(format!("在期限上写 `expiry=\"{}\"`。", act.name)));
    }
}

/// Whoever did the one can never be another person than whoever does the other: both seats hold one and the same.
fn apart(desk: &Desk<'_>, act: &ActDef, found: &mut Vec<Diagnostic>) {
    let single = |seat: &Name| match desk.procedure.seat(seat).map(|seat| &seat.place) {
        Some(SeatPlace::Slot(slot)) => Some(slot.clone()),
        Some(SeatPlace::Party | SeatPlace::Opener) => Some(seat.clone()),
        _ => None,
    };
    for other in &act.apart_from {
        let Some(before) = desk.procedure.act(other) else { continue };
        let mut seats = act.by.iter().chain(&before.by).map(single);
        let Some(Some(first)) = seats.next() else { continue };
        if before.by.is_empty() || !seats.all(|seat| seat.as_ref() == Some(&first)) {
            continue;
        }
        let message = format!("“{}”要由没有做过“{}”的人做，但是两件事都只有同一个人能做", act.title, before.title);
        let diagnostic = desk.at(Code::ApartImpossible, Kind::Act, &act.name, "apart-from", message);
        let origin = desk.file.prop(Kind::Act, other, "by");
        found.push(diagnostic.help("换一个席位，或者删去 `apart-from`。").from(
            &desk.file.path,
            origin,
            "那件事由这个席位做",
        ));
    }
}

/// The fields an assignment reads are of the kind it needs.
fn assignments(desk: &Desk<'_>, found: &mut Vec<Diagnostic>) {
    for act in &desk.procedure.acts {
        let Some(assigns) = &act.assigns else { continue };
        let kind = |field: &Name| desk.procedure.field(field).map(|field| &field.kind);
        let wishes = assigns.wishes.as_ref().and_then(|field| Some((field, kind(field)?)));
        let consent = assigns.consent.as_ref().and_then(|field| Some((field, kind(field)?)));
        let mut complain = |field: &Name, message: String| {
            let span = desk.file.refs.iter().rev().find(|refer| refer.kind == Kind::Field && &refer.name == field);
            let span = span.map_or(0..0, |refer| refer.span.clone());
            let diagnostic = Diagnostic::new(Code::WrongValue, &desk.file.path, span, message);
            found.push(diagnostic.under(desk.file.heading(Kind::Act, &act.name)));
        };
        if let Some((field, kind)) = wishes {
            let ranks = matches!(kind, FieldKind::Ranking { register, .. } if *register == assigns.register);
            if !ranks {
                complain(field, format!("`wishes` 的字段应当是从名册 `{}` 里选的 `ranking`", assigns.register));
            }
        }
        if let Some((field, kind)) = consent
            && *kind != FieldKind::Bool
        {
            complain(field, "`consent` 的字段应当是 `bool`".to_owned());
        }
    }
}

fn templates(desk: &Desk<'_>, found: &mut Vec<Diagnostic>) {
    if desk.book.templates.is_empty() {
        return;
    }
    for paper in desk.procedure.papers.iter().filter(|paper| !paper.template.is_empty()) {
        if desk.book.templates.contains(&paper.template) {
            continue;
        }
        let near = crate::nearest::nearest(&paper.template, desk.book.templates.iter().map(String::as_str));
        let message = format!("没有模板 `{}`", paper.template);
        let help =
            near.map_or("模板放在 `law/papers/` 下面。".to_owned(), |near| format!("是否想写 `{near}`？"));
        found.push(desk.at(Code::MissingTemplate, Kind::Paper, &paper.name, "template", message).help(help));
    }
}

/// A request can be raised and can be settled.
fn marks(desk: &Desk<'_>, found: &mut Vec<Diagnostic>) {
    for mark in &desk.procedure.marks {
        let raised = desk.procedure.acts.iter().any(|act| act.raises.contains(&mark.name));
        let settled = desk.procedure.acts.iter().any(|act| act.settles.contains(&mark.name));
        let lacks = match (raised, settled) {
            (true, true) => continue,
            (false, _) => "没有行为留下（`raises`）它",
            (true, false) => "没有行为了结（`settles`）它",
        };
        let message = format!("待办 `{}` {lacks}", mark.name);
        let diagnostic = desk.at(Code::MarkUnused, Kind::Mark, &mark.name, "", message);
        found.push(diagnostic.help("留下和了结都要有行为写到它。"));
    }
}

/// A confirmation marked `must` is demanded by a guard of its act.
fn confirmations(desk: &Desk<'_>, found: &mut Vec<Diagnostic>) {
    let written = |act: &ActDef, field: &Name| {
        let mut decls = desk.file.decls.iter();
        decls
            .find(|decl| decl.kind == Kind::Field && decl.owner.as_ref() == Some(&act.name) && &decl.name == field)
            .cloned()
    };
    for act in &desk.procedure.acts {
        for field in act.fields().filter(|field| field.kind == FieldKind::Bool) {
            let Some(decl) = written(act, &field.name).filter(|decl| decl.props.contains_key("must")) else { continue };
            let asked = act.guards.iter().any(|guard| reads(&guard.when, &field.name));
            if !asked {
                let message = format!("`{}` 写了 `must`，却没有 `guard` 检查它", field.name);
                let span = decl.props.get("must").cloned().unwrap_or(decl.span);
                let diagnostic = Diagnostic::new(Code::UnguardedMust, &desk.file.path, span, message);
                let help = format!("加上 `guard when=\"{}\" otherwise=\"…\"`。", field.name.as_str().replace('-', "_"));
                found.push(diagnostic.help(help).under(decl.heading.as_deref()));
            }
        }
    }
}

fn reads(expr: &Expr, field: &Name) -> bool {
    expr.reads().contains(field)
}

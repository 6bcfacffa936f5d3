//! What is written does something: whose turn it is can act, who is named is used, what is printed was answered.
//!
//! A property that does nothing is most often the half of a slip whose other half is missing.

use kernel::names::{Name, reserved};
use kernel::procedure::{ActDef, ActKind, Anchor, Binds, FieldKind, Limit, Procedure, SeatPlace};

use crate::check::Desk;
use crate::decode::paper::placeholders;
use crate::diagnostic::{Code, Diagnostic};
use crate::index::Kind;

pub(super) fn check(desk: &Desk<'_>, found: &mut Vec<Diagnostic>) {
    turns(desk, found);
    duties(desk, found);
    seats(desk, found);
    fields(desk, found);
    dossier(desk, found);
    remedies(desk, found);
    paras(desk, found);
    terms(desk, found);
}

/// Whether somebody in an office sits there. What a party owes is often noted by an office.
fn holds_post(procedure: &Procedure, seat: &Name) -> bool {
    let place = procedure.seat(seat).map(|seat| &seat.place);
    !matches!(place, None | Some(SeatPlace::Party | SeatPlace::Opener | SeatPlace::System))
}

fn acts_in<'p>(procedure: &'p Procedure, stage: &'p Name) -> impl Iterator<Item = &'p ActDef> {
    procedure.acts.iter().filter(move |act| act.within.contains(stage))
}

/// Every seat whose turn a stage or a request is, has something to do there.
fn turns(desk: &Desk<'_>, found: &mut Vec<Diagnostic>) {
    for stage in desk.procedure.stages.iter().filter(|stage| !stage.closed) {
        for seat in stage.by.iter().filter(|seat| holds_post(desk.procedure, seat)) {
            if acts_in(desk.procedure, &stage.name).any(|act| act.by.contains(seat)) {
                continue;
            }
            let message = format!("环节“{}”轮到 `{seat}`，`{seat}` 在这里却没有行为", stage.title);
            let diagnostic = desk.at(Code::NothingToDo, Kind::Stage, &stage.name, "by", message);
            found.push(diagnostic.help("从 `by` 里去掉这个席位，或者写一个由它在这里做的行为。"));
        }
    }
    for mark in desk.procedure.marks.iter().filter(|mark| holds_post(desk.procedure, &mark.by)) {
        let settles = |act: &ActDef| act.settles.contains(&mark.name) && act.by.contains(&mark.by);
        if !desk.procedure.acts.iter().any(settles) {
            let message = format!("待办“{}”轮到 `{}`，却没有由它了结的行为", mark.title, mark.by);
            let diagnostic = desk.at(Code::NothingToDo, Kind::Mark, &mark.name, "by", message);
            found.push(diagnostic.help(format!("`by` 写能了结它的席位，或者让 `{}` 的行为写 `settles`。", mark.by)));
        }
    }
}

/// Whoever a limit binds can do something while it runs.
fn duties(desk: &Desk<'_>, found: &mut Vec<Diagnostic>) {
    for limit in desk.procedure.limits.iter().filter(|limit| holds_post(desk.procedure, &limit.by)) {
        if matches!(limit.binds, Binds::AtLeast { .. }) {
            continue;
        }
        if desk.procedure.acts.iter().any(|act| act.by.contains(&limit.by) && serves(act, limit)) {
            continue;
        }
        let message = format!("期限“{}”写着是 `{}` 的责任，它在期限里却没有能做的行为", limit.title, limit.by);
        let diagnostic = desk.at(Code::NothingToDo, Kind::Limit, &limit.name, "by", message);
        found.push(diagnostic.help("`by` 写在期限的环节里办事的席位。"));
    }
}

/// Whether an act happens while a limit runs, or ends it, or states its beginning.
fn serves(act: &ActDef, limit: &Limit) -> bool {
    let settles = limit.while_raised.as_ref().is_some_and(|mark| act.settles.contains(mark));
    let states = match &limit.from {
        Anchor::Field(field) => act.fields().any(|own| &own.name == field),
        Anchor::Acts(acts) => limit.spans.is_empty() && acts.contains(&act.name),
    };
    settles || states || limit.met_by.contains(&act.name) || limit.spans.iter().any(|stage| act.within.contains(stage))
}

/// Every seat acts, or is told something.
fn seats(desk: &Desk<'_>, found: &mut Vec<Diagnostic>) {
    let procedure = desk.procedure;
    for seat in &procedure.seats {
        let acts = procedure
            .acts
            .iter()
            .any(|act| act.by.contains(&seat.name) || act.notices.iter().any(|notice| notice.to == seat.name));
        let reads = procedure
            .papers
            .iter()
            .any(|paper| paper.to.as_ref() == Some(&seat.name) || paper.readers.contains(&seat.name));
        let named = procedure.fields().any(|(_, field)| {
            matches!(&field.kind, FieldKind::Colleague { seat: of } if *of == seat.name)
                || field.personal.as_ref() == Some(&seat.name)
        });
        if acts || reads || named || seat.place == SeatPlace::System {
            continue;
        }
        let message = format!("席位“{}”什么也不做，也什么都收不到", seat.title);
        let diagnostic = desk.at(Code::NothingToDo, Kind::Seat, &seat.name, "", message);
        found.push(diagnostic.help("写它做的行为，或者删去这个席位。"));
    }
}

/// A field that says which earlier act is answered, is used.
fn fields(desk: &Desk<'_>, found: &mut Vec<Diagnostic>) {
    for (act, field) in desk.procedure.fields() {
        let answers = || act.answers.as_ref().is_some_and(|answers| answers.item == field.name);
        if !matches!(field.kind, FieldKind::Item { .. }) || answers() {
            continue;
        }
        let decl =
            desk.file.decls.iter().find(|decl| {
                decl.kind == Kind::Field && decl.owner.as_ref() == Some(&act.name) && decl.name == field.name
            });
        let (span, heading) = decl.map_or((0..0, None), |decl| (decl.span.clone(), decl.heading.as_deref()));
        let message = format!("“{}”里填了 `{}`，却没有写它有什么用", act.title, field.name);
        let diagnostic = Diagnostic::new(Code::NothingToDo, &desk.file.path, span, message).under(heading);
        found.push(diagnostic.help("在行为上写 `answers` 和 `item`，或者删去这个字段。"));
    }
}

/// What a case file must hold is asked for by some act.
fn dossier(desk: &Desk<'_>, found: &mut Vec<Diagnostic>) {
    let musts = desk.procedure.dossier.iter().any(|item| item.always || item.must.is_some());
    if !musts || desk.procedure.acts.iter().any(|act| act.needs_dossier) {
        return;
    }
    let message = "写了卷内必须有什么，却没有行为要求卷内齐全";
    let diagnostic = desk.at(Code::DossierImpossible, Kind::Matter, &desk.procedure.id, "", message);
    found.push(diagnostic.help("在归档的行为上写 `needs-dossier=#true`。"));
}

/// A remedy stands where something goes against a person, and a paper tells it to somebody.
fn remedies(desk: &Desk<'_>, found: &mut Vec<Diagnostic>) {
    for act in &desk.procedure.acts {
        if act.remedy.is_some() && !act.adverse {
            let message = format!("“{}”写了救济，却没有标明对当事人不利", act.title);
            let diagnostic = desk.at(Code::RemedyWithoutAdverse, Kind::Act, &act.name, "", message);
            found.push(diagnostic.help("加上 `adverse=#true`，救济就印在文书上。"));
        }
        let papers = || act.papers.iter().filter_map(|paper| desk.procedure.paper(paper));
        let told = papers().any(|paper| paper.to.is_some() || !paper.readers.is_empty());
        if act.adverse && papers().next().is_some() && !told {
            let message = format!("“{}”对当事人不利，发出的文书却没有给任何人", act.title);
            let diagnostic = desk.at(Code::AdverseWithoutPaper, Kind::Act, &act.name, "paper", message);
            found.push(diagnostic.help("在文书上写 `to=\"当事人\"`。"));
        }
    }
}

/// What a paper prints of the form it is issued with, everybody has answered.
fn paras(desk: &Desk<'_>, found: &mut Vec<Diagnostic>) {
    for paper in &desk.procedure.papers {
        let places: Vec<&str> =
            paper.paras.iter().flat_map(|para| placeholders(para)).map(|(_, place)| place).collect();
        let issuing = desk.procedure.acts.iter().filter(|act| act.papers.contains(&paper.name));
        for (act, field) in issuing.flat_map(|act| act.fields().map(move |field| (act, field))) {
            let sure = field.required && field.when.is_none() && field.or_promise.is_none();
            if sure
                || field.kind == FieldKind::Bool
                || !places.contains(&field.name.as_str())
                || act.kind == ActKind::Expire
            {
                continue;
            }
            let message = format!("《{}》里要印 `{}`，“{}”时它却可以不填", paper.title, field.name, act.title);
            let diagnostic = desk.at(Code::PrintedUnanswered, Kind::Paper, &paper.name, "", message);
            found.push(diagnostic.help("让它必填，或者从正文里去掉它。"));
        }
    }
}

/// What can be chosen when a file is archived says how long it is kept, and nothing else says so.
fn terms(desk: &Desk<'_>, found: &mut Vec<Diagnostic>) {
    let asked: Vec<&Name> = (desk.procedure.fields())
        .filter(|(_, field)| field.name.as_str() == reserved::RETENTION)
        .filter_map(|(_, field)| if let FieldKind::Choice { list } = &field.kind { Some(list) } else { None })
        .collect();
    for list in &desk.procedure.choices {
        let is_asked = asked.contains(&&list.name);
        for entry in list.entries.iter().filter(|entry| entry.keep.is_some() != is_asked) {
            let (code, message, help) = if is_asked {
                let message = format!("归档时可以选“{}”，却没有写案卷保管多久", entry.title);
                (
                    Code::KeepNotStated,
                    message,
                    "写上 `keep=\"10y\"` 的样子，或者 `keep=\"permanent\"`；没有写的一直保管，不会列为期满。",
                )
            } else {
                let message = format!("“{}”写了 `keep`，归档时却不能选它", entry.title);
                (Code::NothingToDo, message, "归档的行为用 `choice \"retention\"` 选这张表，或者去掉 `keep`。")
            };
            found.push(desk.at(code, Kind::List, &list.name, "", message).help(help));
        }
    }
}

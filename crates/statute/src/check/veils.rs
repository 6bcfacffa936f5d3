//! Veils: a field that somebody may never learn is told to them nowhere.
//!
//! Followed are forms, papers with their readers and addressees, messages, the title of the matter, and the conditions
//! of what they may do themselves. How values are hidden in lists and pages is the business of whoever shows them.

use std::collections::{BTreeMap, BTreeSet};

use kernel::guard::Expr;
use kernel::names::Name;
use kernel::procedure::{ActDef, PaperDef};

use crate::check::Desk;
use crate::decode::paper::placeholders;
use crate::diagnostic::{Code, Diagnostic};
use crate::index::Kind;

/// Templates that print the whole form of the act that issues them.
const PRINTS_FORM: [&str; 2] = ["common/form.typ", "common/record.typ"];

pub(super) fn check(desk: &Desk<'_>, found: &mut Vec<Diagnostic>) {
    let mut veils: BTreeMap<&Name, BTreeSet<&Name>> = BTreeMap::new();
    for (_, field) in desk.procedure.fields() {
        veils.entry(&field.name).or_default().extend(&field.veiled_from);
    }
    veils.retain(|_, seats| !seats.is_empty());
    for (field, seats) in &veils {
        everywhere(desk, field, seats, found);
        titled(desk, field, found);
        for seat in seats {
            asked(desk, field, seat, found);
            printed(desk, field, seat, found);
            decides(desk, field, seat, found);
        }
    }
    published(desk, found);
}

/// Asked for twice, a field is veiled twice.
fn everywhere(desk: &Desk<'_>, field: &Name, seats: &BTreeSet<&Name>, found: &mut Vec<Diagnostic>) {
    for (act, own) in desk.procedure.fields().filter(|(_, own)| &own.name == field) {
        let bare = seats.iter().find(|seat| !own.veiled_from.contains(seat));
        let Some(seat) = bare else { continue };
        let message = format!("`{field}` 在别处对 `{seat}` 保密，在“{}”里没有写", act.title);
        let help = format!("在这里也写 `veiled-from=\"{}\"`。", joined(seats));
        found.push(at_field(desk, act, field, message).help(help));
    }
}

fn joined(seats: &BTreeSet<&Name>) -> String {
    seats.iter().map(|seat| seat.as_str()).collect::<Vec<_>>().join(",")
}

fn at_field(desk: &Desk<'_>, act: &ActDef, field: &Name, message: String) -> Diagnostic {
    let mut decls = desk.file.decls.iter();
    let decl =
        decls.find(|decl| decl.kind == Kind::Field && decl.owner.as_ref() == Some(&act.name) && &decl.name == field);
    let (span, heading) = decl.map_or((0..0, None), |decl| (decl.span.clone(), decl.heading.as_deref()));
    Diagnostic::new(Code::VeilLeaks, &desk.file.path, span, message).under(heading)
}

/// Whoever must not learn it is not asked for it.
fn asked(desk: &Desk<'_>, field: &Name, seat: &Name, found: &mut Vec<Diagnostic>) {
    for act in desk.procedure.acts.iter().filter(|act| act.by.contains(seat)) {
        if act.fields().any(|own| &own.name == field) {
            let message = format!("`{field}` 对 `{seat}` 保密，“{}”却由 `{seat}` 填它", act.title);
            found.push(at_field(desk, act, field, message).help("换一个席位来填，或者改 `veiled-from`。"));
        }
    }
}

/// No paper that they read prints it.
fn printed(desk: &Desk<'_>, field: &Name, seat: &Name, found: &mut Vec<Diagnostic>) {
    let opens = |paper: &&PaperDef| paper.readers.contains(seat) || paper.to.as_ref() == Some(seat);
    for paper in desk.procedure.papers.iter().filter(opens) {
        let named = paper.paras.iter().any(|para| placeholders(para).iter().any(|(_, place)| *place == field.as_str()));
        let issuing = || desk.procedure.acts.iter().filter(|act| act.papers.contains(&paper.name));
        let form = PRINTS_FORM.contains(&paper.template.as_str())
            && issuing().any(|act| act.fields().any(|own| &own.name == field));
        if named || form {
            let message = format!("`{field}` 对 `{seat}` 保密，《{}》里却有它，`{seat}` 可以打开", paper.title);
            let diagnostic = desk.at(Code::VeilLeaks, Kind::Paper, &paper.name, "readers", message);
            found.push(diagnostic.help("从文书里去掉这个字段，或者从 `readers`、`to` 里去掉这个席位。"));
        }
    }
    for act in &desk.procedure.acts {
        for notice in act.notices.iter().filter(|notice| &notice.to == seat) {
            if placeholders(&notice.text).iter().any(|(_, place)| *place == field.as_str()) {
                let message = format!("`{field}` 对 `{seat}` 保密，“{}”的消息却把它告诉 `{seat}`", act.title);
                let diagnostic = desk.at(Code::VeilLeaks, Kind::Act, &act.name, "", message);
                found.push(diagnostic.help("从消息里去掉它。"));
            }
        }
    }
}

/// The name of a matter is seen by everybody who sees the matter.
fn titled(desk: &Desk<'_>, field: &Name, found: &mut Vec<Diagnostic>) {
    if desk.procedure.titled_by.as_ref() == Some(field) {
        let message = format!("`{field}` 是保密的，不能用来称呼办件");
        let diagnostic = desk.at(Code::VeilLeaks, Kind::Matter, &desk.procedure.id, "", message);
        found.push(diagnostic.help("`titled` 换一个不保密的字段。"));
    }
}

/// Whether they may do something does not tell it to them.
fn decides(desk: &Desk<'_>, field: &Name, seat: &Name, found: &mut Vec<Diagnostic>) {
    let reads = |expr: &Expr| {
        let mut reads = expr.reads().contains(field);
        expr.visit(&mut |part| reads |= matches!(part, Expr::Given(given) if given == field));
        reads
    };
    for act in desk.procedure.acts.iter().filter(|act| act.by.contains(seat)) {
        let asked = act.fields().filter_map(|own| own.when.as_ref());
        if act.guards.iter().map(|guard| &guard.when).chain(asked).any(reads) {
            let message = format!("`{field}` 对 `{seat}` 保密，能不能做“{}”却告诉了 `{seat}` 它是什么", act.title);
            let diagnostic = desk.at(Code::VeilLeaks, Kind::Act, &act.name, "", message);
            found.push(diagnostic.help("条件换成不保密的字段，或者这件事由别的席位来做。"));
        }
    }
}

/// What stands on the public page names no personal data.
fn published(desk: &Desk<'_>, found: &mut Vec<Diagnostic>) {
    let published: BTreeSet<&Name> = desk.procedure.acts.iter().flat_map(|act| &act.publishes).collect();
    for paper in desk.procedure.papers.iter().filter(|paper| published.contains(&paper.name)) {
        let personal = |place: &str| {
            desk.procedure.fields().any(|(_, field)| field.name.as_str() == place && field.personal.is_some())
        };
        let mut places = paper.paras.iter().flat_map(|para| placeholders(para));
        let Some((_, place)) = places.find(|(_, place)| personal(place)) else { continue };
        let message = format!("《{}》要向社会公开，正文里却有个人信息 `{place}`", paper.title);
        let diagnostic = desk.at(Code::PublishedPersonal, Kind::Paper, &paper.name, "", message);
        found.push(diagnostic.help("公开的文书不写个人信息，或者另做一份去掉个人信息的文书来公开。"));
    }
}

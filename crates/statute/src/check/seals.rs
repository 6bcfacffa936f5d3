//! The answer that seals a file can be given, and is asked for before there is a file.
//!
//! That the field is declared and the article exists is checked with all other names and citations.

use kernel::procedure::{Field, FieldKind, Seal};

use crate::check::Desk;
use crate::diagnostic::{Code, Diagnostic};
use crate::index::Kind;
use crate::nearest;

pub(super) fn check(desk: &Desk<'_>, found: &mut Vec<Diagnostic>) {
    let Some(seal) = &desk.procedure.seal else { return };
    // A field that is nowhere is an unknown name.
    let Some(field) = desk.procedure.field(&seal.field) else { return };
    option(desk, seal, field, found);
    opened(desk, seal, found);
}

/// The answer is one of those offered.
fn option(desk: &Desk<'_>, seal: &Seal, field: &Field, found: &mut Vec<Diagnostic>) {
    let FieldKind::Choice { list } = &field.kind else {
        let message = format!("“{}”不是单选字段，不能按它封存", field.title);
        let diagnostic = desk.at(Code::SealUnanswered, Kind::Seal, &seal.field, "", message);
        found.push(diagnostic.help("改成 `choice` 字段，封存看它的一项。"));
        return;
    };
    let Some(list) = desk.procedure.choice_list(list) else { return };
    if list.title_of(&seal.value).is_none() {
        let message = format!("“{}”没有 `{}` 这一项，按它永远不会封存", field.title, seal.value);
        let near = nearest::help(&seal.value, list.entries.iter().map(|entry| entry.name.as_str()));
        let diagnostic = desk.at(Code::SealUnanswered, Kind::Seal, &seal.field, "value", message);
        found.push(diagnostic.maybe_help(near));
    }
}

/// Every way in asks for it, of everybody: a file nobody asked about would be sealed.
fn opened(desk: &Desk<'_>, seal: &Seal, found: &mut Vec<Diagnostic>) {
    let asks = |field: &Field| field.name == seal.field && field.required && field.when.is_none();
    for act in desk.procedure.openings().filter(|act| !act.fields().any(asks)) {
        let message = format!("开件行为“{}”没有必填的 `{}`，从这里开的件一律封存", act.title, seal.field);
        let diagnostic = desk.at(Code::SealUnanswered, Kind::Seal, &seal.field, "", message);
        found.push(diagnostic.help("在这个开件行为里也问它，不写 `optional`、`when`。"));
    }
}

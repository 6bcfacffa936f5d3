//! Every name is declared once and resolves.

use std::collections::BTreeMap;

use kernel::names::Name;
use kernel::procedure::{Level, SeatPlace};

use crate::book::Book;
use crate::decode::paper::placeholders;
use crate::diagnostic::{Code, Diagnostic};
use crate::index::{FileIndex, Kind, Ref};
use crate::nearest;

pub(super) fn check(book: &Book, found: &mut Vec<Diagnostic>) {
    for at in 0..book.procedures.len() {
        book.file_of(at).into_iter().for_each(|file| levels(book, at, file, found));
    }
    for file in &book.files {
        twice(file, found);
        for refer in &file.refs {
            match refer.kind {
                Kind::Rate => rate(book, file, refer, found),
                Kind::OfficeType => office_kind(book, file, refer, found),
                Kind::Statute => statute(book, file, refer, found),
                Kind::Matter => matter(book, file, refer, found),
                _ => declared(file, refer, found),
            }
        }
        for message in &file.messages {
            for (at, place) in placeholders(&message.text) {
                if fills(file, message, place) {
                    continue;
                }
                let span = message.span.start + at..message.span.start + at + place.len();
                let (text, help) = if message.para {
                    (
                        format!("这一段里没有 `{{{place}}}` 可填"),
                        format!(
                            "可以写字段的名称，或者 {}、`{{due:期限}}`。",
                            PARA_PLACES.map(|place| format!("`{{{place}}}`")).join("、")
                        ),
                    )
                } else {
                    (format!("消息里没有 `{{{place}}}` 可填"), "可以写 `{number}`（办件号）。".to_owned())
                };
                let diagnostic = Diagnostic::new(Code::UnknownPlaceholder, &file.path, span, text);
                found.push(diagnostic.help(help).under(message.heading.as_deref()));
            }
        }
    }
}

/// What a paragraph of a paper may name beside fields.
const PARA_PLACES: [&str; 6] = ["number", "matter.number", "matter.opened", "today", "office", "actor"];

/// What is known of whoever sits in a slot.
const SLOT_PLACES: [&str; 4] = ["name", "firm", "licence", "phone"];

/// Whether a `{…}` place can be filled.
fn fills(file: &FileIndex, message: &crate::index::Message, place: &str) -> bool {
    if !message.para {
        return place == "number";
    }
    if let Some(limit) = place.strip_prefix("due:") {
        return file.decl(Kind::Limit, &Name::new(limit)).is_some();
    }
    let of_slot = || {
        let (slot, part) = place.split_once('.')?;
        Some(file.decl(Kind::Slot, &Name::new(slot)).is_some() && SLOT_PLACES.contains(&part))
    };
    PARA_PLACES.contains(&place) || file.decl(Kind::Field, &Name::new(place)).is_some() || of_slot() == Some(true)
}

/// A name declared twice where it must be unique.
fn twice(file: &FileIndex, found: &mut Vec<Diagnostic>) {
    let mut first: BTreeMap<(Kind, Option<&Name>, &Name), &crate::index::Decl> = BTreeMap::new();
    for decl in file.decls.iter().filter(|decl| !decl.name.as_str().is_empty()) {
        match first.entry((decl.kind, decl.owner.as_ref(), &decl.name)) {
            std::collections::btree_map::Entry::Vacant(vacant) => {
                vacant.insert(decl);
            }
            std::collections::btree_map::Entry::Occupied(before) => {
                let message = format!("{} `{}` 声明了两次", decl.kind.zh(), decl.name);
                found.push(
                    Diagnostic::new(Code::DuplicateName, &file.path, decl.span.clone(), message)
                        .help("换一个名称，或者合并成一个。")
                        .from(&file.path, before.get().span.clone(), "第一次写在这里")
                        .under(decl.heading.as_deref()),
                );
            }
        }
    }
}

fn declared(file: &FileIndex, refer: &Ref, found: &mut Vec<Diagnostic>) {
    if file.decl(refer.kind, &refer.name).is_some() || file.ghosts.contains(&refer.name) {
        return;
    }
    let near = nearest::help(refer.name.as_str(), file.names(refer.kind));
    unknown(file, refer, format!("没有{} `{}`", refer.kind.zh(), refer.name), near, found);
}

fn unknown(file: &FileIndex, refer: &Ref, message: String, help: Option<String>, found: &mut Vec<Diagnostic>) {
    let diagnostic = Diagnostic::new(Code::UnknownName, &file.path, refer.span.clone(), message);
    found.push(diagnostic.maybe_help(help).under(refer.heading.as_deref()));
}

fn rate(book: &Book, file: &FileIndex, refer: &Ref, found: &mut Vec<Diagnostic>) {
    if book.places.is_empty() {
        unknown(
            file,
            refer,
            format!("没有任何地方规定标准 `{}`", refer.name),
            Some("在 `places/` 下写一份地方文件。".to_owned()),
            found,
        );
    }
    for place in &book.places {
        if place.rates.iter().any(|rate| rate.name == refer.name) {
            continue;
        }
        let near = nearest::help(refer.name.as_str(), place.rates.iter().map(|rate| rate.name.as_str()));
        unknown(file, refer, format!("{}没有标准 `{}`", place.name, refer.name), near, found);
    }
}

fn office_kind(book: &Book, file: &FileIndex, refer: &Ref, found: &mut Vec<Diagnostic>) {
    for place in &book.places {
        if place.offices.iter().any(|office| office.kind == refer.name.as_str()) {
            continue;
        }
        let near = nearest::help(refer.name.as_str(), place.offices.iter().map(|office| office.kind.as_str()));
        let message = format!("{}没有 `{}` 这种机构", place.name, refer.name);
        let diagnostic = Diagnostic::new(Code::NoOffice, &file.path, refer.span.clone(), message);
        found.push(diagnostic.maybe_help(near).under(refer.heading.as_deref()));
    }
}

/// Where a level is named, every place has an office of the kind on that level.
fn levels(book: &Book, at: usize, file: &FileIndex, found: &mut Vec<Diagnostic>) {
    let Some(procedure) = book.procedures.get(at) else { return };
    let competence = &procedure.competence;
    let seats = procedure.seats.iter().filter_map(|seat| match &seat.place {
        SeatPlace::OfficeOf { kind, level: Some(level), .. } => Some((kind, *level, Some(&seat.name))),
        _ => None,
    });
    let own = competence.level.map(|level| (&competence.office_kind, level, None));
    for (kind, level, seat) in seats.chain(own) {
        let lacking = book.places.iter().find(|place| {
            let of_kind = || place.offices.iter().filter(|office| &office.kind == kind);
            of_kind().next().is_some() && !of_kind().any(|office| office.level() == Some(level))
        });
        let Some(place) = lacking else { continue };
        let (span, heading) = match seat {
            Some(seat) => (file.prop(Kind::Seat, seat, "level"), file.heading(Kind::Seat, seat)),
            None => {
                let refer =
                    file.refs.iter().find(|refer| refer.kind == Kind::OfficeType && refer.name.as_str() == kind);
                (refer.map_or(0..0, |refer| refer.span.clone()), refer.and_then(|refer| refer.heading.as_deref()))
            }
        };
        let message = format!("{}没有{}一级的 `{kind}`", place.name, level_zh(level));
        let diagnostic = Diagnostic::new(Code::NoOffice, &file.path, span, message);
        found.push(diagnostic.help("在地方文件里写上这一级的机构，或者改 `level`。").under(heading));
    }
}

const fn level_zh(level: Level) -> &'static str {
    match level {
        Level::Province => "省",
        Level::City => "市",
        Level::County => "县",
        Level::Town => "乡镇",
    }
}

fn statute(book: &Book, file: &FileIndex, refer: &Ref, found: &mut Vec<Diagnostic>) {
    if book.counting(refer.name.as_str()).is_none() {
        let near = nearest::nearest(refer.name.as_str(), book.statutes.iter().map(|known| known.name.as_str()));
        let message = format!("`statutes.md` 没有声明《{}》", refer.name);
        let diagnostic = Diagnostic::new(Code::UnknownStatute, &file.path, refer.span.clone(), message);
        found.push(diagnostic.help(super::cites::help(near)).under(refer.heading.as_deref()));
    }
}

/// Another procedure of the book.
fn matter(book: &Book, file: &FileIndex, refer: &Ref, found: &mut Vec<Diagnostic>) {
    if book.procedures.iter().any(|procedure| procedure.id == refer.name) {
        return;
    }
    let near = nearest::help(refer.name.as_str(), book.procedures.iter().map(|procedure| procedure.id.as_str()));
    unknown(file, refer, format!("没有事项 `{}`", refer.name), near, found);
}

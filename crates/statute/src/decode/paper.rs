//! Papers, number series, and what the case file must hold.

use kernel::names::Name;
use kernel::procedure::{DossierItem, DossierSource, NumberSeries, PaperDef};

use crate::decode::field;
use crate::diagnostic::Code;
use crate::index::{Kind, Role};
use crate::nearest;
use crate::reader::{Reader, Text};
use crate::sheet::many;

/// A paper.
pub(crate) fn paper(reader: &Reader<'_>) -> PaperDef {
    let name = reader.declares(Kind::Paper, None, "文书名称");
    let title = reader.need_text("title", "印在文书上的名称").value;
    let template = reader.need_text("template", "`law/papers` 下面的模板").value;
    let series = reader.text("series", "文书号的序列；不写就用办件号");
    let pattern = reader.text("pattern", "文书号的样子，可用 `{year}`、`{short}`、`{seq}`");
    if let (Some(series), None) = (&series, &pattern) {
        let message = "写了 `series` 就要写 `pattern`（文书号的样子）";
        reader.push(
            reader
                .error(Code::MissingProperty, series.span.clone(), message)
                .help("如 `pattern=\"〔{year}〕{short}援决字第{seq}号\"`。"),
        );
    }
    if let Some(pattern) = &pattern {
        check_pattern(reader, pattern);
    }
    let mut paras = Vec::new();
    let para =
        many("para", "一段正文，`{字段}` 处填入。", |reader: &Reader<'_>, paras: &mut Vec<String>| {
            paras.push(reader.arg_message("一段正文"));
        });
    reader.children(&[para], &mut paras);
    PaperDef {
        paras,
        name,
        title,
        template,
        number: series
            .zip(pattern)
            .map(|(series, pattern)| NumberSeries { series: series.value, pattern: pattern.value }),
        in_name_of: reader.one("in-name-of", Kind::Seat, "以谁的机关的名义制发；不写就是承办机构"),
        to: reader.one("to", Kind::Seat, "发给谁"),
        readers: reader.names("readers", Kind::Seat, "谁可以打开"),
        sealed: reader.flag("sealed", "盖机构的印章"),
    }
}

/// The number of the matter.
pub(crate) fn number(reader: &Reader<'_>) -> NumberSeries {
    let series = reader.arg("序列名称");
    let pattern = reader.need_text("pattern", "办件号的样子，可用 `{year}`、`{short}`、`{seq}`");
    check_pattern(reader, &pattern);
    NumberSeries { series, pattern: pattern.value }
}

fn check_pattern(reader: &Reader<'_>, pattern: &Text) {
    const PLACES: [&str; 3] = ["year", "short", "seq"];
    for (at, place) in placeholders(&pattern.value) {
        if !PLACES.contains(&place) {
            let span = if pattern.plain {
                pattern.span.start + at..pattern.span.start + at + place.len()
            } else {
                pattern.span.clone()
            };
            let message = format!("号的样子里没有 `{{{place}}}`");
            reader.push(reader.error(Code::UnknownPlaceholder, span, message).maybe_help(nearest::help(place, PLACES)));
        }
    }
    if !pattern.value.is_empty() && !pattern.value.contains("{seq}") {
        let message = "号的样子里缺少 `{seq}`，号会重复";
        reader.push(
            reader.error(Code::UnknownPlaceholder, pattern.span.clone(), message).help("在数字的位置写 `{seq}`。"),
        );
    }
}

/// The `{…}` places of a text, with where the word inside begins.
pub(crate) fn placeholders(text: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some((open, rest)) = text.get(at..).and_then(|rest| rest.split_once('{')) {
        let start = at + open.len() + 1;
        let Some(end) = rest.find('}') else { break };
        found.push((start, rest.get(..end).unwrap_or_default()));
        at = start + end + 1;
    }
    found
}

/// What the case file must hold.
pub(crate) fn dossier(reader: &Reader<'_>, items: &mut Vec<DossierItem>) {
    let part = reader.text_or_empty("part", "卷宗的哪一部分，如正卷、副卷；不写就不分");
    let item = many("item", "卷内目录的一项。", move |reader: &Reader<'_>, items: &mut Vec<DossierItem>| {
        let title = reader.arg("目录上的名称");
        let paper = reader.one("paper", Kind::Paper, "哪种文书；同 `records` 一起写时是打印记录用的文书");
        let field_name = reader.one("field", Kind::Field, "哪个文件字段");
        let records = reader.names("records", Kind::Act, "哪些记录，合印一份");
        let must = field::when(reader, "must-when", Role::Matter, None, "什么时候必须有");
        let always = reader.flag("must", "一律必须有；都不写就是按需");
        match source(paper, field_name, records) {
            Some(source) => items.push(DossierItem { part: part.clone(), title, source, must, always }),
            None => {
                let message = "`item` 要写明来源：`paper`、`field`，或者 `records` 加 `paper`";
                reader.push(reader.error(Code::MissingProperty, reader.span(), message).help("三种写法只选一种。"));
            }
        }
    });
    reader.children(&[item], items);
}

fn source(paper: Option<Name>, field: Option<Name>, records: Vec<Name>) -> Option<DossierSource> {
    match (paper, field, records.is_empty()) {
        (Some(paper), None, true) => Some(DossierSource::Paper(paper)),
        (None, Some(field), true) => Some(DossierSource::Field(field)),
        (Some(paper), None, false) => Some(DossierSource::Records { acts: records, paper }),
        _ => None,
    }
}

//! The table at the end of a file says what its blocks say, row by row and cell by cell.

use crate::check::Desk;
use crate::diagnostic::{Code, Diagnostic};
use crate::index::Kind;
use crate::markdown::{Cell, Table};
use crate::table::{LIMITS, STEPS, limits, steps};

pub(super) fn check(desk: &Desk<'_>, found: &mut Vec<Diagnostic>) {
    let mut missing = Vec::new();
    let rows = steps(desk.procedure);
    one(desk, "步骤", &STEPS, &rows, &mut missing, found);
    let rows = limits(desk.procedure);
    if !rows.is_empty() {
        one(desk, "期限", &LIMITS, &rows, &mut missing, found);
    }
    if missing.is_empty() {
        return;
    }
    let message = format!("文件末尾缺少程序表：{}", missing.join("、"));
    let diagnostic = desk.at(Code::TableMissing, Kind::Matter, &desk.procedure.id, "", message);
    found.push(
        diagnostic.help(format!(
            "运行 `xiezhi law table {} --law 目录 --write`，然后对照法律原文读一遍。",
            desk.procedure.id
        )),
    );
}

fn one(
    desk: &Desk<'_>,
    what: &'static str,
    columns: &[&str],
    rows: &[Vec<String>],
    missing: &mut Vec<&'static str>,
    found: &mut Vec<Diagnostic>,
) {
    let is_it = |table: &&Table| table.header.iter().map(|cell| cell.text.as_str()).eq(columns.iter().copied());
    let Some(table) = desk.file.tables.iter().find(is_it) else {
        missing.push(what);
        return;
    };
    for (at, written) in table.rows.iter().enumerate() {
        match rows.get(at) {
            Some(row) => cells(desk, columns, written, row, found),
            None => differs(desk, written.first(), format!("程序表多了一行“{}”", text(written.first())), None, found),
        }
    }
    if let Some(row) = rows.get(table.rows.len()) {
        let title = row.first().map_or("", String::as_str);
        let last = table.rows.last().and_then(|row| row.first()).or_else(|| table.header.first());
        differs(desk, last, format!("程序表缺少“{title}”一行"), None, found);
    }
}

fn text(cell: Option<&Cell>) -> &str {
    cell.map_or("", |cell| cell.text.as_str())
}

/// The first cell of a row that differs; what follows in it may follow from that.
fn cells(desk: &Desk<'_>, columns: &[&str], written: &[Cell], row: &[String], found: &mut Vec<Diagnostic>) {
    for (column, (cell, expected)) in columns.iter().zip(written.iter().zip(row)) {
        if cell.text != *expected {
            let message = format!("程序表“{}”一栏写的是“{}”，文件里是“{expected}”", column, cell.text);
            differs(desk, Some(cell), message, row.first(), found);
        }
    }
}

fn differs(desk: &Desk<'_>, cell: Option<&Cell>, message: String, row: Option<&String>, found: &mut Vec<Diagnostic>) {
    let span = cell.map_or(0..0, |cell| cell.span.clone());
    let diagnostic = Diagnostic::new(Code::TableDiffers, &desk.file.path, span, message);
    let of = row.map_or_else(String::new, |row| format!("“{row}”："));
    found
        .push(diagnostic.help(format!("{of}写错了就改写错的一边；改了规则的，重新生成程序表，再对照法律原文读一遍。")));
}

//! Many rows in few statements, where an engine gains from it: a file takes them one by one, a server together.
//!
//! Rows go in parts of 64, 32, 16, and what is left in one, so that a server meets few different texts and keeps them
//! prepared. They are written as lists of values: no arrays, which not every server has.

use crate::engine::{Cell, Row, Session};
use crate::sql::{Sql, StorageError};

/// Rows of one statement on a server.
const TOGETHER: usize = 64;
/// So many rows or fewer have a text of their own.
const FEW: usize = 8;

/// Writes rows of a table: `head` stands before `values`, `tail` after the rows.
pub(crate) fn put(sql: &Sql<'_>, head: &str, tail: &str, rows: &[Vec<Cell<'_>>]) -> Result<(), StorageError> {
    let width = rows.first().map_or(0, Vec::len);
    put_as(sql, head, &format!("({})", vec!["?"; width].join(", ")), tail, rows)
}

/// Writes rows of a table, each as `row` says: `(?, lower(?))`.
pub(crate) fn put_as(
    sql: &Sql<'_>,
    head: &str,
    row: &str,
    tail: &str,
    rows: &[Vec<Cell<'_>>],
) -> Result<(), StorageError> {
    each_part(
        sql,
        rows,
        |count| format!("{head} values {}{tail}", places(row, count)),
        |text, part| match part {
            [row] => sql.run(text, row).map(drop),
            rows => sql.run(text, rows.concat()).map(drop),
        },
    )
}

/// Reads what there is of some keys in this realm; `head` ends with `where realm = $1 and`. The conditions are written
/// out, one for each key: a server then looks each up in the index, however few rows it thinks the table has.
pub(crate) fn find(
    sql: &Sql<'_>,
    head: &str,
    tail: &str,
    columns: &[&str],
    keys: &[Vec<Cell<'_>>],
    mut read: impl FnMut(&Row<'_>) -> Result<(), StorageError>,
) -> Result<(), StorageError> {
    each_part(
        sql,
        keys,
        |count| format!("{head} ({}){tail}", conditions(columns, count)),
        |text, part| {
            let values: Vec<Cell<'_>> =
                std::iter::once(Cell::Text(sql.realm)).chain(part.iter().flatten().copied()).collect();
            sql.all(text, values, |row| read(row)).map(drop)
        },
    )
}

/// Does something with the rows in parts of at most [`TOGETHER`], a power of two or [`FEW`], and with the text for as many.
fn each_part<'r, T>(
    sql: &Sql<'_>,
    mut rows: &'r [T],
    text_for: impl Fn(usize) -> String,
    mut work: impl FnMut(&str, &'r [T]) -> Result<(), StorageError>,
) -> Result<(), StorageError> {
    let most = match sql.session() {
        Session::File(_) => 1,
        Session::Remote(_) => TOGETHER,
    };
    let (mut text, mut text_of) = (String::new(), 0);
    while !rows.is_empty() {
        let count = most.min(if rows.len() <= FEW { rows.len() } else { 1 << rows.len().ilog2() });
        let (part, rest) = rows.split_at(count);
        if text_of != count {
            (text, text_of) = (text_for(count), count);
        }
        work(&text, part)?;
        rows = rest;
    }
    Ok(())
}

/// As many rows as are asked for, the places counted through: `(?, ?)` twice is `($1, $2), ($3, $4)`.
fn places(row: &str, rows: usize) -> String {
    let mut next = 0;
    let one = |_| {
        let mut pieces = row.split('?');
        let mut text = pieces.next().unwrap_or_default().to_owned();
        for piece in pieces {
            next += 1;
            text.push_str(&format!("${next}{piece}"));
        }
        text
    };
    (0..rows).map(one).collect::<Vec<_>>().join(", ")
}

/// `(a = $2 and b = $3) or (a = $4 and b = $5)`.
fn conditions(columns: &[&str], keys: usize) -> String {
    let mut next = 1;
    let key = |_| {
        let equal = |column: &&str| {
            next += 1;
            format!("{column} = ${next}")
        };
        format!("({})", columns.iter().map(equal).collect::<Vec<_>>().join(" and "))
    };
    (0..keys).map(key).collect::<Vec<_>>().join(" or ")
}

#[cfg(test)]
mod tests {
    use super::{conditions, places};

    #[test]
    fn places_are_counted_through() {
        assert_eq!(places("(?, lower(?))", 2), "($1, lower($2)), ($3, lower($4))");
        assert_eq!(places("(?)", 1), "($1)");
        assert_eq!(conditions(&["a", "b"], 2), "(a = $2 and b = $3) or (a = $4 and b = $5)");
    }
}

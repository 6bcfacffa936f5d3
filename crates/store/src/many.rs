//! Many rows in few statements, where an engine gains from it: a file takes them one by one, a server together.
//!
//! Rows go in parts of 64, 32, … 1, so that a server meets few different texts and keeps them prepared. They are written
//! as lists of values: no arrays, which not every server has.

use crate::engine::{Cell, Row, Session};
use crate::sql::{Sql, StorageError};

/// Rows of one statement on a server.
const TOGETHER: usize = 64;

/// Writes rows of a table: `head` stands before `values`, `tail` after the rows.
pub(crate) fn put(sql: &Sql<'_>, head: &str, tail: &str, rows: &[Vec<Cell<'_>>]) -> Result<(), StorageError> {
    for part in parts(sql, rows) {
        let text = format!("{head} values {}{tail}", places(1, part));
        sql.run(&text, part.concat())?;
    }
    Ok(())
}

/// Reads what there is of some keys in this realm; `head` ends with `where realm = $1 and`. The conditions are written out,
/// `(a = $2 and b = $3) or …`: a server then looks each up in the index, however few rows it thinks the table has.
pub(crate) fn find(
    sql: &Sql<'_>,
    head: &str,
    columns: &[&str],
    keys: &[Vec<Cell<'_>>],
    mut read: impl FnMut(&Row<'_>) -> Result<(), StorageError>,
) -> Result<(), StorageError> {
    for part in parts(sql, keys) {
        let text = format!("{head} ({})", conditions(columns, part.len()));
        let values: Vec<Cell<'_>> = [Cell::Text(sql.realm)].into_iter().chain(part.concat()).collect();
        sql.all(&text, values, |row| read(row))?;
    }
    Ok(())
}

/// The rows in parts of at most [`TOGETHER`], each a power of two.
fn parts<'r, T>(sql: &Sql<'_>, mut rows: &'r [T]) -> Vec<&'r [T]> {
    let most = match sql.session() {
        Session::File(_) => 1,
        Session::Remote(_) => TOGETHER,
    };
    let mut parts = Vec::new();
    while !rows.is_empty() {
        let whole = 1 << rows.len().ilog2();
        let (part, rest) = rows.split_at(most.min(whole));
        parts.push(part);
        rows = rest;
    }
    parts
}

/// `($1, $2), ($3, $4)`, counted from `first`.
fn places(first: usize, rows: &[Vec<Cell<'_>>]) -> String {
    let mut next = first;
    let row = |row: &Vec<Cell<'_>>| {
        let places: Vec<String> = (next..next + row.len()).map(|at| format!("${at}")).collect();
        next += row.len();
        format!("({})", places.join(", "))
    };
    rows.iter().map(row).collect::<Vec<_>>().join(", ")
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
    use crate::engine::Cell;

    #[test]
    fn places_are_counted_through() {
        let row = || vec![Cell::Int(1), Cell::Null];
        assert_eq!(places(1, &[row(), row()]), "($1, $2), ($3, $4)");
        assert_eq!(conditions(&["a", "b"], 2), "(a = $2 and b = $3) or (a = $4 and b = $5)");
    }
}

//! Numbers of papers and matters: gapless series, and numbers made void.
//!
//! INVARIANT: within realm, series, office and year the numbers run from 1
//! without a gap; a void number keeps its place and its reason.

use std::collections::BTreeMap;

use crate::engine::{Cell, Row, params};

use crate::Store;
use crate::append::AppendError;
use crate::entry::{Draw, MatterId, NumberRef, Void};
use crate::many;
use crate::projections::{MATTER_COLUMNS, matter_row};
use crate::sql::{Sql, StorageError};
use crate::views::MatterRow;

/// A number that was drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NumberRow {
    /// The series.
    pub series: String,
    /// The office whose series it is.
    pub office: String,
    /// The year the series counts in.
    pub year: i16,
    /// Its place in the series, from 1.
    pub seq: u32,
    /// As it is written.
    pub text: String,
    /// The matter it was drawn for.
    pub matter: MatterId,
    /// The act that drew it.
    pub version: u32,
    /// When it became void, milliseconds UTC.
    pub voided_at: Option<i64>,
    /// Why it is void.
    pub void_reason: Option<String>,
}

const NEXT: &str = "insert into number_series(realm, series, office, year, last)
    values($1, $2, $3, $4, $5)
    on conflict(realm, series, office, year) do update set last = number_series.last + excluded.last
    returning last";
const HOLDER: &str = "select matter, voided_at from number where realm = $1 and text = $2";
const HOLDERS: &str = "select text, matter from number where realm = $1 and";
const PUT: &str = "insert into number(realm, series, office, year, seq, text, matter, version)";
const VOID: &str = "update number set voided_at = $1, void_reason = $2
    where realm = $3 and text = $4";
const OF_SERIES: &str = "select series, office, year, seq, text, matter, version, voided_at,
        void_reason
    from number where realm = $1 and series = $2 and office = $3 and year = $4 and seq > $5
    order by seq limit $6";
const OF_MATTER: &str = "select series, office, year, seq, text, matter, version, voided_at,
        void_reason
    from number where realm = $1 and matter = $2 order by version, series, office, year, seq";
const BY_TEXT: &str = "select series, office, year, seq, text, matter, version, voided_at,
        void_reason
    from number where realm = $1 and text = $2";

/// Numbers drawn so far in one append, by matter and slot.
pub(crate) type Drawn = BTreeMap<(MatterId, String), String>;

/// A number that an act takes.
pub(crate) struct Taking<'d> {
    pub draw: &'d Draw,
    pub matter: &'d MatterId,
    /// The version of the act.
    pub version: u32,
}

/// Takes the next numbers of their series, in this order.
pub(crate) fn draw(sql: &Sql<'_>, taking: &[Taking<'_>]) -> Result<Vec<String>, AppendError> {
    let series = |draw: &'_ Draw| (draw.series.clone(), draw.office.clone(), draw.year);
    let mut next: BTreeMap<(String, String, i16), u32> = BTreeMap::new();
    for taken in taking {
        *next.entry(series(taken.draw)).or_default() += 1;
    }
    for ((series, office, year), count) in &mut next {
        let last: u32 = sql
            .one(NEXT, params![sql.realm, series, office, year, *count], |row| row.get(0))?
            .ok_or(StorageError::Unreadable { column: "number_series.last", value: String::new() })?;
        *count = last - *count;
    }
    let mut drawn: Vec<(u32, String)> = Vec::with_capacity(taking.len());
    for Taking { draw, .. } in taking {
        let seq = next.entry(series(draw)).and_modify(|seq| *seq += 1).or_insert(1);
        let text = written(&draw.pattern, draw.year, *seq);
        drawn.push((*seq, text.ok_or_else(|| AppendError::Pattern { pattern: draw.pattern.clone() })?));
    }
    free(sql, taking, &drawn)?;
    let rows = taking.iter().zip(&drawn).map(|(Taking { draw, matter, version }, (seq, text))| {
        params![sql.realm, draw.series, draw.office, draw.year, seq, text, matter.as_str(), version].to_vec()
    });
    many::put(sql, PUT, "", &rows.collect::<Vec<_>>())?;
    Ok(drawn.into_iter().map(|(_, text)| text).collect())
}

/// Refuses a text that is a number already.
fn free(sql: &Sql<'_>, taking: &[Taking<'_>], drawn: &[(u32, String)]) -> Result<(), AppendError> {
    let mut holders: BTreeMap<String, MatterId> = BTreeMap::new();
    let keys: Vec<Vec<Cell<'_>>> = drawn.iter().map(|(_, text)| params![text].to_vec()).collect();
    many::find(sql, HOLDERS, "", &["text"], &keys, |row| {
        holders.insert(row.get(0)?, MatterId(row.get(1)?));
        Ok(())
    })?;
    for (Taking { matter, .. }, (_, text)) in taking.iter().zip(drawn) {
        if let Some(holder) = holders.insert(text.clone(), (*matter).clone()) {
            return Err(AppendError::NumberTaken { text: text.clone(), matter: holder });
        }
    }
    Ok(())
}

fn holder(sql: &Sql<'_>, text: &str) -> Result<Option<(MatterId, Option<i64>)>, StorageError> {
    sql.one(HOLDER, params![sql.realm, text], |row| Ok((MatterId(row.get(0)?), row.get(1)?)))
}

/// Marks a number void.
pub(crate) fn void(sql: &Sql<'_>, void: &Void, at: i64) -> Result<(), AppendError> {
    match holder(sql, &void.text)? {
        None => Err(AppendError::UnknownNumber { text: void.text.clone() }),
        Some((_, Some(_))) => Err(AppendError::AlreadyVoid { text: void.text.clone() }),
        Some((_, None)) => {
            sql.run(VOID, params![at, void.reason, sql.realm, void.text])?;
            Ok(())
        }
    }
}

/// The text a reference stands for.
pub(crate) fn resolve(number: &NumberRef, matter: &MatterId, drawn: &Drawn) -> Result<Option<String>, AppendError> {
    match number {
        NumberRef::None => Ok(None),
        NumberRef::Known(text) => Ok(Some(text.clone())),
        NumberRef::Drawn(slot) => drawn
            .get(&(matter.clone(), slot.clone()))
            .map(|text| Some(text.clone()))
            .ok_or_else(|| AppendError::UnknownSlot { slot: slot.clone() }),
    }
}

/// Writes a pattern out, or none when it has an unknown mark or no `{seq}`:
/// without the sequence two numbers would be one.
fn written(pattern: &str, year: i16, seq: u32) -> Option<String> {
    let mut text = String::new();
    let mut rest = pattern;
    let mut counted = false;
    while let Some((before, after)) = rest.split_once('{') {
        let (mark, after) = after.split_once('}')?;
        text.push_str(before);
        match mark.split_once(':') {
            None if mark == "year" => text.push_str(&year.to_string()),
            None if mark == "seq" => text.push_str(&seq.to_string()),
            Some(("seq", width)) => {
                let width: usize = width.parse().ok().filter(|width| (1..=12).contains(width))?;
                text.push_str(&format!("{seq:0width$}"));
            }
            _ => return None,
        }
        counted |= mark.starts_with("seq");
        rest = after;
    }
    text.push_str(rest);
    (counted && !rest.contains('}')).then_some(text)
}

fn number_row(row: &Row<'_>) -> Result<NumberRow, StorageError> {
    Ok(NumberRow {
        series: row.get(0)?,
        office: row.get(1)?,
        year: row.get(2)?,
        seq: row.get(3)?,
        text: row.get(4)?,
        matter: MatterId(row.get(5)?),
        version: row.get(6)?,
        voided_at: row.get(7)?,
        void_reason: row.get(8)?,
    })
}

impl Store {
    /// The numbers of a series after `after`, void ones included, at most `limit`.
    ///
    /// # Errors
    ///
    /// Fails only when the database does.
    pub fn numbers(
        &self,
        series: &str,
        office: &str,
        year: i16,
        after: u32,
        limit: u32,
    ) -> Result<Vec<NumberRow>, StorageError> {
        self.read(|sql| {
            let params = params![sql.realm, series, office, year, after, limit];
            sql.all(OF_SERIES, params, number_row)
        })
    }

    /// The numbers drawn for a matter, in the order of its acts.
    ///
    /// # Errors
    ///
    /// Fails only when the database does.
    pub fn numbers_of(&self, matter: &MatterId) -> Result<Vec<NumberRow>, StorageError> {
        self.read(|sql| sql.all(OF_MATTER, params![sql.realm, matter.as_str()], number_row))
    }

    /// The number written so, if it was ever drawn here.
    ///
    /// # Errors
    ///
    /// Fails only when the database does.
    pub fn number(&self, text: &str) -> Result<Option<NumberRow>, StorageError> {
        self.read(|sql| sql.one(BY_TEXT, params![sql.realm, text], number_row))
    }

    /// The matter that bears the number, or for which it was drawn.
    ///
    /// # Errors
    ///
    /// Fails only when the database does.
    pub fn find_by_number(&self, text: &str) -> Result<Option<MatterRow>, StorageError> {
        let by_view = format!("select {MATTER_COLUMNS} from matter_view v where v.realm = $1 and v.number = $2");
        let by_draw = format!(
            "select {MATTER_COLUMNS} from number n
             join matter_view v on v.realm = n.realm and v.matter = n.matter
             where n.realm = $1 and n.text = $2"
        );
        if text.is_empty() {
            return Ok(None);
        }
        self.read(|sql| {
            let params = params![sql.realm, text];
            match sql.one(&by_view, params, |row| matter_row(row, 0))? {
                Some(found) => Ok(Some(found)),
                None => sql.one(&by_draw, params, |row| matter_row(row, 0)),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::written;

    #[test]
    fn patterns() {
        let check = |pattern, expected: Option<&str>| {
            assert_eq!(written(pattern, 2026, 7).as_deref(), expected, "{pattern}");
        };
        check("澄法援字〔{year}〕{seq}号", Some("澄法援字〔2026〕7号"));
        check("{year}{seq:04}", Some("20260007"));
        check("{seq}", Some("7"));
        check("〔{year}〕号", None);
        check("{seq:0}", None);
        check("{seq:13}", None);
        check("{month}{seq}", None);
        check("{seq", None);
        check("{seq}}", None);
    }
}

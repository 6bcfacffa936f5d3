//! The same tables on a server: the one text of the schema, in the words of PostgreSQL.
//!
//! INVARIANT: a database that is refused has not been changed.

use crate::engine::{Cell, Session, params};
use crate::sql::{Sql, StorageError};

use super::{OpenError, SCHEMA_VERSION, TABLES, UPGRADES, projections};

/// The oldest server this program is tested with.
const OLDEST: i64 = 150_000;

/// The first schema there was on a server.
const FIRST: i64 = 3;

/// The lock under which tables are made and exchanged: two programs may start at once.
const MAKING: &str = "select pg_advisory_xact_lock(1481196890)";

/// Opens the database, making the tables where there are none, and returns the writer's connection.
pub(crate) fn connect(url: &str, realm: &str) -> Result<Session, OpenError> {
    let session = Session::connect_writer(url)?;
    let sql = Sql::new(&session, realm);
    server(&sql)?;
    session.control("begin")?;
    let found = found(&sql, realm);
    match found {
        Ok(()) => session.control("commit")?,
        Err(error) => {
            session.control("rollback")?;
            return Err(error);
        }
    }
    Ok(session)
}

/// Whether the server is one that is known to work.
fn server(sql: &Sql<'_>) -> Result<(), OpenError> {
    let none: [Cell<'_>; 0] = [];
    let version = sql.integer("select current_setting('server_version_num')::bigint", none)?;
    if version < OLDEST {
        return Err(OpenError::OldServer { found: version / 10_000, needed: OLDEST / 10_000 });
    }
    let encoding = sql.one("select current_setting('server_encoding')", none, |row| row.get::<String>(0))?;
    match encoding {
        Some(encoding) if encoding != "UTF8" => Err(OpenError::Encoding { found: encoding }),
        _ => Ok(()),
    }
}

/// Lets one program at a time make or exchange tables, until its transaction ends.
pub(super) fn lock_tables(sql: &Sql<'_>) -> Result<(), StorageError> {
    sql.one(MAKING, [], |_| Ok(())).map(drop)
}

fn found(sql: &Sql<'_>, realm: &str) -> Result<(), OpenError> {
    let none: [Cell<'_>; 0] = [];
    lock_tables(sql)?;
    let tables = "select count(*) from pg_tables where schemaname = current_schema() and tablename ";
    if sql.integer(&format!("{tables} = 'schema_version'"), none)? == 0 {
        if sql.integer(&format!("{tables} <> ''"), none)? > 0 {
            return Err(OpenError::OtherTables);
        }
        return Ok(create(sql, realm)?);
    }
    let rows = sql.all("select realm, version from schema_version order by realm", none, |row| {
        Ok((row.get::<String>(0)?, row.get::<i64>(1)?))
    })?;
    match rows.iter().find(|(known, _)| known == realm) {
        Some((_, found)) if *found > SCHEMA_VERSION => {
            Err(OpenError::NewerSchema { found: *found, supported: SCHEMA_VERSION })
        }
        Some((_, found)) if *found < FIRST => Err(OpenError::OlderSchema { found: *found, needed: FIRST }),
        Some((_, found)) => Ok(upgrade(sql, *found)?),
        None => {
            let found = rows.into_iter().map(|(known, _)| known).next().unwrap_or_default();
            Err(OpenError::OtherRealm { found, wanted: realm.to_owned() })
        }
    }
}

fn create(sql: &Sql<'_>, realm: &str) -> Result<(), StorageError> {
    sql.script(&translated(TABLES))?;
    sql.script(&translated(&projections("", "_1")))?;
    let put = "insert into schema_version(realm, version, projection) values($1, $2, 1)";
    sql.run(put, params![realm, SCHEMA_VERSION]).map(drop)
}

/// Brings the tables to this schema, while programs of the version before go on.
fn upgrade(sql: &Sql<'_>, found: i64) -> Result<(), StorageError> {
    let steps = UPGRADES.iter().filter(|(from, _)| *from >= found);
    steps.into_iter().try_for_each(|(_, text)| sql.script(&translated(text)))
}

/// A text of the schema in the words of PostgreSQL. Texts are ordered by their bytes, as SQLite does.
pub(super) fn translated(text: &str) -> String {
    let mut told = String::with_capacity(text.len());
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if let Some(rest) = line.strip_prefix("create virtual table ") {
            let table = rest.split(' ').next().unwrap_or_default();
            // The rest of it speaks of how FTS5 cuts words.
            let _ = lines.by_ref().take_while(|line| !line.starts_with(')')).count();
            told.push_str(&words(table));
            continue;
        }
        let line = line.replace(" integer", " bigint").replace(" blob", " bytea").replace(" without rowid", "");
        told.push_str(&collated(&line));
        told.push('\n');
    }
    told
}

/// A column of text, ordered by its bytes.
fn collated(line: &str) -> String {
    let column = line.strip_prefix("    ").and_then(|column| column.split_once(" text"));
    match column {
        Some((name, rest)) if !name.contains(' ') => format!("    {name} text collate \"C\"{rest}"),
        _ => line.to_owned(),
    }
}

fn words(table: &str) -> String {
    format!(
        "create table {table}(
    realm text collate \"C\" not null,
    doc bigint not null,
    tokens tsvector not null,
    primary key(realm, doc)
);
create index on {table} using gin(tokens);
"
    )
}

#[cfg(test)]
mod tests {
    use super::translated;

    #[test]
    fn one_text_serves_both_engines() {
        let text = "create table a(\n    text text not null,\n    n integer,\n    b blob,\n    primary key(text)\n) without rowid;\ncreate virtual table w using fts5(\n    tokens\n);\n";
        let told = translated(text);
        for part in
            ["    text text collate \"C\" not null,", "    n bigint,", "    b bytea,", "\n);\n", "tokens tsvector"]
        {
            assert!(told.contains(part), "{part}: {told}");
        }
        assert!(!told.contains("rowid") && !told.contains("fts5"), "{told}");
    }
}

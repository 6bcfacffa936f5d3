//! The full-text index over segmented words: FTS5 here, `tsvector` there, the same hits.
//!
//! Words are cut elsewhere and arrive parted by spaces. Neither engine cuts them again: FTS5 is asked for each as a
//! phrase, PostgreSQL is given them as lexemes.
//!
//! INVARIANT: a query is for all of its words, each taken literally.

use crate::engine::{Cell, Owned, Session, params};
use crate::many;
use crate::sql::{Sql, StorageError};

/// A row of a table of words on a server, its words as lexemes.
const REMOTE_ROW: &str = "(?, ?, array_to_tsvector(string_to_array(?, ' ')))";

/// A table of words.
pub(crate) struct Words {
    remove: String,
    put: String,
    remove_remote: String,
    put_remote: String,
}

/// A query for words; `None` of words that hold no letter or digit, which are in no index.
pub(crate) struct WordQuery(String);

impl Words {
    pub(crate) fn of(table: &str) -> Self {
        Self {
            remove: format!("delete from {table} where rowid = $1"),
            put: format!("insert into {table}(rowid, tokens)"),
            remove_remote: format!("delete from {table} where realm = $1 and doc = $2"),
            put_remote: format!("insert into {table}(realm, doc, tokens)"),
        }
    }

    pub(crate) fn remove(&self, sql: &Sql<'_>, doc: i64) -> Result<(), StorageError> {
        match sql.session() {
            Session::File(_) => sql.run(&self.remove, params![doc]).map(drop),
            Session::Remote(_) => sql.run(&self.remove_remote, params![sql.realm, doc]).map(drop),
        }
    }

    /// Puts the words of documents that have none.
    pub(crate) fn put(&self, sql: &Sql<'_>, documents: &[(i64, &str)]) -> Result<(), StorageError> {
        match sql.session() {
            Session::File(_) => {
                let rows: Vec<Vec<Cell<'_>>> =
                    documents.iter().map(|(doc, words)| params![doc, words].to_vec()).collect();
                many::put(sql, &self.put, "", &rows)
            }
            Session::Remote(_) => {
                let cut = |(doc, words): &(i64, &str)| (*doc, lexemes(words).collect::<Vec<_>>().join(" "));
                let cut: Vec<(i64, String)> = documents.iter().map(cut).collect();
                let rows: Vec<Vec<Cell<'_>>> =
                    cut.iter().map(|(doc, words)| params![sql.realm, doc, words].to_vec()).collect();
                many::put_as(sql, &self.put_remote, REMOTE_ROW, "", &rows)
            }
        }
    }
}

impl WordQuery {
    /// The query in the form of the engine.
    pub(crate) fn of(sql: &Sql<'_>, words: &str) -> Option<Self> {
        let (words, between): (Vec<String>, _) = match sql.session() {
            Session::File(_) => (phrases(words).collect(), " "),
            Session::Remote(_) => (lexemes(words).map(|word| format!("'{word}'")).collect(), " & "),
        };
        (!words.is_empty()).then(|| Self(words.join(between)))
    }

    /// The text bound to the place of the query.
    pub(crate) fn text(&self) -> &str {
        &self.0
    }

    pub(crate) fn into_value(self) -> Owned {
        Owned::Text(self.0)
    }
}

/// Words as phrases of FTS5, which cuts and folds them as it did what is in the index.
fn phrases(words: &str) -> impl Iterator<Item = String> {
    let words = words.split_whitespace().filter(|word| word.chars().any(char::is_alphanumeric));
    words.map(|word| format!("\"{}\"", word.replace('"', "\"\"")))
}

/// Words as FTS5 would cut and fold them: runs of letters and digits.
fn lexemes(words: &str) -> impl Iterator<Item = String> {
    let words = words.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_lowercase)
}

/// The `doc` of every hit of a query in a table; `realm` and `query` are the places of those values.
pub(crate) fn hits(sql: &Sql<'_>, table: &str, realm: &str, query: &str) -> String {
    match sql.session() {
        Session::File(_) => format!("select rowid as doc from {table} where {table} match {query}"),
        Session::Remote(_) => {
            format!("select doc from {table} where realm = {realm} and tokens @@ {query}::text::tsquery")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{lexemes, phrases};

    #[test]
    fn words_are_taken_literally() {
        let check =
            |words: &str, expected: &[&str]| assert_eq!(phrases(words).collect::<Vec<_>>(), expected, "{words}");
        check("法律 援助", &["\"法律\"", "\"援助\""]);
        check("a\"b OR", &["\"a\"\"b\"", "\"OR\""]);
        check(" 〔 〕 ", &[]);
        check("", &[]);
    }

    #[test]
    fn lexemes_hold_nothing_but_letters_and_digits() {
        let check =
            |words: &str, expected: &[&str]| assert_eq!(lexemes(words).collect::<Vec<_>>(), expected, "{words}");
        check("法律 援助", &["法律", "援助"]);
        check("a'b\\C & 〔2026〕", &["a", "b", "c", "2026"]);
    }
}

//! The law as published: editions of procedures, and the statutes they cite.
//!
//! INVARIANT: an edition, once published, never changes; it is its hash.

use std::sync::LazyLock;

use crate::Store;
use crate::engine::{Row, Session, params};
use crate::many;
use crate::sql::{Sql, StorageError};
use crate::words::{WordQuery, Words};

/// An edition of a procedure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EditionRow {
    /// The procedure.
    pub procedure: String,
    /// The hash that names the edition.
    pub hash: String,
    /// The text it was read from.
    pub source: Vec<u8>,
    /// When it was published here, milliseconds UTC.
    pub published_at: i64,
}

/// A statute of the corpus.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatuteRow {
    /// Its name.
    pub name: String,
    /// The hash of the text it was imported from.
    pub source_hash: String,
    /// When it was imported, milliseconds UTC.
    pub imported_at: i64,
}

/// An article of a statute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArticleRow {
    /// Its number; 第十二条之一 has the number 12 and an ordinal of its own.
    pub number: i32,
    /// As written: 第十二条.
    pub ordinal: String,
    /// Its text.
    pub text: String,
    /// Words to find it by, segmented, parted by spaces; empty when read.
    pub tokens: String,
}

/// An article found by its words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArticleHit {
    /// The statute.
    pub statute: String,
    /// The article.
    pub article: ArticleRow,
}

const PUT_EDITION: &str = "insert into edition(realm, procedure, hash, source, published_at)
    values($1, $2, $3, $4, $5) on conflict(realm, procedure, hash) do nothing";
const EDITION: &str = "select procedure, hash, source, published_at from edition
    where realm = $1 and hash = $2 order by procedure limit 1";
const EDITIONS: &str = "select procedure, hash, source, published_at from edition
    where realm = $1 order by procedure, published_at, hash";
const PUT_STATUTE: &str = "insert into statute(realm, name, source_hash, imported_at)
    values($1, $2, $3, $4)
    on conflict(realm, name) do update set source_hash = excluded.source_hash,
        imported_at = excluded.imported_at";
const STATUTES: &str = "select name, source_hash, imported_at from statute
    where realm = $1 order by name";
const DOCS: &str = "select doc from article where realm = $1 and statute = $2";
const REMOVE_ARTICLES: &str = "delete from article where realm = $1 and statute = $2";
const LAST_DOC: &str = "select max(doc) from article where realm = $1";
const PUT_ARTICLES: &str = "insert into article(realm, statute, number, ordinal, text, doc)";
const ARTICLE: &str = "select statute, number, ordinal, text from article
    where realm = $1 and statute = $2 and number = $3 order by ordinal";
const ARTICLES: &str = "select statute, number, ordinal, text from article
    where realm = $1 and statute = $2 order by number, ordinal";
const FIND: &str = "select a.statute, a.number, a.ordinal, a.text
    from article_words w join article a on a.realm = $1 and a.doc = w.rowid
    where article_words match $2 order by w.rank limit $3";
/// The shortest first: what says little beside the words is nearest to them.
const FIND_REMOTE: &str = "select a.statute, a.number, a.ordinal, a.text
    from article_words w join article a on a.realm = $1 and a.doc = w.doc
    where w.realm = $1 and w.tokens @@ $2::text::tsquery order by length(w.tokens), a.doc limit $3";
/// The words of articles.
static WORDS: LazyLock<Words> = LazyLock::new(|| Words::of("article_words"));

fn edition(row: &Row<'_>) -> Result<EditionRow, StorageError> {
    Ok(EditionRow { procedure: row.get(0)?, hash: row.get(1)?, source: row.get(2)?, published_at: row.get(3)? })
}

fn article(row: &Row<'_>) -> Result<ArticleHit, StorageError> {
    let tokens = String::new();
    let article = ArticleRow { number: row.get(1)?, ordinal: row.get(2)?, text: row.get(3)?, tokens };
    Ok(ArticleHit { statute: row.get(0)?, article })
}

fn replace_articles(sql: &Sql<'_>, statute: &str, articles: &[ArticleRow]) -> Result<(), StorageError> {
    for doc in sql.all(DOCS, params![sql.realm, statute], |row| row.get::<i64>(0))? {
        WORDS.remove(sql, doc)?;
    }
    sql.run(REMOVE_ARTICLES, params![sql.realm, statute])?;
    let first = sql.integer(LAST_DOC, params![sql.realm])? + 1;
    let documents: Vec<(i64, &str)> =
        (first..).zip(articles).map(|(doc, article)| (doc, article.tokens.as_str())).collect();
    let rows = articles.iter().zip(&documents).map(|(ArticleRow { number, ordinal, text, .. }, (doc, _))| {
        params![sql.realm, statute, number, ordinal, text, doc].to_vec()
    });
    many::put(sql, PUT_ARTICLES, "", &rows.collect::<Vec<_>>())?;
    WORDS.put(sql, &documents)
}

impl Store {
    /// Publishes an edition; one that is there stays as it is.
    ///
    /// # Errors
    ///
    /// Fails only when the database does.
    pub fn put_edition(&self, new: EditionRow) -> Result<(), StorageError> {
        self.write(move |sql| {
            let EditionRow { procedure, hash, source, published_at } = new;
            sql.run(PUT_EDITION, params![sql.realm, procedure, hash, source, published_at])?;
            Ok(())
        })
    }

    /// The edition with this hash.
    ///
    /// # Errors
    ///
    /// Fails only when the database does.
    pub fn edition(&self, hash: &str) -> Result<Option<EditionRow>, StorageError> {
        self.read(|sql| sql.one(EDITION, params![sql.realm, hash], edition))
    }

    /// All editions, by procedure and publication.
    ///
    /// # Errors
    ///
    /// Fails only when the database does.
    pub fn editions(&self) -> Result<Vec<EditionRow>, StorageError> {
        self.read(|sql| sql.all(EDITIONS, params![sql.realm], edition))
    }

    /// Imports a statute, in place of what was imported under its name.
    ///
    /// # Errors
    ///
    /// Fails only when the database does; then the old text is still there.
    pub fn put_statute(&self, statute: StatuteRow, articles: Vec<ArticleRow>) -> Result<(), StorageError> {
        self.write(move |sql| {
            let StatuteRow { name, source_hash, imported_at } = statute;
            sql.run(PUT_STATUTE, params![sql.realm, name, source_hash, imported_at])?;
            replace_articles(sql, &name, &articles)
        })
    }

    /// All statutes imported.
    ///
    /// # Errors
    ///
    /// Fails only when the database does.
    pub fn statutes(&self) -> Result<Vec<StatuteRow>, StorageError> {
        self.read(|sql| {
            sql.all(STATUTES, params![sql.realm], |row| {
                let (name, source_hash, imported_at) = (row.get(0)?, row.get(1)?, row.get(2)?);
                Ok(StatuteRow { name, source_hash, imported_at })
            })
        })
    }

    /// The articles with this number: more than one where 之一 follows.
    ///
    /// # Errors
    ///
    /// Fails only when the database does.
    pub fn article(&self, statute: &str, number: i32) -> Result<Vec<ArticleRow>, StorageError> {
        self.read(|sql| {
            let hits = sql.all(ARTICLE, params![sql.realm, statute, number], article)?;
            Ok(hits.into_iter().map(|hit| hit.article).collect())
        })
    }

    /// All articles of a statute, in order.
    ///
    /// # Errors
    ///
    /// Fails only when the database does.
    pub fn articles(&self, statute: &str) -> Result<Vec<ArticleRow>, StorageError> {
        self.read(|sql| {
            let hits = sql.all(ARTICLES, params![sql.realm, statute], article)?;
            Ok(hits.into_iter().map(|hit| hit.article).collect())
        })
    }

    /// Articles that hold all the words (segmented, parted by spaces), the
    /// nearest first.
    ///
    /// # Errors
    ///
    /// Fails only when the database does.
    pub fn find_articles(&self, tokens: &str, limit: u32) -> Result<Vec<ArticleHit>, StorageError> {
        self.read(|sql| {
            let Some(words) = WordQuery::of(sql, tokens) else { return Ok(Vec::new()) };
            let text = if matches!(sql.session(), Session::File(_)) { FIND } else { FIND_REMOTE };
            sql.all(text, params![sql.realm, words.text(), limit], article)
        })
    }
}

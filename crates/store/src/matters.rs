//! Lists of matters: all of an office, those one has handled (已办), those
//! closed (办结).
//!
//! Made like the worklist: ordered runs of an index, merged; two statements, and
//! with words a third before them, which asks how many matters the words hit.
//! Few are looked up one by one; many are a condition on the ordered runs.

use std::collections::BTreeSet;

use crate::engine::params;

use crate::Store;
use crate::entry::MatterId;
use crate::projections::{MATTER_COLUMNS, matter_row};
use crate::sql::{Sql, StorageError, unsigned};
use crate::views::MatterRow;
use crate::words::WordQuery;
use crate::worklist::{Filter, Sort, Values, window};

/// The matters somebody may read, as the policy leaves it: of those that are not sealed, and of those that are.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Readable {
    /// Of those that are not sealed.
    pub open: Readers,
    /// Of those that are.
    pub sealed: Readers,
}

/// As whom one reads. One of them is enough.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Readers {
    /// All there are.
    pub everything: bool,
    /// Those these offices are in charge of.
    pub owners: BTreeSet<String>,
    /// Those that have one of these readers ([`crate::MatterView::readers`]).
    pub readers: BTreeSet<String>,
}

/// Whose matters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MatterScope {
    /// Those of the realm.
    All,
    /// Those somebody may read.
    Readable(Readable),
    /// Of those somebody may read, the ones this account has handled.
    HandledBy(String, Readable),
}

/// A question for matters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MattersQuery {
    /// Whose.
    pub scope: MatterScope,
    /// Only closed ones, or only open ones.
    pub closed: Option<bool>,
    /// Only this procedure.
    pub procedure: Option<String>,
    /// Only matters with all these words (segmented, parted by spaces).
    pub text: Option<String>,
    /// Only matters opened on this day or later.
    pub opened_from: Option<String>,
    /// Only matters opened before this day.
    pub opened_until: Option<String>,
    /// The order.
    pub sort: Sort,
    /// Which page, from 1.
    pub page: u32,
    /// Rows on a page.
    pub per_page: u32,
}

/// A page of matters.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MattersPage {
    /// The rows of the page.
    pub rows: Vec<MatterRow>,
    /// Rows on all pages.
    pub total: u64,
}

/// The tables a run reads, and the columns that narrow it.
struct Run {
    from: String,
    place: String,
}

/// Hits of words up to which each is looked up.
const HITS_FEW: i64 = 1000;

/// Which part the words of a query play.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Words {
    /// They lead: their hits are looked up. Also when there are none.
    Lead,
    /// They are a condition on what is walked in order.
    Narrow,
}

impl Readers {
    /// The condition that a matter, whose view is `v`, is among them.
    fn condition(&self, realm: &str, values: &mut Values) -> String {
        if self.everything {
            return "1 = 1".to_owned();
        }
        let mut put = |keys: &BTreeSet<String>| -> String {
            keys.iter().map(|key| values.put(key.clone())).collect::<Vec<_>>().join(", ")
        };
        let mut either = Vec::new();
        if !self.owners.is_empty() {
            either.push(format!("v.owner_office in ({})", put(&self.owners)));
        }
        if !self.readers.is_empty() {
            either.push(format!(
                "exists (select 1 from matter_reader m where m.realm = {realm} and m.matter = v.matter
                     and m.reader in ({}))",
                put(&self.readers)
            ));
        }
        if either.is_empty() { "1 = 0".to_owned() } else { format!("({})", either.join(" or ")) }
    }
}

impl Readable {
    /// The matters these offices are in charge of, sealed or not.
    pub fn of_offices(offices: impl IntoIterator<Item = String>) -> Readable {
        let readers = Readers { owners: offices.into_iter().collect(), ..Readers::default() };
        Readable { open: readers.clone(), sealed: readers }
    }

    /// Nobody may read anything by it.
    fn is_empty(&self) -> bool {
        [&self.open, &self.sealed].iter().all(|readers| **readers == Readers::default())
    }

    /// The condition that a matter, whose view is `v`, may be read.
    fn condition(&self, realm: &str, values: &mut Values) -> String {
        let (open, sealed) = (self.open.condition(realm, values), self.sealed.condition(realm, values));
        if open == sealed { open } else { format!("(case v.sealed when 0 then {open} else {sealed} end)") }
    }

    /// The offices whose matters may be read, with the condition on the seal.
    fn owned(&self) -> impl Iterator<Item = (&str, &'static str)> {
        let all: BTreeSet<&String> = self.open.owners.union(&self.sealed.owners).collect();
        all.into_iter().map(|office| {
            let sealed = match (self.open.owners.contains(office), self.sealed.owners.contains(office)) {
                (true, true) => "",
                (true, false) => " and v.sealed = 0",
                (false, _) => " and v.sealed = 1",
            };
            (office.as_str(), sealed)
        })
    }
}

impl MattersQuery {
    fn words(&self, sql: &Sql<'_>) -> Result<Words, StorageError> {
        let query = self.text.as_deref().and_then(|words| WordQuery::of(sql, words));
        let Some(query) = query else { return Ok(Words::Lead) };
        let mut values = Values::default();
        let hits = values.hits(sql, query);
        let most = values.put(HITS_FEW + 1);
        let (text, values) = values.finish(&format!("select count(*) from ({hits} limit {most}) hits"));
        let hits = sql.integer(&text, values.cells())?;
        Ok(if hits > HITS_FEW { Words::Narrow } else { Words::Lead })
    }

    fn filter(&self, words: Words) -> Filter<'_> {
        Filter {
            procedure: self.procedure.as_deref(),
            text: self.text.as_deref().filter(|_| words == Words::Narrow),
            opened_from: self.opened_from.as_deref(),
            opened_until: self.opened_until.as_deref(),
        }
    }

    /// Open and closed ones are two runs, since the index keeps them apart.
    fn closed(&self) -> Vec<bool> {
        self.closed.map_or_else(|| vec![false, true], |closed| vec![closed])
    }

    /// The tables to read, with the words, if any, leading: what they hit is
    /// looked up, rather than everything compared with what they hit.
    fn from(&self, sql: &Sql<'_>, words: Words, values: &mut Values) -> (String, String) {
        let tokens = self.text.as_deref().filter(|_| words == Words::Lead);
        let Some(tokens) = tokens else { return ("matter_view v".to_owned(), String::new()) };
        let Some(words) = WordQuery::of(sql, tokens) else {
            return ("matter_view v".to_owned(), " and 1 = 0".to_owned());
        };
        let hits = values.hits(sql, words);
        (format!("({hits}) w cross join matter_view v"), " and v.doc = w.doc".to_owned())
    }

    fn runs(&self, sql: &Sql<'_>, realm: &str, words: Words, values: &mut Values) -> Vec<Run> {
        let (from, join) = self.from(sql, words, values);
        let mut runs = Vec::new();
        match &self.scope {
            MatterScope::All => {
                for closed in self.closed() {
                    let closed = values.put(i64::from(closed));
                    let place = format!("v.realm = {realm} and v.closed = {closed}{join}");
                    runs.push(Run { from: from.clone(), place });
                }
            }
            MatterScope::Readable(readable) if readable.open.everything || readable.sealed.everything => {
                let may_read = readable.condition(realm, values);
                for closed in self.closed() {
                    let closed = values.put(i64::from(closed));
                    let place = format!("v.realm = {realm} and v.closed = {closed}{join} and {may_read}");
                    runs.push(Run { from: from.clone(), place });
                }
            }
            MatterScope::Readable(readable) => {
                for (office, sealed) in readable.owned() {
                    let office = values.put(office.to_owned());
                    for closed in self.closed() {
                        let closed = values.put(i64::from(closed));
                        let place = format!(
                            "v.realm = {realm} and v.owner_office = {office} and v.closed = {closed}{sealed}{join}"
                        );
                        runs.push(Run { from: from.clone(), place });
                    }
                }
                runs.extend(self.of_readers(readable, realm, (&from, &join), words, values));
            }
            MatterScope::HandledBy(handler, readable) => {
                let may_read = readable.condition(realm, values);
                let handler = values.put(handler.clone());
                let mut place = format!(
                    "h.realm = {realm} and h.handler = {handler} and v.realm = {realm} and v.matter = h.matter{join}
                     and {may_read}"
                );
                if let Some(closed) = self.closed {
                    let closed = values.put(i64::from(closed));
                    place.push_str(&format!(" and v.closed = {closed}"));
                }
                let from = match (&self.text, words) {
                    (Some(_), Words::Lead) => format!("{from} cross join matter_handler h"),
                    _ => format!("matter_handler h cross join {from}"),
                };
                runs.push(Run { from, place });
            }
        }
        runs
    }

    /// The matters one reads though none of one's offices owns them, each once; none where one has no such standing.
    fn of_readers(
        &self,
        readable: &Readable,
        realm: &str,
        (from, join): (&str, &str),
        words: Words,
        values: &mut Values,
    ) -> Option<Run> {
        let all: BTreeSet<&String> = readable.open.readers.union(&readable.sealed.readers).collect();
        if all.is_empty() {
            return None;
        }
        let put = |values: &mut Values, readers: &mut dyn Iterator<Item = &String>| -> String {
            readers.map(|reader| values.put(reader.clone())).collect::<Vec<_>>().join(", ")
        };
        let all = put(values, &mut all.into_iter());
        let keys = format!("(select distinct matter from matter_reader where realm = {realm} and reader in ({all}))");
        let mut place = format!("v.realm = {realm} and v.matter = r.matter{join}");
        if let Some(closed) = self.closed {
            let closed = values.put(i64::from(closed));
            place.push_str(&format!(" and v.closed = {closed}"));
        }
        place.push_str(&format!(" and {}", readable.condition(realm, values)));
        for (office, sealed) in readable.owned() {
            let office = values.put(office.to_owned());
            place.push_str(&format!(" and not (v.owner_office = {office}{sealed})"));
        }
        let from = match (&self.text, words) {
            (Some(_), Words::Lead) => format!("{from} cross join {keys} r"),
            _ => format!("{keys} r cross join {from}"),
        };
        Some(Run { from, place })
    }

    /// What to sort by. An expression where no index has both the place and
    /// the order: the planner shall narrow by the place and sort what is left.
    fn column(&self) -> (&'static str, &'static str) {
        match (self.sort, &self.scope) {
            (Sort::DueFirst, MatterScope::HandledBy(..)) => ("(v.due_key || '')", "asc"),
            (Sort::DueFirst, _) => ("v.due_key", "asc"),
            (Sort::OpenedNewest, MatterScope::HandledBy(..)) => ("h.opened_on", "desc"),
            (Sort::OpenedNewest, _) => ("v.opened_on", "desc"),
            (Sort::Number, MatterScope::All) => ("v.number", "asc"),
            (Sort::Number, _) => ("(v.number || '')", "asc"),
        }
    }
}

fn page(sql: &Sql<'_>, query: &MattersQuery, words: Words) -> Result<Vec<MatterRow>, StorageError> {
    let mut values = Values::default();
    let realm = values.put(sql.realm.to_owned());
    let runs = query.runs(sql, &realm, words, &mut values);
    let condition = query.filter(words).condition(sql, "v", &mut values);
    let (column, order) = query.column();
    let key = if column.starts_with('h') { "h.matter" } else { "v.matter" };
    let order = format!("sort {order}, matter {order}");
    let (before, until) = window(query.page, query.per_page);
    let limit = values.put(until);
    let runs: Vec<String> = runs
        .iter()
        .map(|Run { from, place }| {
            format!(
                "select * from (select {column} as sort, {key} as matter from {from}
                 where {place}{condition} order by {order} limit {limit}) run"
            )
        })
        .collect();
    let text = format!(
        "select {MATTER_COLUMNS}
         from (select sort, matter from ({}) runs order by {order} limit {} offset {}) p
         cross join matter_view v where v.realm = {realm} and v.matter = p.matter
         order by p.{}",
        runs.join(" union all "),
        values.put(i64::from(query.per_page)),
        values.put(before),
        order.replace(", ", ", p."),
    );
    let (text, values) = values.finish(&text);
    sql.all(&text, values.cells(), |row| matter_row(row, 0))
}

fn total(sql: &Sql<'_>, query: &MattersQuery, words: Words) -> Result<u64, StorageError> {
    let mut values = Values::default();
    let realm = values.put(sql.realm.to_owned());
    let runs = query.runs(sql, &realm, words, &mut values);
    let condition = query.filter(words).condition(sql, "v", &mut values);
    let counts: Vec<String> = runs
        .iter()
        .map(|Run { from, place }| format!("(select count(*) from {from} where {place}{condition})"))
        .collect();
    let (text, values) = values.finish(&format!("select {}", counts.join(" + ")));
    Ok(unsigned(sql.integer(&text, values.cells())?))
}

const EXPIRING: &str = "select matter from matter_view
    where realm = $1 and expires_on <= $2 order by expires_on, matter";

impl Store {
    /// Matters in which the end of a limit can have brought something about by `today`, the oldest first.
    ///
    /// # Errors
    ///
    /// Fails only when the database does.
    pub fn expiring(&self, today: &str) -> Result<Vec<MatterId>, StorageError> {
        self.read(|sql| sql.all(EXPIRING, params![sql.realm, today], |row| Ok(MatterId(row.get(0)?))))
    }

    /// A page of matters and the total, from one snapshot.
    ///
    /// # Errors
    ///
    /// Fails only when the database does.
    pub fn matters(&self, query: &MattersQuery) -> Result<MattersPage, StorageError> {
        if matches!(&query.scope, MatterScope::Readable(readable) if readable.is_empty()) {
            return Ok(MattersPage::default());
        }
        self.read(|sql| {
            let words = query.words(sql)?;
            Ok(MattersPage { rows: page(sql, query, words)?, total: total(sql, query, words)? })
        })
    }
}

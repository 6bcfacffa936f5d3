//! The worklist: what lies with the holders of seats, and how many of each.
//!
//! A list is two statements however long it is: the page and the total. Each
//! desk (seat, office, person) is one ordered run of an index; the runs are
//! merged, so a page costs what it shows and not what there is. Tasks are
//! counted when they are written: a counter reads one row for each desk and day.
//!
//! INVARIANT: a counter and the list it opens are made of the same condition.

use std::collections::BTreeSet;

use crate::Store;
use crate::engine::{Cell, Owned};
use crate::projections::{DUE_STOPPED, MATTER_COLUMNS, TASK_COLUMNS, desk, matter_row, task_row};
use crate::sql::{Sql, StorageError, unsigned};
use crate::views::{MatterRow, Task};
use crate::words::{self, WordQuery};

/// Somebody's capacity. It holds the tasks of its seat that name this office
/// or none, and this person or none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// The seat.
    pub seat: String,
    /// The office; none holds only tasks that name none.
    pub office: Option<String>,
    /// The person; none holds only tasks that name none.
    pub person: Option<String>,
}

/// A part of the worklist.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WorkBox {
    /// Everything whose clock does not stand still.
    Todo,
    /// The last day has passed.
    Overdue,
    /// The last day is today or later, but not after `soon_until`.
    Soon,
    /// The clock stands still.
    Stopped,
    /// Everything.
    All,
}

/// The order of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sort {
    /// By last day; then limits that cannot be stated, no limit, clock stopped.
    #[default]
    DueFirst,
    /// The newest matter first.
    OpenedNewest,
    /// By number.
    Number,
}

/// A question to the worklist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorklistQuery {
    /// The capacities of whoever asks.
    pub holders: Vec<Holder>,
    /// Which part.
    pub work_box: WorkBox,
    /// The day of asking.
    pub today: String,
    /// The last day that counts as soon.
    pub soon_until: String,
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

/// A task and the matter it belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorklistRow {
    /// The task.
    pub task: Task,
    /// Its matter.
    pub matter: MatterRow,
}

/// A page of the worklist.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Worklist {
    /// The rows of the page.
    pub rows: Vec<WorklistRow>,
    /// Rows on all pages.
    pub total: u64,
}

/// How many tasks are in each box.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counters {
    /// [`WorkBox::Todo`].
    pub todo: u64,
    /// [`WorkBox::Soon`].
    pub soon: u64,
    /// [`WorkBox::Overdue`].
    pub overdue: u64,
    /// [`WorkBox::Stopped`].
    pub stopped: u64,
}

/// The values of a text that is put together from parts.
#[derive(Default)]
pub(crate) struct Values(Vec<Owned>);

impl Values {
    /// Adds a value and answers its name.
    pub(crate) fn put(&mut self, value: impl Into<Owned>) -> String {
        self.0.push(value.into());
        format!("${}", self.0.len())
    }

    /// Adds the values of a query for words and answers the text that selects the `doc` of every matter it hits.
    pub(crate) fn hits(&mut self, sql: &Sql<'_>, query: WordQuery) -> String {
        let (realm, query) = (self.put(sql.realm.to_owned()), self.put(query.into_value()));
        words::hits(sql, "matter_words", &realm, &query)
    }

    /// The text with its names put in the order in which they first appear, as
    /// both engines need them, and the values in that order.
    pub(crate) fn finish(self, text: &str) -> (String, Ordered) {
        let mut pieces = text.split('$');
        let mut ordered = pieces.next().unwrap_or("").to_owned();
        let mut places: Vec<usize> = Vec::new();
        for piece in pieces {
            let digits = piece.find(|c: char| !c.is_ascii_digit()).unwrap_or(piece.len());
            let (name, rest) = piece.split_at(digits);
            let name = name.parse().unwrap_or(0);
            let place = places.iter().position(|other| *other == name).unwrap_or_else(|| {
                places.push(name);
                places.len() - 1
            });
            ordered.push_str(&format!("${}{rest}", place + 1));
        }
        let value = |name: &usize| self.0.get(name.wrapping_sub(1)).cloned().unwrap_or(Owned::Null);
        (ordered, Ordered(places.iter().map(value).collect()))
    }
}

/// Values in the order of their names.
pub(crate) struct Ordered(Vec<Owned>);

impl Ordered {
    /// As they are bound.
    pub(crate) fn cells(&self) -> Vec<Cell<'_>> {
        self.0.iter().map(Owned::cell).collect()
    }
}

/// The filters that all lists share; `t` is a table with these columns.
pub(crate) struct Filter<'q> {
    pub(crate) procedure: Option<&'q str>,
    pub(crate) text: Option<&'q str>,
    pub(crate) opened_from: Option<&'q str>,
    pub(crate) opened_until: Option<&'q str>,
}

impl Filter<'_> {
    /// The condition, starting with ` and` unless it is empty.
    pub(crate) fn condition(&self, sql: &Sql<'_>, t: &str, values: &mut Values) -> String {
        let mut text = String::new();
        for (column, value) in
            [("procedure =", self.procedure), ("opened_on >=", self.opened_from), ("opened_on <", self.opened_until)]
        {
            if let Some(value) = value {
                text.push_str(&format!(" and {t}.{column} {}", values.put(value.to_owned())));
            }
        }
        if let Some(tokens) = self.text {
            match WordQuery::of(sql, tokens) {
                // Words that hold no letter or digit are in no index.
                None => text.push_str(" and 1 = 0"),
                Some(words) => {
                    let hits = values.hits(sql, words);
                    text.push_str(&format!(" and {t}.doc in ({hits})"));
                }
            }
        }
        text
    }
}

/// How many rows come before a page, and how many up to its end.
pub(crate) fn window(page: u32, per_page: u32) -> (i64, i64) {
    let per_page = i64::from(per_page);
    let before = i64::from(page.saturating_sub(1)) * per_page;
    (before, before + per_page)
}

/// The desks a set of holders sits at, each once.
fn desks(holders: &[Holder]) -> BTreeSet<String> {
    let mut desks = BTreeSet::new();
    for Holder { seat, office, person } in holders {
        for office in [None, office.as_deref()] {
            for person in [None, person.as_deref()] {
                desks.insert(desk(seat, office, person));
            }
        }
    }
    desks
}

impl WorkBox {
    /// The condition on the due key: a day, or one of the marks after every day.
    fn condition(self, due_key: &str, today: &str, soon_until: &str, values: &mut Values) -> String {
        let mut put = |value: &str| values.put(value.to_owned());
        match self {
            Self::All => String::new(),
            Self::Todo => format!(" and {due_key} < {}", put(DUE_STOPPED)),
            Self::Stopped => format!(" and {due_key} = {}", put(DUE_STOPPED)),
            Self::Overdue => format!(" and {due_key} < {}", put(today)),
            Self::Soon => format!(" and {due_key} >= {} and {due_key} <= {}", put(today), put(soon_until)),
        }
    }
}

/// The due key, for the index that is ordered by it.
const DUE_KEY: &str = "t.due_key";
/// The due key, hidden from the planner: a list in another order walks the
/// index of that order instead of sorting everything that is due.
const DUE_KEY_HIDDEN: &str = "(t.due_key || '')";

impl WorklistQuery {
    fn condition(&self, sql: &Sql<'_>, due_key: &str, values: &mut Values) -> String {
        let filter = Filter {
            procedure: self.procedure.as_deref(),
            text: self.text.as_deref(),
            opened_from: self.opened_from.as_deref(),
            opened_until: self.opened_until.as_deref(),
        };
        let work_box = self.work_box.condition(due_key, &self.today, &self.soon_until, values);
        work_box + &filter.condition(sql, "t", values)
    }

    fn page_text(&self, sql: &Sql<'_>, desks: &BTreeSet<String>) -> (String, Values) {
        let (column, order, due_key) = match self.sort {
            Sort::DueFirst => ("due_key", "asc", DUE_KEY),
            Sort::OpenedNewest => ("opened_on", "desc", DUE_KEY_HIDDEN),
            Sort::Number => ("number", "asc", DUE_KEY_HIDDEN),
        };
        let mut values = Values::default();
        let (before, until) = window(self.page, self.per_page);
        let order = format!("sort {order}, matter {order}, key {order}");
        let realm = values.put(sql.realm.to_owned());
        let condition = self.condition(sql, due_key, &mut values);
        let limit = values.put(until);
        let desks: Vec<String> = desks.iter().map(|desk| values.put(desk.clone())).collect();
        // Words are looked up once for all desks; without them each desk is a run.
        let places = match self.text {
            Some(_) => vec![format!("t.desk in ({})", desks.join(", "))],
            None => desks.iter().map(|desk| format!("t.desk = {desk}")).collect(),
        };
        let runs: Vec<String> = places
            .iter()
            .map(|place| {
                format!(
                    "select * from (select t.{column} as sort, t.matter, t.key from task t
                     where t.realm = {realm} and {place}{condition}
                     order by {order} limit {limit}) run"
                )
            })
            .collect();
        let text = format!(
            "select {TASK_COLUMNS}, {MATTER_COLUMNS}
             from (select sort, matter, key from ({}) runs order by {order}
                   limit {} offset {}) p
             cross join task t cross join matter_view v
             where t.realm = {realm} and t.matter = p.matter and t.key = p.key
               and v.realm = {realm} and v.matter = p.matter
             order by p.{}",
            runs.join(" union all "),
            values.put(i64::from(self.per_page)),
            values.put(before),
            order.replace(", ", ", p."),
        );
        (text, values)
    }

    /// Only the box and no filter: its tasks are counted already.
    fn is_plain(&self) -> bool {
        let filters = [&self.procedure, &self.text, &self.opened_from, &self.opened_until];
        filters.into_iter().all(Option::is_none)
    }

    fn total_text(&self, sql: &Sql<'_>, desks: &BTreeSet<String>) -> (String, Values) {
        let mut values = Values::default();
        let place = place(sql.realm, desks, &mut values);
        let condition = self.condition(sql, DUE_KEY, &mut values);
        let counted = if self.is_plain() { COUNTED } else { "count(*) from task t" };
        (format!("select {counted} where {place}{condition}"), values)
    }
}

/// How many tasks there are, from the counts; `t` has the columns a box is made of.
const COUNTED: &str = "cast(coalesce(sum(t.tasks), 0) as bigint) from task_count t";

/// The condition that a task lies at one of the desks.
fn place(realm: &str, desks: &BTreeSet<String>, values: &mut Values) -> String {
    let realm = values.put(realm.to_owned());
    let desks: Vec<String> = desks.iter().map(|desk| values.put(desk.clone())).collect();
    format!("t.realm = {realm} and t.desk in ({})", desks.join(", "))
}

fn worklist(sql: &Sql<'_>, query: &WorklistQuery) -> Result<Worklist, StorageError> {
    let desks = desks(&query.holders);
    if desks.is_empty() {
        return Ok(Worklist::default());
    }
    let (text, values) = query.page_text(sql, &desks);
    let (text, values) = values.finish(&text);
    let rows = sql.all(&text, values.cells(), |row| {
        Ok(WorklistRow { task: task_row(row, 0)?, matter: matter_row(row, TASK_COLUMN_COUNT)? })
    })?;
    let (text, values) = query.total_text(sql, &desks);
    let (text, values) = values.finish(&text);
    let total = unsigned(sql.integer(&text, values.cells())?);
    Ok(Worklist { rows, total })
}

/// How many columns [`TASK_COLUMNS`] names.
const TASK_COLUMN_COUNT: usize = 10;

impl Store {
    /// A page of the worklist and the total, from one snapshot.
    ///
    /// # Errors
    ///
    /// Fails only when the database does.
    pub fn worklist(&self, query: &WorklistQuery) -> Result<Worklist, StorageError> {
        self.read(|sql| worklist(sql, query))
    }

    /// How many tasks each box holds, from one snapshot.
    ///
    /// # Errors
    ///
    /// Fails only when the database does.
    pub fn counters(&self, holders: &[Holder], today: &str, soon_until: &str) -> Result<Counters, StorageError> {
        let desks = desks(holders);
        if desks.is_empty() {
            return Ok(Counters::default());
        }
        self.read(|sql| {
            let mut values = Values::default();
            let place = place(sql.realm, &desks, &mut values);
            let boxes = [WorkBox::Todo, WorkBox::Soon, WorkBox::Overdue, WorkBox::Stopped];
            let counts = boxes.map(|work_box| {
                let condition = work_box.condition(DUE_KEY, today, soon_until, &mut values);
                format!("(select {COUNTED} where {place}{condition})")
            });
            let (text, values) = values.finish(&format!("select {}", counts.join(", ")));
            let counters = sql.one(&text, values.cells(), |row| {
                Ok(Counters {
                    todo: unsigned(row.get(0)?),
                    soon: unsigned(row.get(1)?),
                    overdue: unsigned(row.get(2)?),
                    stopped: unsigned(row.get(3)?),
                })
            })?;
            Ok(counters.unwrap_or_default())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Holder, Values, desks, window};

    #[test]
    fn names_are_put_in_order() {
        let mut values = Values::default();
        let names = ["a", "b", "c"].map(|value| values.put(value.to_owned()));
        let [a, b, c] = &names;
        let (text, _) = values.finish(&format!("{c} {a} {c} ({b})"));
        assert_eq!(text, "$1 $2 $1 ($3)");
    }

    #[test]
    fn a_holder_sits_at_open_desks_too() {
        let holder = |office: Option<&str>, person: Option<&str>| Holder {
            seat: "reviewer".to_owned(),
            office: office.map(str::to_owned),
            person: person.map(str::to_owned),
        };
        assert_eq!(desks(&[holder(Some("990101"), Some("a1"))]).len(), 4);
        assert_eq!(desks(&[holder(None, None)]).len(), 1);
        let both = [holder(Some("990101"), None), holder(Some("990102"), None)];
        assert_eq!(desks(&both).len(), 3);
    }

    #[test]
    fn pages_count_from_one() {
        assert_eq!(window(1, 20), (0, 20));
        assert_eq!(window(3, 20), (40, 60));
        assert_eq!(window(0, 20), (0, 20));
    }
}

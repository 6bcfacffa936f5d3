//! Writing projections: those of many matters side by side, for a group of appends and for a page of a rebuild alike.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use kernel::ledger::sm3;

use super::{desk, due_key};
use crate::engine::{Cell, params};
use crate::many;
use crate::sql::{Sql, StorageError};
use crate::views::{MatterView, PaperRow, Task};
use crate::words::Words;

/// A view with what only the store knows, and all open tasks of its matter.
pub(crate) struct Shown<'v> {
    pub view: &'v MatterView,
    pub number: Option<String>,
    pub version: u32,
    pub tasks: &'v [Task],
}

/// A paper with what only the store knows.
pub(crate) struct Issued<'p> {
    pub paper: &'p PaperRow,
    pub number: Option<String>,
    /// The version of its act.
    pub version: u32,
}

/// The texts that write projections, once for the live tables and once for
/// the shadow tables of a rebuild.
pub(crate) struct Texts {
    find: String,
    next_doc: String,
    put_view: String,
    words: Words,
    remove_handler: String,
    put_handler: String,
    over_handler: &'static str,
    find_readers: String,
    remove_reader: String,
    put_reader: String,
    over_reader: &'static str,
    remove_tasks: String,
    put_task: String,
    count_last: String,
    count_less: String,
    count_more: String,
    over_count: String,
    put_paper: String,
}

/// Writes to the live tables.
pub(crate) static LIVE: LazyLock<Texts> = LazyLock::new(|| Texts::new(""));
/// Writes to the shadow tables.
pub(crate) static NEXT: LazyLock<Texts> = LazyLock::new(|| Texts::new("_next"));

const OVER_VIEW: &str = " on conflict(realm, matter) do update set procedure = excluded.procedure,
    edition = excluded.edition, number = excluded.number, title = excluded.title,
    subject_masked = excluded.subject_masked, owner_office = excluded.owner_office, area = excluded.area,
    channel = excluded.channel, lane = excluded.lane, stage = excluded.stage, stage_title = excluded.stage_title,
    closed = excluded.closed, outcome = excluded.outcome, opened_on = excluded.opened_on,
    closed_on = excluded.closed_on, due_on = excluded.due_on, due_state = excluded.due_state,
    due_key = excluded.due_key, version = excluded.version, handlers = excluded.handlers,
    search_hash = excluded.search_hash, expires_on = excluded.expires_on, keep_until = excluded.keep_until,
    sealed = excluded.sealed";
const OVER_PAPER: &str = " on conflict(realm, matter, version, paper) do update set title = excluded.title,
    number = excluded.number, issued_on = excluded.issued_on, voided = excluded.voided,
    published_on = excluded.published_on";

impl Texts {
    fn new(t: &str) -> Self {
        Self {
            find: format!(
                "select matter, doc, opened_on, handlers, search_hash from matter_view{t} where realm = $1 and"
            ),
            next_doc: format!("select max(doc) from matter_view{t} where realm = $1"),
            put_view: format!(
                "insert into matter_view{t}(realm, matter, doc, procedure, edition, number, title,
                     subject_masked, owner_office, area, channel, lane, stage, stage_title, closed,
                     outcome, opened_on, closed_on, due_on, due_state, due_key, version, handlers,
                     search_hash, expires_on, keep_until, sealed)"
            ),
            words: Words::of(&format!("matter_words{t}")),
            remove_handler: format!("delete from matter_handler{t} where realm = $1 and handler = $2 and matter = $3"),
            put_handler: format!("insert into matter_handler{t}(realm, handler, matter, opened_on)"),
            over_handler: " on conflict(realm, handler, matter) do update set opened_on = excluded.opened_on",
            find_readers: format!("select matter, reader from matter_reader{t} where realm = $1 and"),
            remove_reader: format!("delete from matter_reader{t} where realm = $1 and reader = $2 and matter = $3"),
            put_reader: format!("insert into matter_reader{t}(realm, reader, matter, opened_on)"),
            over_reader: " on conflict(realm, reader, matter) do update set opened_on = excluded.opened_on",
            remove_tasks: format!("delete from task{t} where realm = $1 and"),
            put_task: format!(
                "insert into task{t}(realm, matter, key, title, seat, office, person, desk,
                     since_on, due_on, due_state, due_key, lane, procedure, number, opened_on, doc)"
            ),
            count_last: format!(
                "delete from task_count{t} where realm = $1 and desk = $2 and due_key = $3 and tasks = $4"
            ),
            count_less: format!(
                "update task_count{t} set tasks = tasks - $1 where realm = $2 and desk = $3 and due_key = $4"
            ),
            count_more: format!("insert into task_count{t}(realm, desk, due_key, tasks)"),
            over_count: format!(
                " on conflict(realm, desk, due_key) do update set tasks = task_count{t}.tasks + excluded.tasks"
            ),
            put_paper: format!(
                "insert into paper{t}(realm, matter, version, paper, title, number, issued_on,
                     voided, published_on)"
            ),
        }
    }
}

/// What a view replaces.
struct Before {
    doc: i64,
    opened_on: String,
    handlers: BTreeSet<String>,
    search_hash: [u8; 32],
}

/// A view on its way to the table, with what is worked out for it.
struct Coming<'s> {
    shown: &'s Shown<'s>,
    doc: i64,
    number: &'s str,
    due_key: &'s str,
    handlers: String,
    search_hash: [u8; 32],
}

/// How many tasks more or fewer lie at a desk, by due key.
type Counts = BTreeMap<(String, String), i64>;

/// Writes views and replaces the tasks of their matters; of several views of one matter the last stands.
pub(crate) fn put_views(sql: &Sql<'_>, texts: &Texts, shown: &[Shown<'_>]) -> Result<(), StorageError> {
    if shown.is_empty() {
        return Ok(());
    }
    let last: BTreeMap<&str, &Shown<'_>> = shown.iter().map(|shown| (shown.view.matter.as_str(), shown)).collect();
    let before = before(sql, texts, last.keys().copied())?;
    let coming = coming(sql, texts, &last, &before)?;
    let rows: Vec<Vec<Cell<'_>>> = coming.iter().map(|coming| coming.row(sql.realm)).collect();
    many::put(sql, &texts.put_view, OVER_VIEW, &rows)?;
    put_words(sql, texts, &coming, &before)?;
    put_handlers(sql, texts, &coming, &before)?;
    put_readers(sql, texts, &coming, &before)?;
    let mut counts = remove_tasks(sql, texts, before.keys().map(String::as_str))?;
    put_tasks(sql, texts, &coming, &mut counts)?;
    put_counts(sql, texts, &counts)
}

fn before<'m>(
    sql: &Sql<'_>,
    texts: &Texts,
    matters: impl Iterator<Item = &'m str>,
) -> Result<BTreeMap<String, Before>, StorageError> {
    let mut known = BTreeMap::new();
    many::find(sql, &texts.find, "", &["matter"], &keys(matters), |row| {
        let handlers: String = row.get(3)?;
        let handlers = handlers.lines().map(str::to_owned).collect();
        let before = Before { doc: row.get(1)?, opened_on: row.get(2)?, handlers, search_hash: row.get(4)? };
        known.insert(row.get(0)?, before);
        Ok(())
    })?;
    Ok(known)
}

fn keys<'m>(matters: impl Iterator<Item = &'m str>) -> Vec<Vec<Cell<'m>>> {
    matters.map(|matter| vec![Cell::Text(matter)]).collect()
}

fn coming<'s>(
    sql: &Sql<'_>,
    texts: &Texts,
    last: &BTreeMap<&str, &'s Shown<'s>>,
    before: &BTreeMap<String, Before>,
) -> Result<Vec<Coming<'s>>, StorageError> {
    let is_new = |matter: &&str| !before.contains_key(*matter);
    let mut doc = match last.keys().any(is_new) {
        true => sql.integer(&texts.next_doc, params![sql.realm])?,
        false => 0,
    };
    let made = last.iter().map(|(matter, shown)| {
        let view = shown.view;
        let known = before.get(*matter);
        if known.is_none() {
            doc += 1;
        }
        Coming {
            shown,
            doc: known.map_or(doc, |known| known.doc),
            number: shown.number.as_deref().unwrap_or(""),
            due_key: due_key(view.due_state, view.due_on.as_deref()),
            handlers: view.handlers.iter().map(String::as_str).collect::<Vec<_>>().join("\n"),
            search_hash: sm3(view.search.as_bytes()).0,
        }
    });
    Ok(made.collect())
}

impl Coming<'_> {
    fn row<'r>(&'r self, realm: &'r str) -> Vec<Cell<'r>> {
        let view = self.shown.view;
        params![
            realm,
            view.matter.as_str(),
            self.doc,
            view.procedure,
            view.edition,
            self.number,
            view.title,
            view.subject_masked,
            view.owner_office,
            view.area,
            view.channel,
            view.lane,
            view.stage,
            view.stage_title,
            view.closed,
            view.outcome,
            view.opened_on,
            view.closed_on,
            view.due_on,
            view.due_state.as_str(),
            self.due_key,
            self.shown.version,
            self.handlers,
            self.search_hash,
            view.expires_on,
            view.keep_until,
            view.sealed,
        ]
        .to_vec()
    }
}

fn put_words(
    sql: &Sql<'_>,
    texts: &Texts,
    coming: &[Coming<'_>],
    before: &BTreeMap<String, Before>,
) -> Result<(), StorageError> {
    let mut changed = Vec::new();
    for coming in coming {
        let view = coming.shown.view;
        let known = before.get(view.matter.as_str());
        if known.is_some_and(|known| known.search_hash == coming.search_hash) {
            continue;
        }
        if known.is_some() {
            texts.words.remove(sql, coming.doc)?;
        }
        changed.push((coming.doc, view.search.as_str()));
    }
    texts.words.put(sql, &changed)
}

fn put_handlers(
    sql: &Sql<'_>,
    texts: &Texts,
    coming: &[Coming<'_>],
    before: &BTreeMap<String, Before>,
) -> Result<(), StorageError> {
    let (none, mut rows) = (BTreeSet::new(), Vec::new());
    for view in coming.iter().map(|coming| coming.shown.view) {
        let matter = view.matter.as_str();
        let before = before.get(matter);
        let known = before.map_or(&none, |before| &before.handlers);
        for gone in known.difference(&view.handlers) {
            sql.run(&texts.remove_handler, params![sql.realm, gone, matter])?;
        }
        let same_day = before.is_some_and(|before| before.opened_on == view.opened_on);
        let new = view.handlers.iter().filter(|handler| !(same_day && known.contains(*handler)));
        rows.extend(new.map(|handler| params![sql.realm, handler, matter, view.opened_on].to_vec()));
    }
    many::put(sql, &texts.put_handler, texts.over_handler, &rows)
}

/// Who read before is asked of the rows themselves: there are few, and a matter seldom changes them.
fn put_readers(
    sql: &Sql<'_>,
    texts: &Texts,
    coming: &[Coming<'_>],
    before: &BTreeMap<String, Before>,
) -> Result<(), StorageError> {
    let mut known: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    many::find(sql, &texts.find_readers, "", &["matter"], &keys(before.keys().map(String::as_str)), |row| {
        known.entry(row.get(0)?).or_default().insert(row.get(1)?);
        Ok(())
    })?;
    let (none, mut rows) = (BTreeSet::new(), Vec::new());
    for view in coming.iter().map(|coming| coming.shown.view) {
        let matter = view.matter.as_str();
        let readers = known.get(matter).unwrap_or(&none);
        for gone in readers.difference(&view.readers) {
            sql.run(&texts.remove_reader, params![sql.realm, gone, matter])?;
        }
        let same_day = before.get(matter).is_some_and(|before| before.opened_on == view.opened_on);
        let new = view.readers.iter().filter(|reader| !(same_day && readers.contains(*reader)));
        rows.extend(new.map(|reader| params![sql.realm, reader, matter, view.opened_on].to_vec()));
    }
    many::put(sql, &texts.put_reader, texts.over_reader, &rows)
}

fn remove_tasks<'m>(
    sql: &Sql<'_>,
    texts: &Texts,
    matters: impl Iterator<Item = &'m str>,
) -> Result<Counts, StorageError> {
    let mut counts = Counts::new();
    many::find(sql, &texts.remove_tasks, " returning desk, due_key", &["matter"], &keys(matters), |row| {
        *counts.entry((row.get(0)?, row.get(1)?)).or_default() -= 1;
        Ok(())
    })?;
    Ok(counts)
}

fn put_tasks(sql: &Sql<'_>, texts: &Texts, coming: &[Coming<'_>], counts: &mut Counts) -> Result<(), StorageError> {
    let tasks = || coming.iter().flat_map(|coming| coming.shown.tasks.iter().map(move |task| (coming, task)));
    let desks: Vec<String> =
        tasks().map(|(_, task)| desk(&task.seat, task.office.as_deref(), task.person.as_deref())).collect();
    let mut rows = Vec::with_capacity(desks.len());
    for ((coming, task), desk) in tasks().zip(&desks) {
        let view = coming.shown.view;
        let due_key = due_key(task.due_state, task.due_on.as_deref());
        *counts.entry((desk.clone(), due_key.to_owned())).or_default() += 1;
        rows.push(
            params![
                sql.realm,
                view.matter.as_str(),
                task.key,
                task.title,
                task.seat,
                task.office,
                task.person,
                desk,
                task.since,
                task.due_on,
                task.due_state.as_str(),
                due_key,
                task.lane,
                view.procedure,
                coming.number,
                view.opened_on,
                coming.doc,
            ]
            .to_vec(),
        );
    }
    many::put(sql, &texts.put_task, "", &rows)
}

/// INVARIANT: `task_count` says of every desk and due key how many tasks there are; none is no row.
fn put_counts(sql: &Sql<'_>, texts: &Texts, counts: &Counts) -> Result<(), StorageError> {
    for ((desk, due_key), less) in counts.iter().filter(|(_, more)| **more < 0).map(|(key, more)| (key, -more)) {
        if sql.run(&texts.count_last, params![sql.realm, desk, due_key, less])? == 0 {
            sql.run(&texts.count_less, params![less, sql.realm, desk, due_key])?;
        }
    }
    let more = counts.iter().filter(|(_, more)| **more > 0);
    let rows: Vec<Vec<Cell<'_>>> =
        more.map(|((desk, due_key), more)| params![sql.realm, desk, due_key, more].to_vec()).collect();
    many::put(sql, &texts.count_more, &texts.over_count, &rows)
}

/// Writes papers; of several rows of one paper of one act the last stands.
pub(crate) fn put_papers(sql: &Sql<'_>, texts: &Texts, issued: &[Issued<'_>]) -> Result<(), StorageError> {
    let mut rows = BTreeMap::new();
    for Issued { paper, number, version } in issued {
        let version = if paper.version == 0 { version } else { &paper.version };
        let row = params![
            sql.realm,
            paper.matter.as_str(),
            version,
            paper.paper,
            paper.title,
            number.as_deref().unwrap_or(""),
            paper.issued_on,
            paper.voided,
            paper.published_on,
        ];
        rows.insert((paper.matter.as_str(), *version, paper.paper.as_str()), row.to_vec());
    }
    many::put(sql, &texts.put_paper, OVER_PAPER, &rows.into_values().collect::<Vec<_>>())
}

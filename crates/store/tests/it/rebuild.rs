//! Rebuilding: the same bytes, beside live appends, or nothing at all.

use std::sync::atomic::{AtomicBool, Ordering};

use store::{
    Entry, MatterId, MatterScope, MatterView, MattersQuery, NumberRef, PaperRow, Projection, RebuildError, Sort, Store,
    StoredAct, Task,
};

use crate::sample::{Place, append, application, bare, matter, task, view};

/// A small kernel: the view is a function of the acts alone.
fn projected(id: &MatterId, number: NumberRef, version: u32) -> (MatterView, Vec<Task>, Vec<PaperRow>) {
    let view = MatterView {
        number: number.clone(),
        version,
        stage: format!("stage-{version}"),
        search: format!("法律 援助 第{version}步"),
        handlers: (1..=version).map(|n| format!("clerk-{n}")).collect(),
        readers: [].into(),
        sealed: false,
        ..view(id)
    };
    let papers = (1..=version).map(|n| PaperRow {
        matter: id.clone(),
        version: n,
        paper: "notice".to_owned(),
        title: "通知书".to_owned(),
        number: if n == 1 { number.clone() } else { NumberRef::None },
        issued_on: "2026-03-02".to_owned(),
        voided: false,
        published_on: None,
    });
    let tasks = if version.is_multiple_of(3) { Vec::new() } else { vec![task(id)] };
    (view, tasks, papers.collect())
}

pub fn entry(id: &MatterId, expected: u32) -> Entry {
    let number = match expected {
        0 => NumberRef::Drawn("number".to_owned()),
        _ => NumberRef::Known(id.to_string()),
    };
    let (view, tasks, mut papers) = projected(id, number, expected + 1);
    papers.retain(|paper| paper.version == expected + 1);
    let mut draws = Vec::new();
    if expected == 0 {
        let pattern = format!("{{seq}}号{id}");
        draws.push(store::Draw { pattern, ..crate::sample::draw() });
    }
    Entry { view: Some(view), tasks, papers, draws, ..bare(id, expected) }
}

/// The number a matter got is in its first act.
pub fn fold(id: &MatterId, acts: &[StoredAct]) -> Result<Option<Projection>, String> {
    let first: serde_json::Value = serde_json::from_slice(&acts[0].bytes).map_err(|error| error.to_string())?;
    let number = first["numbers"]["number"].as_str().ok_or("no number")?;
    let (view, tasks, mut papers) = projected(id, NumberRef::Known(id.to_string()), acts.len() as u32);
    papers[0].number = NumberRef::Known(number.to_owned());
    let number = if acts.len() == 1 { number.to_owned() } else { id.to_string() };
    let view = MatterView { number: NumberRef::Known(number), ..view };
    Ok(Some(Projection { view, tasks, papers }))
}

pub fn fill(store: &Store, matters: u32, acts: u32) {
    for n in 0..matters {
        let id = matter(format!("m{n:04}"));
        (0..1 + n % acts).for_each(|expected| drop(store.append(append(entry(&id, expected))).unwrap()));
    }
}

pub fn found(store: &Store, words: &str) -> u64 {
    let query = MattersQuery {
        scope: MatterScope::All,
        closed: None,
        procedure: None,
        text: Some(words.to_owned()),
        opened_from: None,
        opened_until: None,
        sort: Sort::DueFirst,
        page: 1,
        per_page: 10,
    };
    store.matters(&query).unwrap().total
}

#[test]
fn a_rebuild_gives_the_same_bytes() {
    let place = Place::new();
    fill(&place.store, 450, 4);
    let before = place.store.projection_digest().unwrap();
    let hits = found(&place.store, "第2步");
    for _round in 0..2 {
        assert_eq!(place.store.rebuild(fold).unwrap().matters, 450);
        assert_eq!(place.store.projection_digest().unwrap(), before);
        assert_eq!(found(&place.store, "第2步"), hits);
    }
    // And what a rebuild mends was broken.
    let place = place.tampered("update matter_view set stage = 'other' where matter = 'm0007'");
    assert_ne!(place.store.projection_digest().unwrap(), before);
    place.store.rebuild(fold).unwrap();
    assert_eq!(place.store.projection_digest().unwrap(), before);
    // The store goes on after the exchange.
    place.store.append(append(entry(&matter("m9999"), 0))).unwrap();
    assert_ne!(place.store.projection_digest().unwrap(), before);
}

#[test]
fn appends_go_on_during_a_rebuild() {
    let place = Place::new();
    fill(&place.store, 300, 3);
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let (store, done) = (place.store.clone(), &done);
        scope.spawn(move || {
            for n in 0..400 {
                if done.load(Ordering::Relaxed) {
                    break;
                }
                fill_one(&store, n);
            }
        });
        place.store.rebuild(fold).unwrap();
        done.store(true, Ordering::Relaxed);
    });
    let live = place.store.projection_digest().unwrap();
    place.store.rebuild(fold).unwrap();
    assert_eq!(place.store.projection_digest().unwrap(), live);
}

/// A new matter, and one more act on an old one.
fn fill_one(store: &Store, n: u32) {
    store.append(append(entry(&matter(format!("a{n:04}")), 0))).unwrap();
    let old = matter(format!("m{:04}", n % 300));
    let version = store.head(&old).unwrap().unwrap().version;
    store.append(append(entry(&old, version))).unwrap();
}

#[test]
fn a_rebuild_that_fails_changes_nothing() {
    let place = Place::new();
    fill(&place.store, 10, 2);
    let before = place.store.projection_digest().unwrap();
    let error = place.store.rebuild(|_, _| Err("no edition".to_owned())).unwrap_err();
    assert!(matches!(&error, RebuildError::Fold { matter, .. } if matter.as_str() == "m0000"), "{error}");
    let draws = |id: &MatterId, _: &[StoredAct]| -> Result<_, String> {
        let view = application(id).view.unwrap();
        Ok(Some(Projection { view, tasks: Vec::new(), papers: Vec::new() }))
    };
    assert!(matches!(place.store.rebuild(draws), Err(RebuildError::Draws { .. })));
    assert_eq!(place.store.projection_digest().unwrap(), before);
    place.store.rebuild(fold).unwrap();
    assert_eq!(place.store.projection_digest().unwrap(), before);
}

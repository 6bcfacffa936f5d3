//! Registers, assignments and the corpus of law.

use store::{Append, AppendError, ArticleRow, AssignmentRow, EditionRow, RegisterRow, Release, StatuteRow};

use crate::sample::{AT, Place, append, application, bare, matter};

fn row(entry: &str, from_on: &str, until_on: Option<&str>, body: &str) -> RegisterRow {
    RegisterRow {
        register: "lawyers".to_owned(),
        entry: entry.to_owned(),
        from_on: from_on.to_owned(),
        until_on: until_on.map(str::to_owned),
        body: body.to_owned(),
        author: "a1".to_owned(),
        matter: None,
    }
}

#[test]
fn any_past_day_can_be_read() {
    let place = Place::new();
    let rows = vec![
        row("w1", "2026-01-01", None, "A"),
        row("w1", "2026-03-01", None, "B"),
        row("w2", "2026-02-01", Some("2026-04-01"), "C"),
    ];
    place.store.put_register_rows(rows).unwrap();
    let check = |day: &str, expected: &[&str]| {
        let rows = place.store.register_as_of("lawyers", day).unwrap();
        assert_eq!(rows.iter().map(|row| row.body.as_str()).collect::<Vec<_>>(), expected, "{day}");
        let alone = ["w1", "w2"].map(|name| place.store.register_entry("lawyers", name, day).unwrap());
        assert_eq!(alone.into_iter().flatten().collect::<Vec<_>>(), rows, "{day}");
    };
    check("2025-12-31", &[]);
    check("2026-01-31", &["A"]);
    check("2026-02-28", &["A", "C"]);
    check("2026-03-31", &["B", "C"]);
    check("2026-04-01", &["B"]);
    // A correction of the same day, and an end.
    place.store.put_register_rows(vec![row("w1", "2026-03-01", None, "B2")]).unwrap();
    check("2026-03-31", &["B2", "C"]);
    place.store.put_register_rows(vec![row("w1", "2026-05-01", Some("2026-05-01"), "")]).unwrap();
    check("2026-04-30", &["B2"]);
    check("2026-05-01", &[]);
    assert_eq!(place.store.register_history("lawyers", "w1").unwrap().len(), 4);
    assert_eq!(place.store.registers().unwrap(), ["lawyers"]);
}

#[test]
fn an_act_records_register_rows() {
    let place = Place::new();
    let id = matter("m1");
    let with = |id| RegisterRow { matter: Some(id), ..row("w1", "2026-01-01", None, "A") };
    let sound = Append { register_rows: vec![with(id.clone())], ..append(application(&id)) };
    place.store.append(sound).unwrap();
    assert_eq!(place.store.register_as_of("lawyers", "2026-01-01").unwrap()[0].act, Some((id.clone(), 1)));
    let other = Append { register_rows: vec![with(matter("m9"))], ..append(bare(&id, 1)) };
    assert!(matches!(place.store.append(other), Err(AppendError::NoAct { .. })));
}

#[test]
fn loads_are_counted() {
    let place = Place::new();
    let assign = |entry: &str, by_rota, id: &str| AssignmentRow {
        register: "lawyers".to_owned(),
        entry: entry.to_owned(),
        matter: matter(id),
        by_rota,
    };
    for (n, (entry, by_rota)) in [("w1", true), ("w2", true), ("w1", false), ("w1", true)].iter().enumerate() {
        let id = format!("m{n}");
        let assignments = vec![assign(entry, *by_rota, &id)];
        place.store.append(Append { assignments, ..append(application(&matter(&id))) }).unwrap();
    }
    let release =
        |entry: &str| Release { register: "lawyers".to_owned(), entry: entry.to_owned(), matter: matter("m0") };
    // The lawyer is replaced in one act.
    let replace = Append {
        releases: vec![release("w1")],
        assignments: vec![assign("w3", true, "m0")],
        ..append(bare(&matter("m0"), 1))
    };
    place.store.append(replace).unwrap();
    let load = place.store.assignment_load("lawyers").unwrap();
    let load: Vec<_> = load.iter().map(|l| (l.entry.as_str(), l.active, l.turns, l.last_turn)).collect();
    assert_eq!(load, [("w1", 2, 2, 3), ("w2", 1, 1, 2), ("w3", 1, 1, 4)]);
    assert_eq!(place.store.assignments_of(&matter("m0")).unwrap(), [assign("w3", true, "m0")]);
    let again = Append { releases: vec![release("w1")], ..append(bare(&matter("m0"), 2)) };
    assert!(matches!(place.store.append(again), Err(AppendError::NotAssigned { .. })));
}

#[test]
fn articles_are_found_by_number_and_word() {
    let place = Place::new();
    let statute =
        |hash: &str| StatuteRow { name: "示例法".to_owned(), source_hash: hash.to_owned(), imported_at: AT };
    let article = |number, ordinal: &str, text: &str, tokens: &str| ArticleRow {
        number,
        ordinal: ordinal.to_owned(),
        text: text.to_owned(),
        tokens: tokens.to_owned(),
    };
    let first = vec![
        article(12, "第十二条", "甲乙。", "甲 乙"),
        article(12, "第十二条之一", "乙丙。", "乙 丙"),
        article(13, "第十三条", "丁。", "丁"),
    ];
    place.store.put_statute(statute("h1"), first).unwrap();
    assert_eq!(place.store.article("示例法", 12).unwrap().len(), 2);
    assert_eq!(place.store.articles("示例法").unwrap().len(), 3);
    let hits = |words: &str| {
        let hits = place.store.find_articles(words, 10).unwrap();
        hits.into_iter().map(|hit| hit.article.ordinal).collect::<Vec<_>>()
    };
    assert_eq!(hits("丙 乙"), ["第十二条之一"]);
    assert_eq!(hits("乙").len(), 2);
    assert!(hits("。").is_empty());
    // Imported anew, nothing of the old text is left.
    place.store.put_statute(statute("h2"), vec![article(12, "第十二条", "戊。", "戊")]).unwrap();
    assert!(hits("乙").is_empty());
    assert_eq!(hits("戊"), ["第十二条"]);
    assert_eq!(place.store.statutes().unwrap(), [statute("h2")]);
}

#[test]
fn an_edition_is_its_hash() {
    let place = Place::new();
    let edition = |source: &str| EditionRow {
        procedure: "legal-aid".to_owned(),
        hash: "h1".to_owned(),
        source: source.into(),
        published_at: AT,
    };
    place.store.put_edition(edition("first")).unwrap();
    place.store.put_edition(edition("second")).unwrap();
    assert_eq!(place.store.edition("h1").unwrap(), Some(edition("first")));
    assert_eq!(place.store.editions().unwrap().len(), 1);
}

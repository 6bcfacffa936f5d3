//! Papers that stand published.

use store::{Entry, NumberRef, PaperRow, Store};

use crate::sample::{Place, append, application, bare, matter};

fn paper(name: &str, published_on: Option<&str>) -> PaperRow {
    PaperRow {
        matter: matter(name),
        version: 1,
        paper: "decision".to_owned(),
        title: "处罚决定公开本".to_owned(),
        number: NumberRef::None,
        issued_on: "2026-03-02".to_owned(),
        voided: false,
        published_on: published_on.map(str::to_owned),
    }
}

fn issued(place: &Place, name: &str, published_on: Option<&str>) {
    let entry = Entry { papers: vec![paper(name, published_on)], ..application(&matter(name)) };
    place.store.append(append(entry)).unwrap();
}

#[test]
fn what_is_published_is_listed_until_it_is_withdrawn_or_void() {
    let place = Place::new();
    issued(&place, "m1", Some("2026-03-02"));
    issued(&place, "m2", None);
    issued(&place, "m3", Some("2026-03-04"));
    let listed = || {
        let page = place.store.notices(None, 1, 20).unwrap();
        assert_eq!(page.rows.len() as u64, page.total);
        page.rows.iter().map(|(paper, view)| format!("{} {}", paper.matter, view.procedure)).collect::<Vec<_>>()
    };
    assert_eq!(listed(), ["m3 legal-aid", "m1 legal-aid"]);
    assert_eq!(place.store.notices(Some("legal-aid"), 2, 1).unwrap().rows[0].0.matter, matter("m1"));
    assert_eq!(place.store.notices(Some("penalty"), 1, 20).unwrap().total, 0);
    assert!(place.store.notice(&matter("m1"), 1, "decision").unwrap().is_some());
    assert!(place.store.notice(&matter("m2"), 1, "decision").unwrap().is_none());
    let withdrawn = Entry { papers: vec![paper("m1", None)], ..bare(&matter("m1"), 1) };
    place.store.append(append(withdrawn)).unwrap();
    let void = PaperRow { voided: true, ..paper("m3", Some("2026-03-04")) };
    place.store.append(append(Entry { papers: vec![void], ..bare(&matter("m3"), 1) })).unwrap();
    assert!(listed().is_empty());
    assert!(place.store.notice(&matter("m1"), 1, "decision").unwrap().is_none());
}

#[test]
fn a_page_is_two_statements_at_ten_thousand() {
    let place = Place::new();
    let entries = |range: std::ops::Range<u32>| {
        let entry = |at: u32| {
            let name = format!("m{at:06}");
            let day = format!("2026-{:02}-{:02}", at / 28 % 12 + 1, at % 28 + 1);
            Entry {
                papers: vec![paper(&name, Some(&day).filter(|_| at.is_multiple_of(2)).map(String::as_str))],
                ..application(&matter(&name))
            }
        };
        range.map(entry).collect::<Vec<_>>()
    };
    for start in (0..10_000).step_by(500) {
        place
            .store
            .append(store::Append { at: crate::sample::AT, entries: entries(start..start + 500), ..Default::default() })
            .unwrap();
    }
    let before = Store::statements_on_this_thread();
    let page = place.store.notices(None, 3, 50).unwrap();
    assert_eq!(Store::statements_on_this_thread() - before, 2);
    assert_eq!((page.rows.len(), page.total), (50, 5_000));
    assert!(page.rows.iter().rev().is_sorted_by_key(|(paper, _)| paper.published_on.clone()));
}

//! Worklists, counters and lists of matters, beside a plain reckoning.

use std::collections::BTreeSet;
use std::time::Instant;

use store::{
    Append, Counters, DueState, Entry, Holder, MatterScope, MatterView, MattersQuery, NumberRef, Readable, Readers,
    Sort, Store, Task, WorkBox, WorklistQuery,
};

use crate::sample::{AT, Place, REALM, append, bare, matter, task, view};

const TODAY: &str = "2026-03-15";
const SOON: &str = "2026-03-18";
const BOXES: [WorkBox; 5] = [WorkBox::All, WorkBox::Todo, WorkBox::Overdue, WorkBox::Soon, WorkBox::Stopped];

/// Matter `n` of a varied thousand: offices, persons, limits, words, procedures.
fn sample(n: u32) -> (MatterView, Vec<Task>) {
    let id = matter(format!("m{n:06}"));
    let due_state = match n % 10 {
        0 => DueState::Stopped,
        1 => DueState::None,
        2 => DueState::Unknown,
        _ => DueState::Running,
    };
    let due_on = (due_state != DueState::None).then(|| format!("2026-03-{:02}", 1 + n % 28));
    let office = format!("99010{}", n % 4);
    let person = (n.is_multiple_of(7)).then(|| format!("p{}", n % 3));
    let seat = ["reviewer", "leader"][(n as usize / 5) % 2].to_owned();
    let closed = n.is_multiple_of(3);
    let view = MatterView {
        number: NumberRef::Known(format!("法援申〔2026〕{:06}号", (n * 7919) % 1_000_003)),
        procedure: ["legal-aid", "mediation"][(n as usize / 2) % 2].to_owned(),
        owner_office: office.clone(),
        opened_on: format!("2026-{:02}-{:02}", 1 + n % 12, 1 + n % 28),
        closed,
        due_on: due_on.clone(),
        due_state,
        handlers: [format!("clerk-{}", n % 5)].into(),
        readers: [format!("seated/p{}", n % 9), format!("window/w{}", n % 4)].into(),
        sealed: n.is_multiple_of(17),
        search: format!("法律 援助 词{}", n % 50),
        ..view(&id)
    };
    let office = (!n.is_multiple_of(11)).then_some(office);
    let task = Task { office, person, seat, due_on, due_state, ..task(&id) };
    (view, if n.is_multiple_of(13) { Vec::new() } else { vec![task] })
}

fn fill(store: &Store, count: u32) {
    let entries: Vec<Entry> = (0..count)
        .map(|n| {
            let (view, tasks) = sample(n);
            Entry { tasks, view: Some(view.clone()), ..bare(&view.matter, 0) }
        })
        .collect();
    for page in entries.chunks(500) {
        store.append(Append { at: AT, entries: page.to_vec(), ..Append::default() }).unwrap();
    }
}

fn holder(seat: &str, office: Option<&str>, person: Option<&str>) -> Holder {
    Holder { seat: seat.to_owned(), office: office.map(str::to_owned), person: person.map(str::to_owned) }
}

fn query(holders: &[Holder], work_box: WorkBox) -> WorklistQuery {
    WorklistQuery {
        holders: holders.to_vec(),
        work_box,
        today: TODAY.to_owned(),
        soon_until: SOON.to_owned(),
        procedure: None,
        text: None,
        opened_from: None,
        opened_until: None,
        sort: Sort::DueFirst,
        page: 1,
        per_page: 20,
    }
}

/// The rule of [`Holder`], said once more.
fn holds(holder: &Holder, task: &Task) -> bool {
    let fits = |asked: &Option<String>, named: &Option<String>| named.is_none() || asked == named;
    holder.seat == task.seat && fits(&holder.office, &task.office) && fits(&holder.person, &task.person)
}

/// The rule of [`WorkBox`], said once more.
fn is_in(work_box: WorkBox, task: &Task) -> bool {
    let running = task.due_on.as_deref().filter(|_| task.due_state == DueState::Running);
    match work_box {
        WorkBox::All => true,
        WorkBox::Todo => task.due_state != DueState::Stopped,
        WorkBox::Stopped => task.due_state == DueState::Stopped,
        WorkBox::Overdue => running.is_some_and(|day| day < TODAY),
        WorkBox::Soon => running.is_some_and(|day| (TODAY..=SOON).contains(&day)),
    }
}

fn all_pages(store: &Store, query: &WorklistQuery) -> (Vec<(Task, String)>, u64) {
    let mut rows = Vec::new();
    for page in 1.. {
        let list = store.worklist(&WorklistQuery { page, per_page: 700, ..query.clone() }).unwrap();
        rows.extend(list.rows.iter().map(|row| (row.task.clone(), row.matter.opened_on.clone())));
        if list.rows.is_empty() {
            return (rows, list.total);
        }
    }
    unreachable!("pages end")
}

#[test]
fn lists_counters_and_reckoning_agree_at_ten_thousand() {
    let place = Place::new();
    fill(&place.store, 10_000);
    let samples: Vec<_> = (0..10_000).map(sample).collect();
    let someone = [
        holder("reviewer", Some("990101"), Some("p1")),
        holder("reviewer", Some("990102"), Some("p1")),
        holder("leader", None, None),
    ];
    for holders in [&someone[..], &someone[..1], &someone[2..], &[]] {
        let reckoned = |work_box| {
            let tasks = samples.iter().flat_map(|(_, tasks)| tasks);
            tasks.filter(|task| holders.iter().any(|h| holds(h, task)) && is_in(work_box, task)).count() as u64
        };
        let counters = place.store.counters(holders, TODAY, SOON).unwrap();
        let expected = Counters {
            todo: reckoned(WorkBox::Todo),
            soon: reckoned(WorkBox::Soon),
            overdue: reckoned(WorkBox::Overdue),
            stopped: reckoned(WorkBox::Stopped),
        };
        assert_eq!(counters, expected);
        for work_box in BOXES {
            let (rows, total) = all_pages(&place.store, &query(holders, work_box));
            assert_eq!((rows.len() as u64, total), (reckoned(work_box), reckoned(work_box)), "{work_box:?}");
            let keys: BTreeSet<_> = rows.iter().map(|(task, _)| (&task.matter, &task.key)).collect();
            assert_eq!(keys.len(), rows.len(), "a row stands twice");
            assert!(rows.iter().all(|(task, _)| is_in(work_box, task)));
        }
    }
    assert!(place.store.counters(&someone, TODAY, SOON).unwrap().overdue > 0);
}

#[test]
fn orders_and_filters_of_the_worklist() {
    let place = Place::new();
    fill(&place.store, 1_000);
    let holders = ["990100", "990101", "990102", "990103"].map(|office| holder("reviewer", Some(office), None));
    let all = query(&holders, WorkBox::All);
    let (rows, total) = all_pages(&place.store, &all);
    let running = |task: &Task| task.due_on.clone().filter(|_| task.due_state == DueState::Running);
    let days: Vec<_> = rows.iter().map_while(|(task, _)| running(task)).collect();
    assert!(days.is_sorted());
    let rest: Vec<_> = rows[days.len()..].iter().map(|(task, _)| task.due_state).collect();
    let rank = [DueState::Unknown, DueState::None, DueState::Stopped];
    assert!(rest.is_sorted_by_key(|state| rank.iter().position(|other| other == state)), "{rest:?}");

    let (newest, _) = all_pages(&place.store, &WorklistQuery { sort: Sort::OpenedNewest, ..all.clone() });
    assert!(newest.iter().rev().is_sorted_by_key(|(_, opened_on)| opened_on));
    assert_eq!(newest.len() as u64, total);
    let numbers = place.store.worklist(&WorklistQuery { sort: Sort::Number, per_page: 1000, ..all.clone() }).unwrap();
    assert!(numbers.rows.iter().is_sorted_by_key(|row| &row.matter.number));

    let aid = WorklistQuery { procedure: Some("legal-aid".to_owned()), ..all.clone() };
    let (rows, aid_total) = all_pages(&place.store, &aid);
    assert!(aid_total > 0 && aid_total < total && rows.len() as u64 == aid_total);
    let word = WorklistQuery { text: Some("词3 援助".to_owned()), ..all.clone() };
    let (rows, found) = all_pages(&place.store, &word);
    assert!(found > 0 && rows.iter().all(|(task, _)| task.matter.as_str()[1..].parse::<u32>().unwrap() % 50 == 3));
    let none = WorklistQuery { text: Some("没有的词".to_owned()), ..all.clone() };
    assert_eq!(place.store.worklist(&none).unwrap().total, 0);
    let opened = WorklistQuery {
        opened_from: Some("2026-05-01".to_owned()),
        opened_until: Some("2026-06-01".to_owned()),
        ..all
    };
    let (rows, may) = all_pages(&place.store, &opened);
    assert!(may > 0 && rows.iter().all(|(_, opened_on)| opened_on.starts_with("2026-05")));
}

/// What this account has handled, where it may read everything.
fn handled_by(account: &str) -> MatterScope {
    let all = Readers { everything: true, ..Readers::default() };
    MatterScope::HandledBy(account.to_owned(), Readable { open: all.clone(), sealed: all })
}

fn matters_query(scope: MatterScope) -> MattersQuery {
    MattersQuery {
        scope,
        closed: None,
        procedure: None,
        text: None,
        opened_from: None,
        opened_until: None,
        sort: Sort::OpenedNewest,
        page: 1,
        per_page: 2_000,
    }
}

#[test]
fn lists_of_matters_agree_with_the_reckoning() {
    let place = Place::new();
    // More than a thousand share the common words, which are then a condition.
    fill(&place.store, 1_500);
    let views: Vec<MatterView> = (0..1_500).map(|n| sample(n).0).collect();
    let check = |query: &MattersQuery, expected: &dyn Fn(&MatterView) -> bool| {
        for sort in [Sort::OpenedNewest, Sort::DueFirst, Sort::Number] {
            let page = place.store.matters(&MattersQuery { sort, ..query.clone() }).unwrap();
            let found: BTreeSet<_> = page.rows.iter().map(|row| row.matter.clone()).collect();
            let wanted: BTreeSet<_> = views.iter().filter(|view| expected(view)).map(|v| v.matter.clone()).collect();
            assert_eq!(found, wanted, "{query:?}");
            assert_eq!((page.rows.len(), page.total), (found.len(), found.len() as u64));
        }
    };
    check(&matters_query(MatterScope::All), &|_| true);
    let offices = MatterScope::Readable(Readable::of_offices(["990101", "990103"].map(str::to_owned)));
    check(&matters_query(offices.clone()), &|view| ["990101", "990103"].contains(&view.owner_office.as_str()));
    let closed = MattersQuery { closed: Some(true), ..matters_query(offices) };
    check(&closed, &|view| view.closed && ["990101", "990103"].contains(&view.owner_office.as_str()));
    let handled = matters_query(handled_by("clerk-3"));
    check(&handled, &|view| view.handlers.contains("clerk-3"));
    let open = MattersQuery { closed: Some(false), text: Some("词3".to_owned()), ..handled };
    check(&open, &|view| !view.closed && view.handlers.contains("clerk-3") && view.search.ends_with("词3"));
    let common = MattersQuery { text: Some("法律 援助".to_owned()), ..matters_query(MatterScope::All) };
    check(&common, &|_| true);
    let handled = MattersQuery { scope: handled_by("clerk-3"), ..common };
    check(&handled, &|view| view.handlers.contains("clerk-3"));
    check(&matters_query(MatterScope::Readable(Readable::default())), &|_| false);
    for (owners, readers, sealed_owners, sealed_readers) in [
        (&["990101"][..], &["seated/p4", "window/w1"][..], &[][..], &["seated/p4"][..]),
        (&["990101", "990102"], &[], &["990102"], &["seated/p0", "seated/p1"]),
        (&[], &["window/w2", "seated/p3"], &["990100"], &[]),
        (&["990103"], &["window/w3"], &["990103"], &["window/w3"]),
    ] {
        let keys = |keys: &[&str]| keys.iter().map(|key| (*key).to_owned()).collect();
        let read = |owners, by| Readers { everything: false, owners: keys(owners), readers: keys(by) };
        let readable = Readable { open: read(owners, readers), sealed: read(sealed_owners, sealed_readers) };
        let may = |view: &MatterView| {
            let readers = if view.sealed { &readable.sealed } else { &readable.open };
            readers.owners.contains(&view.owner_office) || !readers.readers.is_disjoint(&view.readers)
        };
        let all = matters_query(MatterScope::Readable(readable.clone()));
        check(&all, &may);
        check(&MattersQuery { closed: Some(false), ..all.clone() }, &|view| !view.closed && may(view));
        for words in ["法律 援助", "词3"] {
            let found = MattersQuery { text: Some(words.to_owned()), ..all.clone() };
            check(&found, &|view| may(view) && words.split(' ').all(|word| view.search.split(' ').any(|w| w == word)));
        }
        let handled = matters_query(MatterScope::HandledBy("clerk-3".to_owned(), readable.clone()));
        check(&handled, &|view| view.handlers.contains("clerk-3") && may(view));
    }
    let nothing = MattersQuery { text: Some("〔〕".to_owned()), ..matters_query(MatterScope::All) };
    check(&nothing, &|_| false);
}

#[test]
fn a_view_that_changes_leaves_nothing_of_the_old() {
    let place = Place::new();
    let id = matter("m1");
    let first = Entry { view: Some(view(&id)), tasks: vec![task(&id)], ..bare(&id, 0) };
    place.store.append(append(first)).unwrap();
    let changed = MatterView {
        search: "房屋 租赁".to_owned(),
        handlers: ["clerk-2".to_owned()].into(),
        opened_on: "2026-03-03".to_owned(),
        ..view(&id)
    };
    place.store.append(append(Entry { view: Some(changed), ..bare(&id, 1) })).unwrap();
    let total = |text: Option<&str>, scope| {
        let query = MattersQuery { text: text.map(str::to_owned), ..matters_query(scope) };
        place.store.matters(&query).unwrap().total
    };
    assert_eq!(total(Some("劳动"), MatterScope::All), 0);
    assert_eq!(total(Some("租赁"), MatterScope::All), 1);
    assert_eq!(total(None, handled_by("clerk-1")), 0);
    assert_eq!(total(None, handled_by("clerk-2")), 1);
    assert!(place.store.tasks_of(&id).unwrap().is_empty());
}

#[test]
fn a_list_is_two_statements_and_the_counters_are_one() {
    let place = Place::new();
    fill(&place.store, 300);
    let holders = [holder("reviewer", Some("990101"), Some("p1")), holder("leader", Some("990102"), None)];
    let cost = |work: &dyn Fn()| {
        let before = Store::statements_on_this_thread();
        work();
        Store::statements_on_this_thread() - before
    };
    let query = WorklistQuery { text: Some("援助".to_owned()), ..query(&holders, WorkBox::Todo) };
    assert_eq!(cost(&|| drop(place.store.worklist(&query).unwrap())), 2);
    assert_eq!(cost(&|| assert!(place.store.counters(&holders, TODAY, SOON).is_ok())), 1);
    let matters = matters_query(MatterScope::All);
    assert_eq!(cost(&|| drop(place.store.matters(&matters).unwrap())), 2);
    let words = MattersQuery { text: Some("援助".to_owned()), ..matters };
    assert_eq!(cost(&|| drop(place.store.matters(&words).unwrap())), 3);
    assert_eq!(cost(&|| drop(place.store.acts_of(&matter("m000001")).unwrap())), 2);
    let plain = cost(&|| drop(place.store.append(append(bare(&matter("n1"), 0))).unwrap()));
    assert_eq!(plain, 4, "head, last place, act, head");
}

/// A million rows straight into the tables; the median of some runs of each list.
#[test]
fn a_million_matters() {
    let rows: u32 = match std::env::var("XIEZHI_LARGE").ok().as_deref() {
        None | Some("") | Some("0") => {
            println!("skipped: a million matters (set XIEZHI_LARGE=1)");
            return;
        }
        Some("1") => 1_000_000,
        Some(rows) => rows.parse().unwrap(),
    };
    let Place { folder, store } = Place::new();
    drop(store);
    let path = folder.path().join("xiezhi.db");
    let began = Instant::now();
    bulk_insert(&path, rows);
    println!("{rows} matters in {:.1} s", began.elapsed().as_secs_f64());
    let store = Store::open(&path, REALM).unwrap();
    // An office of a city of that size: 1 in 20 matters, 9 in 10 of them closed.
    let one = [holder("reviewer", Some("office-07"), Some("p1"))];
    let every: Vec<Holder> = (0..20).map(|o| holder("reviewer", Some(&format!("office-{o:02}")), None)).collect();
    let time = |name: &str, work: &dyn Fn() -> u64| {
        let mut times: Vec<_> = (0..21)
            .map(|_| {
                let began = Instant::now();
                (work(), began.elapsed())
            })
            .collect();
        times.sort_by_key(|(_, time)| *time);
        println!("{name:44} {:>9} rows {:>8.2} ms", times[10].0, times[10].1.as_secs_f64() * 1e3);
    };
    for (who, holders) in [("one office", &one[..]), ("twenty offices", &every[..])] {
        for sort in [Sort::DueFirst, Sort::OpenedNewest, Sort::Number] {
            let query = WorklistQuery { sort, ..query(holders, WorkBox::Todo) };
            time(&format!("worklist of {who}, {sort:?}"), &|| store.worklist(&query).unwrap().total);
        }
        let text = WorklistQuery { text: Some("词77".to_owned()), ..query(holders, WorkBox::All) };
        time(&format!("worklist of {who}, by a word"), &|| store.worklist(&text).unwrap().total);
        time(&format!("counters of {who}"), &|| store.counters(holders, TODAY, SOON).unwrap().todo);
    }
    let office = MatterScope::Readable(Readable::of_offices(["office-07".to_owned()]));
    let scopes = [MatterScope::All, office, handled_by("clerk-7")];
    for scope in scopes {
        for sort in [Sort::DueFirst, Sort::OpenedNewest, Sort::Number] {
            let query = MattersQuery { sort, per_page: 20, ..matters_query(scope.clone()) };
            time(&format!("matters, {scope:?}, {sort:?}"), &|| store.matters(&query).unwrap().total);
        }
        let text = MattersQuery { text: Some("词77".to_owned()), per_page: 20, ..matters_query(scope.clone()) };
        time(&format!("matters, {scope:?}, by a word"), &|| store.matters(&text).unwrap().total);
        let text = MattersQuery { text: Some("法律 援助".to_owned()), ..text };
        time(&format!("matters, {scope:?}, by words of all"), &|| store.matters(&text).unwrap().total);
    }
    let number = format!("N{:08}", rows / 2);
    time("one matter by its number", &|| u64::from(store.find_by_number(&number).unwrap().is_some()));
    let counters = store.counters(&one, TODAY, SOON).unwrap();
    assert_eq!(store.worklist(&query(&one, WorkBox::Overdue)).unwrap().total, counters.overdue);
    assert_eq!(store.worklist(&query(&one, WorkBox::Todo)).unwrap().total, counters.todo);
}

fn bulk_insert(path: &std::path::Path, rows: u32) {
    let connection = rusqlite::Connection::open(path).unwrap();
    let numbers = format!("with recursive n(i) as (select 0 union all select i + 1 from n where i < {rows} - 1)");
    connection
        .execute_batch(&format!(
            "pragma cache_size = -400000; pragma synchronous = off; begin;
             {numbers} insert into matter_view select '{REALM}', printf('m%08d', i), i + 1, 'legal-aid', 'e1',
                 printf('N%08d', i), '法律援助申请', '张*', printf('office-%02d', i / 10 % 20), '990101', 'window', 'civil',
                 'review', '审查', i % 10 < 9, null, printf('20%02d-%02d-%02d', 20 + i % 7, 1 + i % 12, 1 + i % 28),
                 null, printf('2026-%02d-%02d', 1 + i % 12, 1 + i % 28), 'running',
                 printf('2026-%02d-%02d', 1 + i % 12, 1 + i % 28), 1, printf('clerk-%d', i % 500), zeroblob(32) from n;
             {numbers} insert into matter_handler select '{REALM}', printf('clerk-%d', i % 500), printf('m%08d', i),
                 printf('20%02d-%02d-%02d', 20 + i % 7, 1 + i % 12, 1 + i % 28) from n order by i % 500, i;
             {numbers} insert into task select '{REALM}', printf('m%08d', i), 'review', '审查申请', 'reviewer',
                 printf('office-%02d', i / 10 % 20), null,
                 'reviewer' || char(31) || printf('office-%02d', i / 10 % 20) || char(31), '2026-03-01',
                 printf('2026-%02d-%02d', 1 + i % 12, 1 + i % 28), 'running',
                 printf('2026-%02d-%02d', 1 + i % 12, 1 + i % 28), 'civil', 'legal-aid', printf('N%08d', i),
                 printf('20%02d-%02d-%02d', 20 + i % 7, 1 + i % 12, 1 + i % 28), i + 1 from n where i % 10 = 9;
             {numbers} insert into matter_words(rowid, tokens) select i + 1, '法律 援助 词' || (i % 1000) from n;
             commit;"
        ))
        .unwrap();
}

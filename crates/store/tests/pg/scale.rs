//! How the cities of a province may lie on servers: in parts of the same tables, in schemas, on databases behind a front.
//!
//! The statements are those of the operator's guide, run as they stand there; only addresses are put in.
//!
//! INVARIANT: what is done in one city is not seen, moved or lost in another.

use std::path::Path;

use kernel::ledger::Digest;
use store::{RebuildError, Rebuilt, Store};

use crate::engine;
use crate::rebuild::{entry, fill, fold, found};
use crate::sample::{Place, REALM, append, matter, sequence_all};

const GUIDE: &str = include_str!("../../../../docs/guides/operator-scale.md");
/// A second city.
const OTHER: &str = "990200";

/// The statements of the guide under a title.
fn told(title: &str) -> &'static str {
    let blocks = GUIDE.split("```sql\n-- ").skip(1);
    let mut blocks = blocks.filter_map(|block| block.split("```").next());
    blocks.find_map(|block| block.strip_prefix(title)).unwrap().split_once('\n').unwrap().1
}

fn rebuilt(store: &Store) -> Result<Rebuilt, RebuildError<String>> {
    store.rebuild(fold)
}

/// A store of a city with all that was there; its digest.
fn holds(store: &Store, matters: u64) -> Digest {
    sequence_all(store);
    let report = store.verify().unwrap();
    assert!(report.holds() && report.matters == matters, "{}: {report:?}", store.realm());
    assert_eq!(found(store, "援助"), matters);
    let digest = store.projection_digest().unwrap();
    assert_eq!(rebuilt(store).unwrap().matters, matters);
    assert_eq!(store.projection_digest().unwrap(), digest, "{}", store.realm());
    assert_eq!(found(store, "援助"), matters);
    digest
}

/// How many rows there are, by the answer to a query.
fn count(url: &str, text: &str) -> i64 {
    engine::client(url).query_one(text, &[]).unwrap().get(0)
}

/// What the server would do for a query.
fn plan(url: &str, text: &str) -> String {
    let rows = engine::client(url).query(&format!("explain (verbose, costs off) {text}"), &[]).unwrap();
    rows.iter().map(|row| row.get::<_, String>(0) + "\n").collect()
}

/// One database with both cities in parts of the same tables; the first had matters before it was parted.
fn parted(folder: &Path) -> (Store, Store) {
    let store = engine::open(folder, REALM);
    fill(&store, 30, 3);
    drop(store);
    let url = engine::url(folder);
    engine::client(&url).batch_execute(told("分区")).unwrap();
    engine::client(&url).batch_execute(told("加一个市")).unwrap();
    (Store::connect(&url, REALM).unwrap(), Store::connect(&url, OTHER).unwrap())
}

#[test]
fn tables_in_parts_by_city_serve_both_cities() {
    let folder = tempfile::tempdir().unwrap();
    let (first, second) = parted(folder.path());
    let url = engine::url(folder.path());
    fill(&second, 20, 2);
    first.append(append(entry(&matter("m9000"), 0))).unwrap();
    let before = holds(&first, 31);
    let other = holds(&second, 20);
    assert_eq!(first.projection_digest().unwrap(), before, "a rebuild beside it changes nothing");
    let stored = "select count(*) from pg_partitioned_table";
    let made = "select count(*) - 1 from pg_tables where schemaname = 'public' and tablename !~ '_990[12]00$'";
    assert_eq!(count(&url, stored), count(&url, made), "every table is still in parts, the rebuilt ones too");
    assert_eq!(count(&url, "select count(*) from matter_view_990200"), 20);
    assert_eq!(count(&url, "select count(*) from matter_view_990100"), 31);
    let one = plan(&url, "select * from act where realm = '990200' and matter = 'm0001'");
    assert!(one.contains("act_990200") && !one.contains("act_990100"), "{one}");
    // The sealed parts of either city need their act.
    let orphan = "insert into sealed values ('990200', 'nowhere', 1, 0, 'p', '')";
    assert!(engine::client(&url).execute(orphan, &[]).is_err());
    first.append(append(entry(&matter("m9001"), 0))).unwrap();
    assert_ne!(first.projection_digest().unwrap(), before);
    assert_eq!(second.projection_digest().unwrap(), other);
    let third = Store::connect(&url, "990300").unwrap_err();
    assert!(matches!(third, store::OpenError::OtherRealm { .. }), "{third}: a city is added by its operator");
}

/// Two cities in the same tables that are in no parts: one row more in `schema_version`.
#[test]
fn a_rebuild_leaves_the_rows_of_another_city_in_the_same_tables() {
    let place = Place::new();
    let url = engine::url(place.folder.path());
    fill(&place.store, 12, 3);
    engine::client(&url).batch_execute(told("加一个市")).unwrap();
    let second = Store::connect(&url, OTHER).unwrap();
    fill(&second, 7, 3);
    let (first, other) = (holds(&place.store, 12), holds(&second, 7));
    assert_eq!((place.store.projection_digest().unwrap(), second.projection_digest().unwrap()), (first, other));
}

/// Another rebuild begins in the middle of one: of the same city by another program, or of the city beside it.
#[test]
fn of_two_rebuilds_at_once_the_later_is_carried_through() {
    let folder = tempfile::tempdir().unwrap();
    let (first, second) = parted(folder.path());
    fill(&second, 20, 2);
    let before = first.projection_digest().unwrap();
    let program = Store::connect(&engine::url(folder.path()), REALM).unwrap();
    for other in [&program, &second] {
        let mut begun = false;
        let outcome = first.rebuild(|id, acts| {
            if !std::mem::replace(&mut begun, true) {
                rebuilt(other).unwrap();
            }
            fold(id, acts)
        });
        assert!(matches!(outcome, Err(RebuildError::Running)), "{outcome:?}");
        assert_eq!(first.projection_digest().unwrap(), before, "nothing was exchanged");
    }
    rebuilt(&first).unwrap();
    assert_eq!(first.projection_digest().unwrap(), before);
}

#[test]
fn two_cities_in_two_schemas_of_one_database() {
    let folder = tempfile::tempdir().unwrap();
    engine::make(folder.path());
    let url = engine::url(folder.path());
    let of = |realm: &str| format!("{url} options=-csearch_path=r{realm}");
    assert!(Store::connect(&of(REALM), REALM).is_err(), "the schema is made by the operator");
    engine::client(&url).batch_execute(told("两个市，两个 schema")).unwrap();
    let first = Store::connect(&of(REALM), REALM).unwrap();
    let second = Store::connect(&of(OTHER), OTHER).unwrap();
    fill(&first, 12, 3);
    fill(&second, 7, 3);
    let (one, other) = (holds(&first, 12), holds(&second, 7));
    assert_eq!((first.projection_digest().unwrap(), second.projection_digest().unwrap()), (one, other));
    assert_eq!(count(&url, "select count(*) from pg_tables where schemaname = 'public'"), 0);
    assert_eq!(
        count(&url, "select count(*) from r990100.act") + count(&url, "select count(*) from r990200.act"),
        24 + 13
    );
    assert!(matches!(Store::connect(&of(REALM), OTHER), Err(store::OpenError::OtherRealm { .. })));
}

#[test]
fn a_front_database_reads_across_the_databases_of_two_cities() {
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let [first, second, front] = folders.each_ref().map(|folder| engine::url(folder.path()));
    for (folder, realm, matters) in [(&folders[0], REALM, 9), (&folders[1], OTHER, 4)] {
        let store = engine::open(folder.path(), realm);
        fill(&store, matters, 3);
        let role = told("各市的库").replace("create role province login;", "");
        // All databases of these tests lie on one cluster, which knows a role once.
        let made = "do $$ begin create role province login; exception when others then null; end $$";
        engine::client(&engine::url(folder.path())).batch_execute(&format!("{made};{role}")).unwrap();
    }
    engine::make(folders[2].path());
    let part = |url: &str, name: &str| url.split(name).nth(1).unwrap().split(' ').next().unwrap().to_owned();
    let mut text = told("前库：映射两个市").to_owned();
    for (url, host, database) in [(&first, "甲地址", "甲库"), (&second, "乙地址", "乙库")] {
        text = text.replace(host, &part(url, "host=")).replace(database, &part(url, "dbname="));
    }
    engine::client(&front).batch_execute(&text).unwrap();

    let rows = engine::client(&front).query(told("前库：全省"), &[]).unwrap();
    let rows: Vec<(String, i64)> = rows.iter().map(|row| (row.get(0), row.get(2))).collect();
    assert_eq!(rows, [(REALM.to_owned(), 9), (OTHER.to_owned(), 4)]);
    let acts = "select count(*) from act";
    assert_eq!(count(&front, acts), count(&first, acts) + count(&second, acts));
    let one = plan(&front, "select matter from act where realm = '990200'");
    assert!(one.contains("r990200.act") && !one.contains("r990100.act"), "{one}");
    assert!(one.contains("Remote SQL") && one.contains("'990200'"), "the condition goes along: {one}");
    // Each city writes its own database, and the front sees it; it writes none.
    Store::connect(&second, OTHER).unwrap().append(append(entry(&matter("m0900"), 0))).unwrap();
    assert_eq!(count(&front, "select count(*) from matter_view where realm = '990200'"), 5);
    assert!(engine::client(&front).execute("delete from r990200.act", &[]).is_err());
    assert!(engine::client(&front).query("select * from r990200.sealed", &[]).is_err());
}

/// What a pool of connections forgets is set on the user. Taken back: all these tests are one user.
#[test]
fn what_a_session_sets_can_be_set_on_the_user() {
    let place = Place::new();
    let text = format!("begin; {} rollback;", told("连接池"));
    engine::client(&engine::url(place.folder.path())).batch_execute(&text).unwrap();
}

/// What the guide says of servers that are not tested names every table there is.
#[test]
fn the_guide_spreads_every_table() {
    let place = Place::new();
    let url = engine::url(place.folder.path());
    let tables = "select tablename::text from pg_tables where schemaname = 'public'";
    for row in engine::client(&url).query(tables, &[]).unwrap() {
        let table: String = row.get(0);
        assert!(told("Citus").contains(&format!("'{table}'")), "{table}");
    }
    let keys = "select 'alter table ' || conrelid::regclass || ' drop constraint ' || conname || ';' from pg_constraint
        where contype = 'f'";
    for row in engine::client(&url).query(keys, &[]).unwrap() {
        let drop: String = row.get(0);
        assert!(told("Citus").contains(&drop), "{drop}");
    }
    let first = "select count(*) from pg_index join pg_attribute on attrelid = indrelid and attnum = indkey[0]
        join pg_class on pg_class.oid = indrelid
        where relnamespace = 'public'::regnamespace and indisunique and attname <> 'realm'";
    assert_eq!(count(&url, first), 0, "every unique key begins with the realm");
}

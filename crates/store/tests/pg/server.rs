//! What only a server can do to a store: be somebody else's, be shared, be gone.

use std::sync::{Arc, Barrier};

use store::{AppendError, OpenError, Store};

use crate::engine;
use crate::sample::{Place, REALM, append, application, bare, matter};

#[test]
fn databases_of_others_are_refused_untouched() {
    let folder = tempfile::tempdir().unwrap();
    drop(engine::open(folder.path(), REALM));
    let url = engine::url(folder.path());
    let error = Store::connect(&url, "990200").unwrap_err();
    assert!(
        matches!(&error, OpenError::OtherRealm { found, wanted } if found == REALM && wanted == "990200"),
        "{error}"
    );
    engine::client(&url).execute("update schema_version set version = 99", &[]).unwrap();
    assert!(matches!(Store::connect(&url, REALM), Err(OpenError::NewerSchema { found: 99, .. })));
    engine::client(&url).execute("update schema_version set version = 1", &[]).unwrap();
    assert!(matches!(Store::connect(&url, REALM), Err(OpenError::OlderSchema { found: 1, .. })));

    let mut others = engine::client(&engine::url_of("postgres"));
    others.batch_execute("create database others template template0").unwrap();
    engine::client(&engine::url_of("others")).batch_execute("create table theirs(a integer)").unwrap();
    assert!(matches!(Store::connect(&engine::url_of("others"), REALM), Err(OpenError::OtherTables)));
    let tables = engine::client(&engine::url_of("others"))
        .query("select tablename from pg_tables where schemaname = 'public'", &[])
        .unwrap();
    assert_eq!(tables.len(), 1, "nothing was added");
    assert!(matches!(Store::connect(&engine::url_of("nowhere"), REALM), Err(OpenError::Server(_))));
    assert!(matches!(Store::connect("host=/nowhere dbname=a", REALM), Err(OpenError::Server(_))));
}

/// A program of the version before goes on with the tables it knows while the new one brings them up to date.
#[test]
fn a_database_of_the_schema_before_is_brought_up_to_date_under_a_running_program() {
    let place = Place::new();
    place.store.append(append(application(&matter("m1")))).unwrap();
    let url = engine::url(place.folder.path());
    engine::client(&url)
        .batch_execute(
            "drop table lease; alter table matter_view drop column keep_until; drop table factor; drop table identity_link;
            drop table attempt; drop table matter_reader; alter table matter_view drop column sealed;
            alter table account drop column password_at; alter table post drop column instead_of;
            update schema_version set version = 3",
        )
        .unwrap();
    let new = Store::connect(&url, REALM).unwrap();
    place.store.append(append(application(&matter("m2")))).unwrap();
    new.append(append(application(&matter("m3")))).unwrap();
    assert!(new.lease("clock", "new", 60_000).unwrap());
    let version: i64 = engine::client(&url).query_one("select version from schema_version", &[]).unwrap().get(0);
    assert_eq!(version, store::SCHEMA_VERSION);
    let report = place.store.verify().unwrap();
    assert!(report.holds() && report.matters == 3, "{report:?}");
}

#[test]
fn of_several_programs_one_has_the_lease() {
    let place = Place::new();
    let other = Store::connect(&engine::url(place.folder.path()), REALM).unwrap();
    let long = 60_000;
    assert!(place.store.lease("clock", "a", long).unwrap());
    assert!(place.store.lease("clock", "a", long).unwrap(), "it is prolonged");
    assert!(!other.lease("clock", "b", long).unwrap());
    assert!(other.lease("messages", "b", long).unwrap(), "another job is free");
    other.give_back("clock", "b").unwrap();
    assert!(!other.lease("clock", "b", long).unwrap(), "only the holder gives it back");
    place.store.give_back("clock", "a").unwrap();
    assert!(other.lease("clock", "b", long).unwrap());
    // The clock of the database was set back an hour: a lease from the future holds nobody up.
    engine::execute(place.folder.path(), "update lease set until_at = until_at + 3600000");
    assert!(place.store.lease("clock", "a", long).unwrap());
    // A program that was stopped and comes back finds that it has it no longer.
    engine::execute(place.folder.path(), "update lease set until_at = 1");
    assert!(other.lease("clock", "b", long).unwrap());
    assert!(!place.store.lease("clock", "a", long).unwrap());
}

/// Several programs append to one realm at once; each is a store of its own with its own writer.
#[test]
fn several_programs_append_and_nothing_is_lost_or_drawn_twice() {
    const PROGRAMS: u32 = 4;
    const EACH: u32 = 60;
    let place = Place::new();
    let start = Arc::new(Barrier::new(PROGRAMS as usize));
    let programs: Vec<_> = (0..PROGRAMS)
        .map(|program| {
            let (url, start) = (engine::url(place.folder.path()), Arc::clone(&start));
            std::thread::spawn(move || {
                let store = Store::connect(&url, REALM).unwrap();
                start.wait();
                for at in 0..EACH {
                    store.append(append(application(&matter(format!("p{program}m{at:04}"))))).unwrap();
                    // All of them also act on one matter: whoever was slower is told so.
                    loop {
                        let head = store.head(&matter("shared")).unwrap();
                        let expected = head.map_or(0, |head| head.version);
                        match store.append(append(bare(&matter("shared"), expected))) {
                            Ok(_) => break,
                            Err(AppendError::Stale { .. }) => {}
                            Err(error) => panic!("{error}"),
                        }
                    }
                }
            })
        })
        .collect();
    programs.into_iter().for_each(|program| program.join().unwrap());
    let report = place.store.verify().unwrap();
    assert!(report.holds(), "{report:?}");
    assert_eq!(report.matters, u64::from(PROGRAMS * EACH + 1));
    assert_eq!(place.store.head(&matter("shared")).unwrap().unwrap().version, PROGRAMS * EACH);
}

#[test]
fn a_store_goes_on_when_its_connections_were_ended() {
    let place = Place::new();
    place.store.append(append(application(&matter("m1")))).unwrap();
    place.store.matter(&matter("m1")).unwrap();
    let end = "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()";
    engine::client(&engine::url(place.folder.path())).query(end, &[]).unwrap();
    // Nobody was in the middle of anything: nobody is told.
    place.store.append(append(application(&matter("m2")))).unwrap();
    assert!(place.store.matter(&matter("m2")).unwrap().is_some());
    assert!(place.store.verify().unwrap().holds());
}

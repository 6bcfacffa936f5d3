//! Opening: what is refused, what survives, what a backup holds.

use store::{Append, OpenError, StorageError, Store};

use crate::sample::{Place, REALM, append, application, matter, sequence_all};

#[test]
fn what_was_acknowledged_is_there_again() {
    let place = Place::new();
    let id = matter("m1");
    place.store.append(append(application(&id))).unwrap();
    let acts = place.store.acts_of(&id).unwrap();
    let path = place.folder.path().join("xiezhi.db");
    drop(place.store);
    let store = Store::open(&path, REALM).unwrap();
    assert_eq!(store.acts_of(&id).unwrap(), acts);
    assert!(!place.folder.path().join("xiezhi.db-wal").exists() || store.verify().unwrap().holds());
}

#[test]
fn files_of_others_are_refused_untouched() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("xiezhi.db");
    let check = |expected: &str| {
        let before = std::fs::read(&path).unwrap();
        let error = Store::open(&path, REALM).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
        assert_eq!(std::fs::read(&path).unwrap(), before);
    };
    std::fs::write(&path, "a letter, long enough to be taken for something else".repeat(20)).unwrap();
    check("is not a store of this program");
    std::fs::remove_file(&path).unwrap();
    rusqlite::Connection::open(&path).unwrap().execute_batch("create table t(a)").unwrap();
    check("is not a store of this program");
    std::fs::remove_file(&path).unwrap();
    drop(Store::open(&path, "990200").unwrap());
    check("belongs to realm `990200`, not to `990100`");
    std::fs::remove_file(&path).unwrap();
    drop(Store::open(&path, REALM).unwrap());
    let connection = rusqlite::Connection::open(&path).unwrap();
    connection.execute_batch("update schema_version set version = 99").unwrap();
    drop(connection);
    check("has schema 99, this program knows schema 5");
    let nowhere = folder.path().join("none").join("xiezhi.db");
    assert!(matches!(Store::open(&nowhere, REALM), Err(OpenError::NoFolder { .. })));
}

#[test]
fn a_file_of_schema_1_gets_its_tasks_counted() {
    let place = Place::new();
    for number in 0..5 {
        place.store.append(append(application(&matter(format!("m{number}"))))).unwrap();
    }
    let (path, digest) = (place.folder.path().join("xiezhi.db"), place.store.projection_digest().unwrap());
    drop(place.store);
    let old = rusqlite::Connection::open(&path).unwrap();
    let to_schema_1 = "drop table lease; drop table task_count; drop table factor; drop table identity_link; drop table attempt; drop table matter_reader;
        drop index view_office_due_1; drop index view_office_opened_1; alter table matter_view drop column sealed; alter table account drop column password_at; alter table post drop column instead_of; drop index view_expires_1; drop index paper_published_1; drop index view_keep_1;
        alter table matter_view drop column keep_until; alter table paper drop column published_on; alter table matter_view drop column expires_on; update schema_version set version = 1";
    old.execute_batch(to_schema_1).unwrap();
    drop(old);
    for _again in 0..2 {
        assert_eq!(Store::open(&path, REALM).unwrap().projection_digest().unwrap(), digest);
    }
}

#[test]
fn a_backup_is_whole_while_appends_go_on() {
    let place = Place::new();
    for number in 0..200 {
        place.store.append(append(application(&matter(format!("m{number:04}"))))).unwrap();
    }
    sequence_all(&place.store);
    let target = place.folder.path().join("backup.db");
    std::thread::scope(|scope| {
        let store = place.store.clone();
        let writing = scope.spawn(move || {
            for number in 200..600 {
                store.append(append(application(&matter(format!("m{number:04}"))))).unwrap();
            }
        });
        place.store.backup_to(&target).unwrap();
        writing.join().unwrap();
    });
    let copy = Store::open(&target, REALM).unwrap();
    let report = copy.verify().unwrap();
    assert!(report.holds() && report.matters >= 200, "{report:?}");
    let error = place.store.backup_to(&target).unwrap_err();
    assert!(matches!(error, StorageError::TargetInUse { .. }), "{error}");
}

#[test]
fn settings_and_sizes() {
    let place = Place::new();
    assert_eq!(place.store.setting("key").unwrap(), None);
    assert_eq!(place.store.put_setting_once("key", "first").unwrap(), "first");
    assert_eq!(place.store.put_setting_once("key", "second").unwrap(), "first");
    place.store.put_setting("key", "third").unwrap();
    assert_eq!(place.store.setting("key").unwrap().as_deref(), Some("third"));
    place.store.append(Append { ..append(application(&matter("m1"))) }).unwrap();
    let size = place.store.size().unwrap();
    let acts = size.tables.iter().find(|count| count.table == "act").unwrap();
    assert!(size.bytes > 0 && acts.rows == 1);
}

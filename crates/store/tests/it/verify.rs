//! Tampering: one changed byte is found, and named.

use store::{ChainBreak, ChainFault, Checkpoint, LogFault, NumberFault, VerifyReport};

use crate::engine::{BYTES_AS_TEXT, CHANGED_BYTES, ZEROS};
use crate::sample::{AT, CENTRE, Place, append, application, bare, matter, sequence_all};

/// Three matters of three acts, all in the log, with a checkpoint.
fn place() -> Place {
    let place = Place::new();
    for name in ["m1", "m2", "m3"] {
        let id = matter(name);
        place.store.append(append(application(&id))).unwrap();
        place.store.append(append(bare(&id, 1))).unwrap();
        place.store.append(append(bare(&id, 2))).unwrap();
    }
    sequence_all(&place.store);
    let root = place.store.root(9).unwrap();
    place.store.put_checkpoint(Checkpoint { size: 9, root, at: AT, signature: vec![1] }).unwrap();
    assert!(place.store.verify().unwrap().holds());
    place
}

fn after(text: &str) -> VerifyReport {
    place().tampered(text).store.verify().unwrap()
}

fn found(name: &str, version: u32, fault: ChainFault) -> ChainBreak {
    ChainBreak { matter: matter(name), version, fault }
}

#[test]
fn a_changed_byte_of_an_act() {
    let report = after(&format!("update act set bytes = {CHANGED_BYTES} where matter = 'm2' and version = 2"));
    assert_eq!(report.breaks, [found("m2", 2, ChainFault::HashDiffers)]);
}

#[test]
fn an_act_of_another_type() {
    // A server keeps the type of a column.
    let Some(bytes) = BYTES_AS_TEXT else { return };
    let report = after(&format!("update act set bytes = {bytes} where matter = 'm2' and version = 2"));
    assert_eq!(report.breaks[0], found("m2", 2, ChainFault::HashDiffers));
}

#[test]
fn a_changed_hash() {
    let report = after(&format!("update act set hash = {ZEROS} where matter = 'm2' and version = 2"));
    assert_eq!(report.breaks, [found("m2", 2, ChainFault::HashDiffers), found("m2", 3, ChainFault::PrevDiffers)]);
    assert_eq!(report.log_faults, [LogFault::Leaf { index: 4, matter: matter("m2"), version: 2 }]);
}

#[test]
fn a_missing_act() {
    let report = after("delete from act where matter = 'm3' and version = 2");
    assert!(report.breaks.contains(&found("m3", 2, ChainFault::Missing)), "{report:?}");
    let report = after("delete from act where matter = 'm3' and version = 3");
    assert_eq!(report.breaks, [found("m3", 2, ChainFault::HeadDiffers)]);
    let report = after("delete from act where matter = 'm3'");
    assert_eq!(report.breaks, [found("m3", 3, ChainFault::Missing)]);
    let missing = vec![3];
    let (series, office) = ("援申".to_owned(), CENTRE.to_owned());
    assert_eq!(report.number_faults, [NumberFault { series, office, year: 2026, missing }]);
}

#[test]
fn an_act_put_in_another_place() {
    let report = after("update act set matter = 'm9' where matter = 'm3' and version = 3");
    assert!(report.breaks.contains(&found("m9", 3, ChainFault::OtherPlace)), "{report:?}");
}

#[test]
fn a_number_taken_out() {
    let report = after("delete from number where seq = 2");
    let (series, office) = ("援申".to_owned(), CENTRE.to_owned());
    assert_eq!(report.number_faults, [NumberFault { series, office, year: 2026, missing: vec![2] }]);
    let report = after("update number_series set last = 2");
    assert_eq!(report.number_faults[0].missing, [3]);
}

#[test]
fn a_changed_log() {
    let report = after(&format!("update log_node set hash = {ZEROS} where level = 1 and idx = 1"));
    assert_eq!(report.log_faults, [LogFault::Node { level: 1, index: 1 }]);
    let report = after("delete from log_node where level = 2 and idx = 0");
    assert_eq!(report.log_faults, [LogFault::Node { level: 2, index: 0 }]);
    let report = after(&format!("update checkpoint set root = {ZEROS}"));
    assert_eq!(report.log_faults, [LogFault::Checkpoint { size: 9 }]);
    let report = after("delete from log_leaf where idx = 8");
    let size = LogFault::Size { stated: 9, found: 8 };
    assert_eq!(report.log_faults, [size, LogFault::Left { acts: 1 }, LogFault::Checkpoint { size: 9 }]);
}

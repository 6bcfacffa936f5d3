//! A disk that is full, and later is not: nothing is acknowledged that is not stored, and appends go on.
//!
//! The disk is a small one in memory, which only this test sees: it runs itself again in mounts of its own. Where the
//! machine does not permit that it says so.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use store::Store;

use crate::engine::{Cluster, Wanted};
use crate::ground::rounds;
use crate::load::{Load, Weight, holds_exactly, under_load};
use crate::sample::REALM;

const ROOM: &str = "XIEZHI_FAULT_ROOM";

#[test]
fn a_file_lives_through_a_full_disk() {
    on_a_small_disk("disk::in_a_file", 24);
}

#[test]
fn a_server_lives_through_a_full_disk() {
    on_a_small_disk("disk::on_a_server", 128);
}

/// Not a test of its own: runs on the small disk.
#[test]
fn in_a_file() {
    let Some(room) = room() else { return };
    let store = Store::open(&room.join("xiezhi.db"), REALM).unwrap();
    let failures = lives_through(&store, &room, &|| {});
    let other = failures.iter().find(|words| !words.starts_with("no room is left for the database"));
    assert_eq!(other, None, "a full disk is told as such");
}

/// Not a test of its own: runs on the small disk.
#[test]
fn on_a_server() {
    let Some(room) = room() else { return };
    let cluster = Cluster::new(&Wanted {
        under: Some(&room),
        initdb: &["--wal-segsize=1"],
        settings: &["min_wal_size=2MB", "max_wal_size=4MB", "shared_buffers=4MB"],
        ..Wanted::default()
    });
    cluster.make("disk");
    let store = Store::connect(&cluster.url("disk"), REALM).unwrap();
    // A server that cannot write its log ends itself; its operator starts it again.
    let failures = lives_through(&store, &room, &|| {
        if !cluster.runs() {
            cluster.start();
        }
    });
    assert!(!failures.is_empty());
}

/// Fills the disk under load, empties it, and again; what the clients were told meanwhile.
fn lives_through(store: &Store, room: &Path, operator: &dyn Fn()) -> Vec<String> {
    let load = Load::default();
    under_load(std::slice::from_ref(store), &Weight { clients: 4, bytes: 8000, sequenced: 50 }, &load, |load| {
        for _ in 0..rounds(2, 20) {
            load.wait_for_stored_while(20, operator);
            let failures = load.failures().len();
            let ballast = fill(room);
            load.wait_for_failure_beyond(failures);
            std::fs::remove_file(ballast).unwrap();
            load.wait_for_stored_while(20, operator);
        }
    });
    holds_exactly(store, &load.told());
    load.failures()
}

/// Takes all the room there is.
fn fill(room: &Path) -> PathBuf {
    let path = room.join("ballast");
    let mut ballast = File::create(&path).unwrap();
    while ballast.write_all(&[0; 4096]).is_ok() {}
    path
}

fn room() -> Option<PathBuf> {
    std::env::var(ROOM).ok().map(PathBuf::from)
}

/// Runs a test of this binary where its room is a disk of so many MiB.
fn on_a_small_disk(test: &str, mebibytes: u32) {
    let folder = tempfile::tempdir().unwrap();
    let mount = format!("mount -t tmpfs -o size={mebibytes}m,mode=1777 tmpfs \"${ROOM}\"");
    let probed = alone(&mount, folder.path());
    if !probed.as_ref().is_ok_and(|output| output.status.success()) {
        eprintln!("skipped: {test}: no disk can be mounted here: {probed:?}");
        return;
    }
    let program = std::env::current_exe().unwrap();
    let run = format!("{mount} && exec '{}' {test} --exact --nocapture --test-threads=1", program.display());
    let Output { status, stdout, stderr } = alone(&run, folder.path()).unwrap();
    let (said, complained) = (String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
    assert!(status.success() && said.contains("1 passed"), "{said}\n{complained}");
}

/// Runs a command in mounts of its own, as whoever runs the tests.
fn alone(command: &str, room: &Path) -> std::io::Result<Output> {
    let is_root = std::fs::metadata(room).map(|meta| std::os::unix::fs::MetadataExt::uid(&meta))? == 0;
    let mine: &[&str] = if is_root { &[] } else { &["--user", "--map-current-user", "--keep-caps"] };
    let mut unshare = Command::new("unshare");
    unshare.args(mine).args(["--mount", "sh", "-c", command]).env(ROOM, room).output()
}

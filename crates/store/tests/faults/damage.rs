//! A row changed by hand, and a page of the file gone bad: verification names the matter.

use std::collections::BTreeSet;
use std::path::PathBuf;

use store::{ChainBreak, ChainFault, Store};

use crate::chance::Chance;
use crate::ground::{Engine, Ground, rounds};
use crate::load::words;
use crate::sample::{append, application, bare, matter, sequence_all};
use crate::{engine, file};

const MATTERS: u64 = 40;

#[test]
fn a_changed_row_is_named_in_a_file() {
    names_the_row(Engine::File, file::CHANGED_BYTES);
}

#[test]
fn a_changed_row_is_named_on_a_server() {
    names_the_row(Engine::Server, engine::CHANGED_BYTES);
}

fn names_the_row(engine: Engine, changed: &str) {
    let ground = filled(engine);
    let mut chance = Chance::new(engine as u64);
    let mut expected = BTreeSet::new();
    for _ in 0..rounds(5, 10) {
        let (id, version) = (name(chance.below(MATTERS)), 1 + chance.below(3) as u32);
        if !expected.insert((matter(&id), version)) {
            continue;
        }
        ground.execute(&format!("update act set bytes = {changed} where matter = '{id}' and version = {version}"));
        let found = ground.open().verify().unwrap().breaks;
        let broken = |(matter, version): &(_, u32)| {
            let (matter, version) = (Clone::clone(matter), *version);
            ChainBreak { matter, version, fault: ChainFault::HashDiffers }
        };
        assert_eq!(found, expected.iter().map(broken).collect::<Vec<_>>());
    }
}

/// Flips bits of the bytes of one act.
#[test]
fn a_byte_flipped_in_a_page_is_named() {
    let mut chance = Chance::new(2);
    for _ in 0..rounds(5, 2) {
        let damaged = Damaged::new();
        let (id, at) = damaged.acts[chance.below(damaged.acts.len() as u64) as usize].clone();
        let mut file = damaged.bytes();
        file[at] ^= 1 << chance.below(8);
        damaged.write(&file);
        let report = damaged.ground.open().verify().unwrap();
        assert!(report.breaks.iter().any(|found| found.matter.as_str() == id), "{id}: {report:?}");
    }
}

/// Overwrites a page, or only what says what kind of page it is.
#[test]
fn a_page_that_cannot_be_read_is_named_by_its_matters() {
    let mut chance = Chance::new(3);
    for round in 0..rounds(5, 2) {
        let damaged = Damaged::new();
        let (_, at) = damaged.acts[chance.below(damaged.acts.len() as u64) as usize];
        let mut file = damaged.bytes();
        let size = usize::from(u16::from_be_bytes([file[16], file[17]]));
        let page = at / size * size;
        let length = if round % 2 == 0 { size } else { 1 };
        file[page..page + length].copy_from_slice(&vec![0xff; length]);
        damaged.write(&file);
        let on_page = damaged.acts.iter().filter(|(_, at)| (page..page + size).contains(at));
        // Nobody reads all of a file to open it.
        let error = words(&damaged.ground.open().verify().unwrap_err());
        assert!(error.contains("the database file is damaged"), "{error}");
        for (id, _) in on_page {
            assert!(error.contains(&format!("`{id}`")), "{id}: {error}");
        }
    }
}

/// A store of some matters in a file that is closed.
struct Damaged {
    ground: Ground,
    /// Where an act of a matter has a byte of its own in the file.
    acts: Vec<(String, usize)>,
}

impl Damaged {
    fn new() -> Self {
        let ground = filled(Engine::File);
        let mut damaged = Self { ground, acts: Vec::new() };
        let file = damaged.bytes();
        // The bytes of an act begin so, and nothing else in the file does.
        let beginning = br#"{"act":"note","#;
        for at in (0..file.len()).filter(|at| file[*at..].starts_with(beginning)) {
            let rest = String::from_utf8_lossy(&file[at..at + 200]).into_owned();
            if let Some((_, rest)) = rest.split_once(r#""matter":""#) {
                damaged.acts.push((rest.split('"').next().unwrap().to_owned(), at + 9));
            }
        }
        assert_eq!(damaged.acts.len() as u64, 3 * MATTERS, "each act is found in the file");
        damaged
    }

    fn path(&self) -> PathBuf {
        self.ground.folder().join("xiezhi.db")
    }

    fn bytes(&self) -> Vec<u8> {
        std::fs::read(self.path()).unwrap()
    }

    fn write(&self, bytes: &[u8]) {
        std::fs::write(self.path(), bytes).unwrap();
    }
}

fn name(number: u64) -> String {
    format!("m{number:03}")
}

/// Matters of three acts each, all in the log.
fn filled(engine: Engine) -> Ground {
    let ground = Ground::new(engine);
    let store: Store = ground.open();
    for number in 0..MATTERS {
        let id = matter(name(number));
        for entry in [application(&id), bare(&id, 1), bare(&id, 2)] {
            store.append(append(entry)).unwrap();
        }
    }
    sequence_all(&store);
    assert!(store.verify().unwrap().holds());
    drop(store);
    ground
}

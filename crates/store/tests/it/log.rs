//! The log: proofs that verify, growth in any portions, checkpoints.

use kernel::ledger::Digest;
use kernel::merkle::{leaf_hash, verify_consistency, verify_inclusion};
use store::{Checkpoint, LogError};

use crate::sample::{AT, Place, append, bare, matter};

#[test]
fn every_leaf_and_every_earlier_tree_is_proved() {
    let place = Place::new();
    let mut roots = vec![place.store.root(0).unwrap()];
    for portion in 1..=6_u32 {
        for act in 0..portion {
            place.store.append(append(bare(&matter(format!("m{act}")), portion - act - 1))).unwrap();
        }
        // Portions of any size give the same tree.
        while place.store.sequence(portion).unwrap() > 0 {}
        for size in roots.len() as u64..=place.store.log_size().unwrap() {
            roots.push(place.store.root(size).unwrap());
        }
    }
    let size = place.store.log_size().unwrap();
    assert_eq!(size, 21);
    let root = roots[21];
    for act in place.store.acts_after(0, 100).unwrap() {
        let leaf = place.store.leaf_of(&act.matter, act.version).unwrap().unwrap();
        assert_eq!((leaf.index + 1, leaf.hash), (act.seq, act.hash));
        let path = place.store.inclusion(leaf.index, size).unwrap();
        assert!(verify_inclusion(&leaf_hash(&act.hash.0), leaf.index, size, &path, &root));
    }
    for (old, old_root) in roots.iter().enumerate().skip(1) {
        let old = old as u64;
        let path = place.store.consistency(old, size).unwrap();
        assert!(verify_consistency(old, size, &path, old_root, &root), "{old}");
    }
    assert!(place.store.verify().unwrap().holds());
}

#[test]
fn checkpoints_are_kept_and_found() {
    let place = Place::new();
    for version in 0..5 {
        place.store.append(append(bare(&matter("m1"), version))).unwrap();
        place.store.sequence(10).unwrap();
    }
    assert_eq!(place.store.latest_checkpoint().unwrap(), None);
    let made = |size| Checkpoint { size, root: place.store.root(size).unwrap(), at: AT, signature: vec![7] };
    place.store.put_checkpoint(made(2)).unwrap();
    place.store.put_checkpoint(made(5)).unwrap();
    place.store.put_checkpoint(Checkpoint { signature: vec![8], ..made(5) }).unwrap();
    assert_eq!(place.store.latest_checkpoint().unwrap(), Some(made(5)));
    assert_eq!(place.store.checkpoint(2).unwrap(), Some(made(2)));
    assert_eq!(place.store.checkpoint(3).unwrap(), None);
    assert_eq!(place.store.checkpoint_covering(2).unwrap(), Some(made(5)));
    assert_eq!(place.store.checkpoint_covering(5).unwrap(), None);
    let forged = Checkpoint { root: Digest::ZERO, ..made(3) };
    assert!(matches!(place.store.put_checkpoint(forged), Err(LogError::OtherRoot { size: 3 })));
    assert!(matches!(place.store.root(6), Err(LogError::TooLarge { asked: 6, size: 5 })));
    assert!(matches!(place.store.inclusion(5, 5), Err(LogError::NoSuchLeaf { .. })));
    assert!(matches!(place.store.consistency(0, 5), Err(LogError::NotEarlier { .. })));
}

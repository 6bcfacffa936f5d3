//! The Merkle log: one tree over all committed acts, as in RFC 6962 with SM3 for the hash.
//!
//! A leaf is hashed as `0x00 ‖ leaf`, an inner node as `0x01 ‖ left ‖ right`. The log itself is kept by the store:
//! it appends through [`Frontier`], persists the complete subtrees that [`Frontier::append`] returns as
//! `(level, index) → digest`, and answers proofs by lending those nodes back. Checking a proof needs nothing but
//! the proof. This module signs nothing; [`checkpoint_bytes`] are what a signer signs.
//!
//! INVARIANT: a proof verifies exactly when the leaf (or the older tree) is in the tree with that root.

use thiserror::Error;

use crate::ledger::{Digest, Tag, sm3, tagged};

/// The digest of a leaf's bytes.
#[must_use]
pub fn leaf_hash(leaf: &[u8]) -> Digest {
    tagged(Tag::Leaf, &[leaf])
}

/// The digest of an inner node.
#[must_use]
pub fn node_hash(left: &Digest, right: &Digest) -> Digest {
    tagged(Tag::Node, &[&left.0, &right.0])
}

/// The root over leaf hashes (see [`leaf_hash`]); of no leaves, the digest of nothing.
#[must_use]
pub fn root(leaves: &[Digest]) -> Digest {
    let mut frontier = Frontier::default();
    for leaf in leaves {
        frontier.append(*leaf);
    }
    frontier.root()
}

/// A complete subtree: its level (0 for a leaf), its place among the nodes of that level, and its digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Node {
    /// 0 for a leaf; a node of level `n` covers `2^n` leaves.
    pub level: u8,
    /// Counted from 0 within the level.
    pub index: u64,
    /// The digest.
    pub digest: Digest,
}

/// The right edge of the tree: enough to append and to state the root.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    /// The roots of the complete subtrees from left to right: one for each set bit of `size`.
    peaks: Vec<Digest>,
}

impl Frontier {
    /// Restores the edge of a tree of `size` leaves from its persisted nodes.
    ///
    /// # Errors
    /// Whatever `node` returns.
    pub fn restore<E>(size: u64, mut node: impl FnMut(u8, u64) -> Result<Digest, E>) -> Result<Self, E> {
        let mut peaks = Vec::new();
        let mut start = 0;
        for level in (0..64_u8).rev().filter(|level| size >> level & 1 == 1) {
            peaks.push(node(level, start >> level)?);
            start += 1 << level;
        }
        Ok(Self { size, peaks })
    }

    /// How many leaves the tree has.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Appends a leaf hash and returns the subtrees that it completes, the leaf first.
    pub fn append(&mut self, leaf: Digest) -> Vec<Node> {
        let mut node = Node { level: 0, index: self.size, digest: leaf };
        let mut complete = vec![node];
        while node.index & 1 == 1 {
            let Some(left) = self.peaks.pop() else { break };
            node = Node { level: node.level + 1, index: node.index >> 1, digest: node_hash(&left, &node.digest) };
            complete.push(node);
        }
        self.peaks.push(node.digest);
        self.size += 1;
        complete
    }

    /// The root of the tree as it stands.
    #[must_use]
    pub fn root(&self) -> Digest {
        let mut peaks = self.peaks.iter().rev();
        let Some(last) = peaks.next() else { return sm3(&[]) };
        peaks.fold(*last, |right, left| node_hash(left, &right))
    }
}

/// Why there is no proof.
#[derive(Debug, PartialEq, Eq, Error)]
pub enum ProofError<E> {
    /// The leaf lies outside the tree.
    #[error("leaf {index} is not in a tree of {size}")]
    NoSuchLeaf {
        /// The leaf, counted from 0.
        index: u64,
        /// The size of the tree.
        size: u64,
    },
    /// The older tree is empty or larger than the newer.
    #[error("a tree of {old} is no earlier state of a tree of {new}")]
    NotEarlier {
        /// Size of the older tree.
        old: u64,
        /// Size of the newer tree.
        new: u64,
    },
    /// A node could not be fetched.
    #[error("a node of the log could not be read")]
    Node(#[source] E),
}

/// The audit path of leaf `index` in the tree of the first `size` leaves, from the leaf upwards. `node` lends the
/// persisted complete subtrees.
///
/// # Errors
/// When the leaf is not in that tree, or a node cannot be fetched.
pub fn inclusion_path<E>(
    index: u64,
    size: u64,
    mut node: impl FnMut(u8, u64) -> Result<Digest, E>,
) -> Result<Vec<Digest>, ProofError<E>> {
    if index >= size {
        return Err(ProofError::NoSuchLeaf { index, size });
    }
    let mut path = Vec::new();
    let (mut start, mut end) = (0, size);
    while end - start > 1 {
        let middle = start + split(end - start);
        let (sibling_start, sibling_end) = if index < middle { (middle, end) } else { (start, middle) };
        path.push(subtree(sibling_start, sibling_end, &mut node).map_err(ProofError::Node)?);
        (start, end) = if index < middle { (start, middle) } else { (middle, end) };
    }
    path.reverse();
    Ok(path)
}

/// Whether `path` proves that the leaf with hash `leaf` is number `index` in the tree of `size` with this `root`.
#[must_use]
pub fn verify_inclusion(leaf: &Digest, index: u64, size: u64, path: &[Digest], root: &Digest) -> bool {
    if index >= size {
        return false;
    }
    let (mut at, mut last) = (index, size - 1);
    let mut digest = *leaf;
    for sibling in path {
        if last == 0 {
            return false;
        }
        if at & 1 == 1 || at == last {
            digest = node_hash(sibling, &digest);
            while at & 1 == 0 && at != 0 {
                (at, last) = (at >> 1, last >> 1);
            }
        } else {
            digest = node_hash(&digest, sibling);
        }
        (at, last) = (at >> 1, last >> 1);
    }
    last == 0 && digest == *root
}

/// The proof that the tree of the first `old` leaves is an earlier state of the tree of the first `new`.
///
/// # Errors
/// When `old` is zero or larger than `new`, or a node cannot be fetched.
pub fn consistency_path<E>(
    old: u64,
    new: u64,
    mut node: impl FnMut(u8, u64) -> Result<Digest, E>,
) -> Result<Vec<Digest>, ProofError<E>> {
    if old == 0 || old > new {
        return Err(ProofError::NotEarlier { old, new });
    }
    let mut path = Vec::new();
    let (mut start, mut end) = (0, new);
    // Whether the subtree at hand is the whole older tree, whose root the checker already has.
    let mut whole = true;
    while end != old {
        let middle = start + split(end - start);
        let (sibling_start, sibling_end) = if old <= middle { (middle, end) } else { (start, middle) };
        path.push(subtree(sibling_start, sibling_end, &mut node).map_err(ProofError::Node)?);
        if old <= middle {
            end = middle;
        } else {
            (start, whole) = (middle, false);
        }
    }
    if !whole {
        path.push(subtree(start, end, &mut node).map_err(ProofError::Node)?);
    }
    path.reverse();
    Ok(path)
}

/// Whether `path` proves that the tree of `new` leaves with `new_root` continues that of `old` with `old_root`.
#[must_use]
pub fn verify_consistency(old: u64, new: u64, path: &[Digest], old_root: &Digest, new_root: &Digest) -> bool {
    if old == 0 || old > new {
        return false;
    }
    if old == new {
        return path.is_empty() && old_root == new_root;
    }
    let mut rest = path.iter();
    let first = if old.is_power_of_two() { Some(old_root) } else { rest.next() };
    let Some(first) = first else { return false };
    let (mut at, mut last) = (old - 1, new - 1);
    while at & 1 == 1 {
        (at, last) = (at >> 1, last >> 1);
    }
    let (mut old_digest, mut new_digest) = (*first, *first);
    for sibling in rest {
        if last == 0 {
            return false;
        }
        if at & 1 == 1 || at == last {
            old_digest = node_hash(sibling, &old_digest);
            new_digest = node_hash(sibling, &new_digest);
            while at & 1 == 0 && at != 0 {
                (at, last) = (at >> 1, last >> 1);
            }
        } else {
            new_digest = node_hash(&new_digest, sibling);
        }
        (at, last) = (at >> 1, last >> 1);
    }
    last == 0 && old_digest == *old_root && new_digest == *new_root
}

/// What is signed: realm, size, root and time, one per line. The realm is written as a JSON string, so that no
/// realm can forge a line.
#[must_use]
pub fn checkpoint_bytes(realm: &str, size: u64, root: &Digest, at_millis: i64) -> Vec<u8> {
    let realm = serde_json::Value::from(realm);
    format!("xiezhi checkpoint 1\nrealm {realm}\nsize {size}\nroot {root}\nat {at_millis}\n").into_bytes()
}

/// The largest power of two below `n`, for `n` of at least 2.
const fn split(n: u64) -> u64 {
    1 << (63 - (n - 1).leading_zeros())
}

/// The root over leaves `start..end`, of which `start` is aligned as every subtree of the log is.
fn subtree<E>(start: u64, end: u64, node: &mut impl FnMut(u8, u64) -> Result<Digest, E>) -> Result<Digest, E> {
    let mut rest = start;
    let mut peaks = Vec::new();
    while rest < end {
        let level = (end - rest).ilog2();
        peaks.push(node(u8::try_from(level).unwrap_or(u8::MAX), rest >> level)?);
        rest += 1 << level;
    }
    let mut peaks = peaks.into_iter().rev();
    let last = peaks.next().unwrap_or_else(|| sm3(&[]));
    Ok(peaks.fold(last, |right, left| node_hash(&left, &right)))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::convert::Infallible;

    use proptest::prelude::*;

    use super::*;

    /// The definition of RFC 6962, section 2.1, word for word.
    fn naive_root(leaves: &[Digest]) -> Digest {
        match leaves {
            [] => sm3(&[]),
            [leaf] => *leaf,
            _ => {
                let mut k = 1;
                while k * 2 < leaves.len() {
                    k *= 2;
                }
                node_hash(&naive_root(&leaves[..k]), &naive_root(&leaves[k..]))
            }
        }
    }

    struct Log {
        leaves: Vec<Digest>,
        nodes: BTreeMap<(u8, u64), Digest>,
    }

    impl Log {
        fn of(size: u64) -> Self {
            let leaves: Vec<_> = (0..size).map(|n| leaf_hash(&n.to_be_bytes())).collect();
            let mut frontier = Frontier::default();
            let mut nodes = BTreeMap::new();
            for leaf in &leaves {
                for node in frontier.append(*leaf) {
                    nodes.insert((node.level, node.index), node.digest);
                }
            }
            Self { leaves, nodes }
        }

        fn node(&self, level: u8, index: u64) -> Result<Digest, Infallible> {
            Ok(self.nodes[&(level, index)])
        }

        fn root_at(&self, size: u64) -> Digest {
            naive_root(&self.leaves[..usize::try_from(size).expect("small")])
        }
    }

    #[test]
    fn every_root_agrees_with_the_definition() {
        let log = Log::of(70);
        let mut frontier = Frontier::default();
        for size in 0..=70 {
            assert_eq!(frontier.root(), log.root_at(size), "size {size}");
            let restored = Frontier::restore(size, |level, index| log.node(level, index)).expect("all nodes");
            assert_eq!(restored, frontier, "size {size}");
            if let Some(leaf) = log.leaves.get(usize::try_from(size).expect("small")) {
                frontier.append(*leaf);
            }
        }
        assert_eq!(root(&log.leaves), log.root_at(70));
    }

    #[test]
    fn every_leaf_of_every_small_tree_is_proved() {
        let log = Log::of(33);
        for size in 1..=33 {
            for index in 0..size {
                let path = inclusion_path(index, size, |l, i| log.node(l, i)).expect("in the tree");
                let leaf = log.leaves[usize::try_from(index).expect("small")];
                let root = log.root_at(size);
                assert!(verify_inclusion(&leaf, index, size, &path, &root), "{index} of {size}");
                assert!(!verify_inclusion(&leaf, index, size, &path, &sm3(b"other")));
                for other in (0..size).filter(|other| *other != index) {
                    assert!(!verify_inclusion(&leaf, other, size, &path, &root), "{index} as {other} of {size}");
                }
            }
        }
    }

    #[test]
    fn every_earlier_tree_is_proved() {
        let log = Log::of(33);
        for new in 1..=33 {
            for old in 1..=new {
                let path = consistency_path(old, new, |l, i| log.node(l, i)).expect("earlier");
                let (old_root, new_root) = (log.root_at(old), log.root_at(new));
                assert!(verify_consistency(old, new, &path, &old_root, &new_root), "{old} to {new}");
                assert!(!verify_consistency(old, new, &path, &sm3(b"other"), &new_root));
                assert!(!verify_consistency(old, new, &path, &old_root, &sm3(b"other")));
            }
        }
    }

    #[test]
    fn refuses_what_is_not_there() {
        let log = Log::of(3);
        let node = |level, index| log.node(level, index);
        assert_eq!(inclusion_path(3, 3, node), Err(ProofError::NoSuchLeaf { index: 3, size: 3 }));
        assert_eq!(consistency_path(0, 3, node), Err(ProofError::NotEarlier { old: 0, new: 3 }));
        assert_eq!(consistency_path(4, 3, node), Err(ProofError::NotEarlier { old: 4, new: 3 }));
        assert!(!verify_inclusion(&log.leaves[0], 0, 0, &[], &log.root_at(3)));
    }

    #[test]
    fn checkpoints_cannot_be_forged_by_a_realm() {
        let text = |realm| String::from_utf8(checkpoint_bytes(realm, 2, &sm3(b""), 5)).expect("text");
        assert_eq!(text("990100").lines().count(), 5);
        assert_eq!(text("990100\nsize 9").lines().count(), 5);
        assert!(text("990100").starts_with("xiezhi checkpoint 1\nrealm \"990100\"\nsize 2\nroot 1ab21d83"));
        assert!(text("990100").ends_with("\nat 5\n"));
    }

    proptest! {
        #[test]
        fn a_changed_bit_breaks_the_proof(size in 2..200_u64, at in any::<prop::sample::Index>(), step in any::<prop::sample::Index>(), bit in 0..256_usize) {
            let log = Log::of(size);
            let index = at.index(log.leaves.len());
            let number = u64::try_from(index).expect("small");
            let mut path = inclusion_path(number, size, |l, i| log.node(l, i)).expect("in the tree");
            let root = log.root_at(size);
            prop_assert!(verify_inclusion(&log.leaves[index], number, size, &path, &root));
            let place = step.index(path.len());
            path[place].0[bit / 8] ^= 1 << (bit % 8);
            prop_assert!(!verify_inclusion(&log.leaves[index], number, size, &path, &root));
        }
    }
}

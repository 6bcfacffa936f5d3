//! The bytes that are hashed: canonical JSON, the chain of a matter's acts, commitments to content.
//!
//! This module stores nothing and signs nothing. Every digest here is SM3 over a domain tag and the bytes, so that
//! an act can never be passed off as a tree node or a commitment; the tags are listed once, in [`Tag`].
//!
//! INVARIANT: the same value gives the same bytes on every machine: keys sorted by their UTF-8 bytes, no space
//! between tokens, integers only.

use serde::{Deserialize, Serialize};
use std::fmt::{self, Debug, Display, Formatter};
use std::str::FromStr;

use serde_json::{Map, Value};
use sm3::{Digest as _, Sm3};
use thiserror::Error;

/// An SM3 digest (GB/T 32905), shown as 64 lower-case hex digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Digest(pub [u8; 32]);

impl Digest {
    /// What the first act of a matter names as its predecessor.
    pub const ZERO: Self = Self([0; 32]);

    /// Reads 64 hex digits of either case.
    ///
    /// # Errors
    /// [`DigestError`] for any other length or character.
    pub fn parse(hex: &str) -> Result<Self, DigestError> {
        let length = hex.chars().count();
        if length != 64 {
            return Err(DigestError::Length { length });
        }
        let mut bytes = [0_u8; 32];
        for (index, found) in hex.chars().enumerate() {
            let nibble = found.to_digit(16).and_then(|digit| u8::try_from(digit).ok());
            let nibble = nibble.ok_or(DigestError::NotHex { position: index + 1, found })?;
            if let Some(byte) = bytes.get_mut(index / 2) {
                *byte = *byte << 4 | nibble;
            }
        }
        Ok(Self(bytes))
    }

    /// The 32 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl FromStr for Digest {
    type Err = DigestError;

    fn from_str(hex: &str) -> Result<Self, DigestError> {
        Self::parse(hex)
    }
}

impl Display for Digest {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl Debug for Digest {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({self})")
    }
}

/// Why a text is not a digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum DigestError {
    /// Not 64 characters.
    #[error("a digest has 64 hex digits, found {length}")]
    Length {
        /// Characters found.
        length: usize,
    },
    /// A character that is no hex digit.
    #[error("`{found}` at position {position} is not a hex digit")]
    NotHex {
        /// Counted from 1.
        position: usize,
        /// The character.
        found: char,
    },
}

/// The first byte of everything that is hashed, so that no two kinds of thing share a digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Tag {
    /// A leaf of the Merkle log (RFC 6962).
    Leaf = 0x00,
    /// An inner node of the Merkle log (RFC 6962).
    Node = 0x01,
    /// The canonical bytes of an act.
    Act = 0x02,
    /// A salted commitment to content kept beside the act.
    Commitment = 0x03,
}

/// SM3 over bytes as they are, without a tag.
#[must_use]
pub fn sm3(bytes: &[u8]) -> Digest {
    Digest(Sm3::digest(bytes).into())
}

/// SM3 over a tag and the parts, one after the other.
#[must_use]
pub fn tagged(tag: Tag, parts: &[&[u8]]) -> Digest {
    let mut hasher = Sm3::new();
    hasher.update([tag as u8]);
    for part in parts {
        hasher.update(part);
    }
    Digest(hasher.finalize().into())
}

/// Why a value has no canonical bytes.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum CanonicalError {
    /// A number that is not a 64-bit integer.
    #[error("the number `{number}` at `{path}` is not a 64-bit integer")]
    NotAnInteger {
        /// Where, as a JSON pointer.
        path: String,
        /// As written.
        number: String,
    },
    /// The body of an act brings its own `prev`.
    #[error("the body of an act must not have a key `prev`")]
    PrevPresent,
}

/// The canonical bytes of a value: keys sorted by bytes, no space, 64-bit integers only.
///
/// # Errors
/// [`CanonicalError::NotAnInteger`] for a fraction or a number too large, with the place.
pub fn canonical(value: &Value) -> Result<Vec<u8>, CanonicalError> {
    let mut out = Vec::new();
    write_value(value, &mut String::new(), &mut out)?;
    Ok(out)
}

/// Links an act to its predecessor: the canonical bytes of `body` with the key `prev` set to the predecessor's
/// digest, and the digest of those bytes.
///
/// # Errors
/// When `body` already has a key `prev`, or holds a number that is not an integer.
pub fn chain(mut body: Map<String, Value>, prev: Digest) -> Result<(Vec<u8>, Digest), CanonicalError> {
    if body.contains_key("prev") {
        return Err(CanonicalError::PrevPresent);
    }
    body.insert("prev".to_owned(), Value::String(prev.to_string()));
    let bytes = canonical(&Value::Object(body))?;
    let digest = act_digest(&bytes);
    Ok((bytes, digest))
}

/// The digest of an act's canonical bytes, as [`chain`] gives it; for checking stored bytes.
#[must_use]
pub fn act_digest(bytes: &[u8]) -> Digest {
    tagged(Tag::Act, &[bytes])
}

/// Commits to content without showing it. Whoever holds the salt and the content can prove what was committed;
/// once both are destroyed the commitment tells nothing.
#[must_use]
pub fn commitment(salt: &[u8; 32], content: &[u8]) -> Digest {
    tagged(Tag::Commitment, &[salt, content])
}

fn write_value(value: &Value, path: &mut String, out: &mut Vec<u8>) -> Result<(), CanonicalError> {
    match value {
        Value::Null | Value::Bool(_) => out.extend(value.to_string().bytes()),
        // The serialiser's escapes are the shortest allowed: only quote, backslash and control characters.
        Value::String(_) => out.extend(value.to_string().bytes()),
        Value::Number(number) => {
            if number.as_i64().is_none() && number.as_u64().is_none() {
                return Err(CanonicalError::NotAnInteger { path: path.clone(), number: number.to_string() });
            }
            out.extend(number.to_string().bytes());
        }
        Value::Array(items) => {
            out.push(b'[');
            for (index, item) in items.iter().enumerate() {
                separate(index, out);
                within(path, &index.to_string(), |path| write_value(item, path, out))?;
            }
            out.push(b']');
        }
        Value::Object(map) => {
            // Sorted here, and not by trust in the map: another crate's features may change its order.
            let mut entries: Vec<_> = map.iter().collect();
            entries.sort_by_key(|(key, _)| key.as_bytes());
            out.push(b'{');
            for (index, (key, item)) in entries.into_iter().enumerate() {
                separate(index, out);
                out.extend(Value::String(key.clone()).to_string().bytes());
                out.push(b':');
                within(path, key, |path| write_value(item, path, out))?;
            }
            out.push(b'}');
        }
    }
    Ok(())
}

fn separate(index: usize, out: &mut Vec<u8>) {
    if index > 0 {
        out.push(b',');
    }
}

fn within<T>(path: &mut String, step: &str, run: impl FnOnce(&mut String) -> T) -> T {
    let length = path.len();
    path.push('/');
    path.push_str(step);
    let result = run(path);
    path.truncate(length);
    result
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn sm3_of_the_standard() {
        let check = |input: &[u8], expected: &str| assert_eq!(sm3(input).to_string(), expected);
        check(b"abc", "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0");
        check(&b"abcd".repeat(16), "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732");
    }

    #[test]
    fn digests_read_back() {
        let digest = sm3(b"abc");
        assert_eq!(Digest::parse(&digest.to_string()), Ok(digest));
        assert_eq!(Digest::parse(&digest.to_string().to_uppercase()), Ok(digest));
        assert_eq!(Digest::parse("66"), Err(DigestError::Length { length: 2 }));
        let broken = digest.to_string().replacen('c', "g", 1);
        assert_eq!(Digest::parse(&broken), Err(DigestError::NotHex { position: 3, found: 'g' }));
    }

    #[test]
    fn canonical_bytes() {
        let check = |value: Value, expected: &str| {
            assert_eq!(canonical(&value).map(|bytes| String::from_utf8(bytes).expect("text")), Ok(expected.to_owned()));
        };
        check(
            json!({"b": 1, "a": [true, null, -2], "乙": "甲\"\\\n"}),
            r#"{"a":[true,null,-2],"b":1,"乙":"甲\"\\\n"}"#,
        );
        check(json!({"Z": {}, "a": {"y": "", "x": []}}), r#"{"Z":{},"a":{"x":[],"y":""}}"#);
        check(json!(u64::MAX), "18446744073709551615");
    }

    #[test]
    fn fractions_are_named() {
        let found = canonical(&json!({"fee": [{"rate": 1.2}]}));
        let expected = CanonicalError::NotAnInteger { path: "/fee/0/rate".into(), number: "1.2".into() };
        assert_eq!(found, Err(expected));
    }

    #[test]
    fn a_chain_binds_each_act_to_the_last() {
        let body = |text: &str| -> Map<String, Value> { [("text".to_owned(), json!(text))].into_iter().collect() };
        let (bytes, first) = chain(body("一"), Digest::ZERO).expect("a body");
        assert_eq!(act_digest(&bytes), first);
        assert_ne!(sm3(&bytes), first, "the tag keeps acts apart from plain bytes");
        let (after_first, _) = chain(body("二"), first).expect("a body");
        assert!(String::from_utf8_lossy(&after_first).contains(&first.to_string()));
        let (_, other) = chain(body("二"), Digest::ZERO).expect("a body");
        assert_ne!(act_digest(&after_first), other);
        let taken = [("prev".to_owned(), json!(""))].into_iter().collect();
        assert_eq!(chain(taken, first), Err(CanonicalError::PrevPresent));
    }

    #[test]
    fn commitments_need_salt_and_content() {
        let salt = [7; 32];
        assert_eq!(commitment(&salt, b"x"), commitment(&salt, b"x"));
        assert_ne!(commitment(&salt, b"x"), commitment(&[8; 32], b"x"));
        assert_ne!(commitment(&salt, b"x"), commitment(&salt, b"y"));
    }

    fn any_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            ".*".prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 24, 5, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
                prop::collection::btree_map(".*", inner, 0..5).prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn canonical_bytes_read_back_as_the_same_value(value in any_value()) {
            let bytes = canonical(&value).expect("integers only");
            let read: Value = serde_json::from_slice(&bytes).expect("valid JSON");
            prop_assert_eq!(&read, &value);
            prop_assert_eq!(canonical(&read).expect("integers only"), bytes);
        }

        #[test]
        fn a_changed_byte_changes_the_digest(mut bytes in prop::collection::vec(any::<u8>(), 1..200), at in any::<prop::sample::Index>(), bit in 0..8_u8) {
            let before = act_digest(&bytes);
            let index = at.index(bytes.len());
            bytes[index] ^= 1 << bit;
            prop_assert_ne!(act_digest(&bytes), before);
        }
    }
}

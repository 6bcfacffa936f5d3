//! One-time codes by time (RFC 6238), as every code generator on a phone makes them: SHA-1, six digits, half a minute.
//!
//! It knows no account; whether a step was used before is asked elsewhere.
//!
//! INVARIANT: a code is compared in the same time, whichever of its digits is wrong.

use ring::hmac::{HMAC_SHA1_FOR_LEGACY_USE_ONLY, Key, sign};

/// Bytes of a secret: as many as the digest has (RFC 4226, 4).
pub(super) const SECRET_BYTES: usize = 20;
/// How long one code stands, in milliseconds.
pub const STEP_MS: i64 = 30_000;
/// Digits of a code.
pub const DIGITS: usize = 6;
/// How many steps before and after the present one are taken too: clocks differ, and typing takes time (RFC 6238, 5.2).
pub const STEPS_BESIDE: i64 = 1;
/// Letters and digits that are not mistaken for one another (RFC 4648, 6).
const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// The code of a secret at a time step (RFC 4226, 5.3).
pub(super) fn code(secret: &[u8], step: i64) -> String {
    let tag = sign(&Key::new(HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret), &step.to_be_bytes());
    let from = tag.as_ref().last().map_or(0, |byte| usize::from(byte & 0x0f));
    let part = tag.as_ref().get(from..).and_then(|rest| rest.first_chunk::<4>()).copied().unwrap_or_default();
    let number = (u32::from_be_bytes(part) & 0x7fff_ffff) % 1_000_000;
    format!("{number:06}")
}

/// The step whose code was typed, of those that count now.
pub(super) fn step_of(secret: &[u8], typed: &str, at_ms: i64) -> Option<i64> {
    let now = at_ms.div_euclid(STEP_MS);
    let beside = now.saturating_sub(STEPS_BESIDE)..=now.saturating_add(STEPS_BESIDE);
    beside.rev().find(|step| same(&code(secret, *step), typed))
}

fn same(one: &str, other: &str) -> bool {
    one.len() == other.len() && one.bytes().zip(other.bytes()).fold(0, |differs, (a, b)| differs | (a ^ b)) == 0
}

/// Bytes in letters, without padding: what a person types into a generator that reads no picture.
pub(super) fn letters(bytes: &[u8]) -> String {
    let (mut held, mut bits, mut written) = (0_u32, 0_u32, String::new());
    for byte in bytes {
        held = (held << 8 | u32::from(*byte)) & 0xffff;
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            written.push(letter(held >> bits));
        }
    }
    if bits > 0 {
        written.push(letter(held << (5 - bits)));
    }
    written
}

fn letter(bits: u32) -> char {
    let at = usize::try_from(bits & 31).unwrap_or_default();
    char::from(ALPHABET.get(at).copied().unwrap_or(b'A'))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238, appendix B, for SHA-1; a code of six digits is the end of one of eight.
    #[test]
    fn codes_are_those_of_the_standard() {
        let secret = b"12345678901234567890";
        for (seconds, eight) in [
            (59, "94287082"),
            (1_111_111_109, "07081804"),
            (1_111_111_111, "14050471"),
            (1_234_567_890, "89005924"),
            (2_000_000_000, "69279037"),
            (20_000_000_000, "65353130"),
        ] {
            let at = seconds * 1000;
            assert_eq!(code(secret, at / STEP_MS), eight[2..], "{seconds}");
            for (late, counts) in [(-2, false), (-1, true), (0, true), (1, true), (2, false)] {
                let then = at + late * STEP_MS;
                assert_eq!(step_of(secret, &eight[2..], then).is_some(), counts, "{seconds} {late}");
            }
        }
    }

    /// RFC 4648, section 10, without padding.
    #[test]
    fn letters_are_those_of_the_standard() {
        for (bytes, expected) in
            [("", ""), ("f", "MY"), ("fo", "MZXQ"), ("foo", "MZXW6"), ("foob", "MZXW6YQ"), ("foobar", "MZXW6YTBOI")]
        {
            assert_eq!(letters(bytes.as_bytes()), expected);
        }
    }
}

//! Keys: one master key that wraps a key per person, one secret that makes persons unlinkable, one
//! signing key for checkpoints.
//!
//! Content is encrypted by SM4 in Galois/counter mode (RFC 8998); checkpoints are signed by SM2
//! (GB/T 32918) with the realm's distinguishing identifier. The keys live outside the database.
//!
//! INVARIANT: no key is ever written to the store unwrapped, to a log or into an error.

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{AesGcm, Nonce};
use hmac::{Hmac, Mac};
use kernel::ledger::Digest;
use serde_json::{Value, json};
use sm2::dsa::signature::{Signer, Verifier};
use sm2::dsa::{Signature, SigningKey, VerifyingKey};
use sm4::Sm4;
use std::fmt;
use std::sync::Arc;

/// A source of random bytes, handed in by the binary.
pub type Entropy = Arc<dyn Fn(&mut [u8]) + Send + Sync>;

type Sm4Gcm = AesGcm<Sm4, aes_gcm::aead::consts::U12>;

/// The identifier under which this software signs; part of every signature.
const SIGNER: &str = "xiezhi-checkpoint";

/// The keys of one realm.
pub struct Keys {
    master: [u8; 16],
    linking: [u8; 32],
    signing: SigningKey,
    signing_secret: [u8; 32],
}

/// The key of one person.
#[derive(Clone)]
pub struct PersonKey([u8; 16]);

/// Why keys cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The key file is not of its form.
    #[error("the key file lacks a valid `{0}`")]
    Malformed(&'static str),
    /// A key that somebody typed or repeated.
    #[error("the key `{0}` is not random")]
    Weak(&'static str),
    /// What was sealed does not open: another key, or changed bytes.
    #[error("sealed content does not open with this key")]
    DoesNotOpen,
    /// The cipher refused the content.
    #[error("content cannot be sealed")]
    CannotSeal,
}

impl Keys {
    /// Makes fresh keys.
    ///
    /// # Errors
    /// [`KeyError::Weak`] when the source of chance is not one.
    pub fn generate(entropy: &Entropy) -> Result<Keys, KeyError> {
        let mut master = [0; 16];
        let mut linking = [0; 32];
        entropy(&mut master);
        entropy(&mut linking);
        // A scalar is out of range once in 2^32 draws; draw again then.
        for _ in 0..8 {
            let mut secret = [0; 32];
            entropy(&mut secret);
            if let Ok(keys) = Keys::assemble(master, linking, secret) {
                return Ok(keys);
            }
        }
        Err(KeyError::Weak("signing"))
    }

    /// Reads the key file.
    ///
    /// # Errors
    /// [`KeyError`] names the key that is missing, malformed or weak.
    pub fn from_json(text: &str) -> Result<Keys, KeyError> {
        let json: Value = serde_json::from_str(text).map_err(|_| KeyError::Malformed("file"))?;
        Keys::assemble(bytes_of(&json, "master")?, bytes_of(&json, "linking")?, bytes_of(&json, "signing")?)
    }

    /// The key file. Whoever holds it can read everything: it belongs in a file only the service
    /// account can read.
    pub fn to_json(&self) -> String {
        json!({ "master": hex::encode(self.master), "linking": hex::encode(self.linking),
                "signing": hex::encode(self.signing_secret) })
        .to_string()
    }

    fn assemble(master: [u8; 16], linking: [u8; 32], secret: [u8; 32]) -> Result<Keys, KeyError> {
        let parts: [(&'static str, &[u8]); 3] = [("master", &master), ("linking", &linking), ("signing", &secret)];
        for (name, bytes) in parts {
            if is_guessable(bytes) {
                return Err(KeyError::Weak(name));
            }
        }
        let signing = SigningKey::from_slice(SIGNER, &secret).map_err(|_| KeyError::Malformed("signing"))?;
        Ok(Keys { master, linking, signing, signing_secret: secret })
    }

    /// The identity under which a person's content is sealed: the same person, the same identity in
    /// this realm, and nobody without the key can go back.
    pub fn person_of(&self, identity_number: &str) -> String {
        self.keyed("person", identity_number).to_string().chars().take(32).collect()
    }

    /// The identity under which content about a party is sealed whose number is not known: one in this matter alone.
    pub fn person_of_matter(&self, matter: &str, party: &str) -> String {
        self.keyed("party", &format!("{matter}/{party}")).to_string().chars().take(32).collect()
    }

    /// A keyed digest of a short secret (phone code, session token), so that the table is useless
    /// without the key.
    pub fn digest_of(&self, secret: &str) -> Digest {
        self.keyed("secret", secret)
    }

    /// HMAC-SM3 under the linking secret, one domain for each use.
    fn keyed(&self, domain: &str, text: &str) -> Digest {
        let mut mac = <Hmac<sm3::Sm3> as hmac::KeyInit>::new(&padded(&self.linking).into());
        mac.update(domain.as_bytes());
        mac.update(&[0]);
        mac.update(text.as_bytes());
        Digest(mac.finalize().into_bytes().into())
    }

    /// Makes and wraps a key for a person.
    ///
    /// # Errors
    /// [`KeyError::CannotSeal`] when the cipher refuses.
    pub fn new_person_key(&self, person: &str, random: [u8; 28]) -> Result<(PersonKey, Vec<u8>), KeyError> {
        let (key, nonce) = random.split_at(16);
        let key: [u8; 16] = key.try_into().map_err(|_| KeyError::CannotSeal)?;
        let nonce: [u8; 12] = nonce.try_into().map_err(|_| KeyError::CannotSeal)?;
        let wrapped = seal(&self.master, nonce, &key, person.as_bytes())?;
        Ok((PersonKey(key), wrapped))
    }

    /// Unwraps the key of a person.
    ///
    /// # Errors
    /// [`KeyError::DoesNotOpen`] when it was wrapped under another master key or for another person.
    pub fn unwrap_person_key(&self, person: &str, wrapped: &[u8]) -> Result<PersonKey, KeyError> {
        let key = open(&self.master, wrapped, person.as_bytes())?;
        key.try_into().map(PersonKey).map_err(|_| KeyError::DoesNotOpen)
    }

    /// The realm's own key, for content that belongs to no person (drafts, outbox); derived, so that
    /// the master key itself seals nothing but other keys.
    pub fn realm_key(&self) -> PersonKey {
        let mut key = [0; 16];
        for (to, from) in key.iter_mut().zip(self.keyed("realm", &hex::encode(self.master)).0) {
            *to = from;
        }
        PersonKey(key)
    }

    /// Signs a checkpoint.
    pub fn sign(&self, message: &[u8]) -> Vec<u8> {
        let signature: Signature = self.signing.sign(message);
        signature.to_bytes().to_vec()
    }

    /// The public key, uncompressed, in hex: what a verifier must know.
    pub fn public_key(&self) -> String {
        hex::encode(self.signing.verifying_key().to_sec1_bytes())
    }
}

/// Whether a signature over a message is by that public key.
pub fn verify_signature(public_key: &str, message: &[u8], signature: &[u8]) -> bool {
    let check = || {
        let key = VerifyingKey::from_sec1_bytes(SIGNER, &hex::decode(public_key).ok()?).ok()?;
        let signature = Signature::from_slice(signature).ok()?;
        key.verify(message, &signature).ok()
    };
    check().is_some()
}

impl PersonKey {
    /// A key of its own for one file.
    pub fn of(secret: [u8; 16]) -> PersonKey {
        PersonKey(secret)
    }

    /// Seals content. The label binds it to its place: content moved elsewhere does not open.
    ///
    /// # Errors
    /// [`KeyError::CannotSeal`] when the cipher refuses.
    pub fn seal(&self, nonce: [u8; 12], content: &[u8], label: &[u8]) -> Result<Vec<u8>, KeyError> {
        seal(&self.0, nonce, content, label)
    }

    /// Opens content.
    ///
    /// # Errors
    /// [`KeyError::DoesNotOpen`] for another key, another label or changed bytes.
    pub fn open(&self, sealed: &[u8], label: &[u8]) -> Result<Vec<u8>, KeyError> {
        open(&self.0, sealed, label)
    }
}

/// A key padded with zeros to the block of SM3, as HMAC itself does with a short key.
fn padded(key: &[u8; 32]) -> [u8; 64] {
    let mut block = [0; 64];
    for (to, from) in block.iter_mut().zip(key) {
        *to = *from;
    }
    block
}

fn seal(key: &[u8; 16], nonce: [u8; 12], content: &[u8], label: &[u8]) -> Result<Vec<u8>, KeyError> {
    let cipher = Sm4Gcm::new(key.into());
    let payload = Payload { msg: content, aad: label };
    let sealed = cipher.encrypt(&Nonce::from(nonce), payload).map_err(|_| KeyError::CannotSeal)?;
    Ok([nonce.as_slice(), &sealed].concat())
}

fn open(key: &[u8; 16], sealed: &[u8], label: &[u8]) -> Result<Vec<u8>, KeyError> {
    let (nonce, body) = sealed.split_at_checked(12).ok_or(KeyError::DoesNotOpen)?;
    let nonce: [u8; 12] = nonce.try_into().map_err(|_| KeyError::DoesNotOpen)?;
    let payload = Payload { msg: body, aad: label };
    Sm4Gcm::new(key.into()).decrypt(&Nonce::from(nonce), payload).map_err(|_| KeyError::DoesNotOpen)
}

fn bytes_of<const N: usize>(json: &Value, name: &'static str) -> Result<[u8; N], KeyError> {
    let text = json.get(name).and_then(Value::as_str).ok_or(KeyError::Malformed(name))?;
    let bytes = hex::decode(text).map_err(|_| KeyError::Malformed(name))?;
    bytes.try_into().map_err(|_| KeyError::Malformed(name))
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keys(..)")
    }
}

impl fmt::Debug for PersonKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PersonKey(..)")
    }
}

/// Whether bytes were hardly drawn by chance: few different ones, or all of them letters of a keyboard. Chance
/// itself makes such a key of 16 bytes once in millions.
fn is_guessable(bytes: &[u8]) -> bool {
    let different = bytes.iter().collect::<std::collections::BTreeSet<_>>().len();
    different < bytes.len() / 2 || bytes.iter().all(|byte| (0x20..0x7f).contains(byte))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU8, Ordering};

    fn keys() -> Keys {
        let next = AtomicU8::new(7);
        let entropy: Entropy = Arc::new(move |bytes| {
            for byte in bytes {
                *byte = next.fetch_add(31, Ordering::Relaxed);
            }
        });
        Keys::generate(&entropy).unwrap()
    }

    #[test]
    fn sealed_content_opens_only_in_its_place_and_unchanged() {
        let keys = keys();
        let (key, wrapped) = keys.new_person_key("p1", [9; 28]).unwrap();
        let mut sealed = key.seal([3; 12], "王某".as_bytes(), b"m1/1").unwrap();
        assert_eq!(key.open(&sealed, b"m1/1").unwrap(), "王某".as_bytes());
        assert_eq!(key.open(&sealed, b"m1/2"), Err(KeyError::DoesNotOpen));
        assert!(keys.unwrap_person_key("p2", &wrapped).is_err());
        assert_eq!(keys.unwrap_person_key("p1", &wrapped).unwrap().open(&sealed, b"m1/1").unwrap(), "王某".as_bytes());
        let last = sealed.len() - 1;
        sealed[last] ^= 1;
        assert_eq!(key.open(&sealed, b"m1/1"), Err(KeyError::DoesNotOpen));
    }

    #[test]
    fn signatures_hold_for_their_message_only_and_keys_survive_the_file() {
        let keys = Keys::from_json(&keys().to_json()).unwrap();
        let signature = keys.sign(b"checkpoint");
        assert!(verify_signature(&keys.public_key(), b"checkpoint", &signature));
        assert!(!verify_signature(&keys.public_key(), b"checkpoinT", &signature));
        assert!(!verify_signature("00", b"checkpoint", &signature));
    }

    #[test]
    fn weak_and_malformed_key_files_are_refused() {
        let zeros = format!(
            r#"{{"master":"{}","linking":"{}","signing":"{}"}}"#,
            "00".repeat(16),
            "00".repeat(32),
            "00".repeat(32)
        );
        assert!(matches!(Keys::from_json(&zeros), Err(KeyError::Weak("master"))));
        for guessed in [&b"0123456789abcdef"[..], b"correct horse ba", &[7; 16]] {
            assert!(is_guessable(guessed), "{guessed:?}");
        }
        assert!(matches!(Keys::from_json("{}"), Err(KeyError::Malformed("master"))));
        assert_eq!(format!("{:?}", keys()), "Keys(..)");
    }
}

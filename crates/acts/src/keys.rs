//! Keys: one master key that wraps a key per person, one secret that makes persons unlinkable, one
//! signing key for checkpoints.
//!
//! There may be several masters for a while: the newest wraps, every one unwraps, until all is wrapped anew
//! ([`crate::rotation`]). Where they lie is behind a port ([`vault`]).
//!
//! Content is encrypted by SM4 in Galois/counter mode (RFC 8998); checkpoints are signed by SM2
//! (GB/T 32918) with the realm's distinguishing identifier. The keys live outside the database.
//!
//! INVARIANT: no key is ever written to the store unwrapped, to a log or into an error.

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{AesGcm, Nonce};
use hmac::{Hmac, Mac};
use kernel::ledger::Digest;
use serde_json::Value;
use sm2::dsa::signature::Verifier;
use sm2::dsa::{Signature, VerifyingKey};
use sm4::Sm4;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

pub mod vault;

pub use vault::{FileVault, KeyFile, Unwrapped, Vault};

/// A source of random bytes, handed in by the binary.
pub type Entropy = Arc<dyn Fn(&mut [u8]) + Send + Sync>;

type Sm4Gcm = AesGcm<Sm4, aes_gcm::aead::consts::U12>;

/// The identifier under which this software signs; part of every signature.
const SIGNER: &str = "xiezhi-checkpoint";

/// The keys of one realm.
pub struct Keys {
    linking: [u8; 32],
    held: RwLock<Arc<Held>>,
}

/// The keys of the realm itself, one for each master, the newest first.
#[derive(Debug, Clone)]
pub struct RealmKey(Vec<PersonKey>);

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
    /// The key file of another realm.
    #[error("the key file belongs to another realm")]
    OtherRealm,
    /// The holder of the keys did not answer as it should.
    #[error("the holder of the keys does not answer: {0}")]
    Vault(String),
}

/// What wraps and signs now. It is replaced when the key file changes.
struct Held {
    vault: Arc<dyn Vault>,
    realm: RealmKey,
    masters: Vec<String>,
    public_key: String,
}

impl Held {
    fn of(vault: Arc<dyn Vault>) -> Result<Held, KeyError> {
        let realm = RealmKey(vault.realm_keys()?);
        let (masters, public_key) = (vault.masters()?, vault.public_key()?);
        if realm.0.is_empty() {
            return Err(KeyError::Malformed("realm"));
        }
        Ok(Held { vault, realm, masters, public_key })
    }
}

impl Keys {
    /// Makes fresh keys, in a file's form.
    ///
    /// # Errors
    /// [`KeyError::Weak`] when the source of chance is not one.
    pub fn fresh(entropy: &Entropy) -> Result<KeyFile, KeyError> {
        let mut master = [0; 16];
        let mut linking = [0; 32];
        entropy(&mut master);
        entropy(&mut linking);
        // A scalar is out of range once in 2^32 draws; draw again then.
        for _ in 0..8 {
            let mut secret = [0; 32];
            entropy(&mut secret);
            if let Ok(file) = KeyFile::of(master, linking, secret) {
                return Ok(file);
            }
        }
        Err(KeyError::Weak("signing"))
    }

    /// Fresh keys, kept nowhere.
    ///
    /// # Errors
    /// As [`Keys::fresh`].
    pub fn generate(entropy: &Entropy) -> Result<Keys, KeyError> {
        Keys::of_file(Keys::fresh(entropy)?)
    }

    /// The keys of a file.
    ///
    /// # Errors
    /// [`KeyError`] names the key that cannot be used.
    pub fn of_file(file: KeyFile) -> Result<Keys, KeyError> {
        let linking = file.linking();
        Keys::of_vault(linking, Arc::new(FileVault::new(file)?))
    }

    /// Keys that lie elsewhere, but for the linking secret.
    ///
    /// # Errors
    /// What the vault says.
    pub fn of_vault(linking: [u8; 32], vault: Arc<dyn Vault>) -> Result<Keys, KeyError> {
        Ok(Keys { linking, held: RwLock::new(Arc::new(Held::of(vault)?)) })
    }

    /// Takes the keys of a file that has changed. Persons and the public key stay who they were.
    ///
    /// # Errors
    /// [`KeyError::OtherRealm`] for the file of another realm; the keys are then as they were.
    pub fn take(&self, file: KeyFile) -> Result<(), KeyError> {
        let same = file.linking() == self.linking;
        let held = Held::of(Arc::new(FileVault::new(file)?))?;
        if !same || held.public_key != self.held().public_key {
            return Err(KeyError::OtherRealm);
        }
        *self.held.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(held);
        Ok(())
    }

    fn held(&self) -> Arc<Held> {
        Arc::clone(&self.held.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// What the masters are called, the one that wraps first.
    pub fn masters(&self) -> Vec<String> {
        self.held().masters.clone()
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
        let wrapped = self.held().vault.wrap(nonce, &key, person.as_bytes())?;
        Ok((PersonKey(key), wrapped))
    }

    /// Unwraps the key of a person.
    ///
    /// # Errors
    /// [`KeyError::DoesNotOpen`] when it was wrapped under another master key or for another person.
    pub fn unwrap_person_key(&self, person: &str, wrapped: &[u8]) -> Result<PersonKey, KeyError> {
        let key = self.held().vault.unwrap(wrapped, person.as_bytes())?.key;
        key.try_into().map(PersonKey).map_err(|_| KeyError::DoesNotOpen)
    }

    /// The key of a person wrapped anew; none where the newest master wrapped it already.
    ///
    /// # Errors
    /// As [`Keys::unwrap_person_key`].
    pub fn rewrap_person_key(
        &self,
        person: &str,
        wrapped: &[u8],
        nonce: [u8; 12],
    ) -> Result<Option<Vec<u8>>, KeyError> {
        let held = self.held();
        let Unwrapped { key, newest } = held.vault.unwrap(wrapped, person.as_bytes())?;
        if newest {
            return Ok(None);
        }
        held.vault.wrap(nonce, &key, person.as_bytes()).map(Some)
    }

    /// The realm's own key, for content that belongs to no person (drafts, outbox); derived, so that
    /// the master key itself seals nothing but other keys.
    pub fn realm_key(&self) -> RealmKey {
        self.held().realm.clone()
    }

    /// The key for what stands in acts and belongs to no person. No master makes it, since what an act holds can never be
    /// sealed anew.
    pub fn lasting_key(&self) -> PersonKey {
        let mut key = [0; 16];
        for (to, from) in key.iter_mut().zip(self.keyed("lasting", "").0) {
            *to = from;
        }
        PersonKey(key)
    }

    /// Signs a checkpoint.
    ///
    /// # Errors
    /// [`KeyError::Vault`] when the holder of the key does not answer.
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        self.held().vault.sign(message)
    }

    /// The public key, uncompressed, in hex: what a verifier must know.
    pub fn public_key(&self) -> String {
        self.held().public_key.clone()
    }
}

impl RealmKey {
    /// Seals content under the newest.
    ///
    /// # Errors
    /// [`KeyError::CannotSeal`] when the cipher refuses.
    pub fn seal(&self, nonce: [u8; 12], content: &[u8], label: &[u8]) -> Result<Vec<u8>, KeyError> {
        self.0.first().ok_or(KeyError::CannotSeal)?.seal(nonce, content, label)
    }

    /// Opens content, whichever of them sealed it.
    ///
    /// # Errors
    /// [`KeyError::DoesNotOpen`] when none did.
    pub fn open(&self, sealed: &[u8], label: &[u8]) -> Result<Vec<u8>, KeyError> {
        self.0.iter().find_map(|key| key.open(sealed, label).ok()).ok_or(KeyError::DoesNotOpen)
    }

    /// Content sealed anew; none where the newest sealed it already.
    ///
    /// # Errors
    /// As [`RealmKey::open`].
    pub fn reseal(&self, sealed: &[u8], label: &[u8], nonce: [u8; 12]) -> Result<Option<Vec<u8>>, KeyError> {
        if self.0.first().is_some_and(|newest| newest.open(sealed, label).is_ok()) {
            return Ok(None);
        }
        self.seal(nonce, &self.open(sealed, label)?, label).map(Some)
    }
}

/// The linking secret in a key file, whatever else is in it.
///
/// # Errors
/// [`KeyError`] when it is missing or weak.
pub fn linking_of(text: &str) -> Result<[u8; 32], KeyError> {
    let json: Value = serde_json::from_str(text).map_err(|_| KeyError::Malformed("file"))?;
    let linking: [u8; 32] = bytes_of(&json, "linking")?;
    if is_guessable(&linking) {
        return Err(KeyError::Weak("linking"));
    }
    Ok(linking)
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

    /// The key itself, for whoever holds keys for another program.
    pub fn secret(&self) -> &[u8; 16] {
        &self.0
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
pub(crate) fn is_guessable(bytes: &[u8]) -> bool {
    let different = bytes.iter().collect::<std::collections::BTreeSet<_>>().len();
    different < bytes.len() / 2 || bytes.iter().all(|byte| (0x20..0x7f).contains(byte))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU8, Ordering};

    fn entropy() -> Entropy {
        let next = AtomicU8::new(7);
        Arc::new(move |bytes| {
            for byte in bytes {
                *byte = next.fetch_add(31, Ordering::Relaxed);
            }
        })
    }

    fn keys() -> Keys {
        Keys::generate(&entropy()).unwrap()
    }

    #[test]
    fn two_programs_change_the_master_without_ever_missing_a_key() {
        let old = Keys::fresh(&entropy()).unwrap();
        let (one, two) = (Keys::of_file(old.clone()).unwrap(), Keys::of_file(old.clone()).unwrap());
        let (_, before) = one.new_person_key("p1", [9; 28]).unwrap();
        let draft = one.realm_key().seal([1; 12], b"draft", b"d1").unwrap();
        let next: [u8; 16] = std::array::from_fn(|at| u8::try_from(at * 5 + 1).unwrap());
        let announced = old.clone().announce(next).unwrap();
        let promoted = KeyFile::read(&announced.clone().promote().to_text()).unwrap();
        one.take(announced).unwrap();
        one.take(promoted.clone()).unwrap();
        // The slower program has only heard of the new master, and still opens what the quicker one wrapped under it.
        two.take(old.clone().announce(next).unwrap()).unwrap();
        let (_, after) = one.new_person_key("p2", [8; 28]).unwrap();
        two.unwrap_person_key("p2", &after).unwrap();
        one.unwrap_person_key("p1", &before).unwrap();
        let anew = one.rewrap_person_key("p1", &before, [3; 12]).unwrap().unwrap();
        assert_eq!(one.rewrap_person_key("p1", &anew, [3; 12]).unwrap(), None, "done once");
        let sealed_anew = one.realm_key().reseal(&draft, b"d1", [4; 12]).unwrap().unwrap();
        let (kept, retired) = promoted.retire();
        two.take(kept).unwrap();
        assert_eq!(two.realm_key().open(&sealed_anew, b"d1").unwrap(), b"draft");
        two.unwrap_person_key("p1", &anew).unwrap();
        assert!(two.unwrap_person_key("p1", &before).is_err(), "the old master opens nothing here any more");
        let backup = Keys::of_file(retired.into_iter().next().unwrap()).unwrap();
        backup.unwrap_person_key("p1", &before).unwrap();
        assert_eq!(two.take(Keys::fresh(&other()).unwrap()), Err(KeyError::OtherRealm));
    }

    fn other() -> Entropy {
        Arc::new(|bytes| bytes.iter_mut().zip(3_u8..).for_each(|(byte, at)| *byte = at.wrapping_mul(7)))
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
        let text = Keys::fresh(&entropy()).unwrap().to_text();
        let keys = Keys::of_file(KeyFile::read(&text).unwrap()).unwrap();
        let signature = keys.sign(b"checkpoint").unwrap();
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
        assert!(matches!(KeyFile::read(&zeros).map(drop), Err(KeyError::Weak("master"))));
        for guessed in [&b"0123456789abcdef"[..], b"correct horse ba", &[7; 16]] {
            assert!(is_guessable(guessed), "{guessed:?}");
        }
        assert!(matches!(KeyFile::read("{}").map(drop), Err(KeyError::Malformed("master"))));
        assert_eq!(format!("{:?}", keys()), "Keys(..)");
    }
}

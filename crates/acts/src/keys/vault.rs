//! The port to whatever holds the master keys and the signing key: a file, or a machine made for it (密码机).
//!
//! What is asked of it is little: wrap a key, unwrap one, give the key of the realm, sign. Content is never sent to it.
//! [`FileVault`] is the one at hand; another speaks to an outside program (in `xiezhi`).
//!
//! INVARIANT: what is wrapped is wrapped under the newest master; what any known master wrapped is unwrapped.

use super::{KeyError, PersonKey, SIGNER, bytes_of, open, seal};
use hmac::{Hmac, Mac};
use serde_json::{Value, json};
use sm2::dsa::signature::Signer;
use sm2::dsa::{Signature, SigningKey};

/// What is asked of the holder of the master keys.
pub trait Vault: Send + Sync {
    /// Wraps a key under the newest master.
    ///
    /// # Errors
    /// [`KeyError`] when the holder refuses or does not answer.
    fn wrap(&self, nonce: [u8; 12], key: &[u8], label: &[u8]) -> Result<Vec<u8>, KeyError>;

    /// Unwraps a key, whichever master wrapped it.
    ///
    /// # Errors
    /// [`KeyError::DoesNotOpen`] when none did.
    fn unwrap(&self, wrapped: &[u8], label: &[u8]) -> Result<Unwrapped, KeyError>;

    /// The keys for content that belongs to no person, one for each master, the newest first. Asked once at a start.
    ///
    /// # Errors
    /// As [`Vault::wrap`].
    fn realm_keys(&self) -> Result<Vec<PersonKey>, KeyError>;

    /// Signs.
    ///
    /// # Errors
    /// As [`Vault::wrap`].
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError>;

    /// The public key, uncompressed, in hex.
    ///
    /// # Errors
    /// As [`Vault::wrap`].
    fn public_key(&self) -> Result<String, KeyError>;

    /// What the masters are called, the newest first: names tell nothing of a key.
    ///
    /// # Errors
    /// As [`Vault::wrap`].
    fn masters(&self) -> Result<Vec<String>, KeyError>;
}

/// A key that was unwrapped.
pub struct Unwrapped {
    /// The key.
    pub key: Vec<u8>,
    /// The newest master wrapped it; otherwise it waits to be wrapped anew.
    pub newest: bool,
}

/// The keys of a realm as their file holds them.
#[derive(Clone)]
pub struct KeyFile {
    /// Wraps.
    master: [u8; 16],
    /// Will wrap, once every program knows it.
    next: Option<[u8; 16]>,
    /// Wrapped before.
    older: Vec<[u8; 16]>,
    linking: [u8; 32],
    signing: [u8; 32],
}

impl KeyFile {
    /// Reads the file.
    ///
    /// # Errors
    /// [`KeyError`] names the key that is missing, malformed or weak.
    pub fn read(text: &str) -> Result<KeyFile, KeyError> {
        let json: Value = serde_json::from_str(text).map_err(|_| KeyError::Malformed("file"))?;
        let of = |text: &Value, name: &'static str| bytes_of(&json!({ name: text }), name);
        let older = match json.get("older") {
            None => Vec::new(),
            Some(list) => list
                .as_array()
                .ok_or(KeyError::Malformed("older"))?
                .iter()
                .map(|it| of(it, "older"))
                .collect::<Result<_, _>>()?,
        };
        let file = KeyFile {
            master: bytes_of(&json, "master")?,
            next: json.get("next").map(|next| of(next, "next")).transpose()?,
            older,
            linking: bytes_of(&json, "linking")?,
            signing: bytes_of(&json, "signing")?,
        };
        file.checked()
    }

    /// The file as text. Whoever holds it can read everything: only the service account may read it.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut json = json!({ "master": hex::encode(self.master), "linking": hex::encode(self.linking),
                               "signing": hex::encode(self.signing) });
        if let Some(object) = json.as_object_mut() {
            if let Some(next) = self.next {
                object.insert("next".to_owned(), json!(hex::encode(next)));
            }
            if !self.older.is_empty() {
                object.insert("older".to_owned(), json!(self.older.iter().map(hex::encode).collect::<Vec<_>>()));
            }
        }
        json.to_string()
    }

    pub(super) fn of(master: [u8; 16], linking: [u8; 32], signing: [u8; 32]) -> Result<KeyFile, KeyError> {
        KeyFile { master, next: None, older: Vec::new(), linking, signing }.checked()
    }

    fn checked(self) -> Result<KeyFile, KeyError> {
        let older = self.older.iter().map(|older| ("older", older.as_slice()));
        let next = self.next.iter().map(|next| ("next", next.as_slice()));
        let own = [("master", self.master.as_slice()), ("linking", &self.linking), ("signing", &self.signing)];
        for (name, bytes) in own.into_iter().chain(older).chain(next) {
            if super::is_guessable(bytes) {
                return Err(KeyError::Weak(name));
            }
        }
        SigningKey::from_slice(SIGNER, &self.signing).map_err(|_| KeyError::Malformed("signing"))?;
        Ok(self)
    }

    /// With a master that every program is to know before anything is wrapped under it; one that waits already stays.
    ///
    /// # Errors
    /// [`KeyError::Weak`] when the bytes are not random.
    pub fn announce(self, master: [u8; 16]) -> Result<KeyFile, KeyError> {
        KeyFile { next: Some(self.next.unwrap_or(master)), ..self }.checked()
    }

    /// With the announced master as the one that wraps.
    #[must_use]
    pub fn promote(mut self) -> KeyFile {
        if let Some(next) = self.next.take() {
            self.older.insert(0, std::mem::replace(&mut self.master, next));
        }
        self
    }

    /// Without the masters of before, and these alone, each as a file that opens what it once wrapped.
    #[must_use]
    pub fn retire(mut self) -> (KeyFile, Vec<KeyFile>) {
        let older = std::mem::take(&mut self.older);
        let alone = older.into_iter().map(|master| KeyFile { master, next: None, older: Vec::new(), ..self.clone() });
        let alone = alone.collect();
        (self, alone)
    }

    /// A master is announced and wraps nothing yet.
    #[must_use]
    pub fn has_next(&self) -> bool {
        self.next.is_some()
    }

    /// Masters of before are still in the file.
    #[must_use]
    pub fn has_older(&self) -> bool {
        !self.older.is_empty()
    }

    /// What the masters are called: the one that wraps, the announced one, those of before.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        self.masters().map(|master| self.name(master)).collect()
    }

    fn masters(&self) -> impl Iterator<Item = &[u8; 16]> {
        [&self.master].into_iter().chain(&self.next).chain(&self.older)
    }

    fn name(&self, master: &[u8; 16]) -> String {
        self.mac("master", master).into_iter().take(4).map(|byte| format!("{byte:02x}")).collect()
    }

    fn realm_key(&self, master: &[u8; 16]) -> PersonKey {
        let mut key = [0; 16];
        for (to, from) in key.iter_mut().zip(self.mac("realm", master)) {
            *to = from;
        }
        PersonKey(key)
    }

    fn mac(&self, domain: &str, master: &[u8; 16]) -> [u8; 32] {
        let mut mac = <Hmac<sm3::Sm3> as hmac::KeyInit>::new(&super::padded(&self.linking).into());
        mac.update(domain.as_bytes());
        mac.update(&[0]);
        mac.update(hex::encode(master).as_bytes());
        mac.finalize().into_bytes().into()
    }

    /// The secret that makes persons unlinkable. It never changes: persons would be others.
    pub(super) fn linking(&self) -> [u8; 32] {
        self.linking
    }
}

/// Masters and signing key in the memory of this program, read from their file.
pub struct FileVault {
    file: KeyFile,
    signing: SigningKey,
}

impl FileVault {
    /// Of a file.
    ///
    /// # Errors
    /// [`KeyError::Malformed`] for a signing key that is none.
    pub fn new(file: KeyFile) -> Result<FileVault, KeyError> {
        let signing = SigningKey::from_slice(SIGNER, &file.signing).map_err(|_| KeyError::Malformed("signing"))?;
        Ok(FileVault { file, signing })
    }
}

impl Vault for FileVault {
    fn wrap(&self, nonce: [u8; 12], key: &[u8], label: &[u8]) -> Result<Vec<u8>, KeyError> {
        seal(&self.file.master, nonce, key, label)
    }

    fn unwrap(&self, wrapped: &[u8], label: &[u8]) -> Result<Unwrapped, KeyError> {
        let mut opened = self.file.masters().zip(0_u32..).filter_map(|(master, place)| {
            open(master, wrapped, label).ok().map(|key| Unwrapped { key, newest: place == 0 })
        });
        opened.next().ok_or(KeyError::DoesNotOpen)
    }

    fn realm_keys(&self) -> Result<Vec<PersonKey>, KeyError> {
        Ok(self.file.masters().map(|master| self.file.realm_key(master)).collect())
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        let signature: Signature = self.signing.sign(message);
        Ok(signature.to_bytes().to_vec())
    }

    fn public_key(&self) -> Result<String, KeyError> {
        Ok(hex::encode(self.signing.verifying_key().to_sec1_bytes()))
    }

    fn masters(&self) -> Result<Vec<String>, KeyError> {
        Ok(self.file.names())
    }
}

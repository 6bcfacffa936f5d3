//! Half-filled forms and uploaded files: nothing typed is lost, and nothing lies in the open.
//!
//! A draft is sealed under the realm's key until it becomes an act. A file is sealed under a key of
//! its own from the first byte; that key travels in the draft, and then in the sealed content of
//! the act.

use crate::bureau::Bureau;
use crate::content::ContentError;
use crate::keys::{KeyError, PersonKey};
use kernel::intake::Raw;
use kernel::ledger::sm3;
use kernel::names::Name;
use kernel::value::{FileRef, Value};
use kernel::world::Moment;
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeMap;
use store::{Draft, DraftId, FileError, FileId, NewFile, StorageError};

/// A form as far as it was filled.
#[derive(Debug, Clone, Default)]
pub struct Filled {
    /// The procedure.
    pub procedure: Name,
    /// The act.
    pub act: Name,
    /// The matter, for acts on one.
    pub matter: Option<String>,
    /// What was typed and uploaded.
    pub raw: Raw,
    /// The key that makes sending twice once.
    pub key: String,
    /// The channel and other notes of the form.
    pub notes: BTreeMap<String, String>,
}

/// Why a draft or file cannot be kept or read.
#[derive(Debug, thiserror::Error)]
pub enum DraftError {
    /// The store.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The file.
    #[error(transparent)]
    File(#[from] FileError),
    /// The cipher.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// Sealed content that is no draft.
    #[error("the draft is not readable")]
    Unreadable,
    /// A file that is not there.
    #[error("there is no file `{0}`")]
    NoFile(String),
}

impl From<DraftError> for ContentError {
    fn from(error: DraftError) -> ContentError {
        match error {
            DraftError::Storage(error) => ContentError::Storage(error),
            DraftError::Key(error) => ContentError::Key(error),
            _ => ContentError::Key(KeyError::DoesNotOpen),
        }
    }
}

/// Saves a draft.
///
/// # Errors
/// What store or cipher say.
pub fn save(bureau: &Bureau, now: Moment, id: &DraftId, filled: &Filled) -> Result<(), DraftError> {
    let files: Map<String, Json> =
        filled.raw.files.iter().map(|(field, files)| (field.clone(), Value::Files(files.clone()).to_json())).collect();
    let body = json!({ "texts": filled.raw.texts, "files": files, "key": filled.key,
                       "matter": filled.matter, "notes": filled.notes });
    let sealed = bureau.keys.realm_key().seal(bureau.random(), body.to_string().as_bytes(), id.0.as_bytes())?;
    bureau.store.put_draft(Draft {
        id: id.clone(),
        procedure: filled.procedure.to_string(),
        act: filled.act.to_string(),
        body: sealed,
        updated_at: now.at.as_millisecond(),
    })?;
    Ok(())
}

/// Reads a draft back.
///
/// # Errors
/// [`DraftError::Unreadable`] when it is not one.
pub fn load(bureau: &Bureau, id: &DraftId) -> Result<Option<Filled>, DraftError> {
    let Some(draft) = bureau.store.draft(id)? else { return Ok(None) };
    let bytes = bureau.keys.realm_key().open(&draft.body, id.0.as_bytes())?;
    let body: Json = serde_json::from_slice(&bytes).map_err(|_| DraftError::Unreadable)?;
    let read = || -> Option<Filled> {
        let texts = body.get("texts")?.as_object()?.iter().map(|(field, texts)| {
            let texts = texts.as_array()?.iter().map(|text| text.as_str().map(str::to_owned));
            Some((field.clone(), texts.collect::<Option<Vec<_>>>()?))
        });
        let files = body.get("files")?.as_object()?.iter().map(|(field, files)| match Value::from_json(files)? {
            Value::Files(files) => Some((field.clone(), files)),
            _ => None,
        });
        let notes = body.get("notes")?.as_object()?.iter();
        Some(Filled {
            procedure: Name::new(draft.procedure.as_str()),
            act: Name::new(draft.act.as_str()),
            matter: body.get("matter").and_then(Json::as_str).map(str::to_owned),
            raw: Raw { texts: texts.collect::<Option<_>>()?, files: files.collect::<Option<_>>()? },
            key: body.get("key")?.as_str()?.to_owned(),
            notes: notes.map(|(key, note)| Some((key.clone(), note.as_str()?.to_owned()))).collect::<Option<_>>()?,
        })
    };
    read().map(Some).ok_or(DraftError::Unreadable)
}

/// Seals and keeps a file that was uploaded into a draft.
///
/// # Errors
/// What store or cipher say.
pub fn keep_file(
    bureau: &Bureau,
    now: Moment,
    draft: &DraftId,
    name: &str,
    media: &str,
    bytes: &[u8],
) -> Result<FileRef, DraftError> {
    let id = FileId(bureau.fresh_id());
    let secret: [u8; 16] = bureau.random();
    let sealed = PersonKey::of(secret).seal(bureau.random(), bytes, id.0.as_bytes())?;
    for piece in sealed.chunks(1 << 20) {
        bureau.store.put_file_bytes(&id, piece)?;
    }
    let digest = sm3(bytes);
    bureau.store.finish_file(NewFile {
        id: id.clone(),
        draft: Some(draft.clone()),
        name: name.to_owned(),
        media: media.to_owned(),
        sm3: digest,
        person: None,
        created_at: now.at.as_millisecond(),
    })?;
    Ok(FileRef {
        id: id.0,
        name: name.to_owned(),
        media: media.to_owned(),
        size_bytes: u64::try_from(bytes.len()).unwrap_or(u64::MAX),
        sm3: digest,
        key: hex::encode(secret),
    })
}

/// Drops a file that was taken out of a draft again; answers whether it was there. A file that became
/// part of a matter stays, whatever is asked.
///
/// # Errors
/// What the store says.
pub fn drop_file(bureau: &Bureau, id: &FileId) -> Result<bool, DraftError> {
    Ok(bureau.store.remove_file(id)?)
}

/// Opens a file and checks that it is the one handed in.
///
/// # Errors
/// [`DraftError::NoFile`], or [`DraftError::Key`] when its bytes were changed.
pub fn open_file(bureau: &Bureau, file: &FileRef) -> Result<Vec<u8>, DraftError> {
    let missing = || DraftError::NoFile(file.id.clone());
    let sealed = bureau.store.file_bytes(&FileId(file.id.clone()))?.ok_or_else(missing)?;
    let secret = hex::decode(&file.key).map_err(|_| KeyError::DoesNotOpen)?;
    let secret: [u8; 16] = secret.try_into().map_err(|_| KeyError::DoesNotOpen)?;
    let bytes = PersonKey::of(secret).open(&sealed, file.id.as_bytes())?;
    if sm3(&bytes) == file.sm3 { Ok(bytes) } else { Err(KeyError::DoesNotOpen.into()) }
}

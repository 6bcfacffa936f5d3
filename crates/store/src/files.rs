//! Uploaded files, in pieces, so that a large one needs no large transaction.
//!
//! Pieces come first, the row that names the file last: a file is there whole
//! or not at all. Content may be encrypted; that is not known here.
//!
//! INVARIANT: a file that belongs to a matter is never changed, and removed only with all content of the matter
//! ([`crate::Disposal`]).

use std::fmt;

use crate::engine::{Row, params};
use kernel::ledger::Digest;
use thiserror::Error;

use crate::Store;
use crate::append::AppendError;
use crate::entry::MatterId;
use crate::sql::{Sql, StorageError, signed, unsigned};

/// Bytes in one stored piece.
const CHUNK_MAX: usize = 1 << 20;

/// The identity of a file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(pub String);

/// The identity of a draft.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DraftId(pub String);

impl fmt::Display for FileId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for DraftId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What is known of a file when its last piece has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewFile {
    /// Its identity.
    pub id: FileId,
    /// The draft it was uploaded to.
    pub draft: Option<DraftId>,
    /// Its name.
    pub name: String,
    /// Its media type.
    pub media: String,
    /// The SM3 digest of the content, as its owner defines it.
    pub sm3: Digest,
    /// The person under whose key it is encrypted.
    pub person: Option<String>,
    /// When it came, milliseconds UTC.
    pub created_at: i64,
}

/// A file as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileRow {
    /// Its identity.
    pub id: FileId,
    /// The matter it belongs to.
    pub matter: Option<MatterId>,
    /// The draft it was uploaded to, while it belongs to no matter.
    pub draft: Option<DraftId>,
    /// Its name.
    pub name: String,
    /// Its media type.
    pub media: String,
    /// Bytes stored.
    pub size: u64,
    /// The SM3 digest of the content, as its owner defines it.
    pub sm3: Digest,
    /// The person under whose key it is encrypted.
    pub person: Option<String>,
    /// When it came, milliseconds UTC.
    pub created_at: i64,
}

/// Why a file cannot be written.
#[derive(Debug, Error)]
pub enum FileError {
    /// A file with this identity is there already.
    #[error("there is a file `{file}` already")]
    Taken {
        /// The file.
        file: FileId,
    },
    /// The storage beneath failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

const EXISTS: &str = "select matter from file where realm = $1 and id = $2";
const NEXT_CHUNK: &str = "select coalesce(max(idx), -1) + 1 from file_chunk
    where realm = $1 and file = $2";
const PUT_CHUNK: &str = "insert into file_chunk(realm, file, idx, bytes) values($1, $2, $3, $4)";
const SIZE: &str = "select cast(sum(length(bytes)) as bigint) from file_chunk where realm = $1 and file = $2";
const PUT: &str = "insert into file(realm, id, draft, name, media, size, sm3, person, created_at)
    values($1, $2, $3, $4, $5, $6, $7, $8, $9)";
const GET: &str = "select id, matter, draft, name, media, size, sm3, person, created_at
    from file where realm = $1 and id = $2";
const OF_MATTER: &str = "select id, matter, draft, name, media, size, sm3, person, created_at
    from file where realm = $1 and matter = $2 order by created_at, id";
const OF_DRAFT: &str = "select id, matter, draft, name, media, size, sm3, person, created_at
    from file where realm = $1 and draft = $2 order by created_at, id";
const CHUNK: &str = "select bytes from file_chunk where realm = $1 and file = $2 and idx = $3";
const ATTACH: &str = "update file set matter = $1, draft = null where realm = $2 and id = $3";
const REMOVE_CHUNKS: &str = "delete from file_chunk where realm = $1 and file = $2";
const REMOVE: &str = "delete from file where realm = $1 and id = $2";
/// In the order of both keys, so that they are walked side by side: looking each file up took half of a start.
const ORPHANS: &str = "select file from file_chunk where realm = $1 and idx = 0
    except select id from file where realm = $1 order by 1";

/// Whether a file exists, and whose it is.
fn owner(sql: &Sql<'_>, file: &FileId) -> Result<Option<Option<MatterId>>, StorageError> {
    sql.one(EXISTS, params![sql.realm, file.0], |row| Ok(row.get::<Option<String>>(0)?.map(MatterId)))
}

/// Makes a file part of a matter; doing so twice is doing it once.
pub(crate) fn attach(sql: &Sql<'_>, file: &FileId, matter: &MatterId) -> Result<(), AppendError> {
    match owner(sql, file)? {
        None => Err(AppendError::UnknownFile { file: file.clone() }),
        Some(Some(other)) if other != *matter => Err(AppendError::FileTaken { file: file.clone(), matter: other }),
        Some(_) => {
            sql.run(ATTACH, params![matter.as_str(), sql.realm, file.0])?;
            Ok(())
        }
    }
}

fn remove(sql: &Sql<'_>, file: &FileId) -> Result<(), StorageError> {
    sql.run(REMOVE_CHUNKS, params![sql.realm, file.0])?;
    sql.run(REMOVE, params![sql.realm, file.0])?;
    Ok(())
}

/// Removes the files of a draft; those of a matter have left their draft.
pub(crate) fn remove_of_draft(sql: &Sql<'_>, draft: &DraftId) -> Result<(), StorageError> {
    let files = sql.all(OF_DRAFT, params![sql.realm, draft.0], file_row)?;
    files.iter().filter(|file| file.matter.is_none()).try_for_each(|file| remove(sql, &file.id))
}

fn file_row(row: &Row<'_>) -> Result<FileRow, StorageError> {
    Ok(FileRow {
        id: FileId(row.get(0)?),
        matter: row.get::<Option<String>>(1)?.map(MatterId),
        draft: row.get::<Option<String>>(2)?.map(DraftId),
        name: row.get(3)?,
        media: row.get(4)?,
        size: unsigned(row.get(5)?),
        sm3: Digest(row.get(6)?),
        person: row.get(7)?,
        created_at: row.get(8)?,
    })
}

impl Store {
    /// Adds bytes to a file that is still coming in, in pieces of at most 1 MiB.
    ///
    /// # Errors
    ///
    /// [`FileError::Taken`] when the file is whole already.
    pub fn put_file_bytes(&self, file: &FileId, bytes: &[u8]) -> Result<(), FileError> {
        for piece in bytes.chunks(CHUNK_MAX) {
            let (file, piece) = (file.clone(), piece.to_vec());
            self.write(move |sql| -> Result<(), FileError> {
                if owner(sql, &file)?.is_some() {
                    return Err(FileError::Taken { file });
                }
                let idx = sql.integer(NEXT_CHUNK, params![sql.realm, file.0])?;
                sql.run(PUT_CHUNK, params![sql.realm, file.0, idx, piece])?;
                Ok(())
            })?;
        }
        Ok(())
    }

    /// Names the file whose bytes have all come; only now it is there.
    ///
    /// # Errors
    ///
    /// [`FileError::Taken`] when there is such a file.
    pub fn finish_file(&self, new: NewFile) -> Result<FileRow, FileError> {
        self.write(move |sql| {
            let NewFile { id, draft, name, media, sm3, person, created_at } = new;
            if owner(sql, &id)?.is_some() {
                return Err(FileError::Taken { file: id });
            }
            let size = sql.integer(SIZE, params![sql.realm, id.0])?;
            let draft_id = draft.as_ref().map(|draft| draft.0.as_str());
            sql.run(PUT, params![sql.realm, id.0, draft_id, name, media, size, sm3.0, person, created_at])?;
            let size = unsigned(size);
            Ok(FileRow { id, matter: None, draft, name, media, size, sm3, person, created_at })
        })
    }

    /// What is known of a file.
    ///
    /// # Errors
    ///
    /// Fails only when the database does.
    pub fn file(&self, file: &FileId) -> Result<Option<FileRow>, StorageError> {
        self.read(|sql| sql.one(GET, params![sql.realm, file.0], file_row))
    }

    /// The files of a matter, oldest first.
    ///
    /// # Errors
    ///
    /// Fails only when the database does.
    pub fn files_of(&self, matter: &MatterId) -> Result<Vec<FileRow>, StorageError> {
        self.read(|sql| sql.all(OF_MATTER, params![sql.realm, matter.as_str()], file_row))
    }

    /// The files of a draft, oldest first.
    ///
    /// # Errors
    ///
    /// Fails only when the database does.
    pub fn files_of_draft(&self, draft: &DraftId) -> Result<Vec<FileRow>, StorageError> {
        self.read(|sql| sql.all(OF_DRAFT, params![sql.realm, draft.0], file_row))
    }

    /// Piece `index` (from 0) of a file; none after the last.
    ///
    /// # Errors
    ///
    /// Fails only when the database does.
    pub fn file_chunk(&self, file: &FileId, index: u64) -> Result<Option<Vec<u8>>, StorageError> {
        self.read(|sql| sql.one(CHUNK, params![sql.realm, file.0, signed(index)], |row| row.get(0)))
    }

    /// The whole of a file.
    ///
    /// # Errors
    ///
    /// Fails only when the database does.
    pub fn file_bytes(&self, file: &FileId) -> Result<Option<Vec<u8>>, StorageError> {
        if self.file(file)?.is_none() {
            return Ok(None);
        }
        let mut bytes = Vec::new();
        let mut index = 0;
        while let Some(piece) = self.file_chunk(file, index)? {
            bytes.extend_from_slice(&piece);
            index += 1;
        }
        Ok(Some(bytes))
    }

    /// Removes a file that belongs to no matter, or what has come of it so
    /// far; answers whether it may be removed.
    ///
    /// # Errors
    ///
    /// Fails only when the database does.
    pub fn remove_file(&self, file: &FileId) -> Result<bool, StorageError> {
        let file = file.clone();
        self.write(move |sql| match owner(sql, &file)? {
            Some(Some(_matter)) => Ok(false),
            Some(None) | None => remove(sql, &file).map(|()| true),
        })
    }

    /// Removes pieces of files that never became whole. For a moment when no
    /// upload is under way (at start); answers how many pieces.
    ///
    /// # Errors
    ///
    /// Fails only when the database does.
    pub fn remove_unfinished_files(&self) -> Result<usize, StorageError> {
        self.write(move |sql| {
            let orphans: Vec<String> = sql.all(ORPHANS, params![sql.realm], |row| row.get(0))?;
            let pieces = orphans.iter().map(|file| sql.run(REMOVE_CHUNKS, params![sql.realm, file]));
            pieces.sum()
        })
    }
}

//! The engine of these tests: a file.

use std::path::Path;

use store::Store;

/// Thirty-two bytes of nothing.
pub const ZEROS: &str = "zeroblob(32)";
/// The bytes of an act with one letter changed.
pub const CHANGED_BYTES: &str = "cast(replace(bytes, 'note', 'nope') as blob)";
/// The bytes of an act as a text, where a column takes one.
pub const BYTES_AS_TEXT: Option<&str> = Some("cast(bytes as text)");

/// Opens the store of a folder.
pub fn open(folder: &Path, realm: &str) -> Store {
    Store::open(&folder.join("xiezhi.db"), realm).unwrap()
}

/// Lets somebody at its tables; how many rows were changed.
pub fn execute(folder: &Path, text: &str) -> u64 {
    let changed = rusqlite::Connection::open(folder.join("xiezhi.db")).unwrap().execute(text, []).unwrap();
    changed.try_into().unwrap()
}

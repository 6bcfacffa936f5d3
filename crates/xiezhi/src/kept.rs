//! The law as an earlier start read and proved it, kept in the data directory as `law.kept`.
//!
//! Reading and proving the law takes seconds, and its text seldom changes. What the same program made of the same text
//! is taken as it is; anything else is read and proved anew. The file holds nothing that is not in the text: it may be
//! deleted at any time.
//!
//! INVARIANT: what is taken from the file was proved by this program, of this text.

use crate::law::LawText;
use kernel::calendar::CalendarYear;
use kernel::ledger::{Digest, sm3};
use kernel::procedure::Procedure;
use kernel::world::Place;
use serde::{Deserialize, Serialize};
use statute::Book;
use std::path::{Path, PathBuf};

/// A law that was proved.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Proved {
    /// Current editions.
    pub procedures: Vec<Procedure>,
    /// Editions of before that matters may be on.
    pub older: Vec<Procedure>,
    /// Published years.
    pub years: Vec<CalendarYear>,
    /// Places.
    pub places: Vec<Place>,
}

impl From<Book> for Proved {
    fn from(book: Book) -> Proved {
        let years = book.calendar.years().cloned().collect();
        Proved { procedures: book.procedures, older: Vec::new(), years, places: book.places }
    }
}

/// Where it is kept.
pub struct Shelf {
    file: PathBuf,
    key: Digest,
}

impl Shelf {
    /// The shelf of a data directory for one text of the law; none where the program cannot tell itself from others.
    pub fn of(data: &Path, text: &LawText) -> Option<Shelf> {
        let key = sm3(format!("{}\n{}", program()?, text.digest()).as_bytes());
        Some(Shelf { file: data.join("law.kept"), key })
    }

    /// What was kept for this text by this program. A file that is torn or belongs to another text is as good as none.
    pub fn take(&self) -> Option<Proved> {
        let bytes = std::fs::read(&self.file).ok()?;
        let (head, body) = bytes.split_at_checked(64)?;
        if head != self.seal(body).as_bytes() {
            return None;
        }
        serde_json::from_slice(body).ok()
    }

    /// Keeps it for the next start. That it cannot be kept costs time, and nothing else.
    pub fn put(&self, proved: &Proved) {
        let write = || -> std::io::Result<()> {
            let body = serde_json::to_vec(proved)?;
            let whole = [self.seal(&body).as_bytes(), &body].concat();
            // Two programs may start at once: each writes a file of its own, and the last stands.
            let draft = self.file.with_extension(format!("kept.{}", std::process::id()));
            std::fs::write(&draft, whole)?;
            std::fs::rename(&draft, &self.file)
        };
        if let Err(error) = write() {
            tracing::warn!(%error, "the proved law could not be kept");
        }
    }

    fn seal(&self, body: &[u8]) -> String {
        sm3(&[self.key.as_bytes().as_slice(), body].concat()).to_string()
    }
}

/// This program, told apart from any other build of it: its version is not enough for whoever builds it himself.
fn program() -> Option<String> {
    let about = std::env::current_exe().and_then(std::fs::metadata).ok()?;
    let built = about.modified().ok()?.duration_since(std::time::UNIX_EPOCH).ok()?;
    Some(format!("{} {} {}", env!("CARGO_PKG_VERSION"), about.len(), built.as_nanos()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_law_comes_back_as_it_was_proved() {
        let folder = tempfile::tempdir().unwrap();
        let text = LawText::find(None).unwrap();
        let shelf = Shelf::of(folder.path(), &text).unwrap();
        assert!(shelf.take().is_none());
        let before = Proved::from(text.read().0);
        shelf.put(&before);
        let after = shelf.take().unwrap();
        assert_eq!(before.procedures, after.procedures);
        assert_eq!(before.places, after.places);
        assert_eq!(before.years, after.years);
    }

    #[test]
    fn another_text_and_a_changed_byte_are_not_taken() {
        let folder = tempfile::tempdir().unwrap();
        let text = LawText::find(None).unwrap();
        let shelf = Shelf::of(folder.path(), &text).unwrap();
        shelf.put(&Proved::from(text.read().0));
        let amended = text.clone().with("services/new.md", "# 新\n");
        assert!(Shelf::of(folder.path(), &amended).unwrap().take().is_none());

        let mut bytes = std::fs::read(folder.path().join("law.kept")).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        std::fs::write(folder.path().join("law.kept"), bytes).unwrap();
        assert!(shelf.take().is_none());
    }
}

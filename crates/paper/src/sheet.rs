//! One typesetting job as Typst sees it: the main file, the templates, the
//! files of this job, the fonts. Nothing else exists: no disk, no packages, no
//! clock.
//!
//! INVARIANT: a path that was not handed in is "not found"; there is no way
//! from a template to the machine.

use std::collections::BTreeMap;
use std::sync::Arc;

use typst::diag::{FileError, FileResult};
use typst::foundations::{Bytes, Datetime, Duration};
use typst::syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot};
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;
use typst::{Library, World};

use crate::fonts::Loaded;

/// The name of a file inside the job. `None` for a path that leaves the root.
pub(crate) fn file_id(path: &str) -> Option<FileId> {
    let path = VirtualPath::new(path).ok()?;
    Some(RootedPath::new(VirtualRoot::Project, path).intern())
}

/// The files that belong to one job only: its data and its attachments.
#[derive(Default)]
pub(crate) struct Shelf(BTreeMap<u16, Bytes>);

impl Shelf {
    /// Puts a file on the shelf.
    pub(crate) fn put(&mut self, path: &str, bytes: Bytes) {
        if let Some(id) = file_id(path) {
            self.0.insert(id.into_raw().get(), bytes);
        }
    }

    fn get(&self, id: FileId) -> Option<Bytes> {
        self.0.get(&id.into_raw().get()).cloned()
    }
}

/// The world of one job.
pub(crate) struct Sheet<'a> {
    pub(crate) library: &'a LazyHash<Library>,
    pub(crate) templates: &'a BTreeMap<u16, Source>,
    pub(crate) fonts: Arc<Loaded>,
    pub(crate) main: Source,
    pub(crate) shelf: Shelf,
}

impl World for Sheet<'_> {
    fn library(&self) -> &LazyHash<Library> {
        self.library
    }

    fn book(&self) -> &LazyHash<FontBook> {
        self.fonts.book()
    }

    fn main(&self) -> FileId {
        self.main.id()
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        if id == self.main.id() {
            return Ok(self.main.clone());
        }
        self.templates.get(&id.into_raw().get()).cloned().ok_or_else(|| not_found(id))
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        if let Some(bytes) = self.shelf.get(id) {
            return Ok(bytes);
        }
        self.source(id).map(|source| Bytes::from_string(source.text().to_owned()))
    }

    fn font(&self, index: usize) -> Option<Font> {
        self.fonts.font(index)
    }

    fn today(&self, _offset: Option<Duration>) -> Option<Datetime> {
        None
    }
}

fn not_found(id: FileId) -> FileError {
    FileError::NotFound(id.vpath().get_without_slash().into())
}

//! Where the store under fault is, and how often it is hurt.

use std::path::Path;

use store::Store;

use crate::sample::REALM;
use crate::{engine, file};

/// The engine beneath the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    File,
    Server,
}

/// A store's place in a folder of its own.
pub struct Ground {
    pub engine: Engine,
    folder: tempfile::TempDir,
}

impl Ground {
    pub fn new(engine: Engine) -> Self {
        let ground = Self { engine, folder: tempfile::tempdir().unwrap() };
        if engine == Engine::Server {
            engine::make(ground.folder.path());
        }
        ground
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Opens the store once more: another program, as far as the store can tell.
    pub fn open(&self) -> Store {
        match self.engine {
            Engine::File => file::open(self.folder.path(), REALM),
            Engine::Server => engine::open(self.folder.path(), REALM),
        }
    }

    /// Lets somebody at the tables.
    pub fn execute(&self, text: &str) {
        let changed = match self.engine {
            Engine::File => file::execute(self.folder.path(), text),
            Engine::Server => engine::execute(self.folder.path(), text),
        };
        assert!(changed > 0, "nothing to tamper with: {text}");
    }

    /// How another program finds the store.
    pub fn address(&self) -> String {
        match self.engine {
            Engine::File => format!("file:{}", self.folder.path().join("xiezhi.db").display()),
            Engine::Server => format!("server:{}", engine::url(self.folder.path())),
        }
    }
}

/// Opens the store at an address.
pub fn open_at(address: &str) -> Store {
    match address.split_once(':').unwrap() {
        ("file", path) => Store::open(Path::new(path), REALM).unwrap(),
        (_, url) => Store::connect(url, REALM).unwrap(),
    }
}

/// The rounds asked for: `usual` by default, else the number in the environment, of which a dear round takes one in
/// `dear`.
pub fn rounds(usual: u32, dear: u32) -> u32 {
    asked().map_or(usual, |asked| (asked / dear).max(1))
}

/// Whether all rounds are asked for, and how many.
pub fn asked() -> Option<u32> {
    std::env::var("XIEZHI_FAULT_ROUNDS").ok().map(|text| text.parse().unwrap())
}

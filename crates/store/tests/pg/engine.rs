//! The engine of these tests: one PostgreSQL cluster for all, on a socket; one database for each store.

#[path = "process.rs"]
mod process;

use std::path::Path;
use std::sync::LazyLock;

use store::Store;

pub use process::{Cluster, Wanted};

/// Thirty-two bytes of nothing.
pub const ZEROS: &str = "decode(repeat('00', 32), 'hex')";
/// The bytes of an act with one letter changed.
pub const CHANGED_BYTES: &str = "convert_to(replace(convert_from(bytes, 'UTF8'), 'note', 'nope'), 'UTF8')";
/// The bytes of an act as a text, where a column takes one.
pub const BYTES_AS_TEXT: Option<&str> = None;

/// The cluster of this run of tests.
static CLUSTER: LazyLock<Cluster> =
    LazyLock::new(|| Cluster::new(&Wanted { settings: &["fsync=off"], ..Wanted::default() }));

/// Makes the database of a folder, where it is not there yet.
pub fn make(folder: &Path) {
    CLUSTER.make(&name(folder));
}

/// Opens the store of a folder: a database of that name.
pub fn open(folder: &Path, realm: &str) -> Store {
    make(folder);
    Store::connect(&url(folder), realm).unwrap()
}

/// Where the database of a folder is.
pub fn url(folder: &Path) -> String {
    url_of(&name(folder))
}

/// Where a database of another name is.
pub fn url_of(database: &str) -> String {
    CLUSTER.url(database)
}

/// Lets somebody at its tables; how many rows were changed.
pub fn execute(folder: &Path, text: &str) -> u64 {
    client(&url(folder)).execute(text, &[]).unwrap()
}

/// Somebody with a connection of their own.
pub fn client(url: &str) -> postgres::Client {
    postgres::Client::connect(url, postgres::NoTls).unwrap()
}

fn name(folder: &Path) -> String {
    let name = folder.file_name().unwrap().to_str().unwrap().to_lowercase();
    name.chars().map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '_' }).collect()
}

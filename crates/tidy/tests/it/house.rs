//! The repository, read once for all rules.

use std::sync::OnceLock;
use tidy::Repository;

/// The repository; of no files when it cannot be read, which the first rule below reports.
pub fn house() -> &'static Repository {
    static HOUSE: OnceLock<Repository> = OnceLock::new();
    HOUSE.get_or_init(|| Repository::read().unwrap_or_default())
}

#[test]
fn the_house_is_read() {
    let read = Repository::read().map(|house| house.paths().len());
    assert!(read.as_ref().is_ok_and(|files| *files > 50), "the repository cannot be read from here: {read:?}");
}

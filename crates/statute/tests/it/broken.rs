//! Broken law files and exactly what is said about each. `XIEZHI_BLESS=1` writes the expectations anew.

use std::path::Path;

use crate::diagnostics::{report, surroundings};

#[test]
fn every_broken_file_gives_exactly_its_diagnostics() {
    let bless = std::env::var_os("XIEZHI_BLESS").is_some();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/broken");
    let mut paths: Vec<_> =
        std::fs::read_dir(&folder).expect("the files").map(|entry| entry.expect("an entry").path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "md"));
    paths.sort();
    assert!(paths.len() >= 5, "at least five broken files");
    let mut wrong = Vec::new();
    for path in paths {
        let name = path.file_stem().and_then(|name| name.to_str()).expect("a name").to_owned();
        let mut files = surroundings();
        files.insert(format!("services/{name}.md"), std::fs::read_to_string(&path).expect("a text"));
        let found = report(&files, None);
        let expected = path.with_extension("expected");
        if bless {
            std::fs::write(&expected, &found).expect("the expectation");
        } else if std::fs::read_to_string(&expected).unwrap_or_default() != found {
            wrong.push(format!("{name}: found\n{found}"));
        }
        assert!(!found.is_empty(), "{name} is reported");
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

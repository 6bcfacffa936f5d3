//! Where the tests find the law, the broken files and the shared data.

use std::path::{Path, PathBuf};

use statute::Source;

/// The root of the repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The shared data, where they are there; otherwise a visible line says what is skipped.
pub fn shared(skipped: &str) -> Option<PathBuf> {
    let path = std::env::var_os("XIEZHI_SHARED").map_or_else(|| root().join("../shared"), PathBuf::from).join("data");
    if path.is_dir() {
        return Some(path);
    }
    println!("skipped: {skipped} ({} is not there)", path.display());
    None
}

/// All files below `law/`, in order.
pub fn law() -> Vec<Source> {
    let mut sources = Vec::new();
    collect(&root().join("law"), "", &mut sources);
    sources
}

fn collect(folder: &Path, below: &str, sources: &mut Vec<Source>) {
    let mut entries: Vec<_> =
        std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()).collect();
    entries.sort();
    for path in entries {
        let name = path.file_name().and_then(|name| name.to_str()).expect("a name in UTF-8");
        let below = format!("{below}{name}");
        if path.is_dir() {
            collect(&path, &format!("{below}/"), sources);
        } else if name.ends_with(".md") || name.ends_with(".typ") {
            sources.push(Source::new(below, std::fs::read_to_string(&path).expect("a text")));
        }
    }
}

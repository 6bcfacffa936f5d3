//! Finds the outer data: beside the repository, or where `XIEZHI_SHARED` points.

use std::env;
use std::path::{Path, PathBuf};

/// The text of a file below the shared data folder; `None`, with a visible line, where the folder is absent.
pub fn text(path: &str) -> Option<String> {
    let root = env::var_os("XIEZHI_SHARED")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"), PathBuf::from);
    let file = root.join(path);
    let text = std::fs::read_to_string(&file).ok();
    if text.is_none() {
        println!("skipped: no {path} in the shared data");
    }
    text
}

/// The rows of a CSV file below the heading; no field of these files holds a comma or a quote.
pub fn rows(path: &str) -> Option<Vec<Vec<String>>> {
    let text = text(path)?;
    let rows = text.lines().skip(1).map(|line| line.trim_end_matches('\r').split(',').map(str::to_owned).collect());
    Some(rows.collect())
}

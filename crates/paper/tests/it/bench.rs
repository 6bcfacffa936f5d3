//! The press over the templates of this repository, and what reads its PDFs back.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::LazyLock;

use paper::{Fonts, Press};

/// All templates below `law/papers`.
pub fn templates() -> BTreeMap<String, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../law/papers");
    let mut found = BTreeMap::new();
    gather(&root, &root, &mut found);
    assert!(found.len() >= 27, "law/papers has {} templates", found.len());
    found
}

fn gather(root: &Path, folder: &Path, found: &mut BTreeMap<String, String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            gather(root, &path, found);
        } else if path.extension().is_some_and(|e| e == "typ") {
            let name = path.strip_prefix(root).unwrap().to_str().unwrap().replace('\\', "/");
            found.insert(name, std::fs::read_to_string(&path).unwrap());
        }
    }
}

static PRESS: LazyLock<Option<Press>> = LazyLock::new(|| match Fonts::find(&[]) {
    Ok(fonts) => Some(Press::new(fonts, templates())),
    Err(missing) => {
        eprintln!("skipped: {missing}");
        None
    }
});

/// The press of all tests; `None`, with a visible line, without fonts.
pub fn press() -> Option<&'static Press> {
    PRESS.as_ref()
}

/// Text of a PDF in reading order; `None`, with a visible line, without
/// `pdftotext`.
pub fn text_of(bytes: &[u8]) -> Option<String> {
    read_back(bytes, &[])
}

/// The same, with words on one line of the page on one line of the text.
pub fn lines_of(bytes: &[u8]) -> Option<String> {
    read_back(bytes, &["-layout"])
}

fn read_back(bytes: &[u8], options: &[&str]) -> Option<String> {
    let mut command = Command::new("pdftotext");
    command.args(options).args(["-", "-"]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let Ok(mut reader) = command.spawn() else {
        eprintln!("skipped: pdftotext is not installed, the text of the PDF is not read back");
        return None;
    };
    reader.stdin.take().unwrap().write_all(bytes).unwrap();
    let output = reader.wait_with_output().unwrap();
    assert!(output.status.success(), "pdftotext could not read the PDF");
    Some(String::from_utf8(output.stdout).unwrap())
}

/// Text without any blank, for looking up words that were broken over lines.
pub fn squeezed(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

/// Keeps a PDF for a person to look at when `PAPER_OUT` names a folder.
pub fn keep(name: &str, bytes: &[u8]) {
    if let Some(folder) = std::env::var_os("PAPER_OUT").map(PathBuf::from) {
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join(format!("{name}.pdf")), bytes).unwrap();
    }
}

//! The files handed in. The path says what a file declares.

/// One file below `law/`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Path below `law/`, with `/`: `services/legal-aid.md`.
    pub path: String,
    /// Its text.
    pub text: String,
}

/// What a file declares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum FileKind {
    Statutes,
    Calendar,
    Place,
    Procedure,
    Template,
    Other,
}

impl Source {
    /// A file.
    pub fn new(path: impl Into<String>, text: impl Into<String>) -> Self {
        Self { path: path.into(), text: text.into() }
    }

    pub(crate) fn below_law(&self) -> &str {
        self.path.strip_prefix("law/").unwrap_or(&self.path)
    }

    pub(crate) fn kind(&self) -> FileKind {
        let path = self.below_law();
        let file = path.rsplit('/').next().unwrap_or(path);
        if path.ends_with(".typ") {
            return FileKind::Template;
        }
        if !path.ends_with(".md") || file == "README.md" {
            return FileKind::Other;
        }
        match path.split_once('/') {
            Some(("calendar", _)) => FileKind::Calendar,
            Some(("places", _)) => FileKind::Place,
            _ if path == "statutes.md" => FileKind::Statutes,
            _ => FileKind::Procedure,
        }
    }
}

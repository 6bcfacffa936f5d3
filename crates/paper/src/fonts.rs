//! The typefaces of an official document, found on the machine, read late.
//!
//! A template names a typeface by its *role* (`宋体`, `黑体`, `小标宋`, `仿宋`,
//! `楷体`), not by a product: which file plays the role is decided here. Two
//! roles are compulsory, 宋体 and 黑体; the others have a stand-in (宋体).
//!
//! Finding looks at file names only and takes microseconds; the files (20–27 MB
//! each) are read at the first paper and can be let go with [`Fonts::rest`], so
//! that a server nobody asks for papers stays small.
//!
//! What this is not: a font manager. It does not read arbitrary fonts of the
//! machine; a typeface that is not in [`Role::stems`] does not exist.
//!
//! INVARIANT: after [`Fonts::find`] succeeded, a CJK serif and a CJK sans exist.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use thiserror::Error;
use typst::foundations::Bytes;
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;

/// How deep a font folder is searched.
const DEPTH_MAX: usize = 6;

/// A typeface by its task in an official document (GB/T 9704-2012, 5.2.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// 宋体: page numbers, tables, and whatever another face lacks.
    Song,
    /// 黑体: first-level headings, form labels.
    Hei,
    /// 小标宋: the title and the red head.
    Title,
    /// 仿宋: the body.
    Fang,
    /// 楷体: second-level headings, opinions written by hand.
    Kai,
}

impl Role {
    /// All roles; the order is the order of the fallback.
    pub const ALL: [Self; 5] = [Self::Song, Self::Hei, Self::Title, Self::Fang, Self::Kai];

    /// The family name by which a template asks for the role.
    #[must_use]
    pub fn family(self) -> &'static str {
        match self {
            Self::Song => "宋体",
            Self::Hei => "黑体",
            Self::Title => "小标宋",
            Self::Fang => "仿宋",
            Self::Kai => "楷体",
        }
    }

    /// Without it no paper can be set.
    #[must_use]
    pub fn is_compulsory(self) -> bool {
        matches!(self, Self::Song | Self::Hei)
    }

    /// File names that play the role, best first: lower case, without blanks,
    /// hyphens, underscores and extension.
    ///
    /// For 宋体 the widest coverage is first, because every other face falls
    /// back on it for rare characters in names; for the others the typeface
    /// that officials expect is first.
    #[must_use]
    pub fn stems(self) -> &'static [&'static str] {
        match self {
            Self::Song => &[
                "notoserifcjkregular",
                "notoserifcjkscregular",
                "sourcehanserifregular",
                "sourcehanserifscregular",
                "sourcehanserifcnregular",
                "notoserifscregular",
                "notoserifsc400regular",
                "simsun",
            ],
            Self::Hei => &[
                "simhei",
                "notosanscjkregular",
                "notosanscjkscregular",
                "sourcehansansregular",
                "sourcehansansscregular",
                "sourcehansanscnregular",
                "notosansscregular",
                "notosanssc400regular",
            ],
            Self::Title => &[
                "方正小标宋简体",
                "方正小标宋gbk",
                "fzxbsjw",
                "fzxbsk",
                "notoserifcjkbold",
                "notoserifcjkscbold",
                "sourcehanserifbold",
                "sourcehanserifscbold",
                "sourcehanserifcnbold",
                "notoserifscbold",
                "notoserifsc700bold",
                "fandolsongbold",
            ],
            Self::Fang => &["仿宋gb2312", "simfang", "fzfsk", "fandolfangregular"],
            Self::Kai => &["楷体gb2312", "simkai", "fzktk", "fandolkairegular"],
        }
    }
}

/// No typeface for a compulsory role was found.
///
/// The message is for the operator and says which command brings the fonts.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub struct FontsMissing {
    /// The compulsory roles nothing plays.
    pub roles: Vec<Role>,
    /// The folders that were searched (existing ones only).
    pub searched: Vec<PathBuf>,
}

impl fmt::Display for FontsMissing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let roles: Vec<&str> = self.roles.iter().map(|role| role.family()).collect();
        let searched: Vec<String> = self.searched.iter().map(|path| path.display().to_string()).collect();
        write!(
            f,
            "找不到排版公文所需的中文字体（缺{}）：Debian、Ubuntu、银河麒麟请运行 `sudo apt-get install fonts-noto-cjk`，\
             或运行 `npm install @expo-google-fonts/noto-serif-sc @expo-google-fonts/noto-sans-sc`，\
             或将字体文件放入程序旁的 fonts 文件夹（已查找：{}）",
            roles.join("、"),
            if searched.is_empty() { "没有可查找的文件夹".to_owned() } else { searched.join("、") }
        )
    }
}

/// A font file that was found could not be read as a font.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("font file `{}` cannot be read", path.display())]
pub struct FontUnreadable {
    /// The file.
    pub path: PathBuf,
}

/// The typefaces of this machine. Cheap to clone; clones share what is loaded.
#[derive(Clone)]
pub struct Fonts(Arc<Shared>);

struct Shared {
    files: BTreeMap<Role, PathBuf>,
    loaded: Mutex<Option<Arc<Loaded>>>,
}

impl Fonts {
    /// Finds a file for every role.
    ///
    /// Searched in this order: `extra` (a file there wins over the same role
    /// elsewhere), `fonts/` and `node_modules/@expo-google-fonts` beside the
    /// binary and in the working folder, then the font folders of the system.
    ///
    /// # Errors
    /// [`FontsMissing`] when nothing plays 宋体 or 黑体.
    pub fn find(extra: &[PathBuf]) -> Result<Self, FontsMissing> {
        let mut folders = extra.to_vec();
        folders.extend(folders_nearby());
        folders.extend(folders_of_system());
        Self::find_in(&folders)
    }

    /// Finds a file for every role in these folders and nowhere else.
    ///
    /// # Errors
    /// [`FontsMissing`] when nothing plays 宋体 or 黑体.
    pub fn find_in(folders: &[PathBuf]) -> Result<Self, FontsMissing> {
        let mut files = BTreeMap::new();
        for folder in folders {
            let mut found = BTreeMap::new();
            collect(folder, DEPTH_MAX, &mut found);
            for role in Role::ALL {
                let best = role.stems().iter().find_map(|stem| found.get(*stem));
                if let (Some(path), false) = (best, files.contains_key(&role)) {
                    files.insert(role, path.clone());
                }
            }
        }
        let roles: Vec<Role> =
            Role::ALL.into_iter().filter(|role| role.is_compulsory() && !files.contains_key(role)).collect();
        if roles.is_empty() {
            return Ok(Self(Arc::new(Shared { files, loaded: Mutex::new(None) })));
        }
        let searched = folders.iter().filter(|path| path.is_dir()).cloned().collect();
        Err(FontsMissing { roles, searched })
    }

    /// The file that plays each role; a role without a file is played by 宋体.
    #[must_use]
    pub fn files(&self) -> &BTreeMap<Role, PathBuf> {
        &self.0.files
    }

    /// Lets go of the font files in memory. The next paper reads them again.
    pub fn rest(&self) {
        *self.0.loaded.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    pub(crate) fn load(&self) -> Result<Arc<Loaded>, FontUnreadable> {
        let mut slot = self.0.loaded.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(loaded) = slot.as_ref() {
            return Ok(Arc::clone(loaded));
        }
        let loaded = Arc::new(Loaded::read(&self.0.files)?);
        *slot = Some(Arc::clone(&loaded));
        Ok(loaded)
    }
}

/// The typefaces in memory.
pub(crate) struct Loaded {
    book: LazyHash<FontBook>,
    fonts: Vec<Font>,
}

impl Loaded {
    fn read(files: &BTreeMap<Role, PathBuf>) -> Result<Self, FontUnreadable> {
        let mut book = FontBook::new();
        let mut fonts = Vec::with_capacity(files.len());
        for (role, path) in files {
            let font = read_face(path).ok_or_else(|| FontUnreadable { path: path.clone() })?;
            let mut info = font.info().clone();
            role.family().clone_into(&mut info.family);
            book.push(info);
            fonts.push(font);
        }
        Ok(Self { book: LazyHash::new(book), fonts })
    }

    pub(crate) fn book(&self) -> &LazyHash<FontBook> {
        &self.book
    }

    /// Whether some face has a glyph for the character.
    pub(crate) fn shows(&self, character: char) -> bool {
        (0..self.fonts.len())
            .filter_map(|index| self.book.info(index))
            .any(|info| info.coverage.contains(u32::from(character)))
    }

    pub(crate) fn font(&self, index: usize) -> Option<Font> {
        self.fonts.get(index).cloned()
    }
}

/// Reads the simplified-Chinese face of a file. Collections made for several
/// regions hold it third (JP, KR, SC, TC, HK); other files have one face.
fn read_face(path: &Path) -> Option<Font> {
    let bytes = Bytes::new(std::fs::read(path).ok()?);
    let regional = Font::new(bytes.clone(), 2).filter(|font| font.info().family.ends_with("SC"));
    regional.or_else(|| Font::new(bytes, 0))
}

fn folders_nearby() -> Vec<PathBuf> {
    let beside = std::env::current_exe().ok();
    let beside = beside.as_deref().and_then(Path::parent).map(Path::to_path_buf);
    let mut folders = Vec::new();
    for root in beside.into_iter().chain([PathBuf::from(".")]) {
        folders.push(root.join("fonts"));
        folders.push(root.join("node_modules").join("@expo-google-fonts"));
    }
    folders
}

fn folders_of_system() -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = [
        "/usr/share/fonts",
        "/usr/local/share/fonts",
        "/usr/share/texlive/texmf-dist/fonts/opentype/public/fandol",
        "/System/Library/Fonts",
        "/Library/Fonts",
        "C:\\Windows\\Fonts",
    ]
    .iter()
    .map(PathBuf::from)
    .collect();
    if let Some(home) = std::env::var_os("HOME").map(PathBuf::from) {
        folders.push(home.join(".local/share/fonts"));
        folders.push(home.join(".fonts"));
    }
    folders
}

/// Font files below `folder`, by normalised stem. The first of a name wins, in
/// the order of the sorted paths, so that the choice does not depend on the
/// order in which the file system lists a folder.
fn collect(folder: &Path, depth: usize, found: &mut BTreeMap<String, PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            if depth > 0 {
                collect(&path, depth - 1, found);
            }
        } else if let Some(stem) = stem_of(&path) {
            found.entry(stem).or_insert(path);
        }
    }
}

fn stem_of(path: &Path) -> Option<String> {
    let extension = path.extension()?.to_str()?.to_ascii_lowercase();
    if !matches!(extension.as_str(), "ttf" | "otf" | "ttc" | "otc") {
        return None;
    }
    let stem = path.file_stem()?.to_str()?;
    Some(stem.chars().filter(|c| !matches!(c, ' ' | '-' | '_')).flat_map(char::to_lowercase).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stems_are_normalised() {
        let check = |path: &str, expected: Option<&str>| {
            assert_eq!(stem_of(Path::new(path)).as_deref(), expected, "{path}");
        };
        check("a/NotoSerifCJK-Regular.ttc", Some("notoserifcjkregular"));
        check("NotoSerifSC_400Regular.ttf", Some("notoserifsc400regular"));
        check("仿宋_GB2312.TTF", Some("仿宋gb2312"));
        check("README.md", None);
    }

    #[test]
    fn every_stem_is_in_normal_form() {
        for stem in Role::ALL.iter().flat_map(|role| role.stems()) {
            assert_eq!(stem_of(Path::new(&format!("{stem}.otf"))).as_deref(), Some(*stem));
        }
    }

    #[test]
    fn no_font_is_an_error_that_tells_the_command() {
        let missing = Fonts::find_in(&[PathBuf::from("/nonexistent")]).err().unwrap();
        assert_eq!(missing.roles, [Role::Song, Role::Hei]);
        let message = missing.to_string();
        assert!(message.contains("缺宋体、黑体"), "{message}");
        assert!(message.contains("apt-get install fonts-noto-cjk"), "{message}");
    }
}

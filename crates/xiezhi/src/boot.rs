//! From a data directory and the text of the law to a bureau that can work.
//!
//! INVARIANT: a law with an error in it is never served; an edition that matters are on is never lost.

use crate::answer::{Complaint, OrSay};
use crate::kept::{Proved, Shelf};
use crate::law::{self, LawText};
use crate::{edge, keyfile};
use acts::policy::Policy;
use acts::{Bureau, Law};
use kernel::calendar::Calendar;
use kernel::ledger::sm3;
use kernel::procedure::Procedure;
use kernel::world::Place;
use statute::{NoCorpus, Source};
use std::path::Path;
use std::sync::Arc;
use store::{EditionRow, OpenError, Store};

/// The store of a data directory. The place is written down on the first start and known afterwards.
///
/// # Errors
/// When the place is not known, or the file is not the store of that place.
pub fn store(data: &Path, place: Option<&str>) -> Result<(Store, String), Complaint> {
    let note = data.join("place");
    let known = std::fs::read_to_string(&note).ok().map(|code| code.trim().to_owned());
    let code = match (known, place) {
        (Some(known), Some(asked)) if known != asked => {
            return Err(Complaint::fact(format!(
                "{}是{known}的数据，不是{asked}的：请改 --place 或者换一个目录",
                data.display()
            )));
        }
        (Some(known), _) => known,
        (None, Some(asked)) => {
            std::fs::create_dir_all(data).or_say(&format!("建不了目录{}", data.display()))?;
            std::fs::write(&note, format!("{asked}\n")).or_say(&format!("写不了{}", note.display()))?;
            asked.to_owned()
        }
        (None, None) => {
            return Err(Complaint::fact(format!(
                "{}还没有数据：请先用 xiezhi serve --place 代码 启动一次",
                data.display()
            )));
        }
    };
    let store = match server(data)? {
        None => Store::open(&data.join("xiezhi.db"), &code),
        Some(url) => Store::connect(&url, &code),
    };
    Ok((store.map_err(|error| refused(&error, &code))?, code))
}

/// The address of the database server, where the data directory names one: the one line of its file `database`.
fn server(data: &Path) -> Result<Option<String>, Complaint> {
    let file = data.join("database");
    match std::fs::read_to_string(&file) {
        Ok(text) if text.trim().is_empty() => Err(Complaint::fact(format!(
            "{}是空的：请写上数据库的地址，如 host=/var/run/postgresql user=xiezhi dbname=xiezhi；不用服务器的就删去这个文件",
            file.display()
        ))),
        Ok(text) => Ok(Some(text.trim().to_owned())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Complaint::fact(format!("{}读不了：{error}", file.display()))),
    }
}

/// Why a store does not open, and what to do. What the server says is told, its address is not: it may hold a password.
fn refused(error: &OpenError, code: &str) -> Complaint {
    Complaint::fact(match error {
        OpenError::OtherRealm { found, .. } => {
            format!("数据库属于{found}，不是{code}：请改 --place，或者换一个数据库")
        }
        OpenError::NewerSchema { .. } => "数据库由更新的程序写成：请换用新版程序".to_owned(),
        OpenError::OlderSchema { found, needed } => {
            format!("数据库的结构是第{found}版，这个程序要第{needed}版：请先用写成它的程序升级")
        }
        OpenError::OldServer { found, needed } => {
            format!("数据库服务器是PostgreSQL {found}，至少要{needed}：请升级服务器")
        }
        OpenError::Encoding { found } => format!("数据库的编码是{found}：请新建一个UTF8的数据库"),
        OpenError::OtherTables => "这个数据库里有别的表，不是本程序的：请新建一个空的数据库".to_owned(),
        OpenError::Server(_) => format!(
            "数据库服务器连不上或者拒绝了：{}。请核对数据目录里的 database 文件，看看服务器在不在运行",
            crate::answer::chain(error)
        ),
        other => format!("数据库打不开：{}", crate::answer::chain(other)),
    })
}

/// A bureau over a data directory.
///
/// # Errors
/// Everything that stands in the way of working: broken law, missing place, unusable keys.
pub fn bureau(data: &Path, text: &LawText, place: Option<&str>) -> Result<Bureau, Complaint> {
    let shelf = Shelf::of(data, text);
    let kept = shelf.as_ref().and_then(Shelf::take);
    let mut news = kept.is_none();
    let mut proved = match kept {
        Some(kept) => kept,
        None => checked(text)?,
    };
    let entropy = edge::entropy();
    let (store, code) = store(data, place)?;
    let first_start = store.accounts().or_say("数据库读不了")?.is_empty();
    let policy = policy(text)?;
    let keys = keyfile::keys(data, &entropy, first_start)?;
    place_of(&proved.places, &code)?;
    publish(&store, text, &proved.procedures)?;
    news |= add_older(&store, text, &mut proved)?;
    if let (true, Some(shelf)) = (news, &shelf) {
        shelf.put(&proved);
    }
    let law = Arc::new(law_of(&store, proved, &code)?);
    let program = env!("CARGO_PKG_VERSION").to_owned();
    Ok(Bureau { store, law, policy: Arc::new(policy), keys: Arc::new(keys), entropy, program })
}

/// A bureau to look at and not to change: nothing is published in it. The law may hold an edition that is only tried.
///
/// # Errors
/// As [`bureau`].
pub fn look(data: &Path, text: &LawText) -> Result<Bureau, Complaint> {
    let (book, found) = text.read();
    let errors = law::errors(&found);
    if !errors.is_empty() {
        return Err(Complaint::fact(format!("法律文件有{}处错误：\n\n{}", errors.len(), text.drawn(&errors))));
    }
    let (store, code) = store(data, None)?;
    let entropy = edge::entropy();
    let keys = keyfile::keys(data, &entropy, false)?;
    let mut read = Proved::from(book);
    add_older(&store, text, &mut read)?;
    let law = Arc::new(law_of(&store, read, &code)?);
    let program = env!("CARGO_PKG_VERSION").to_owned();
    Ok(Bureau { store, law, policy: Arc::new(policy(text)?), keys: Arc::new(keys), entropy, program })
}

/// The law one place works under. Calendars that were applied to its data stand in place of those of the law files.
fn law_of(store: &Store, proved: Proved, code: &str) -> Result<Law, Complaint> {
    let place = place_of(&proved.places, code)?.clone();
    let mut calendar = Calendar::default();
    let refused = |error: kernel::calendar::CalendarError| Complaint::fact(error.zh());
    for year in proved.years {
        calendar.publish(year).map_err(refused)?;
    }
    for source in acts::calendars::kept(store).or_say("数据库里的日历读不了")? {
        let (notice, _) = statute::read(&[Source::new("calendar/applied.md", source)]);
        for year in notice.calendar.years() {
            calendar.correct(year.clone()).map_err(refused)?;
        }
    }
    let procedures = proved.procedures.into_iter().chain(proved.older).map(Arc::new).collect();
    Ok(Law { procedures, calendar, place })
}

/// The law, read and proved, its warnings logged; or the complaint with all its errors drawn.
fn checked(text: &LawText) -> Result<Proved, Complaint> {
    let (book, mut found) = text.read();
    let (more, _) = statute::check(&book, &NoCorpus, edge::today());
    found.extend(more);
    let errors = law::errors(&found);
    if !errors.is_empty() {
        let count = errors.len();
        return Err(Complaint::fact(format!("法律文件有{count}处错误，拒绝启动：\n\n{}", text.drawn(&errors))));
    }
    for warning in &found {
        tracing::warn!(code = warning.code, path = %warning.path, "{}", warning.message);
    }
    Ok(Proved::from(book))
}

fn place_of<'p>(places: &'p [Place], code: &str) -> Result<&'p Place, Complaint> {
    let found = places.iter().find(|place| place.code == code);
    found.ok_or_else(|| {
        let known: Vec<&str> = places.iter().map(|place| place.code.as_str()).collect();
        Complaint::fact(format!(
            "法律文件里没有地方{code}；有：{}。请在 law/places/ 写一份，或者改 --place",
            known.join("、")
        ))
    })
}

fn policy(text: &LawText) -> Result<Policy, Complaint> {
    let file = |path: &str| {
        text.file(path).ok_or_else(|| Complaint::fact(format!("法律文件里缺少 {path}：谁可以做什么没有规定，拒绝启动")))
    };
    Policy::load(file("policy/schema.cedarschema")?, file("policy/policies.cedar")?).or_say("授权规则有错误，拒绝启动")
}

/// Publishes the editions that are new.
fn publish(store: &Store, text: &LawText, procedures: &[Procedure]) -> Result<(), Complaint> {
    let published = store.editions().or_say("数据库读不了")?;
    let sources = text.sources();
    for procedure in procedures {
        let hash = procedure.edition.to_string();
        if published.iter().any(|row| row.hash == hash) {
            continue;
        }
        let source = sources.iter().find(|source| sm3(source.text.as_bytes()) == procedure.edition);
        let source =
            source.ok_or_else(|| Complaint::fact(format!("找不到“{}”的原文，不能公布这一版", procedure.title)))?;
        let row = EditionRow {
            procedure: procedure.id.to_string(),
            hash,
            source: source.text.clone().into_bytes(),
            published_at: edge::now().at.as_millisecond(),
        };
        store.put_edition(row).or_say("公布法律文件的版本失败")?;
    }
    Ok(())
}

/// Adds the published editions that are no longer current and that matters may be on; whether there was one to read.
fn add_older(store: &Store, text: &LawText, law: &mut Proved) -> Result<bool, Complaint> {
    let mut read = false;
    for row in store.editions().or_say("数据库读不了")? {
        let mut known = law.procedures.iter().chain(&law.older);
        if !known.any(|known| known.edition.to_string() == row.hash) {
            law.older.push(older(&text.sources(), &row)?);
            read = true;
        }
    }
    Ok(read)
}

/// An older edition, read again from the source it was published with.
fn older(sources: &[Source], row: &EditionRow) -> Result<Procedure, Complaint> {
    let lost = || Complaint::fact(format!("“{}”的旧版{}读不回来，仍有办件在用，拒绝启动", row.procedure, row.hash));
    let source = String::from_utf8(row.source.clone()).map_err(|_| lost())?;
    let around = |source: &&Source| {
        source.path == "statutes.md"
            || ["calendar/", "places/", "papers/"].iter().any(|room| source.path.starts_with(room))
    };
    let mut files: Vec<Source> = sources.iter().filter(around).cloned().collect();
    files.push(Source::new(format!("services/{}.md", row.procedure), source));
    let (book, _) = statute::read(&files);
    book.procedures.into_iter().find(|procedure| procedure.edition.to_string() == row.hash).ok_or_else(lost)
}

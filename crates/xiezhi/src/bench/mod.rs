//! `xiezhi bench`: the numbers of this program on this machine, each beside its limit.
//!
//! It makes a database through the real corridor, starts the server as a process of its own on it, and measures from
//! outside, over HTTP. Beside each number stands what the machine allows: the engine's own inserts of rows of the same
//! bytes on the same disk, and plain bytes from the same server.
//!
//! INVARIANT: nothing is measured inside the process that is measured.

mod city;
mod grow;
mod http;
mod latency;
mod law;
mod process;
mod rounds;
mod siege;
mod store;
mod table;
mod window;

use crate::answer::{self, Answer, Complaint, OrSay};
use crate::cli;
use crate::law::LawText;
use crate::{boot, demo};
use std::path::{Path, PathBuf};
use table::Table;

/// Set in a database that stands, to the number of its matters.
const STANDS: &str = "bench/matters";

/// Measures.
///
/// # Errors
/// When the database cannot be made or the server does not answer.
pub fn bench(asked: &cli::Bench, json: bool) -> Result<Answer, Complaint> {
    let kept = asked.data.clone();
    let folder =
        kept.clone().unwrap_or_else(|| std::env::temp_dir().join(format!("xiezhi-bench-{}", std::process::id())));
    let measured = measure(asked, &folder, json);
    if kept.is_none() {
        std::fs::remove_dir_all(&folder).or_say("临时目录删不掉")?;
    }
    let table = measured?;
    Ok(Answer { holds: table.holds(), text: table.text(), data: table.data() })
}

fn measure(asked: &cli::Bench, folder: &Path, json: bool) -> Result<Table, Complaint> {
    let say = |text: &str| {
        if !json {
            answer::print(text);
        }
    };
    std::fs::create_dir_all(folder).or_say("建不了目录")?;
    match asked.what {
        Some(cli::BenchWhat::Store) => return store::all(folder, asked.server.as_deref(), asked.requests, &say),
        Some(cli::BenchWhat::Grow) => return grow::all(folder, asked.server.as_deref(), asked.acts, &say),
        _ => {}
    }
    let city = city_of(asked, &folder.join("city"), &say)?;
    let mut table = match asked.what {
        Some(cli::BenchWhat::Serve) => Table::default(),
        _ => law::all(&city, &say)?,
    };
    if asked.what == Some(cli::BenchWhat::Law) {
        return Ok(table);
    }
    let small = folder.join("empty");
    std::fs::create_dir_all(&small).or_say("建不了目录")?;
    let more = rounds::all(asked, &city, &small, &say)?;
    table.about.extend(more.about);
    table.lines.extend(more.lines);
    Ok(table)
}

/// What the rounds need to know of the database.
#[derive(Debug)]
pub struct City {
    /// Its directory.
    pub folder: PathBuf,
    /// Matters in it.
    pub matters: u32,
    /// Bytes of an act in the database, everything that goes with it included.
    pub bytes_per_act: u64,
    /// Bytes of the database.
    pub bytes: u64,
    /// Acts in it.
    pub acts: u64,
}

/// The database of that size: one that stands is used again.
fn city_of(asked: &cli::Bench, folder: &Path, say: &dyn Fn(&str)) -> Result<City, Complaint> {
    let text = LawText::find(None)?;
    let bureau = boot::bureau(folder, &text, Some(demo::PLACE))?;
    let stands = bureau.store.setting(STANDS).or_say("数据库读不了")?;
    match stands.and_then(|count| count.parse::<u32>().ok()) {
        Some(count) if count == asked.matters => say(&format!("沿用已有的数据库：{count}件")),
        Some(count) => {
            return Err(Complaint::fact(format!(
                "{}里是{count}件，不是{}件：请换一个目录",
                folder.display(),
                asked.matters
            )));
        }
        None => {
            let built = city::build(&bureau, asked.matters, say)?;
            bureau.store.put_setting(STANDS, &asked.matters.to_string()).or_say("数据库写不了")?;
            say(&format!(
                "建库用了{:.0}秒：{}件、{}个行为，每秒{:.0}个行为（都经过办理通道）",
                built.seconds,
                asked.matters,
                built.acts,
                built.rate()
            ));
        }
    }
    bureau.store.fold_log().or_say("数据库写不了")?;
    let size = bureau.store.size().or_say("数据库读不了")?;
    let acts = size.tables.iter().find(|table| table.table == "act").map_or(1, |table| table.rows.max(1));
    Ok(City {
        folder: folder.to_owned(),
        matters: asked.matters,
        bytes_per_act: size.bytes / acts,
        bytes: size.bytes,
        acts,
    })
}

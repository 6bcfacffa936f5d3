//! `xiezhi keys`: another master key while the service runs, and the thread by which a running program hears of it.
//!
//! A change goes in steps, each written to the key file before the next begins: announced (everybody can unwrap under it),
//! promoted (everybody wraps under it), all wrapped anew, the old one put aside in a file of its own. Between the steps it
//! waits until every program at work has said that it knows.
//!
//! INVARIANT: nothing is wrapped under a master that a program at work does not know, and no master is put aside while
//! anything is wrapped under it. Interrupted anywhere, the same command goes on from there.

use crate::answer::{Answer, Complaint, OrSay, chain};
use crate::cli::{KeysCommand, KeysList, KeysRotate};
use crate::law::LawText;
use crate::{boot, edge, keyfile, vault};
use acts::Bureau;
use acts::keys::KeyFile;
use acts::posture::{self, Note};
use acts::rotation::{self, Rewrapped, Working};
use serde_json::json;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

/// How often a running program looks at its key file.
const LOOK: Duration = Duration::from_secs(1);
/// After how many looks it says again that it is at work.
const SAY_EVERY: u32 = 10;

/// Does what was asked.
///
/// # Errors
/// Keys that cannot be used, programs that do not hear, rows that do not open.
pub fn keys(command: &KeysCommand) -> Result<Answer, Complaint> {
    match command {
        KeysCommand::Rotate(asked) => rotate(asked),
        KeysCommand::List(asked) => list(asked),
        // Answers line by line instead of once: `main` calls it.
        KeysCommand::Vault(asked) => Err(Complaint::usage(format!("{}由主程序代管", asked.file.display()))),
    }
}

fn list(asked: &KeysList) -> Result<Answer, Complaint> {
    let bureau = boot::bureau(&asked.data, &LawText::find(asked.law.as_deref())?, None)?;
    let masters = bureau.keys.masters();
    let working = rotation::working(&bureau, edge::now()).or_say("数据库读不了")?;
    let mut lines = vec![format!("主密钥（第一把在用）：{}", masters.join("、"))];
    lines.extend(working.iter().map(|one| format!("  正在运行的程序{}：{}", one.program, one.masters.join("、"))));
    let told: Vec<_> = working.iter().map(|one| json!({ "program": one.program, "masters": one.masters })).collect();
    Ok(Answer { holds: true, text: lines.join("\n"), data: json!({ "masters": masters, "working": told }) })
}

fn rotate(asked: &KeysRotate) -> Result<Answer, Complaint> {
    let bureau = boot::bureau(&asked.data, &LawText::find(asked.law.as_deref())?, None)?;
    let path = keyfile::path(&asked.data);
    let mut steps = Steps { bureau: &bureau, path: &path, patience: Duration::from_secs(asked.wait) };
    if vault::is_named(&asked.data) {
        let done = steps.rewrap(asked.batch)?;
        noted(&bureau)?;
        return Ok(told(&bureau, done, &[]));
    }
    let mut file = keyfile::read(&path)?;
    // Masters of before that are still there: a change was interrupted after its second step.
    if !file.has_older() {
        if !file.has_next() {
            file = file.announce(bureau.random()).or_say("新的主密钥不能用")?;
            steps.put(&file)?;
        }
        steps.wait_for(&file, false)?;
        file = file.promote();
        steps.put(&file)?;
    }
    steps.wait_for(&file, true)?;
    let done = steps.rewrap(asked.batch)?;
    let (kept, retired) = file.retire();
    let aside = retired.iter().map(|old| steps.put_aside(old)).collect::<Result<Vec<_>, _>>()?;
    steps.put(&kept)?;
    noted(&bureau)?;
    Ok(told(&bureau, done, &aside))
}

fn noted(bureau: &Bureau) -> Result<(), Complaint> {
    posture::note(&bureau.store, edge::now(), Note::Rotated).or_say("主密钥换好了，时间没有记上")
}

fn told(bureau: &Bureau, done: Rewrapped, aside: &[PathBuf]) -> Answer {
    let masters = bureau.keys.masters();
    let mut lines = vec![
        format!("已更换主密钥，现在用{}", masters.first().map(String::as_str).unwrap_or_default()),
        format!(
            "重新包裹个人密钥{}把、草稿{}份、消息{}条、通行密钥{}把、动态验证码{}个、机关签文书的密钥{}把",
            done.persons, done.drafts, done.messages, done.passkeys, done.generators, done.office_keys
        ),
    ];
    lines.extend(aside.iter().map(|path| {
        format!("旧的主密钥移到{}：请移到安全的地方保存；早先的备份还要用它，备份都过期以后再销毁", path.display())
    }));
    Answer {
        holds: true,
        text: lines.join("\n"),
        data: json!({ "masters": masters, "persons": done.persons, "drafts": done.drafts, "messages": done.messages,
                      "passkeys": done.passkeys, "generators": done.generators,
                      "office_keys": done.office_keys, "aside": aside }),
    }
}

/// The steps of a change.
struct Steps<'a> {
    bureau: &'a Bureau,
    path: &'a Path,
    patience: Duration,
}

impl Steps<'_> {
    /// Writes the file, and takes it as every program does.
    fn put(&mut self, file: &KeyFile) -> Result<(), Complaint> {
        keyfile::replace(self.path, file)?;
        self.bureau.keys.take(file.clone()).or_say("新的密钥文件不能用")
    }

    /// Waits until every program at work knows the masters of the file; `first`: until it wraps under the first of them.
    fn wait_for(&self, file: &KeyFile, first: bool) -> Result<(), Complaint> {
        let names = file.names();
        let knows = |one: &Working| match first {
            true => one.masters.first() == names.first(),
            false => names.iter().all(|name| one.masters.contains(name)),
        };
        let until = Instant::now() + self.patience;
        loop {
            let working = rotation::working(self.bureau, edge::now()).or_say("数据库读不了")?;
            let deaf: Vec<&str> = working.iter().filter(|one| !knows(one)).map(|one| one.program.as_str()).collect();
            if deaf.is_empty() {
                return Ok(());
            }
            if Instant::now() > until {
                return Err(Complaint::fact(format!(
                    "正在运行的程序还不知道新的主密钥：{}。在别的机器上运行的，请把{}抄过去（权限600），再运行一次，会接着做",
                    deaf.join("、"),
                    self.path.display()
                )));
            }
            std::thread::sleep(LOOK);
        }
    }

    /// Wraps anew until a whole walk finds nothing to do.
    fn rewrap(&self, batch: u32) -> Result<Rewrapped, Complaint> {
        let mut all = Rewrapped::default();
        loop {
            let walked = rotation::rewrap(self.bureau, batch.max(1))
                .map_err(|error| Complaint::fact(format!("没有做完，可以再运行一次，会接着做：{}", chain(&error))))?;
            all.persons += walked.persons;
            all.drafts += walked.drafts;
            all.messages += walked.messages;
            all.passkeys += walked.passkeys;
            all.generators += walked.generators;
            all.office_keys += walked.office_keys;
            if walked.total() == 0 {
                return Ok(all);
            }
        }
    }

    /// Keeps a master of before in a file of its own.
    fn put_aside(&self, old: &KeyFile) -> Result<PathBuf, Complaint> {
        let name = old.names().first().cloned().unwrap_or_default();
        let path = self.path.with_file_name(format!("keys-retired-{name}.json"));
        if !path.exists() {
            keyfile::write_private(&path, &old.to_text())?;
        }
        Ok(path)
    }
}

/// Begins to look at the key file of a data directory, and to say which masters this program knows. The thread ends with the
/// program.
///
/// # Errors
/// When no thread can be started.
pub fn watch(bureau: &Bureau, data: &Path) -> Result<(), Complaint> {
    if vault::is_named(data) {
        return Ok(());
    }
    let (bureau, path, program) = (bureau.clone(), keyfile::path(data), bureau.fresh_id());
    let look = move || {
        let (mut known, mut looks) = (None, 0_u32);
        loop {
            let heard = hear(&bureau, &path, &mut known);
            let says = heard || looks.is_multiple_of(SAY_EVERY);
            if says && let Err(error) = rotation::report(&bureau, edge::now(), &program) {
                tracing::error!(%error, "it cannot be said which keys are known");
            }
            looks = looks.wrapping_add(1);
            std::thread::sleep(LOOK);
        }
    };
    std::thread::Builder::new().name("keys".to_owned()).spawn(look).or_say("启动不了线程").map(drop)
}

/// Takes the key file if it has changed; whether it did. A file that cannot be used is logged, and the keys stay.
fn hear(bureau: &Bureau, path: &Path, known: &mut Option<(SystemTime, u64)>) -> bool {
    let found = std::fs::metadata(path).ok();
    let changed = found.and_then(|found| Some((found.modified().ok()?, found.len())));
    if changed.is_none() || changed == *known {
        return false;
    }
    *known = changed;
    let taken = keyfile::read(path).and_then(|file| bureau.keys.take(file).or_say("密钥文件不能用"));
    if let Err(why) = &taken {
        tracing::error!(%why, "the key file has changed and cannot be used: the keys stay as they were");
    }
    taken.is_ok()
}

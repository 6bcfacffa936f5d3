//! What an operator does to a data directory: rebuild, back up, let the clock act.

use crate::answer::{Answer, Complaint, OrSay};
use crate::law::LawText;
use crate::{archive, boot, cli, edge, verify};
use acts::posture::{self, Note};
use acts::{audit, clockwork};
use serde_json::json;
use std::path::Path;

/// Makes the projections anew and compares them with what was there.
///
/// # Errors
/// When the data directory cannot be opened or an act cannot be folded.
pub fn rebuild(asked: &cli::Data) -> Result<Answer, Complaint> {
    let text = LawText::find(asked.law.as_deref())?;
    let bureau = boot::bureau(&asked.data, &text, None)?;
    let before = bureau.store.projection_digest().or_say("数据库读不了")?.to_string();
    let rebuilt = audit::rebuild(&bureau).or_say("没有重建，清单仍是原来的")?;
    let after = bureau.store.projection_digest().or_say("数据库读不了")?.to_string();
    let equal = before == after;
    let verdict =
        if equal { "一字节不差" } else { "与原来不同：原来的清单有误，现在以总账为准" };
    Ok(Answer {
        holds: equal,
        text: format!("已由总账重建{}件的清单：{verdict}\n  重建前 {before}\n  重建后 {after}", rebuilt.matters),
        data: json!({ "matters": rebuilt.matters, "before": before, "after": after, "equal": equal }),
    })
}

/// Copies the database while it is in use; or says how its server copies it, and whether that leads back to a moment.
///
/// # Errors
/// When the target exists or the disk is full; when the server does not say.
pub fn backup(asked: &cli::Backup) -> Result<Answer, Complaint> {
    let (store, _) = boot::store(&asked.data, None)?;
    let server = store.archiving().or_say("服务器没有说归档的情况（用户没有权限的，可以 grant pg_monitor 给它）")?;
    if let Some(server) = server {
        return Ok(archive::answer(&server, &asked.data, &asked.to));
    }
    store.backup_to(&asked.to).or_say("备份没有完成")?;
    posture::note(&store, edge::now(), Note::BackedUp).or_say("备份好了，时间没有记上")?;
    let bytes = std::fs::metadata(&asked.to).or_say("备份读不了")?.len();
    Ok(Answer {
        holds: true,
        text: format!(
            "已备份到{}（{bytes}字节）。密钥不在里面：请另外保管{}",
            asked.to.display(),
            asked.data.join("keys.json").display()
        ),
        data: json!({ "to": asked.to, "bytes": bytes }),
    })
}

/// Puts a backup in the place of a database that is gone, and verifies it. Whatever is refused is refused before
/// anything is written.
///
/// # Errors
/// When the backup is not whole or not a store, when a database or none of the keys is there, or the disk is full.
pub fn restore(asked: &cli::Restore) -> Result<Answer, Complaint> {
    let (from, data) = (&asked.from, &asked.data);
    let target = data.join("xiezhi.db");
    let there = ["xiezhi.db", "xiezhi.db-wal", "xiezhi.db-shm", "database"].map(|name| data.join(name));
    if let Some(there) = there.iter().find(|path| path.exists()) {
        return Err(Complaint::fact(format!(
            "{}还在，不覆盖：请先停程序，把它移走，或者恢复到另一个目录",
            there.display()
        )));
    }
    if !data.join("keys.json").exists() {
        return Err(Complaint::fact(format!(
            "{}里没有 keys.json：没有密钥，恢复的个人内容读不出。请先放回另外保管的密钥",
            data.display()
        )));
    }
    let realm = store::examine(from).map_err(|error| {
        Complaint::fact(format!("这份备份不能用，什么也没有改动：{}", crate::answer::chain(&error)))
    })?;
    let note = data.join("place");
    let known = std::fs::read_to_string(&note).ok();
    if let Some(known) = known.as_deref().map(str::trim).filter(|known| *known != realm) {
        return Err(Complaint::fact(format!("备份是{realm}的，{}是{known}的：请换一个目录", data.display())));
    }
    let place = known.is_none().then_some((note.as_path(), realm.as_str()));
    let bytes = put_in_place(from, &target, place).or_say("备份没有抄完，什么也没有留下，请看看磁盘")?;
    let verified = verify::ledger(&cli::Data { data: data.clone(), law: asked.law.clone() })?;
    Ok(Answer {
        holds: verified.holds,
        text: format!("已恢复{bytes}字节到{}\n{}", target.display(), verified.text),
        data: json!({ "to": target, "bytes": bytes, "realm": realm, "ledger": verified.data }),
    })
}

/// Copies beside and then names, so that half a copy never looks like a database; notes the place where it is not
/// noted yet. What fails leaves nothing of its own.
fn put_in_place(from: &Path, target: &Path, place: Option<(&Path, &str)>) -> std::io::Result<u64> {
    let beside = target.with_extension("db.restoring");
    let put = || {
        let bytes = std::fs::copy(from, &beside)?;
        std::fs::File::open(&beside)?.sync_all()?;
        if let Some((note, realm)) = place {
            std::fs::write(note, format!("{realm}\n"))?;
        }
        std::fs::rename(&beside, target)?;
        Ok(bytes)
    };
    let put = put();
    if put.is_err() {
        let notes = place.map(|(note, _)| note);
        for left in [Some(beside.as_path()), notes].into_iter().flatten() {
            // What was never made cannot be removed; what somebody else put there, a folder say, stays.
            drop(std::fs::remove_file(left));
        }
    }
    put
}

/// Performs what the passing of time brings about.
///
/// # Errors
/// When the data directory cannot be opened; single failures are in the answer.
pub fn tick(asked: &cli::Data) -> Result<Answer, Complaint> {
    let text = LawText::find(asked.law.as_deref())?;
    let bureau = boot::bureau(&asked.data, &text, None)?;
    let tick = clockwork::tick(&bureau, edge::now()).or_say("期限读不了")?;
    let done: Vec<String> = tick.performed.iter().map(|(matter, act)| format!("{matter}：{act}")).collect();
    let failed: Vec<String> = tick.failed.iter().map(|(matter, error)| format!("{matter}：{error}")).collect();
    let mut lines = vec![format!("期限届满，已自动办理{}件", done.len())];
    lines.extend(done.iter().map(|line| format!("  {line}")));
    lines.extend(failed.iter().map(|line| format!("  × {line}")));
    Ok(Answer {
        holds: failed.is_empty(),
        text: lines.join("\n"),
        data: json!({ "performed": done, "failed": failed }),
    })
}

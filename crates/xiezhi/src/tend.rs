//! What an operator does to a data directory: rebuild, back up, let the clock act.

use crate::answer::{Answer, Complaint, OrSay};
use crate::law::LawText;
use crate::{boot, cli, edge, verify};
use acts::{audit, clockwork};
use serde_json::json;

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

/// Copies the database while it is in use.
///
/// # Errors
/// When the target exists or the disk is full.
pub fn backup(asked: &cli::Backup) -> Result<Answer, Complaint> {
    let (store, _) = boot::store(&asked.data, None)?;
    if store.path().is_none() {
        return Err(Complaint::fact(
            "数据在数据库服务器上，不是一个文件：请在服务器上用 pg_basebackup（或者 pg_dump）备份，数据目录里的密钥另外备份",
        ));
    }
    store.backup_to(&asked.to).or_say("备份没有完成")?;
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
    match std::fs::read_to_string(&note) {
        Ok(known) if known.trim() != realm => {
            return Err(Complaint::fact(format!(
                "备份是{realm}的，{}是{}的：请换一个目录",
                data.display(),
                known.trim()
            )));
        }
        Ok(_) => {}
        Err(_) => std::fs::write(&note, format!("{realm}\n")).or_say(&format!("写不了{}", note.display()))?,
    }
    // Copied beside and then named, so that half a copy never looks like a database.
    let beside = data.join("xiezhi.db.restoring");
    let copied = std::fs::copy(from, &beside).and_then(|bytes| {
        std::fs::File::open(&beside)?.sync_all()?;
        std::fs::rename(&beside, &target)?;
        Ok(bytes)
    });
    let bytes = copied.or_say("备份没有抄完，请看看磁盘")?;
    let verified = verify::ledger(&cli::Data { data: data.clone(), law: asked.law.clone() })?;
    Ok(Answer {
        holds: verified.holds,
        text: format!("已恢复{bytes}字节到{}\n{}", target.display(), verified.text),
        data: json!({ "to": target, "bytes": bytes, "realm": realm, "ledger": verified.data }),
    })
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

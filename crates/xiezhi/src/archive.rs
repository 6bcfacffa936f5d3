//! Whether a database server can be put back to a moment, and the lines that do it.
//!
//! Nothing is copied here: the server copies itself. What is answered is what the server says, and what to type.
//!
//! INVARIANT: neither a password nor the text of `archive_command`, which may hold one, is shown.

use crate::answer::Answer;
use crate::edge;
use jiff::Timestamp;
use serde_json::{Value as Json, json};
use std::path::Path;
use store::{Archiving, LogPart};

/// One thing that must be so.
struct Need {
    what: &'static str,
    holds: bool,
    says: String,
}

/// What the server says of its archive, and the lines for a copy in the folder `to`.
pub fn answer(server: &Archiving, data: &Path, to: &Path) -> Answer {
    let needs = needs(server);
    let holds = needs.iter().all(|need| need.holds);
    let lines = Lines::of(server, data, to);
    let mut text = vec![if holds {
        "数据在数据库服务器上，由服务器自己备份（这里没有抄）。服务器能恢复到任意一个时刻".to_owned()
    } else {
        "数据在数据库服务器上，由服务器自己备份（这里没有抄）。服务器现在不能恢复到任意一个时刻：先照打叉的各行设好"
            .to_owned()
    }];
    text.extend(
        needs.iter().map(|need| format!("  {} {}：{}", if need.holds { "√" } else { "×" }, need.what, need.says)),
    );
    let notes = notes(server);
    text.extend(notes.iter().map(|note| format!("  （{note}）")));
    let mut part = |title: &str, lines: &[String]| {
        text.push(title.to_owned());
        text.extend(lines.iter().map(|line| format!("  {line}")));
    };
    let keys = data.join("keys.json");
    part("做一份基础备份（在服务器上，用数据库的系统账号）：", &lines.copy);
    part("密钥不在里面，另外保管：", &[keys.display().to_string()]);
    part("恢复：停掉所有程序和数据库，移走旧的数据目录，放回基础备份：", &lines.put_back);
    part("在数据目录的 postgresql.auto.conf 末尾加上（时刻改成要回到的）：", &lines.settings);
    part("启动数据库，等它说恢复完毕，再查验：", &lines.verify);
    let needs: Vec<Json> =
        needs.iter().map(|need| json!({ "what": need.what, "holds": need.holds, "says": need.says })).collect();
    let data = json!({ "holds": holds, "copied": false, "checks": needs, "notes": notes, "keys": keys, "copy": lines.copy,
                       "put_back": lines.put_back, "settings": lines.settings, "verify": lines.verify });
    Answer { holds, text: text.join("\n"), data }
}

fn needs(server: &Archiving) -> Vec<Need> {
    let setting = |what, value: &Option<String>, good: &[&str], wrong: &str| {
        let value = value.as_deref().unwrap_or("看不到");
        let holds = good.contains(&value);
        let says = if holds { value.to_owned() } else { format!("{value}。{wrong}") };
        Need { what, holds, says }
    };
    let is_set = |value: &Option<String>| value.as_deref().is_some_and(|text| !matches!(text, "" | "(disabled)"));
    let commanded = is_set(&server.archive_command) || is_set(&server.archive_library);
    let command = if commanded {
        "设好了"
    } else {
        "没有。要设成把 %p 抄到归档的命令，如 'test ! -f /归档/%f && cp %p /归档/%f'，归档放在另一块盘上"
    };
    vec![
        setting("wal_level", &server.wal_level, &["replica", "logical"], "要设成 replica，重新启动数据库"),
        setting("archive_mode", &server.archive_mode, &["on", "always"], "要设成 on，重新启动数据库"),
        Need { what: "archive_command", holds: commanded, says: command.to_owned() },
        archived(server),
        failed(server),
    ]
}

fn archived(server: &Archiving) -> Need {
    let says = match &server.archived {
        Some(part) => said(part),
        None => "还没有归档过。设好以后运行 select pg_switch_wal()，过一会儿再看".to_owned(),
    };
    Need { what: "最近归档", holds: server.archived.is_some(), says }
}

fn failed(server: &Archiving) -> Need {
    let Some(failed) = &server.failed else {
        return Need { what: "归档失败", holds: true, says: format!("{}次", server.failed_count) };
    };
    let holds = server.archived.as_ref().is_some_and(|archived| archived.at > failed.at);
    let since = if holds {
        "以后又成功了"
    } else {
        "以后没有成功过：请看服务器的日志，归档不通的时候磁盘会慢慢写满"
    };
    Need {
        what: "归档失败", holds, says: format!("{}次，最近一次{}，{since}", server.failed_count, said(failed))
    }
}

fn said(part: &LogPart) -> String {
    let at = Timestamp::from_millisecond(part.at).map(|at| edge::moment(at).civil);
    let at = at.map_or_else(|_| "时刻不明".to_owned(), |at| at.strftime("%Y-%m-%d %H:%M:%S").to_string());
    format!("{}（{at}）", part.name)
}

/// What does not decide, and has to be known.
fn notes(server: &Archiving) -> Vec<String> {
    let mut notes = Vec::new();
    if server.archive_timeout.as_deref() == Some("0") {
        notes.push(
            "archive_timeout 是 0：一段日志写满（16 MB）才归档，服务器的盘坏了就少掉没满的一段；建议 5min".to_owned(),
        );
    }
    if !server.user_may_copy {
        notes.push(format!("用户{}没有 replication 权限：做基础备份要换一个有的用户", server.user));
    }
    if server.data_directory.is_none() {
        notes.push(format!(
            "用户{}看不到服务器的数据目录，下面写作“数据目录”：可以 grant pg_read_all_settings 给它",
            server.user
        ));
    }
    if archive_folder(server).is_none() {
        notes.push("取回归档的命令看不出来，下面写作“取回”：照 archive_command 反着写".to_owned());
    }
    notes
}

/// What is typed, in this order.
struct Lines {
    copy: Vec<String>,
    put_back: Vec<String>,
    settings: Vec<String>,
    verify: Vec<String>,
}

impl Lines {
    fn of(server: &Archiving, data: &Path, to: &Path) -> Lines {
        let data = quoted(&data.display().to_string());
        let to = std::path::absolute(to).unwrap_or_else(|_| to.to_owned());
        let to = quoted(&to.display().to_string());
        let user = if server.user_may_copy { &server.user } else { "postgres" };
        let (host, user) = (quoted(&server.host), quoted(user));
        let port = server.port.as_deref().unwrap_or("5432");
        let home = server.data_directory.as_deref().map_or_else(|| "数据目录".to_owned(), quoted);
        let fetch = archive_folder(server)
            .map_or_else(|| "取回 %f \"%p\"".to_owned(), |folder| format!("cp {folder}/%f \"%p\""));
        let moment = edge::now().civil.strftime("%Y-%m-%d %H:%M:%S+08").to_string();
        Lines {
            copy: vec![
                format!(
                    "pg_basebackup --host={host} --port={port} --username={user} --pgdata={to} --checkpoint=fast --wal-method=stream"
                ),
                format!("pg_verifybackup {to}"),
            ],
            put_back: vec![format!("cp -a {to} {home}"), format!("touch {home}/recovery.signal")],
            settings: vec![
                format!("restore_command = '{fetch}'"),
                format!("recovery_target_time = '{moment}'"),
                "recovery_target_action = 'promote'".to_owned(),
            ],
            verify: vec![
                format!("xiezhi verify ledger --data {data}"),
                format!("xiezhi verify receipt 凭证.json --data {data}"),
            ],
        }
    }
}

/// The folder of the archive, where the command is a plain copy into one.
fn archive_folder(server: &Archiving) -> Option<&str> {
    let words = || server.archive_command.as_deref().unwrap_or_default().split_whitespace();
    let folder = words().last()?.trim_matches(['"', '\'']).strip_suffix("/%f")?;
    let plain = folder.starts_with('/') && folder.chars().all(is_plain);
    (plain && words().any(|word| word == "cp")).then_some(folder)
}

fn is_plain(letter: char) -> bool {
    letter.is_alphanumeric() || "/._-".contains(letter)
}

/// A word as a shell takes it.
fn quoted(word: &str) -> String {
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(command: &str) -> Archiving {
        let some = |text: &str| Some(text.to_owned());
        Archiving {
            host: "/run/postgresql".to_owned(),
            user: "xiezhi".to_owned(),
            wal_level: some("replica"),
            archive_mode: some("on"),
            archive_command: some(command),
            archive_timeout: some("300"),
            archived: Some(LogPart { name: "000000010000000000000004".to_owned(), at: 1_772_413_200_000 }),
            ..Archiving::default()
        }
    }

    fn told(server: &Archiving) -> Answer {
        answer(server, Path::new("/srv/city"), Path::new("/backup/to day"))
    }

    #[test]
    fn a_copy_into_a_folder_is_read_backwards_and_nothing_else_is() {
        let check = |command: &str, expected: Option<&str>| {
            assert_eq!(archive_folder(&server(command)), expected, "{command}");
        };
        check("cp %p /archive/%f", Some("/archive"));
        check("test ! -f /a-b/%f && cp \"%p\" \"/a-b/%f\"", Some("/a-b"));
        check("rsync %p backup:/archive/%f", None);
        check("gzip < %p > /archive/%f", None);
        check("cp %p '/$(reboot)/%f'", None);
        check("(disabled)", None);
    }

    #[test]
    fn a_server_that_archives_holds_and_its_lines_name_no_command() {
        let answer = told(&server("cp %p /archive/%f # geheim /archive/%f"));
        assert!(
            answer.holds && answer.text.contains("000000010000000000000004（2026-03-02 09:00:00）"),
            "{}",
            answer.text
        );
        assert!(answer.text.contains("restore_command = 'cp /archive/%f \"%p\"'"), "{}", answer.text);
        assert!(answer.text.contains("--username=postgres --pgdata='/backup/to day'"), "{}", answer.text);
        assert!(!answer.text.contains("geheim") && !answer.data.to_string().contains("geheim"), "{}", answer.text);
    }

    #[test]
    fn whatever_is_missing_is_said_with_what_to_set() {
        let good = server("cp %p /archive/%f");
        let at = |at| Some(LogPart { name: "000000010000000000000005".to_owned(), at });
        let check = |server: Archiving, holds: bool, said: &str| {
            let answer = told(&server);
            assert_eq!(answer.holds, holds, "{}", answer.text);
            assert!(answer.text.contains(said), "{said}: {}", answer.text);
        };
        let some = |text: &str| Some(text.to_owned());
        check(Archiving { wal_level: some("minimal"), ..good.clone() }, false, "要设成 replica");
        check(Archiving { archive_mode: some("off"), ..good.clone() }, false, "要设成 on");
        check(Archiving { archive_command: some("(disabled)"), ..good.clone() }, false, "要设成把 %p 抄到归档的命令");
        check(Archiving { archived: None, ..good.clone() }, false, "还没有归档过");
        check(Archiving { failed: at(1_772_413_300_000), failed_count: 3, ..good.clone() }, false, "没有成功过");
        check(Archiving { failed: at(1_772_413_100_000), failed_count: 3, ..good.clone() }, true, "以后又成功了");
        check(Archiving { archive_timeout: some("0"), ..good.clone() }, true, "建议 5min");
        check(good, true, "看不到服务器的数据目录");
    }
}

//! `xiezhi demo`: a simulated city with its people and matters, ready to look at.
//!
//! Everything in it happened through the corridor, at past instants. The people do not exist: region codes of the city
//! begin with 99, identity numbers carry a prefecture code that was never given to anybody.
//!
//! INVARIANT: passwords are made afresh for every demo city; none is in this program.

mod applicants;
mod cast;
mod examples;
#[cfg(test)]
mod pairs;
mod staff;
mod stories;
mod walk;

pub use applicants::Applicant;
pub use cast::{Cast, Login, enrol, enrol_staff, held};
pub use walk::{Opening, PNG, PROCEDURE, Walk};

use crate::answer::{self, Answer, Complaint, OrSay};
use crate::delivery::Program;
use crate::law::LawText;
use crate::running::Ports;
use crate::{boot, cli, edge, import, keyfile, keyring, outward, running, serve};
use acts::{Bureau, people};
use serde_json::json;
use statute::Book;
use std::path::{Path, PathBuf};

/// The city.
pub const PLACE: &str = "990100";
/// Set once the city stands.
const FOUNDED: &str = "demo/founded";
/// How many times the usual number of requests a demo city lets through: whoever shows it has one address for everybody.
const WIDE: u32 = 50;
/// What every page says above.
const BANNER: &str = "演示：人物、机构、办件都是模拟的";

/// Makes the city where it is new, and serves it.
///
/// # Errors
/// The reason why it does not start.
pub fn demo(asked: &cli::Demo, json: bool) -> Result<Answer, Complaint> {
    serve::log_to_stderr();
    let text = LawText::find(asked.law.as_deref())?;
    let program = Program::find(asked.deliver.as_deref())?;
    let listener = running::listen(asked.listen)?;
    let bureau = boot::bureau(&asked.data, &text, Some(PLACE))?;
    // Passkeys are tied to a name, and this machine has one.
    let port = listener.local_addr().or_say("监听地址不明")?.port();
    let federation = outward::settings::federation(&asked.data, &format!("http://localhost:{port}"))?;
    let accounts = asked.data.join("accounts.txt");
    if bureau.store.setting(FOUNDED).or_say("数据库读不了")?.is_none() {
        let (book, _) = text.read();
        let logins = found(&bureau, &book, &asked.data, asked.corpus.as_deref(), &accounts)?;
        if !json {
            answer::print(&format!("示范市已建成。账户（也写在{}）：\n{}", accounts.display(), table(&logins)));
        }
    } else if !json {
        answer::print(&format!("示范市的账户在{}", accounts.display()));
    }
    let site = running::site(&bureau, BANNER, false);
    serve::announce(&listener, json, json!({ "accounts": accounts }))?;
    keyring::watch(&bureau, &asked.data)?;
    let (limits, scanner) = (asked.gate.limits(WIDE), asked.gate.scanner());
    running::run(bureau, text.templates(), site, (listener, None), Ports { program, limits, scanner, federation })?;
    Ok(Answer { holds: true, text: "已停止".into(), data: json!({ "stopped": true }) })
}

/// Makes the city: people, registers, statutes, matters.
fn found(
    bureau: &Bureau,
    book: &Book,
    data: &Path,
    corpus: Option<&Path>,
    accounts: &Path,
) -> Result<Vec<Login>, Complaint> {
    if accounts.exists() || !bureau.store.accounts().or_say("数据库读不了")?.is_empty() {
        return Err(Complaint::fact(format!("上一次示范市没有建完：请删除目录{}后再来", data.display())));
    }
    let nearby = || Some(shared_laws()).filter(|path| path.is_dir());
    match corpus.map(Path::to_owned).or_else(nearby) {
        Some(folder) => {
            let counted = import::into_store(&bureau.store, &folder)?;
            answer_progress(&format!("已导入法律{}部、{}条", counted.statutes, counted.articles));
        }
        None => answer_progress("没有法律全文可以导入（../shared/data/laws 不在）；条文对照页会是空的"),
    }
    let now = edge::now();
    let cast = Cast::of_the_demo_city(&bureau.law);
    let logins = enrol(bureau, now, &cast)?;
    // Its passwords lie in a file for whoever looks at it: a term for them would protect nobody.
    people::limits::lift(bureau).or_say("数据库写不了")?;
    cast.register(bureau, now)?;
    keyfile::write_private(accounts, &format!("# 登录名 密码 姓名 岗位\n{}", table(&logins)))?;
    let count = stories::play(bureau, now, &cast)?;
    let (matters, acts) = examples::play(bureau, book, &Walk::new(bureau, &cast), now.civil)?;
    answer_progress(&format!("已办理{}件、{}个行为", count.matters + matters, count.acts + acts));
    bureau.store.put_setting(FOUNDED, &now.on().to_string()).or_say("数据库写不了")?;
    acts::delivery::show_all(bureau, edge::now()).or_say("消息发不出去")?;
    Ok(logins)
}

/// Progress goes to standard error: standard output holds the answer.
fn answer_progress(text: &str) {
    eprintln!("{text}");
}

/// `../shared/data/laws`, or where `XIEZHI_SHARED` says.
fn shared_laws() -> PathBuf {
    std::env::var_os("XIEZHI_SHARED").map_or_else(|| PathBuf::from("../shared"), PathBuf::from).join("data/laws")
}

fn table(logins: &[Login]) -> String {
    logins.iter().map(|login| format!("{} {} {} {}\n", login.login, login.password, login.name, login.seats)).collect()
}

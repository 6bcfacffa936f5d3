//! `xiezhi init`: keys and the three administrators of a data directory that has none.
//!
//! It gives nobody else an account. A server started on an empty directory does the same first.
//!
//! INVARIANT: a password is made by chance, shown once on the terminal, kept as a hash only, and changed at the first
//! sign-in.

use crate::answer::{Answer, Complaint, OrSay};
use crate::law::LawText;
use crate::{boot, cli, edge};
use acts::policy::HeldPost;
use acts::{Bureau, people};
use serde_json::{Value as Json, json};

/// Login, name and seat of the three.
const ADMINISTRATORS: [(&str, &str, &str); 3] = [
    ("operator", "系统管理员", "operator"),
    ("security", "安全管理员", "security"),
    ("auditor", "审计管理员", "auditor"),
];

/// Somebody made at the first start.
#[derive(Debug)]
pub struct Made {
    login: &'static str,
    name: &'static str,
    password: String,
}

/// Makes keys and administrators, and shows each password once.
///
/// # Errors
/// When it was done already, and as [`boot::bureau`].
pub fn init(asked: &cli::Init) -> Result<Answer, Complaint> {
    let text = LawText::find(asked.law.as_deref())?;
    let bureau = boot::bureau(&asked.data, &text, asked.place.as_deref())?;
    let made = administrators(&bureau)?;
    if made.is_empty() {
        let folder = asked.data.display();
        return Err(Complaint::fact(format!(
            "{folder}已经初始化过，不再建立管理员：忘记密码请用 xiezhi accounts reset，新建账户请用 xiezhi accounts add"
        )));
    }
    Ok(Answer { holds: true, text: told(&made), data: as_json(&made) })
}

/// The three administrators, where nobody has an account yet.
///
/// # Errors
/// What store and law say.
pub fn administrators(bureau: &Bureau) -> Result<Vec<Made>, Complaint> {
    if !bureau.store.accounts().or_say("账户读不了")?.is_empty() {
        return Ok(Vec::new());
    }
    let office = bureau.law.place.offices.iter().find(|office| office.parent.is_none());
    let office = office.ok_or_else(|| Complaint::fact("地方文件里没有机构，不能建立账户"))?;
    let mut made = Vec::new();
    for (login, name, seat) in ADMINISTRATORS {
        let password = people::fresh_password(bureau);
        let post = HeldPost { seat: seat.into(), office: office.id.clone() };
        let failed = || format!("建立{name}的账户失败");
        people::create(bureau, edge::now(), login, name, &password, &[post]).or_say(&failed())?;
        people::demand_change(bureau, login).or_say(&failed())?;
        made.push(Made { login, name, password });
    }
    Ok(made)
}

/// What a person reads.
pub fn told(made: &[Made]) -> String {
    let mut told = "已建立三个管理员账户（密码只显示这一次，第一次登录要改）：".to_owned();
    for one in made {
        told.push_str(&format!("\n  {}\n    登录名 {}\n    密码   {}", one.name, one.login, one.password));
    }
    told
}

/// What a program reads.
pub fn as_json(made: &[Made]) -> Json {
    let one = |made: &Made| json!({ "login": made.login, "name": made.name, "password": made.password });
    json!({ "first_accounts": made.iter().map(one).collect::<Vec<_>>() })
}

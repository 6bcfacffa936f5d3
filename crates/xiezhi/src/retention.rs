//! `xiezhi retention`: what need no longer be kept, what is held, and what two archivists destroy.

use crate::answer::{Answer, Complaint, OrSay, chain};
use crate::cli::{RetentionCommand, RetentionHold, RetentionList, RetentionOf, RetentionRelease};
use crate::law::LawText;
use crate::lawbook::not_signed;
use crate::{boot, edge};
use acts::Bureau;
use acts::load::LoadError;
use acts::retention::{self, Due, Held, RetentionRefusal};
use acts::system::{self, Signer, SystemError};
use acts::tombstone::{self, Tombstone};
use kernel::clock::zh_date;
use kernel::names::MatterId;
use kernel::retention::Kept;
use kernel::world::Moment;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;

/// Does what was asked.
///
/// # Errors
/// Whoever may not, a number that nobody has, a matter that must be kept.
pub fn retention(command: &RetentionCommand) -> Result<Answer, Complaint> {
    match command {
        RetentionCommand::List(asked) => list(asked),
        RetentionCommand::Hold(asked) => hold(asked),
        RetentionCommand::Release(asked) => release(asked),
        RetentionCommand::Propose(asked) => propose(asked),
        RetentionCommand::Dispose(asked) => dispose(asked),
    }
}

fn list(asked: &RetentionList) -> Result<Answer, Complaint> {
    let on = match &asked.on {
        Some(day) => day.parse().map_err(|_| Complaint::usage(format!("“{day}”不是日期，请写 2026-01-31")))?,
        None => edge::now().on(),
    };
    let bureau = boot::look(&asked.data, &LawText::find(asked.law.as_deref())?)?;
    let due = retention::due(&bureau, on).map_err(|refused| complaint(&refused))?;
    let names = acts::people::names(&bureau).or_say("账户读不了")?;
    let mut lines = vec![format!("到{}保管期满的有{}件", zh_date(on), due.len())];
    lines.extend(due.iter().map(|one| told(one, &names)));
    let data = json!({ "on": on.to_string(), "due": due.iter().map(data_of).collect::<Vec<_>>() });
    Ok(Answer { holds: true, text: lines.join("\n"), data })
}

fn told(one: &Due, names: &BTreeMap<String, String>) -> String {
    let mut line = format!(
        "  {}　{}　{}办结　{}　{}期满",
        number_of(one),
        one.title,
        one.term.closed_on,
        one.term.zh(),
        one.kept_until
    );
    for Held { version, since, reason, authority } in &one.holds {
        line.push_str(&format!("\n      暂缓销毁：{since}起，{authority}，{reason}（第{version}个行为）"));
    }
    if let Some((person, version)) = &one.proposed {
        let name = names.get(person).unwrap_or(person);
        line.push_str(&format!("\n      {name}已提出销毁（第{version}个行为），等另一人批准"));
    }
    line
}

fn number_of(one: &Due) -> &str {
    one.number.as_deref().unwrap_or(one.matter.as_str())
}

fn data_of(one: &Due) -> Json {
    let hold = |held: &Held| {
        json!({ "act": held.version, "since": held.since.to_string(), "reason": held.reason,
                "authority": held.authority })
    };
    let proposed = one.proposed.as_ref().map(|(by, act)| json!({ "by": by, "act": act }));
    json!({ "matter": one.matter.as_str(), "number": one.number, "title": one.title,
            "closed_on": one.term.closed_on.to_string(), "term": one.term.zh(),
            "kept_until": one.kept_until.to_string(), "holds": one.holds.iter().map(hold).collect::<Vec<_>>(),
            "proposed": proposed })
}

fn hold(asked: &RetentionHold) -> Result<Answer, Complaint> {
    let at = Signing::of(&asked.of)?;
    let act = retention::hold(&at.bureau, at.now, &at.signer, &at.matter, &asked.reason, &asked.authority);
    let act = act.map_err(|refused| complaint(&refused))?;
    at.done(&asked.of, act, "暂缓销毁，解除以前不能销毁")
}

fn release(asked: &RetentionRelease) -> Result<Answer, Complaint> {
    let at = Signing::of(&asked.of)?;
    let act = retention::release(&at.bureau, at.now, &at.signer, &at.matter, asked.act, &asked.reason);
    let act = act.map_err(|refused| complaint(&refused))?;
    at.done(&asked.of, act, "解除暂缓销毁")
}

fn propose(asked: &RetentionOf) -> Result<Answer, Complaint> {
    let at = Signing::of(asked)?;
    let act = retention::propose(&at.bureau, at.now, &at.signer, &at.matter);
    let act = act.map_err(|refused| complaint(&refused))?;
    at.done(asked, act, "提出销毁，等另一名档案管理员批准")
}

fn dispose(asked: &RetentionOf) -> Result<Answer, Complaint> {
    let at = Signing::of(asked)?;
    let stone = retention::dispose(&at.bureau, at.now, &at.signer, &at.matter);
    let stone = stone.map_err(|refused| complaint(&refused))?;
    let left = tombstone::of_number(&at.bureau, &asked.number).or_say("销毁以后读不了")?;
    let mut lines =
        left.map(|left| tombstone::told(&at.bureau, &left)).transpose().or_say("账户读不了")?.unwrap_or_default();
    lines.push(match at.bureau.store.path() {
        Some(_) => "备份里还有这些内容：请按备份的保留办法处理。".to_owned(),
        None => "服务器要清理（vacuum）以后才真正没有；备份和归档里还有，请按保留办法处理。".to_owned(),
    });
    Ok(Answer { holds: true, text: lines.join("\n"), data: stone_data(&asked.number, &stone) })
}

fn stone_data(number: &str, stone: &Tombstone) -> Json {
    let gone = &stone.destroyed;
    json!({ "number": number, "on": stone.on.to_string(), "proposed_by": stone.proposed_by.as_str(),
            "approved_by": stone.approved_by.as_str(), "term": stone.term, "closed_on": stone.closed_on.to_string(),
            "kept_until": stone.kept_until.to_string(), "basis": stone.basis, "acts": gone.acts, "sealed": gone.sealed,
            "files": gone.files, "digest": gone.digest.to_string() })
}

/// Somebody with the duty before one matter.
pub struct Signing {
    /// The bureau.
    pub bureau: Bureau,
    /// When.
    pub now: Moment,
    /// Who.
    pub signer: Signer,
    /// The matter.
    pub matter: MatterId,
}

impl Signing {
    /// Looks up the archivist and the matter.
    ///
    /// # Errors
    /// Whoever has not the duty, a number that nobody has.
    pub fn of(asked: &RetentionOf) -> Result<Signing, Complaint> {
        let bureau = boot::bureau(&asked.data, &LawText::find(asked.law.as_deref())?, None)?;
        let now = edge::now();
        let signer = system::archivist(&bureau, &asked.by, now.on()).map_err(|error| not_signed(&error))?;
        let row = bureau.store.find_by_number(&asked.number).or_say("办件读不了")?;
        let row = row.ok_or_else(|| Complaint::fact(format!("没有编号是“{}”的办件，请核对", asked.number)))?;
        Ok(Signing { bureau, now, signer, matter: MatterId::new(row.matter.0) })
    }

    /// What was done, in words.
    ///
    /// # Errors
    /// None: it is an answer like the others.
    pub fn done(&self, asked: &RetentionOf, act: u32, what: &str) -> Result<Answer, Complaint> {
        Ok(Answer {
            holds: true,
            text: format!("{}：{}{what}（第{act}个行为）", asked.number, self.signer.name),
            data: json!({ "number": asked.number, "matter": self.matter.as_str(), "act": act, "by": asked.by }),
        })
    }
}

fn complaint(refused: &RetentionRefusal) -> Complaint {
    Complaint::fact(match refused {
        RetentionRefusal::Kept(kept) => kept_zh(kept),
        RetentionRefusal::Words => "原因和要求的机关都要写，各写一行，最多200字".to_owned(),
        RetentionRefusal::HeldAlready(act) => format!("已经因为同样的原因暂缓了（第{act}个行为）"),
        RetentionRefusal::NoHold => "没有这样的暂缓可以解除".to_owned(),
        RetentionRefusal::WhichHold(count) => format!("有{count}个暂缓，请用 --act 写明解除第几个行为的那一个"),
        RetentionRefusal::System(SystemError::Load(LoadError::Disposed(left))) => {
            format!("这一件的内容已于{}销毁", zh_date(left.tombstone.on))
        }
        RetentionRefusal::System(error) => format!("没有办成，可以再做一次：{}", chain(error)),
    })
}

/// Why it must be kept, in words.
pub fn kept_zh(kept: &Kept) -> String {
    match kept {
        Kept::Open => "这一件还没有办结，不能销毁".to_owned(),
        Kept::NoTerm => "没有保管期限：归档时没有选，或者它那一版的法律文件没有写，不能销毁".to_owned(),
        Kept::Permanent => "这一件永久保管，不能销毁".to_owned(),
        Kept::Until(day) => format!("{}才期满，还不能销毁", zh_date(*day)),
        Kept::OnHold(act) => format!("暂缓销毁（第{act}个行为），先解除才能销毁"),
        Kept::Proposed(act) => format!("已经提出过了（第{act}个行为），等另一名档案管理员批准"),
        Kept::NotProposed => "还没有人提出销毁，或者提出以后又暂缓过：请先提出".to_owned(),
        Kept::SamePerson => "提出的人不能自己批准，请另一名档案管理员批准".to_owned(),
    }
}

//! `xiezhi erase`: what is known of a person is destroyed, by two archivists.

use crate::answer::{Answer, Complaint, OrSay, chain};
use crate::cli::{EraseApprove, EraseCommand, ErasePropose};
use crate::retention::{Signing, kept_zh};
use acts::erasure::{self, ErasureRefusal};
use kernel::names::Name;
use serde_json::json;

/// Does what was asked.
///
/// # Errors
/// Whoever may not, a number that nobody has, a matter that must be kept.
pub fn erase(command: &EraseCommand) -> Result<Answer, Complaint> {
    match command {
        EraseCommand::Propose(asked) => propose(asked),
        EraseCommand::Approve(asked) => approve(asked),
    }
}

fn propose(asked: &ErasePropose) -> Result<Answer, Complaint> {
    let at = Signing::of(&asked.of.of)?;
    let party = Name::new(asked.of.party.as_str());
    let act = erasure::propose(&at.bureau, at.now, &at.signer, &at.matter, &party, &asked.reason);
    let act = act.map_err(|refused| complaint(&at, &refused))?;
    at.done(&asked.of.of, act, "提出删除个人信息，等另一名档案管理员批准")
}

fn approve(asked: &EraseApprove) -> Result<Answer, Complaint> {
    let at = Signing::of(&asked.of)?;
    let erased = erasure::erase(&at.bureau, at.now, &at.signer, &at.matter, &Name::new(asked.party.as_str()));
    let erased = erased.map_err(|refused| complaint(&at, &refused))?;
    let matters = erased.matters.iter().map(|id| number(&at, id)).collect::<Result<Vec<_>, _>>()?;
    let lines = [
        format!(
            "已删除：涉及{}件（{}），文件{}个，消息{}条",
            matters.len(),
            matters.join("、"),
            erased.files,
            erased.messages
        ),
        "早先的备份里还有这个人的密钥：请按备份的保留办法处理。".to_owned(),
    ];
    let data = json!({ "matters": matters, "files": erased.files, "messages": erased.messages, "by": asked.of.by });
    Ok(Answer { holds: true, text: lines.join("\n"), data })
}

fn number(at: &Signing, id: &kernel::names::MatterId) -> Result<String, Complaint> {
    let row = at.bureau.store.matter(&store::MatterId(id.to_string())).or_say("办件读不了")?;
    Ok(row.and_then(|row| row.number).unwrap_or_else(|| id.to_string()))
}

fn complaint(at: &Signing, refused: &ErasureRefusal) -> Complaint {
    Complaint::fact(match refused {
        ErasureRefusal::NoParty(party) => {
            format!("这一件里没有“{party}”的个人信息，或者已经删除：请核对法律文件里的岗位名称")
        }
        ErasureRefusal::Kept { matter, kept } => {
            let which = number(at, matter).unwrap_or_else(|_| matter.to_string());
            format!("{which}：{}", kept_zh(kept).replace("销毁", "删除"))
        }
        ErasureRefusal::Words => "原因要写，写一行，最多200字".to_owned(),
        ErasureRefusal::System(error) => format!("没有办成，可以再做一次：{}", chain(error)),
    })
}

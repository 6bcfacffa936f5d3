//! `xiezhi verify`: a receipt by itself, offline; or the whole ledger.

use crate::answer::{Answer, Complaint, OrSay};
use crate::law::LawText;
use crate::{boot, cli};
use acts::audit::{Audit, audit};
use acts::receipt;
use serde_json::{Value as Json, json};
use std::path::Path;

/// Checks a receipt.
///
/// # Errors
/// When a file cannot be read.
pub fn receipt(asked: &cli::Receipt) -> Result<Answer, Complaint> {
    let bytes = std::fs::read(&asked.file).or_say(&format!("凭证{}读不了", asked.file.display()))?;
    let key = match (&asked.key, &asked.key_file) {
        (Some(key), _) => Some(key.trim().to_owned()),
        (None, Some(path)) => Some(read_key(path)?),
        (None, None) => None,
    };
    // Bytes that are no text are no receipt either: they fail as the changed text does.
    let verdict = receipt::verify(&String::from_utf8_lossy(&bytes), key.as_deref());
    let holds = verdict.holds();
    let mut lines = vec![if holds {
        "凭证有效".to_owned()
    } else {
        "凭证无效：不要采信，请向办理机构核实".to_owned()
    }];
    for check in &verdict.checks {
        lines.push(format!("  {} {}：{}", if check.holds { "√" } else { "×" }, check.what, check.means));
    }
    if key.is_none() && holds {
        lines
            .push("  （没有给公钥：用的是凭证自带的公钥。要确认是哪个机关签的，请加 --key 机关公布的公钥）".to_owned());
    }
    if holds {
        lines.extend(verdict.says.iter().map(|(what, said)| format!("  {what}：{said}")));
    }
    let checks: Vec<Json> =
        verdict.checks.iter().map(|c| json!({ "what": c.what, "holds": c.holds, "means": c.means })).collect();
    let says: Vec<Json> = verdict.says.iter().map(|(what, said)| json!({ "what": what, "said": said })).collect();
    Ok(Answer {
        holds,
        text: lines.join("\n"),
        data: json!({ "holds": holds, "key_known": key.is_some(), "checks": checks, "says": if holds { says } else { Vec::new() } }),
    })
}

fn read_key(path: &Path) -> Result<String, Complaint> {
    let text = std::fs::read_to_string(path).or_say(&format!("公钥文件{}读不了", path.display()))?;
    Ok(text.trim().to_owned())
}

/// Checks the ledger.
///
/// # Errors
/// When the data directory cannot be opened.
pub fn ledger(asked: &cli::Data) -> Result<Answer, Complaint> {
    let text = LawText::find(asked.law.as_deref())?;
    let bureau = boot::bureau(&asked.data, &text, None)?;
    let audit = audit(&bureau).or_say("总账读不了")?;
    let (holds, report) = (audit.holds(), &audit.store);
    let faults = faults(&audit);
    let mut lines = vec![if holds { "总账成立".to_owned() } else { format!("总账有{}处不对", faults.len()) }];
    lines.push(format!(
        "  链{}条、行为{}个、文书号{}个、日志{}项、检查点{}个",
        report.matters, report.acts, report.numbers, report.leaves, report.checkpoints
    ));
    lines.extend(faults.iter().map(|fault| format!("  × {fault}")));
    Ok(Answer {
        holds,
        text: lines.join("\n"),
        data: json!({ "holds": holds, "chains": report.matters, "acts": report.acts, "numbers": report.numbers,
                      "leaves": report.leaves, "checkpoints": report.checkpoints, "faults": faults }),
    })
}

fn faults(audit: &Audit) -> Vec<String> {
    let mut faults = Vec::new();
    faults.extend(
        audit.store.breaks.iter().map(|b| format!("办件{}第{}个行为：{:?}", b.matter.as_str(), b.version, b.fault)),
    );
    faults.extend(
        audit
            .store
            .number_faults
            .iter()
            .map(|n| format!("文书号{}·{}·{}年缺：{:?}", n.series, n.office, n.year, n.missing)),
    );
    faults.extend(audit.store.log_faults.iter().map(|fault| format!("日志：{fault:?}")));
    faults.extend(
        audit.content_differs.iter().map(|(matter, version)| format!("办件{matter}第{version}个行为的内容与摘要不符")),
    );
    if audit.unsigned_checkpoint {
        faults.push("最新检查点不是本机关的密钥签的".to_owned());
    }
    faults
}

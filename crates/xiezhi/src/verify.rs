//! `xiezhi verify`: receipts by themselves, offline, or against the ledger; papers, offline; or the whole ledger.

use crate::answer::{Answer, Complaint, OrSay};
use crate::law::LawText;
use crate::{boot, cli, edge};
use acts::Bureau;
use acts::audit::{Audit, audit};
use acts::office_keys::{ListError, read_list};
use acts::posture::{self, Note};
use acts::receipt::{self, Check, Verdict};
use acts::seals;
use serde_json::{Value as Json, json};
use std::path::Path;

/// Checks receipts: each by itself and, where a data directory is named, against the ledger there.
///
/// # Errors
/// When a file or the ledger cannot be read.
pub fn receipt(asked: &cli::Receipt) -> Result<Answer, Complaint> {
    let bureau = match &asked.data {
        Some(data) => Some(boot::look(data, &LawText::find(asked.law.as_deref())?)?),
        None => None,
    };
    let key = match (&asked.key, &asked.key_file) {
        (Some(key), _) => Some(key.trim().to_owned()),
        (None, Some(path)) => Some(read_key(path)?),
        (None, None) => bureau.as_ref().map(|bureau| bureau.keys.public_key()),
    };
    let authorities = asked
        .stamp_ca
        .as_deref()
        .map(|path| std::fs::read(path).or_say(&format!("时间戳机构的证书{}读不了", path.display())));
    let authorities = authorities.transpose()?;
    let checked = |file| Checked::of(file, key.as_deref(), authorities.as_deref(), bureau.as_ref());
    let checked: Vec<Checked<'_>> = asked.files.iter().map(|file| checked(file)).collect::<Result<_, _>>()?;
    let holding = checked.iter().filter(|checked| checked.holds()).count();
    let mut lines: Vec<String> = Vec::new();
    for one in &checked {
        let named = if checked.len() > 1 { format!("{}：", one.file.display()) } else { String::new() };
        lines.extend(one.lines(&named));
    }
    if checked.len() > 1 {
        lines.push(format!("{}张凭证，成立{holding}张，不成立{}张", checked.len(), checked.len() - holding));
    }
    if key.is_none() && holding > 0 {
        lines
            .push("  （没有给公钥：用的是凭证自带的公钥。要确认是哪个机关签的，请加 --key 机关公布的公钥）".to_owned());
    }
    let receipts: Vec<Json> = checked.iter().map(Checked::data).collect();
    let holds = holding == checked.len();
    let data = json!({ "holds": holds, "key_known": key.is_some(), "receipts": receipts });
    Ok(Answer { holds, text: lines.join("\n"), data })
}

/// A receipt and what came of checking it.
struct Checked<'a> {
    file: &'a Path,
    verdict: Verdict,
    /// None where no ledger was asked, or the receipt cannot be read.
    ledger: Option<Vec<Check>>,
}

impl Checked<'_> {
    fn of<'a>(
        file: &'a Path,
        key: Option<&str>,
        authorities: Option<&[u8]>,
        bureau: Option<&Bureau>,
    ) -> Result<Checked<'a>, Complaint> {
        let bytes = std::fs::read(file).or_say(&format!("凭证{}读不了", file.display()))?;
        // Bytes that are no text are no receipt either: they fail as the changed text does.
        let receipt = match receipt::read(&String::from_utf8_lossy(&bytes)) {
            Ok(receipt) => receipt,
            Err(verdict) => return Ok(Checked { file, verdict, ledger: None }),
        };
        let ledger = bureau.map(|bureau| receipt.compare(bureau)).transpose().or_say("总账读不了")?;
        Ok(Checked { file, verdict: receipt.verify_stamped(key, authorities), ledger })
    }

    fn holds(&self) -> bool {
        self.verdict.holds() && self.ledger.iter().flatten().all(|check| check.holds)
    }

    fn lines(&self, named: &str) -> Vec<String> {
        let said = match (self.verdict.holds(), self.holds(), &self.ledger) {
            (false, ..) => "凭证无效：不要采信，请向办理机构核实",
            (true, false, _) => "凭证没有改动过，但是与总账不一致：先查明原因，不要照它办",
            (true, true, Some(_)) => "凭证有效，与总账一致",
            (true, true, None) => "凭证有效",
        };
        let checks = self.verdict.checks.iter().chain(self.ledger.iter().flatten());
        let says = self.says().iter().map(|(what, said)| format!("  {what}：{said}"));
        std::iter::once(format!("{named}{said}")).chain(checks.map(line)).chain(says).collect()
    }

    /// What the act says: only what nobody changed is repeated.
    fn says(&self) -> &[(String, String)] {
        if self.verdict.holds() { &self.verdict.says } else { &[] }
    }

    fn data(&self) -> Json {
        let checks = |checks: &[Check]| -> Vec<Json> {
            checks.iter().map(|c| json!({ "what": c.what, "holds": c.holds, "means": c.means })).collect()
        };
        let says: Vec<Json> = self.says().iter().map(|(what, said)| json!({ "what": what, "said": said })).collect();
        json!({ "file": self.file, "holds": self.holds(), "checks": checks(&self.verdict.checks),
                "ledger": self.ledger.as_deref().map(checks), "says": says })
    }
}

fn line(check: &Check) -> String {
    format!("  {} {}：{}", if check.holds { "√" } else { "×" }, check.what, check.means)
}

fn read_key(path: &Path) -> Result<String, Complaint> {
    let text = std::fs::read_to_string(path).or_say(&format!("公钥文件{}读不了", path.display()))?;
    Ok(text.trim().to_owned())
}

/// Checks a paper against its detached signature and, where it is given, the list of keys: no database, no network.
///
/// # Errors
/// When a file cannot be read, or the list of keys is not to be trusted.
pub fn paper(asked: &cli::Paper) -> Result<Answer, Complaint> {
    let beside = || asked.file.with_extension("sig.json");
    let signature = asked.signature.clone().unwrap_or_else(beside);
    let pdf = std::fs::read(&asked.file).or_say(&format!("文书{}读不了", asked.file.display()))?;
    let signature = std::fs::read(&signature).or_say(&format!("签名文件{}读不了", signature.display()))?;
    let list = asked.keys.as_deref().map(|path| {
        let text = std::fs::read_to_string(path).or_say(&format!("密钥表{}读不了", path.display()))?;
        read_list(&text, asked.key.as_deref().map(str::trim)).map_err(|error| {
            Complaint::fact(match error {
                ListError::Unreadable => "密钥表不是这个程序的格式：请从机关的网站重新下载 /verify/keys.json",
                ListError::OtherKey => "密钥表不是用您给的公钥签的：不要采信，请向机关核实公钥",
                ListError::Changed => "密钥表被改动过，签名不成立：请从机关的网站重新下载",
            })
        })
    });
    let list = list.transpose()?;
    let verdict = seals::verify(&pdf, &String::from_utf8_lossy(&signature), list.as_ref());
    let holds = verdict.holds();
    let mut lines = vec![
        if holds {
            "文书有效：签名以后没有改动过"
        } else {
            "文书核验没有通过：不要采信，请向出具的机关核实"
        }
        .to_owned(),
    ];
    lines.extend(verdict.checks.iter().map(line));
    if holds {
        lines.extend(verdict.says.iter().map(|(what, said)| format!("  {what}：{said}")));
        lines.push("  （是否作废，要到机关的网站上核验，或者打电话问）".to_owned());
    }
    let key_known = asked.key.is_some();
    if holds && list.is_none() {
        lines.push(
            "  （没有给密钥表：用的是签名文件自带的公钥。要确认是哪个机关签的，请加 --keys 和 --key）".to_owned(),
        );
    } else if holds && !key_known {
        lines.push("  （没有给 --key：密钥表由它自带的公钥签名，请核对它是不是机关公布的）".to_owned());
    }
    let checks: Vec<Json> =
        verdict.checks.iter().map(|c| json!({ "what": c.what, "holds": c.holds, "means": c.means })).collect();
    let says: Vec<Json> =
        verdict.says.iter().filter(|_| holds).map(|(what, said)| json!({ "what": what, "said": said })).collect();
    let data = json!({ "file": asked.file, "holds": holds, "keys_known": list.is_some(), "key_known": key_known,
                       "checks": checks, "says": says });
    Ok(Answer { holds, text: lines.join("\n"), data })
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
    if holds {
        posture::note(&bureau.store, edge::now(), Note::Verified).or_say("总账成立，查验的时间没有记上")?;
    }
    let faults = faults(&audit);
    let mut lines = vec![if holds { "总账成立".to_owned() } else { format!("总账有{}处不对", faults.len()) }];
    lines.push(format!(
        "  链{}条、行为{}个、文书号{}个、日志{}项、检查点{}个",
        report.matters, report.acts, report.numbers, report.leaves, report.checkpoints
    ));
    if audit.disposed > 0 {
        lines.push(format!("  按保管期限销毁内容的{}件：行为都在，内容不在了", audit.disposed));
    }
    lines.extend(faults.iter().map(|fault| format!("  × {fault}")));
    Ok(Answer {
        holds,
        text: lines.join("\n"),
        data: json!({ "holds": holds, "disposed": audit.disposed, "chains": report.matters, "acts": report.acts, "numbers": report.numbers,
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
    faults.extend(audit.content_left.iter().map(|matter| format!("办件{matter}已销毁，却还有内容")));
    if audit.unsigned_checkpoint {
        faults.push("最新检查点不是本机关的密钥签的".to_owned());
    }
    faults
}

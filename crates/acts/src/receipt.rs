//! Receipts a citizen can check offline.
//!
//! A receipt holds the canonical bytes of one act, its place in the realm's log, and a checkpoint
//! signed over that log. The bytes carry commitments to what was stated, not the statement: a
//! receipt may lie on a table without telling anything about a person.
//!
//! The receipt as a whole is signed too, so that what no hash covers (the name of the place, say) cannot
//! be changed either.
//!
//! Beside that, whoever has the ledger can compare a receipt with it: a ledger that was put back to an earlier moment, or
//! replaced, is whole in itself and differs only from what was given away.
//!
//! INVARIANT: a receipt with any byte changed does not verify, and the check says which part fails.

use crate::bureau::Bureau;
use crate::keys::verify_signature;
use crate::office_keys::{keys_of, told};
use crate::stamps::{self, StampError};
use kernel::ledger::{Digest, act_digest, canonical};
use kernel::merkle::{checkpoint_bytes, leaf_hash, verify_inclusion};
use kernel::names::{MatterId, OfficeId};
use kernel::world::Moment;
use serde_json::{Value as Json, json};
use store::{Checkpoint, LogError, StorageError};

/// Acts taken into the log at a time: appends wait for the transaction in which it is done.
const SEQUENCE_MAX: u32 = 500;

/// Why a receipt cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum ReceiptError {
    /// There is no such act.
    #[error("matter `{matter}` has no act {version}")]
    NoAct {
        /// The matter.
        matter: MatterId,
        /// The act.
        version: u32,
    },
    /// The store.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The log.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The signature.
    #[error(transparent)]
    Key(#[from] crate::keys::KeyError),
}

/// Takes committed acts into the log and signs a checkpoint over it, where there is anything new.
///
/// # Errors
/// What the store says.
pub fn checkpoint(bureau: &Bureau, now: Moment) -> Result<Option<Checkpoint>, ReceiptError> {
    while bureau.store.sequence(SEQUENCE_MAX)? == u64::from(SEQUENCE_MAX) {}
    let size = bureau.store.log_size()?;
    let latest = bureau.store.latest_checkpoint()?;
    if size == 0 || latest.as_ref().is_some_and(|latest| latest.size == size) {
        return Ok(latest);
    }
    let root = bureau.store.root(size)?;
    let at = now.at.as_millisecond();
    let signature = bureau.keys.sign(&checkpoint_bytes(bureau.store.realm(), size, &root, at))?;
    let made = Checkpoint { size, root, at, signature };
    bureau.store.put_checkpoint(made.clone())?;
    Ok(Some(made))
}

/// The receipt of an act.
///
/// # Errors
/// [`ReceiptError::NoAct`] when there is none.
pub fn receipt(bureau: &Bureau, now: Moment, matter: &MatterId, version: u32) -> Result<Json, ReceiptError> {
    let id = store::MatterId(matter.to_string());
    let missing = || ReceiptError::NoAct { matter: matter.clone(), version };
    let act = bureau.store.act(&id, version)?.ok_or_else(missing)?;
    let leaf = match bureau.store.leaf_of(&id, version)? {
        Some(leaf) => leaf,
        None => {
            checkpoint(bureau, now)?;
            bureau.store.leaf_of(&id, version)?.ok_or_else(missing)?
        }
    };
    let stamped = stamps::covering(bureau, leaf.index)?;
    let (covering, stamp) = match (stamped, bureau.store.checkpoint_covering(leaf.index)?) {
        (Some((covering, stamp)), _) => (covering, Some(hex::encode(stamp))),
        (None, Some(covering)) => (covering, None),
        (None, None) => (checkpoint(bureau, now)?.ok_or_else(missing)?, None),
    };
    let path = bureau.store.inclusion(leaf.index, covering.size)?;
    let owner = serde_json::from_slice::<Json>(&act.bytes).ok();
    let owner = owner.as_ref().and_then(|body| body.get("owner")?.as_str()).map(OfficeId::new);
    let office_keys = owner.map(|owner| keys_of(bureau, &owner)).transpose()?.unwrap_or_default();
    let mut receipt = json!({
        "format": "xiezhi-receipt/1",
        "realm": bureau.store.realm(),
        "place": bureau.law.place.name,
        "act": String::from_utf8_lossy(&act.bytes),
        "hash": act.hash.to_string(),
        "leaf": leaf.index,
        "path": path.iter().map(Digest::to_string).collect::<Vec<_>>(),
        "checkpoint": { "size": covering.size, "root": covering.root.to_string(), "at": covering.at,
                        "signature": hex::encode(&covering.signature) },
        "office_keys": office_keys.iter().map(told).collect::<Vec<_>>(),
        "public_key": bureau.keys.public_key(),
    });
    if let (Some(stamp), Some(object)) = (stamp, receipt.as_object_mut()) {
        object.insert("stamp".into(), json!(stamp));
    }
    let signature = signed_bytes(&receipt).map(|bytes| bureau.keys.sign(&bytes)).transpose()?.unwrap_or_default();
    if let Some(object) = receipt.as_object_mut() {
        object.insert("signature".into(), json!(hex::encode(signature)));
    }
    Ok(receipt)
}

/// What the signature of a whole receipt is over: everything but itself, in canonical form.
fn signed_bytes(receipt: &Json) -> Option<Vec<u8>> {
    let mut unsigned = receipt.as_object()?.clone();
    unsigned.remove("signature");
    let bytes = canonical(&Json::Object(unsigned)).ok()?;
    Some([b"xiezhi-receipt\n".as_slice(), &bytes].concat())
}

/// One check of a receipt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// What was checked, in Chinese.
    pub what: &'static str,
    /// Whether it holds.
    pub holds: bool,
    /// What it means.
    pub means: String,
}

/// What came of checking a receipt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// Every check made.
    pub checks: Vec<Check>,
    /// What the act says, for a person: procedure, act, time, number, office.
    pub says: Vec<(String, String)>,
}

impl Verdict {
    /// Whether all checks hold.
    pub fn holds(&self) -> bool {
        !self.checks.is_empty() && self.checks.iter().all(|check| check.holds)
    }
}

/// A receipt as it was read: all its parts are there, whether or not they hold.
#[derive(Debug, Clone)]
pub struct Receipt {
    whole: Json,
    realm: String,
    act: String,
    hash: Digest,
    leaf: u64,
    path: Vec<Digest>,
    checkpoint: Checkpoint,
    signature: Vec<u8>,
    key: String,
}

/// Reads a receipt.
///
/// # Errors
/// The verdict on a text that is none, or that lacks a part.
pub fn read(text: &str) -> Result<Receipt, Verdict> {
    let whole = serde_json::from_str(text).map_err(|_| unreadable("不是凭证文件：无法读取，请上传下载的原文件"))?;
    parts(whole).ok_or_else(|| unreadable("凭证缺少必要的内容，可能被删改过，请重新下载"))
}

/// Checks a receipt by itself: [`read`], and [`Receipt::verify`].
pub fn verify(text: &str, known_key: Option<&str>) -> Verdict {
    read(text).map_or_else(|unreadable| unreadable, |receipt| receipt.verify(known_key))
}

fn unreadable(means: &str) -> Verdict {
    Verdict { checks: vec![Check { what: "凭证格式", holds: false, means: means.to_owned() }], says: Vec::new() }
}

fn parts(whole: Json) -> Option<Receipt> {
    let text = |key: &str| whole.get(key)?.as_str();
    if text("format")? != "xiezhi-receipt/1" {
        return None;
    }
    let path = whole.get("path")?.as_array()?.iter();
    let checkpoint = whole.get("checkpoint")?;
    Some(Receipt {
        realm: text("realm")?.to_owned(),
        act: text("act")?.to_owned(),
        hash: Digest::parse(text("hash")?).ok()?,
        leaf: whole.get("leaf")?.as_u64()?,
        path: path.map(|node| Digest::parse(node.as_str()?).ok()).collect::<Option<_>>()?,
        checkpoint: Checkpoint {
            size: checkpoint.get("size")?.as_u64()?,
            root: Digest::parse(checkpoint.get("root")?.as_str()?).ok()?,
            at: checkpoint.get("at")?.as_i64()?,
            signature: hex::decode(checkpoint.get("signature")?.as_str()?).ok()?,
        },
        signature: hex::decode(text("signature")?)
            .ok()
            .filter(|bytes| text("signature") == Some(&hex::encode(bytes)))?,
        key: text("public_key")?.to_owned(),
        whole,
    })
}

impl Receipt {
    /// Checks it by itself, with no database. `known_key` is the public key the checker trusts; without one the key in
    /// the receipt is used, and whoever asked has to say so.
    pub fn verify(&self, known_key: Option<&str>) -> Verdict {
        self.verify_stamped(known_key, None)
    }

    /// As [`Receipt::verify`]; `authorities` are the certificates (PEM) of those whose time stamps the checker trusts, and
    /// a receipt without a stamp of theirs does not hold then.
    pub fn verify_stamped(&self, known_key: Option<&str>, authorities: Option<&[u8]>) -> Verdict {
        let Checkpoint { size, root, at, signature } = &self.checkpoint;
        let mut checks = vec![
            check(
                "内容摘要",
                act_digest(self.act.as_bytes()) == self.hash,
                "办件内容与摘要一致",
                "办件内容被改动过：摘要对不上",
            ),
            check(
                "登记位置",
                verify_inclusion(&leaf_hash(&self.hash.0), self.leaf, *size, &self.path, root),
                "这一笔确实登记在总账里",
                "总账里没有这一笔：登记位置或者路径被改动过",
            ),
            check(
                "机关签名",
                verify_signature(&self.key, &checkpoint_bytes(&self.realm, *size, root, *at), signature),
                "总账由签名的密钥签过",
                "签名不成立：总账的检查点被改动过",
            ),
            check(
                "凭证全文",
                signed_bytes(&self.whole).is_some_and(|bytes| verify_signature(&self.key, &bytes, &self.signature)),
                "凭证从头到尾没有改动",
                "凭证里有内容被改动过，请重新下载",
            ),
        ];
        if let Some(known) = known_key {
            checks.push(check("签名密钥", known == self.key, "密钥是该机关公布的密钥", "密钥不是该机关公布的密钥"));
        }
        checks.extend(self.stamp(authorities));
        let place = self.whole.get("place").and_then(Json::as_str).unwrap_or_default();
        Verdict { checks, says: says(&self.act, place) }
    }

    /// What comes of its time stamp; nothing where it has none and none was asked for.
    fn stamp(&self, authorities: Option<&[u8]>) -> Option<Check> {
        let what = "时间戳";
        let Some(stamp) = self.whole.get("stamp") else {
            let means = "凭证没有时间戳：总账那时还没有盖过，请过后重新下载".to_owned();
            return authorities.map(|_| Check { what, holds: false, means });
        };
        let token = stamp.as_str().and_then(|stamp| hex::decode(stamp).ok()).unwrap_or_default();
        let Checkpoint { size, root, at, .. } = &self.checkpoint;
        let told = stamps::check(&token, &checkpoint_bytes(&self.realm, *size, root, *at), authorities);
        let (holds, means) = match told {
            Ok(stamp) => {
                let at = jiff::Timestamp::from_millisecond(stamp.at).map(|at| at.to_string()).unwrap_or_default();
                let unknown = if authorities.is_none() { "（没有核对它的证书是谁发的）" } else { "" };
                (true, format!("总账在{at}以前就是这样，由{}证明{unknown}", stamp.by))
            }
            Err(StampError::Unknown) => (false, "时间戳的证书不是您信任的机构发的".to_owned()),
            Err(StampError::Purpose) => (false, "签时间戳的证书不能用来签时间戳，或者当时不在有效期里".to_owned()),
            Err(_) => (false, "时间戳不是这个检查点的，或者被改动过".to_owned()),
        };
        Some(Check { what, holds, means })
    }

    /// Compares it with the ledger as it stands: the act, its place in the log, and the checkpoint that was signed then.
    /// A receipt that verifies and is not found here was given by a ledger that has since been put back or replaced.
    ///
    /// # Errors
    /// When the ledger cannot be read; what differs is in the checks.
    pub fn compare(&self, bureau: &Bureau) -> Result<Vec<Check>, LogError> {
        let (store, size) = (&bureau.store, bureau.store.log_size()?);
        if self.realm != store.realm() {
            let other = format!("凭证是{}的，这里是{}的总账：请到凭证所写的地方核对", self.realm, store.realm());
            return Ok(vec![Check { what: "总账的地方", holds: false, means: other }]);
        }
        let (act, leaf) = match self.place_of_act() {
            Some((matter, version)) => (store.act(&matter, version)?, store.leaf_of(&matter, version)?),
            None => (None, None),
        };
        let hash = act.as_ref().map(|act| act.hash);
        let not_the_act = match hash {
            Some(_) => {
                "总账里的这个行为是另一个摘要：恢复以后另办过一次，或者被改动过。请查验总账，再看恢复的记录".to_owned()
            }
            None => self.unknown(bureau),
        };
        let is_leaf = leaf.as_ref().is_some_and(|leaf| leaf.index == self.leaf && leaf.hash == self.hash);
        let not_the_leaf = match (hash, leaf) {
            (Some(_), None) => "日志还没有收进这个行为：服务运行一秒以后再核对".to_owned(),
            _ => format!("日志的第{}项不是这个行为", self.leaf.saturating_add(1)),
        };
        let made = &self.checkpoint;
        let is_earlier = made.size <= size && store.root(made.size)? == made.root;
        let not_earlier = if made.size > size {
            format!("检查点有{}项，日志现在只有{size}项：日志比发出凭证的时候短", made.size)
        } else {
            format!("日志的前{}项不是发出凭证的时候那些：恢复以后另写过，或者被换过", made.size)
        };
        Ok(vec![
            check("总账的行为", hash == Some(self.hash), "总账里有这个行为，摘要相同", &not_the_act),
            check("总账的位置", is_leaf, "日志的那一项就是这个行为", &not_the_leaf),
            check("总账的检查点", is_earlier, "日志的开头与凭证的检查点一致", &not_earlier),
        ])
    }

    /// The matter and the act of it, where the bytes of the act can be read.
    fn place_of_act(&self) -> Option<(store::MatterId, u32)> {
        let body: Json = serde_json::from_str(&self.act).ok()?;
        let version = u32::try_from(body.get("version")?.as_u64()?).ok()?;
        Some((store::MatterId(body.get("matter")?.as_str()?.to_owned()), version))
    }

    /// What it may mean that the ledger has no such act, and what to do: our own signature decides.
    fn unknown(&self, bureau: &Bureau) -> String {
        let ours = self.verify(Some(&bureau.keys.public_key())).holds();
        let advice = if ours {
            "签名是本机关的，多半是总账恢复到了发出凭证之前的时刻，这一件没有了：请收下凭证，核对恢复的时刻，通知当事人重新提交；没有恢复过的，请查密钥是否泄露"
        } else {
            "签名不是本机关的，凭证可能是伪造的：不要采信，请问明来处"
        };
        format!("总账里没有这个行为。{advice}")
    }
}

fn check(what: &'static str, holds: bool, yes: &str, no: &str) -> Check {
    Check { what, holds, means: if holds { yes } else { no }.to_owned() }
}

fn says(act: &str, place: &str) -> Vec<(String, String)> {
    let Ok(body) = serde_json::from_str::<Json>(act) else { return Vec::new() };
    let text = |key: &str| body.get(key).and_then(Json::as_str).unwrap_or_default().to_owned();
    let mut says = vec![("地方".to_owned(), place.to_owned()), ("办理机构".to_owned(), text("owner"))];
    let numbers = body.get("numbers").and_then(Json::as_object).into_iter().flatten();
    says.extend(numbers.map(|(slot, number)| {
        let what = if slot == "matter" { "编号" } else { "文书号" };
        (what.to_owned(), number.as_str().unwrap_or_default().to_owned())
    }));
    says.push(("事项".to_owned(), text("procedure")));
    says.push(("行为".to_owned(), text("act")));
    says.push(("时间".to_owned(), text("civil").replace('T', " ").chars().take(16).collect()));
    says
}

//! Receipts a citizen can check offline.
//!
//! A receipt holds the canonical bytes of one act, its place in the realm's log, and a checkpoint
//! signed over that log. The bytes carry commitments to what was stated, not the statement: a
//! receipt may lie on a table without telling anything about a person.
//!
//! The receipt as a whole is signed too, so that what no hash covers (the name of the place, say) cannot
//! be changed either.
//!
//! INVARIANT: a receipt with any byte changed does not verify, and the check says which part fails.

use crate::bureau::Bureau;
use crate::keys::verify_signature;
use kernel::ledger::{Digest, act_digest, canonical};
use kernel::merkle::{checkpoint_bytes, leaf_hash, verify_inclusion};
use kernel::names::MatterId;
use kernel::world::Moment;
use serde_json::{Value as Json, json};
use store::{Checkpoint, LogError, StorageError};

/// Acts taken into the log at a time.
const SEQUENCE_MAX: u32 = 10_000;

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
    let signature = bureau.keys.sign(&checkpoint_bytes(bureau.store.realm(), size, &root, at));
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
    let covering = match bureau.store.checkpoint_covering(leaf.index)? {
        Some(covering) => covering,
        None => checkpoint(bureau, now)?.ok_or_else(missing)?,
    };
    let path = bureau.store.inclusion(leaf.index, covering.size)?;
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
        "public_key": bureau.keys.public_key(),
    });
    let signature = signed_bytes(&receipt).map(|bytes| bureau.keys.sign(&bytes)).unwrap_or_default();
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

/// Checks a receipt. `known_key` is the public key the checker trusts; without one the key in the
/// receipt is used and the verdict says so.
pub fn verify(text: &str, known_key: Option<&str>) -> Verdict {
    let Ok(receipt) = serde_json::from_str::<Json>(text) else {
        return unreadable("不是凭证文件：无法读取，请上传下载的原文件");
    };
    check_parts(&receipt, known_key).unwrap_or_else(|| unreadable("凭证缺少必要的内容，可能被删改过，请重新下载"))
}

fn unreadable(means: &str) -> Verdict {
    Verdict { checks: vec![Check { what: "凭证格式", holds: false, means: means.to_owned() }], says: Vec::new() }
}

fn check_parts(receipt: &Json, known_key: Option<&str>) -> Option<Verdict> {
    let text = |key: &str| receipt.get(key)?.as_str();
    if text("format")? != "xiezhi-receipt/1" {
        return None;
    }
    let act = text("act")?;
    let hash = Digest::parse(text("hash")?).ok()?;
    let path = receipt.get("path")?.as_array()?.iter();
    let path: Vec<Digest> = path.map(|node| Digest::parse(node.as_str()?).ok()).collect::<Option<_>>()?;
    let checkpoint = receipt.get("checkpoint")?;
    let size = checkpoint.get("size")?.as_u64()?;
    let root = Digest::parse(checkpoint.get("root")?.as_str()?).ok()?;
    let at = checkpoint.get("at")?.as_i64()?;
    let signature = hex::decode(checkpoint.get("signature")?.as_str()?).ok()?;
    let whole = hex::decode(text("signature")?).ok().filter(|bytes| text("signature") == Some(&hex::encode(bytes)))?;
    let key = text("public_key")?;
    let realm = text("realm")?;
    let mut checks = vec![
        check("内容摘要", act_digest(act.as_bytes()) == hash, "办件内容与摘要一致", "办件内容被改动过：摘要对不上"),
        check(
            "登记位置",
            verify_inclusion(&leaf_hash(&hash.0), receipt.get("leaf")?.as_u64()?, size, &path, &root),
            "这一笔确实登记在总账里",
            "总账里没有这一笔：登记位置或者路径被改动过",
        ),
        check(
            "机关签名",
            verify_signature(key, &checkpoint_bytes(realm, size, &root, at), &signature),
            "总账由签名的密钥签过",
            "签名不成立：总账的检查点被改动过",
        ),
        check(
            "凭证全文",
            verify_signature(key, &signed_bytes(receipt)?, &whole),
            "凭证从头到尾没有改动",
            "凭证里有内容被改动过，请重新下载",
        ),
    ];
    if let Some(known) = known_key {
        checks.push(check("签名密钥", known == key, "密钥是该机关公布的密钥", "密钥不是该机关公布的密钥"));
    }
    Some(Verdict { checks, says: says(act, text("place").unwrap_or_default()) })
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

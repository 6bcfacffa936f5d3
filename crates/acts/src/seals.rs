//! Signatures on papers: the office whose head a paper carries signs the bytes of its PDF.
//!
//! A paper is not kept, it is set anew from the acts; so its bytes are signed when they are made for the first time, and
//! found again by their digest afterwards. Were they one day set otherwise (other fonts, another template), the new bytes
//! get a signature of their own, and those given away before keep theirs. What is kept is sealed: the digest of a paper
//! whose words can be guessed must not confirm the guess to a thief of the database.
//!
//! This is a detached signature in SM2 beside the PDF. It is no electronic seal of GB/T 38540, draws no picture into the
//! paper and is not what a certified seal system makes.
//!
//! INVARIANT: a paper with one byte changed is not found and does not verify.

use crate::bureau::Bureau;
use crate::keys::KeyError;
use crate::load::{self, LoadError};
use crate::office_keys::{self, KeyList, OfficeKeyError, office_signed};
use crate::papers::Printable;
use crate::receipt::{Check, Verdict};
use crate::side;
use kernel::ledger::{canonical, sm3};
use kernel::names::{MatterId, Name, OfficeId};
use kernel::world::Moment;
use serde_json::{Map, Value as Json, json};
use store::{AppendError, StorageError, StoredAct};

/// What the format of a detached signature is called.
pub const FORMAT: &str = "xiezhi-paper/1";
/// The place of the sealed record.
const LABEL: &[u8] = b"seals";

/// Which paper it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaperPlace {
    /// The matter.
    pub matter: MatterId,
    /// The act that issued it.
    pub version: u32,
    /// The paper.
    pub paper: Name,
}

/// A paper that was signed here.
#[derive(Debug, Clone)]
pub struct Sealed {
    /// The detached signature, as it is given away.
    pub signature: Json,
    /// Which paper it is.
    pub place: PaperPlace,
}

/// How a signed paper stands today.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Validity {
    /// It stands.
    Stands,
    /// It was declared void.
    Voided,
    /// It is not known any more whether it stands.
    Unknown,
}

/// Why a paper is not signed.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// It carries no office's head.
    #[error("the paper is issued by no office")]
    NoOffice,
    /// The key of the office.
    #[error(transparent)]
    OfficeKey(#[from] OfficeKeyError),
    /// A record does not open.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The append.
    #[error(transparent)]
    Append(#[from] AppendError),
    /// The store.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// Signs a paper just set, or gives the signature these bytes have already.
///
/// # Errors
/// [`SealError`] says why it has none.
pub fn seal(
    bureau: &Bureau,
    now: Moment,
    printed: &Printable,
    place: &PaperPlace,
    pdf: &[u8],
) -> Result<Json, SealError> {
    if let Some(known) = sealed(bureau, pdf)?.filter(|known| &known.place == place) {
        return Ok(known.signature);
    }
    let office = printed.office.as_ref().ok_or(SealError::NoOffice)?;
    let signer = office_keys::signer(bureau, now, office)?;
    let name = bureau.law.place.office(office).map(|office| office.name.clone());
    let mut signature = json!({ "format": FORMAT, "realm": bureau.store.realm(), "place": bureau.law.place.name,
        "office": office.as_str(), "office_name": name, "title": printed.title, "number": printed.number,
        "issued_on": printed.data.get("date"), "signed": to_the_second(now), "signed_at": now.at.as_millisecond(),
        "sm3": sm3(pdf).to_string(), "public_key": signer.public.public_key });
    let made = signed_bytes(&signature).map(|bytes| signer.sign(&bytes)).ok_or(KeyError::CannotSeal)?;
    if let Some(object) = signature.as_object_mut() {
        object.insert("signature".into(), json!(hex::encode(made)));
    }
    record(bureau, now, office, place, &signature)?;
    Ok(signature)
}

/// The office's time, without what is smaller than a second.
fn to_the_second(now: Moment) -> String {
    now.civil.to_string().chars().take("2026-03-02T09:00:00".len()).collect()
}

fn record(
    bureau: &Bureau,
    now: Moment,
    office: &OfficeId,
    place: &PaperPlace,
    signature: &Json,
) -> Result<(), SealError> {
    let digest = signature.get("sm3").and_then(Json::as_str).unwrap_or_default();
    let kept = json!({ "signature": signature, "matter": place.matter.as_str(), "version": place.version,
        "paper": place.paper.as_str() });
    let bytes = canonical(&kept).map_err(|_| KeyError::CannotSeal)?;
    let sealed = bureau.keys.lasting_key().seal(bureau.random(), &bytes, LABEL)?;
    let mut body = Map::new();
    body.insert("act".into(), json!("seal"));
    body.insert("office".into(), json!(office.as_str()));
    side::append(bureau, now, &chain(bureau, digest), body, &json!({ "sealed": hex::encode(sealed) }), Vec::new())?;
    Ok(())
}

/// The chain of the bytes of one paper: named by a keyed digest, so that the name tells nothing without the key.
fn chain(bureau: &Bureau, digest: &str) -> store::MatterId {
    store::MatterId(format!("seals/{}", bureau.keys.digest_of(&format!("paper {digest}"))))
}

/// What was signed here with exactly these bytes; the last time, were it signed more than once.
///
/// # Errors
/// When the store cannot be read, or the record does not open.
pub fn sealed(bureau: &Bureau, pdf: &[u8]) -> Result<Option<Sealed>, SealError> {
    let acts = bureau.store.acts_of(&chain(bureau, &sm3(pdf).to_string()))?;
    let Some(last) = acts.last() else { return Ok(None) };
    let bytes = bureau.keys.lasting_key().open(&record_in(last).ok_or(KeyError::DoesNotOpen)?, LABEL)?;
    Ok(Some(read_record(&bytes).ok_or(KeyError::DoesNotOpen)?))
}

fn record_in(act: &StoredAct) -> Option<Vec<u8>> {
    let content: Json = serde_json::from_slice(act.open.get(32..)?).ok()?;
    hex::decode(content.get("sealed")?.as_str()?).ok()
}

fn read_record(bytes: &[u8]) -> Option<Sealed> {
    let kept: Json = serde_json::from_slice(bytes).ok()?;
    let text = |key: &str| kept.get(key)?.as_str();
    let version = u32::try_from(kept.get("version")?.as_u64()?).ok()?;
    let place = PaperPlace { matter: MatterId::new(text("matter")?), version, paper: Name::new(text("paper")?) };
    Some(Sealed { signature: kept.get("signature")?.clone(), place })
}

/// How a signed paper stands today: a void number voids its paper. The acts of a destroyed file still say so.
///
/// # Errors
/// When the store cannot be read.
pub fn validity(bureau: &Bureau, place: &PaperPlace) -> Result<Validity, StorageError> {
    let matter = match load::load(bureau, &place.matter) {
        Ok(loaded) => loaded.matter,
        Err(LoadError::Disposed(left)) => left.matter,
        Err(LoadError::Storage(error)) => return Err(error),
        Err(_) => return Ok(Validity::Unknown),
    };
    let mut issued = matter.papers.iter();
    let issued = issued.find(|issued| issued.paper == place.paper && issued.version == place.version);
    Ok(match issued {
        None => Validity::Unknown,
        Some(issued) if issued.voided => Validity::Voided,
        Some(_) => Validity::Stands,
    })
}

fn signed_bytes(signature: &Json) -> Option<Vec<u8>> {
    let mut unsigned = signature.as_object()?.clone();
    unsigned.remove("signature");
    Some([b"xiezhi-paper\n".as_slice(), &canonical(&Json::Object(unsigned)).ok()?].concat())
}

/// Checks a PDF against its detached signature, with no database. Without a list of keys the key in the signature is
/// used, and whoever asked has to say so.
pub fn verify(pdf: &[u8], signature: &str, list: Option<&KeyList>) -> Verdict {
    let unreadable = "不是文书的签名文件，或者缺少内容：请重新下载文书旁边的签名文件";
    let checked = || {
        let signature: Json = serde_json::from_str(signature).ok()?;
        checks(pdf, &signature, list)
    };
    checked()
        .unwrap_or_else(|| Verdict { checks: vec![check("签名格式", false, "", unreadable)], says: Vec::new() })
}

fn checks(pdf: &[u8], signature: &Json, list: Option<&KeyList>) -> Option<Verdict> {
    let text = |key: &str| signature.get(key).and_then(Json::as_str);
    if text("format")? != FORMAT {
        return None;
    }
    let (key, made) = (text("public_key")?, hex::decode(text("signature")?).ok()?);
    let mut checks = vec![
        check(
            "文书内容",
            text("sm3")? == sm3(pdf).to_string(),
            "文书与签名时一字节不差",
            "文书被改动过，或者签名不是这份文书的",
        ),
        check(
            "机关签名",
            office_signed(key, &signed_bytes(signature)?, &made),
            "签名成立",
            "签名不成立：签名文件被改动过",
        ),
    ];
    if let Some(list) = list {
        let (office, at) = (text("office")?, signature.get("signed_at")?.as_i64()?);
        let mut keys = list.keys.iter();
        let own = keys.find(|own| own.public_key == key && own.office.as_str() == office);
        let in_time = own.is_some_and(|own| own.from <= at && own.until.is_none_or(|until| at < until));
        let no = if own.is_some() {
            "签名的时间不在这个密钥的使用期限里：不要采信，请向出具的机关核实"
        } else {
            "公布的密钥里没有它：密钥表太旧的请重新下载，还是没有的不要采信"
        };
        let is_here = text("realm")? == list.realm;
        checks.push(check("签名密钥", is_here && in_time, "是出具的机关当时使用的密钥", no));
    }
    let facts = [
        ("地方", "place"),
        ("出具机关", "office_name"),
        ("文书", "title"),
        ("文号", "number"),
        ("出具日期", "issued_on"),
        ("签名时间", "signed"),
    ];
    let says = facts.into_iter().filter_map(|(what, key)| Some((what.to_owned(), text(key)?.replace('T', " "))));
    Some(Verdict { checks, says: says.collect() })
}

fn check(what: &'static str, holds: bool, yes: &str, no: &str) -> Check {
    Check { what, holds, means: if holds { yes } else { no }.to_owned() }
}

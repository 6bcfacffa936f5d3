//! Time stamps of an authority over checkpoints (RFC 3161): the question, the answer, and whether an answer holds.
//!
//! A checkpoint says what the log held; its time is the word of the machine that signed it. A stamp is the word of somebody
//! else. Nothing is sent from here: the bytes of the question go out and those of the answer come in by the binary.
//!
//! A stamp is checked with what it carries and the certificates of authorities the checker trusts: the imprint, the
//! signature, the purpose of the signer's certificate, and who issued it. Whether a certificate was revoked is not asked.
//!
//! INVARIANT: a stamp over other bytes, or with one byte of its signed part changed, does not hold.

use crate::bureau::Bureau;
use crate::receipt::{self, ReceiptError};
use crate::side;
use cms::cert::CertificateChoices;
use cms::content_info::ContentInfo;
use cms::signed_data::{SignedData, SignerIdentifier, SignerInfo};
use der::asn1::{GeneralizedTime, Int, OctetString};
use der::oid::ObjectIdentifier;
use der::oid::db::rfc5912::{
    ECDSA_WITH_SHA_256, ECDSA_WITH_SHA_384, ID_EC_PUBLIC_KEY, ID_SHA_256, ID_SHA_384, ID_SHA_512, RSA_ENCRYPTION,
    SECP_256_R_1, SECP_384_R_1, SHA_256_WITH_RSA_ENCRYPTION, SHA_384_WITH_RSA_ENCRYPTION, SHA_512_WITH_RSA_ENCRYPTION,
};
use der::{Any, Decode, Encode};
use kernel::merkle::checkpoint_bytes;
use kernel::world::Moment;
use ring::digest;
use ring::signature::{self as algorithms, UnparsedPublicKey, VerificationAlgorithm};
use serde_json::{Map, Value as Json, json};
use store::{AppendError, Checkpoint, StorageError, StoredAct};
use x509_cert::Certificate;
use x509_cert::ext::pkix::{BasicConstraints, ExtendedKeyUsage, SubjectKeyIdentifier};
use x509_cert::spki::{AlgorithmIdentifier, SubjectPublicKeyInfoOwned};
use x509_tsp::{MessageImprint, TimeStampReq, TimeStampResp, TspVersion, TstInfo};

/// What is signed is a stamp.
const STAMP: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.1.4");
/// The signed attribute that holds the digest of what is signed.
const MESSAGE_DIGEST: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.4");
/// The signed attribute that says what is signed.
const CONTENT_TYPE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.3");
/// The purpose of a certificate that may stamp.
const TIME_STAMPING: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.8");
/// Certificates between the signer and the authority, at most.
const CHAIN_MAX: usize = 4;

/// The chain of the stamps; each is over a larger log than the one before.
const CHAIN: &str = "stamps/checkpoints";

/// What a stamp that holds says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamp {
    /// When, milliseconds UTC.
    pub at: i64,
    /// Who stamped it, as its certificate names it.
    pub by: String,
}

/// Why a stamp does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum StampError {
    /// It is none, or lacks a part.
    #[error("the answer is no time stamp")]
    Unreadable,
    /// The authority refused.
    #[error("the authority did not stamp")]
    Refused,
    /// It is over other bytes, or answers another question.
    #[error("the stamp is over something else")]
    OtherBytes,
    /// It was changed, or its signature is of a kind that is not read.
    #[error("the signature of the stamp does not hold")]
    Signature,
    /// The certificate of the signer is not one for stamps, or was not in force.
    #[error("the certificate may not stamp, or not then")]
    Purpose,
    /// No authority the checker trusts issued it.
    #[error("no trusted authority issued the certificate of the stamp")]
    Unknown,
}

/// The question: a stamp over these bytes.
///
/// # Errors
/// [`StampError::Unreadable`] when it cannot be written.
pub fn question(message: &[u8], nonce: [u8; 8]) -> Result<Vec<u8>, StampError> {
    let asked = || {
        TimeStampReq {
            version: TspVersion::V1,
            message_imprint: MessageImprint {
                hash_algorithm: AlgorithmIdentifier { oid: ID_SHA_256, parameters: Some(Any::null()) },
                hashed_message: OctetString::new(digest::digest(&digest::SHA256, message).as_ref())?,
            },
            req_policy: None,
            nonce: Some(Int::new(&positive(nonce))?),
            cert_req: true,
            extensions: None,
        }
        .to_der()
    };
    asked().map_err(|_| StampError::Unreadable)
}

/// Eight bytes as a positive integer in its shortest form: the first is from 1 to 127.
fn positive(mut nonce: [u8; 8]) -> [u8; 8] {
    if let Some(first) = nonce.first_mut() {
        *first = *first & 0x7f | 1;
    }
    nonce
}

/// The stamp in an answer to that question; checked, but for who issued its certificate.
///
/// # Errors
/// [`StampError`] says what is wrong with the answer.
pub fn answered(answer: &[u8], message: &[u8], nonce: [u8; 8]) -> Result<Vec<u8>, StampError> {
    let read = TimeStampResp::from_der(answer).map_err(|_| StampError::Unreadable)?;
    let token = read.time_stamp_token.ok_or(StampError::Refused)?;
    let token = token.to_der().map_err(|_| StampError::Unreadable)?;
    let parts = Parts::read(&token)?;
    if parts.stamp.nonce.as_ref().map(Int::as_bytes) != Some(positive(nonce).as_slice()) {
        return Err(StampError::OtherBytes);
    }
    check(&token, message, None)?;
    Ok(token)
}

/// Checks a stamp over these bytes. `authorities` are the certificates the checker trusts, in PEM; without them it is not
/// asked who issued the certificate in the stamp, and whoever asked has to say so.
///
/// # Errors
/// [`StampError`] says why it does not hold.
pub fn check(token: &[u8], message: &[u8], authorities: Option<&[u8]>) -> Result<Stamp, StampError> {
    let parts = Parts::read(token)?;
    let imprint = &parts.stamp.message_imprint;
    let expected = digested(imprint.hash_algorithm.oid, message).ok_or(StampError::OtherBytes)?;
    if imprint.hashed_message.as_bytes() != expected.as_ref() {
        return Err(StampError::OtherBytes);
    }
    parts.signature()?;
    let at = parts.stamp.gen_time;
    if !may_stamp(&parts.signer) || !is_in_force(&parts.signer, at) {
        return Err(StampError::Purpose);
    }
    if let Some(authorities) = authorities {
        let trusted = Certificate::load_pem_chain(authorities).map_err(|_| StampError::Unknown)?;
        is_issued(&parts.signer, &parts.carried, &trusted, at).then_some(()).ok_or(StampError::Unknown)?;
    }
    let at = i64::try_from(at.to_unix_duration().as_millis()).map_err(|_| StampError::Unreadable)?;
    Ok(Stamp { at, by: parts.signer.tbs_certificate.subject.to_string() })
}

/// Why no stamp was taken.
#[derive(Debug, thiserror::Error)]
pub enum TakeError {
    /// The authority could not be reached: what the binary says.
    #[error("the authority was not reached: {0}")]
    NotReached(String),
    /// Its answer does not hold.
    #[error(transparent)]
    Stamp(#[from] StampError),
    /// The log.
    #[error(transparent)]
    Receipt(#[from] ReceiptError),
    /// The append.
    #[error(transparent)]
    Append(#[from] AppendError),
    /// The store.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// How the authority is reached: the question in, its answer out, or why there is none.
pub type Reach<'r> = dyn Fn(&[u8]) -> Result<Vec<u8>, String> + 'r;

/// Has the log stamped as it stands and keeps the stamp; none where nothing but a stamp was recorded since the last.
/// `reach` carries the question to the authority and brings its answer.
///
/// # Errors
/// [`TakeError`] says why there is none; nothing is kept then.
pub fn take(bureau: &Bureau, now: Moment, reach: &Reach<'_>) -> Result<Option<(Checkpoint, Stamp)>, TakeError> {
    let Some(made) = receipt::checkpoint(bureau, now)? else { return Ok(None) };
    let last = bureau.store.head(&chain())?.map_or(Ok(None), |head| kept(bureau, head.version))?;
    // What is recorded of a stamp is itself in the log: alone it is no reason for another.
    if last.is_some_and(|(size, _)| made.size <= size.saturating_add(1)) {
        return Ok(None);
    }
    let message = message(bureau, &made);
    let nonce = bureau.random();
    let answer = reach(&question(&message, nonce)?).map_err(TakeError::NotReached)?;
    let token = answered(&answer, &message, nonce)?;
    let stamp = check(&token, &message, None)?;
    let mut body = Map::new();
    body.insert("act".into(), json!("stamp"));
    body.insert("size".into(), json!(made.size));
    side::append(bureau, now, &chain(), body, &json!({ "token": hex::encode(token) }), Vec::new())?;
    Ok(Some((made, stamp)))
}

/// When the log was last stamped, milliseconds UTC; none where it never was.
///
/// # Errors
/// What the store says.
pub(crate) fn last_at(bureau: &Bureau) -> Result<Option<i64>, StorageError> {
    let Some(head) = bureau.store.head(&chain())? else { return Ok(None) };
    Ok(bureau.store.act(&chain(), head.version)?.map(|act| act.at))
}

/// The first stamped checkpoint that covers a leaf, with its stamp.
///
/// # Errors
/// What the store says.
pub(crate) fn covering(bureau: &Bureau, leaf: u64) -> Result<Option<(Checkpoint, Vec<u8>)>, StorageError> {
    let Some(head) = bureau.store.head(&chain())? else { return Ok(None) };
    let (mut low, mut high) = (1, head.version);
    while low < high {
        let middle = low + (high - low) / 2;
        match kept(bureau, middle)? {
            Some((size, _)) if size > leaf => high = middle,
            _ => low = middle + 1,
        }
    }
    let Some((size, token)) = kept(bureau, low)?.filter(|(size, _)| *size > leaf) else { return Ok(None) };
    Ok(bureau.store.checkpoint(size)?.map(|checkpoint| (checkpoint, token)))
}

/// The size and the stamp of an act of the chain.
fn kept(bureau: &Bureau, version: u32) -> Result<Option<(u64, Vec<u8>)>, StorageError> {
    Ok(bureau.store.act(&chain(), version)?.as_ref().and_then(read))
}

fn read(act: &StoredAct) -> Option<(u64, Vec<u8>)> {
    let body: Json = serde_json::from_slice(&act.bytes).ok()?;
    let content: Json = serde_json::from_slice(act.open.get(32..)?).ok()?;
    Some((body.get("size")?.as_u64()?, hex::decode(content.get("token")?.as_str()?).ok()?))
}

fn message(bureau: &Bureau, made: &Checkpoint) -> Vec<u8> {
    checkpoint_bytes(bureau.store.realm(), made.size, &made.root, made.at)
}

fn chain() -> store::MatterId {
    store::MatterId(CHAIN.to_owned())
}

/// A stamp taken apart.
struct Parts {
    stamp: TstInfo,
    /// The bytes of the stamp, which are signed.
    content: Vec<u8>,
    info: SignerInfo,
    signer: Certificate,
    /// All certificates it carries.
    carried: Vec<Certificate>,
}

impl Parts {
    fn read(token: &[u8]) -> Result<Parts, StampError> {
        Parts::of(token).ok_or(StampError::Unreadable)
    }

    fn of(token: &[u8]) -> Option<Parts> {
        let outer = ContentInfo::from_der(token).ok()?;
        let signed: SignedData = outer.content.decode_as().ok()?;
        let content = signed.encap_content_info.econtent.as_ref()?.decode_as::<OctetString>().ok()?;
        if signed.encap_content_info.econtent_type != STAMP {
            return None;
        }
        let [info] = signed.signer_infos.0.as_slice() else { return None };
        let carried = signed.certificates.iter().flat_map(|set| set.0.iter());
        let carried: Vec<Certificate> = carried
            .filter_map(|choice| match choice {
                CertificateChoices::Certificate(certificate) => Some(certificate.clone()),
                CertificateChoices::Other(_) => None,
            })
            .collect();
        let signer = carried.iter().find(|certificate| is_named(certificate, &info.sid))?.clone();
        let stamp = TstInfo::from_der(content.as_bytes()).ok()?;
        Some(Parts { stamp, content: content.as_bytes().to_vec(), info: info.clone(), signer, carried })
    }

    /// Whether the signer signed these bytes as a stamp.
    fn signature(&self) -> Result<(), StampError> {
        let holds = || {
            let attributes = self.info.signed_attrs.as_ref()?;
            let one = |oid: ObjectIdentifier| {
                let mut found = attributes.iter().filter(|attribute| attribute.oid == oid);
                let (first, more) = (found.next()?, found.next());
                if more.is_none() && first.values.len() == 1 { first.values.get(0).cloned() } else { None }
            };
            let stated: OctetString = one(MESSAGE_DIGEST)?.decode_as().ok()?;
            let kind: ObjectIdentifier = one(CONTENT_TYPE)?.decode_as().ok()?;
            let own = digested(self.info.digest_alg.oid, &self.content)?;
            if kind != STAMP || stated.as_bytes() != own.as_ref() {
                return None;
            }
            let signed = attributes.to_der().ok()?;
            let algorithm = (self.info.signature_algorithm.oid, self.info.digest_alg.oid);
            is_signed(
                &self.signer.tbs_certificate.subject_public_key_info,
                algorithm,
                &signed,
                self.info.signature.as_bytes(),
            )
        };
        holds().ok_or(StampError::Signature)
    }
}

fn is_named(certificate: &Certificate, sid: &SignerIdentifier) -> bool {
    let own = &certificate.tbs_certificate;
    match sid {
        SignerIdentifier::IssuerAndSerialNumber(named) => {
            named.issuer == own.issuer && named.serial_number == own.serial_number
        }
        SignerIdentifier::SubjectKeyIdentifier(named) => {
            matches!(own.get::<SubjectKeyIdentifier>(), Ok(Some((_, key))) if key == *named)
        }
    }
}

fn digested(algorithm: ObjectIdentifier, bytes: &[u8]) -> Option<digest::Digest> {
    let algorithm = match algorithm {
        ID_SHA_256 => &digest::SHA256,
        ID_SHA_384 => &digest::SHA384,
        ID_SHA_512 => &digest::SHA512,
        _ => return None,
    };
    Some(digest::digest(algorithm, bytes))
}

/// Whether that key signed the bytes. Of a signature whose algorithm names no digest, the digest is said beside it.
fn is_signed(
    key: &SubjectPublicKeyInfoOwned,
    (algorithm, digest): (ObjectIdentifier, ObjectIdentifier),
    bytes: &[u8],
    signature: &[u8],
) -> Option<()> {
    let curve = || key.algorithm.parameters.as_ref()?.decode_as::<ObjectIdentifier>().ok();
    let chosen: &dyn VerificationAlgorithm = match (key.algorithm.oid, algorithm, digest) {
        (RSA_ENCRYPTION, SHA_256_WITH_RSA_ENCRYPTION, _) | (RSA_ENCRYPTION, RSA_ENCRYPTION, ID_SHA_256) => {
            &algorithms::RSA_PKCS1_2048_8192_SHA256
        }
        (RSA_ENCRYPTION, SHA_384_WITH_RSA_ENCRYPTION, _) | (RSA_ENCRYPTION, RSA_ENCRYPTION, ID_SHA_384) => {
            &algorithms::RSA_PKCS1_2048_8192_SHA384
        }
        (RSA_ENCRYPTION, SHA_512_WITH_RSA_ENCRYPTION, _) | (RSA_ENCRYPTION, RSA_ENCRYPTION, ID_SHA_512) => {
            &algorithms::RSA_PKCS1_2048_8192_SHA512
        }
        (ID_EC_PUBLIC_KEY, ECDSA_WITH_SHA_256, _) if curve()? == SECP_256_R_1 => &algorithms::ECDSA_P256_SHA256_ASN1,
        (ID_EC_PUBLIC_KEY, ECDSA_WITH_SHA_384, _) if curve()? == SECP_256_R_1 => &algorithms::ECDSA_P256_SHA384_ASN1,
        (ID_EC_PUBLIC_KEY, ECDSA_WITH_SHA_256, _) if curve()? == SECP_384_R_1 => &algorithms::ECDSA_P384_SHA256_ASN1,
        (ID_EC_PUBLIC_KEY, ECDSA_WITH_SHA_384, _) if curve()? == SECP_384_R_1 => &algorithms::ECDSA_P384_SHA384_ASN1,
        _ => return None,
    };
    UnparsedPublicKey::new(chosen, key.subject_public_key.as_bytes()?).verify(bytes, signature).ok()
}

/// A certificate that may stamp has that purpose and no other.
fn may_stamp(certificate: &Certificate) -> bool {
    let purposes = certificate.tbs_certificate.get::<ExtendedKeyUsage>();
    matches!(purposes, Ok(Some((true, ExtendedKeyUsage(only)))) if only == [TIME_STAMPING])
}

fn is_in_force(certificate: &Certificate, at: GeneralizedTime) -> bool {
    let (at, validity) = (at.to_unix_duration(), &certificate.tbs_certificate.validity);
    validity.not_before.to_unix_duration() <= at && at <= validity.not_after.to_unix_duration()
}

/// Whether a trusted authority issued a certificate, itself or through those the stamp carries.
fn is_issued(certificate: &Certificate, carried: &[Certificate], trusted: &[Certificate], at: GeneralizedTime) -> bool {
    let mut certificate = certificate;
    for _ in 0..CHAIN_MAX {
        let issues = |issuer: &&Certificate| is_in_force(issuer, at) && issued(certificate, issuer);
        if trusted.iter().any(|issuer| issues(&issuer)) {
            return true;
        }
        let Some(issuer) = carried.iter().find(issues) else { return false };
        certificate = issuer;
    }
    false
}

fn issued(certificate: &Certificate, issuer: &Certificate) -> bool {
    let is_authority =
        matches!(issuer.tbs_certificate.get::<BasicConstraints>(), Ok(Some((_, constraints))) if constraints.ca);
    let signed = || {
        let bytes = certificate.tbs_certificate.to_der().ok()?;
        let algorithm = certificate.signature_algorithm.oid;
        let signature = certificate.signature.as_bytes()?;
        is_signed(&issuer.tbs_certificate.subject_public_key_info, (algorithm, algorithm), &bytes, signature)
    };
    is_authority && certificate.tbs_certificate.issuer == issuer.tbs_certificate.subject && signed().is_some()
}

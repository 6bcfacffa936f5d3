//! Passkeys against a device of our own making: whatever it says that does not belong to the question, nobody comes in.
//! What a real browser does is a journey.

use crate::bench::Bench;
use acts::passkeys::{
    Assertion, Attestation, KIND, PasskeyError, Purpose, ask, domain, enrol, holder, of, remove, sign_in,
};
use acts::people;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as B64;
use ciborium::Value as Cbor;
use ring::digest::{SHA256, digest};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};
use serde_json::json;

const ORIGIN: &str = "https://gfs.invalid";
const TOUCHED_AND_RECOGNISED: u8 = 0x05;

/// A device with one passkey, and what it may be made to get wrong.
struct Device {
    key: EcdsaKeyPair,
    id: Vec<u8>,
    origin: String,
    domain: String,
    flags: u8,
    counter: u32,
    challenge: Option<String>,
    kind: Option<&'static str>,
}

impl Device {
    fn new(id: &[u8]) -> Device {
        let random = SystemRandom::new();
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &random).unwrap();
        let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, pkcs8.as_ref(), &random).unwrap();
        Device {
            key,
            id: id.to_vec(),
            origin: ORIGIN.into(),
            domain: "gfs.invalid".into(),
            flags: TOUCHED_AND_RECOGNISED,
            counter: 1,
            challenge: None,
            kind: None,
        }
    }

    fn client(&self, kind: &str, challenge: &str) -> String {
        let challenge = self.challenge.as_deref().unwrap_or(challenge);
        json!({ "type": self.kind.unwrap_or(kind), "challenge": challenge, "origin": self.origin }).to_string()
    }

    fn said(&self, flags: u8) -> Vec<u8> {
        let site = digest(&SHA256, self.domain.as_bytes());
        [site.as_ref(), &[flags], &self.counter.to_be_bytes()].concat()
    }

    fn enrols(&self, bench: &Bench, account: &str) -> Result<(), PasskeyError> {
        let (bureau, now) = (&bench.bureau, bench.now());
        let question = ask(bureau, now, Purpose::Enrol("shen".into())).unwrap();
        let (x, y) = self.key.public_key().as_ref()[1..].split_at(32);
        let pairs = [(1, 2.into()), (3, (-7).into()), (-1, 1.into()), (-2, x.into()), (-3, y.into())];
        let pairs = pairs.map(|(name, value): (i32, Cbor)| (Cbor::from(name), value));
        let mut key = Vec::new();
        ciborium::into_writer(&Cbor::Map(pairs.to_vec()), &mut key).unwrap();
        let length = u16::try_from(self.id.len()).unwrap().to_be_bytes();
        let said = [self.said(self.flags | 0x40).as_slice(), &[0; 16], &length, &self.id, &key].concat();
        let object = [("fmt", Cbor::from("none")), ("attStmt", Cbor::Map(vec![])), ("authData", Cbor::from(said))];
        let object = object.map(|(name, value)| (Cbor::from(name), value));
        let mut bytes = Vec::new();
        ciborium::into_writer(&Cbor::Map(object.to_vec()), &mut bytes).unwrap();
        let (client, object) = (B64.encode(self.client("webauthn.create", &question.challenge)), B64.encode(bytes));
        let answer = Attestation { sealed: &question.sealed, client: &client, object: &object };
        enrol(bureau, now, ORIGIN, account, "钥匙", answer)
    }

    fn signs_in(
        &mut self,
        bench: &Bench,
        holder: &str,
        spoil: impl FnOnce(&mut Vec<u8>),
    ) -> Result<String, PasskeyError> {
        let (bureau, now) = (&bench.bureau, bench.now());
        self.counter += 1;
        let question = ask(bureau, now, Purpose::SignIn).unwrap();
        let client = self.client("webauthn.get", &question.challenge);
        let said = self.said(self.flags);
        let message = [said.as_slice(), digest(&SHA256, client.as_bytes()).as_ref()].concat();
        let mut signature = self.key.sign(&SystemRandom::new(), &message).unwrap().as_ref().to_vec();
        spoil(&mut signature);
        let answer = Assertion {
            sealed: &question.sealed,
            id: &B64.encode(&self.id),
            client: &B64.encode(&client),
            device: &B64.encode(&said),
            signature: &B64.encode(&signature),
            holder,
        };
        let token = sign_in(bureau, now, ORIGIN, answer)?;
        assert!(matches!(sign_in(bureau, now, ORIGIN, answer), Err(PasskeyError::Over)), "a question is answered once");
        Ok(people::session(bureau, now, &token).unwrap().unwrap().subject)
    }
}

fn scene() -> (Bench, Device) {
    let bench = Bench::new();
    for (login, name) in [("shen", "沈知微"), ("han", "韩立春")] {
        people::create(&bench.bureau, bench.now(), login, name, "only-for-these-tests", &[]).unwrap();
    }
    (bench, Device::new(b"first"))
}

#[test]
fn a_passkey_signs_in_its_account_and_is_taken_away() {
    let (bench, mut device) = scene();
    device.enrols(&bench, "shen").unwrap();
    let whose = holder(&bench.bureau, "shen");
    assert_eq!(device.signs_in(&bench, &whose, |_| ()).unwrap(), "shen");
    assert_eq!(device.signs_in(&bench, "", |_| ()).unwrap(), "shen", "a device need not say whose it is");
    let other = holder(&bench.bureau, "han");
    assert!(matches!(device.signs_in(&bench, &other, |_| ()), Err(PasskeyError::Unknown)));
    assert!(matches!(device.enrols(&bench, "shen"), Err(PasskeyError::Known)));
    let held = of(&bench.bureau, "shen").unwrap();
    assert!(!remove(&bench.bureau, bench.now(), "han", &held[0].id).unwrap(), "nobody else's is taken away");
    assert!(remove(&bench.bureau, bench.now(), "shen", &held[0].id).unwrap());
    assert!(matches!(device.signs_in(&bench, "", |_| ()), Err(PasskeyError::Unknown)));
}

#[test]
fn whatever_does_not_belong_to_the_question_does_not_count() {
    let (bench, mut device) = scene();
    assert!(matches!(device.enrols(&bench, "han"), Err(PasskeyError::Over)), "a question for another account");
    device.enrols(&bench, "shen").unwrap();
    assert!(matches!(device.signs_in(&bench, "", |bytes| bytes[20] ^= 1), Err(PasskeyError::Signature)));
    let mut wrong = |alter: fn(&mut Device), expected: fn(&PasskeyError) -> bool| {
        let mut other = Device::new(b"first");
        std::mem::swap(&mut other.key, &mut device.key);
        other.counter = device.counter;
        alter(&mut other);
        let error = other.signs_in(&bench, "", |_| ()).unwrap_err();
        assert!(expected(&error), "{error}");
        std::mem::swap(&mut other.key, &mut device.key);
        let mut fresh = Device::new(b"second");
        alter(&mut fresh);
        assert!(expected(&fresh.enrols(&bench, "shen").unwrap_err()), "nor when it is added");
    };
    let site = |error: &PasskeyError| matches!(error, PasskeyError::Other("site"));
    wrong(|device| device.origin = "https://gfs.invalid.evil".into(), site);
    wrong(|device| device.domain = "evil.invalid".into(), site);
    wrong(|device| device.challenge = Some("AAAA".into()), |error| matches!(error, PasskeyError::Other("question")));
    wrong(|device| device.kind = Some("payment.get"), |error| matches!(error, PasskeyError::Other("kind")));
    wrong(|device| device.flags = 0x01, |error| matches!(error, PasskeyError::NotRecognised));
    wrong(|device| device.flags = 0x04, |error| matches!(error, PasskeyError::NotRecognised));
}

#[test]
fn a_copy_that_is_behind_a_closed_account_and_a_planted_key_do_not_count() {
    let (bench, mut device) = scene();
    let bureau = &bench.bureau;
    device.enrols(&bench, "shen").unwrap();
    device.signs_in(&bench, "", |_| ()).unwrap();
    device.counter = 1;
    assert!(matches!(device.signs_in(&bench, "", |_| ()), Err(PasskeyError::Copied)));
    // Whoever can write the database moves a key of their own to another account: its seal does not open there.
    let mine = of(bureau, "shen").unwrap().remove(0);
    bureau.store.remove_factor("shen", &mine.id).unwrap();
    bureau.store.put_factors(vec![store::Factor { account: "han".into(), ..mine.clone() }]).unwrap();
    device.counter = 50;
    assert!(matches!(device.signs_in(&bench, "", |_| ()), Err(PasskeyError::Unknown)));
    bureau.store.remove_factors("han", KIND).unwrap();
    bureau.store.put_factors(vec![mine]).unwrap();
    let account = bureau.store.account("shen").unwrap().unwrap();
    bureau.store.put_account(store::Account { disabled: true, ..account }).unwrap();
    assert!(matches!(device.signs_in(&bench, "", |_| ()), Err(PasskeyError::Unknown)));
}

#[test]
fn passkeys_are_tied_to_a_domain() {
    for (origin, expected) in [
        ("https://gfs.invalid", Some("gfs.invalid")),
        ("https://gfs.invalid:8443", Some("gfs.invalid")),
        ("http://localhost:8990", Some("localhost")),
        ("http://gfs.invalid", None),
        ("https://10.0.0.1", None),
        ("", None),
    ] {
        assert_eq!(domain(origin), expected, "{origin}");
    }
}

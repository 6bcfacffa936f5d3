//! Signing in with an identity of another house, against a provider that signs with a key of its own: whatever is
//! altered in what it says, nobody comes in.

use crate::bench::{Bench, post};
use acts::federation::oidc::Client;
use acts::federation::{
    Audience, Call, Departure, Federation, FederationError, Kind, Outward, Proved, Provider, Reply, TokenError, arrive,
    link, links, set_out, sign_in, unlink,
};
use acts::people;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as B64;
use kernel::world::Moment;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

const ISSUER: &str = "https://sso.invalid";
const BACK: &str = "/desk/sign-in/back/gov";

/// A provider on its own side: it keeps what it was asked and answers with what it is told to say.
struct Peer {
    key: EcdsaKeyPair,
    said: Mutex<Said>,
}

struct Said {
    document: Json,
    header: Json,
    claims: Json,
    /// Bytes changed after signing.
    spoiled: bool,
    /// Asked for keys so often.
    keys_asked: u32,
    form: String,
    authorization: String,
}

fn key() -> EcdsaKeyPair {
    let random = SystemRandom::new();
    let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
    EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8.as_ref(), &random).unwrap()
}

impl Peer {
    fn new(now: Moment) -> Arc<Peer> {
        let document = json!({
            "issuer": ISSUER, "authorization_endpoint": "https://sso.invalid/auth",
            "token_endpoint": "https://sso.invalid/token", "jwks_uri": "https://sso.invalid/keys",
        });
        let at = now.at.as_second();
        let claims =
            json!({ "iss": ISSUER, "aud": "xiezhi", "sub": "u-1", "iat": at, "exp": at + 300, "name": "沈知微" });
        let header = json!({ "alg": "ES256", "kid": "k1" });
        let said = Said {
            document,
            header,
            claims,
            spoiled: false,
            keys_asked: 0,
            form: String::new(),
            authorization: String::new(),
        };
        Arc::new(Peer { key: key(), said: Mutex::new(said) })
    }

    fn token(&self, said: &Said) -> String {
        let part = |json: &Json| B64.encode(json.to_string());
        let signed = format!("{}.{}", part(&said.header), part(&said.claims));
        let mut signature = self.key.sign(&SystemRandom::new(), signed.as_bytes()).unwrap().as_ref().to_vec();
        if said.spoiled {
            signature[40] ^= 1;
        }
        format!("{signed}.{}", B64.encode(signature))
    }
}

impl Outward for Peer {
    fn call(&self, call: Call<'_>) -> Result<Reply, String> {
        let mut said = self.said.lock().unwrap();
        let body = match call.url {
            "https://sso.invalid/.well-known/openid-configuration" => said.document.clone(),
            "https://sso.invalid/keys" => {
                said.keys_asked += 1;
                let (x, y) = self.key.public_key().as_ref()[1..].split_at(32);
                let key = json!({ "kty": "EC", "crv": "P-256", "kid": "k1", "x": B64.encode(x), "y": B64.encode(y) });
                json!({ "keys": [key] })
            }
            "https://sso.invalid/token" => {
                said.form = call.form.unwrap().to_owned();
                said.authorization = call.authorization.unwrap().to_owned();
                json!({ "id_token": self.token(&said) })
            }
            other => return Err(other.to_owned()),
        };
        Ok(Reply { status: 200, body: body.to_string().into_bytes() })
    }
}

struct Scene {
    bench: Bench,
    peer: Arc<Peer>,
    federation: Federation,
}

impl Scene {
    fn new() -> Scene {
        let bench = Bench::new();
        let peer = Peer::new(bench.now());
        let client = Client {
            issuer: ISSUER.into(),
            id: "xiezhi".into(),
            secret: Some("not a secret, of a test".into()),
            scopes: "profile".into(),
            id_number_claim: None,
        };
        let provider = Provider {
            id: "gov".into(),
            title: "统一认证".into(),
            audience: Audience::Staff,
            kind: Kind::Oidc(client),
        };
        let port: Arc<dyn Outward> = Arc::clone(&peer) as _;
        let federation = Federation::new("https://site.invalid".into(), vec![provider], port);
        let posts = [post("aid-clerk", "aid-east")];
        people::create(&bench.bureau, bench.now(), "shen", "沈知微", "only-for-these-tests", &posts).unwrap();
        Scene { bench, peer, federation }
    }

    fn provider(&self) -> &Provider {
        self.federation.provider("gov", Audience::Staff).unwrap()
    }

    fn leave(&self) -> Departure {
        let (bureau, now) = (&self.bench.bureau, self.bench.now());
        set_out(&self.federation, bureau, now, self.provider(), (BACK, "/desk"), None).unwrap()
    }

    /// The answer the provider sends somebody home with; the nonce it was asked for goes into its token.
    fn answer(&self, left: &Departure) -> BTreeMap<String, String> {
        let asked = |name: &str| {
            let (_, rest) = left.url.split_once(&format!("{name}=")).unwrap();
            rest.split('&').next().unwrap().to_owned()
        };
        self.peer.said.lock().unwrap().claims["nonce"] = asked("nonce").into();
        BTreeMap::from([("state".to_owned(), asked("state")), ("code".to_owned(), "c-1".to_owned())])
    }

    fn come(&self, sealed: &str, answer: &BTreeMap<String, String>) -> Result<Proved, FederationError> {
        let (bureau, now) = (&self.bench.bureau, self.bench.now());
        let came = arrive(&self.federation, bureau, now, self.provider(), (BACK, Some(sealed)), answer)?;
        Ok(came.proved)
    }

    /// One journey with something altered in what the provider says.
    fn altered(&self, alter: impl FnOnce(&mut Said)) -> Result<Proved, FederationError> {
        let left = self.leave();
        let answer = self.answer(&left);
        alter(&mut self.peer.said.lock().unwrap());
        self.come(&left.sealed, &answer)
    }
}

#[test]
fn who_is_tied_to_an_account_signs_in_and_a_stranger_does_not() {
    let scene = Scene::new();
    let left = scene.leave();
    assert!(left.url.contains("code_challenge_method=S256") && left.url.contains("response_type=code"), "{}", left.url);
    let answer = scene.answer(&left);
    let proved = scene.come(&left.sealed, &answer).unwrap();
    assert_eq!((proved.issuer.as_str(), proved.subject.as_str()), (ISSUER, "u-1"));
    let (bureau, now) = (&scene.bench.bureau, scene.bench.now());
    let accounts = bureau.store.accounts().unwrap();
    assert!(matches!(sign_in(bureau, now, &proved), Err(FederationError::Stranger)));
    assert_eq!(bureau.store.accounts().unwrap(), accounts, "coming makes no account");
    link(bureau, now, "shen", "shen", ISSUER, "u-1").unwrap();
    let token = sign_in(bureau, now, &proved).unwrap();
    assert_eq!(people::session(bureau, now, &token).unwrap().unwrap().subject, "shen");
    {
        let said = scene.peer.said.lock().unwrap();
        assert!(said.form.contains("code_verifier=") && !said.form.contains("secret"), "{}", said.form);
        assert!(said.authorization.starts_with("Basic "));
    }
    assert!(unlink(bureau, now, "shen", "shen", ISSUER, "u-1").unwrap());
    assert!(matches!(sign_in(bureau, now, &proved), Err(FederationError::Stranger)));
    let acts = bureau.store.acts_of(&store::MatterId("account/shen".into())).unwrap();
    let told: Vec<Json> = acts.iter().map(|act| serde_json::from_slice(&act.bytes).unwrap()).collect();
    let happened: Vec<&str> = told.iter().filter_map(|body| body["act"].as_str()).collect();
    let expected = ["link-identity", "sign-in", "unlink-identity"];
    assert!(happened.windows(3).any(|three| three == expected), "{happened:?}");
    let last = told.iter().map(Json::to_string).collect::<String>();
    assert!(!last.contains("u-1"), "what the provider calls the person is not in the record");
}

#[test]
fn an_identity_belongs_to_one_account() {
    let scene = Scene::new();
    let (bureau, now) = (&scene.bench.bureau, scene.bench.now());
    people::create(bureau, now, "other", "韩立春", "only-for-these-tests", &[]).unwrap();
    link(bureau, now, "shen", "shen", ISSUER, "u-1").unwrap();
    link(bureau, now, "shen", "shen", ISSUER, "u-1").unwrap();
    assert!(matches!(link(bureau, now, "other", "other", ISSUER, "u-1"), Err(FederationError::Taken)));
    assert!(matches!(link(bureau, now, "nobody", "nobody", ISSUER, "u-2"), Err(FederationError::Account(_))));
    assert!(!unlink(bureau, now, "other", "other", ISSUER, "u-1").unwrap());
    assert_eq!(links(bureau, "shen").unwrap().len(), 1);
    let account = bureau.store.account("shen").unwrap().unwrap();
    bureau.store.put_account(store::Account { disabled: true, ..account }).unwrap();
    let proved = scene.altered(|_| ()).unwrap();
    assert!(matches!(sign_in(bureau, now, &proved), Err(FederationError::Stranger)), "a closed account");
}

#[test]
fn whatever_is_altered_in_a_token_it_does_not_hold() {
    let scene = Scene::new();
    let at = scene.bench.now().at.as_second();
    assert!(scene.altered(|_| ()).is_ok());
    let claim = |name: &'static str, value: Json, expected: TokenError| {
        let before = scene.peer.said.lock().unwrap().claims.clone();
        let error = scene.altered(|said| said.claims[name] = value.clone()).unwrap_err();
        assert!(matches!(&error, FederationError::Token(told) if *told == expected), "{name} {value}: {error}");
        scene.peer.said.lock().unwrap().claims = before;
    };
    claim("iss", json!("https://sso.invalid/"), TokenError::Issuer);
    claim("aud", json!("another"), TokenError::Audience);
    claim("aud", json!(["xiezhi", "another"]), TokenError::Audience);
    claim("aud", json!([]), TokenError::Audience);
    claim("azp", json!("another"), TokenError::Audience);
    claim("nonce", json!("another"), TokenError::Nonce);
    claim("nonce", Json::Null, TokenError::Nonce);
    claim("exp", json!(at - 60), TokenError::Time);
    claim("exp", json!("soon"), TokenError::Time);
    claim("iat", json!(at + 61), TokenError::Time);
    claim("nbf", json!(at + 61), TokenError::Time);
    for (header, expected) in [
        (json!({ "alg": "none", "kid": "k1" }), TokenError::Algorithm),
        (json!({ "alg": "HS256", "kid": "k1" }), TokenError::Algorithm),
        (json!({ "alg": "ES256", "kid": "k1", "crit": ["x"] }), TokenError::Algorithm),
        (json!({ "alg": "ES256", "kid": "k2" }), TokenError::Signature),
        (json!({ "alg": "RS256", "kid": "k1" }), TokenError::Signature),
    ] {
        let error = scene.altered(|said| said.header = header.clone()).unwrap_err();
        assert!(matches!(&error, FederationError::Token(told) if *told == expected), "{header}: {error}");
    }
    scene.peer.said.lock().unwrap().header = json!({ "alg": "ES256", "kid": "k1" });
    let error = scene.altered(|said| said.spoiled = true).unwrap_err();
    assert!(matches!(error, FederationError::Token(TokenError::Signature)), "{error}");
}

#[test]
fn a_journey_ends_once_in_its_own_browser_and_in_time() {
    let scene = Scene::new();
    let (left, other) = (scene.leave(), scene.leave());
    let answer = scene.answer(&left);
    assert!(matches!(scene.come(&other.sealed, &answer), Err(FederationError::OtherState)));
    assert!(matches!(scene.come("AAAA", &answer), Err(FederationError::NoJourney)));
    scene.come(&left.sealed, &answer).unwrap();
    assert!(matches!(scene.come(&left.sealed, &answer), Err(FederationError::Replayed)));
    let late = scene.leave();
    let answer = scene.answer(&late);
    scene.bench.at("2026-12-31T23:00");
    assert!(matches!(scene.come(&late.sealed, &answer), Err(FederationError::NoJourney)));
    let refused = scene.leave();
    let mut answer = scene.answer(&refused);
    answer.insert("error".into(), "access_denied\r\nset-cookie".into());
    let error = scene.come(&refused.sealed, &answer).unwrap_err();
    assert!(matches!(&error, FederationError::Declined(word) if word == "access_deniedset-cookie"), "{error}");
}

#[test]
fn a_provider_that_is_another_one_is_not_believed() {
    let scene = Scene::new();
    let (left, now) = (scene.leave(), scene.bench.now());
    let mut answer = scene.answer(&left);
    answer.insert("iss".into(), "https://other.invalid".into());
    assert!(matches!(scene.come(&left.sealed, &answer), Err(FederationError::Token(TokenError::Issuer))));
    let bureau = &scene.bench.bureau;
    for (name, value) in [
        ("issuer", "https://other.invalid"),
        ("token_endpoint", "http://sso.invalid/token"),
        ("jwks_uri", "http://sso.invalid/keys"),
    ] {
        let peer = Peer::new(now);
        peer.said.lock().unwrap().document[name] = value.into();
        let federation = Federation::new(scene.federation.origin.clone(), scene.federation.providers.clone(), peer);
        let error = set_out(&federation, bureau, now, scene.provider(), (BACK, "/desk"), None).unwrap_err();
        assert!(matches!(error, FederationError::Token(_) | FederationError::Malformed(_)), "{name}: {error}");
    }
}

#[test]
fn names_of_keys_that_are_made_up_do_not_make_us_ask_all_day() {
    let scene = Scene::new();
    for _ in 0..5 {
        scene.altered(|said| said.header = json!({ "alg": "ES256", "kid": "made-up" })).unwrap_err();
    }
    assert_eq!(scene.peer.said.lock().unwrap().keys_asked, 1, "within a minute what is known is enough");
    scene.bench.at("2026-03-02T09:02");
    scene.altered(|said| said.header = json!({ "alg": "ES256", "kid": "made-up" })).unwrap_err();
    assert_eq!(scene.peer.said.lock().unwrap().keys_asked, 2, "later they are asked for again");
}

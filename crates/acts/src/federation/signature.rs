//! Signatures of others, by the algorithms they use: RS256 and ES256, of tokens and of passkeys.
//!
//! Not for our own: those are SM2, in [`crate::keys`].
//!
//! INVARIANT: an algorithm that is not named here, and an RSA key under 2048 bits, verify nothing.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P256_SHA256_FIXED, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents,
    UnparsedPublicKey, VerificationAlgorithm,
};
use serde_json::{Value as Json, json};

/// A public key of somebody else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PublicKey {
    /// RSA with SHA-256 (RS256).
    Rsa {
        /// The modulus, big-endian.
        n: Vec<u8>,
        /// The exponent, big-endian.
        e: Vec<u8>,
    },
    /// The curve P-256 with SHA-256 (ES256): the point, uncompressed.
    P256(Vec<u8>),
}

/// How the two numbers of an elliptic signature are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Writing {
    /// One after the other, as in tokens.
    Fixed,
    /// As in ASN.1, the way passkeys do.
    Asn1,
}

impl PublicKey {
    /// The point of two coordinates.
    pub fn point(x: &[u8], y: &[u8]) -> Option<PublicKey> {
        (x.len() == 32 && y.len() == 32).then(|| PublicKey::P256([&[4], x, y].concat()))
    }

    /// Its algorithm, in the word of JOSE.
    pub fn algorithm(&self) -> &'static str {
        match self {
            PublicKey::Rsa { .. } => "RS256",
            PublicKey::P256(_) => "ES256",
        }
    }

    /// Reads a key as JOSE writes it (RFC 7517), private parts ignored.
    pub fn from_jwk(jwk: &Json) -> Option<PublicKey> {
        let bytes = |name: &str| URL_SAFE_NO_PAD.decode(jwk.get(name)?.as_str()?).ok();
        match jwk.get("kty")?.as_str()? {
            "RSA" => Some(PublicKey::Rsa { n: bytes("n")?, e: bytes("e")? }),
            "EC" if jwk.get("crv")?.as_str()? == "P-256" => PublicKey::point(&bytes("x")?, &bytes("y")?),
            _ => None,
        }
    }

    /// Writes it as JOSE does.
    pub fn to_jwk(&self) -> Json {
        let text = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        match self {
            PublicKey::Rsa { n, e } => json!({ "kty": "RSA", "n": text(n), "e": text(e) }),
            PublicKey::P256(point) => {
                let (x, y) = point.get(1..).and_then(|xy| xy.split_at_checked(32)).unwrap_or_default();
                json!({ "kty": "EC", "crv": "P-256", "x": text(x), "y": text(y) })
            }
        }
    }

    /// Whether a signature over the message is by this key.
    pub fn verifies(&self, writing: Writing, message: &[u8], signature: &[u8]) -> bool {
        match self {
            PublicKey::Rsa { n, e } => {
                // A leading zero is a sign in ASN.1 and not part of the number.
                let n: Vec<u8> = n.iter().copied().skip_while(|byte| *byte == 0).collect();
                let key = RsaPublicKeyComponents { n: n.as_slice(), e: e.as_slice() };
                key.verify(&RSA_PKCS1_2048_8192_SHA256, message, signature).is_ok()
            }
            PublicKey::P256(point) => {
                let algorithm: &'static dyn VerificationAlgorithm = match writing {
                    Writing::Fixed => &ECDSA_P256_SHA256_FIXED,
                    Writing::Asn1 => &ECDSA_P256_SHA256_ASN1,
                };
                UnparsedPublicKey::new(algorithm, point).verify(message, signature).is_ok()
            }
        }
    }
}

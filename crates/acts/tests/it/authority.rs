//! A time stamp authority for tests: `openssl ts`, with keys and certificates made in a folder of its own.

use std::path::Path;
use std::process::{Command, Stdio};

/// What `openssl ts` is told, and how the certificates are made.
const CONFIG: &str = "
[req]
distinguished_name = name
prompt = no
[name]
CN = xiezhi-test
[ca]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign
[stamping]
basicConstraints = CA:FALSE
extendedKeyUsage = critical,timeStamping
[tsa]
default_tsa = here
[here]
serial = serial
signer_cert = tsa.pem
signer_key = tsa.key
certs = ca.pem
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
ess_cert_id_alg = sha256
";

/// An authority in a folder of its own.
pub struct Authority {
    folder: tempfile::TempDir,
}

impl Authority {
    /// None where this machine has no openssl.
    pub fn new(key: &[&str]) -> Option<Authority> {
        let Ok(folder) = tempfile::tempdir() else { return None };
        let authority = Authority { folder };
        if Command::new("openssl").arg("version").output().is_err() {
            println!("skipped: no openssl on this machine");
            return None;
        }
        std::fs::write(authority.path().join("tsa.cnf"), CONFIG).unwrap();
        std::fs::write(authority.path().join("serial"), "01\n").unwrap();
        let make = |name: &str, more: &[&str]| {
            let (pem, secret, subject) =
                (format!("{name}.pem"), format!("{name}.key"), format!("/CN=xiezhi-test-{name}"));
            let fixed = [
                "req", "-x509", "-config", "tsa.cnf", "-nodes", "-days", "30", "-subj", &subject, "-keyout", &secret,
                "-out", &pem,
            ];
            authority.openssl(&[&fixed, key, more].concat());
        };
        make("ca", &["-extensions", "ca"]);
        make("strange", &["-extensions", "ca"]);
        make("tsa", &["-extensions", "stamping", "-CA", "ca.pem", "-CAkey", "ca.key"]);
        Some(authority)
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    fn openssl(&self, args: &[&str]) -> bool {
        let out = Command::new("openssl").args(args).current_dir(self.path()).stdin(Stdio::null()).output().unwrap();
        assert!(out.status.success() || args[0] == "ts", "{args:?}: {}", String::from_utf8_lossy(&out.stderr));
        out.status.success()
    }

    /// The answer to a question; none where openssl itself refuses.
    pub fn answers(&self, question: &[u8]) -> Option<Vec<u8>> {
        std::fs::write(self.path().join("query.tsq"), question).unwrap();
        let asked = ["ts", "-reply", "-config", "tsa.cnf", "-queryfile", "query.tsq", "-out", "answer.tsr"];
        self.openssl(&asked).then(|| std::fs::read(self.path().join("answer.tsr")).unwrap())
    }

    pub fn certificate(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path().join(format!("{name}.pem"))).unwrap()
    }
}

/// The kinds of keys an authority may have.
pub const KEYS: [&[&str]; 3] = [
    &["-newkey", "rsa:2048"],
    &["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"],
    &["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-384"],
];

//! The way out: the few questions this program asks other machines, all of them of providers of identities.
//!
//! It knows no protocol: an address, a form and a header go out, a status and bytes come back. No redirection is followed,
//! no proxy of the environment is used, and a provider that does not answer in ten seconds does not answer.
//!
//! INVARIANT: what is not encrypted goes to this machine only; certificates are checked against the roots of the system,
//! or against those of one named file.

pub mod settings;

use crate::answer::{Complaint, OrSay};
use acts::federation::oidc::is_safe;
use acts::federation::{Call, Outward, REPLY_MAX, Reply};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use ureq::Agent;
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};

/// How long a question may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// Questions at once: a provider that hangs must not hold every thread of the server.
const AT_ONCE_MAX: usize = 8;

/// The way out.
pub struct Way {
    agent: Agent,
    asking: AtomicUsize,
}

impl Way {
    /// The way out, with the roots of the system or those of a file.
    ///
    /// # Errors
    /// When the file holds no certificate, or the system has no roots.
    pub fn open(roots: Option<&Path>) -> Result<Way, Complaint> {
        let roots = match roots {
            Some(file) => named(file)?,
            None => of_the_system()?,
        };
        let tls = TlsConfig::builder()
            .root_certs(RootCerts::new_with_certs(&roots))
            .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .build();
        let settings = Agent::config_builder()
            .tls_config(tls)
            .timeout_global(Some(PATIENCE))
            .max_redirects(0)
            .http_status_as_error(false)
            .proxy(None)
            .user_agent(concat!("xiezhi/", env!("CARGO_PKG_VERSION")));
        Ok(Way { agent: settings.build().new_agent(), asking: AtomicUsize::new(0) })
    }

    fn ask(&self, call: Call<'_>) -> Result<Reply, ureq::Error> {
        let mut response = match call.form {
            None => {
                let request = self.agent.get(call.url);
                let request =
                    call.authorization.iter().fold(request, |request, who| request.header("Authorization", *who));
                request.call()?
            }
            Some(form) => {
                let request = self.agent.post(call.url).content_type("application/x-www-form-urlencoded");
                let request =
                    call.authorization.iter().fold(request, |request, who| request.header("Authorization", *who));
                request.header("Accept", "application/json").send(form)?
            }
        };
        let status = response.status().as_u16();
        let body = response.body_mut().with_config().limit(REPLY_MAX).read_to_vec()?;
        Ok(Reply { status, body })
    }
}

/// A place among those who ask; it is given back when it is dropped.
struct Turn<'a>(&'a AtomicUsize);

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Outward for Way {
    fn call(&self, call: Call<'_>) -> Result<Reply, String> {
        if !is_safe(call.url) {
            return Err("the address is neither encrypted nor of this machine".to_owned());
        }
        let before = self.asking.fetch_add(1, Ordering::Relaxed);
        let _turn = Turn(&self.asking);
        if before >= AT_ONCE_MAX {
            return Err("too many questions at once".to_owned());
        }
        self.ask(call).map_err(|error| error.to_string())
    }
}

fn named(file: &Path) -> Result<Vec<Certificate<'static>>, Complaint> {
    let text = std::fs::read(file).or_say(&format!("证书文件{}读不了", file.display()))?;
    let mut roots = Vec::new();
    for item in parse_pem(&text) {
        if let PemItem::Certificate(root) = item.or_say(&format!("证书文件{}不是PEM格式", file.display()))? {
            roots.push(root);
        }
    }
    if roots.is_empty() {
        return Err(Complaint::fact(format!(
            "证书文件{}里没有证书：请放上签发统一身份认证服务器证书的根证书",
            file.display()
        )));
    }
    Ok(roots)
}

fn of_the_system() -> Result<Vec<Certificate<'static>>, Complaint> {
    let found = rustls_native_certs::load_native_certs();
    for error in &found.errors {
        tracing::warn!(%error, "a root certificate of the system cannot be read");
    }
    if found.certs.is_empty() {
        return Err(Complaint::fact(
            "系统里没有根证书，连不上统一身份认证：请安装 ca-certificates，或者在 identity.json 里用 ca 指定证书文件",
        ));
    }
    Ok(found.certs.iter().map(|root| Certificate::from_der(root).to_owned()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Write};
    use std::net::TcpListener;

    fn way() -> Way {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "nothing").unwrap();
        assert!(Way::open(Some(file.path())).is_err(), "a file without a certificate is refused");
        Way::open(None).unwrap()
    }

    /// Answers one request on this machine; what was asked comes back.
    fn answering(answer: &'static str) -> (String, std::thread::JoinHandle<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/x", listener.local_addr().unwrap());
        let hand = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut asked = vec![0; 4096];
            let mut length = 0;
            while !String::from_utf8_lossy(&asked[..length]).contains("a=b") {
                length += stream.read(&mut asked[length..]).unwrap();
            }
            stream.write_all(answer.as_bytes()).unwrap();
            String::from_utf8_lossy(&asked[..length]).into_owned()
        });
        (url, hand)
    }

    #[test]
    fn a_form_goes_out_and_no_redirection_is_followed() {
        let way = way();
        let (url, hand) =
            answering("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 2\r\n\r\nno");
        let reply = way.call(Call { url: &url, form: Some("a=b"), authorization: Some("Basic eA==") }).unwrap();
        assert_eq!(reply, Reply { status: 302, body: b"no".to_vec() });
        let asked = hand.join().unwrap();
        assert!(asked.starts_with("POST /x HTTP/1.1") && asked.contains("Basic eA=="), "{asked}");
        assert_eq!(way.asking.load(Ordering::Relaxed), 0, "the turn is given back");
    }

    #[test]
    fn an_open_way_to_another_machine_is_not_taken() {
        let told = way().call(Call { url: "http://sso.invalid/", form: None, authorization: None });
        assert!(told.unwrap_err().contains("neither encrypted"));
    }

    #[test]
    fn only_so_many_ask_at_once() {
        let way = way();
        way.asking.store(AT_ONCE_MAX, Ordering::Relaxed);
        let told = way.call(Call { url: "http://127.0.0.1:1/", form: None, authorization: None });
        assert!(told.unwrap_err().contains("too many"));
        assert_eq!(way.asking.load(Ordering::Relaxed), AT_ONCE_MAX);
    }
}

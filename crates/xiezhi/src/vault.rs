//! Master keys held by another program: one that speaks to a machine made for it (密码机), or this one under an account of
//! its own (`xiezhi keys vault`).
//!
//! Where the data directory has a file `vault`, its one line names that program. It is started once, is asked on its standard
//! input, one JSON object a line, and answers on its standard output, one a line. `keys.json` then holds the linking secret
//! alone. A question is `{"do":"wrap","bytes":…,"label":…,"nonce":…}`, `unwrap` with `bytes` and `label`, `realm`, `sign` with
//! `bytes`, or `about`; bytes are hexadecimal. An answer holds `bytes` (for `unwrap` also `newest`, for `realm` a list `keys`,
//! for `about` `public_key` and `masters`), or `error`.
//!
//! INVARIANT: no content is sent to it, and no master key comes from it.

use crate::answer::{self, Complaint, OrSay};
use crate::keyfile;
use acts::keys::{FileVault, KeyError, Keys, PersonKey, Unwrapped, Vault};
use serde_json::{Value as Json, json};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitCode, Stdio};
use std::sync::{Arc, Mutex, PoisonError};

/// Longest line of an answer.
const LINE_MAX: usize = 1 << 20;

/// The keys of a data directory that names such a program; none where it names none.
///
/// # Errors
/// What is wrong with the program or the file, and what to do.
pub fn keys(data: &Path) -> Result<Option<Keys>, Complaint> {
    let named = data.join("vault");
    let Ok(line) = std::fs::read_to_string(&named) else { return Ok(None) };
    let program = PathBuf::from(line.trim());
    if !program.is_absolute() || !program.is_file() {
        return Err(Complaint::fact(format!("{}要写代管密钥的程序的绝对路径，现在写的不是：请改正", named.display())));
    }
    let linking = keyfile::linking(&keyfile::path(data))?;
    let vault = Outside::start(&program).or_say(&format!("代管密钥的程序{}启动不了", program.display()))?;
    let keys = Keys::of_vault(linking, Arc::new(vault));
    keys.map(Some).or_say(&format!("代管密钥的程序{}没有照约定回答", program.display()))
}

/// Whether a data directory names such a program.
pub fn is_named(data: &Path) -> bool {
    data.join("vault").exists()
}

/// The program, and the two ends of the talk with it.
struct Outside {
    talk: Mutex<Talk>,
}

struct Talk {
    child: Child,
    asks: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Drop for Talk {
    fn drop(&mut self) {
        // Its input ends, and with it the program.
        drop(self.asks.take());
        if let Err(error) = self.child.wait() {
            tracing::debug!(%error, "the program that holds the keys was not waited for");
        }
    }
}

fn broken(why: impl ToString) -> KeyError {
    KeyError::Vault(why.to_string())
}

impl Outside {
    fn start(program: &Path) -> std::io::Result<Outside> {
        let mut child = Command::new(program).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let asks = child.stdin.take();
        let answers = child.stdout.take().ok_or_else(|| std::io::Error::other("it has no output"))?;
        Ok(Outside { talk: Mutex::new(Talk { child, asks, answers: BufReader::new(answers) }) })
    }

    fn ask(&self, question: &Json) -> Result<Json, KeyError> {
        let mut talk = self.talk.lock().unwrap_or_else(PoisonError::into_inner);
        let asks = talk.asks.as_mut().ok_or_else(|| broken("it has ended"))?;
        asks.write_all(format!("{question}\n").as_bytes()).and_then(|()| asks.flush()).map_err(broken)?;
        let answer: Json = serde_json::from_str(&line(&mut talk.answers)?).map_err(broken)?;
        match answer.get("error").and_then(Json::as_str) {
            Some("does-not-open") => Err(KeyError::DoesNotOpen),
            Some(error) => Err(broken(error)),
            None => Ok(answer),
        }
    }
}

/// One line, and no more than a line may have.
fn line(answers: &mut impl BufRead) -> Result<String, KeyError> {
    let mut bytes = Vec::new();
    loop {
        let part = answers.fill_buf().map_err(broken)?;
        if part.is_empty() {
            return Err(broken("it has ended"));
        }
        let end = part.iter().position(|byte| *byte == b'\n');
        let taken = end.map_or(part.len(), |end| end + 1);
        bytes.extend(part.iter().take(taken));
        answers.consume(taken);
        match end {
            Some(_) => return String::from_utf8(bytes).map_err(broken),
            None if bytes.len() > LINE_MAX => return Err(broken("its line has no end")),
            None => {}
        }
    }
}

fn bytes(json: &Json, key: &str) -> Result<Vec<u8>, KeyError> {
    let text = json.get(key).and_then(Json::as_str).ok_or_else(|| broken(format!("`{key}` is missing")))?;
    hex::decode(text).map_err(broken)
}

fn texts(json: &Json, key: &str) -> Result<Vec<String>, KeyError> {
    let list = json.get(key).and_then(Json::as_array).ok_or_else(|| broken(format!("`{key}` is missing")))?;
    Ok(list.iter().filter_map(Json::as_str).map(str::to_owned).collect())
}

impl Vault for Outside {
    fn wrap(&self, nonce: [u8; 12], key: &[u8], label: &[u8]) -> Result<Vec<u8>, KeyError> {
        let question = json!({ "do": "wrap", "bytes": hex::encode(key), "label": hex::encode(label),
                               "nonce": hex::encode(nonce) });
        bytes(&self.ask(&question)?, "bytes")
    }

    fn unwrap(&self, wrapped: &[u8], label: &[u8]) -> Result<Unwrapped, KeyError> {
        let question = json!({ "do": "unwrap", "bytes": hex::encode(wrapped), "label": hex::encode(label) });
        let answer = self.ask(&question)?;
        let newest = answer.get("newest").and_then(Json::as_bool).unwrap_or(false);
        Ok(Unwrapped { key: bytes(&answer, "bytes")?, newest })
    }

    fn realm_keys(&self) -> Result<Vec<PersonKey>, KeyError> {
        let keys = texts(&self.ask(&json!({ "do": "realm" }))?, "keys")?;
        let key = |text: String| {
            let bytes = hex::decode(text).map_err(broken)?;
            bytes.try_into().map(PersonKey::of).map_err(|_| broken("a key of the realm has not 16 bytes"))
        };
        keys.into_iter().map(key).collect()
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        bytes(&self.ask(&json!({ "do": "sign", "bytes": hex::encode(message) }))?, "bytes")
    }

    fn public_key(&self) -> Result<String, KeyError> {
        bytes(&self.ask(&json!({ "do": "about" }))?, "public_key").map(hex::encode)
    }

    fn masters(&self) -> Result<Vec<String>, KeyError> {
        texts(&self.ask(&json!({ "do": "about" }))?, "masters")
    }
}

/// Answers questions about a key file until the input ends, and says nothing else.
pub fn ends(file: &Path) -> ExitCode {
    match serve(file) {
        Ok(()) => ExitCode::SUCCESS,
        Err(complaint) => answer::say(Err(complaint), false),
    }
}

fn serve(file: &Path) -> Result<(), Complaint> {
    let vault = FileVault::new(keyfile::read(file)?).or_say("密钥不能用")?;
    let (mut asked, mut out) = (std::io::stdin().lock(), std::io::stdout().lock());
    while let Ok(question) = line(&mut asked) {
        let answer = match serde_json::from_str(&question).map_err(broken).and_then(|it| answered(&vault, &it)) {
            Ok(answer) => answer,
            Err(KeyError::DoesNotOpen) => json!({ "error": "does-not-open" }),
            Err(error) => json!({ "error": error.to_string() }),
        };
        writeln!(out, "{answer}").and_then(|()| out.flush()).or_say("回答写不出去")?;
    }
    Ok(())
}

fn answered(vault: &FileVault, question: &Json) -> Result<Json, KeyError> {
    Ok(match question.get("do").and_then(Json::as_str) {
        Some("wrap") => {
            let nonce = bytes(question, "nonce")?.try_into().map_err(|_| broken("a nonce has 12 bytes"))?;
            let wrapped = vault.wrap(nonce, &bytes(question, "bytes")?, &bytes(question, "label")?)?;
            json!({ "bytes": hex::encode(wrapped) })
        }
        Some("unwrap") => {
            let Unwrapped { key, newest } = vault.unwrap(&bytes(question, "bytes")?, &bytes(question, "label")?)?;
            json!({ "bytes": hex::encode(key), "newest": newest })
        }
        Some("realm") => {
            let keys = vault.realm_keys()?;
            json!({ "keys": keys.iter().map(|key| hex::encode(key.secret())).collect::<Vec<_>>() })
        }
        Some("sign") => json!({ "bytes": hex::encode(vault.sign(&bytes(question, "bytes")?)?) }),
        Some("about") => json!({ "public_key": vault.public_key()?, "masters": vault.masters()? }),
        _ => return Err(broken("it is asked for something unknown")),
    })
}

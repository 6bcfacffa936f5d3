//! Chains beside the matters: one for each register, one for the looks at each matter.
//!
//! They are acts like any other (hashed, chained, in the log), but no matter folds from them: their names hold a
//! slash, which no matter's does.

use crate::bureau::Bureau;
use kernel::ledger::{canonical, commitment};
use kernel::world::Moment;
use serde_json::{Map, Value as Json, json};
use store::{Append, AppendError, Entry, RegisterRow};

/// How often an append is tried again when somebody else was quicker; nobody waits on a version here.
const TRIES: u32 = 8;

/// Appends one act to a chain: the body is hashed, the content lies in the open beside it.
///
/// # Errors
/// What the store says.
pub fn append(
    bureau: &Bureau,
    now: Moment,
    chain: &store::MatterId,
    mut body: Map<String, Json>,
    content: &Json,
    register_rows: Vec<RegisterRow>,
) -> Result<(), AppendError> {
    let salt: [u8; 32] = bureau.random();
    let content = canonical(content).unwrap_or_default();
    body.insert("at".into(), json!(now.at.as_millisecond()));
    body.insert("content".into(), json!({ "open": commitment(&salt, &content).to_string(), "sealed": {} }));
    let mut tries = 0;
    loop {
        tries += 1;
        let entry = Entry {
            matter: chain.clone(),
            expected: bureau.store.head(chain)?.map_or(0, |head| head.version),
            body: body.clone(),
            draws: Vec::new(),
            voids: Vec::new(),
            open: [salt.as_slice(), &content].concat(),
            sealed: Vec::new(),
            view: None,
            tasks: Vec::new(),
            papers: Vec::new(),
        };
        let append = Append {
            at: now.at.as_millisecond(),
            entries: vec![entry],
            register_rows: register_rows.clone(),
            ..Append::default()
        };
        match bureau.store.append(append) {
            Ok(_) => return Ok(()),
            Err(AppendError::Stale { .. }) if tries < TRIES => {}
            Err(error) => return Err(error),
        }
    }
}

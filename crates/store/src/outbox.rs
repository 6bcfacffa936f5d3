//! The outbox: messages written with the act that causes them, sent afterwards.
//!
//! It sends nothing. A sender claims messages for a while, and reports; one
//! that dies with a claim lets it lapse, so a message leaves at least once.
//! What cannot be delivered stays here, dead, until a person sends it anew or
//! says that its reader was told in another way.

use std::collections::BTreeSet;

use crate::engine::{Cell, Row, params};

use crate::Store;
use crate::append::AppendError;
use crate::many;
use crate::sql::{Sql, StorageError, unsigned};

/// A message to leave after the commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboxMessage {
    /// Its identity, by which a receiver can tell a repetition.
    pub id: String,
    /// What kind of message it is.
    pub topic: String,
    /// To whom, in the topic's own terms.
    pub recipient: String,
    /// The content.
    pub body: Vec<u8>,
}

/// What has become of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutboxState {
    /// To be sent, now or later.
    Pending,
    /// Delivered.
    Sent,
    /// Given up.
    Dead,
    /// Given up, and its reader was told in another way.
    Told,
}

impl OutboxState {
    /// The word kept in the table.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Sent => "sent",
            Self::Dead => "dead",
            Self::Told => "told",
        }
    }

    fn parse(word: &str) -> Option<Self> {
        [Self::Pending, Self::Sent, Self::Dead, Self::Told].into_iter().find(|state| state.as_str() == word)
    }
}

/// A message as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboxRow {
    /// Its identity.
    pub id: String,
    /// What kind of message it is.
    pub topic: String,
    /// To whom.
    pub recipient: String,
    /// The content.
    pub body: Vec<u8>,
    /// When it was written, milliseconds UTC.
    pub created_at: i64,
    /// What has become of it.
    pub state: OutboxState,
    /// How often it was claimed.
    pub attempts: u32,
    /// Not to be claimed before this instant; of one given up, when that was.
    /// Milliseconds UTC.
    pub next_at: i64,
    /// What the last attempt failed with.
    pub last_error: Option<String>,
}

const PUT: &str = "insert into outbox(realm, id, topic, recipient, body, created_at, state,
        attempts, next_at)";
const KNOWN: &str = "select id from outbox where realm = $1 and";
const CLAIM: &str = "update outbox set attempts = outbox.attempts + 1, next_at = $1
    where realm = $2 and id in (
        select id from outbox where realm = $2 and state = 'pending' and next_at <= $3
        order by next_at, id limit $4)
    returning id, topic, recipient, body, created_at, state, attempts, next_at, last_error";
const CLAIM_TOPIC: &str = "update outbox set attempts = outbox.attempts + 1, next_at = $1
    where realm = $2 and id in (
        select id from outbox where realm = $2 and state = 'pending' and next_at <= $3 and topic = $4
        order by next_at, id limit $5)
    returning id, topic, recipient, body, created_at, state, attempts, next_at, last_error";
const SENT: &str = "update outbox set state = 'sent', last_error = null
    where realm = $1 and id = $2 and state = 'pending'";
const LATER: &str = "update outbox set next_at = $1, last_error = $2
    where realm = $3 and id = $4 and state = 'pending'";
const DEAD: &str = "update outbox set state = 'dead', next_at = $1, last_error = $2
    where realm = $3 and id = $4 and state = 'pending'";
const TOLD: &str = "update outbox set state = 'told', next_at = $1
    where realm = $2 and id = $3 and state = 'dead'";
const REVIVE: &str = "update outbox set state = 'pending', next_at = $1, attempts = 0
    where realm = $2 and id = $3 and state = 'dead'";
const ONE: &str = "select id, topic, recipient, body, created_at, state, attempts, next_at,
        last_error
    from outbox where realm = $1 and id = $2";
const BY_STATE: &str = "select id, topic, recipient, body, created_at, state, attempts, next_at,
        last_error
    from outbox where realm = $1 and state = $2
    order by created_at desc, id desc limit $3 offset $4";
const LATEST: &str = "select id, topic, recipient, body, created_at, state, attempts, next_at,
        last_error
    from outbox where realm = $1 order by created_at desc, id desc limit $2 offset $3";
const TO: &str = "select id, topic, recipient, body, created_at, state, attempts, next_at,
        last_error
    from outbox where realm = $1 and topic = $2 and recipient = $3
    order by created_at desc, id desc limit $4";
const COUNT: &str = "select count(*) from outbox where realm = $1 and state = $2";
const IS_DUE: &str = "select count(*) from (
        select 1 from outbox where realm = $1 and state = 'pending' and next_at <= $2 and topic = $3 limit 1) as due";
const PRUNE: &str = "delete from outbox where realm = $1 and state = 'sent' and created_at < $2";

/// Writes messages, each with the instant of its append.
pub(crate) fn put(sql: &Sql<'_>, messages: &[(&OutboxMessage, i64)]) -> Result<(), AppendError> {
    let mut known = BTreeSet::new();
    let keys: Vec<Vec<Cell<'_>>> = messages.iter().map(|(message, _)| params![message.id].to_vec()).collect();
    many::find(sql, KNOWN, "", &["id"], &keys, |row| {
        known.insert(row.get::<String>(0)?);
        Ok(())
    })?;
    if let Some((taken, _)) = messages.iter().find(|(message, _)| !known.insert(message.id.clone())) {
        return Err(AppendError::MessageTaken { id: taken.id.clone() });
    }
    let rows: Vec<Vec<Cell<'_>>> = messages
        .iter()
        .map(|(OutboxMessage { id, topic, recipient, body }, at)| {
            params![sql.realm, id, topic, recipient, body, at, at].to_vec()
        })
        .collect();
    Ok(many::put_as(sql, PUT, "(?, ?, ?, ?, ?, ?, 'pending', 0, ?)", "", &rows)?)
}

fn outbox_row(row: &Row<'_>) -> Result<OutboxRow, StorageError> {
    let state: String = row.get(5)?;
    let state = OutboxState::parse(&state).ok_or(StorageError::Unreadable { column: "outbox.state", value: state })?;
    Ok(OutboxRow {
        id: row.get(0)?,
        topic: row.get(1)?,
        recipient: row.get(2)?,
        body: row.get(3)?,
        created_at: row.get(4)?,
        state,
        attempts: row.get(6)?,
        next_at: row.get(7)?,
        last_error: row.get(8)?,
    })
}

/// The engines answer what they changed in no order.
fn oldest_first(mut rows: Vec<OutboxRow>) -> Vec<OutboxRow> {
    rows.sort_by(|a, b| (a.created_at, &a.id).cmp(&(b.created_at, &b.id)));
    rows
}

impl Store {
    /// Writes a message that no act causes (a code for a phone, say).
    ///
    /// # Errors
    ///
    /// [`AppendError::MessageTaken`] when the identity is in use.
    pub fn put_message(&self, message: OutboxMessage, at: i64) -> Result<(), AppendError> {
        self.write(move |sql| put(sql, &[(&message, at)]))
    }

    /// Claims at most `limit` messages due at `now` until `lapses_at`; after
    /// that an unreported one can be claimed again.
    ///
    /// # Errors
    ///
    /// Fails only when the database does.
    pub fn claim_messages(&self, now: i64, lapses_at: i64, limit: u32) -> Result<Vec<OutboxRow>, StorageError> {
        self.write(move |sql| {
            let rows = sql.all(CLAIM, params![lapses_at, sql.realm, now, limit], outbox_row)?;
            Ok(oldest_first(rows))
        })
    }

    /// Whether a message of a topic waits to be claimed at `now`: a look, that
    /// takes no lock.
    ///
    /// # Errors
    ///
    /// Fails only when the database does.
    pub fn has_message_due(&self, topic: &str, now: i64) -> Result<bool, StorageError> {
        self.read(|sql| Ok(sql.integer(IS_DUE, params![sql.realm, now, topic])? > 0))
    }

    /// The same as [`Store::claim_messages`] for the messages of one topic.
    ///
    /// # Errors
    ///
    /// Fails only when the database does.
    pub fn claim_messages_of(
        &self,
        topic: &str,
        now: i64,
        lapses_at: i64,
        limit: u32,
    ) -> Result<Vec<OutboxRow>, StorageError> {
        let topic = topic.to_owned();
        self.write(move |sql| {
            let rows = sql.all(CLAIM_TOPIC, params![lapses_at, sql.realm, now, topic, limit], outbox_row)?;
            Ok(oldest_first(rows))
        })
    }

    /// Reports a message delivered; false when it was not pending.
    ///
    /// # Errors
    ///
    /// Fails only when the database does.
    pub fn message_sent(&self, id: &str) -> Result<bool, StorageError> {
        let id = id.to_owned();
        self.write(move |sql| Ok(sql.run(SENT, params![sql.realm, id])? > 0))
    }

    /// Reports a failed attempt to be repeated at `next_at`; false when the
    /// message was not pending.
    ///
    /// # Errors
    ///
    /// Fails only when the database does.
    pub fn message_failed(&self, id: &str, error: &str, next_at: i64) -> Result<bool, StorageError> {
        let (id, error) = (id.to_owned(), error.to_owned());
        self.write(move |sql| Ok(sql.run(LATER, params![next_at, error, sql.realm, id])? > 0))
    }

    /// Gives a message up at `at`; false when it was not pending.
    ///
    /// # Errors
    ///
    /// Fails only when the database does.
    pub fn message_dead(&self, id: &str, error: &str, at: i64) -> Result<bool, StorageError> {
        let (id, error) = (id.to_owned(), error.to_owned());
        self.write(move |sql| Ok(sql.run(DEAD, params![at, error, sql.realm, id])? > 0))
    }

    /// The reader of a dead message was told in another way, at `at`; false
    /// when it was not dead.
    ///
    /// # Errors
    ///
    /// Fails only when the database does.
    pub fn message_told(&self, id: &str, at: i64) -> Result<bool, StorageError> {
        let id = id.to_owned();
        self.write(move |sql| Ok(sql.run(TOLD, params![at, sql.realm, id])? > 0))
    }

    /// Makes a dead message pending again, to be sent from `next_at` on; false
    /// when it was not dead.
    ///
    /// # Errors
    ///
    /// Fails only when the database does.
    pub fn revive_message(&self, id: &str, next_at: i64) -> Result<bool, StorageError> {
        let id = id.to_owned();
        self.write(move |sql| Ok(sql.run(REVIVE, params![next_at, sql.realm, id])? > 0))
    }

    /// One message.
    ///
    /// # Errors
    ///
    /// Fails only when the database does.
    pub fn message(&self, id: &str) -> Result<Option<OutboxRow>, StorageError> {
        self.read(|sql| sql.one(ONE, params![sql.realm, id], outbox_row))
    }

    /// Messages for the operator's console, newest first; of one state, or all.
    ///
    /// # Errors
    ///
    /// Fails only when the database does.
    pub fn messages(
        &self,
        state: Option<OutboxState>,
        offset: u32,
        limit: u32,
    ) -> Result<Vec<OutboxRow>, StorageError> {
        self.read(|sql| match state {
            Some(state) => {
                let params = params![sql.realm, state.as_str(), limit, offset];
                sql.all(BY_STATE, params, outbox_row)
            }
            None => sql.all(LATEST, params![sql.realm, limit, offset], outbox_row),
        })
    }

    /// The latest messages of a topic to one recipient, newest first.
    ///
    /// # Errors
    ///
    /// Fails only when the database does.
    pub fn messages_to(&self, topic: &str, recipient: &str, limit: u32) -> Result<Vec<OutboxRow>, StorageError> {
        self.read(|sql| sql.all(TO, params![sql.realm, topic, recipient, limit], outbox_row))
    }

    /// How many messages are in a state.
    ///
    /// # Errors
    ///
    /// Fails only when the database does.
    pub fn message_count(&self, state: OutboxState) -> Result<u64, StorageError> {
        self.read(|sql| Ok(unsigned(sql.integer(COUNT, params![sql.realm, state.as_str()])?)))
    }

    /// Removes sent messages written before an instant; answers how many.
    ///
    /// # Errors
    ///
    /// Fails only when the database does.
    pub fn prune_messages(&self, before: i64) -> Result<u64, StorageError> {
        self.write(move |sql| {
            let removed = sql.run(PRUNE, params![sql.realm, before])?;
            Ok(removed as u64)
        })
    }
}

//! Posts given and ended, each as an act in a chain of the account it concerns.
//!
//! It makes no account: who gives posts makes none, and who makes accounts gives none (三员分立).
//!
//! INVARIANT: nobody holds two of the three administrators' seats on one day, and nobody gives a post to themselves.

use super::person;
use crate::bureau::Bureau;
use crate::policy::{Duty, HeldPost};
use crate::side;
use jiff::civil::Date;
use kernel::names::PersonId;
use kernel::world::Moment;
use serde_json::{Map, json};
use store::{AccountError, AppendError, Post, StorageError};

/// 系统管理员, 安全管理员, 审计管理员.
pub const ADMINISTRATORS: [&str; 3] = ["operator", "security", "auditor"];

/// A post to be given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// To which account.
    pub account: String,
    /// The seat and its office.
    pub post: HeldPost,
    /// The first day.
    pub from: Date,
    /// The first day it is no longer held; none is open.
    pub until: Option<Date>,
    /// The account it stands in for (代理): it then has an end, and the other holds the post.
    pub instead_of: Option<String>,
}

/// Why a post is not given or ended.
#[derive(Debug, thiserror::Error)]
pub enum PostError {
    /// The author has not the duty.
    #[error("the author may not give posts")]
    Forbidden,
    /// Their own.
    #[error("nobody gives a post to themselves")]
    Own,
    /// One of the three administrators already.
    #[error("nobody holds two of the three administrators' seats")]
    SecondSeat,
    /// A last day before the first.
    #[error("a post ends after it begins")]
    Backwards,
    /// Standing in for whoever does not hold the post, or without an end.
    #[error("standing in has an end, and the other holds the post")]
    NotDelegable,
    /// Nothing to end.
    #[error("the account does not hold this post")]
    NotHeld,
    /// The account.
    #[error(transparent)]
    Account(#[from] AccountError),
    /// The append.
    #[error(transparent)]
    Append(#[from] AppendError),
    /// The store.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// Whether two of these seats are of the three administrators.
pub fn conflict<'s>(seats: impl IntoIterator<Item = &'s str>) -> bool {
    let held: std::collections::BTreeSet<&str> =
        seats.into_iter().filter(|seat| ADMINISTRATORS.contains(seat)).collect();
    held.len() > 1
}

/// Gives a post: one act, one row. The sessions of the account end, so that none gains rights while it lives.
///
/// # Errors
/// [`PostError`] names the rule that stands in the way.
pub fn grant(bureau: &Bureau, now: Moment, author: &PersonId, grant: &Grant) -> Result<(), PostError> {
    permitted(bureau, now, author, &grant.account)?;
    if grant.until.is_some_and(|until| until <= grant.from) {
        return Err(PostError::Backwards);
    }
    if let Some(other) = &grant.instead_of {
        let held = bureau.store.posts_on(other, &grant.from.to_string())?;
        let holds = |post: &Post| post.seat == grant.post.seat.as_str() && post.office == grant.post.office.as_str();
        if grant.until.is_none() || *other == grant.account || !held.iter().any(holds) {
            return Err(PostError::NotDelegable);
        }
    }
    // A post that has ended before, or begins after, is not held beside this one.
    let meets = |post: &&Post| {
        let ends_before = post.until_on.as_ref().is_some_and(|until| *until <= grant.from.to_string());
        let begins_after = grant.until.is_some_and(|until| until.to_string() <= post.from_on);
        !ends_before && !begins_after
    };
    let posts = bureau.store.posts_of(&grant.account)?;
    let seats = posts.iter().filter(meets).map(|post| post.seat.as_str());
    if conflict(seats.chain([grant.post.seat.as_str()])) {
        return Err(PostError::SecondSeat);
    }
    let row = Post {
        account: grant.account.clone(),
        office: grant.post.office.to_string(),
        seat: grant.post.seat.to_string(),
        from_on: grant.from.to_string(),
        until_on: grant.until.map(|until| until.to_string()),
        instead_of: grant.instead_of.clone(),
    };
    written(bureau, now, author, "grant-post", row)
}

/// Ends a post on a day: from that day it is not held.
///
/// # Errors
/// [`PostError::NotHeld`], and as [`grant`].
pub fn end(
    bureau: &Bureau,
    now: Moment,
    author: &PersonId,
    account: &str,
    post: &HeldPost,
    until: Date,
) -> Result<(), PostError> {
    permitted(bureau, now, author, account)?;
    let held = bureau.store.posts_on(account, &now.on().to_string())?;
    let mut held = held.into_iter().filter(|row| row.seat == post.seat.as_str() && row.office == post.office.as_str());
    let row = held.next().ok_or(PostError::NotHeld)?;
    if until.to_string() < row.from_on {
        return Err(PostError::Backwards);
    }
    written(bureau, now, author, "end-post", Post { until_on: Some(until.to_string()), ..row })
}

/// Whether an author may give posts to an account that is there.
fn permitted(bureau: &Bureau, now: Moment, author: &PersonId, account: &str) -> Result<(), PostError> {
    let who = person(bureau, author.as_str(), now.on())?.ok_or(PostError::Forbidden)?;
    if !bureau.policy.has_duty(&who.id, &who.posts, Duty::Appoint) {
        return Err(PostError::Forbidden);
    }
    if author.as_str() == account {
        return Err(PostError::Own);
    }
    let there = bureau.store.account(account)?.is_some();
    if there { Ok(()) } else { Err(AccountError::Unknown { account: account.to_owned() }.into()) }
}

/// First the act, then the row it is about.
fn written(bureau: &Bureau, now: Moment, author: &PersonId, act: &str, row: Post) -> Result<(), PostError> {
    let mut body = Map::new();
    body.insert("act".into(), json!(act));
    body.insert("author".into(), json!(author.as_str()));
    body.insert("account".into(), json!(row.account));
    body.insert("post".into(), json!({ "office": row.office, "seat": row.seat }));
    let content = json!({ "office": row.office, "seat": row.seat, "from": row.from_on, "until": row.until_on,
                          "instead-of": row.instead_of });
    let chain = store::MatterId(format!("account/{}", row.account));
    side::append(bureau, now, &chain, body, &content, Vec::new())?;
    bureau.store.end_sessions_of("account", &row.account)?;
    bureau.store.put_post(row)?;
    Ok(())
}

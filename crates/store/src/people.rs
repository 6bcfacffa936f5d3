//! Accounts of those who work here, and the posts they hold.
//!
//! It checks no password and judges no right; hashes are made and compared
//! elsewhere.

use crate::engine::{Cell, Row, params};
use std::collections::BTreeMap;
use thiserror::Error;

use crate::Store;
use crate::sql::{Sql, StorageError, unsigned};

/// A person who can log in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Its identity.
    pub id: String,
    /// The name to log in with; unique.
    pub login: String,
    /// The person's name.
    pub name: String,
    /// The hash of the password, with its parameters.
    pub password_hash: String,
    /// Whether it may not log in.
    pub disabled: bool,
    /// When it was made, milliseconds UTC.
    pub created_at: i64,
    /// Whether the password must be changed at the next log-in.
    pub must_change: bool,
    /// When the password was last set, milliseconds UTC; unknown for accounts of earlier programs.
    pub password_at: Option<i64>,
}

/// A seat held in an office, for a span of days.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Post {
    /// The holder's account.
    pub account: String,
    /// The office.
    pub office: String,
    /// The seat.
    pub seat: String,
    /// The first day.
    pub from_on: String,
    /// The first day it is no longer held; none is open.
    pub until_on: Option<String>,
    /// The account its holder stands in for (代理).
    pub instead_of: Option<String>,
}

/// A seat that something waits for and nobody holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vacancy {
    /// The office.
    pub office: String,
    /// The seat.
    pub seat: String,
    /// How much waits for it.
    pub tasks: u64,
    /// The day since which the oldest of it waits.
    pub since_on: String,
}

/// Why an account or post cannot be written.
#[derive(Debug, Error)]
pub enum AccountError {
    /// Another account logs in with this name.
    #[error("login `{login}` is taken")]
    LoginTaken {
        /// The name.
        login: String,
    },
    /// There is no such account.
    #[error("there is no account `{account}`")]
    Unknown {
        /// The account.
        account: String,
    },
    /// The storage beneath failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

const PUT: &str = "insert into account(realm, id, login, name, password_hash, disabled, created_at,
        must_change, password_at)
    values($1, $2, $3, $4, $5, $6, $7, $8, $9)
    on conflict(realm, id) do update set login = excluded.login, name = excluded.name,
        password_hash = excluded.password_hash, disabled = excluded.disabled,
        must_change = excluded.must_change, password_at = excluded.password_at";
const HOLDER: &str = "select id from account where realm = $1 and login = $2 and id <> $3";
const BY_ID: &str = "select id, login, name, password_hash, disabled, created_at, must_change,
        password_at
    from account where realm = $1 and id = $2";
const BY_LOGIN: &str = "select id, login, name, password_hash, disabled, created_at, must_change,
        password_at
    from account where realm = $1 and login = $2";
const ALL: &str = "select id, login, name, password_hash, disabled, created_at, must_change,
        password_at
    from account where realm = $1 order by login";
const PUT_POST: &str = "insert into post(realm, account, office, seat, from_on, until_on, instead_of)
    values($1, $2, $3, $4, $5, $6, $7)
    on conflict(realm, account, office, seat, from_on) do update set until_on = excluded.until_on,
        instead_of = excluded.instead_of";
const POSTS_OF: &str = "select account, office, seat, from_on, until_on, instead_of from post
    where realm = $1 and account = $2 order by from_on, office, seat";
const POSTS_ON: &str = "select account, office, seat, from_on, until_on, instead_of from post
    where realm = $1 and account = $2 and from_on <= $3 and (until_on is null or until_on > $3)
    order by office, seat, from_on";
const HOLDERS_ON: &str = "select account, office, seat, from_on, until_on, instead_of from post
    where realm = $1 and office = $2 and seat = $3 and from_on <= $4
      and (until_on is null or until_on > $4)
    order by account, from_on";

const SEATED_ON: &str = "select account, office, seat, from_on, until_on, instead_of from post
    where realm = $1 and (seat = $2 or seat = $3 or seat = $4) and from_on <= $5
      and (until_on is null or until_on > $5)
    order by seat, account, office, from_on";

/// Accounts whose names are asked for in one statement.
const NAMES_AT_ONCE: usize = 50;

/// A post of a disabled account is held by nobody.
const VACANCIES: &str = "select t.office, t.seat, count(*), min(t.since_on) from task t
    where t.realm = $1 and t.office is not null and t.person is null
      and not exists (select 1 from post p join account a on a.realm = p.realm and a.id = p.account
        where p.realm = t.realm and p.office = t.office and p.seat = t.seat and p.from_on <= $2
          and (p.until_on is null or p.until_on > $2) and a.disabled = 0)
    group by t.office, t.seat order by min(t.since_on), t.office, t.seat";

fn account(row: &Row<'_>) -> Result<Account, StorageError> {
    Ok(Account {
        id: row.get(0)?,
        login: row.get(1)?,
        name: row.get(2)?,
        password_hash: row.get(3)?,
        disabled: row.get(4)?,
        created_at: row.get(5)?,
        must_change: row.get(6)?,
        password_at: row.get(7)?,
    })
}

fn post(row: &Row<'_>) -> Result<Post, StorageError> {
    Ok(Post {
        account: row.get(0)?,
        office: row.get(1)?,
        seat: row.get(2)?,
        from_on: row.get(3)?,
        until_on: row.get(4)?,
        instead_of: row.get(5)?,
    })
}

/// Refuses an account that is not there.
pub(crate) fn exists(sql: &Sql<'_>, id: &str) -> Result<(), AccountError> {
    match sql.one(BY_ID, params![sql.realm, id], account)? {
        Some(_) => Ok(()),
        None => Err(AccountError::Unknown { account: id.to_owned() }),
    }
}

impl Store {
    /// Writes an account, new or changed; `created_at` of an old one stays.
    ///
    /// # Errors
    ///
    /// [`AccountError::LoginTaken`].
    pub fn put_account(&self, new: Account) -> Result<(), AccountError> {
        self.write(move |sql| {
            let Account { id, login, name, password_hash, disabled, created_at, must_change, password_at } = new;
            let other = sql.one(HOLDER, params![sql.realm, login, id], |_| Ok(()))?;
            if other.is_some() {
                return Err(AccountError::LoginTaken { login });
            }
            sql.run(
                PUT,
                params![sql.realm, id, login, name, password_hash, disabled, created_at, must_change, password_at],
            )?;
            Ok(())
        })
    }

    /// The account with this identity.
    ///
    /// # Errors
    ///
    /// Fails only when the database does.
    pub fn account(&self, id: &str) -> Result<Option<Account>, StorageError> {
        self.read(|sql| sql.one(BY_ID, params![sql.realm, id], account))
    }

    /// The account that logs in with this name.
    ///
    /// # Errors
    ///
    /// Fails only when the database does.
    pub fn account_by_login(&self, login: &str) -> Result<Option<Account>, StorageError> {
        self.read(|sql| sql.one(BY_LOGIN, params![sql.realm, login], account))
    }

    /// All accounts, by the name they log in with.
    ///
    /// # Errors
    ///
    /// Fails only when the database does.
    pub fn accounts(&self) -> Result<Vec<Account>, StorageError> {
        self.read(|sql| sql.all(ALL, params![sql.realm], account))
    }

    /// Writes a post; one with the same beginning gets the new end.
    ///
    /// # Errors
    ///
    /// [`AccountError::Unknown`].
    pub fn put_post(&self, new: Post) -> Result<(), AccountError> {
        self.write(move |sql| {
            let Post { account, office, seat, from_on, until_on, instead_of } = new;
            exists(sql, &account)?;
            sql.run(PUT_POST, params![sql.realm, account, office, seat, from_on, until_on, instead_of])?;
            Ok(())
        })
    }

    /// Every post an account holds, held, or will hold.
    ///
    /// # Errors
    ///
    /// Fails only when the database does.
    pub fn posts_of(&self, account: &str) -> Result<Vec<Post>, StorageError> {
        self.read(|sql| sql.all(POSTS_OF, params![sql.realm, account], post))
    }

    /// The posts an account holds on a day.
    ///
    /// # Errors
    ///
    /// Fails only when the database does.
    pub fn posts_on(&self, account: &str, day: &str) -> Result<Vec<Post>, StorageError> {
        self.read(|sql| sql.all(POSTS_ON, params![sql.realm, account, day], post))
    }

    /// Who holds a seat of an office on a day.
    ///
    /// # Errors
    ///
    /// Fails only when the database does.
    pub fn holders_on(&self, office: &str, seat: &str, day: &str) -> Result<Vec<Post>, StorageError> {
        self.read(|sql| sql.all(HOLDERS_ON, params![sql.realm, office, seat, day], post))
    }

    /// Who holds one of three seats on a day, of whichever office.
    ///
    /// # Errors
    ///
    /// Fails only when the database does.
    pub fn holders_of_seats(&self, [one, two, three]: &[&str; 3], day: &str) -> Result<Vec<Post>, StorageError> {
        self.read(|sql| sql.all(SEATED_ON, params![sql.realm, *one, *two, *three, day], post))
    }

    /// The names of accounts, by account; who has none is not among them.
    ///
    /// # Errors
    ///
    /// Fails only when the database does.
    pub fn names_of_accounts(&self, ids: &[&str]) -> Result<BTreeMap<String, String>, StorageError> {
        let places: Vec<String> = (0..NAMES_AT_ONCE).map(|at| format!("${}", at + 2)).collect();
        let text = format!("select id, name from account where realm = $1 and id in ({})", places.join(", "));
        self.read(|sql| {
            let mut names = BTreeMap::new();
            for part in ids.chunks(NAMES_AT_ONCE) {
                let mut values = params![sql.realm].to_vec();
                values.extend(part.iter().copied().chain(std::iter::repeat("")).take(NAMES_AT_ONCE).map(Cell::Text));
                names.extend(sql.all(&text, values, |row| Ok((row.get::<String>(0)?, row.get::<String>(1)?)))?);
            }
            Ok(names)
        })
    }

    /// The seats that something waits for and nobody holds on a day, what waits longest first. Reads every open task:
    /// for an operator, not for a list.
    ///
    /// # Errors
    ///
    /// Fails only when the database does.
    pub fn vacancies(&self, day: &str) -> Result<Vec<Vacancy>, StorageError> {
        self.read(|sql| {
            sql.all(VACANCIES, params![sql.realm, day], |row| {
                let (office, seat, since_on) = (row.get(0)?, row.get(1)?, row.get(3)?);
                Ok(Vacancy { office, seat, tasks: unsigned(row.get(2)?), since_on })
            })
        })
    }
}

//! Leases: of several programs on one server, which does the work that goes on by itself.
//!
//! A lease saves work; it guards nothing. A program that was stopped for a while may still believe that it holds one:
//! whatever is done under a lease must be right when two do it.
//!
//! INVARIANT: instants are those of the database, so that the clocks of the programs need not agree.

use crate::Store;
use crate::engine::params;
use crate::sql::{Sql, StorageError};

const HELD: &str = "select holder, until_at from lease where realm = $1 and job = $2";
const TAKE: &str = "insert into lease(realm, job, holder, until_at) values($1, $2, $3, $4)
    on conflict(realm, job) do update set holder = excluded.holder, until_at = excluded.until_at";
const GIVE_BACK: &str = "delete from lease where realm = $1 and job = $2 and holder = $3";

/// Whether `holder` may have the lease at `now`. One that runs longer than any that is given was written before the
/// clock of the database was set back: it does not count.
fn free(held: Option<&(String, i64)>, holder: &str, now: i64, length: i64) -> bool {
    held.is_none_or(|(who, until)| who == holder || *until <= now || *until > now.saturating_add(length))
}

fn held(sql: &Sql<'_>, job: &str) -> Result<Option<(String, i64)>, StorageError> {
    sql.one(HELD, params![sql.realm, job], |row| Ok((row.get(0)?, row.get(1)?)))
}

impl Store {
    /// Takes the lease of a job for `length` milliseconds, or prolongs it; false while another program has it. In a
    /// file there is one program, which always has it.
    ///
    /// # Errors
    ///
    /// Fails only when the database does.
    pub fn lease(&self, job: &str, holder: &str, length: i64) -> Result<bool, StorageError> {
        if self.path().is_some() {
            return Ok(true);
        }
        // Who only looks disturbs no writer.
        let (seen, now) = self.read(|sql| Ok::<_, StorageError>((held(sql, job)?, sql.session().now_ms()?)))?;
        let own_for_long = |(who, until): &(String, i64)| who == holder && *until > now.saturating_add(length / 2);
        if seen.as_ref().is_some_and(own_for_long) {
            return Ok(true);
        }
        if !free(seen.as_ref(), holder, now, length) {
            return Ok(false);
        }
        let (job, holder) = (job.to_owned(), holder.to_owned());
        self.write(move |sql| {
            let now = sql.session().now_ms()?;
            let mine = free(held(sql, &job)?.as_ref(), &holder, now, length);
            if mine {
                sql.run(TAKE, params![sql.realm, job, holder, now.saturating_add(length)])?;
            }
            Ok(mine)
        })
    }

    /// Gives a lease back, so that another program need not wait for its end.
    ///
    /// # Errors
    ///
    /// Fails only when the database does.
    pub fn give_back(&self, job: &str, holder: &str) -> Result<(), StorageError> {
        if self.path().is_some() {
            return Ok(());
        }
        let (job, holder) = (job.to_owned(), holder.to_owned());
        self.write(move |sql| sql.run(GIVE_BACK, params![sql.realm, job, holder]).map(drop))
    }
}

#[cfg(test)]
mod tests {
    use super::free;

    #[test]
    fn a_lease_is_one_programs_until_it_ends_or_the_clock_went_back() {
        let held = |until| Some(("a".to_owned(), until));
        assert!(free(None, "b", 1_000, 500));
        assert!(!free(held(1_200).as_ref(), "b", 1_000, 500));
        assert!(free(held(1_200).as_ref(), "a", 1_000, 500), "its own may be prolonged");
        assert!(free(held(1_000).as_ref(), "b", 1_000, 500), "it has ended");
        assert!(free(held(9_000).as_ref(), "b", 1_000, 500), "no lease is that long");
    }
}

//! Which matters keep something of a person.
//!
//! The person is the key their content is sealed under, not a name; in which part they stand in a matter is not known here.
//!
//! INVARIANT: once the content of a matter is destroyed, it is nobody's.

use crate::Store;
use crate::engine::params;
use crate::entry::MatterId;
use crate::sql::StorageError;

const OF_PERSON: &str = "select v.matter from matter_view v
    where v.realm = $1 and v.matter in (select s.matter from sealed s where s.realm = $1 and s.person = $2)
    order by v.opened_on desc, v.matter desc limit $3";

impl Store {
    /// The matters that keep something of a person, the newest first.
    ///
    /// # Errors
    ///
    /// Fails only when the database does.
    pub fn latest_matters_of_person(&self, person: &str, limit: u32) -> Result<Vec<MatterId>, StorageError> {
        self.read(|sql| sql.all(OF_PERSON, params![sql.realm, person, limit], |row| Ok(MatterId(row.get(0)?))))
    }
}

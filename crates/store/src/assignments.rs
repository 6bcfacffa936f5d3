//! Who of a register is busy with which matter, and whose turn it was last.
//!
//! It counts; it does not choose. The kernel chooses, from these counts.
//!
//! INVARIANT: `assignment_load` equals the counts over `assignment`.

use crate::engine::params;

use crate::Store;
use crate::append::AppendError;
use crate::entry::MatterId;
use crate::sql::{Sql, StorageError, unsigned};

/// An entry of a register that takes on a matter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AssignmentRow {
    /// The register.
    pub register: String,
    /// Its entry.
    pub entry: String,
    /// The matter; this append must act on it.
    pub matter: MatterId,
    /// Whether the rota chose, so that the entry's turn is used up.
    pub by_rota: bool,
}

/// An entry of a register that is done with a matter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Release {
    /// The register.
    pub register: String,
    /// Its entry.
    pub entry: String,
    /// The matter.
    pub matter: MatterId,
}

/// How much an entry of a register has on its hands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AssignmentLoad {
    /// The entry.
    pub entry: String,
    /// Matters it has now.
    pub active: u64,
    /// Turns the rota has given it.
    pub turns: u64,
    /// The register's turn it had last, counted from 1; 0 before its first.
    pub last_turn: u64,
}

const TURN: &str = "insert into rota(realm, register, last) values($1, $2, 1)
    on conflict(realm, register) do update set last = rota.last + 1 returning last";
const PUT: &str = "insert into assignment(realm, register, entry, matter, version, by_rota,
        turn_seq, active)
    values($1, $2, $3, $4, $5, $6, $7, 1)";
const ADD_LOAD: &str = "insert into assignment_load(realm, register, entry, active, turns,
        last_turn)
    values($1, $2, $3, 1, $4, $5)
    on conflict(realm, register, entry) do update set active = assignment_load.active + 1,
        turns = assignment_load.turns + excluded.turns,
        last_turn = case when excluded.last_turn > 0 then excluded.last_turn
            else assignment_load.last_turn end";
const RELEASE: &str = "update assignment set active = 0
    where realm = $1 and register = $2 and entry = $3 and matter = $4 and active = 1";
const SUBTRACT_LOAD: &str = "update assignment_load set active = active - $1
    where realm = $2 and register = $3 and entry = $4";
const LOAD: &str = "select entry, active, turns, last_turn from assignment_load
    where realm = $1 and register = $2 order by entry";
const OF_MATTER: &str = "select register, entry, by_rota from assignment
    where realm = $1 and matter = $2 and active = 1 order by version, register, entry";

pub(crate) fn assign(sql: &Sql<'_>, row: &AssignmentRow, version: u32) -> Result<(), AppendError> {
    let AssignmentRow { register, entry, matter, by_rota } = row;
    let turn = match by_rota {
        true => Some(sql.integer(TURN, params![sql.realm, register])?),
        false => None,
    };
    let matter = matter.as_str();
    sql.run(PUT, params![sql.realm, register, entry, matter, version, by_rota, turn])?;
    let last = turn.unwrap_or(0);
    sql.run(ADD_LOAD, params![sql.realm, register, entry, by_rota, last])?;
    Ok(())
}

pub(crate) fn release(sql: &Sql<'_>, release: &Release) -> Result<(), AppendError> {
    let Release { register, entry, matter } = release;
    let ended = sql.run(RELEASE, params![sql.realm, register, entry, matter.as_str()])?;
    if ended == 0 {
        let (register, entry, matter) = (register.clone(), entry.clone(), matter.clone());
        return Err(AppendError::NotAssigned { register, entry, matter });
    }
    let ended = i64::try_from(ended).unwrap_or(i64::MAX);
    sql.run(SUBTRACT_LOAD, params![ended, sql.realm, register, entry])?;
    Ok(())
}

const ACTED_FOR: &str = "select distinct a.entry from sealed s
    join assignment a on a.realm = s.realm and a.matter = s.matter
    where s.realm = $1 and s.person = $2 and a.register = $3 order by a.entry";

impl Store {
    /// The entries of a register that ever took on a matter of this person.
    ///
    /// # Errors
    ///
    /// Fails only when the database does.
    pub fn entries_that_acted_for(&self, register: &str, person: &str) -> Result<Vec<String>, StorageError> {
        self.read(|sql| sql.all(ACTED_FOR, params![sql.realm, person, register], |row| row.get(0)))
    }

    /// The load of every entry of a register that ever had a matter.
    ///
    /// # Errors
    ///
    /// Fails only when the database does.
    pub fn assignment_load(&self, register: &str) -> Result<Vec<AssignmentLoad>, StorageError> {
        self.read(|sql| {
            sql.all(LOAD, params![sql.realm, register], |row| {
                Ok(AssignmentLoad {
                    entry: row.get(0)?,
                    active: unsigned(row.get(1)?),
                    turns: unsigned(row.get(2)?),
                    last_turn: unsigned(row.get(3)?),
                })
            })
        })
    }

    /// Who has a matter now, oldest assignment first.
    ///
    /// # Errors
    ///
    /// Fails only when the database does.
    pub fn assignments_of(&self, matter: &MatterId) -> Result<Vec<AssignmentRow>, StorageError> {
        self.read(|sql| {
            sql.all(OF_MATTER, params![sql.realm, matter.as_str()], |row| {
                Ok(AssignmentRow {
                    register: row.get(0)?,
                    entry: row.get(1)?,
                    matter: matter.clone(),
                    by_rota: row.get(2)?,
                })
            })
        })
    }
}

//! Attacks on the running program: each class is really done over HTTP, and what came of it is asserted.
//!
//! One demo city is started for all of them, with the limits of a real one. Attacks through a browser are in `e2e/attacks`.
//!
//! INVARIANT: an attack that fails leaves the ledger as it was.

#[cfg(test)]
mod browser;
#[cfg(test)]
mod city;
#[cfg(test)]
mod codes;
#[cfg(test)]
mod flood;
#[cfg(test)]
mod forms;
#[cfg(test)]
mod headers;
#[cfg(test)]
mod logs;
#[cfg(test)]
mod queries;
#[cfg(test)]
mod reach;
#[cfg(test)]
mod routes;
#[cfg(test)]
mod secrets;
#[cfg(test)]
mod uploads;

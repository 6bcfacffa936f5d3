//! The rules of the house, one file per family.

mod arrows;
mod house;
mod law;
mod promises;
mod prose;
mod reads;
mod secrets;
mod sources;
#[cfg(test)]
mod supply;
mod surface;

//! Tests of the web crate, one binary.

#[cfg(test)]
mod account;
#[cfg(test)]
mod api;
mod audit;
#[cfg(test)]
mod desk;
#[cfg(test)]
mod desk_roles;
#[cfg(test)]
mod disposal;
#[cfg(test)]
mod factors;
#[cfg(test)]
mod gallery;
#[cfg(test)]
mod live;
#[cfg(test)]
mod public;
#[cfg(test)]
mod rules;
#[cfg(test)]
mod signatures;
#[cfg(test)]
mod site;
#[cfg(test)]
mod undelivered;

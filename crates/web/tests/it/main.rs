//! Tests of the web crate, one binary.

#[cfg(test)]
mod gallery;

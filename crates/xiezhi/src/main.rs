//! The xiezhi binary.
fn main() {}

//! Tests of the binary as a person or a program meets it, one test binary.

#[cfg(test)]
#[path = "../../../acts/tests/it/authority.rs"]
#[expect(dead_code, reason = "the tests of acts use more of it")]
mod authority;
#[cfg(test)]
#[path = "../../../store/tests/pg/engine.rs"]
#[expect(dead_code, reason = "the tests of the store use more of it")]
mod cluster;
#[cfg(test)]
mod commands;
#[cfg(test)]
mod contract;
#[cfg(test)]
mod crawl;
#[cfg(test)]
mod desk;
#[cfg(test)]
mod drill;
#[cfg(test)]
mod editor;
#[cfg(test)]
mod force;
#[cfg(test)]
mod front;
#[cfg(test)]
#[path = "../../src/bench/http.rs"]
mod http;
#[cfg(test)]
mod init;
#[cfg(test)]
mod journeys;
#[cfg(test)]
mod keys;
#[cfg(test)]
mod killed;
#[cfg(test)]
mod lawbook;
#[cfg(test)]
mod live;
#[cfg(test)]
mod nodes;
#[cfg(test)]
mod observed;
#[cfg(test)]
mod program;
#[cfg(test)]
mod receipts;
#[cfg(test)]
mod refusals;
#[cfg(test)]
mod retention;
#[cfg(test)]
mod scripted;
#[cfg(test)]
mod server;
#[cfg(test)]
mod stamps;
#[cfg(test)]
#[path = "../../src/bench/window.rs"]
mod window;

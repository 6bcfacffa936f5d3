//! A link that is slow and breaks: between a program and its server stands somebody who holds back what passes, and
//! now and then cuts the connection, in the middle of a word as well.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use crate::chance::Chance;

/// Of so many pieces that pass, one is held back.
const SLOW_ONE_IN: u64 = 8;
/// The longest a piece is held back, milliseconds.
const SLOW_MAX: u64 = 20;
/// Of so many pieces that pass, one is the last of its connection.
const CUT_ONE_IN: u64 = 300;

pub struct Link {
    pub port: u16,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    bad: AtomicBool,
    cuts: AtomicU32,
}

impl Link {
    /// A good link to a port of this machine.
    pub fn to(port: u16, seed: u64) -> Self {
        let near = TcpListener::bind("127.0.0.1:0").unwrap();
        let link = Self { port: near.local_addr().unwrap().port(), state: Arc::default() };
        let state = Arc::clone(&link.state);
        // It listens until the tests end.
        std::thread::spawn(move || {
            for (number, near) in near.incoming().enumerate() {
                let (near, number) = (near.unwrap(), number as u64);
                // Without a server the other end is closed at once.
                let Ok(far) = TcpStream::connect(("127.0.0.1", port)) else { continue };
                let _ = (near.set_nodelay(true), far.set_nodelay(true));
                for (from, to, way) in [(&near, &far, 0), (&far, &near, 1)] {
                    let (from, to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
                    let (state, chance) = (Arc::clone(&state), Chance::new(seed ^ (number << 1 | way)));
                    std::thread::spawn(move || pass(from, to, chance, &state));
                }
            }
        });
        link
    }

    /// Makes the link bad, or good again.
    pub fn set_bad(&self, bad: bool) {
        self.state.bad.store(bad, Ordering::SeqCst);
    }

    /// How often it has cut.
    pub fn cuts(&self) -> u32 {
        self.state.cuts.load(Ordering::SeqCst)
    }
}

/// Passes on what comes, until one of the two ends or the link is cut.
fn pass(mut from: TcpStream, mut to: TcpStream, mut chance: Chance, state: &State) {
    let mut piece = [0; 4096];
    while let Ok(length @ 1..) = from.read(&mut piece) {
        let (slow, cut) = (chance.below(SLOW_ONE_IN) == 0, chance.below(CUT_ONE_IN) == 0);
        let bad = state.bad.load(Ordering::SeqCst);
        if bad && slow {
            std::thread::park_timeout(Duration::from_millis(1 + chance.below(SLOW_MAX)));
        }
        let passed = if bad && cut { chance.below(length as u64 + 1) as usize } else { length };
        let written = to.write_all(&piece[..passed]);
        if bad && cut {
            state.cuts.fetch_add(1, Ordering::SeqCst);
        }
        if written.is_err() || (bad && cut) {
            break;
        }
    }
    let _ = (from.shutdown(Shutdown::Both), to.shutdown(Shutdown::Both));
}

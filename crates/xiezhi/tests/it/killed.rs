//! SIGKILL in the middle of a thousand submissions, twice: nothing acknowledged is lost, nothing is doubled.

use crate::desk::{filing, sign_in, window_account};
use crate::http::Client;
use crate::program::{Server, run, run_json};
use crate::window::{Filing, Window};
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};

const SUBMISSIONS: usize = 1_000;
const CLIENTS: usize = 8;
/// After so many acknowledgements the server is killed.
const KILLS: [usize; 2] = [300, 650];

/// What was acknowledged: the key of the form, and the matter it became.
type Acknowledged = Mutex<BTreeMap<String, String>>;

#[test]
fn what_was_acknowledged_is_there_once_after_sigkill() {
    let data = tempfile::tempdir().unwrap();
    let folder = data.path().to_str().unwrap();
    let password = window_account(folder);
    let filings: Vec<Filing> = (0..SUBMISSIONS).map(filing).collect();
    let acknowledged = Acknowledged::default();
    for kill_at in KILLS {
        let server = Server::start(&["serve", "--data", folder, "--listen", "127.0.0.1:0", "--limit-scale", "50"]);
        let browsers = Browsers { cookie: sign_in(server.address, &password), address: server.address };
        let (told, tell) = channel();
        std::thread::scope(|scope| {
            scope.spawn(|| browsers.submit(&filings, &acknowledged, told, Sent::WhatIsNotAcknowledged));
            kill_after(tell, &acknowledged, kill_at, server);
        });
    }
    let server = Server::start(&["serve", "--data", folder, "--listen", "127.0.0.1:0", "--limit-scale", "50"]);
    let browsers = Browsers { cookie: sign_in(server.address, &password), address: server.address };
    // Everybody sends again, as people do whose page never came; those too whose page did come.
    let (told, _tell) = channel();
    let again = browsers.submit(&filings, &acknowledged, told, Sent::Everything);
    assert_eq!(server.terminate(), 0);
    let acknowledged = acknowledged.into_inner().unwrap();
    assert!(again >= KILLS[1] && again < SUBMISSIONS, "{again} had been acknowledged before the end");
    assert_eq!(acknowledged.len(), SUBMISSIONS, "all were acknowledged in the end");
    let matters: BTreeSet<&String> = acknowledged.values().collect();
    assert_eq!(matters.len(), SUBMISSIONS, "no two forms became one matter");
    holds(data.path(), SUBMISSIONS);
}

/// Kills the server while the browsers are sending, after so many acknowledgements.
fn kill_after(tell: Receiver<()>, acknowledged: &Acknowledged, kill_at: usize, server: Server) {
    while tell.recv().is_ok() {
        if acknowledged.lock().unwrap().len() >= kill_at {
            server.kill();
            return;
        }
    }
    panic!("the browsers ended before the server was killed");
}

/// Which forms are sent.
#[derive(Clone, Copy, PartialEq)]
enum Sent {
    WhatIsNotAcknowledged,
    Everything,
}

/// Several browsers of one clerk.
struct Browsers {
    address: SocketAddr,
    cookie: String,
}

impl Browsers {
    /// Sends until all is sent or the server is gone; answers how many were sent although they had been acknowledged
    /// before.
    fn submit(&self, filings: &[Filing], acknowledged: &Acknowledged, told: Sender<()>, sent: Sent) -> usize {
        let before = acknowledged.lock().unwrap().clone();
        let (next, again) = (AtomicUsize::new(0), AtomicUsize::new(0));
        std::thread::scope(|scope| {
            for _ in 0..CLIENTS {
                let told = told.clone();
                scope.spawn(|| {
                    let told = told;
                    let client = Client::with_cookie(self.address, "xz_account", &self.cookie).unwrap();
                    let mut window = Window::open(client).unwrap();
                    while let Some(filing) = filings.get(next.fetch_add(1, Ordering::Relaxed)) {
                        let known = before.get(&filing.key);
                        if known.is_some() && sent == Sent::WhatIsNotAcknowledged {
                            continue;
                        }
                        let matter = match window.file(filing) {
                            Ok(matter) => matter,
                            Err(_) if sent == Sent::WhatIsNotAcknowledged => break,
                            Err(error) => panic!("{error}"),
                        };
                        if let Some(known) = known {
                            again.fetch_add(1, Ordering::Relaxed);
                            assert_eq!(known, &matter, "sending again answers the same matter");
                        }
                        acknowledged.lock().unwrap().insert(filing.key.clone(), matter);
                        // After the kill nobody listens any more.
                        let _heard = told.send(());
                    }
                });
            }
        });
        again.into_inner()
    }
}

/// The ledger verifies, numbers are gapless, and the projections are what the acts say.
fn holds(data: &Path, matters: usize) {
    let folder = data.to_str().unwrap();
    let (code, out, err) = run(&["verify", "ledger", "--data", folder]);
    assert_eq!(code, 0, "{out}{err}");
    let (_, ledger) = run_json(&["verify", "ledger", "--data", folder]);
    assert_eq!(ledger["chains"].as_u64().unwrap(), matters as u64, "matters = acknowledged submissions");
    assert_eq!(ledger["numbers"].as_u64().unwrap(), matters as u64, "one number each, and none is missing");
    let (code, rebuilt) = run_json(&["rebuild", "--data", folder]);
    assert_eq!((code, rebuilt["matters"].as_u64()), (0, Some(matters as u64)), "{rebuilt}");
}

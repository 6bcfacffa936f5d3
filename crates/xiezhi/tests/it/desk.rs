//! Somebody who works at a window, and what they file.

use crate::http::Client;
use crate::program::{Server, run_json};
use crate::window::Filing;
use std::net::SocketAddr;

/// Starts a data directory for the first time and makes an account for a window; answers its password.
pub fn window_account(folder: &str) -> String {
    drop(Server::start(&["serve", "--data", folder, "--listen", "127.0.0.1:0", "--place", "990100"]));
    let (_, account) = run_json(&["accounts", "add", "window", "窗口", "judicial-east-1:window", "--data", folder]);
    account["password"].as_str().expect("a password").to_owned()
}

/// Signs in at the window.
pub fn sign_in(address: SocketAddr, password: &str) -> String {
    sign_in_as(address, "window", password)
}

/// Signs in as a person does; answers the cookie of the session.
pub fn sign_in_as(address: SocketAddr, login: &str, password: &str) -> String {
    let mut client = Client::connect(address).unwrap();
    let csrf = client.get("/desk/sign-in").unwrap().hidden("csrf").expect("a form of ours");
    let body = format!("csrf={csrf}&account={login}&password={}", password.replace('+', "%2B"));
    let reply = client.post("/desk/sign-in", "application/x-www-form-urlencoded", body.as_bytes()).unwrap();
    assert_eq!(reply.status, 303, "{}", reply.text());
    client.cookies["xz_account"].clone()
}

/// The filing of that number.
pub fn filing(at: usize) -> Filing {
    Filing {
        name: "周晓岚".into(),
        id_number: identity_number(at),
        phone: format!("138{at:08}"),
        key: format!("{at:032x}"),
        picture: b"\x89PNG\r\n\x1a\n simulated".to_vec(),
    }
}

/// A simulated identity number of a county that was never given out, with a right check character.
fn identity_number(order: usize) -> String {
    let body = format!("130600{}{:02}{:02}{:03}", 1960 + order / 500, 1 + order % 12, 1 + order % 28, order % 500);
    let weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let sum: usize = body.bytes().zip(weights).map(|(digit, weight)| usize::from(digit - b'0') * weight).sum();
    format!("{body}{}", "10X98765432".chars().nth(sum % 11).unwrap())
}

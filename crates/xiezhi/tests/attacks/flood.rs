//! Requests that are two at once, and heads that are none.

use crate::city::city;
use std::io::{Read, Write};

#[test]
fn a_request_is_one_request() {
    let city = city();
    let inner = "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n";
    let tries = [
        // Two lengths that differ, a length beside chunks, lengths that are none, names that only look like one.
        format!("POST /verify HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 50\r\n\r\n{inner}"),
        format!("POST /verify HTTP/1.1\r\nHost: a\r\nContent-Length: +5\r\n\r\n{inner}"),
        format!("POST /verify HTTP/1.1\r\nHost: a\r\nContent-Length: 5, 6\r\n\r\n{inner}"),
        format!("POST /verify HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n{inner}"),
        format!("POST /verify HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n{inner}"),
        format!("POST /verify HTTP/1.1\r\nHost: a\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n{inner}"),
        format!("POST /verify HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{inner}"),
        format!("GET / HTTP/1.1\r\nHost: a\r\n Folded: x\r\n\r\n{inner}"),
        format!("GET / HTTP/1.1\nHost: a\r\0\n\n{inner}"),
        format!("GET / HTTP/9.9\r\nHost: a\r\n\r\n{inner}"),
        format!("\0\0\0GET / HTTP/1.1\r\nHost: a\r\n\r\n{inner}"),
        format!("GET / HTTP/1.1\r\nHost: a\r\n{}\r\n{inner}", "X-Many: 1\r\n".repeat(2000)),
        format!("GET / HTTP/1.1\r\nHost: a\r\nX-Long: {}\r\n\r\n{inner}", "a".repeat(200_000)),
    ];
    for request in tries {
        let mut socket = city.stranger().socket();
        let _refused = socket.write_all(request.as_bytes());
        let mut answer = Vec::new();
        let _reset = socket.read_to_end(&mut answer);
        let answer = String::from_utf8_lossy(&answer);
        let told: String = request.chars().take(120).collect();
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{told:?}: {answer}");
        assert_eq!(answer.matches("HTTP/1.1 ").count(), usize::from(!answer.is_empty()), "{told:?}: {answer}");
    }
    assert_eq!(city.stranger().get("/healthz").status, 200);
}

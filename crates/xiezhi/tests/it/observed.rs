//! What machines ask on their own address: nothing of a person is in the answers.

use crate::desk::{filing, sign_in, window_account};
use crate::http::Client;
use crate::program::Server;
use crate::window::Window;
use std::net::{SocketAddr, TcpListener};

#[test]
fn the_metrics_count_and_name_nobody() {
    let data = tempfile::tempdir().unwrap();
    let folder = data.path().to_str().unwrap();
    let password = window_account(folder);
    let machines: SocketAddr = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let (listen, metrics) = ("127.0.0.1:0", machines.to_string());
    let server = Server::start(&["serve", "--data", folder, "--listen", listen, "--metrics", &metrics]);
    let cookie = sign_in(server.address, &password);
    let mut window = Window::open(Client::with_cookie(server.address, "xz_account", &cookie).unwrap()).unwrap();
    let filed = filing(7);
    let matter = window.file(&filed).unwrap();
    let mut people = Client::connect(server.address).unwrap();
    assert_eq!(people.get("/metrics").unwrap().status, 404, "citizens do not reach it");
    for path in ["/healthz", "/readyz"] {
        assert_eq!(people.get(path).unwrap().status, 200, "{path}");
    }
    let mut prometheus = Client::connect(machines).unwrap();
    let told = prometheus.get("/metrics").unwrap();
    assert_eq!(told.status, 200);
    let told = told.text();
    let value = |name: &str| -> u64 {
        let line = told.lines().find(|line| line.starts_with(name)).unwrap_or_else(|| panic!("{name}: {told}"));
        line.rsplit(' ').next().unwrap().parse().unwrap()
    };
    assert!(value("xiezhi_store_commits_total") > 0 && value("xiezhi_log_leaves") + value("xiezhi_log_waiting") == 1);
    assert_eq!(value("xiezhi_http_requests_total{route=\"/desk/sign-in\",method=\"POST\",status=\"303\"}"), 1);
    assert!(value("xiezhi_outbox_messages{kind=\"dead\"}") == 0 && told.ends_with("# EOF\n"), "{told}");
    for personal in [&filed.name, &filed.id_number, &filed.phone, &matter, &cookie] {
        assert!(!told.contains(personal.as_str()), "{personal}: {told}");
    }
}

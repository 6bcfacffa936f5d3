//! The log is stamped through a program of the operator's, and a receipt proves it offline.

use crate::authority::{Authority, KEYS};
use crate::desk::{filing, sign_in, window_account};
use crate::http::Client;
use crate::program::{Server, run, run_json};
use crate::window::Window;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// A program in a folder, to be run by the program under test.
fn program(folder: &Path, name: &str, text: &str) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, format!("#!/bin/sh\n{text}\n")).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o700)).unwrap();
    path
}

#[test]
fn the_log_is_stamped_and_a_receipt_proves_it_offline() {
    let Some(authority) = Authority::new(KEYS[0]) else { return };
    let data = tempfile::tempdir().unwrap();
    let folder = data.path().to_str().unwrap();
    let password = window_account(folder);
    let server = Server::start(&["serve", "--data", folder, "--listen", "127.0.0.1:0"]);
    let cookie = sign_in(server.address, &password);
    let mut window = Window::open(Client::with_cookie(server.address, "xz_account", &cookie).unwrap()).unwrap();
    let matter = window.file(&filing(7)).unwrap();
    let stamp = |program: &Path| run(&["stamp", "--data", folder, "--program", program.to_str().unwrap()]);

    // While the server works: an authority that is gone, and one that answers something else.
    let (code, _, err) = stamp(&program(authority.path(), "gone", "exit 7"));
    assert!(code == 1 && err.contains("没有取到时间戳") && err.contains("可以再试"), "{err}");
    let (code, _, err) = stamp(&program(authority.path(), "lies", "cat > /dev/null; echo no"));
    assert!(code == 1 && err.contains("没有采用"), "{err}");

    let reply = "cd \"$(dirname \"$0\")\" && cat > query.tsq && openssl ts -reply -config tsa.cnf -queryfile query.tsq -out answer.tsr > /dev/null 2>&1 && cat answer.tsr";
    let openssl = program(authority.path(), "stamper", reply);
    let (code, out, err) = stamp(&openssl);
    assert!(code == 0 && out.contains("盖了时间戳") && out.contains("xiezhi-test-tsa"), "{out}{err}");
    let (code, again) = run_json(&["stamp", "--data", folder, "--program", openssl.to_str().unwrap()]);
    assert_eq!((code, &again["stamped"]), (0, &false.into()), "nothing new");

    let mut client = Client::with_cookie(server.address, "xz_account", &cookie).unwrap();
    let receipt = client.get(&format!("/desk/matters/{matter}/receipt/1")).unwrap();
    let path = authority.path().join("receipt.json");
    std::fs::write(&path, receipt.body).unwrap();
    let file = path.to_str().unwrap();
    let certificate = |name: &str| authority.path().join(name).to_str().unwrap().to_owned();
    let (code, out, _) = run(&["verify", "receipt", file, "--stamp-ca", &certificate("ca.pem")]);
    assert!(code == 0 && out.contains("√ 时间戳：总账在"), "{out}");
    let (code, out, _) = run(&["verify", "receipt", file, "--stamp-ca", &certificate("strange.pem")]);
    assert!(code == 1 && out.contains("不是您信任的机构发的"), "{out}");
    let (code, out, _) = run(&["verify", "receipt", file]);
    assert!(code == 0 && out.contains("没有核对它的证书是谁发的"), "{out}");
}

//! A receipt holds as it was given, and with no byte changed; so does a paper with its signature.

use crate::desk::{filing, sign_in, window_account};
use crate::http::Client;
use crate::program::{Server, run, run_json};
use crate::window::Window;
use std::path::Path;

/// Positions between two bytes that the binary itself is asked about.
const STRIDE: usize = 97;

/// Files something and fetches its receipt, as the file a citizen downloads.
fn receipt(folder: &str) -> Vec<u8> {
    let password = window_account(folder);
    let server = Server::start(&["serve", "--data", folder, "--listen", "127.0.0.1:0"]);
    let cookie = sign_in(server.address, &password);
    let mut window = Window::open(Client::with_cookie(server.address, "xz_account", &cookie).unwrap()).unwrap();
    let matter = window.file(&filing(7)).unwrap();
    let mut client = Client::with_cookie(server.address, "xz_account", &cookie).unwrap();
    let reply = client.get(&format!("/desk/matters/{matter}/receipt/1")).unwrap();
    assert_eq!(reply.status, 200);
    reply.body
}

#[test]
fn a_receipt_verifies_offline_and_with_no_byte_changed() {
    let data = tempfile::tempdir().unwrap();
    let good = receipt(data.path().to_str().unwrap());
    let path = data.path().join("receipt.json");
    let file = path.to_str().unwrap();
    std::fs::write(&path, &good).unwrap();
    let (code, out, err) = run(&["verify", "receipt", file]);
    assert_eq!(code, 0, "{out}{err}");
    assert!(out.contains("凭证有效") && out.contains("东援申字第"), "{out}");
    for at in 0..good.len() {
        let changed = flipped(&good, at);
        let told =
            format!("byte {at} ({})", String::from_utf8_lossy(&good[at.saturating_sub(20)..(at + 20).min(good.len())]));
        assert!(!acts::receipt::verify(&String::from_utf8_lossy(&changed), None).holds(), "{told}");
        if at % STRIDE == 0 {
            refused(&path, &changed, &told);
        }
    }
}

/// One bit of one byte differs: the case of a letter, or the last bit.
fn flipped(good: &[u8], at: usize) -> Vec<u8> {
    let mut changed = good.to_vec();
    changed[at] ^= if changed[at].is_ascii_alphabetic() && at.is_multiple_of(2) { 0x20 } else { 0x01 };
    changed
}

fn refused(path: &Path, changed: &[u8], told: &str) {
    std::fs::write(path, changed).unwrap();
    let (code, out, err) = run(&["verify", "receipt", path.to_str().unwrap()]);
    assert_eq!(code, 1, "{told}: {out}{err}");
    assert!(out.contains("凭证无效"), "{told}: {out}");
}

#[test]
fn the_key_of_another_office_does_not_verify_and_no_file_is_said() {
    let data = tempfile::tempdir().unwrap();
    let good = receipt(data.path().to_str().unwrap());
    let path = data.path().join("receipt.json");
    let file = path.to_str().unwrap();
    std::fs::write(&path, &good).unwrap();
    let own: serde_json::Value = serde_json::from_slice(&good).unwrap();
    let key = own["public_key"].as_str().unwrap();
    let (code, told) = run_json(&["verify", "receipt", file, "--key", key]);
    assert_eq!((code, &told["holds"], &told["key_known"]), (0, &true.into(), &true.into()));
    let key_file = data.path().join("key.txt");
    std::fs::write(&key_file, format!("{key}\n")).unwrap();
    assert_eq!(run(&["verify", "receipt", file, "--key-file", key_file.to_str().unwrap()]).0, 0);
    let other = format!("{}00", &key[..key.len() - 2]);
    let (code, out, _) = run(&["verify", "receipt", file, "--key", &other]);
    assert!(code == 1 && out.contains("密钥不是该机关公布的密钥"), "{out}");
    let (code, _, err) = run(&["verify", "receipt", "no-such-file.json"]);
    assert!(code == 1 && err.contains("读不了"), "{err}");
}

#[test]
fn receipts_are_compared_with_the_ledger_of_a_data_directory() {
    let (data, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let folder = data.path().to_str().unwrap();
    let (own, strange) = (data.path().join("own.json"), data.path().join("strange.json"));
    std::fs::write(&own, receipt(folder)).unwrap();
    std::fs::write(&strange, receipt(other.path().to_str().unwrap())).unwrap();
    let (own, strange) = (own.to_str().unwrap(), strange.to_str().unwrap());
    let (code, out, err) = run(&["verify", "receipt", own, "--data", folder]);
    assert!(code == 0 && out.contains("凭证有效，与总账一致") && out.contains("√ 总账的检查点"), "{out}{err}");
    let (code, told) = run_json(&["verify", "receipt", own, strange, "--data", folder]);
    assert_eq!((code, &told["holds"], &told["key_known"]), (1, &false.into(), &true.into()), "{told}");
    let holds: Vec<_> = told["receipts"].as_array().unwrap().iter().map(|one| one["holds"].as_bool()).collect();
    assert_eq!(holds, [Some(true), Some(false)]);
    // The same city, another bureau: whole in itself, signed by nobody known here.
    let (code, out, _) = run(&["verify", "receipt", strange]);
    assert!(code == 0 && out.contains("没有给公钥"), "{out}");
    let (code, out, _) = run(&["verify", "receipt", own, strange, "--data", folder]);
    assert!(code == 1 && out.contains("没有这个行为") && out.contains("可能是伪造的"), "{out}");
    assert!(out.contains("2张凭证，成立1张，不成立1张"), "{out}");
    assert_eq!(run(&["verify", "receipt"]).0, 2, "which receipt?");
    assert_eq!(run(&["verify", "receipt", own, "--law", "law"]).0, 2, "law without a ledger");
}

/// Files something and fetches a paper, its signature and the keys, as a citizen downloads them.
fn signed_paper(folder: &str, to: &Path) {
    let password = window_account(folder);
    let server = Server::start(&["serve", "--data", folder, "--listen", "127.0.0.1:0"]);
    let cookie = sign_in(server.address, &password);
    let mut window = Window::open(Client::with_cookie(server.address, "xz_account", &cookie).unwrap()).unwrap();
    let matter = window.file(&filing(7)).unwrap();
    let mut client = Client::with_cookie(server.address, "xz_account", &cookie).unwrap();
    let paper = format!("/desk/matters/{matter}/papers/1/receipt-slip");
    for (address, name) in [
        (paper.clone(), "paper.pdf"),
        (format!("{paper}/signature"), "paper.sig.json"),
        ("/verify/keys.json".to_owned(), "keys.json"),
    ] {
        let reply = client.get(&address).unwrap();
        assert_eq!(reply.status, 200, "{address}");
        std::fs::write(to.join(name), reply.body).unwrap();
    }
}

#[test]
fn a_paper_verifies_offline_and_with_no_byte_changed() {
    if paper::Fonts::find(&[]).is_err() {
        println!("skipped: no fonts for papers on this machine");
        return;
    }
    let data = tempfile::tempdir().unwrap();
    let folder = data.path().to_str().unwrap();
    let given = tempfile::tempdir().unwrap();
    signed_paper(folder, given.path());
    let path = |name: &str| given.path().join(name).to_str().unwrap().to_owned();
    let (pdf, keys) = (path("paper.pdf"), path("keys.json"));
    let (code, listed) = run_json(&["office-keys", "list", "--data", folder]);
    assert_eq!(code, 0, "{listed}");
    let key = listed["public_key"].as_str().unwrap();
    let (code, out, err) = run(&["verify", "paper", &pdf, "--keys", &keys, "--key", key]);
    assert!(code == 0 && out.contains("文书有效") && out.contains("√ 签名密钥"), "{out}{err}");
    assert!(out.contains("出具机关：") && out.contains("材料接收凭证") && !out.contains("没有给"), "{out}");
    // Without the list the office is not known, and that is said.
    assert!(run(&["verify", "paper", &pdf]).1.contains("没有给密钥表"));
    // An office that takes a new key: the paper still holds by the list of before and of after.
    let office = listed["offices"][0]["office"].as_str().unwrap();
    assert_eq!(run(&["office-keys", "rotate", "--data", folder, "--office", office]).0, 0);
    let (_, listed) = run_json(&["office-keys", "list", "--data", folder]);
    assert_eq!(listed["offices"][0]["keys"].as_array().unwrap().len(), 2);
    std::fs::write(given.path().join("later.json"), listed.to_string()).unwrap();
    assert_eq!(run(&["verify", "paper", &pdf, "--keys", &path("later.json"), "--key", key]).0, 0);
    // Any byte of the paper, and of the list.
    let good = std::fs::read(&pdf).unwrap();
    for at in (0..good.len()).step_by(good.len() / 8) {
        std::fs::write(&pdf, flipped(&good, at)).unwrap();
        let (code, out, _) = run(&["verify", "paper", &pdf, "--keys", &keys, "--key", key]);
        assert!(code == 1 && out.contains("× 文书内容") && out.contains("不要采信"), "byte {at}: {out}");
    }
    std::fs::write(&pdf, &good).unwrap();
    let changed = std::fs::read_to_string(&keys).unwrap().replacen("\"until\": null", "\"until\": 9", 1);
    std::fs::write(&keys, changed).unwrap();
    let (code, _, err) = run(&["verify", "paper", &pdf, "--keys", &keys, "--key", key]);
    assert!(code == 1 && err.contains("密钥表被改动过"), "{err}");
    let (code, _, err) = run(&["office-keys", "rotate", "--data", folder, "--office", "nobody"]);
    assert!(code == 1 && err.contains("没有机关nobody"), "{err}");
}

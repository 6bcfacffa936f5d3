//! What the server refuses to start with, and the reason it gives.

use crate::program::{Server, root, run};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

fn serve(data: &Path, more: &[&str]) -> (i32, String) {
    let args = ["serve", "--data", data.to_str().unwrap(), "--listen", "127.0.0.1:0"];
    let (code, _, err) = run(&[&args[..], more].concat());
    (code, err)
}

#[test]
fn unusable_keys_are_refused_with_the_reason() {
    let data = tempfile::tempdir().unwrap();
    let folder = data.path();
    drop(Server::start(&["serve", "--data", folder.to_str().unwrap(), "--listen", "127.0.0.1:0", "--place", "990100"]));
    let keys = folder.join("keys.json");
    assert_eq!(fs::metadata(&keys).unwrap().permissions().mode() & 0o777, 0o600, "made for nobody else to read");
    let good = fs::read_to_string(&keys).unwrap();
    let check = |text: &str, mode: u32, words: &str| {
        fs::write(&keys, text).unwrap();
        fs::set_permissions(&keys, fs::Permissions::from_mode(mode)).unwrap();
        let (code, err) = serve(folder, &[]);
        assert_eq!(code, 1, "{err}");
        assert!(err.contains(words), "{words}: {err}");
        assert!(!err.contains(good.get(12..44).unwrap()), "no key is ever shown");
    };
    let zeros = format!(
        r#"{{"master":"{}","linking":"{}","signing":"{}"}}"#,
        "00".repeat(16),
        "00".repeat(32),
        "00".repeat(32)
    );
    check("", 0o600, "是空的");
    check("{}", 0o600, "缺少或者格式不对");
    check(&zeros, 0o600, "不是随机的");
    check(&good, 0o644, "别人也能读");
    fs::remove_file(&keys).unwrap();
    let (code, err) = serve(folder, &[]);
    assert!(
        code == 1 && err.contains("密钥文件") && err.contains("不在了"),
        "keys are never made anew beside old content: {err}"
    );
}

#[test]
fn a_law_with_errors_and_an_unknown_place_are_refused() {
    let data = tempfile::tempdir().unwrap();
    let law = tempfile::tempdir().unwrap();
    copy(&root().join("law"), law.path());
    let aid = law.path().join("services/legal-aid.md");
    let text = fs::read_to_string(&aid).unwrap();
    fs::write(&aid, text.replace(r#"to="approve" cite"#, r#"to="aprove" cite"#)).unwrap();
    let (code, err) = serve(data.path(), &["--place", "990100", "--law", law.path().to_str().unwrap()]);
    assert_eq!(code, 1);
    assert!(err.contains("拒绝启动") && err.contains("aprove"), "{err}");
    let (code, err) = serve(data.path(), &["--place", "990900"]);
    assert!(code == 1 && err.contains("没有地方990900"), "{err}");
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() { copy(&path, &target) } else { fs::copy(&path, &target).map(drop).unwrap() }
    }
}

//! The built binary: run once, or kept running.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

/// The root of the repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The statutes of the shared data, where they are there; otherwise a visible line says what is skipped.
pub fn laws(skipped: &str) -> Option<PathBuf> {
    let shared = std::env::var_os("XIEZHI_SHARED").map_or_else(|| root().join("../shared"), PathBuf::from);
    let path = shared.join("data/laws");
    if path.is_dir() {
        return Some(path);
    }
    println!("skipped: {skipped} ({} is not there)", path.display());
    None
}

fn command(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_xiezhi"));
    command.args(args).current_dir(root()).env_remove("XIEZHI_LOG").stdin(Stdio::null());
    command
}

/// Runs to the end: exit code, standard output, standard error.
pub fn run(args: &[&str]) -> (i32, String, String) {
    let Output { status, stdout, stderr } = command(args).output().expect("the binary runs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    (status.code().unwrap_or(-1), text(stdout), text(stderr))
}

/// As [`run`], in another folder.
pub fn run_in(folder: &Path, args: &[&str]) -> (i32, String, String) {
    let Output { status, stdout, stderr } = command(args).current_dir(folder).output().expect("the binary runs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    (status.code().unwrap_or(-1), text(stdout), text(stderr))
}

/// Runs with `--json` and reads the answer.
pub fn run_json(args: &[&str]) -> (i32, serde_json::Value) {
    let (code, out, err) = run(&[args, &["--json"]].concat());
    (code, serde_json::from_str(&out).unwrap_or_else(|error| panic!("{error}: {out} {err}")))
}

/// A server that runs until it is dropped or killed.
pub struct Server {
    child: Child,
    pub address: SocketAddr,
}

impl Server {
    /// Starts and waits for the line that says it is ready.
    pub fn start(args: &[&str]) -> Server {
        let mut child = command(args).stdout(Stdio::piped()).stderr(Stdio::inherit()).spawn().expect("the binary runs");
        let out = BufReader::new(child.stdout.take().expect("its output"));
        let ready =
            out.lines().map_while(Result::ok).find_map(|line| line.strip_prefix("已就绪 http://").map(str::to_owned));
        let address = ready.expect("it says that it is ready").parse().expect("an address");
        Server { child, address }
    }

    /// SIGKILL: nothing can be put in order any more.
    pub fn kill(mut self) {
        self.child.kill().expect("it is there");
        self.child.wait().expect("it ends");
    }

    /// SIGTERM: answers its exit code.
    #[cfg(unix)]
    pub fn terminate(mut self) -> i32 {
        let told = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().expect("kill runs");
        assert!(told.success());
        self.child.wait().expect("it ends").code().unwrap_or(-1)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // A server that already ended is what we want.
        let _ended = self.child.kill().and_then(|()| self.child.wait());
    }
}

//! The city that is attacked: started once, one attack at a time, with its log kept.
//!
//! INVARIANT: the server ends with the tests, however they end: it hangs on a pipe that they hold.

use crate::browser::Browser;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

/// The running city.
pub struct City {
    pub address: SocketAddr,
    metrics: SocketAddr,
    passwords: BTreeMap<String, String>,
    sessions: Mutex<BTreeMap<String, Browser>>,
    log: PathBuf,
    _kept: (Child, tempfile::TempDir),
}

/// The root of the repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// A server that runs as long as the tests hold its input: the shell's child, the lines it writes, its process.
pub fn held(args: &[&str], log: &Path) -> (Child, SocketAddr, u32) {
    let mut shell = Command::new("sh")
        .args(["-c", "\"$@\" & echo $!; read held; kill $!", "sh", env!("CARGO_BIN_EXE_xiezhi")])
        .args(args)
        .current_dir(root())
        .env("XIEZHI_LOG", "info")
        .env("XIEZHI_LOG_FORMAT", "json")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(std::fs::File::create(log).unwrap())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(shell.stdout.take().unwrap()).lines().map_while(Result::ok);
    let program = lines.next().unwrap().parse().unwrap();
    let ready = lines.find_map(|line| line.strip_prefix("已就绪 http://").map(str::to_owned));
    let address = ready.expect("it says that it is ready").parse().unwrap();
    // What it says afterwards is read too, so that it can say it.
    std::thread::spawn(move || lines.for_each(drop));
    (shell, address, program)
}

/// The city, for one attack.
pub fn city() -> MutexGuard<'static, City> {
    static CITY: OnceLock<Mutex<City>> = OnceLock::new();
    // An attack that succeeded ended its own test; the others are still to be tried.
    CITY.get_or_init(|| Mutex::new(City::start())).lock().unwrap_or_else(PoisonError::into_inner)
}

impl City {
    fn start() -> City {
        let folder = tempfile::tempdir().unwrap();
        let (data, log) = (folder.path().join("city"), folder.path().join("log"));
        let metrics: SocketAddr = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let data_name = data.to_str().unwrap();
        // Founded by one program, attacked at another that serves it as a real city is served.
        let listen = ["--listen", "127.0.0.1:0", "--limit-scale", "1"];
        let (mut founding, _, _) = held(&[&["demo", "--data", data_name][..], &listen].concat(), &log);
        drop(founding.stdin.take());
        founding.wait().unwrap();
        // What time has brought about meanwhile is done now, not in the middle of an attack.
        let ticked = Command::new(env!("CARGO_BIN_EXE_xiezhi")).args(["tick", "--data", data_name]).status().unwrap();
        assert!(ticked.success());
        let machines = metrics.to_string();
        let args = [&["serve", "--data", data_name, "--metrics", &machines][..], &listen].concat();
        let (shell, address, _) = held(&args, &log);
        let accounts = std::fs::read_to_string(data.join("accounts.txt")).unwrap();
        let lines = accounts.lines().filter(|line| !line.starts_with('#'));
        let pairs = lines.filter_map(|line| {
            let mut words = line.split(' ');
            Some((words.next()?.to_owned(), words.next()?.to_owned()))
        });
        let passwords = pairs.collect();
        City { address, metrics, passwords, sessions: Mutex::default(), log, _kept: (shell, folder) }
    }

    /// Somebody nobody knows.
    pub fn stranger(&self) -> Browser {
        Browser::new(self.address)
    }

    /// The password of an account.
    pub fn password(&self, login: &str) -> &str {
        &self.passwords[login]
    }

    /// Everybody with an account.
    pub fn logins(&self) -> impl Iterator<Item = &str> {
        self.passwords.keys().map(String::as_str)
    }

    /// Somebody signed in, at an address of their own.
    pub fn desk(&self, login: &str) -> Browser {
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        let browser = sessions.entry(login.to_owned()).or_insert_with(|| {
            let mut browser = self.stranger();
            let csrf = browser.get("/desk/sign-in").hidden("csrf");
            let password = self.password(login).to_owned();
            let fields = [("csrf", csrf.as_str()), ("account", login), ("password", &password)];
            let reply = browser.post("/desk/sign-in", &fields);
            assert_eq!(reply.status, 303, "{login}: {}", reply.words());
            browser
        });
        browser.elsewhere()
    }

    /// A token of the API.
    pub fn token(&self, login: &str) -> String {
        let body = serde_json::json!({ "login": login, "password": self.password(login) }).to_string();
        let json = [("Content-Type", "application/json")];
        let reply = self.stranger().ask("POST", "/api/v1/sessions", &json, body.as_bytes());
        assert_eq!(reply.status, 201, "{}", reply.text());
        reply.json()["token"].as_str().unwrap().to_owned()
    }

    fn metric(&self, name: &str) -> u64 {
        let told = Browser::new(self.metrics).get("/metrics").text();
        let line = told.lines().find(|line| line.split(' ').next() == Some(name));
        line.and_then(|line| line.rsplit(' ').next()).unwrap_or_else(|| panic!("{name}: {told}")).parse().unwrap()
    }

    /// Acts in the ledger, those not yet in the log included.
    pub fn acts(&self) -> u64 {
        self.metric("xiezhi_log_leaves") + self.metric("xiezhi_log_waiting")
    }

    /// Holds when an attack left the ledger as it was.
    #[track_caller]
    pub fn is_unchanged_by<T>(&self, attack: impl FnOnce() -> T) -> T {
        let before = self.acts();
        let came = attack();
        assert_eq!(self.acts(), before, "something was recorded");
        came
    }

    /// What it has logged so far.
    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap()
    }

    /// A matter that this person sees, the newest, and its number.
    pub fn matter_of(&self, login: &str) -> String {
        let page = self.desk(login).get("/desk/matters").text();
        let found = page.split("/desk/matters/").skip(1).map(|rest| rest.chars().take(32).collect::<String>());
        let mut found = found.filter(|id| id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit()));
        found.next().unwrap_or_else(|| panic!("{login} sees no matter"))
    }
}

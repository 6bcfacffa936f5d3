//! A PostgreSQL cluster in a temporary folder, owned by nobody of importance; it ends with the tests.

use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, Instant};

/// Who runs the server when the tests are run by root, which PostgreSQL refuses: nobody.
const NOBODY: u32 = 65_534;

/// How long a server may take to start: after a crash it reads its log first, and the machine may be busy.
const START_MAX: Duration = Duration::from_secs(300);

/// What one cluster has and another has not.
#[derive(Default)]
pub struct Wanted<'w> {
    /// The folder its own is made in; none for the machine's temporary one.
    pub under: Option<&'w Path>,
    /// More words for `initdb`.
    pub initdb: &'w [&'w str],
    /// The port of this machine at which it listens; none for its socket only.
    pub port: Option<u16>,
    /// Settings of the server, `name=value`.
    pub settings: &'w [&'w str],
}

pub struct Cluster {
    folder: PathBuf,
    programs: PathBuf,
    user: Option<u32>,
    port: u16,
    settings: Vec<String>,
    /// The first process of the server, a child of the tests: whoever else might be its parent may not bury it.
    server: Mutex<Option<Child>>,
}

impl Cluster {
    pub fn new(wanted: &Wanted<'_>) -> Self {
        let programs = programs();
        assert!(programs.is_some(), "PostgreSQL 15 or newer is needed: apt-get install postgresql");
        let programs = programs.unwrap();
        let made = wanted.under.map_or_else(tempfile::tempdir, tempfile::tempdir_in);
        let folder = made.unwrap().keep();
        let is_root = std::fs::metadata(&folder).map(|meta| std::os::unix::fs::MetadataExt::uid(&meta)).unwrap() == 0;
        let mut settings = vec![format!("unix_socket_directories={}", folder.display()), "max_connections=300".into()];
        settings.push(format!("listen_addresses={}", wanted.port.map_or("", |_| "127.0.0.1")));
        settings.extend(wanted.settings.iter().copied().map(str::to_owned));
        let (user, port) = (is_root.then_some(NOBODY), wanted.port.unwrap_or(5432));
        let cluster = Self { folder, programs, user, port, settings, server: Mutex::default() };
        if is_root {
            chown(&cluster.folder, Some(NOBODY), None).unwrap();
        }
        let place = cluster.place();
        let words = ["-D", &place, "-U", "xiezhi", "-A", "trust", "-E", "UTF8", "--locale=C", "-N"];
        assert!(cluster.run("initdb", &[&words, wanted.initdb].concat()), "initdb");
        assert!(cluster.start(), "the server does not start");
        cluster.ends_with_the_tests();
        cluster
    }

    /// Where a database of it is.
    pub fn url(&self, database: &str) -> String {
        format!("host={} port={} user=xiezhi dbname={database}", self.folder.display(), self.port)
    }

    /// Makes a database, where it is not there yet.
    pub fn make(&self, database: &str) {
        let mut client = postgres::Client::connect(&self.url("postgres"), postgres::NoTls).unwrap();
        let known = client.query("select 1 from pg_database where datname = $1", &[&database]).unwrap();
        if known.is_empty() {
            client.batch_execute(&format!("create database {database} template template0")).unwrap();
        }
    }

    /// Starts the server; whether it has started.
    pub fn start(&self) -> bool {
        let log = std::fs::File::options().create(true).append(true).open(self.folder.join("log")).unwrap();
        let mut command = self.command(self.programs.join("postgres"));
        command.args(["-D", &self.place(), "-p", &self.port.to_string()]).stderr(log);
        command.args(self.settings.iter().flat_map(|setting| ["-c", setting]));
        *self.server() = Some(command.spawn().unwrap());
        let begun = Instant::now();
        while self.runs() && begun.elapsed() < START_MAX {
            if postgres::Client::connect(&self.url("postgres"), postgres::NoTls).is_ok() {
                return true;
            }
            std::thread::park_timeout(Duration::from_millis(50));
        }
        false
    }

    /// Whether there is a server.
    pub fn runs(&self) -> bool {
        self.server().as_mut().is_some_and(|server| server.try_wait().unwrap().is_none())
    }

    /// Ends the server in the middle of whatever it does.
    pub fn stop_at_once(&self) {
        assert!(self.run("pg_ctl", &["-D", &self.place(), "-m", "immediate", "-s", "stop"]), "pg_ctl stop");
        drop(self.server().take().map(|mut server| server.wait()));
    }

    /// Kills the first process of the server; the others are left to find out.
    pub fn kill(&self) {
        let mut server = self.server().take().unwrap();
        server.kill().unwrap();
        server.wait().unwrap();
    }

    fn server(&self) -> MutexGuard<'_, Option<Child>> {
        self.server.lock().unwrap()
    }

    fn place(&self) -> String {
        self.folder.join("data").to_str().unwrap().to_owned()
    }

    /// Nobody drops a static: somebody waits for this process to end.
    fn ends_with_the_tests(&self) {
        let stop = format!(
            "while [ -d /proc/{} ]; do sleep 0.2; done; {} -D {} -m immediate -s stop; rm -rf {}",
            std::process::id(),
            self.programs.join("pg_ctl").display(),
            self.place(),
            self.folder.display(),
        );
        // What ends the tests from outside must not end who waits for it.
        let mut waiting = self.command("sh".into());
        drop(waiting.process_group(0).args(["-c", &stop]).spawn().unwrap());
    }

    fn run(&self, program: &str, words: &[&str]) -> bool {
        self.command(self.programs.join(program)).args(words).status().unwrap().success()
    }

    fn command(&self, program: PathBuf) -> Command {
        let mut command = Command::new(program);
        command.current_dir("/").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        if let Some(user) = self.user {
            command.uid(user).gid(user);
        }
        command
    }
}

/// The newest server installed.
fn programs() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?;
    let versions = versions.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<u32>().ok());
    let newest = versions.filter(|version| *version >= 15).max()?;
    Some(PathBuf::from(format!("/usr/lib/postgresql/{newest}/bin")))
}

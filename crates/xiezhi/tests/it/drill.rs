//! The drill: a server is lost, and the city is put back to a moment from a copy and the archive of its log.
//!
//! What is typed on the bad day are the lines `xiezhi backup` says, so that they are tried as they stand.

use crate::desk::{filing, sign_in, window_account};
use crate::http::Client;
use crate::program::{Server, run, run_json};
use crate::window::Window;
use serde_json::Value as Json;
use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Filed before the copy, and between the copy and the moment that comes back.
const COPIED: usize = 4;
const KEPT: usize = 7;
/// Filed until the disaster.
const ALL: usize = 10;
/// Who runs the server when the tests are run by root, which PostgreSQL refuses: nobody.
const NOBODY: u32 = 65_534;
/// How long the server may take to archive or to recover.
const PATIENCE: Duration = Duration::from_secs(60);

#[test]
fn a_moment_comes_back_from_a_copy_and_the_archive() {
    let cluster = Cluster::start();
    let city = cluster.data_directory();
    let folder = city.path().to_str().unwrap();
    let password = window_account(folder);
    let server = Server::start(&["serve", "--data", folder, "--listen", "127.0.0.1:0"]);
    let mut desk = Desk::open(&server, &password, city.path());
    let mut receipts: Vec<String> = (0..COPIED).map(|at| desk.file(at)).collect();
    let lines = cluster.copied(folder);
    receipts.extend((COPIED..KEPT).map(|at| desk.file(at)));
    let moment = cluster.ask("select clock_timestamp()::text");
    receipts.extend((KEPT..ALL).map(|at| desk.file(at)));
    // Somebody deletes what they should not; then the server is gone, disk and all.
    cluster.client("city").batch_execute("truncate act cascade").unwrap();
    assert_eq!(run(&["verify", "ledger", "--data", folder]).0, 1, "it was a disaster");
    cluster.archives();
    drop(server);
    cluster.is_lost();

    cluster.put_back(&lines, &moment);
    let again = cluster.data_directory();
    for name in ["keys.json", "place"] {
        fs::copy(city.path().join(name), again.path().join(name)).unwrap();
    }
    let folder = again.path().to_str().unwrap();
    holds(folder, KEPT);
    let (kept, lost) = receipts.split_at(KEPT);
    let (code, told) = compared(kept, folder);
    assert_eq!((code, &told["holds"]), (0, &true.into()), "what was given before the moment is there: {told}");
    let lost_told = are_unknown(lost, folder);
    goes_on(again.path(), &password, &numbers(&lost_told));
    let (_, told) = compared(&receipts, folder);
    let hold = told["receipts"].as_array().unwrap().iter().map(|one| one["holds"] == true);
    assert_eq!(hold.filter(|holds| *holds).count(), KEPT, "new matters make no old receipt true or false: {told}");
}

/// The ledger holds with so many matters, and the lists are what it says.
fn holds(folder: &str, matters: usize) {
    let (code, ledger) = run_json(&["verify", "ledger", "--data", folder]);
    assert_eq!((code, &ledger["holds"]), (0, &true.into()), "{ledger}");
    assert_eq!((&ledger["chains"], &ledger["numbers"]), (&matters.into(), &matters.into()), "{ledger}");
    let (code, rebuilt) = run_json(&["rebuild", "--data", folder]);
    assert_eq!((code, &rebuilt["before"]), (0, &rebuilt["after"]), "{rebuilt}");
}

fn compared(receipts: &[String], folder: &str) -> (i32, Json) {
    let files = receipts.iter().map(String::as_str);
    run_json(&["verify", "receipt"].into_iter().chain(files).chain(["--data", folder]).collect::<Vec<_>>())
}

/// What was given after the moment is not there, however whole it is in itself; the answer says what that may mean.
fn are_unknown(receipts: &[String], folder: &str) -> Json {
    let (code, told) = compared(receipts, folder);
    let told_of = told["receipts"].as_array().unwrap();
    assert_eq!((code, told_of.len()), (1, receipts.len()), "{told}");
    for one in told_of {
        assert!(one["checks"].as_array().unwrap().iter().all(|check| check["holds"] == true), "{one}");
        assert!(one["ledger"].as_array().unwrap().iter().all(|check| check["holds"] == false), "{one}");
        let means = one["ledger"][0]["means"].as_str().unwrap();
        assert!(means.contains("总账里没有这个行为") && means.contains("恢复到了发出凭证之前的时刻"), "{means}");
        assert!(means.contains("通知当事人重新提交"), "{means}");
    }
    told
}

/// The number of the matter on each receipt.
fn numbers(told: &Json) -> Vec<String> {
    let says = told["receipts"].as_array().unwrap().iter().flat_map(|one| one["says"].as_array().unwrap());
    says.filter(|said| said["what"] == "编号").map(|said| said["said"].as_str().unwrap().to_owned()).collect()
}

/// Work goes on where the moment was: no number is left out, so the next is one that was given away once before.
fn goes_on(data: &Path, password: &str, lost: &[String]) {
    let folder = data.to_str().unwrap();
    let server = Server::start(&["serve", "--data", folder, "--listen", "127.0.0.1:0"]);
    assert_eq!(Client::connect(server.address).unwrap().get("/").unwrap().status, 200);
    let mut desk = Desk::open(&server, password, data);
    // The form of somebody whose matter was lost, sent again.
    let receipt = desk.file(KEPT);
    drop(server);
    holds(folder, KEPT + 1);
    let (code, told) = compared(&[receipt], folder);
    assert_eq!(code, 0, "{told}");
    assert_eq!(numbers(&told).first(), lost.first(), "it has the number of the first matter that was lost");
}

/// A window, and where it puts the receipts people take home.
struct Desk {
    window: Window,
    client: Client,
    receipts: PathBuf,
}

impl Desk {
    fn open(server: &Server, password: &str, data: &Path) -> Desk {
        let cookie = sign_in(server.address, password);
        let client = || Client::with_cookie(server.address, "xz_account", &cookie).unwrap();
        Desk { window: Window::open(client()).unwrap(), client: client(), receipts: data.to_owned() }
    }

    /// Files, and keeps the receipt in a file.
    fn file(&mut self, at: usize) -> String {
        let matter = self.window.file(&filing(at)).unwrap();
        let reply = self.client.get(&format!("/desk/matters/{matter}/receipt/1")).unwrap();
        assert_eq!(reply.status, 200);
        let file = self.receipts.join(format!("{matter}.json"));
        fs::write(&file, &reply.body).unwrap();
        file.to_str().unwrap().to_owned()
    }
}

/// A server that archives its log, in a folder of its own.
struct Cluster {
    folder: TempDir,
    programs: PathBuf,
    user: Option<u32>,
}

impl Cluster {
    fn start() -> Cluster {
        let programs = programs();
        assert!(programs.is_some(), "PostgreSQL 15 or newer is needed: apt-get install postgresql");
        let folder = tempfile::tempdir().unwrap();
        let is_root = fs::metadata(folder.path()).unwrap().uid() == 0;
        let cluster = Cluster { folder, programs: programs.unwrap(), user: is_root.then_some(NOBODY) };
        let archive = cluster.path("archive");
        fs::create_dir(&archive).unwrap();
        for folder in [cluster.folder.path(), &archive] {
            chown(folder, cluster.user, None).unwrap();
        }
        let data = cluster.path("data").display().to_string();
        cluster.shell(&format!("initdb -D {data} -U xiezhi -A trust -E UTF8 --locale=C -N"));
        let (socket, archive) = (cluster.folder.path().display(), archive.display());
        cluster.configure(&[
            "listen_addresses = ''".to_owned(),
            format!("unix_socket_directories = '{socket}'"),
            "wal_level = replica".to_owned(),
            "archive_mode = on".to_owned(),
            format!("archive_command = 'test ! -f {archive}/%f && cp %p {archive}/%f'"),
            "archive_timeout = 60".to_owned(),
        ]);
        cluster.serves();
        cluster.client("postgres").batch_execute("create database city template template0").unwrap();
        cluster
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn url(&self, database: &str) -> String {
        format!("host={} user=xiezhi dbname={database}", self.folder.path().display())
    }

    fn client(&self, database: &str) -> postgres::Client {
        postgres::Client::connect(&self.url(database), postgres::NoTls).unwrap()
    }

    /// A data directory whose store is here.
    fn data_directory(&self) -> TempDir {
        let data = tempfile::tempdir().unwrap();
        fs::write(data.path().join("database"), format!("{}\n", self.url("city"))).unwrap();
        data
    }

    /// Whoever runs the server types a line.
    fn shell(&self, line: &str) {
        let path = format!("{}:/usr/bin:/bin", self.programs.display());
        let mut shell = Command::new("sh");
        shell.args(["-c", line]).env("PATH", path).current_dir("/").stdin(Stdio::null());
        shell.stdout(Stdio::null());
        if let Some(user) = self.user {
            shell.uid(user).gid(user);
        }
        assert!(shell.status().unwrap().success(), "{line}");
    }

    fn lines(&self, lines: &Json) {
        for line in lines.as_array().unwrap() {
            self.shell(line.as_str().unwrap());
        }
    }

    fn serves(&self) {
        let (data, log) = (self.path("data"), self.path("log"));
        self.shell(&format!("pg_ctl -D {} -w -s -l {} start", data.display(), log.display()));
    }

    fn configure(&self, settings: &[String]) {
        let mut file = File::options().append(true).open(self.path("data/postgresql.auto.conf")).unwrap();
        writeln!(file, "{}", settings.join("\n")).unwrap();
    }

    /// One value, as a text.
    fn ask(&self, question: &str) -> String {
        self.client("city").query_one(question, &[]).unwrap().get(0)
    }

    /// Asks until the answer is yes.
    fn until(&self, question: &str) {
        let start = Instant::now();
        while self.ask(question) != "true" {
            assert!(start.elapsed() < PATIENCE, "{question}: {}", fs::read_to_string(self.path("log")).unwrap());
        }
    }

    /// The log so far is in the archive.
    fn archives(&self) {
        let part = self.ask("select pg_walfile_name(pg_switch_wal())");
        self.until(&format!("select coalesce(last_archived_wal >= '{part}', false)::text from pg_stat_archiver"));
    }

    /// A copy of the whole server while it is in use; the lines to type afterwards.
    fn copied(&self, folder: &str) -> Json {
        self.archives();
        let to = self.path("copy");
        let (code, said) = run_json(&["backup", "--data", folder, "--to", to.to_str().unwrap()]);
        assert_eq!((code, &said["holds"]), (0, &true.into()), "{said}");
        self.lines(&said["copy"]);
        said
    }

    /// The machine stops, and its disk is gone.
    fn is_lost(&self) {
        let data = self.path("data");
        self.shell(&format!("pg_ctl -D {} -m immediate -w -s stop", data.display()));
        fs::remove_dir_all(data).unwrap();
    }

    /// The server as it was at a moment, and no longer in recovery.
    fn put_back(&self, lines: &Json, moment: &str) {
        self.lines(&lines["put_back"]);
        let settings = lines["settings"].as_array().unwrap().iter().map(|line| line.as_str().unwrap());
        let to_the_moment = |line: &str| match line.split_once(" = ") {
            Some(("recovery_target_time", _)) => format!("recovery_target_time = '{moment}'"),
            _ => line.to_owned(),
        };
        let settings: Vec<String> = settings.map(to_the_moment).collect();
        assert!(settings.iter().any(|line| line.contains(moment)), "{settings:?}");
        self.configure(&settings);
        self.serves();
        self.until("select (not pg_is_in_recovery())::text");
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if self.path("data/postmaster.pid").exists() {
            self.shell(&format!("pg_ctl -D {} -m immediate -s stop", self.path("data").display()));
        }
    }
}

/// The newest server installed.
fn programs() -> Option<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").ok()?;
    let versions = versions.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<u32>().ok());
    let newest = versions.filter(|version| *version >= 15).max()?;
    Some(PathBuf::from(format!("/usr/lib/postgresql/{newest}/bin")))
}

//! A PostgreSQL cluster in a temporary folder, on a socket, owned by nobody of importance; one database for each store.

use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::LazyLock;

use store::Store;

/// Thirty-two bytes of nothing.
pub const ZEROS: &str = "decode(repeat('00', 32), 'hex')";
/// The bytes of an act with one letter changed.
pub const CHANGED_BYTES: &str = "convert_to(replace(convert_from(bytes, 'UTF8'), 'note', 'nope'), 'UTF8')";
/// The bytes of an act as a text, where a column takes one.
pub const BYTES_AS_TEXT: Option<&str> = None;

/// Who runs the server when the tests are run by root, which PostgreSQL refuses: nobody.
const NOBODY: u32 = 65_534;

/// The cluster of this run of tests; it ends with it.
pub struct Cluster {
    folder: PathBuf,
    programs: PathBuf,
    user: Option<u32>,
}

static CLUSTER: LazyLock<Cluster> = LazyLock::new(Cluster::start);

/// Makes the database of a folder, where it is not there yet.
pub fn make(folder: &Path) {
    CLUSTER.make(&name(folder));
}

/// Opens the store of a folder: a database of that name.
pub fn open(folder: &Path, realm: &str) -> Store {
    make(folder);
    Store::connect(&url(folder), realm).unwrap()
}

/// Where the database of a folder is.
pub fn url(folder: &Path) -> String {
    format!("host={} user=xiezhi dbname={}", CLUSTER.folder.display(), name(folder))
}

/// Where a database of another name is.
pub fn url_of(database: &str) -> String {
    format!("host={} user=xiezhi dbname={database}", CLUSTER.folder.display())
}

/// Lets somebody at its tables; how many rows were changed.
pub fn execute(folder: &Path, text: &str) -> u64 {
    client(&url(folder)).execute(text, &[]).unwrap()
}

/// Somebody with a connection of their own.
pub fn client(url: &str) -> postgres::Client {
    postgres::Client::connect(url, postgres::NoTls).unwrap()
}

fn name(folder: &Path) -> String {
    let name = folder.file_name().unwrap().to_str().unwrap().to_lowercase();
    name.chars().map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '_' }).collect()
}

impl Cluster {
    fn start() -> Self {
        let programs = programs();
        assert!(programs.is_some(), "PostgreSQL 15 or newer is needed: apt-get install postgresql");
        let programs = programs.unwrap();
        let folder = tempfile::tempdir().unwrap().keep();
        let is_root = std::fs::metadata(&folder).map(|meta| std::os::unix::fs::MetadataExt::uid(&meta)).unwrap() == 0;
        let cluster = Self { folder, programs, user: is_root.then_some(NOBODY) };
        if is_root {
            chown(&cluster.folder, Some(NOBODY), None).unwrap();
        }
        let data = cluster.folder.join("data");
        let data = data.to_str().unwrap();
        cluster.run("initdb", &["-D", data, "-U", "xiezhi", "-A", "trust", "-E", "UTF8", "--locale=C", "-N"]);
        let options = format!(
            "-c listen_addresses='' -c unix_socket_directories='{}' -c fsync=off -c max_connections=300",
            cluster.folder.display()
        );
        let log = cluster.folder.join("log");
        cluster.run("pg_ctl", &["-D", data, "-w", "-s", "-l", log.to_str().unwrap(), "-o", &options, "start"]);
        cluster.ends_with_the_tests(data);
        cluster
    }

    /// A static is never dropped: somebody waits for this process to end.
    fn ends_with_the_tests(&self, data: &str) {
        let stop = format!(
            "while [ -d /proc/{} ]; do sleep 0.2; done; {} -D {data} -m immediate -s stop; rm -rf {}",
            std::process::id(),
            self.programs.join("pg_ctl").display(),
            self.folder.display(),
        );
        let mut waiting = Command::new("sh");
        waiting.args(["-c", &stop]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        self.as_user(&mut waiting);
        drop(waiting.spawn().unwrap());
    }

    fn as_user(&self, command: &mut Command) {
        command.current_dir("/");
        if let Some(user) = self.user {
            command.uid(user).gid(user);
        }
    }

    fn run(&self, program: &str, words: &[&str]) {
        let mut command = Command::new(self.programs.join(program));
        command.args(words).stdin(Stdio::null()).stdout(Stdio::null());
        self.as_user(&mut command);
        assert!(command.status().unwrap().success(), "{program} {words:?}");
    }

    fn make(&self, database: &str) {
        let mut client = client(&url_of("postgres"));
        let known = client.query("select 1 from pg_database where datname = $1", &[&database]).unwrap();
        if known.is_empty() {
            client.batch_execute(&format!("create database {database} template template0")).unwrap();
        }
    }
}

/// The newest server installed.
fn programs() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?;
    let versions = versions.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<u32>().ok());
    let newest = versions.filter(|version| *version >= 15).max()?;
    Some(PathBuf::from(format!("/usr/lib/postgresql/{newest}/bin")))
}

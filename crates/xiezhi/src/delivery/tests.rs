//! The port with a real program: a shell script that keeps what it is given, and answers as a file beside it says.

use super::*;
use crate::boot;
use crate::law::LawText;
use acts::delivery::Round;
use kernel::world::Moment;
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::sync::LazyLock;
use store::{OutboxMessage, OutboxState};

/// Messages of the full outbox.
const MESSAGES: usize = 240;
/// One line of `taken` for each message taken, one of `runs` for each run; `answer` holds the commands it ends with.
const SCRIPT: &str = r#"#!/bin/sh
here=$(dirname "$0")
echo run >> "$here/runs"
read -r line
. "$here/answer"
printf '%s\n' "$line" >> "$here/taken"
"#;

/// Written before anybody starts a program: a file that is still open for writing cannot be run.
static WRITTEN: LazyLock<PathBuf> = LazyLock::new(|| {
    let path = std::env::temp_dir().join(format!("xiezhi-receiver-{}", std::process::id()));
    std::fs::write(&path, SCRIPT).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    path
});

/// A receiver in a folder of its own.
struct Receiver {
    folder: tempfile::TempDir,
}

impl Receiver {
    fn new(answer: &str) -> Receiver {
        let folder = tempfile::tempdir().unwrap();
        symlink(&*WRITTEN, folder.path().join("send")).unwrap();
        let receiver = Receiver { folder };
        receiver.turns(answer);
        receiver
    }

    fn turns(&self, answer: &str) {
        std::fs::write(self.folder.path().join("answer"), answer).unwrap();
    }

    fn program(&self) -> Program {
        Program { path: self.folder.path().join("send"), patience: PATIENCE }
    }

    fn lines(&self, file: &str) -> Vec<String> {
        let text = std::fs::read_to_string(self.folder.path().join(file)).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }
}

fn letter(text: &str) -> Letter {
    let (id, topic, to) = ("m1".to_owned(), "sms".to_owned(), "13800000017".to_owned());
    Letter { id, topic, to, text: text.to_owned(), attempt: 3 }
}

fn minute(minute: i64) -> Moment {
    let start: jiff::Timestamp = "2026-03-02T02:00:00Z".parse().unwrap();
    edge::moment(start + jiff::SignedDuration::from_mins(minute))
}

fn bureau(folder: &Path) -> Bureau {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let text = LawText::find(Some(&root.join("law"))).unwrap();
    boot::bureau(folder, &text, Some(crate::demo::PLACE)).unwrap()
}

/// A message to a phone, sealed as the house seals it.
fn put(bureau: &Bureau, at: usize) {
    let id = format!("message-{at:03}");
    let body = json!({ "matter": null, "text": format!("第{at}条"), "to": format!("1380000{at:04}") });
    let sealed = bureau.keys.realm_key().seal(bureau.random(), body.to_string().as_bytes(), id.as_bytes()).unwrap();
    let recipient = format!("138****{at:04}");
    let message = OutboxMessage { id, topic: "sms".to_owned(), recipient, body: sealed };
    bureau.store.put_message(message, minute(0).at.as_millisecond()).unwrap();
}

fn deliver_all(bureau: &Bureau, program: &Program, now: Moment) -> u32 {
    let mut tried = 0;
    loop {
        match delivery::deliver(bureau, program, now).unwrap().tried() {
            0 => return tried,
            more => tried += more,
        }
    }
}

#[test]
fn a_program_is_given_the_message_and_answers_with_its_exit_code() {
    let receiver = Receiver::new("");
    let program = receiver.program();
    program.deliver(&letter("您的申请\n已收到。")).unwrap();
    let taken: Json = serde_json::from_str(&receiver.lines("taken")[0]).unwrap();
    let expected =
        json!({ "id": "m1", "topic": "sms", "to": "13800000017", "text": "您的申请\n已收到。", "attempt": 3 });
    assert_eq!(taken, expected);
    let check = |answer: &str, expected: DeliveryError| {
        receiver.turns(answer);
        assert_eq!(program.deliver(&letter("a")), Err(expected), "{answer}");
    };
    let later = |reason: &str| DeliveryError::Later(reason.to_owned());
    let never = |reason: &str| DeliveryError::Never(reason.to_owned());
    check("echo first >&2; echo '451 busy' >&2; echo >&2; exit 75", later("451 busy"));
    check("exit 75", later("发送程序没有说明原因"));
    check("echo '550 no such number' >&2; exit 1", never("550 no such number"));
    check("exit 69", never("发送程序没有说明原因，退出码69"));
    check("kill -9 $$", later("发送程序中途被终止"));
    check("head -c 300000 /dev/zero | tr '\\0' x >&2; echo >&2; echo end >&2; exit 1", never("end"));
    assert_eq!(receiver.lines("taken").len(), 1, "nothing else was taken");
}

#[test]
fn a_program_that_hangs_cannot_start_or_does_not_read_is_tried_later() {
    let receiver = Receiver::new("exec sleep 60");
    let hanging = Program { patience: Duration::from_secs(1), ..receiver.program() };
    let begun = Instant::now();
    assert_eq!(hanging.deliver(&letter("a")), Err(DeliveryError::Later("发送程序1秒没有做完".to_owned())));
    assert!(begun.elapsed() < Duration::from_secs(10), "it was ended");
    // Somebody it left behind holds its standard error open.
    receiver.turns("sleep 60 & exit 75");
    let begun = Instant::now();
    assert!(matches!(receiver.program().deliver(&letter("a")), Err(DeliveryError::Later(_))));
    assert!(begun.elapsed() < Duration::from_secs(10));
    let gone = Program { path: receiver.folder.path().join("nothing"), patience: PATIENCE };
    assert!(
        matches!(gone.deliver(&letter("a")), Err(DeliveryError::Later(why)) if why.starts_with("发送程序启动不了"))
    );
    assert!(Program::find(Some(&receiver.folder.path().join("nothing"))).is_err(), "better said at the start");
    assert!(Program::find(Some(receiver.folder.path())).is_err(), "a folder is no program");
    let deaf = Program { path: "/bin/true".into(), patience: PATIENCE };
    deaf.deliver(&letter(&"长".repeat(100_000))).unwrap();
}

/// An hour with a receiver that puts everything off, then it lives: each message was taken once.
#[test]
fn a_full_outbox_outlives_an_hour_without_a_receiver() {
    let folder = tempfile::tempdir().unwrap();
    let bureau = bureau(folder.path());
    (0..MESSAGES).for_each(|at| put(&bureau, at));
    let receiver = Receiver::new("echo '451 no gateway' >&2; exit 75");
    let program = receiver.program();
    let mut tried = BTreeMap::new();
    for at in 0..=60 {
        match deliver_all(&bureau, &program, minute(at)) {
            0 => {}
            some => drop(tried.insert(at, some)),
        }
    }
    let each = u32::try_from(MESSAGES).unwrap();
    assert_eq!(tried, [0, 1, 3, 7, 15, 31].map(|at| (at, each)).into(), "bounded by the schedule");
    assert_eq!(receiver.lines("runs").len(), 6 * MESSAGES, "one run a try");
    assert_eq!(bureau.store.message_count(OutboxState::Pending).unwrap(), u64::from(each), "nothing is lost");

    receiver.turns("");
    let taken_by = (61..=63).map(|at| deliver_all(&bureau, &program, minute(at))).sum::<u32>();
    assert_eq!(taken_by, each);
    assert_eq!(bureau.store.message_count(OutboxState::Sent).unwrap(), u64::from(each));
    let taken = receiver.lines("taken");
    let mut ids: Vec<String> = taken
        .iter()
        .map(|line| serde_json::from_str::<Json>(line).unwrap())
        .map(|taken| taken.get("id").and_then(Json::as_str).unwrap().to_owned())
        .collect();
    ids.sort();
    let expected: Vec<String> = (0..MESSAGES).map(|at| format!("message-{at:03}")).collect();
    assert_eq!(ids, expected, "once each");
}

#[test]
fn a_program_that_refuses_everything_leaves_everything_dead_to_see() {
    let folder = tempfile::tempdir().unwrap();
    let bureau = bureau(folder.path());
    (0..20).for_each(|at| put(&bureau, at));
    let receiver = Receiver::new("echo \"550 no such number $line\" >&2; exit 1");
    assert_eq!(deliver_all(&bureau, &receiver.program(), minute(0)), 20);
    let round = delivery::deliver(&bureau, &receiver.program(), minute(600)).unwrap();
    assert_eq!(round, Round::default(), "nothing is tried again");
    let dead = bureau.store.messages(Some(OutboxState::Dead), 0, 99).unwrap();
    assert_eq!(dead.len(), 20);
    for row in dead {
        let reason = row.last_error.unwrap();
        assert!(reason.starts_with("对方不收：550 no such number"), "{reason}");
        assert!(!reason.contains("1380000"), "the number it repeated is not kept: {reason}");
    }
}

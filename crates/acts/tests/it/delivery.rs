//! Messages on their way to phones, with receivers that are dead, refuse, live again, and processes that are killed.
//! Minutes pass by handing in the next moment.

use crate::bench::Bench;
use acts::delivery::{ATTEMPTS_MAX, Delivery, DeliveryError, Letter, deliver, show_all, show_inbox};
use acts::policy::HeldPost;
use acts::undelivered::{Told, Undelivered, UndeliveredError, resend, told_otherwise, undelivered};
use acts::{Standing, audit, codes};
use kernel::names::{MatterId, PersonId};
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use store::{OutboxMessage, OutboxState};

/// Applications of the full outbox, each with one message.
const MATTERS: u32 = 100;

/// A receiver that does as it is told, and remembers.
struct Receiver {
    answer: Mutex<Result<(), DeliveryError>>,
    runs: AtomicUsize,
    taken: Mutex<Vec<Letter>>,
}

impl Receiver {
    fn new(answer: Result<(), DeliveryError>) -> Receiver {
        Receiver { answer: Mutex::new(answer), runs: AtomicUsize::new(0), taken: Mutex::default() }
    }

    fn dead() -> Receiver {
        Receiver::new(Err(DeliveryError::Later("451 没有人接".to_owned())))
    }

    fn refusing() -> Receiver {
        Receiver::new(Err(DeliveryError::Never("550 空号".to_owned())))
    }

    fn turns(&self, answer: Result<(), DeliveryError>) {
        *self.answer.lock().unwrap() = answer;
    }

    fn runs(&self) -> usize {
        self.runs.load(Ordering::Relaxed)
    }
}

impl Delivery for Receiver {
    fn deliver(&self, letter: &Letter) -> Result<(), DeliveryError> {
        self.runs.fetch_add(1, Ordering::Relaxed);
        let answer = self.answer.lock().unwrap().clone();
        if answer.is_ok() {
            self.taken.lock().unwrap().push(letter.clone());
        }
        answer
    }
}

impl Bench {
    /// Delivers all that is due at this moment.
    fn delivers(&self, port: &Receiver) {
        while deliver(&self.bureau, port, self.now()).unwrap().tried() > 0 {}
    }

    /// So many minutes after ten o'clock.
    fn minute(&self, minute: u32) -> &Bench {
        self.at(&format!("2026-03-02T{:02}:{:02}", 10 + minute / 60, minute % 60))
    }

    fn count(&self, state: OutboxState) -> u64 {
        self.bureau.store.message_count(state).unwrap()
    }

    /// An outbox with a message about each of so many matters.
    fn full(matters: u32) -> (Bench, Vec<MatterId>) {
        let bench = Bench::new();
        let matters = (0..matters).map(|at| bench.citizen(at).applies(&[])).collect();
        (bench, matters)
    }
}

fn posts(bench: &Bench, login: &str) -> (PersonId, Vec<HeldPost>) {
    match bench.standing(login) {
        Standing::Post { person, posts, .. } => (person, posts),
        other => panic!("{other:?}"),
    }
}

/// The undelivered letters of an office. Nothing here is sealed: who asks makes no difference.
fn letters(bench: &Bench, office: &str) -> Result<Vec<Undelivered>, UndeliveredError> {
    undelivered(&bench.bureau, &[office.into()], &"nobody".into(), &[])
}

#[test]
fn a_receiver_that_is_dead_for_an_hour_gets_everything_once_in_the_end() {
    let (bench, _) = Bench::full(MATTERS);
    let all = u64::from(MATTERS);
    let receiver = Receiver::dead();
    let mut runs = BTreeMap::new();
    for minute in 0..=60 {
        bench.minute(minute);
        let before = receiver.runs();
        bench.delivers(&receiver);
        // Half a minute later nothing is due again: it does not spin.
        let after = receiver.runs();
        bench.delivers(&receiver);
        assert_eq!(receiver.runs(), after);
        if after > before {
            runs.insert(minute, after - before);
        }
        assert_eq!(bench.count(OutboxState::Pending), all, "nothing is lost");
    }
    let expected: BTreeMap<u32, usize> = [0, 1, 3, 7, 15, 31].map(|minute| (minute, MATTERS as usize)).into();
    assert_eq!(runs, expected, "each letter once a wait, and never between");
    let row = bench.bureau.store.messages(None, 0, 1).unwrap().remove(0);
    assert_eq!((row.attempts, row.last_error.as_deref()), (6, Some("451 没有人接")));

    receiver.turns(Ok(()));
    for minute in 61..=63 {
        bench.minute(minute).delivers(&receiver);
    }
    assert_eq!((bench.count(OutboxState::Sent), bench.count(OutboxState::Pending)), (all, 0));
    let taken = receiver.taken.lock().unwrap();
    let mut phones: Vec<&str> = taken.iter().map(|letter| letter.to.as_str()).collect();
    phones.sort_unstable();
    let citizens: Vec<String> = (0..MATTERS).map(|at| bench.citizen(at).phone).collect();
    assert_eq!(phones, citizens, "once each, to the number in full");
    assert!(taken.iter().all(|letter| letter.attempt == 7 && letter.topic == "sms"));
    assert!(taken.iter().all(|letter| letter.text.contains("〔2026〕东援申字第")), "{:?}", taken[0].text);
}

#[test]
fn what_is_refused_is_dead_at_once_and_the_office_of_the_matter_sees_it() {
    let (bench, matters) = Bench::full(3);
    let receiver = Receiver::refusing();
    bench.minute(0).delivers(&receiver);
    assert_eq!((receiver.runs(), bench.count(OutboxState::Dead)), (3, 3), "a refusal is not asked twice");
    let seen = letters(&bench, "aid-east").unwrap();
    let mut about: Vec<MatterId> = seen.iter().map(|letter| letter.matter.clone()).collect();
    let mut expected = matters.clone();
    about.sort();
    expected.sort();
    assert_eq!(about, expected);
    let first = seen.iter().find(|letter| letter.matter == matters[0]).unwrap();
    assert_eq!((first.recipient.as_str(), first.reason.as_str()), ("138****0000", "对方不收：550 空号"));
    assert_eq!(first.number, bench.matter(&matters[0]).number);
    assert_eq!(first.given_up_at, bench.now().at.as_millisecond());
    assert!(letters(&bench, "aid-west").unwrap().is_empty());

    // The operator sends one anew, then all; nobody else may.
    let by = |login: &str, one: Option<&str>| {
        let (person, posts) = posts(&bench, login);
        resend(&bench.bureau, bench.now(), &person, &posts, one)
    };
    assert!(matches!(by("wang-jing", None), Err(UndeliveredError::Forbidden)));
    receiver.turns(Ok(()));
    assert_eq!(by("op", Some(&first.id)).unwrap(), 1);
    assert_eq!(by("op", Some(&first.id)).unwrap(), 0, "sent twice, done once");
    assert_eq!(by("op", Some("nothing")).unwrap(), 0);
    bench.delivers(&receiver);
    assert_eq!(receiver.taken.lock().unwrap()[0].attempt, 1, "counted from the beginning");
    assert_eq!(by("op", None).unwrap(), 2);
    bench.delivers(&receiver);
    assert_eq!((bench.count(OutboxState::Sent), bench.count(OutboxState::Dead)), (3, 0));
    let deeds = bench.bureau.store.acts_of(&store::MatterId("outbox/deeds".to_owned())).unwrap();
    let deeds: Vec<String> = deeds.iter().map(|act| String::from_utf8(act.bytes.clone()).unwrap()).collect();
    assert_eq!(deeds.len(), 2, "nothing done, nothing recorded");
    assert!(deeds[0].contains("\"person\":\"op\"") && deeds[0].contains(&first.id), "{deeds:?}");
    assert!(audit::audit(&bench.bureau).unwrap().holds());
}

#[test]
fn whoever_handles_the_matter_says_how_its_reader_was_told() {
    let (bench, _) = Bench::full(2);
    bench.minute(0).delivers(&Receiver::refusing());
    let seen = letters(&bench, "aid-east").unwrap();
    let by = |login: &str, id: &str| {
        let (person, posts) = posts(&bench, login);
        told_otherwise(&bench.bureau, bench.now(), &person, &posts, id, Told::ByPhone)
    };
    for stranger in ["lin-jing", "op", "auditor"] {
        assert!(matches!(by(stranger, &seen[0].id), Err(UndeliveredError::Forbidden)), "{stranger}");
    }
    assert!(matches!(by("wang-jing", "nothing"), Err(UndeliveredError::NoMessage(_))));
    assert!(by("wang-jing", &seen[0].id).unwrap());
    assert!(!by("wang-jing", &seen[0].id).unwrap(), "sent twice, done once");
    let left = letters(&bench, "aid-east").unwrap();
    assert_eq!(left.iter().map(|letter| &letter.id).collect::<Vec<_>>(), [&seen[1].id]);
    let deeds = bench.bureau.store.acts_of(&store::MatterId("outbox/deeds".to_owned())).unwrap();
    let deed = String::from_utf8(deeds[0].bytes.clone()).unwrap();
    assert!(deeds.len() == 1 && deed.contains("\"told\":\"phone\""), "{deed}");
    assert!(acts::audit::rebuild(&bench.bureau).is_ok(), "the chain is no matter");
}

#[test]
fn a_letter_dies_after_its_last_attempt() {
    let (bench, _) = Bench::full(1);
    let receiver = Receiver::dead();
    for minute in 0..=(6 * 60 + 3) {
        bench.minute(minute).delivers(&receiver);
    }
    assert_eq!((receiver.runs(), bench.count(OutboxState::Dead)), (ATTEMPTS_MAX as usize, 1));
    let seen = letters(&bench, "aid-east").unwrap();
    assert_eq!(seen[0].reason, "试了12次都没有发出去，最后一次：451 没有人接");
}

#[test]
fn the_claim_of_a_killed_process_comes_back_with_the_same_identity() {
    let (bench, _) = Bench::full(1);
    let at = bench.minute(0).now().at.as_millisecond();
    let killed = bench.bureau.store.claim_messages_of("sms", at, at + 120_000, 8).unwrap();
    let receiver = Receiver::new(Ok(()));
    bench.minute(1).delivers(&receiver);
    assert_eq!(receiver.runs(), 0, "it may still be at work");
    bench.minute(2).delivers(&receiver);
    let taken = receiver.taken.lock().unwrap();
    assert_eq!((taken.len(), &taken[0].id, taken[0].attempt), (1, &killed[0].id, 2));
}

#[test]
fn a_letter_everybody_dies_of_is_given_up_untried() {
    let (bench, _) = Bench::full(1);
    for attempt in 0..ATTEMPTS_MAX {
        let at = bench.minute(attempt).now().at.as_millisecond();
        assert_eq!(bench.bureau.store.claim_messages_of("sms", at, at + 1, 8).unwrap().len(), 1);
    }
    let receiver = Receiver::new(Ok(()));
    bench.minute(60).delivers(&receiver);
    assert_eq!((receiver.runs(), bench.count(OutboxState::Dead)), (0, 1));
}

#[test]
fn an_old_code_is_not_sent_and_not_the_work_of_the_office() {
    let (bench, matters) = Bench::full(1);
    show_all(&bench.bureau, bench.now()).unwrap();
    let number = bench.matter(&matters[0]).number.unwrap();
    codes::send(&bench.bureau, bench.minute(0).now(), &number, &bench.citizen(0).phone).unwrap();
    let receiver = Receiver::dead();
    for minute in 0..=15 {
        bench.minute(minute).delivers(&receiver);
    }
    assert_eq!((receiver.runs(), bench.count(OutboxState::Dead)), (4, 1), "at minutes 0, 1, 3 and 7");
    assert!(letters(&bench, "aid-east").unwrap().is_empty());
    let row = bench.bureau.store.messages(Some(OutboxState::Dead), 0, 9).unwrap().remove(0);
    assert_eq!(row.last_error.as_deref(), Some("验证码在发出去之前已经过期"));
    let (person, posts) = posts(&bench, "op");
    resend(&bench.bureau, bench.now(), &person, &posts, None).unwrap();
    receiver.turns(Ok(()));
    bench.delivers(&receiver);
    assert!(receiver.taken.lock().unwrap().is_empty(), "nor when it is sent anew");
}

#[test]
fn the_inbox_does_not_wait_for_a_dead_receiver() {
    let bench = Bench::new();
    let citizen = bench.citizen(1);
    let matter = crate::cast::granted(&bench, &citizen, &[]);
    bench.clerk().assigns(&matter);
    bench.minute(0).delivers(&Receiver::dead());
    assert_eq!(show_inbox(&bench.bureau, bench.now()).unwrap(), 1, "to the lawyer");
    assert_eq!(show_inbox(&bench.bureau, bench.now()).unwrap(), 0);
    let pending = bench.bureau.store.messages(Some(OutboxState::Pending), 0, 99).unwrap();
    assert!(!pending.is_empty() && pending.iter().all(|row| row.topic == "sms"));
}

#[test]
fn what_was_sealed_in_bare_words_stays_readable() {
    let bench = Bench::new();
    let keys = bench.bureau.keys.realm_key();
    let seal = |text: &str| keys.seal(bench.bureau.random(), text.as_bytes(), b"old").unwrap();
    let (id, topic, recipient) = ("old".to_owned(), "sms".to_owned(), "138****0017".to_owned());
    let body = seal("您的申请已收到。");
    bench.bureau.store.put_message(OutboxMessage { id, topic, recipient, body }, 0).unwrap();
    let row = bench.bureau.store.message("old").unwrap().unwrap();
    assert_eq!(codes::message_text(&bench.bureau, &row).unwrap(), "您的申请已收到。");
    let receiver = Receiver::new(Ok(()));
    bench.delivers(&receiver);
    let row = bench.bureau.store.message("old").unwrap().unwrap();
    assert_eq!((receiver.runs(), row.state), (0, OutboxState::Dead), "to nobody: nobody knows the number any more");
}

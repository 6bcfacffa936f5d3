//! The test bench: a bureau of the demo city in a folder of its own, and a clock set by hand.

use acts::clockwork::{Tick, tick};
use acts::keys::Keys;
use acts::policy::{HeldPost, Policy};
use acts::registers::{self, Member};
use acts::sight::{Sight, SightError, Viewer, sight};
use acts::{Bureau, Command, Done, Law, PerformError, Standing, drafts, perform};
use jiff::civil::{Date, DateTime};
use jiff::tz::{Offset, TimeZone};
use kernel::deadline::{Deadline, deadlines};
use kernel::intake::Raw;
use kernel::ledger::sm3;
use kernel::matter::Matter;
use kernel::names::{MatterId, Name, PersonId};
use kernel::procedure::Procedure;
use kernel::value::FileRef;
use kernel::world::Moment;
use std::cell::Cell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use store::{DraftId, Store};
use tempfile::TempDir;

/// The realm of the demo city.
pub const REALM: &str = "990100";

/// What is typed into a form: field and text. A text that begins with `@` is the name of a file to upload.
pub type Form<'f> = &'f [(&'f str, &'f str)];

/// A bureau, its folder and its clock.
pub struct Bench {
    pub bureau: Bureau,
    folder: TempDir,
    now: Cell<Moment>,
}

/// An instant of the office: eight hours ahead of UTC.
pub fn moment(civil: &str) -> Moment {
    let civil: DateTime = civil.parse().unwrap();
    let at = civil.to_zoned(TimeZone::fixed(Offset::constant(8))).unwrap().timestamp();
    Moment { at, civil }
}

pub fn day(text: &str) -> Date {
    text.parse().unwrap()
}

pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The law of this repository, read once.
pub fn law() -> Law {
    static LAW: OnceLock<Law> = OnceLock::new();
    LAW.get_or_init(read_law).clone()
}

/// The files of the law of this repository.
pub fn sources() -> Vec<statute::Source> {
    let mut sources = Vec::new();
    collect(&root().join("law"), "", &mut sources);
    sources
}

fn read_law() -> Law {
    let sources = sources();
    let (book, diagnostics) = statute::read(&sources);
    assert!(diagnostics.is_empty(), "{diagnostics:?}");
    let place = book.places.into_iter().find(|place| place.code == REALM).unwrap();
    Law { procedures: book.procedures.into_iter().map(Arc::new).collect(), calendar: book.calendar, place }
}

fn collect(folder: &Path, below: &str, sources: &mut Vec<statute::Source>) {
    let mut entries: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap();
        let below = format!("{below}{name}");
        if path.is_dir() {
            collect(&path, &format!("{below}/"), sources);
        } else if name.ends_with(".md") {
            sources.push(statute::Source::new(below, std::fs::read_to_string(&path).unwrap()));
        }
    }
}

fn policy() -> Policy {
    let text = |name: &str| std::fs::read_to_string(root().join("law/policy").join(name)).unwrap();
    Policy::load(&text("schema.cedarschema"), &text("policies.cedar")).unwrap()
}

/// Chance that is a counter: the same script makes the same ledger.
fn counter() -> acts::Entropy {
    let next = AtomicU64::new(1);
    Arc::new(move |bytes: &mut [u8]| {
        for piece in bytes.chunks_mut(32) {
            let block = sm3(&next.fetch_add(1, Ordering::Relaxed).to_be_bytes());
            piece.copy_from_slice(&block.0[..piece.len()]);
        }
    })
}

impl Bench {
    /// The demo city on an ordinary Monday, with its people and registers.
    pub fn new() -> Bench {
        Bench::under(law())
    }

    /// The same under another law.
    pub fn under(law: Law) -> Bench {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("xiezhi.db"), REALM).unwrap();
        let entropy = counter();
        let keys = Arc::new(Keys::generate(&entropy).unwrap());
        let program = "0.0.0".to_owned();
        let bureau = Bureau { store, law: Arc::new(law), policy: Arc::new(policy()), keys, entropy, program };
        let bench = Bench { bureau, folder, now: Cell::new(moment("2026-03-02T09:00")) };
        crate::cast::settle(&bench);
        bench
    }

    pub fn now(&self) -> Moment {
        self.now.get()
    }

    /// Sets the clock.
    pub fn at(&self, civil: &str) -> &Bench {
        self.now.set(moment(civil));
        self
    }

    /// Sets the clock to a morning.
    pub fn on(&self, day: &str) -> &Bench {
        self.at(&format!("{day}T09:00"))
    }

    /// Lets the clock act.
    pub fn tick(&self) -> Tick {
        tick(&self.bureau, self.now()).unwrap()
    }

    /// Closes the store, changes one place of its file, and opens it again.
    pub fn tampered(self, from: &[u8], to: &[u8]) -> Bench {
        assert_eq!(from.len(), to.len());
        let Bench { bureau, folder, now } = self;
        let Bureau { store, law, policy, keys, entropy, program } = bureau;
        drop(store);
        let path = folder.path().join("xiezhi.db");
        let mut bytes = std::fs::read(&path).unwrap();
        let found = bytes.windows(from.len()).position(|window| window == from).unwrap();
        bytes[found..found + from.len()].copy_from_slice(to);
        std::fs::write(&path, bytes).unwrap();
        let store = Store::open(&path, REALM).unwrap();
        Bench { bureau: Bureau { store, law, policy, keys, entropy, program }, folder, now }
    }

    /// Closes the store and reads its file.
    pub fn file(self) -> Vec<u8> {
        let Bench { bureau, folder, .. } = self;
        drop(bureau);
        std::fs::read(folder.path().join("xiezhi.db")).unwrap()
    }

    pub fn procedure(&self) -> Arc<Procedure> {
        self.bureau.law.procedures.iter().find(|procedure| procedure.id.as_str() == "legal-aid").unwrap().clone()
    }

    pub fn matter(&self, id: &MatterId) -> Matter {
        acts::load::load(&self.bureau, id).unwrap().matter
    }

    pub fn stage(&self, id: &MatterId) -> String {
        self.matter(id).stage.to_string()
    }

    /// A limit of a matter as it stands.
    pub fn limit(&self, id: &MatterId, limit: &str) -> Option<Deadline> {
        let loaded = acts::load::load(&self.bureau, id).unwrap();
        let nobody = BTreeMap::new();
        let world = acts::rows::plain_world(&self.bureau.law, &nobody);
        let found = deadlines(&loaded.matter, &loaded.procedure, &world);
        found.into_iter().find(|deadline| deadline.limit.as_str() == limit)
    }

    /// The last day of a limit.
    pub fn due(&self, id: &MatterId, limit: &str) -> Option<Date> {
        self.limit(id, limit)?.last_day()
    }

    /// What somebody sees.
    pub fn sight(&self, viewer: &Viewer, id: &MatterId) -> Result<Sight, SightError> {
        sight(&self.bureau, self.now(), viewer, id)
    }

    /// Puts a member into a register.
    pub fn register(&self, register: &str, member: &Member) {
        let from = day("2026-01-01");
        let author = PersonId::from("first-start");
        registers::record(&self.bureau, self.now(), &author, &Name::from(register), member, from).unwrap();
    }

    /// Uploads a photograph of nothing.
    pub fn upload(&self, name: &str) -> FileRef {
        let draft = DraftId(self.bureau.fresh_id());
        let bytes = format!("\u{0}jpeg {name}");
        drafts::keep_file(&self.bureau, self.now(), &draft, name, "image/jpeg", bytes.as_bytes()).unwrap()
    }

    /// What a form sends.
    pub fn raw(&self, form: Form<'_>) -> Raw {
        let mut raw = Raw::default();
        for (field, text) in form {
            match text.strip_prefix('@') {
                Some(file) => raw.files.entry((*field).to_owned()).or_default().push(self.upload(file)),
                None => raw.texts.entry((*field).to_owned()).or_default().push((*text).to_owned()),
            }
        }
        raw
    }
}

/// Somebody who acts.
pub struct Actor<'b> {
    pub bench: &'b Bench,
    pub standing: Standing,
}

impl Actor<'_> {
    /// Does an act, or says why not.
    pub fn tries(&self, matter: &MatterId, act: &str, form: Form<'_>) -> Result<Done, PerformError> {
        let command =
            Command { matter: Some(matter.clone()), act: act.into(), raw: self.bench.raw(form), ..Command::default() };
        self.sends(&command)
    }

    /// Does an act.
    pub fn does(&self, matter: &MatterId, act: &str, form: Form<'_>) -> Done {
        self.tries(matter, act, form).unwrap_or_else(|why| panic!("{act}: {why:?}"))
    }

    /// Opens a matter, or says why not.
    pub fn tries_opening(&self, act: &str, channel: &str, form: Form<'_>) -> Result<MatterId, PerformError> {
        let command = self.opening(act, channel, form);
        self.sends(&command).map(|done| done.matter)
    }

    /// What opening a matter sends.
    pub fn opening(&self, act: &str, channel: &str, form: Form<'_>) -> Command {
        Command {
            procedure: "legal-aid".into(),
            act: act.into(),
            raw: self.bench.raw(form),
            channel: Some(channel.to_owned()),
            ..Command::default()
        }
    }

    pub fn sends(&self, command: &Command) -> Result<Done, PerformError> {
        perform(&self.bench.bureau, self.bench.now(), &self.standing, command)
    }

    /// What they see of a matter.
    pub fn sees(&self, matter: &MatterId) -> Result<Sight, SightError> {
        self.bench.sight(&self.viewer(), matter)
    }

    pub fn viewer(&self) -> Viewer {
        match &self.standing {
            Standing::Post { person, posts, .. } | Standing::Seated { person, posts, .. } => {
                Viewer::Account { person: person.clone(), posts: posts.clone() }
            }
            Standing::Party { party, .. } => Viewer::Party { party: party.clone() },
            Standing::Clock => Viewer::Account { person: "clock".into(), posts: Vec::new() },
        }
    }
}

/// A post.
pub fn post(seat: &str, office: &str) -> HeldPost {
    HeldPost { seat: seat.into(), office: office.into() }
}

/// A look for the sake of reaching somebody.
pub fn contact(reason: &str) -> acts::unmask::Why<'_> {
    acts::unmask::Why { purpose: Some(acts::unmask::Purpose::Contact), reason }
}

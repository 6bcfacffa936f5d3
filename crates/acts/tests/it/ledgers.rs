//! Every released ledger decodes, verifies and folds, for ever; and this program writes the format it says it writes.
//!
//! The folders under `testdata/ledgers` are never changed (README there). `XIEZHI_LEDGER=0.2.0` writes a new one, from the
//! lives in `lives`, and refuses where there is one.
//!
//! INVARIANT: nothing here reads a released ledger by the code that wrote it at the time; it is read by the code of today.

mod lives;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::PathBuf;

use acts::receipt;
use kernel::ledger::{Digest, chain, commitment, sm3};
use kernel::matter::{Act, Matter};
use kernel::merkle;
use kernel::names::MatterId;
use kernel::procedure::Procedure;
use kernel::system;
use kernel::value::{Facts, facts_from_json};
use serde_json::{Map, Value as Json, json};

use crate::bench::{Bench, root};

/// Maps whose keys are names of the law, not of the format.
const NAMED: [&str; 7] = ["numbers", "parties", "slots", "computed", "rates", "sealed", "reissued"];

/// One line of `acts.tsv`: an act of the log, in its order.
struct Line {
    hash: Digest,
    salt: [u8; 32],
    /// What was stated in the open, beside the act.
    open: String,
    bytes: String,
}

impl Line {
    fn body(&self) -> Map<String, Json> {
        serde_json::from_str::<Json>(&self.bytes).unwrap().as_object().unwrap().clone()
    }
}

fn folder() -> PathBuf {
    root().join("crates/acts/testdata/ledgers")
}

/// The releases there are, oldest first.
fn releases() -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path());
    let mut found: Vec<PathBuf> = entries.filter(|path| path.is_dir()).collect();
    let number = |path: &PathBuf| -> Vec<u32> {
        path.file_name().unwrap().to_str().unwrap().split('.').map(|part| part.parse().unwrap()).collect()
    };
    found.sort_by_key(number);
    assert!(!found.is_empty());
    found
}

fn text(release: &std::path::Path, name: &str) -> String {
    std::fs::read_to_string(release.join(name)).unwrap()
}

fn lines(release: &std::path::Path) -> Vec<Line> {
    let read = |line: &str| {
        let [hash, salt, open, bytes]: [&str; 4] = line.split('\t').collect::<Vec<_>>().try_into().unwrap();
        let (hash, Digest(salt)) = (Digest::parse(hash).unwrap(), Digest::parse(salt).unwrap());
        Line { hash, salt, open: open.to_owned(), bytes: bytes.to_owned() }
    };
    text(release, "acts.tsv").lines().map(read).collect()
}

/// The editions of the law beside a ledger, each by its hash, read by the language of today.
fn editions(release: &std::path::Path) -> BTreeMap<Digest, Procedure> {
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(release.join("law")).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        let name = path.file_stem().unwrap().to_str().unwrap();
        assert_eq!(sm3(text.as_bytes()).to_string(), name, "a law file is named by its hash");
        // Statutes and places are not beside it, so some of its words lead nowhere; what it says is read all the same.
        let (book, _) = statute::read(&[statute::Source::new(format!("{name}.md"), text)]);
        let procedure = book.procedures.into_iter().next().unwrap();
        found.insert(procedure.edition, procedure);
    }
    found
}

#[test]
fn every_released_ledger_decodes_for_ever() {
    for release in releases() {
        let lines = lines(&release);
        chains_hold(&lines);
        let log: Json = serde_json::from_str(&text(&release, "log.json")).unwrap();
        let leaves: Vec<Digest> = lines.iter().map(|line| merkle::leaf_hash(&line.hash.0)).collect();
        assert_eq!(log["size"], leaves.len());
        assert_eq!(log["root"], merkle::root(&leaves).to_string());
        let receipt = text(&release, "receipt.json");
        let verdict = receipt::verify(&receipt, log["public_key"].as_str());
        assert!(verdict.holds(), "{}: {:?}", release.display(), verdict.checks);
        let given: Json = serde_json::from_str(&receipt).unwrap();
        assert!(
            lines.iter().any(|line| given["act"] == line.bytes.as_str()),
            "the receipt is of an act of this ledger"
        );
        matters_fold(&lines, &editions(&release));
    }
}

/// Each act is canonical, names the act before, and is what its hash is over; what lies beside it is what it commits to.
fn chains_hold(lines: &[Line]) {
    let mut heads: BTreeMap<String, (u64, Digest)> = BTreeMap::new();
    for line in lines {
        let mut body = line.body();
        let (version, last) = heads.entry(body["matter"].as_str().unwrap().to_owned()).or_insert((0, Digest::ZERO));
        *version += 1;
        assert_eq!(body["version"].as_u64(), Some(*version));
        assert_eq!(body["content"]["open"], commitment(&line.salt, line.open.as_bytes()).to_string());
        assert_eq!(body.remove("prev"), Some(json!(last.to_string())));
        assert_eq!(chain(body, *last), Ok((line.bytes.clone().into_bytes(), line.hash)));
        *last = line.hash;
    }
}

/// Every matter folds with what is in the open, as one whose persons were erased; its law is there and knows its acts.
fn matters_fold(lines: &[Line], editions: &BTreeMap<Digest, Procedure>) {
    let mut matters: BTreeMap<String, Vec<(Act, Facts)>> = BTreeMap::new();
    for line in lines {
        let body = line.body();
        // Registers and notices of the calendar are chains beside the matters.
        if !body.contains_key("procedure") {
            continue;
        }
        let acts = matters.entry(body["matter"].as_str().unwrap().to_owned()).or_default();
        let version = u32::try_from(acts.len() + 1).unwrap();
        let act = Act::from_body(version, &body).unwrap();
        let open: Json = serde_json::from_str(&line.open).unwrap();
        let procedure = &editions[&act.edition];
        let is_known = procedure.act(&act.name).is_some() || system::title(&act.name).is_some();
        assert!(is_known && procedure.stage(&act.to).is_some(), "{}: {}", procedure.id, act.name);
        acts.push((act, facts_from_json(open.as_object().unwrap()).unwrap()));
    }
    for (id, acts) in matters {
        let (count, last) = (acts.len(), acts.last().unwrap().0.clone());
        let matter = Matter::fold(&MatterId::new(id), acts).unwrap();
        assert_eq!((matter.history.len(), &matter.stage, matter.edition), (count, &last.to, last.edition));
        assert!(matter.number.is_some() && !matter.parties.is_empty());
    }
}

/// A change of the format is made on purpose: with a new folder, beside those that decode for ever.
#[test]
fn this_program_writes_the_format_of_the_latest_release() {
    let (bench, laws) = lives::city();
    receipt::checkpoint(&bench.bureau, bench.now()).unwrap();
    let lines = exported(&bench);
    chains_hold(&lines);
    if let Ok(release) = std::env::var("XIEZHI_LEDGER") {
        write(&bench, &lines, &laws, &folder().join(release));
    }
    let latest = releases().pop().unwrap();
    let listed = text(&latest, "keys.txt");
    let written = keys(&lines);
    assert_eq!(written, listed, "the bytes of acts have other keys than {} says", latest.display());
}

fn exported(bench: &Bench) -> Vec<Line> {
    let acts = bench.bureau.store.acts_after(0, 1000).unwrap();
    let line = |act: &store::StoredAct| {
        let (salt, open) = act.open.split_at(32);
        let (open, bytes) = (String::from_utf8(open.to_vec()).unwrap(), String::from_utf8(act.bytes.clone()).unwrap());
        assert!(!open.contains(['\t', '\n']) && !bytes.contains(['\t', '\n']), "canonical bytes hold neither");
        Line { hash: act.hash, salt: salt.try_into().unwrap(), open, bytes }
    };
    acts.iter().map(line).collect()
}

/// The paths of all keys, and whether acts of matters have them always or where there is something to say.
fn keys(lines: &[Line]) -> String {
    let bodies: Vec<_> = lines.iter().map(Line::body).filter(|body| body.contains_key("procedure")).collect();
    let found: Vec<BTreeSet<String>> = bodies.iter().map(|body| paths("", &Json::Object(body.clone()))).collect();
    let all: BTreeSet<&String> = found.iter().flatten().collect();
    all.into_iter().fold(String::new(), |mut told, path| {
        let when = if found.iter().all(|paths| paths.contains(path)) { "always" } else { "sometimes" };
        writeln!(told, "{path} {when}").unwrap();
        told
    })
}

fn paths(above: &str, json: &Json) -> BTreeSet<String> {
    match json {
        Json::Object(map) => {
            let is_named = NAMED.iter().any(|named| above.split('.').next_back() == Some(named));
            let below = map.iter().flat_map(|(key, value)| {
                let path = format!("{above}.{}", if is_named { "*" } else { key });
                paths(path.trim_start_matches('.'), value)
            });
            below.chain([above.to_owned()]).filter(|path| !path.is_empty()).collect()
        }
        Json::Array(items) => {
            let below = items.iter().flat_map(|item| paths(&format!("{above}[]"), item));
            below.chain([above.to_owned()]).collect()
        }
        _ => [above.to_owned()].into(),
    }
}

/// Writes the folder of a release that has none.
fn write(bench: &Bench, lines: &[Line], laws: &[(String, String)], release: &std::path::Path) {
    std::fs::create_dir(release).unwrap();
    std::fs::create_dir(release.join("law")).unwrap();
    let put = |name: &str, text: &str| std::fs::write(release.join(name), text).unwrap();
    let acts: Vec<String> = lines
        .iter()
        .map(|line| format!("{}\t{}\t{}\t{}\n", line.hash, Digest(line.salt), line.open, line.bytes))
        .collect();
    put("acts.tsv", &acts.concat());
    put("keys.txt", &keys(lines));
    for (hash, text) in laws {
        put(&format!("law/{hash}.txt"), text);
    }
    let made = bench.bureau.store.latest_checkpoint().unwrap().unwrap();
    let key = bench.bureau.keys.public_key();
    put("log.json", &format!("{:#}\n", json!({ "size": made.size, "root": made.root.to_string(), "public_key": key })));
    let granted = lines.iter().map(Line::body).find(|body| body["act"] == "grant").unwrap();
    let (matter, version) = (granted["matter"].as_str().unwrap(), granted["version"].as_u64().unwrap());
    let (matter, version) = (MatterId::new(matter), u32::try_from(version).unwrap());
    let given = receipt::receipt(&bench.bureau, bench.now(), &matter, version).unwrap();
    put("receipt.json", &format!("{given:#}\n"));
}

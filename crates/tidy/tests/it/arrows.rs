//! Who may depend on whom, and what the pure crates must not contain.
//!
//! The witness is `cargo tree`, not the manifests: it says what is really linked.

use crate::house::house;
use std::collections::BTreeSet;
use std::process::Command;
use tidy::{Finding, Rule, has_word};

/// The arrows of ARCHITECTURE.md: a crate, and the crates of the house it may use.
const ARROWS: &[(&str, &[&str])] = &[
    ("kernel", &[]),
    ("statute", &["kernel"]),
    ("store", &["kernel"]),
    ("paper", &["kernel"]),
    ("search", &[]),
    ("acts", &["kernel", "store", "search"]),
    ("web", &["acts", "paper", "search", "store", "kernel"]),
    ("xiezhi", &["kernel", "statute", "store", "paper", "search", "acts", "web"]),
    ("tidy", &[]),
];

/// Arrows that exist for tests only.
const ARROWS_OF_TESTS: &[(&str, &[&str])] = &[("acts", &["statute"]), ("web", &["statute"])];

/// Outer crates that stand for a room: whoever links them knows what only that room may know.
const ROOMS: &[(&str, &[&str], &str)] = &[
    ("axum", &["web"], "HTTP"),
    ("askama", &["web"], "HTML"),
    ("rusqlite", &["store"], "SQL"),
    ("kdl", &["statute"], "the wording of the law files"),
    ("cel", &["statute"], "the wording of conditions"),
    ("cedar-policy", &["acts"], "policies"),
    ("typst", &["paper"], "typesetting"),
    ("jieba-rs", &["search"], "words"),
    ("clap", &["xiezhi"], "the command line"),
    ("getrandom", &["xiezhi"], "chance"),
];

/// Everything the kernel is linked with. A new line is a decision: write its page in `docs/decisions`.
const KERNEL_TREE: &[&str] = &[
    "block-buffer",
    "crypto-common",
    "digest",
    "hybrid-array",
    "itoa",
    "jiff",
    "jiff-core",
    "kernel",
    "memchr",
    "proc-macro2",
    "quote",
    "serde",
    "serde_core",
    "serde_derive",
    "serde_json",
    "sm3",
    "syn",
    "thiserror",
    "thiserror-impl",
    "typenum",
    "unicode-ident",
    "zmij",
];

const WIRE: &str = "wire types belong at the edge";

/// The vocabulary of the law: a proved law is kept between two starts (docs/decisions/proved-law-is-kept.md). What
/// happens in a matter is never written by a derive: its bytes are hashed, and stay readable for ever.
const VOCABULARY: &[&str] =
    &["procedure", "guard.rs", "clock.rs", "clock/stops.rs", "calendar.rs", "world.rs", "names.rs", "ledger.rs"];

/// What makes an answer depend on more than its input.
const IMPURE: &[(&str, &str)] = &[
    ("now()", "the time is handed in"),
    ("SystemTime", "the time is handed in"),
    ("Instant::now", "the time is handed in"),
    ("std::time", "the time is handed in"),
    ("HashMap", "iteration order must be the same everywhere: BTreeMap"),
    ("HashSet", "iteration order must be the same everywhere: BTreeSet"),
    ("f32", "integers only: fen, microdegrees, ten-thousandths"),
    ("f64", "integers only: fen, microdegrees, ten-thousandths"),
    ("std::fs", "no files"),
    ("std::net", "no network"),
    ("std::env", "no environment"),
    ("std::process", "no processes"),
    ("std::thread", "no threads"),
    ("rand", "no chance"),
    ("async", "no async"),
    ("Serialize", WIRE),
    ("Deserialize", WIRE),
    ("println!", "it decides, it does not speak"),
];

/// Clock, chance and environment, which enter at `xiezhi` and are handed on as values.
const EDGE_ONLY: &[&str] =
    &["SystemTime::now", "Instant::now", "Timestamp::now", "Zoned::now", "getrandom", "env::var"];

#[test]
fn every_arrow_between_crates_is_on_the_map() {
    let rule = Rule {
        must: "a crate must not depend on another crate of the house unless the map has that arrow",
        because: "the map in ARCHITECTURE.md is only worth reading if it is true",
        instead: "move the code to the room it belongs in; or decide a new arrow: ARCHITECTURE.md and ARROWS here",
    };
    rule.holds_unless(ARROWS.iter().flat_map(|(name, allowed)| forbidden_edges(name, "normal", allowed)));
}

#[test]
fn arrows_of_tests_are_on_the_map_too() {
    let rule = Rule {
        must: "the tests of a crate must not use another crate of the house unless the map says so",
        because: "a test that reaches round the corridor proves another program than the one that runs",
        instead: "test through the crates below; or add the arrow to ARROWS_OF_TESTS here",
    };
    let allowed_to = |name: &str| {
        let table = ARROWS.iter().chain(ARROWS_OF_TESTS).filter(|(other, _)| *other == name);
        table.flat_map(|(_, allowed)| allowed.iter().copied()).collect::<Vec<_>>()
    };
    rule.holds_unless(ARROWS.iter().flat_map(|(name, _)| forbidden_edges(name, "dev", &allowed_to(name))));
}

#[test]
fn every_crate_of_the_house_is_on_the_map() {
    let rule = Rule {
        must: "a crate must be in the table of arrows",
        because: "a crate nobody drew is an arrow nobody checks",
        instead: "add it to ARROWS here and to ARCHITECTURE.md, or remove it",
    };
    let on_the_map = |name: &str| ARROWS.iter().any(|(other, _)| *other == name);
    let missing = crates_of_the_house().into_iter().filter(|name| !on_the_map(name));
    rule.holds_unless(
        missing.map(|name| Finding { place: format!("crates/{name}"), what: "is not on the map".to_owned() }),
    );
}

#[test]
fn what_only_one_room_may_know_is_linked_there_only() {
    let rule = Rule {
        must: "HTTP, SQL, KDL, policies, typesetting, the command line and chance each live in one room",
        because: "a second place that knows them is where the next rule will be broken",
        instead: "hand over plain values and let the room do it",
    };
    let names = crates_of_the_house();
    rule.holds_unless(names.iter().flat_map(|name| {
        let linked = tree(name, "normal", true);
        let strays = ROOMS.iter().filter(move |(outer, rooms, _)| {
            linked.as_ref().is_ok_and(|linked| linked.contains(*outer)) && !rooms.contains(&name.as_str())
        });
        strays.map(move |(outer, rooms, what)| Finding {
            place: format!("crates/{name}/Cargo.toml"),
            what: format!("`{outer}` ({what}) belongs in {rooms:?}"),
        })
    }));
}

#[test]
fn the_whole_dependency_tree_of_the_kernel_is_listed() {
    let rule = Rule {
        must: "the kernel is linked with the crates of KERNEL_TREE and no other",
        because: "what decides must be small enough to be read whole; a dependency there is a decision",
        instead: "do without it, or write the decision page and change KERNEL_TREE",
    };
    let place = "crates/kernel/Cargo.toml".to_owned();
    let findings = match tree("kernel", "normal", false) {
        Err(what) => vec![Finding { place, what }],
        Ok(linked) => {
            let listed: BTreeSet<String> = KERNEL_TREE.iter().map(|name| (*name).to_owned()).collect();
            let finding = |what: String| Finding { place: place.clone(), what };
            let new = linked.difference(&listed).map(|name| finding(format!("`{name}` is linked and not listed")));
            let gone = listed.difference(&linked).map(|name| finding(format!("`{name}` is listed and not linked")));
            new.chain(gone).collect()
        }
    };
    rule.holds_unless(findings);
}

#[test]
fn the_kernel_is_pure() {
    let rule = Rule {
        must: "the kernel has no clock, chance, files, network, floats, unordered maps, async or wire types",
        because: "the same input must give the same bytes on every machine, in ten years too",
        instead: "take the value as an argument",
    };
    rule.holds_unless(house().texts("crates/kernel/src/", &[".rs"]).flat_map(|file| {
        let below = file.path.trim_start_matches("crates/kernel/src/");
        let of_the_law = VOCABULARY.iter().any(|known| below.starts_with(known));
        file.program_lines().flat_map(move |(number, line)| {
            let judged = IMPURE.iter().filter(move |(_, why)| !(of_the_law && *why == WIRE));
            let found = judged.filter(|(word, _)| has_word(line, word));
            found.map(move |(word, why)| file.at(number, format!("`{word}` ({why})")))
        })
    }));
}

#[test]
fn clock_chance_and_environment_enter_at_the_binary() {
    let rule = Rule {
        must: "only `xiezhi` reads the clock, the source of chance and the environment",
        because: "everything else can then be repeated with the values it was given",
        instead: "take the moment, the entropy or the setting as an argument",
    };
    let inner = house().texts("crates/", &[".rs"]).filter(|file| {
        file.path.contains("/src/")
            && !file.path.starts_with("crates/xiezhi/")
            && !file.path.starts_with("crates/tidy/")
    });
    rule.holds_unless(inner.flat_map(|file| {
        file.program_lines().flat_map(move |(number, line)| {
            let found = EDGE_ONLY.iter().filter(|word| has_word(line, word));
            found.map(move |word| file.at(number, format!("`{word}`")))
        })
    }));
}

#[test]
fn manifests_take_everything_from_the_workspace() {
    let rule = Rule {
        must: "a crate takes its version, lints and every dependency from the workspace",
        because: "versions and lints stand once, in the root Cargo.toml",
        instead: "write `name.workspace = true`, and `[lints] workspace = true`",
    };
    rule.holds_unless(house().texts("crates/", &["/Cargo.toml"]).flat_map(|file| {
        let lints = !file.text.contains("[lints]\nworkspace = true");
        let lints = lints.then(|| file.as_a_whole("does not take the lints of the workspace"));
        let mut in_dependencies = false;
        let own = file.lines().filter_map(move |(number, line)| {
            if line.starts_with('[') {
                in_dependencies = line.contains("dependencies");
                return None;
            }
            let own = in_dependencies && line.contains('=') && !line.contains("workspace");
            own.then(|| file.at(number, format!("`{line}` does not come from the workspace")))
        });
        lints.into_iter().chain(own)
    }));
}

fn forbidden_edges(name: &str, kind: &str, allowed: &[&str]) -> Vec<Finding> {
    let place = format!("crates/{name}/Cargo.toml");
    match tree(name, kind, true) {
        Err(what) => vec![Finding { place, what }],
        Ok(linked) => {
            let of_the_house = crates_of_the_house();
            let strays = linked
                .iter()
                .filter(|other| *other != name && of_the_house.contains(*other) && !allowed.contains(&other.as_str()));
            let strays: Vec<_> = strays.collect();
            if strays.is_empty() {
                return Vec::new();
            }
            vec![Finding { place, what: format!("`{name}` must not depend on {strays:?}, see ARCHITECTURE.md") }]
        }
    }
}

/// The folders below `crates`.
fn crates_of_the_house() -> BTreeSet<String> {
    let manifests = house().texts("crates/", &["/Cargo.toml"]);
    manifests.filter_map(|file| Some(file.path.split('/').nth(1)?.to_owned())).collect()
}

/// The names `cargo tree` prints for a crate, itself included; `direct` for its own dependencies only.
fn tree(name: &str, kind: &str, direct: bool) -> Result<BTreeSet<String>, String> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.current_dir(house().root()).args(["tree", "--offline", "--quiet", "--prefix", "none"]);
    command.args(["--package", name, "--edges", kind]);
    if direct {
        command.args(["--depth", "1"]);
    }
    let output = command.output().map_err(|error| format!("cargo tree cannot be started: {error}"))?;
    if !output.status.success() {
        return Err(format!("cargo tree failed: {}", String::from_utf8_lossy(&output.stderr).trim()));
    }
    let printed = String::from_utf8_lossy(&output.stdout);
    Ok(printed.lines().filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect())
}

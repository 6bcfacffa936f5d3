//! What the program is made of: licences, sources, what is kept out, what is there twice, and the list of it all.
//!
//! It works without a network: the witness is `cargo metadata` over the lock file. Whether somebody found a hole in one of
//! these crates is not known here; that is `cargo deny check` with the deny.toml of this repository.

use crate::house::house;
use cyclonedx_bom::models::bom::{Bom, SpecVersion};
use cyclonedx_bom::validation::Validate;
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;
use tidy::{Finding, Rule};

/// Where the program runs; what is linked on other machines is not looked at.
const PLATFORM: &str = "x86_64-unknown-linux-gnu";

/// Licences under which parts may be linked, as in deny.toml: each lets us give the whole away under Apache-2.0.
const LICENCES: &[&str] = &[
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "ISC",
    "MIT",
    "MIT-0",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

/// Licences of what only tests in a browser use, beside the above: nothing of it is given away with the program.
const LICENCES_OF_TESTS: &[&str] = &["MPL-2.0", "BlueOak-1.0.0", "CC-BY-4.0", "Python-2.0"];

/// Crates that are kept out, and why.
const BANNED: &[(&str, &str)] = &[
    ("openssl-sys", "a cipher of the system's is another on every machine"),
    ("native-tls", "TLS ends at the proxy in front"),
    ("reqwest", "one small client is enough for what is asked of other hosts"),
    ("hyper-tls", "TLS ends at the proxy in front"),
    ("git2", "no tool of a developer belongs in the program"),
];

/// What the law of the numbers brings: crates of which two versions are linked, because two of those we use disagree.
/// Named in deny.toml too.
const TWICE: &str = "skip-tree";

struct Parts {
    packages: Vec<Json>,
    nodes: Vec<Json>,
}

fn text<'a>(json: &'a Json, key: &str) -> &'a str {
    json.get(key).and_then(Json::as_str).unwrap_or_default()
}

/// The crates of the lock file that are linked on [`PLATFORM`].
fn parts() -> Parts {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let asked = ["metadata", "--format-version", "1", "--locked", "--filter-platform", PLATFORM];
    let out = Command::new(cargo).args(asked).current_dir(house().root()).output().expect("cargo runs");
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let told: Json = serde_json::from_slice(&out.stdout).expect("cargo metadata is JSON");
    let list = |json: &Json| json.as_array().cloned().unwrap_or_default();
    Parts { packages: list(&told["packages"]), nodes: list(&told["resolve"]["nodes"]) }
}

fn is_ours(package: &Json) -> bool {
    package.get("source").is_none_or(Json::is_null)
}

fn named(package: &Json) -> String {
    format!("{} {}", text(package, "name"), text(package, "version"))
}

/// Why a licence may not be linked; none where it may.
fn refused(licence: &str, also: &[&str]) -> Option<String> {
    let parsed = spdx::Expression::parse_mode(licence, spdx::ParseMode::LAX);
    let Ok(expression) = parsed else { return Some(format!("`{licence}` is no licence expression")) };
    let may = |name: String| LICENCES.contains(&name.as_str()) || also.contains(&name.as_str());
    let holds = expression.evaluate(|asked| may(asked.to_string()));
    (!holds).then(|| format!("`{licence}` is not among the licences"))
}

#[test]
fn every_part_has_a_licence_we_may_pass_on() {
    let rule = Rule {
        must: "every crate that is linked has a licence of the list",
        because: "a city that installs the program must not come under a duty nobody told it of",
        instead: "do without the crate; or, after reading the licence, add it here and in deny.toml",
    };
    rule.holds_unless(parts().packages.iter().filter_map(|package| {
        let what = refused(text(package, "license"), &[])?;
        Some(Finding { place: named(package), what })
    }));
}

#[test]
fn every_part_comes_from_the_public_registry() {
    let rule = Rule {
        must: "a crate comes from this repository or from the public registry, with its checksum in the lock file",
        because: "a branch of somebody's repository may say something else tomorrow",
        instead: "take a released version",
    };
    let lock = house().text("Cargo.lock").unwrap_or_default();
    let entries: BTreeSet<String> = lock
        .split("[[package]]")
        .filter(|entry| entry.contains("checksum = "))
        .map(|entry| {
            let field = |name: &str| entry.split(&format!("\n{name} = \"")).nth(1)?.split('"').next();
            format!("{} {}", field("name").unwrap_or_default(), field("version").unwrap_or_default())
        })
        .collect();
    rule.holds_unless(parts().packages.iter().filter(|package| !is_ours(package)).filter_map(|package| {
        let public = text(package, "source") == "registry+https://github.com/rust-lang/crates.io-index";
        let is_sure = entries.contains(&named(package));
        (!public || !is_sure).then(|| Finding { place: named(package), what: text(package, "source").to_owned() })
    }));
}

#[test]
fn what_is_kept_out_is_out() {
    let rule = Rule {
        must: "no crate of the list of what is kept out is linked",
        because: "each was kept out for a reason that still holds",
        instead: "do without; the reason stands beside the name",
    };
    let deny = house().text("deny.toml").unwrap_or_default();
    let parts = parts();
    let found = parts.packages.iter().filter_map(|package| {
        let (_, why) = BANNED.iter().find(|(name, _)| *name == text(package, "name"))?;
        Some(Finding { place: named(package), what: (*why).to_owned() })
    });
    let unsaid = BANNED.iter().filter(|(name, _)| !deny.contains(&format!("\"{name}\"")));
    let unsaid = unsaid.map(|(name, _)| Finding { place: "deny.toml".to_owned(), what: format!("lacks `{name}`") });
    let licences = LICENCES.iter().filter(|name| !deny.contains(&format!("\"{name}\"")));
    let licences = licences.map(|name| Finding { place: "deny.toml".to_owned(), what: format!("lacks `{name}`") });
    rule.holds_unless(found.chain(unsaid).chain(licences));
}

#[test]
fn what_is_linked_twice_is_known() {
    let rule = Rule {
        must: "a crate is linked in two versions only where deny.toml lists it, and listed only while it is",
        because: "two versions are two places for one fault, and the second is forgotten",
        instead: "move to one version; where others hold it, list the name in deny.toml under `skip`",
    };
    let mut versions: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for package in parts().packages.iter().filter(|package| !is_ours(package)) {
        versions.entry(text(package, "name").to_owned()).or_default().insert(text(package, "version").to_owned());
    }
    let deny = house().text("deny.toml").unwrap_or_default();
    assert!(!deny.contains(TWICE), "names are listed one by one");
    let listed: BTreeSet<&str> =
        deny.lines().filter_map(|line| line.trim().strip_prefix("{ crate = \"")?.split('"').next()).collect();
    let new = versions.iter().filter(|(name, found)| found.len() > 1 && !listed.contains(name.as_str()));
    let new = new.map(|(name, found)| Finding { place: name.clone(), what: format!("{found:?}") });
    let stale = listed.iter().filter(|name| versions.get(**name).is_none_or(|found| found.len() < 2));
    let stale = stale.map(|name| Finding { place: "deny.toml".to_owned(), what: format!("`{name}` is there once") });
    rule.holds_unless(new.chain(stale));
}

/// The packages of the journeys, by name and version.
fn packages_of_tests() -> Vec<(String, Json)> {
    let lock: Json = serde_json::from_str(house().text("e2e/package-lock.json").unwrap_or("{}")).expect("JSON");
    let packages = lock.get("packages").and_then(Json::as_object).cloned().unwrap_or_default();
    packages.into_iter().filter(|(path, _)| !path.is_empty()).collect()
}

#[test]
fn the_packages_of_the_journeys_are_fixed_and_may_be_used() {
    let rule = Rule {
        must: "a package of e2e has a digest and a licence of the list",
        because: "it runs on the machine of whoever tests, and of the one who builds",
        instead: "do without the package",
    };
    rule.holds_unless(packages_of_tests().into_iter().flat_map(|(path, package)| {
        let loose = !text(&package, "integrity").starts_with("sha512-");
        let loose = loose.then(|| "has no SHA-512 digest".to_owned());
        let found = [loose, refused(text(&package, "license"), LICENCES_OF_TESTS)];
        found.into_iter().flatten().map(move |what| Finding { place: path.clone(), what }).collect::<Vec<_>>()
    }));
}

/// The list of parts (CycloneDX 1.5): crates linked into the program as required, packages of the journeys as excluded.
fn list_of_parts(parts: &Parts) -> Json {
    let purl = |package: &Json| format!("pkg:cargo/{}@{}", text(package, "name"), text(package, "version"));
    let references: BTreeMap<&str, String> =
        parts.packages.iter().map(|package| (text(package, "id"), purl(package))).collect();
    let crates = parts.packages.iter().filter(|package| text(package, "name") != "xiezhi").map(|package| {
        json!({ "type": "library", "bom-ref": purl(package), "name": text(package, "name"), "version": text(package, "version"),
                "scope": "required", "purl": purl(package),
                "licenses": [{ "expression": text(package, "license").replace('/', " OR ").replace("  ", " ") }] })
    });
    let journeys = packages_of_tests().into_iter().map(|(path, package)| {
        let name = path.rsplit("node_modules/").next().unwrap_or(&path).to_owned();
        let purl = format!("pkg:npm/{}@{}", name.replace('@', "%40"), text(&package, "version"));
        json!({ "type": "library", "bom-ref": format!("e2e:{path}"), "name": name, "version": text(&package, "version"),
                "scope": "excluded", "purl": purl, "licenses": [{ "expression": text(&package, "license") }] })
    });
    let depends = parts.nodes.iter().map(|node| {
        let on = node["dependencies"].as_array().into_iter().flatten();
        let on: BTreeSet<&String> = on.filter_map(|id| references.get(id.as_str()?)).collect();
        json!({ "ref": references.get(text(node, "id")), "dependsOn": on })
    });
    let binary = parts.packages.iter().find(|package| text(package, "name") == "xiezhi").expect("the binary");
    json!({ "bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1,
        "metadata": { "component": { "type": "application", "bom-ref": purl(binary), "name": "xiezhi",
            "version": text(binary, "version"), "purl": purl(binary), "licenses": [{ "expression": "Apache-2.0" }] } },
        "components": crates.chain(journeys).collect::<Vec<_>>(),
        "dependencies": depends.collect::<Vec<_>>() })
}

#[test]
fn the_list_of_parts_is_written_and_valid() {
    let parts = parts();
    let list = list_of_parts(&parts);
    let read = Bom::parse_json_value(list.clone()).expect("a reader that is not ours reads it");
    let result = read.validate_version(SpecVersion::V1_5);
    assert!(result.passed(), "{:?}", result.errors().collect::<Vec<_>>());
    let components = list["components"].as_array().expect("components").len();
    assert_eq!(components, parts.packages.len() - 1 + packages_of_tests().len(), "every part is there once");
    let known: BTreeSet<&str> =
        list["components"].as_array().into_iter().flatten().map(|c| text(c, "bom-ref")).collect();
    assert_eq!(known.len(), components, "under a name of its own");
    let target = house().root().join("target");
    std::fs::create_dir_all(&target).expect("the target folder");
    std::fs::write(target.join("sbom.json"), format!("{list:#}\n")).expect("the list is written");
}

#[test]
fn licences_are_read() {
    let check = |licence: &str, holds: bool| assert_eq!(refused(licence, &[]).is_none(), holds, "{licence}");
    check("MIT", true);
    check("MIT/Apache-2.0", true);
    check("GPL-3.0-only", false);
    check("MIT OR GPL-3.0-only", true);
    check("MIT AND GPL-3.0-only", false);
    check("Apache-2.0 WITH LLVM-exception", true);
    check("", false);
}

//! What must never be in the repository: keys, machines, other people's identities.
//!
//! The words looked for are put together here from parts, so that this file does not hold them either.

use crate::house::house;
use tidy::{Finding, Rule, TextFile};

/// Beginnings of private keys and of tokens.
const KEYS: &[&str] = &[
    concat!("-----BEGIN ", "PRIVATE"),
    concat!("-----BEGIN ", "EC PRIVATE"),
    concat!("-----BEGIN ", "RSA PRIVATE"),
    concat!("-----BEGIN ", "OPENSSH"),
    concat!("AK", "IA"),
    concat!("gh", "p_"),
    concat!("np", "m_"),
];

/// Absolute paths that are true on one machine only.
const MACHINES: &[&str] = &[
    concat!("/", "work/"),
    concat!("/", "home/"),
    concat!("/", "root/"),
    concat!("/", "Users/"),
    concat!("/", "tmp/"),
    concat!("/", "mnt/"),
];

/// Files written by a tool, where a public registry's name is part of the format.
const LOCK_FILES: &[&str] = &["Cargo.lock", "e2e/package-lock.json"];

#[test]
fn no_key_is_in_the_repository() {
    let rule = Rule {
        must: "no file holds a private key or a token",
        because: "whoever reads the repository could then read the city's files; history keeps it for ever",
        instead: "let the first start make keys; in tests, generate them",
    };
    rule.holds_unless(house().texts("", &[]).flat_map(|file| {
        let found = file.lines().filter(|(_, line)| KEYS.iter().any(|key| stands_alone(line, key)));
        found.map(|(number, _)| file.at(number, "looks like a key"))
    }));
}

#[test]
fn no_file_names_one_machine() {
    let rule = Rule {
        must: "no file names an absolute path of one machine",
        because: "it is wrong everywhere else, and tells where it was written",
        instead: "write a path from the root of the repository, or take it from the command line",
    };
    rule.holds_unless(house().texts("", &[]).flat_map(|file| {
        let found = file.lines().filter(|(_, line)| MACHINES.iter().any(|path| stands_alone(line, path)));
        found.map(|(number, line)| file.at(number, line.trim()))
    }));
}

#[test]
fn lock_files_name_no_registry_but_the_public_one() {
    let rule = Rule {
        must: "a lock file names the public registry of its kind, or none",
        because: "a mirror is one machine's matter; a clone elsewhere must install the same bytes from anywhere",
        instead: "write the lock file again without resolved addresses (npm: omit-lockfile-registry-resolved)",
    };
    let crates = "source = \"registry+https://github.com/rust-lang/crates.io-index\"";
    let foreign = |path: &str, line: &str| match path {
        "Cargo.lock" => line.starts_with("source = ") && line != crates,
        _ => line.trim_start().starts_with("\"resolved\""),
    };
    let locks = LOCK_FILES.iter().flat_map(|path| house().texts(path, &[]));
    rule.holds_unless(locks.flat_map(|file| {
        let found = file.lines().filter(|(_, line)| foreign(&file.path, line));
        found.map(|(number, line)| file.at(number, line.trim()))
    }));
}

#[test]
fn only_made_up_people_appear() {
    let rule = Rule {
        must: "a well-formed resident identity number outside the tests begins with 99",
        because: "any other may be a living person's; region codes that begin with 99 are never issued",
        instead: "make one with a region code that begins with 99",
    };
    rule.holds_unless(house().texts("", &[]).filter(|file| !is_test(file)).flat_map(|file| {
        let lines =
            if file.path.ends_with(".rs") { file.program_lines().collect() } else { file.lines().collect::<Vec<_>>() };
        lines.into_iter().flat_map(move |(number, line)| {
            let real = identity_numbers(line).filter(|id| !id.starts_with("99"));
            real.map(move |_| file.at(number, "a well-formed identity number of an issued region"))
                .collect::<Vec<Finding>>()
        })
    }));
}

fn is_test(file: &TextFile) -> bool {
    file.path.contains("/tests/") || LOCK_FILES.contains(&file.path.as_str())
}

/// Runs of 18 characters that are a resident identity number by date and check digit (GB 11643).
fn identity_numbers(line: &str) -> impl Iterator<Item = &str> {
    let runs = line.split(|c: char| !c.is_ascii_alphanumeric()).filter(|run| run.len() == 18);
    runs.filter(|run| is_identity_number(run))
}

fn is_identity_number(run: &str) -> bool {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    const CHECKS: &str = "10X98765432";
    let number = |from: usize, until: usize| run.get(from..until).and_then(|text| text.parse::<u32>().ok());
    let date = number(6, 10).is_some_and(|year| (1900..2100).contains(&year))
        && number(10, 12).is_some_and(|month| (1..=12).contains(&month))
        && number(12, 14).is_some_and(|day| (1..=31).contains(&day));
    let digits: Option<Vec<u32>> = run.chars().take(17).map(|c| c.to_digit(10)).collect();
    let Some(digits) = digits.filter(|_| date) else { return false };
    let sum: u32 = digits.iter().zip(WEIGHTS).map(|(digit, weight)| digit * weight).sum();
    let check = CHECKS.chars().nth(usize::try_from(sum % 11).unwrap_or(0));
    run.chars().nth(17).map(|c| c.to_ascii_uppercase()) == check
}

#[test]
fn identity_numbers_are_recognised() {
    let check = |run, expected| assert_eq!(is_identity_number(run), expected, "{run}");
    // The specimen of the standard itself.
    check("11010519491231002X", true);
    check("110105194912310021", false);
    check("110105194913310020", false);
    check("12345678901234567a", false);
}

/// Whether `mark` stands where a word or a path would begin.
fn stands_alone(line: &str, mark: &str) -> bool {
    let begins = |start: usize| {
        let before = line.get(..start).and_then(|text| text.chars().next_back());
        !before.is_some_and(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '/' | '}' | ')' | '>' | '*' | '<'))
    };
    line.match_indices(mark).any(|(start, _)| begins(start))
}

#[test]
fn a_path_inside_another_is_not_a_machine() {
    let path = concat!("/", "work/");
    let check = |line: String, expected| assert_eq!(stands_alone(&line, path), expected, "{line}");
    check(format!("in `{path}x`"), true);
    check(format!("templates{path}home.html"), false);
}

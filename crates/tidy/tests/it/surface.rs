//! What reaches a browser: nothing from another host, nothing inline.

use crate::house::house;
use tidy::{Rule, TextFile};

/// Names of namespaces; a browser does not fetch them.
const NAMESPACES: &[&str] =
    &["http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink", "http://www.w3.org/1999/xhtml"];

fn assets() -> impl Iterator<Item = &'static TextFile> {
    house().texts("crates/web/", &[".html", ".css", ".js", ".ts", ".svg"])
}

fn markup() -> impl Iterator<Item = &'static TextFile> {
    house().texts("crates/web/templates/", &[]).chain(house().texts("crates/web/src/", &[".rs"]))
}

#[test]
fn nothing_comes_from_another_host() {
    let rule = Rule {
        must: "no page, style or script names another host",
        because: "it must work on an isolated government network, and tell nobody who reads it",
        instead: "keep the asset in crates/web/static, or do without it",
    };
    rule.holds_unless(assets().chain(markup()).flat_map(|file| {
        let found = file.program_lines().filter(|(_, line)| names_a_host(line));
        found.map(|(number, line)| file.at(number, line.trim()))
    }));
}

fn names_a_host(line: &str) -> bool {
    let line = NAMESPACES.iter().fold(line.to_owned(), |line, name| line.replace(name, ""));
    let fetches = ["src=\"//", "href=\"//", "url(//", "@import"];
    let scheme = |scheme: &str| {
        let mut after = line.match_indices(scheme).filter_map(|(start, _)| line.get(start + scheme.len()..));
        after.any(|rest| rest.starts_with(|c: char| c.is_ascii_alphanumeric()))
    };
    scheme("http://") || scheme("https://") || fetches.iter().any(|mark| line.contains(mark))
}

#[test]
fn hosts_are_told_from_namespaces() {
    let check = |line, expected| assert_eq!(names_a_host(line), expected, "{line}");
    check(r#"<svg xmlns="http://www.w3.org/2000/svg">"#, false);
    check(r#"<img src="https://cdn.example/x.png">"#, true);
    check(r#"<script src="//cdn.example/x.js">"#, true);
    check(r#"<a href="/status">"#, false);
    check(r#"format!("https://{host}/m")"#, false);
}

#[test]
fn styles_and_scripts_are_files() {
    let rule = Rule {
        must: "no template holds a style, a script or an event attribute of its own",
        because: "the policy of every page is `default-src 'self'`: a browser would ignore them, and a reader not find them",
        instead: "put it into crates/web/static and give the element a class",
    };
    rule.holds_unless(
        markup()
            .flat_map(|file| file.program_lines().filter_map(|(number, line)| Some(file.at(number, inline(line)?)))),
    );
}

/// The first thing in a line of markup that belongs in a file.
fn inline(line: &str) -> Option<String> {
    let plain = line.replace("\\\"", "\"");
    for mark in [" style=\"", "<style", "javascript:", "<script>"] {
        if plain.contains(mark) {
            return Some(mark.trim().to_owned());
        }
    }
    let event = |(start, _): (usize, &str)| {
        let name: String = plain.get(start + 3..)?.chars().take_while(char::is_ascii_lowercase).collect();
        let is_event = name.len() > 2 && plain.get(start + 3 + name.len()..)?.starts_with("=\"");
        is_event.then(|| format!("on{name}="))
    };
    plain.match_indices(" on").find_map(event)
}

#[test]
fn inline_things_are_seen() {
    let check = |line, expected: Option<&str>| assert_eq!(inline(line).as_deref(), expected, "{line}");
    check(r#"<p style="color:red">"#, Some("style=\""));
    check(r#"<button onclick="x()">"#, Some("onclick="));
    check(r#"<script src="/a.js" defer></script>"#, None);
    check(r#"the day on which="x""#, None);
}

#[test]
fn every_component_style_is_embedded_with_the_pages() {
    let rule = Rule {
        must: "a style sheet or script in crates/web/static is named by the program",
        because: "what nobody serves is dead, and somebody will mend it one day",
        instead: "embed it in crates/web/src/assets.rs, or remove it",
    };
    let programs: Vec<&str> = house().texts("crates/web/src/", &[".rs"]).map(|file| file.text.as_str()).collect();
    let statics = house().texts("crates/web/static/", &[".css", ".js", ".svg"]);
    let dead = statics.filter(|file| {
        let name = file.path.rsplit('/').next().unwrap_or(&file.path);
        !programs.iter().any(|program| program.contains(name))
    });
    rule.holds_unless(dead.map(|file| file.as_a_whole("nothing names it")));
}

//! The law of this repository.

use statute::{Source, Texts, check, read, render_with};

use crate::paths;

/// All problems, drawn.
pub fn drawn(diagnostics: &[statute::Diagnostic], sources: &[Source]) -> String {
    let text = |path: &str| sources.iter().find(|source| source.path == path).map(|source| source.text.as_str());
    let draw =
        |diagnostic: &statute::Diagnostic| render_with(diagnostic, text(&diagnostic.path).unwrap_or_default(), text);
    diagnostics.iter().map(draw).collect::<Vec<_>>().join("\n")
}

/// The day on which the law of this repository was last checked by a person.
fn today() -> jiff::civil::Date {
    jiff::civil::date(2026, 11, 24)
}

#[test]
fn the_law_is_read_without_a_problem() {
    let sources = paths::law();
    let (book, diagnostics) = read(&sources);
    assert!(diagnostics.is_empty(), "{}", drawn(&diagnostics, &sources));
    let aid = book.procedures.iter().find(|procedure| procedure.id.as_str() == "legal-aid").expect("legal aid");
    assert_eq!(aid.title, "法律援助");
    assert_eq!(aid.edition, kernel::ledger::sm3(legal_aid(&sources).as_bytes()));
}

#[test]
fn every_case_file_that_is_archived_has_a_term() {
    let (book, _) = read(&paths::law());
    let field = kernel::names::Name::from(kernel::names::reserved::RETENTION);
    let mut asked = 0;
    for procedure in &book.procedures {
        let Some(kernel::procedure::FieldKind::Choice { list }) = procedure.field(&field).map(|field| &field.kind)
        else {
            continue;
        };
        asked += 1;
        for entry in &procedure.choice_list(list).expect("its list").entries {
            assert!(entry.keep.is_some() && entry.cite.is_some(), "{}: {}", procedure.id, entry.title);
        }
    }
    assert!(asked >= 20, "{asked} procedures archive their case files");
}

fn legal_aid(sources: &[Source]) -> &str {
    &sources.iter().find(|source| source.path == "services/legal-aid.md").expect("the file").text
}

#[test]
fn the_law_holds() {
    let sources = paths::law();
    let (book, _) = read(&sources);
    let data = paths::shared("citations are not resolved to articles");
    let texts = data.as_deref().map(crate::corpus::texts).unwrap_or_default();
    let corpus = Texts::new(texts);
    let (diagnostics, summary) = check(&book, &corpus, today());
    assert!(diagnostics.is_empty(), "{}", drawn(&diagnostics, &sources));
    println!("{summary:?}");
    assert!(summary.matters >= 29 && summary.worked_cases >= 800);
    if data.is_some() {
        assert_eq!(summary.resolved, summary.citations, "every citation resolves to an article");
    }
}

#[test]
fn the_tables_of_a_procedure_are_written_where_they_stand() {
    let sources = paths::law();
    let (book, _) = read(&sources);
    let aid = book.procedures.iter().find(|procedure| procedure.id.as_str() == "legal-aid").expect("legal aid");
    let written = legal_aid(&sources);
    assert_eq!(statute::with_tables(written, aid), written);
    let bare = written.split("## 程序表").next().expect("the part before the tables");
    assert_eq!(statute::with_tables(bare, aid), written);
}

/// Every rule of counting on the page names worked cases that stand in the law files.
#[test]
fn the_rules_of_counting_are_worked_cases() {
    let sources = paths::law();
    let page = include_str!("../../../../docs/reference/counting.md");
    let rows = page.lines().filter(|line| line.starts_with("| ") && !line.ends_with("| 算例 |"));
    let mut rules = 0;
    for row in rows {
        rules += 1;
        let named = row.trim_end_matches('|').rsplit('|').next().unwrap_or_default().trim();
        for case in named.split('；') {
            let (file, title) = case.split_once("：").expect("文件：算例");
            let source = sources.iter().find(|source| source.path == file);
            let source = source.unwrap_or_else(|| panic!("no file {file}: {row}"));
            assert!(source.text.lines().any(|line| line.starts_with(&format!("| {title} |"))), "{file} has no {title}");
        }
    }
    assert_eq!(rules, 15 + 20, "the rules of counting, and what is easily counted wrong");
}

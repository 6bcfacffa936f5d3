//! Diagnostics point at the exact bytes, also behind Chinese text in the same condition.

use statute::{Source, check, read};

use crate::diagnostics::{corpus, procedure, surroundings};

/// Codes with the text they point at.
fn pointed(example: &str) -> Vec<(String, String)> {
    let mut files = surroundings();
    files.insert("services/demo.md".to_owned(), procedure(example));
    let sources: Vec<Source> = files.iter().map(|(path, text)| Source::new(path, text)).collect();
    let (book, mut diagnostics) = read(&sources);
    diagnostics.extend(check(&book, &corpus(), jiff::civil::date(2026, 11, 22)).0);
    diagnostics.retain(|found| found.code != statute::Code::TableMissing.name());
    let text = |path: &str| &sources.iter().find(|source| source.path == path).expect("the file").text;
    diagnostics.iter().map(|found| (found.code.to_owned(), text(&found.path)[found.span.clone()].to_owned())).collect()
}

fn guard(condition: &str) -> String {
    format!(
        "act \"grant\" kind=\"record\" title=\"给予\" by=\"clerk\" in=\"review\" to=\"granted\" {{\n    \
         section \"意见\" {{\n        text \"opinion\" title=\"意见\"\n        date \"seen-on\" title=\"日期\"\n    }}\n    \
         guard when=\"{condition}\" otherwise=\"不行。\"\n}}\n"
    )
}

#[test]
fn conditions_point_behind_chinese_text() {
    let check = |condition: &str, expected: &[(&str, &str)]| {
        let expected: Vec<_> = expected.iter().map(|(code, text)| ((*code).to_owned(), (*text).to_owned())).collect();
        assert_eq!(pointed(&guard(condition)), expected, "{condition}");
    };
    check("opinion == '同意给予' && opnion == '甲'", &[("unknown-name", "opnion")]);
    check("opinion == '同意给予' && cause == '工资'", &[("not-in-list", "工资")]);
    check("opinion == '同意' && seen_on > '昨天'", &[("condition-type", "昨天")]);
    check("opinion == '同意' && seen_on > '2026-01-01'", &[]);
    check("opinion == '同意给予' && done('aplly')", &[("unknown-name", "aplly")]);
    check("opinion == '同意给予' && finished('apply')", &[("condition-type", "finished")]);
    check("opinion == '同意给予' & done('apply')", &[("condition-syntax", "&")]);
    check("opinion = '同意给予'", &[("condition-syntax", "=")]);
    check("opinion == '同意给予' and done('apply')", &[("condition-syntax", "a")]);
    check("opinion == '同意给予' &&", &[("condition-syntax", "&")]);
    check("opinion == ‘同意’", &[("condition-syntax", "‘")]);
    check("opinion == '同意' && rate('lime') > 5", &[("unknown-name", "lime")]);
    check("opinion > '同意'", &[("condition-type", "opinion")]);
    check("opinion", &[("condition-type", "opinion")]);
    check("size(opinion) > 5", &[("condition-type", "size")]);
    check("opinion.startsWith('同')", &[("condition-type", "opinion.startsWith('同')")]);
    check("5 + 3 > 2", &[("condition-type", "5 + 3 > 2")]);
    check("venue in 'wage'", &[("condition-type", "'wage'")]);
}

#[test]
fn references_in_a_list_point_at_their_own_letters() {
    let found = pointed("stage \"review\" title=\"审查\" by=\"clerk, 书记员,head\" tells=\"正在审查。\"\n");
    assert_eq!(found, [("unknown-name".to_owned(), "书记员".to_owned())]);
}

#[test]
fn a_term_of_keeping_stands_where_it_is_asked_for() {
    let list = "choices \"causes\" {\n    choice \"wage\" title=\"工资\" keep=\"10y\"\n    choice \"injury\" title=\"工伤\"\n}\n";
    assert_eq!(pointed(list), [("nothing-to-do".to_owned(), "causes".to_owned())]);
}

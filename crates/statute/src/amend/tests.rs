//! Differences of editions made by changing one word of a small file.

use super::{Change, ChangeKind, changes, changes_told};
use crate::source::Source;
use kernel::procedure::Procedure;

const STATUTES: &str = "```kdl\nstatute \"行政复议法\" in-force-from=\"2024-01-01\" title=\"行政复议法\" {\n    working-days 3 5 7 10 cite=\"行政复议法:88\" checked=\"2026-11-22\"\n}\n```\n";

const FILE: &str = r#"
```kdl
matter "m" title="示例" function="services" {
    statute "行政复议法" in-force-from="2026-01-01"
    seat "applicant" title="申请人" where="party"
    seat "clerk" title="经办人" where="owner"
}
competence office="justice-bureau"
number "m" pattern="〔{year}〕{seq}"
choices "kinds" {
    choice "a" title="甲类"
}
stage "review" title="审查" by="clerk" tells="正在审查"
stage "done" title="办结" closed=#true tells="已经办结"
act "apply" kind="open" title="申请" by="clerk" to="review" {
    section "申请" {
        choice "kind" title="哪一类" from="kinds"
        text "words" title="说明" optional=#true
    }
}
act "decide" kind="decide" title="决定" by="clerk" in="review" to="done" cite="行政复议法:61" {
    guard when="given(words)" otherwise="没有说明。"
}
limit "review" title="审查期限" within=5 unit="day" from="apply" spans="review" by="clerk" cite="行政复议法:30" checked="2026-11-22"
```
"#;

fn edition(text: &str) -> Procedure {
    let sources = [Source::new("statutes.md", STATUTES), Source::new("services/m.md", text)];
    let (book, found) = crate::read(&sources);
    assert!(found.is_empty(), "{found:?}");
    book.procedures.into_iter().next().expect("a procedure")
}

fn differences(from: &str, to: &str) -> Vec<Change> {
    assert!(FILE.contains(from), "{from}");
    changes(&edition(FILE), &edition(&FILE.replace(from, to)))
}

#[test]
fn one_changed_word_is_one_change_in_words() {
    let check = |from: &str, to: &str, subject: &str, aspect: &str, words: (&str, &str)| {
        let found = differences(from, to);
        let told: Vec<_> = found
            .iter()
            .map(|it| (it.subject.as_str(), it.aspect.as_str(), it.from.as_str(), it.to.as_str()))
            .collect();
        assert_eq!(told, [(subject, aspect, words.0, words.1)]);
        assert_eq!(found[0].kind, ChangeKind::Changed);
    };
    check("within=5", "within=60", "审查期限", "多久", ("5个工作日", "60日"));
    check("from=\"apply\" spans", "from=\"decide\" spans", "审查期限", "起算", ("自申请起", "自决定起"));
    check("title=\"甲类\"", "title=\"乙类\"", "乙类", "文字", ("甲类", "乙类"));
    check("title=\"甲类\"", "title=\"甲类\" keep=\"10y\"", "甲类", "案卷保管", ("", "10年"));
    check(
        "given(words)\"",
        "!given(words)\"",
        "决定",
        "条件",
        ("given(words)（否则：没有说明。）", "!given(words)（否则：没有说明。）"),
    );
    check(" optional=#true", "", "申请：说明", "要不要填", ("可以不填", "必填"));
    check("行政复议法:61", "行政复议法:62", "决定", "依据", ("行政复议法第六十一条", "行政复议法第六十二条"));
}

#[test]
fn what_is_new_or_gone_is_told_once_and_not_field_by_field() {
    let found = differences(
        "stage \"done\"",
        "act \"talk\" kind=\"record\" title=\"谈话\" by=\"clerk\" in=\"review\" {\n section \"谈话\" {\n text \"talked\" title=\"内容\"\n }\n}\nstage \"done\"",
    );
    let told: Vec<_> = found.iter().map(|it| (it.kind, it.name.as_str())).collect();
    assert_eq!(told, [(ChangeKind::Added, "talk")]);
    let back = changes(
        &edition(
            &FILE
                .replace("        text \"words\" title=\"说明\" optional=#true\n", "")
                .replace("given(words)", "given(kind)"),
        ),
        &edition(FILE),
    );
    assert!(back.iter().any(|it| it.kind == ChangeKind::Added && it.name == "apply/words"), "{back:?}");
}

#[test]
fn a_day_of_reading_is_no_change_and_equal_editions_are_said_to_be_equal() {
    assert_eq!(differences("checked=\"2026-11-22\"", "checked=\"2026-11-23\""), []);
    let same = edition(FILE);
    assert!(changes_told(&same, &same, &[]).contains("规则相同"));
    let told = changes_told(&same, &same, &differences("within=5", "within=60"));
    assert!(told.contains("## 期限\n\n- “审查期限”的多久：5个工作日 → 60日（行政复议法第三十条）"), "{told}");
}

#[test]
fn of_a_list_only_what_was_put_in_or_taken_out_is_told() {
    let (before, after) =
        (edition(FILE), edition(&FILE.replace("cite=\"行政复议法:61\"", "cite=\"行政复议法:61,62\"")));
    let told = changes_told(&before, &after, &changes(&before, &after));
    assert!(told.contains("- “决定”的依据：加上 行政复议法第六十二条\n"), "{told}");
}

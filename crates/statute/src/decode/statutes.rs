//! The statutes cited: name, in force from, and how each counts its days.

use jiff::civil::Date;
use kernel::clock::Counting;
use kernel::procedure::Citation;

use crate::book::StatuteDecl;
use crate::diagnostic::Code;
use crate::index::Kind;
use crate::reader::Reader;
use crate::sheet::{Child, many, once};

/// How a statute counts, while its node is being read.
#[derive(Default)]
struct Rule {
    counting: Option<Counting>,
    cite: Option<Citation>,
    checked: Option<Date>,
    reason: Option<String>,
}

/// The top-level nodes of `statutes.md`.
pub(crate) fn nodes() -> Vec<Child<'static, Vec<StatuteDecl>>> {
    vec![many("statute", "一部法律，和它怎样数“日”。", |reader, statutes: &mut Vec<StatuteDecl>| {
        let name = reader.declares(Kind::Statute, None, "法律的名称").to_string();
        let in_force_from = reader.need_date("in-force-from", "所引版本从哪一天起施行");
        let title = reader.need_text("title", "全称").value;
        let absent =
            reader.text("absent", "文本库里没有这一版全文的，写明为什么；对它的引用单独计数").map(|text| text.value);
        let mut rule = Rule::default();
        reader.children(&countings(), &mut rule);
        let Some(counting) = rule.counting else {
            let message = "没有写明这部法律怎样数“日”";
            let help = "写 `natural-days reason=\"…\"`、`working-days 3 5 …`、`working-days-up-to 10` 或者 `working-days-all`。";
            reader.push(reader.error(Code::MissingNode, reader.span(), message).help(help));
            return;
        };
        statutes.push(StatuteDecl {
            name,
            title,
            in_force_from,
            counting,
            cite: rule.cite,
            checked: rule.checked,
            reason: rule.reason,
            absent,
        });
    })]
}

fn countings() -> Vec<Child<'static, Rule>> {
    vec![
        once("natural-days", "日都是自然日。", |reader, rule: &mut Rule| {
            rule.reason = Some(reader.need_text("reason", "为什么这样数").value);
            set(reader, rule, Counting::NaturalDays);
        }),
        once("working-days", "写这几个数的是工作日，其余是自然日。", |reader, rule: &mut Rule| {
            let amounts = reader.args_int(1..=365, "日数，可以几个");
            rested(reader, rule);
            set(
                reader,
                rule,
                Counting::WorkingDaysFor(amounts.into_iter().filter_map(|days| u32::try_from(days).ok()).collect()),
            );
        }),
        once("working-days-up-to", "这个数以内（含）的是工作日。", |reader, rule: &mut Rule| {
            let most = reader.arg_int(1..=365, "日数").and_then(|days| u32::try_from(days).ok()).unwrap_or(0);
            rested(reader, rule);
            set(reader, rule, Counting::WorkingDaysUpTo(most));
        }),
        once("working-days-all", "日都是工作日。", |reader, rule: &mut Rule| {
            rested(reader, rule);
            set(reader, rule, Counting::AllWorkingDays);
        }),
    ]
}

/// A conversion to working days rests on an article that a person has read.
fn rested(reader: &Reader<'_>, rule: &mut Rule) {
    rule.cite = Some(reader.need_cite("cite", "依据"));
    rule.checked = Some(reader.need_date("checked", "哪一天核对过条文"));
}

fn set(reader: &Reader<'_>, rule: &mut Rule, counting: Counting) {
    if rule.counting.replace(counting).is_some() {
        let diagnostic = reader.error(Code::DuplicateNode, reader.span(), "一部法律只能有一种数法");
        reader.push(diagnostic.help("只留一种。"));
    }
}

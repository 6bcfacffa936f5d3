//! The reference page of the law language, written from the decode layer itself.
//!
//! Every decoder is asked once what it asks ([`crate::sheet`]); the answer is the page. What a jurist must know
//! beside the nodes – files, headings, conditions, tables – stands here as prose.
//!
//! INVARIANT: a node or property that can be read is on the page, and nothing else is.

use crate::condition::Types;
use crate::decode::{calendar, place, procedure, statutes};
use crate::diagnostic::{Code, Severity};
use crate::sheet::{Asked, Child, Entry, Sheet};
use crate::syntax;

const PREFACE: &str = "\
# 法律文件的写法

本页由 `statute` 的读取层生成（`cargo test -p statute`；`XIEZHI_BLESS=1` 重写），不要手改。

一份法律文件是 Markdown：标题写条文，段落写要求，`kdl` 块写规则，表格写算例。路径决定文件声明什么：

| 路径（在 `law/` 下） | 声明什么 |
|---|---|
| `statutes.md` | 引用的法律，和每部法律怎样数“日” |
| `calendar/*.md` | 一年的放假和调休 |
| `places/*.md` | 一个地方的区划、机构、标准 |
| 其他 `*.md` | 一个事项；没有 `kdl` 块的文件只是文字 |
| `papers/**/*.typ` | 文书模板 |

## 标题和法条

`## 审查 | 法律援助法第四十三条、第四十四条`：竖线后面是条文，用顿号分开；同一部法律只写一次名称。属性里写
`cite=\"法律援助法:43,44\"`；几部法律用分号分开：`\"法律援助法:43;行政复议法:20\"`。法律要先在 `statutes.md` 声明。

## 值

文字写在英文双引号里；真假写 `#true`、`#false`；日期写 `\"2026-01-31\"`；金额以分为整数；几个名称写在一个引号里，
用逗号分开：`by=\"applicant,window\"`。不认得的节点和属性、写了两次的属性都是错误。

## 条件

条件用 CEL 的写法：`&& || ! == != < <= > >= in [...]`。字段名里的连字符写成下划线：`case-kind` 写 `case_kind`，
`agent.name` 照写。函数有 `given(字段)`（填过没有）、`done('行为')`（做过没有）、`raised('待办')`（悬着没有）、
`times('行为')`（做过几次）、`open_items('行为')`（逐条答复的，还有几条没有答复）、`today()`（办的当天）、
`days_between(日期, 日期)`（后一个减前一个的日数）、`rate('标准')` 和 `rate('标准', 字段)`（当地当天的标准）。文字写单引号，日期写 `'2026-01-31'`。选择字段只能同自己选项表里的
选项比较。条件不能读可能没有填过的字段：先写 `given(x) && …` 或者 `!given(x) || …`。

## 期限的单位

`unit=\"day\"` 按所引法律自己的数法（`statutes.md`）变成自然日或者工作日；条文自己写明的，写 `natural-day`、`working-day`、
`hour`、`minute`、`month`、`year`。

## 算例

表头有 `limit`、`start`、`due` 的表算期限，可以另有 `stop`、`resume`（停、续的日期）。表头有 `given`、`act`、`answer`
的表算答案：`given` 写 `字段=值; 字段=值`；`act` 写 `screening`（答案是 `likely: 那一行的名称`）或者一个有 `compute`
的行为（答案是 `字段=金额`）。两种表都可以加 `place`（有几个地方时）和 `on`（按哪一天的标准，不写是检查的当天）。

表头有 `walk`、`answer` 的表把一串行为真的办一遍：`行为 by 谁 on 日期 with 字段=值, 字段=值`，行为之间用分号；`by`、`on`、`with`
可以不写，没写的必填项自动填上；`clock on 日期` 是那一天期限届满自动发生的事。答案可以几个，用分号：`stage 环节`、`due 期限 日期`、
`stopped 期限`（停着）、`ended 期限`（办了）、`kept 期限`（按期办了）、`late 期限`（过期）、`raised 待办`、`expired 行为`、
`字段=值`，或者一个 `no 理由`（最后一个行为被拒绝）。

`statutes.md` 里表头有 `statute`、`from`、`within`、`due` 的表算一段时间在那部法律下哪一天到期：`within` 写 `7d`（按法律数日）、
`5wd`、`15nd`、`2m`、`1y`、`24h`、`30min`；`as` 一列可以写 `before`（倒算）、`custody`（末日不顺延）、`day-one`（当日计入）。
";

/// The reference page, in Markdown.
#[must_use]
pub fn reference() -> String {
    let mut page = PREFACE.to_owned();
    for (_, title, entries) in catalogues() {
        family(&mut page, title, &entries);
    }
    page.push_str(
        "\n## 会报告的问题\n\n每一种在 `crates/statute/diagnostics/` 有一页，写着意思、错误的例子和报告的原话。\n\n",
    );
    for (title, severity) in [("错误", Severity::Error), ("警告", Severity::Warning)] {
        let codes = Code::ALL.iter().filter(|code| code.severity() == severity);
        let names: Vec<String> = codes.map(|code| format!("`{}`", code.name())).collect();
        page.push_str(&format!("{title}：{}。\n\n", names.join("、")));
    }
    page.truncate(page.trim_end().len());
    page.push('\n');
    page
}

/// What was asked of every node, by the kind of file that holds it.
pub(crate) fn catalogues() -> [(&'static str, &'static str, Vec<Entry>); 4] {
    [
        ("procedure", "事项", catalogue(&procedure::nodes(), &mut procedure::Draft::default())),
        ("place", "地方", catalogue(&place::nodes(), &mut kernel::world::Place::default())),
        ("calendar", "日历", catalogue(&calendar::nodes(), &mut Vec::new())),
        ("statutes", "法律", catalogue(&statutes::nodes(), &mut Vec::new())),
    ]
}

fn catalogue<T>(table: &[Child<'_, T>], target: &mut T) -> Vec<Entry> {
    let mut sheet = Sheet::new("", Types::default());
    sheet.catalogue = Some(Default::default());
    let probe = syntax::block("", "probe", 0..5, &syntax::Memory::default());
    for chunk in &probe.chunks {
        for node in chunk.document.nodes() {
            sheet.probe(chunk, node, "", table, target);
        }
    }
    sheet.catalogue.map(std::cell::RefCell::into_inner).unwrap_or_default()
}

fn family(page: &mut String, title: &str, entries: &[Entry]) {
    page.push_str(&format!("\n## {title}的节点\n"));
    let common = common_of_fields(entries);
    if !common.is_empty() {
        page.push_str("\n所有字段都可以写：\n\n");
        asked_table(page, &common);
    }
    let mut shown: Vec<&Entry> = Vec::new();
    for entry in entries {
        let same = |known: &&&Entry| last(&known.path) == last(&entry.path) && known.asked == entry.asked;
        if let Some(known) = shown.iter().find(same).filter(|known| known.doc == entry.doc) {
            page.push_str(&format!("\n### `{}`\n\n同 `{}`。\n", entry.path, known.path));
            continue;
        }
        shown.push(entry);
        page.push_str(&format!("\n### `{}`\n\n{}\n", entry.path, entry.doc));
        let is_field = entry.path.starts_with(FIELDS) && last(&entry.path) != "person";
        let own: Vec<Asked> =
            entry.asked.iter().filter(|asked| !is_field || !common.contains(asked)).cloned().collect();
        if !own.is_empty() {
            page.push('\n');
            asked_table(page, &own);
        }
        if !entry.children.is_empty() {
            let children: Vec<String> = entry.children.iter().map(|child| format!("`{child}`")).collect();
            page.push_str(&format!("\n里面可以写：{}。\n", children.join("、")));
        }
    }
}

const FIELDS: &str = "act > section > ";

fn last(path: &str) -> &str {
    path.rsplit(" > ").next().unwrap_or(path)
}

/// What every kind of field asks.
fn common_of_fields(entries: &[Entry]) -> Vec<Asked> {
    let mut fields = entries.iter().filter(|entry| entry.path.starts_with(FIELDS) && last(&entry.path) != "person");
    let Some(first) = fields.next() else { return Vec::new() };
    let rest: Vec<&Entry> = fields.collect();
    let in_all = |asked: &&Asked| rest.iter().all(|entry| entry.asked.contains(asked));
    first.asked.iter().filter(in_all).cloned().collect()
}

fn asked_table(page: &mut String, asked: &[Asked]) {
    page.push_str("| 属性 | 值 | 必须 | 意思 |\n|---|---|---|---|\n");
    for asked in asked {
        let name = asked.name.map_or("（参数）".to_owned(), |name| format!("`{name}`"));
        let needed = if asked.needed { "是" } else { "" };
        page.push_str(&format!("| {name} | {} | {needed} | {} |\n", asked.form, asked.doc));
    }
}

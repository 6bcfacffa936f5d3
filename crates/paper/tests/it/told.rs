//! The six templates that papers share whose text stands in the law file.

use serde_json::{Value, json};

use crate::bench::{keep, press, squeezed, text_of};
use crate::sample::{bare, full};

/// Template, what must stand on it when everything is given.
const TEMPLATES: &[(&str, &[&str])] = &[
    ("notice", &["模拟通知书", "犇赟喆：", "经审查，#决定<立案>$5元。", "如有异议"]),
    ("letter", &["模拟通知书", "经审查，#决定<立案>$5元。"]),
    ("decision", &["模拟通知书", "经审查，#决定<立案>$5元。"]),
    ("form", &["模拟通知书", "案由", "未按*规定*公示", "调查经过", "填写"]),
    ("record", &["模拟通知书", "案由", "未按*规定*公示", "调查经过：", "记录人："]),
    ("receipt", &["模拟通知书", "案由", "送达文书名称", "受送达人"]),
];

/// A paper with a text of its own, and what was stated in its act.
fn told(base: Value) -> Value {
    let long = "在场人员陈述：门口没有张贴价目表，_也没有_公示收费依据。".repeat(12);
    let mut data = base;
    data["title"] = json!("模拟通知书");
    data["recipient"] = json!("犇赟喆");
    data["paras"] = json!(["经审查，#决定<立案>$5元。", "第二段。"]);
    data["remedy"] = json!({ "text": "可以申请行政复议", "body": "东湖区人民政府", "term": "六十日内", "cite": "行政复议法第二十条" });
    data["sections"] = json!([
        { "title": "案情", "rows": [{ "label": "案由", "text": "未按*规定*公示" }, { "label": "调查经过", "text": long }] },
    ]);
    data
}

#[test]
fn what_the_law_file_says_and_what_was_stated_stand_on_the_paper() {
    let Some(press) = press() else { return };
    for (template, words) in TEMPLATES {
        let pdf = press.render(&format!("common/{template}.typ"), &told(full()));
        let pdf = pdf.unwrap_or_else(|error| panic!("{template}: {error}"));
        keep(&format!("common-{template}"), &pdf.bytes);
        let Some(text) = text_of(&pdf.bytes) else { return };
        let text = squeezed(&text);
        for word in *words {
            assert!(text.contains(&squeezed(word)), "{template} does not say “{word}”:\n{text}");
        }
    }
}

#[test]
fn a_paper_with_nothing_to_say_is_still_a_page() {
    let Some(press) = press() else { return };
    for (template, _) in TEMPLATES {
        let pdf = press.render(&format!("common/{template}.typ"), &bare());
        assert!(pdf.unwrap_or_else(|error| panic!("{template}: {error}")).pages >= 1, "{template}");
    }
}

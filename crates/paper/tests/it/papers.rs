//! Every template with everything, with nothing, and with too much.

use paper::{PaperError, Press};
use serde_json::{Value, json};

use crate::sample::{bare, full, keep, press, squeezed, text_of};

/// (template, words that must stand on it).
const PAPERS: [(&str, &[&str]); 16] = [
    (
        "application-form",
        &[
            "法律援助申请表",
            "犇赟喆",
            "祎翀街道垚堃社区",
            "镕翀",
            "#没钱#",
            "“$0也没有”",
            "<見附件>【聊天记录】*已保存*_截图_@负责人",
            "请求支付劳动报酬的进城务工人员",
        ],
    ),
    ("receipt-slip", &["接收凭证", "工资欠条#1<原件>", "2026年2月13日", "2026年2月27日", "扫码查询"]),
    ("supplement-notice", &["补充材料（说明）通知书", "一次性告知", "欠薪数额的说明", "视为撤回申请"]),
    ("approval-form", &["审批表", "审查意见", "审批意见", "赵垚", "钱祎", "《中华人民共和国法律援助法》第四十二条"]),
    (
        "grant-decision",
        &[
            "给予法律援助决定书",
            "〔2026〕援申字第1号",
            "犇赟喆：",
            "《中华人民共和国法律援助法》第四十二条、第四十三条",
            "2026年2月24日",
            "电子印章样式（演示）",
        ],
    ),
    ("refusal-decision", &["不予法律援助决定书", "理由如下", "临江市司法局提出", "五日内"]),
    ("assignment-notice", &["指派通知书", "云州垚城律师事务所", "王祎堃", "99901201810000001"]),
    ("letter", &["法律援助公函", "临江市河东区人民法院", "诉讼代理人", "特此函告"]),
    ("replacement-notice", &["更换法律援助人员通知书", "李某某", "王祎堃"]),
    ("termination-decision", &["终止法律援助决定书", "决定：终止法律援助", "临江市司法局提出", "抄送"]),
    ("objection-decision", &["异议审查决定书", "不予法律援助决定书", "本机关认为", "2026年2月27日"]),
    ("closing-report", &["结案报告表", "38600.00元", "对方已履行完毕", "26小时", "承办情况小结"]),
    ("grading-sheet", &["质量评查表", "一次笔录未签日期", "95", "优"]),
    ("subsidy-approval", &["补贴审批表", "2800.00", "1.20", "3360.00", "叁仟叁佰陆拾元整", "2026年7月20日"]),
    ("service-receipt", &["送达回证", "〔2026〕援决字第1号", "直接送达"]),
    ("handling-log", &["办案记录", "第二庭", "2026-03-10"]),
];

fn set(press: &Press, name: &str, data: &Value) -> paper::Pdf {
    press.render(&format!("legal-aid/{name}.typ"), data).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn addressed(name: &str) -> Value {
    let mut data = full();
    match name {
        "assignment-notice" | "letter" => data["recipient"] = Value::Null,
        "closing-report" | "grading-sheet" => {
            data["act"]["facts"] = json!({
                "result": { "label": "结论", "text": "仲裁裁决支持全部请求，对方已履行完毕" },
                "score": { "label": "得分", "text": "95" },
                "working-hours": { "label": "办案用时", "text": "26小时" },
            });
        }
        _ => {}
    }
    data
}

#[test]
fn every_paper_says_what_it_was_given() {
    let Some(press) = press() else { return };
    for (name, words) in PAPERS {
        let pdf = set(press, name, &addressed(name));
        keep(name, &pdf.bytes);
        assert!(pdf.archival && pdf.bytes.starts_with(b"%PDF-1.7"), "{name}");
        assert!((1..=2).contains(&pdf.pages), "{name} has {} pages", pdf.pages);
        let Some(text) = text_of(&pdf.bytes) else { continue };
        let text = squeezed(&text);
        for word in words {
            assert!(text.contains(word), "{name} lacks {word}:\n{text}");
        }
    }
}

#[test]
fn every_template_has_a_test() {
    let Some(press) = press() else { return };
    let tested: Vec<String> = PAPERS.iter().map(|(name, _)| format!("legal-aid/{name}.typ")).collect();
    for template in press.templates().filter(|path| path.starts_with("legal-aid/")) {
        assert!(tested.iter().any(|known| known == template), "{template} is not tested");
    }
}

#[test]
fn a_paper_without_data_is_a_form_to_fill_in() {
    let Some(press) = press() else { return };
    for (name, _) in PAPERS {
        let pdf = set(press, name, &bare());
        keep(&format!("bare-{name}"), &pdf.bytes);
        assert!((1..=2).contains(&pdf.pages), "{name} has {} pages", pdf.pages);
    }
}

#[test]
fn very_long_text_runs_over_the_page() {
    let Some(press) = press() else { return };
    let mut data = full();
    let long = "用工单位长期拖欠工资，申请人多次催要未果，有欠条、考勤表和证人证言为证。\n".repeat(90);
    data["facts"]["facts-and-reasons"]["text"] = json!(long);
    data["act"]["reason"] = json!(long);
    for name in ["application-form", "approval-form", "refusal-decision", "grading-sheet"] {
        let pdf = set(press, name, &data);
        keep(&format!("long-{name}"), &pdf.bytes);
        assert!(pdf.pages >= 3, "{name} has {} pages", pdf.pages);
        let Some(text) = text_of(&pdf.bytes) else { continue };
        let count = squeezed(&text).matches("证人证言为证").count();
        assert!(count >= 85, "{name} lost text: {count} of 90");
    }
}

#[test]
fn the_same_data_gives_the_same_bytes() {
    let Some(press) = press() else { return };
    let first = set(press, "receipt-slip", &full());
    press.rest();
    assert_eq!(first, set(press, "receipt-slip", &full()));
}

#[test]
fn a_character_no_font_has_is_named() {
    let Some(press) = press() else { return };
    let mut data = full();
    data["recipient"] = json!("王\u{13080}");
    match press.render("legal-aid/grant-decision.typ", &data) {
        Err(PaperError::MissingGlyph { character, page, .. }) => {
            assert_eq!((character, page), ('\u{13080}', 1));
        }
        other => panic!("expected a missing glyph, got {other:?}"),
    }
}

#[test]
fn what_cannot_be_printed_is_known_before() {
    let Some(press) = press() else { return };
    let check = |text: &str, expected: &[char]| {
        assert_eq!(press.unprintable(text).unwrap(), expected, "{text}");
    };
    check("喆堃镕垚犇赟祎翀瀞㛃䶮𬭎𫖯玥琀媖頔", &[]);
    check("第一行\n\t“引号”——〔2026〕①×￥$#<>【】", &[]);
    check("王\u{13080}某\u{13080}", &['\u{13080}']);
    let mut data = full();
    data["facts"]["cause"]["text"] = json!("追索\u{7}劳动\u{feff}报酬");
    set(press, "grant-decision", &data);
}

#[test]
fn an_adverse_decision_without_a_remedy_is_refused() {
    let Some(press) = press() else { return };
    let mut data = full();
    data["remedy"] = Value::Null;
    for name in ["refusal-decision", "termination-decision"] {
        let error = press.render(&format!("legal-aid/{name}.typ"), &data).unwrap_err();
        assert!(matches!(error, PaperError::Template { .. }), "{error:?}");
        assert!(error.to_string().contains("救济途径"), "{error}");
    }
}

#[test]
fn a_template_cannot_leave_its_files() {
    let Some(_) = press() else { return };
    let fonts = paper::Fonts::find(&[]).unwrap();
    let check = |source: &str, expected: &str| {
        let templates = [("a.typ".to_owned(), source.to_owned())].into();
        let error = Press::new(fonts.clone(), templates).render("a.typ", &json!({})).unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
    };
    check("#let paper(data) = read(\"/etc/hostname\")", "not found");
    check("#let paper(data) = read(\"../../etc/hostname\")", "a.typ");
    check("#import \"@preview/cetz:0.3.0\": canvas\n#let paper(data) = []", "not found");
    check("#let paper(data) = [\n#datetime.today()]", "a.typ`, line 2");
}

#[test]
fn an_unknown_template_is_named() {
    let Some(press) = press() else { return };
    let error = press.render("legal-aid/nothing.typ", &json!({})).unwrap_err();
    assert_eq!(error.to_string(), "there is no template `legal-aid/nothing.typ`");
}

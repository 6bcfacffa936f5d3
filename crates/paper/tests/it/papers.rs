//! Every template with everything, with nothing, and with too much.

use paper::{PaperError, Press};
use serde_json::{Value, json};

use crate::bench::{keep, press, squeezed, text_of};
use crate::law::LAW;
use crate::sample::{bare, full, issued};

/// The acts before a paper, the paper, words that must stand on it and words that must not.
type Case = (&'static [&'static str], &'static str, &'static [&'static str], &'static [&'static str]);

const HANDLED: &[&str] =
    &["apply", "propose-grant", "grant", "assign-lawyer", "accept", "log-meeting", "report-closing"];
const PAID: &[&str] = &[
    "apply",
    "propose-grant",
    "grant",
    "assign-lawyer",
    "accept",
    "log-meeting",
    "report-closing",
    "assign-peer",
    "grade",
    "propose-subsidy",
    "approve-subsidy",
];

const PAPERS: &[Case] = &[
    (
        &["apply"],
        "application-form",
        &[
            "法律援助申请表",
            "犇赟喆",
            "男",
            "1981年4月7日",
            "祎翀街道垚堃社区",
            "镕翀",
            "配偶",
            "990102198305120024",
            "#没钱#",
            "“$0也没有”",
            "<見附件>【聊天记录】*已保存*_截图_@负责人",
            "索要劳动报酬或者请求工伤赔偿的进城务工人员",
            "已承诺",
            "1,200.00元",
            "91990101MA00000007",
            "2026年11月30日",
            "1.王祎堃",
            "身份证件照片",
            "东湖区湖滨街道",
            "一般职工",
        ],
        &[],
    ),
    (
        &["apply"],
        "receipt-slip",
        &["接收凭证", "犇赟喆：", "工资欠条#1<原件>", "2026年2月13日", "2026年2月24日", "扫码查询", "接收人：孙某"],
        &["辩护"],
    ),
    (
        &["forward"],
        "receipt-slip",
        &["收到示范市看守所（模拟）转交的", "2026年2月12日16:30", "系统自动接收"],
        &["吴某"],
    ),
    (
        &["notify"],
        "receipt-slip",
        &[
            "东湖区人民法院（模拟）：",
            "涉嫌盗窃罪",
            "审判阶段",
            "视力、听力、言语残疾人",
            "指派律师（收到通知后的指派期限3日",
        ],
        &["提出的法律援助申请"],
    ),
    (
        &["apply", "ask-supplement"],
        "supplement-notice",
        &["补充材料（说明）通知书", "一次性告知", "2.欠薪数额的说明", "2026年3月2日前", "视为撤回申请"],
        &[],
    ),
    (
        &["apply", "ask-supplement", "deem-withdrawn"],
        "withdrawal-notice",
        &[
            "视为撤回申请告知书",
            "于2026年2月14日一次性告知",
            "欠薪数额的说明",
            "可以重新申请",
            "受理机关：原法律援助中心",
            "期限：随时",
        ],
        &[],
    ),
    (
        &["apply", "propose-grant", "grant"],
        "approval-form",
        &[
            "审批表",
            "法律援助中心经办人",
            "法律援助中心审批人",
            "赵垚",
            "钱祎",
            "拟给予援助。符合法律援助条件",
            "农民工、残疾人",
            "索要劳动报酬或者请求工伤赔偿的进城务工人员",
            "《中华人民共和国法律援助法》第四十三条",
        ],
        &["不予援助"],
    ),
    (
        &["apply", "propose-refuse", "refuse"],
        "approval-form",
        &["已经委托代理人或者辩护人", "不予法律援助。同意经办人意见", "2026年2月1日委托"],
        &[],
    ),
    (
        &["apply", "aid-first"],
        "approval-form",
        &["距法定时效或者期限届满不足七日", "先行提供，手续后补"],
        &["赵垚", "审批意见", "不予"],
    ),
    (
        &["apply", "propose-refuse", "refuse", "object", "order-review", "propose-grant", "grant"],
        "approval-form",
        &["拟给予援助。符合", "给予法律援助。同意。"],
        &["责令改正", "郑某", "已经委托", "不予"],
    ),
    (
        &["apply", "propose-grant", "grant"],
        "grant-decision",
        &[
            "给予法律援助决定书",
            "〔2026〕东援申字第1号",
            "犇赟喆：",
            "《中华人民共和国法律援助法》第四十三条",
            "2026年2月27日前",
            "2026年2月15日",
            "电子印章样式（演示）",
        ],
        &["同意。", "先行"],
    ),
    (
        &["apply", "aid-first"],
        "grant-decision",
        &["先行向你提供法律援助", "不足七日", "补办有关手续", "第四十四条"],
        &["手续后补"],
    ),
    (
        &["apply", "propose-refuse", "refuse"],
        "refusal-decision",
        &[
            "不予法律援助决定书",
            "理由是：已经委托代理人或者辩护人。",
            "2026年2月1日委托",
            "受理机关：",
            "东湖区司法局",
            "《中华人民共和国法律援助法》第四十九条",
            "法律没有规定期限，请尽早提出",
        ],
        &["同意经办人意见"],
    ),
    (
        &["apply", "propose-grant", "grant", "assign-lawyer"],
        "assignment-notice",
        &[
            "指派通知书",
            "云州垚城律师事务所王祎堃律师：",
            "99901201810000001",
            "19900000001",
            "短信联系",
            "东湖区人民法院",
        ],
        &["辩护人"],
    ),
    (
        &["notify", "assign-lawyer"],
        "assignment-notice",
        &["通知本机构为犇赟喆指派辩护律师", "（2026）示0101刑初7号", "盗窃罪", "示范市看守所（模拟）", "0990-8100501"],
        &["已决定给予"],
    ),
    (
        &["apply", "propose-grant", "grant", "assign-lawyer"],
        "letter",
        &["法律援助公函", "东湖区人民法院（模拟）：", "王祎堃律师", "担任其代理人", "特此函告"],
        &[],
    ),
    (
        &["notify", "assign-lawyer"],
        "letter",
        &["涉嫌盗窃罪一案", "（2026）示0101刑初7号", "担任其辩护人"],
        &["申请法律援助"],
    ),
    (
        &["apply", "propose-grant", "grant", "assign-lawyer", "accept", "ask-replacement", "replace-lawyer"],
        "replacement-notice",
        &["原由云州垚城律师事务所王祎堃律师承办", "改由云州江畔律师事务所李某某律师", "没有联系我", "未按时会见受援人"],
        &[],
    ),
    (
        &["apply", "propose-grant", "grant", "assign-lawyer", "accept", "ask-replacement", "keep-lawyer"],
        "keep-notice",
        &[
            "不予更换法律援助人员",
            "王祎堃律师",
            "没有联系我",
            "三次电话联系",
            "第五十五条",
            "受理机关：",
            "2026年2月18日请求",
        ],
        &[],
    ),
    (
        &["apply", "propose-grant", "grant", "assign-lawyer", "accept", "terminate"],
        "termination-decision",
        &[
            "终止法律援助决定书",
            "由云州垚城律师事务所王祎堃律师承办",
            "2026年4月1日自行委托",
            "自行委托律师或者其他代理人",
            "决定：终止法律援助",
            "东湖区司法局",
            "抄送：东湖区人民法院（模拟），云州垚城律师事务所",
        ],
        &[],
    ),
    (
        &["apply", "propose-refuse", "refuse", "object", "uphold"],
        "objection-decision",
        &[
            "东湖区司法局",
            "2026年2月15日作出的《不予法律援助决定书》",
            "于2026年2月16日向本机关提出",
            "不是本人签名",
            "委托属实",
            "维持东湖区法律援助中心的上述决定",
            "行政复议",
            "六十日内",
            "六个月内",
        ],
        &["责令"],
    ),
    (
        &["apply", "propose-refuse", "refuse", "object", "order-review"],
        "objection-decision",
        &["责令东湖区法律援助中心改正，重新审查。", "笔迹明显不符"],
        &["行政复议", "维持", "受理机关"],
    ),
    (
        &["apply", "propose-grant", "grant", "assign-lawyer", "accept", "terminate", "object", "order-resume"],
        "objection-decision",
        &["作出的《终止法律援助决定书》", "责令东湖区法律援助中心改正，恢复援助。"],
        &["行政复议", "维持"],
    ),
    (
        HANDLED,
        "closing-report",
        &[
            "结案报告表",
            "2026年2月16日",
            "2026年2月17日",
            "38,600.00元",
            "对方已履行完毕",
            "2026年7月20日",
            "支持全部请求",
            "仲裁裁决书.pdf",
            "仲裁申请书.pdf",
            "王祎堃",
        ],
        &[],
    ),
    (HANDLED, "handling-log", &["办案记录", "第二庭", "2026年3月10日", "律师事务所"], &[]),
    (
        PAID.split_at(9).0,
        "grading-sheet",
        &["质量评查表", "一次笔录未签日期", "优", "冯某", "云州东岸律师事务所", "第五十七条"],
        &[],
    ),
    (
        PAID,
        "subsidy-approval",
        &[
            "补贴审批表",
            "2800.00",
            "1.20",
            "3360.00",
            "叁仟叁佰陆拾元整",
            "2026年7月25日",
            "优",
            "核算补贴。按结案材料收齐日",
            "批准补贴。同意发放。",
            "赵垚",
            "钱祎",
        ],
        &["拟给予援助", "冯某"],
    ),
    (
        &["apply", "propose-grant", "grant", "serve"],
        "service-receipt",
        &["送达回证", "〔2026〕东给予法律援助决定书第1号", "直接送达", "2026年2月25日", "赵垚"],
        &[],
    ),
];

fn set(press: &Press, name: &str, data: &Value) -> paper::Pdf {
    press.render(&LAW.papers[name].template, data).unwrap_or_else(|error| panic!("{name}: {error}"))
}

#[test]
fn every_paper_says_what_it_was_given() {
    let Some(press) = press() else { return };
    for (acts, name, words, without) in PAPERS {
        let pdf = set(press, name, &issued(acts, name));
        keep(&format!("{name}-{}-{}", acts.len(), acts.last().unwrap()), &pdf.bytes);
        assert!(pdf.archival && pdf.bytes.starts_with(b"%PDF-1.7"), "{name}");
        assert!((1..=2).contains(&pdf.pages), "{name} has {} pages", pdf.pages);
        let Some(text) = text_of(&pdf.bytes) else { continue };
        let text = squeezed(&text);
        for word in *words {
            assert!(text.contains(word), "{name} after {acts:?} lacks {word}:\n{text}");
        }
        for word in *without {
            assert!(!text.contains(word), "{name} after {acts:?} has {word}:\n{text}");
        }
    }
}

#[test]
fn every_paper_of_the_law_is_tested_after_every_act_that_issues_it() {
    for (act, def) in &LAW.acts {
        for paper in &def.papers {
            let tested = PAPERS.iter().any(|(acts, name, ..)| acts.last() == Some(&act.as_str()) && name == paper);
            assert!(tested, "`{paper}` after `{act}` is not tested");
        }
    }
}

#[test]
fn a_paper_without_data_is_a_form_to_fill_in() {
    let Some(press) = press() else { return };
    for name in LAW.papers.keys() {
        let pdf = set(press, name, &bare());
        keep(&format!("bare-{name}"), &pdf.bytes);
        assert!((1..=2).contains(&pdf.pages), "{name} has {} pages", pdf.pages);
    }
}

#[test]
fn very_long_text_runs_over_the_page() {
    let Some(press) = press() else { return };
    let long = "用工单位长期拖欠工资，申请人多次催要未果，有欠条、考勤表和证人证言为证。\n".repeat(90);
    let check = |acts: &[&str], name: &str, field: &str| {
        let mut data = issued(acts, name);
        data["facts"][field]["text"] = json!(long);
        if data["act"]["facts"].get(field).is_some() {
            data["act"]["facts"][field]["text"] = json!(long);
        }
        let pdf = set(press, name, &data);
        keep(&format!("long-{name}"), &pdf.bytes);
        assert!(pdf.pages >= 3, "{name} has {} pages", pdf.pages);
        let Some(text) = text_of(&pdf.bytes) else { return };
        let count = squeezed(&text).matches("证人证言为证").count();
        assert!(count >= 85, "{name} lost text: {count} of 90");
    };
    check(&["apply"], "application-form", "facts-and-reasons");
    check(&["apply", "propose-grant", "grant"], "approval-form", "facts-and-reasons");
    check(&["apply", "propose-refuse", "refuse"], "refusal-decision", "refusal-reasons");
    check(PAID.split_at(9).0, "grading-sheet", "grade-reasons");
    check(HANDLED, "closing-report", "closing-summary");
}

#[test]
fn the_same_data_gives_the_same_bytes() {
    let Some(press) = press() else { return };
    let data = issued(&["apply"], "receipt-slip");
    let first = set(press, "receipt-slip", &data);
    press.rest();
    assert_eq!(first, set(press, "receipt-slip", &data));
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
    let check = |acts: &[&str], name: &str| {
        let mut data = issued(acts, name);
        data["remedy"] = Value::Null;
        let error = press.render(&LAW.papers[name].template, &data).unwrap_err();
        assert!(matches!(error, PaperError::Template { .. }), "{error:?}");
        assert!(error.to_string().contains("救济途径"), "{error}");
    };
    check(&["apply", "propose-refuse", "refuse"], "refusal-decision");
    check(&["apply", "propose-grant", "grant", "terminate"], "termination-decision");
    check(&["apply", "propose-refuse", "refuse", "object", "uphold"], "objection-decision");
    check(&["apply", "ask-supplement", "deem-withdrawn"], "withdrawal-notice");
    check(&["apply", "propose-grant", "grant", "assign-lawyer", "ask-replacement", "keep-lawyer"], "keep-notice");
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

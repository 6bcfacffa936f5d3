//! Simulated matters, handed to the press the way the office hands them in: names, titles,
//! articles and remedies come from the law file, so a paper is tested with what it will get.

use serde_json::{Map, Value, json};

use crate::law::LAW;

/// What is stated in each act of the simulated matters.
const STATED: &[(&str, &str, &str)] = &[
    ("apply", "case-kind", "民事"),
    ("apply", "cause", "请求确认劳动关系或者支付劳动报酬"),
    ("apply", "venue", "东湖区湖滨街道"),
    ("apply", "organ-name", "东湖区人民法院（模拟）"),
    (
        "apply",
        "facts-and-reasons",
        "2025年3月至11月，申请人在东湖区某工地从事木工，工资共计38600元，被申请人以工程款未结为由至今未付。\n申请人多次催要，对方表示 #没钱# 并称“$0 也没有”，<見附件> 【聊天记录】 *已保存* _截图_ @负责人 \\n 反斜杠。\n故申请法律援助，请求代为提起劳动仲裁和诉讼。",
    ),
    ("apply", "limitation-on", "2026年11月30日"),
    ("apply", "applicant.name", "犇赟喆"),
    ("apply", "applicant.id-number", "990102198104070015"),
    ("apply", "applicant.ethnicity", "汉族"),
    ("apply", "applicant.phone", "19900000001"),
    ("apply", "applicant.address", "示范市西山区石门镇柳湖村3组"),
    ("apply", "applicant.household", "示范市东湖区祎翀街道垚堃社区12号"),
    ("apply", "applicant.employer", "无固定单位"),
    ("apply", "work-form", "一般职工"),
    ("apply", "by-agent", "是"),
    ("apply", "agent.name", "镕翀"),
    ("apply", "agent.id-number", "990102198305120024"),
    ("apply", "agent.relation", "配偶"),
    ("apply", "opponent.name", "东湖某某建筑劳务有限公司"),
    ("apply", "opponent.code", "91990101MA00000007"),
    ("apply", "exempt-group", "索要劳动报酬或者请求工伤赔偿的进城务工人员"),
    ("apply", "exempt-proof", "务工证明.jpg"),
    ("apply", "family-size", "4"),
    ("apply", "income", "1,200.00元"),
    ("apply", "hardship-promise", "已承诺"),
    ("apply", "id-copy", "身份证正面.jpg、身份证背面.jpg"),
    ("apply", "case-papers", "工资欠条 #1 <原件>.pdf"),
    ("apply", "wishes", "1. 王祎堃　2. 李某某"),
    ("apply", "rota-consent", "是"),
    ("apply", "truthful", "是"),
    ("forward", "asked-at", "2026年2月12日16:30"),
    ("forward", "forwarded-from", "示范市看守所（模拟）"),
    ("forward", "venue", "东湖区"),
    ("forward", "case-kind", "刑事"),
    ("forward", "cause", "刑事辩护"),
    ("forward", "facts-and-reasons", "涉嫌盗窃，要求律师帮助。"),
    ("forward", "applicant.name", "犇赟喆"),
    ("forward", "applicant.id-number", "990102198104070015"),
    ("forward", "exempt-group", "都不是"),
    ("notify", "organ-name", "东湖区人民法院（模拟）"),
    ("notify", "venue", "东湖区"),
    ("notify", "case-kind", "刑事"),
    ("notify", "organ-case", "（2026）示0101刑初7号"),
    ("notify", "criminal-stage", "审判"),
    ("notify", "organ-contact", "周某，0990-8100501"),
    ("notify", "applicant.name", "犇赟喆"),
    ("notify", "applicant.id-number", "990102198104070015"),
    ("notify", "notice-ground", "视力、听力、言语残疾人"),
    ("notify", "charge", "盗窃罪"),
    ("notify", "held-at", "示范市看守所（模拟）"),
    ("notify", "case-papers", "通知辩护公函.pdf"),
    (
        "ask-supplement",
        "supplement-list",
        "1. 与用工单位存在劳动关系的材料，如考勤记录、工作证、聊天记录；\n2. 欠薪数额的说明。",
    ),
    ("supplement", "supplement-note", "补交考勤记录。"),
    ("supplement", "supplement-files", "考勤记录.pdf"),
    ("propose-grant", "applicant-groups", "农民工、残疾人"),
    ("propose-grant", "review-opinion", "符合法律援助条件，拟同意给予，请审批。"),
    ("propose-refuse", "refusal-ground", "已经委托代理人或者辩护人"),
    ("propose-refuse", "review-opinion", "申请人已委托代理人，拟不予，请审批。"),
    ("grant", "approval-opinion", "同意。"),
    ("refuse", "approval-opinion", "同意经办人意见。"),
    ("refuse", "refusal-reasons", "经核实，你已于2026年2月1日委托云州江畔律师事务所代理本案。"),
    ("aid-first", "urgent-ground", "距法定时效或者期限届满不足七日"),
    ("aid-first", "approval-opinion", "先行提供，手续后补。"),
    ("assign-lawyer", "assign-note", "受援人听力不便，请用短信联系。"),
    ("log-meeting", "met-on", "2026年3月2日"),
    ("log-meeting", "met-where", "律师事务所"),
    ("log-meeting", "met-what", "了解用工经过，核对工资数额，告知权利义务。"),
    ("ask-replacement", "replacement-reason", "律师一个月没有联系我。"),
    ("replace-lawyer", "replace-why", "经核实，原承办律师未按时会见受援人。"),
    ("keep-lawyer", "keep-why", "经核实，承办律师已三次电话联系并有记录，依法履行了职责。"),
    ("terminate", "termination-ground", "自行委托律师或者其他代理人"),
    ("terminate", "termination-reasons", "受援人于2026年4月1日自行委托律师代理本案。"),
    ("object", "objection-reasons", "本人没有委托过律师，委托书上不是本人签名。"),
    ("uphold", "objection-findings", "经调取委托合同和转账记录，委托属实。"),
    ("order-review", "objection-findings", "委托书签名与本人笔迹明显不符，中心没有核实。"),
    ("order-resume", "objection-findings", "没有证据证明受援人自行委托律师。"),
    ("report-closing", "ended-on", "2026年7月20日"),
    ("report-closing", "outcome", "判决、裁决支持全部请求"),
    ("report-closing", "recovered", "38,600.00元"),
    (
        "report-closing",
        "closing-summary",
        "接受指派后会见受援人三次，调取工资表和考勤记录，代为申请劳动仲裁，开庭一次。\n仲裁裁决支持全部请求，对方已履行完毕。",
    ),
    ("report-closing", "judgment", "仲裁裁决书.pdf"),
    ("report-closing", "pleading", "仲裁申请书.pdf"),
    ("grade", "grade", "优"),
    ("grade", "grade-reasons", "会见及时，笔录完整；一次笔录未签日期。代理意见事实清楚，法律适用准确。"),
    ("propose-subsidy", "subsidy-note", "按结案材料收齐日的标准核算。"),
    ("propose-subsidy", "subsidy", "3,360.00元"),
    ("approve-subsidy", "subsidy-opinion", "同意发放。"),
    ("serve", "served-paper", "给予法律援助决定书"),
    ("serve", "served-to", "犇赟喆"),
    ("serve", "served-how", "直接送达"),
    ("serve", "served-on", "2026年2月25日"),
];

/// Whose hand does an act: seat and name. What is not here the clerk does.
const HANDS: &[(&str, &str, &str)] = &[
    ("apply", "window", "孙某"),
    ("forward", "forwarder", "吴某"),
    ("notify", "organ", "周某"),
    ("supplement", "applicant", "申请人（受援人）"),
    ("deem-withdrawn", "clock", "期限届满"),
    ("grant", "aid-director", "钱祎"),
    ("refuse", "aid-director", "钱祎"),
    ("aid-first", "aid-director", "钱祎"),
    ("terminate", "aid-director", "钱祎"),
    ("approve-subsidy", "aid-director", "钱祎"),
    ("accept", "lawyer", "王祎堃"),
    ("log-meeting", "lawyer", "王祎堃"),
    ("report-closing", "lawyer", "王祎堃"),
    ("ask-replacement", "applicant", "申请人（受援人）"),
    ("object", "applicant", "申请人（受援人）"),
    ("uphold", "bureau-reviewer", "郑某"),
    ("order-review", "bureau-reviewer", "郑某"),
    ("order-resume", "bureau-reviewer", "郑某"),
    ("grade", "peer", "冯某"),
];

/// One matter as far as it got.
struct Story {
    facts: Map<String, Value>,
    signers: Vec<Value>,
    issued: Vec<Value>,
    acts: Vec<Value>,
    lawyer: Option<&'static str>,
}

fn fact(key: &str, text: &str) -> Value {
    let title = LAW.fields.get(key).unwrap_or_else(|| panic!("the law has no field `{key}`"));
    json!({ "label": title, "text": text })
}

fn date(at: usize) -> String {
    format!("2026-02-{:02}", 13 + at)
}

fn seat_in_slot(facts: &mut Map<String, Value>, key: &str, name: &str, firm: &str) {
    facts.retain(|known, _| !known.starts_with(&format!("{key}.")));
    let mut put = |what: &str, label: &str, text: &str| {
        facts.insert(format!("{key}.{what}"), json!({ "label": label, "text": text }));
    };
    put("name", "承办律师", name);
    put("firm", "执业机构", firm);
    put("licence", "执业证号", "99901201810000001");
    put("phone", "电话", "19900000022");
}

/// What an act leaves behind in the slots: the one who came, and the one who went.
fn slots(story: &mut Story, act: &str) {
    let firm =
        |name: &str| if name == "王祎堃" { "云州垚城律师事务所" } else { "云州江畔律师事务所" };
    story.facts.retain(|key, _| !key.starts_with("former-"));
    let next = match act {
        "assign-lawyer" => Some("王祎堃"),
        "replace-lawyer" => Some("李某某"),
        "terminate" => None,
        "assign-peer" => return seat_in_slot(&mut story.facts, "peer", "冯某", "云州东岸律师事务所"),
        _ => return,
    };
    if let Some(left) = story.lawyer.filter(|left| Some(*left) != next) {
        story.facts.retain(|key, _| !key.starts_with("lawyer."));
        seat_in_slot(&mut story.facts, "former-lawyer", left, firm(left));
    }
    if let Some(name) = next {
        seat_in_slot(&mut story.facts, "lawyer", name, firm(name));
    }
    story.lawyer = next;
}

/// The number of a paper; one without a series carries that of the matter.
fn numbered(paper: &str) -> String {
    let paper = &LAW.papers[paper];
    if paper.numbered {
        format!("〔2026〕东{}第1号", paper.title)
    } else {
        "〔2026〕东援申字第1号".to_owned()
    }
}

/// The data of a paper issued by the last of these acts.
pub fn issued(acts: &[&str], paper: &str) -> Value {
    let mut story = Story { facts: Map::new(), signers: vec![], issued: vec![], acts: vec![], lawyer: None };
    let mut last = Value::Null;
    for (at, act) in acts.iter().enumerate() {
        last = done(&mut story, act, at);
    }
    let name = *acts.last().unwrap();
    let def = &LAW.acts[name];
    assert!(def.papers.iter().any(|known| known == paper), "{name} does not issue {paper}");
    let facts = &story.facts;
    let text = |key: &str| facts.get(key).map(|fact| fact["text"].clone()).unwrap_or_default();
    let bureau = last["role"] == "司法局异议审查人";
    let recipient = LAW.papers[paper]
        .to
        .as_deref()
        .map(|to| text(&if to == "organ" { "organ-name".to_owned() } else { format!("{to}.name") }));
    json!({
        "office": {
            "name": if bureau { "东湖区司法局" } else { "东湖区法律援助中心" }, "short": "东", "phone": "0990-8100148",
            "address": "东湖区湖滨路10号", "parent": if bureau { "示范市司法局" } else { "东湖区司法局" }
        },
        "owner": { "name": "东湖区法律援助中心", "phone": "0990-8100148", "address": "东湖区湖滨路10号" },
        "number": numbered(paper),
        "date": last["at"],
        "matter": {
            "number": "〔2026〕东援申字第1号", "title": format!("法律援助：{}", text("cause").as_str().unwrap_or_default()),
            "opened_on": date(0), "channel": "法律援助中心窗口"
        },
        "facts": story.facts,
        "lists": { "materials": materials(facts), "log": log(), "papers": served(name), "issued": story.issued, "acts": story.acts },
        "act": last,
        "remedy": def.remedy.as_ref().map(|[text, body, term, cite]| json!({
            "text": text, "body": body.replace("司法行政部门", "司法行政部门（东湖区司法局）"), "term": term, "cite": cite
        })),
        "cites": def.cites,
        "signers": story.signers,
        "deadline": deadline(name),
        "recipient": recipient,
        "qr": (acts.len() == 1).then_some("xiezhi:receipt:〔2026〕东援申字第1号:66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"),
        "seal": LAW.papers[paper].sealed,
        "money": acts.contains(&"propose-subsidy").then(|| json!({
            "base": "2800.00", "factor": "1.20", "amount": "3360.00", "capital": "叁仟叁佰陆拾元整",
            "governing_date": "2026-07-25", "kind": "民事"
        }))
    })
}

/// Does one act; gives the paper's `act`.
fn done(story: &mut Story, act: &str, at: usize) -> Value {
    let def = LAW.acts.get(act).unwrap_or_else(|| panic!("the law has no act `{act}`"));
    let stated: Map<String, Value> = STATED
        .iter()
        .filter(|(of, ..)| *of == act)
        .map(|(_, key, text)| {
            let declared = def.fields.iter().any(|(field, _)| field == key) || *key == "subsidy";
            assert!(declared, "`{act}` does not ask `{key}`");
            ((*key).to_owned(), fact(key, text))
        })
        .collect();
    slots(story, act);
    story.facts.extend(stated.clone());
    if stated.contains_key("applicant.id-number") {
        story.facts.insert("applicant.sex".to_owned(), json!({ "label": "性别", "text": "男" }));
        story.facts.insert("applicant.birth".to_owned(), json!({ "label": "出生日期", "text": "1981年4月7日" }));
    }
    let long = def.fields.iter().filter(|(_, kind)| kind == "long");
    let words: Vec<&str> = long.filter_map(|(field, _)| stated.get(field)?["text"].as_str()).collect();
    let (_, seat, by) = HANDS.iter().find(|(of, ..)| *of == act).unwrap_or(&("", "aid-clerk", "赵垚"));
    if def.kind == "propose" || def.kind == "decide" {
        story.signers.push(json!({
            "kind": def.kind, "role": LAW.seats[*seat], "name": by, "date": date(at),
            "opinion": format!("{}。{}", def.title, words.first().unwrap_or(&""))
        }));
    }
    story.acts.push(json!({ "name": def.title, "date": date(at) }));
    for paper in &def.papers {
        story.issued.push(json!({ "name": LAW.papers[paper].title, "number": numbered(paper), "date": date(at) }));
    }
    json!({ "title": def.title, "reason": words.last(), "by": by, "role": LAW.seats[*seat], "at": date(at), "facts": stated })
}

fn materials(facts: &Map<String, Value>) -> Vec<Value> {
    let files = ["id-copy", "exempt-proof", "case-papers"].into_iter().filter_map(|key| facts.get(key));
    files
        .map(|file| json!({ "name": file["label"], "copies": "1", "kind": "电子件", "remark": file["text"] }))
        .collect()
}

fn log() -> Value {
    json!([
        { "date": "2026-03-02", "kind": "会见", "place": "律师事务所", "text": "了解用工经过，核对工资数额，告知权利义务。", "by": "王祎堃" },
        { "date": "2026-03-10", "kind": "阅卷、取证", "place": "东湖区仲裁院", "text": "查阅对方提交的考勤表，共12页。", "by": "王祎堃" },
        { "date": "2026-04-15", "kind": "开庭、仲裁、调解", "place": "东湖区仲裁院第二庭", "text": "争议焦点：劳动关系主体、工资数额。", "by": "王祎堃" }
    ])
}

fn served(act: &str) -> Value {
    if act == "serve" {
        return json!([{ "name": "给予法律援助决定书", "number": numbered("grant-decision"), "copies": "1" }]);
    }
    json!([])
}

/// The limit an act starts, as the office words it.
fn deadline(act: &str) -> Value {
    match act {
        "apply" | "forward" | "order-review" => {
            json!({ "on": "2026-02-24", "text": "审查决定期限7日，法律援助法第四十三条" })
        }
        "notify" => json!({ "on": "2026-02-24", "text": "收到通知后的指派期限3日，法律援助法第三十六条" }),
        "ask-supplement" => json!({ "on": "2026-03-02", "text": "补充材料期限15日" }),
        "grant" | "aid-first" => json!({ "on": "2026-02-27", "text": "指派期限3日，法律援助法第四十三条" }),
        _ => Value::Null,
    }
}

/// An application as it comes, for tests that need any paper.
pub fn full() -> Value {
    issued(&["apply", "propose-grant", "grant"], "grant-decision")
}

/// As little as a paper can be given: the remedy, which the law requires.
pub fn bare() -> Value {
    json!({ "remedy": { "body": "东湖区司法局" } })
}

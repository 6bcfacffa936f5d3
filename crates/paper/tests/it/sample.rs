//! The press over the templates of this repository, and simulated people.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::LazyLock;

use paper::{Fonts, Press};
use serde_json::{Value, json};

/// All templates below `law/papers`.
pub fn templates() -> BTreeMap<String, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../law/papers");
    let mut found = BTreeMap::new();
    gather(&root, &root, &mut found);
    assert!(found.len() >= 24, "law/papers has {} templates", found.len());
    found
}

fn gather(root: &Path, folder: &Path, found: &mut BTreeMap<String, String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            gather(root, &path, found);
        } else if path.extension().is_some_and(|e| e == "typ") {
            let name = path.strip_prefix(root).unwrap().to_str().unwrap().replace('\\', "/");
            found.insert(name, std::fs::read_to_string(&path).unwrap());
        }
    }
}

static PRESS: LazyLock<Option<Press>> = LazyLock::new(|| match Fonts::find(&[]) {
    Ok(fonts) => Some(Press::new(fonts, templates())),
    Err(missing) => {
        eprintln!("skipped: {missing}");
        None
    }
});

/// The press of all tests; `None`, with a visible line, without fonts.
pub fn press() -> Option<&'static Press> {
    PRESS.as_ref()
}

/// Text of a PDF in reading order; `None`, with a visible line, without
/// `pdftotext`.
pub fn text_of(bytes: &[u8]) -> Option<String> {
    read_back(bytes, &[])
}

/// The same, with words on one line of the page on one line of the text.
pub fn lines_of(bytes: &[u8]) -> Option<String> {
    read_back(bytes, &["-layout"])
}

fn read_back(bytes: &[u8], options: &[&str]) -> Option<String> {
    let mut command = Command::new("pdftotext");
    command.args(options).args(["-", "-"]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let Ok(mut reader) = command.spawn() else {
        eprintln!("skipped: pdftotext is not installed, the text of the PDF is not read back");
        return None;
    };
    reader.stdin.take().unwrap().write_all(bytes).unwrap();
    let output = reader.wait_with_output().unwrap();
    assert!(output.status.success(), "pdftotext could not read the PDF");
    Some(String::from_utf8(output.stdout).unwrap())
}

/// Text without any blank, for looking up words that were broken over lines.
pub fn squeezed(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

/// Keeps a PDF for a person to look at when `PAPER_OUT` names a folder.
pub fn keep(name: &str, bytes: &[u8]) {
    if let Some(folder) = std::env::var_os("PAPER_OUT").map(PathBuf::from) {
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join(format!("{name}.pdf")), bytes).unwrap();
    }
}

fn facts() -> Value {
    let pairs = [
        ("applicant.name", "姓名", "犇赟喆"),
        ("applicant.sex", "性别", "男"),
        ("applicant.birth", "出生日期", "1981年4月7日"),
        ("applicant.ethnicity", "民族", "汉族"),
        ("applicant.id-number", "身份证号", "990102198104070015"),
        ("applicant.phone", "联系电话", "19900000001"),
        ("applicant.household", "户籍地", "云州省临江市河东区祎翀街道垚堃社区12号"),
        ("applicant.address", "经常居住地", "云州省临江市河西区城南镇柳湖村3组"),
        ("agent.name", "代理人", "镕翀"),
        ("agent.relation", "代理关系", "委托代理人（配偶）"),
        ("opponent.name", "对方当事人", "临江某某建筑劳务有限公司"),
        ("cause", "案由", "追索劳动报酬纠纷"),
        (
            "facts-and-reasons",
            "案情及申请理由",
            "2025年3月至11月，申请人在临江市河东区某工地从事木工，工资共计38600元，被申请人以工程款未结为由至今未付。\n申请人多次催要，对方表示 #没钱# 并称“$0 也没有”，<見附件> 【聊天记录】 *已保存* _截图_ @负责人 \\n 反斜杠。\n故申请法律援助，请求代为提起劳动仲裁和诉讼。",
        ),
        ("income", "家庭收入", "月均收入1200元"),
        ("family-size", "家庭人口", "4人"),
        ("exempt", "免核查情形", "请求支付劳动报酬的进城务工人员"),
        ("hardship-promise", "经济困难承诺", "已作出个人诚信承诺"),
        ("lawyer.name", "承办律师", "王祎堃"),
        ("lawyer.firm", "律师事务所", "云州垚城律师事务所"),
        ("lawyer.licence", "执业证号", "99901201810000001"),
        ("lawyer.phone", "律师电话", "19900000022"),
        ("court", "办案机关", "临江市河东区人民法院"),
        ("grade", "质量等级", "优"),
        ("recovered", "挽回损失", "38600.00元"),
        ("closed-on", "结案日期", "2026年7月20日"),
        ("summary", "承办情况小结", "接受指派后会见受援人三次，调取工资表和考勤记录，代为申请劳动仲裁，开庭一次。"),
        ("result", "办理结果", "仲裁裁决支持全部请求，对方已履行完毕。"),
        ("former-lawyer.name", "原承办人", "李某某"),
        ("former-lawyer.firm", "原承办单位", "云州江畔律师事务所"),
        ("capacity", "诉讼地位", "诉讼代理人"),
        ("aid-form", "援助方式", "民事诉讼代理"),
        ("disputed-by", "作出机构", "临江市法律援助中心"),
        ("disputed-on", "作出日期", "2026-02-24"),
        ("disputed-decision", "决定名称", "不予法律援助决定书"),
        ("disputed-number", "文号", "〔2026〕援不字第2号"),
        ("objected-on", "异议日期", "2026-02-27"),
        ("objection", "异议内容", "本人属于进城务工人员，应当免予核查经济困难状况。"),
        ("served-by", "送达方式", "直接送达"),
        ("served-at", "送达地点", "临江市法律援助中心窗口"),
    ];
    pairs
        .iter()
        .map(|(key, label, text)| ((*key).to_owned(), json!({ "label": label, "text": text })))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

/// A matter with everything filled in. All people are simulated.
pub fn full() -> Value {
    json!({
        "office": {
            "name": "临江市法律援助中心", "short": "临援", "phone": "990-12348",
            "address": "临江市河东区平安路1号", "parent": "临江市司法局"
        },
        "number": "〔2026〕援申字第1号",
        "date": "2026-02-24",
        "matter": {
            "number": "9901002026000001", "title": "犇赟喆追索劳动报酬法律援助",
            "opened_on": "2026-02-13", "channel": "河东区司法所窗口"
        },
        "facts": facts(),
        "lists": {
            "materials": [
                { "name": "居民身份证", "copies": "1", "kind": "复印件", "remark": "" },
                { "name": "工资欠条 #1 <原件>", "copies": "2", "kind": "复印件", "remark": "核对无异" },
                { "name": "经济困难诚信承诺书", "copies": "1", "kind": "原件", "remark": "" }
            ],
            "supplements": [
                { "name": "与用工单位存在劳动关系的材料", "reason": "如考勤记录、工作证、聊天记录" },
                { "name": "欠薪数额的说明" }
            ],
            "papers": [
                { "name": "给予法律援助决定书", "number": "〔2026〕援决字第1号", "copies": "1份" },
                { "name": "权利义务告知书", "copies": "1份" }
            ],
            "criteria": [
                { "name": "接受指派", "standard": "按时联系受援人并办理委托手续", "full": "10", "score": "10" },
                { "name": "会见和阅卷", "standard": "及时会见，笔录完整；阅卷摘要齐全", "full": "30", "score": "28", "remark": "一次笔录未签日期" },
                { "name": "代理意见", "standard": "事实清楚，法律适用准确", "full": "40", "score": "38" },
                { "name": "归档", "standard": "材料齐全，顺序规范", "full": "20", "score": "19" }
            ],
            "log": [
                { "date": "2026-03-02", "kind": "会见", "place": "本所接待室", "text": "了解用工经过，核对工资数额，告知权利义务。", "by": "王祎堃" },
                { "date": "2026-03-10", "kind": "阅卷", "place": "河东区仲裁院", "text": "查阅对方提交的考勤表，共12页。", "by": "王祎堃" },
                { "date": "2026-04-15", "kind": "开庭", "place": "河东区仲裁院第二庭", "text": "争议焦点：劳动关系主体、工资数额。", "by": "王祎堃" }
            ]
        },
        "act": {
            "title": "审查", "by": "赵垚", "at": "2026-02-24",
            "reason": "申请人属于请求支付劳动报酬的进城务工人员，免予核查经济困难状况。"
        },
        "remedy": {
            "text": "你对本决定有异议的，可以向设立本机构的临江市司法局提出；临江市司法局应当自收到异议之日起五日内进行审查。",
            "body": "临江市司法局", "term": "", "cite": "法律援助法第四十九条"
        },
        "cites": ["法律援助法第四十二条", "法律援助法第四十三条"],
        "signers": [
            { "role": "审查意见", "name": "赵垚", "date": "2026-02-14", "opinion": "符合法律援助条件，拟同意给予法律援助，请审批。" },
            { "role": "审批意见", "name": "钱祎", "date": "2026-02-24", "opinion": "同意。" }
        ],
        "deadline": { "on": "2026-02-27", "text": "自作出决定之日起三日内" },
        "recipient": "犇赟喆",
        "qr": "xiezhi:receipt:9901002026000001:66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0",
        "seal": true,
        "money": {
            "base": "2800.00", "factor": "1.20", "amount": "3360.00", "capital": "叁仟叁佰陆拾元整",
            "governing_date": "2026-07-20", "kind": "民事诉讼代理"
        }
    })
}

/// As little as a paper can be given: the remedy, which the law requires.
pub fn bare() -> Value {
    json!({ "remedy": { "body": "临江市司法局" } })
}

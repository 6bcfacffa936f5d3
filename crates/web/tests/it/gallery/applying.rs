//! Applying and following with simulated data.

use web::components::Link;
use web::components::field::*;
use web::components::parts::*;
use web::pages::apply::*;
use web::pages::identity::{Mine, Own};
use web::pages::shell::PublicShell;
use web::pages::status::*;

use super::sample::*;
use super::{Shown, shown};

/// All of them.
pub fn pages() -> Vec<Shown> {
    vec![
        shown("apply-step", &apply_person()),
        shown("apply-hardship", &apply_hardship(false)),
        shown("apply-hardship-large", &apply_hardship(true)),
        shown("apply-review", &apply_review()),
        shown("done", &done()),
        shown("mine", &mine()),
        shown(
            "status-find",
            &StatusFind {
                shell: shell("查进度", false),
                action: "/status".into(),
                keys: keys(None),
                fields: vec![
                    wrong(
                        line("number", "办件编号", "", Width::Long, "例如 990102-LA-2026-000017，写在凭证上。"),
                        "请填写办件编号",
                    ),
                    line("phone", "手机号", "138 0000 0000", Width::Medium, "申请时留的那个手机号。"),
                ],
                errors: ErrorSummary {
                    errors: vec![FieldError { id: "number".into(), text: "请填写办件编号".into() }],
                },
                ways: vec![Link::new("用省统一身份认证看我的全部办件", "/mine/with/province")],
            },
        ),
        shown(
            "status-code",
            &StatusCode {
                shell: shell("填验证码", false),
                phone: "138****0017".into(),
                valid: "10分钟内有效".into(),
                action: "/status/code".into(),
                again_action: "/status/again".into(),
                keys: keys(None),
                field: line("code", "验证码", "", Width::Short, "短信里的6位数字。"),
                errors: ErrorSummary::default(),
            },
        ),
        shown("status", &status(true)),
        shown("status-running", &status(false)),
        shown("looks", &looks()),
        shown("party-act", &party_act()),
    ]
}

fn steps(now: usize) -> Steps {
    Steps { names: ["什么事", "申请人", "经济状况", "材料", "选律师"].map(String::from).to_vec(), now }
}

fn person_fields() -> Vec<FieldView> {
    vec![
        FieldView::new(
            "known.area",
            "受理机构",
            FieldInput::Known {
                value: "示范市法律援助中心".into(),
                source: "按您上一步选的“在示范市的单位欠薪”得出，不用再填".into(),
            },
        ),
        FieldView::new(
            "applicant",
            "申请人",
            FieldInput::Person {
                fields: vec![
                    line("applicant.name", "姓名", "周小满", Width::Medium, "和身份证上一样。"),
                    wrong(
                        line(
                            "applicant.id_number",
                            "身份证号",
                            "99010219900307002X",
                            Width::Long,
                            "18位，最后一位可能是X。",
                        ),
                        "身份证号最后一位对不上，请对着身份证再看一遍",
                    ),
                    wrong(
                        line("applicant.phone", "手机号", "1380000001", Width::Medium, "验证码和进度会发到这个号码。"),
                        "手机号应该是11位，现在是10位",
                    ),
                ],
            },
        ),
        radio(
            "for_whom",
            "您为谁申请？",
            "self",
            &[
                ("self", "为自己", ""),
                ("ward", "为不能自己申请的家人", "未成年人、精神障碍者等，由法定代理人代为申请"),
                ("detained", "为被关押的家人", "近亲属可以代为申请"),
            ],
        ),
        FieldView {
            hint: "例如 2026-03-15。记不清就填大概的日子。".into(),
            ..FieldView::new("since", "从哪天开始欠的", FieldInput::Date { value: "2026-03-15".into() })
        },
        FieldView {
            hint: "谁、什么时候、欠了多少、要过没有。像跟人说话一样写就行。".into(),
            ..FieldView::new(
                "story",
                "事情经过",
                FieldInput::TextArea {
                    value: "3月到7月在东湖区工地做木工，老板说好每天320元，到现在只给过2000元生活费。".into(),
                    rows: 5,
                    phrases: vec![],
                },
            )
        },
        optional(FieldView::new("amount", "一共欠多少", FieldInput::Money { value: "36800.00".into() })),
    ]
}

fn apply_person() -> ApplyStep {
    let fields = person_fields();
    ApplyStep {
        shell: PublicShell { wrong: true, ..shell("申请人", false) },
        steps: steps(2),
        heading: "申请人和事情经过".into(),
        lead: String::new(),
        action: "/apply/legal-aid/2".into(),
        keys: keys(None),
        errors: ErrorSummary::of(&fields),
        fields,
        saved: "已于 10:32 保存，关掉网页也不会丢。".into(),
        previous_href: Some("/apply/legal-aid/1".into()),
    }
}

fn apply_hardship(large: bool) -> ApplyStep {
    let file = |name: &str, size: &str| UploadedFile {
        id: name.into(),
        name: name.into(),
        size: size.into(),
        href: "/file/1".into(),
    };
    let lawyers = [
        ("1", "程守正（示范正衡律师事务所，劳动争议）", ""),
        ("2", "陆明法（示范明法律师事务所，劳动争议、人身损害）", ""),
        ("3", "何以宁（示范正衡律师事务所，婚姻家庭）", ""),
    ];
    ApplyStep {
        shell: shell("经济状况", large),
        steps: steps(3),
        heading: "经济状况".into(),
        lead: "讨要工资的进城务工人员，不用填收入。您选了这一项，只要有材料证明身份就行。".into(),
        action: "/apply/legal-aid/3".into(),
        keys: keys(None),
        fields: vec![
            cited(
                FieldView {
                    hint: "符合任何一条，就不用证明经济困难。".into(),
                    ..FieldView::new(
                        "exempt",
                        "您属于下面哪些人？",
                        FieldInput::Checkbox {
                            choices: choices(
                                "migrant",
                                &[
                                    ("minor", "无固定生活来源的未成年人、老年人、残疾人", ""),
                                    ("relief", "社会救助、司法救助或者优抚对象", "低保、特困、烈属等"),
                                    ("migrant", "讨要工资或者工伤赔偿的进城务工人员", ""),
                                ],
                            ),
                        },
                    )
                },
                "第四十二条",
            ),
            promise(),
            FieldView {
                hint: "PDF 或照片，每份不超过20 MB。可以先传一部分，以后再补。".into(),
                required: false,
                ..FieldView::new(
                    "proof",
                    "证明材料",
                    FieldInput::Files {
                        uploaded: vec![file("工资欠条.jpg", "1.2 MB"), file("居住证.pdf", "380 KB")],
                        accept: ".pdf,.jpg,.jpeg,.png".into(),
                        many: true,
                    },
                )
            },
            FieldView {
                hint: "不选也可以，由中心按轮值指派。".into(),
                required: false,
                ..FieldView::new(
                    "lawyers",
                    "想请哪位律师",
                    FieldInput::Ranking {
                        places: vec![choices("1", &lawyers), choices("2", &lawyers), choices("", &lawyers)],
                    },
                )
            },
        ],
        errors: ErrorSummary::default(),
        saved: String::new(),
        previous_href: Some("/apply/legal-aid/2".into()),
    }
}

fn apply_review() -> ApplyReview {
    ApplyReview {
        shell: shell("检查", false),
        steps: steps(5),
        sections: vec![
            facts(true),
            SummaryList {
                title: "材料和律师".into(),
                rows: vec![
                    SummaryRow {
                        key: "材料".into(),
                        value: SummaryValue::Lines(vec!["工资欠条.jpg".into(), "居住证.pdf".into()]),
                        change: Some("/apply/legal-aid/4".into()),
                    },
                    SummaryRow::text("想请的律师", "1 程守正；2 陆明法").changed_at("/apply/legal-aid/5"),
                ],
            },
        ],
        open_points: vec![],
        declaration: vec![
            "上面的内容都是真的，有变化会及时告诉中心。".into(),
            "知道可以随时查进度、补材料，也可以撤回申请。".into(),
        ],
        action: "/apply/legal-aid/send".into(),
        keys: keys(None),
        submit: "提交申请".into(),
        previous_href: "/apply/legal-aid/5".into(),
    }
}

fn done() -> Done {
    Done {
        shell: PublicShell { back: None, ..shell("已收到", false) },
        heading: "申请收到了".into(),
        number: "990102-LA-2026-000017".into(),
        receipt: ReceiptCard {
            number: "990102-LA-2026-000017".into(),
            what: "法律援助申请和2份材料".into(),
            received_at: "2026年10月8日 10:41".into(),
            fingerprint: "8f3a 02c1 97de 4b60".into(),
            qr: qr(),
            qr_text: "凭证二维码，扫码打开核验页".into(),
            download: Link::new("下载凭证文件", "/receipt.json"),
            paper: Some(Link::new("接收凭证（PDF）", "/receipt.pdf")),
            verify_href: "/verify".into(),
        },
        next: vec![
            "中心审查您的申请，材料不齐会一次说清。".into(),
            "决定给予援助的，3日内给您指派律师。".into(),
            "每有进展都会发短信，也可以随时查。".into(),
        ],
        deadline: review_clock(false),
        follow: Link::new("看这件事的进度", "/status/1"),
    }
}

fn status(waiting: bool) -> Status {
    let action = |label: &str, about: &str, urgent| PartyAction {
        label: label.into(),
        about: about.into(),
        href: "/status/1/act".into(),
        urgent,
    };
    Status {
        shell: PublicShell { back: None, ..shell("我的办件", false) },
        number: "990102-LA-2026-000017".into(),
        heading: "追讨劳动报酬的法律援助".into(),
        state: if waiting { Tag::new(Tone::Care, "等您补材料") } else { Tag::new(Tone::Info, "审查中") },
        sealed: String::new(),
        notice: None,
        deadlines: vec![if waiting { stopped_clock() } else { review_clock(true) }],
        actions: vec![
            action("补充材料", "缺一份在工地干活的证明", waiting),
            action("撤回申请", "撤回后还可以再申请", false),
        ],
        timeline: timeline(),
        papers: FileList {
            files: vec![
                FileLink {
                    name: "接收凭证".into(),
                    about: "PDF，64 KB".into(),
                    href: "/paper/1".into(),
                    note: "2026年10月8日".into(),
                    beside: None,
                },
                FileLink {
                    name: "补充材料通知书 示法援补〔2026〕3号".into(),
                    about: "PDF，71 KB".into(),
                    href: "/paper/2".into(),
                    note: "2026年10月11日 短信送达".into(),
                    beside: None,
                },
            ],
            empty: "还没有文书。".into(),
        },
        facts: facts(false),
        looks: 1,
        contact: vec!["示范市法律援助中心 12348".into(), "对办理不满意，可以向示范市司法局投诉。".into()],
        csrf: "c".into(),
    }
}

fn looks() -> Looks {
    Looks {
        shell: shell("谁看过我的材料", false),
        number: "990102-LA-2026-000017".into(),
        looks: vec![Look {
            when: "2026年10月9日 09:12".into(),
            who: "示范市法律援助中心　审查人员　沈某某".into(),
            what: "“身份证号”".into(),
            purpose: "核对身份".into(),
            why: "核对户籍信息".into(),
        }],
        contact: vec!["示范市法律援助中心 12348".into()],
    }
}

fn party_act() -> PartyAct {
    PartyAct {
        shell: shell("换律师", false),
        heading: "请求更换律师".into(),
        matter: "990102-LA-2026-000017".into(),
        lead: vec!["律师没有依法履行职责的，您可以请求更换。中心会核实，换不换都会书面告诉您。".into()],
        action: "/status/1/act".into(),
        keys: keys(Some(7)),
        fields: vec![
            radio(
                "reason",
                "为什么要换？",
                "",
                &[
                    ("absent", "联系不上，或者一直不办", ""),
                    ("conflict", "和对方有关系", ""),
                    ("fee", "向我收钱", "法律援助不收费，收钱是违法的"),
                    ("other", "别的原因", ""),
                ],
            ),
            FieldView::new(
                "detail",
                "说一说经过",
                FieldInput::TextArea { value: String::new(), rows: 4, phrases: vec![] },
            ),
        ],
        errors: ErrorSummary::default(),
        submit: "提出请求".into(),
        cancel_href: "/status/1".into(),
        articles: vec![quote43()],
    }
}

fn mine() -> Mine {
    let own = Own {
        title: "法律援助：讨薪".into(),
        about: "〔2026〕东援申字第1号，2026年3月2日，受理审查".into(),
        matter: "m1".into(),
        about_button: "打开法律援助：讨薪".into(),
    };
    Mine { shell: shell("我的办件", false), keys: keys(None), own: vec![own] }
}

//! The books of the office with simulated data: registers, numbers, money, messages, statute.

use web::components::Link;
use web::components::field::*;
use web::components::parts::*;
use web::components::table::*;
use web::pages::ledger::*;
use web::pages::reference::*;

use super::desk::{counter, date, heads, pager, shell, tabs};
use super::sample::{choices, keys, line, optional, quote43};
use super::{Shown, shown};

/// All of them.
pub fn pages() -> Vec<Shown> {
    vec![
        shown("work-registers", &registers()),
        shown("work-numbers", &numbers()),
        shown("work-money", &money()),
        shown("work-outbox", &outbox()),
        shown("work-law", &law()),
    ]
}

fn registers() -> Registers {
    let entry = |n: &str, name: &str, until: &str| {
        vec![
            Cell::text(n),
            Cell::Head(Link::new(name, "/r")),
            Cell::text("示范正衡律师事务所"),
            Cell::text("199902201810××××××"),
            Cell::text("劳动争议、人身损害"),
            Cell::Figure("3/6".into()),
            Cell::text("2024-01-01"),
            Cell::text(until),
            Cell::text("管理员 2024-01-01"),
        ]
    };
    let mut columns = heads(&["序号", "姓名", "律师事务所", "执业证号", "专长"]);
    columns.extend([Column::figures("在办/上限"), Column::new("自"), Column::new("至"), Column::new("谁登记的")]);
    Registers {
        shell: shell("名册", "名册"),
        heading: "法律援助律师名册".into(),
        registers: tabs(
            &[
                ("律师", Some(24)),
                ("请假", Some(1)),
                ("利益冲突", Some(3)),
                ("补贴标准", Some(6)),
                ("本市承诺", Some(2)),
            ],
            0,
        ),
        on: FieldView::new("on", "看哪一天的名册", FieldInput::Date { value: "2026-10-14".into() }),
        action_on: "/desk/registers/lawyers".into(),
        table: Table {
            id: "register".into(),
            caption: "2026年10月14日有效的律师".into(),
            columns,
            rows: vec![entry("1", "程守正", ""), entry("2", "陆明法", ""), entry("3", "何以宁", "2026-12-31")],
            foot: vec![],
            empty: "这一天没有有效的登记。".into(),
        },
        pager: Pager {
            page: 1,
            pages: 1,
            total: 3,
            first: None,
            previous: None,
            next: None,
            last: None,
            action: "/desk/registers".into(),
            kept: vec![],
        },
        entry: Some(EntryForm {
            heading: "登记一位律师".into(),
            action: "/desk/registers/lawyers".into(),
            keys: keys(None),
            fields: vec![
                line("name", "姓名", "", Width::Full, ""),
                line("firm", "律师事务所", "", Width::Full, ""),
                line("licence", "执业证号", "", Width::Full, "17位"),
                FieldView::new("from", "自", FieldInput::Date { value: "2026-10-14".into() }),
                optional(FieldView::new("until", "至", FieldInput::Date { value: String::new() })),
                line("cap", "在办上限", "6", Width::Full, ""),
            ],
            errors: ErrorSummary::default(),
            submit: "登记".into(),
        }),
    }
}

fn numbers() -> Numbers {
    let number = |n: &str, cell: Cell, paper: &str| {
        vec![
            Cell::text(n),
            cell,
            Cell::text(paper),
            Cell::Link(Link::new("990102-LA-2026-000017", "/m")),
            Cell::text("秦正言"),
            Cell::text("2026-10-12 16:02"),
        ]
    };
    Numbers {
        shell: shell("文号", "文号"),
        heading: "文号登记".into(),
        action: "/desk/numbers".into(),
        filter: vec![
            optional(FieldView::new(
                "series",
                "字号",
                FieldInput::Select { choices: choices("grant", &[("grant", "示法援决", "")]) },
            )),
            optional(line("year", "年", "2026", Width::Full, "")),
        ],
        gapless: Notice {
            tone: Tone::Good,
            title: "示法援决〔2026〕1号至13号，连续无缺号".into(),
            lines: vec!["其中作废1个，仍在册。".into()],
            links: vec![],
        },
        table: Table {
            id: "numbers".into(),
            caption: "文号，新的在上".into(),
            columns: heads(&["序号", "文号", "文书", "办件", "谁取的号", "取号时间"]),
            rows: vec![
                number("13", Cell::text("示法援决〔2026〕13号"), "给予法律援助决定书"),
                number(
                    "12",
                    Cell::Void {
                        text: "示法援决〔2026〕12号".into(), reason: "申请人姓名错一字，重新作出".into()
                    },
                    "给予法律援助决定书",
                ),
                number("11", Cell::text("示法援决〔2026〕11号"), "不予法律援助决定书"),
            ],
            foot: vec![],
            empty: "还没有取过号。".into(),
        },
        pager: pager(),
    }
}

fn money() -> Money {
    let total = |n: &str, kind: &str, grade: &str, count: &str, sum: &str| {
        vec![Cell::text(n), Cell::text(kind), Cell::text(grade), Cell::Figure(count.into()), Cell::Figure(sum.into())]
    };
    let columns = || {
        let mut columns = heads(&["序号", "类别", "质量等次"]);
        columns.extend([Column::figures("件数"), Column::figures("金额（元）")]);
        columns
    };
    Money {
        shell: shell("补贴", "补贴"),
        heading: "办案补贴".into(),
        action: "/desk/money".into(),
        filter: vec![date("from", "审批日期从", "2026-10-01"), date("to", "到", "2026-10-31")],
        counters: vec![
            counter("待审批", 1, Tone::Care, "3,360.00 元"),
            counter("已审批", 3, Tone::Good, "8,460.00 元"),
        ],
        totals: Table {
            id: "totals".into(),
            caption: "2026年10月补贴合计（单位：元）".into(),
            columns: columns(),
            rows: vec![
                total("1", "民事", "优", "1", "3,360.00"),
                total("2", "民事", "良", "1", "2,800.00"),
                total("3", "刑事", "良", "1", "2,300.00"),
            ],
            foot: total("", "合计", "", "3", "8,460.00"),
            empty: "这一期没有补贴。".into(),
        },
        slips: Table {
            id: "slips".into(),
            caption: "补贴单".into(),
            columns: heads(&["序号", "办件", "律师", "算式", "状态", "操作"]),
            rows: vec![vec![
                Cell::text("1"),
                Cell::Head(Link::new("990102-LA-2026-000017", "/m")),
                Cell::text("陆明法"),
                Cell::text("2,800.00 × 1.20 = 3,360.00"),
                Cell::Tag(Tag::new(Tone::Care, "待审批")),
                Cell::Link(Link::new("审批", "/a")),
            ]],
            foot: vec![],
            empty: "没有补贴单。".into(),
        },
        pager: Pager {
            page: 1,
            pages: 1,
            total: 1,
            first: None,
            previous: None,
            next: None,
            last: None,
            action: "/desk/money".into(),
            kept: vec![],
        },
        basis: vec![
            "标准：民事2,800.00元/件，刑事2,300.00元/件，自2026年1月1日起（示范市）".into(),
            "系数：优1.20，良1.00，合格0.80，不合格0（演示用的假定）".into(),
            "没有质量等次，不出金额；审批的人不能是承办的人".into(),
        ],
    }
}

fn outbox() -> Outbox {
    let message = |n: &str, to: &str, text: &str, state: Tag| {
        vec![
            Cell::text(n),
            Cell::text("2026-10-14 09:30"),
            Cell::text("短信"),
            Cell::text(to),
            Cell::Long(text.into()),
            Cell::Tag(state),
            Cell::Figure("1".into()),
        ]
    };
    Outbox {
        shell: shell("发件箱", "发件箱"),
        heading: "发件箱".into(),
        counters: vec![
            counter("等待发送", 2, Tone::Care, ""),
            counter("已送出", 41, Tone::Good, ""),
            counter("失败", 1, Tone::Grave, "已试5次"),
        ],
        notice: Some(Notice {
            tone: Tone::Info,
            title: "现在没有接短信网关".into(),
            lines: vec!["消息留在这里，由值班人员转告。看过的消息会记录是谁看的。".into()],
            links: vec![],
        }),
        all: Some(Press {
            action: "/desk/outbox".into(),
            csrf: "csrf".into(),
            id: String::new(),
            name: "do".into(),
            buttons: vec![("resend".into(), "全部重新发送".into())],
            about: "没有发成的消息".into(),
        }),
        table: Table {
            id: "outbox".into(),
            caption: "消息，新的在上".into(),
            columns: {
                let mut c = heads(&["序号", "时间", "方式", "收件人", "内容", "状态"]);
                c.push(Column::figures("次数"));
                c
            },
            rows: vec![
                message(
                    "1",
                    "138****0017",
                    "您的查询验证码是 402918，10分钟内有效。",
                    Tag::new(Tone::Care, "等待发送"),
                ),
                message(
                    "2",
                    "示范市中级人民法院",
                    "指派律师函：韩立案，已指派程守正。",
                    Tag::new(Tone::Good, "已送出"),
                ),
                message(
                    "3",
                    "139****2201",
                    "请于收到通知后补充材料，详情请查进度。",
                    Tag::new(Tone::Grave, "失败：号码不存在"),
                ),
            ],
            foot: vec![],
            empty: "没有消息。".into(),
        },
        pager: pager(),
    }
}

fn law() -> LawRead {
    let article = |anchor: &str, name: &str, text: Vec<String>, found| Article {
        anchor: anchor.into(),
        name: name.into(),
        text,
        cited_by: if found { vec![Link::new("审查", "/g"), Link::new("指派", "/g")] } else { vec![] },
        found,
    };
    LawRead {
        shell: shell("法律援助法", "法规"),
        heading: "中华人民共和国法律援助法".into(),
        about: vec!["2021年8月20日第十三届全国人民代表大会常务委员会第三十次会议通过，2022年1月1日起施行".into()],
        action: "/desk/law/legal-aid".into(),
        search: optional(line("q", "查找", "七日", Width::Full, "")),
        found: "找到1条。".into(),
        chapters: vec![Chapter {
            title: "第四章　程序和实施".into(),
            articles: vec![
                article(
                    "a42",
                    "第四十二条",
                    vec![
                        "法律援助申请人有材料证明属于下列人员之一的，免予核查经济困难状况：".into(),
                        "（一）无固定生活来源的未成年人、老年人、残疾人等特定群体；".into(),
                        "（二）社会救助、司法救助或者优抚对象；".into(),
                        "（三）申请支付劳动报酬或者请求工伤事故人身损害赔偿的进城务工人员；".into(),
                    ],
                    false,
                ),
                article("a43", "第四十三条", quote43().text, true),
            ],
        }],
        others: vec![Link::new("律师法", "/l"), Link::new("行政复议法", "/l")],
    }
}

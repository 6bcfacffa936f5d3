//! The desk of an official with simulated data: lists, matter, act, window.

use web::components::Link;
use web::components::clock::*;
use web::components::field::*;
use web::components::parts::*;
use web::components::table::*;
use web::components::ways::*;
use web::pages::shell::*;
use web::pages::{desk::*, identity::*, matter::*};

use super::sample::{
    art, choices, cited, facts, flow, keys, line, optional, quote31, quote43, radio, review_clock, timeline, wrong,
};
use super::{Shown, shown};

/// All of them.
pub fn pages() -> Vec<Shown> {
    vec![
        shown("work-sign-in", &sign_in()),
        shown("work-identity", &identity()),
        shown("work-home", &home()),
        shown("work-list", &worklist()),
        shown("work-matter", &matter(course())),
        shown(
            "work-matter-materials",
            &matter(MatterTab::Materials {
                sections: vec![facts(false)],
                files: FileList {
                    files: vec![FileLink {
                        name: "工资欠条.jpg".into(),
                        about: "JPG，1.2 MB".into(),
                        href: "/f".into(),
                        note: "申请人 2026年10月8日 上传".into(),
                        beside: None,
                    }],
                    empty: "没有附件。".into(),
                },
            }),
        ),
        shown("work-matter-papers", &matter(MatterTab::Papers { table: papers() })),
        shown("work-matter-file", &matter(case_file())),
        shown("work-matter-clocks", &matter(MatterTab::Clocks { deadlines: vec![review_clock(true)] })),
        shown("work-matter-articles", &matter(MatterTab::Articles { quotes: vec![quote43(), quote31()] })),
        shown("work-matter-record", &matter(record())),
        shown("work-act", &act()),
        shown("work-window", &window()),
    ]
}

pub fn shell(title: &str, at: &str) -> WorkShell {
    let item =
        |label: &str, count| NavItem { label: label.into(), href: "/desk/list".into(), count, current: label == at };
    WorkShell {
        title: title.into(),
        person: "沈知微".into(),
        capacity: "审查人员".into(),
        office: "示范市法律援助中心".into(),
        nav: vec![
            item("首页", None),
            item("待办", Some(7)),
            item("已办", None),
            item("办结", None),
            item("窗口登记", None),
            item("名册", None),
            item("文号", None),
            item("补贴", None),
            item("法规", None),
            item("发件箱", Some(2)),
        ],
        trail: vec![
            Crumb { label: "首页".into(), href: Some("/desk".into()) },
            Crumb { label: title.into(), href: None },
        ],
        large: false,
        here: "/desk".into(),
        banner: String::new(),
        csrf: "c".into(),
        wrong: false,
    }
}

fn sign_in() -> SignIn {
    SignIn {
        shell: WorkShell { person: String::new(), nav: vec![], trail: vec![], ..shell("登录", "") },
        action: "/desk/sign-in".into(),
        keys: keys(None),
        fields: vec![
            line("account", "账号", "shen.zhiwei", Width::Full, ""),
            wrong(
                FieldView::new("password", "密码", FieldInput::Password { autocomplete: "current-password".into() }),
                "账号或者密码不对",
            ),
        ],
        errors: ErrorSummary::default(),
        next: "/desk".into(),
        ways: WaysIn {
            providers: vec![Link::new("用市统一身份认证登录", "/desk/sign-in/with/gov")],
            passkey: Some(passkey("get", "用通行密钥登录")),
        },
    }
}

fn passkey(kind: &'static str, submit: &str) -> PasskeyForm {
    PasskeyForm {
        kind,
        action: "/desk/sign-in/passkey".into(),
        csrf: "c".into(),
        next: "/desk".into(),
        kept: String::new(),
        challenge: "AAAA".into(),
        sealed: "BBBB".into(),
        domain: "localhost".into(),
        holder: String::new(),
        person: String::new(),
        known: String::new(),
        fields: vec![],
        submit: submit.into(),
        without: "通行密钥要开启 JavaScript，并且浏览器支持；请用账号和密码登录。".into(),
    }
}

fn identity() -> Identity {
    let mut add = passkey("create", "添加通行密钥");
    add.fields = vec![line("label", "名称", "", Width::Long, "如：办公室电脑")];
    let (action, hidden) = ("/desk/identity/unlink".to_owned(), vec![]);
    let (name, about, submit) = ("办公室电脑".to_owned(), "2026年3月2日添加".to_owned(), "删除".to_owned());
    let held =
        Held { name, about, action, keys: keys(None), hidden, submit, about_button: "删除办公室电脑".into() };
    Identity {
        shell: shell("登录方式", "/desk/identity"),
        notice: None,
        links: vec![],
        offers: vec![],
        no_provider: false,
        passkeys: vec![held],
        add: Some(add),
    }
}

pub fn counter(label: &str, count: u64, tone: Tone, note: &str) -> Counter {
    Counter { label: label.into(), count, href: "/desk/list".into(), tone, note: note.into() }
}

pub fn heads(labels: &[&str]) -> Vec<Column> {
    labels.iter().map(|label| Column::new(*label)).collect()
}

fn row(number: usize, name: &str, cause: &str, stage: &str, light: Light) -> Vec<Cell> {
    vec![
        Cell::text(number.to_string()),
        Cell::Head(Link::new(format!("990102-LA-2026-{:06}", 10 + number), "/desk/matter/1")),
        Cell::text("2026-10-08"),
        Cell::text(name),
        Cell::text(cause),
        Cell::text("手机"),
        Cell::text("沈知微"),
        Cell::Tag(Tag::new(Tone::Plain, stage)),
        Cell::Light(light),
        Cell::Link(Link::new("办理", "/desk/matter/1")),
    ]
}

fn rows() -> Vec<Vec<Cell>> {
    use LightState::*;
    [
        ("周小满", "追索劳动报酬", "审查", Overdue, "已超期1日"),
        ("吴桂枝", "赡养费", "审查", DueToday, "今天到期"),
        ("郑阿福", "工伤赔偿", "指派", Near, "剩2天"),
        ("冯玉兰", "家庭暴力", "审查", Ample, "剩5天"),
        ("褚卫东", "交通事故赔偿", "等补材料", Stopped, "中止"),
        ("蒋小雨", "抚养费", "审查", Ample, "剩6天"),
        ("韩立", "通知辩护", "指派", Near, "剩1天"),
        ("杨柳青", "确认劳动关系", "办理", NoLimit, "无期限"),
    ]
    .into_iter()
    .enumerate()
    .map(|(i, (name, cause, stage, state, text))| row(i + 1, name, cause, stage, Light::new(state, text)))
    .collect()
}

fn list_heads() -> Vec<Column> {
    let mut heads =
        heads(&["序号", "办件编号", "收到日期", "申请人", "事项", "渠道", "承办人", "环节", "剩余时间", "操作"]);
    if let Some(column) = heads.get_mut(2) {
        column.sort = Some("/desk/list?sort=received".into());
        column.sorted = Some("ascending");
    }
    heads
}

fn home() -> Home {
    let table = |id: &str, caption: &str, rows: Vec<Vec<Cell>>| Table {
        id: id.into(),
        caption: caption.into(),
        columns: list_heads(),
        rows,
        foot: vec![],
        empty: "没有要办的。".into(),
    };
    Home {
        shell: WorkShell { trail: vec![], ..shell("首页", "首页") },
        today: "2026年10月14日 星期三".into(),
        counters: vec![
            counter("待办", 7, Tone::Info, ""),
            counter("临期", 3, Tone::Care, "3天以内"),
            counter("超期", 1, Tone::Grave, ""),
            counter("等补材料", 1, Tone::Plain, "不计时"),
            counter("本月办结", 12, Tone::Good, ""),
        ],
        first: table("first", "先办这些", rows().into_iter().take(4).collect()),
        recent: table("recent", "刚刚有变化", vec![]),
        notices: vec![Notice {
            tone: Tone::Care,
            title: "2027年的放假安排还没有公布".into(),
            lines: vec!["到期日落在2027年的期限现在算不出来，页面会直接说明，不会猜一个日子。".into()],
            links: vec![Link::new("查看日历", "/desk/calendar")],
        }],
        shortcuts: vec![
            Link::new("窗口登记", "/desk/window"),
            Link::new("律师名册", "/desk/registers/lawyers"),
            Link::new("法律援助法", "/desk/law"),
        ],
    }
}

pub fn pager() -> Pager {
    Pager {
        page: 2,
        pages: 3,
        total: 52,
        first: Some("?page=1".into()),
        previous: Some("?page=1".into()),
        next: Some("?page=3".into()),
        last: Some("?page=3".into()),
        action: "/desk/list".into(),
        kept: vec![Kept { name: "q".into(), value: "周".into() }],
    }
}

pub fn tabs(labels: &[(&str, Option<u32>)], at: usize) -> Tabs {
    Tabs {
        label: "分类".into(),
        tabs: labels
            .iter()
            .enumerate()
            .map(|(i, (label, count))| Tab {
                label: (*label).into(),
                href: "?tab=1".into(),
                current: i == at,
                count: *count,
            })
            .collect(),
    }
}

pub fn date(id: &str, label: &str, value: &str) -> FieldView {
    optional(FieldView::new(id, label, FieldInput::Date { value: value.into() }))
}

fn worklist() -> Worklist {
    Worklist {
        shell: shell("待办", "待办"),
        heading: "待办".into(),
        boxes: tabs(
            &[("待办", Some(7)), ("已办", Some(31)), ("办结", Some(12)), ("我发起的", Some(2)), ("草稿", Some(1))],
            0,
        ),
        action: "/desk/list".into(),
        filter: vec![
            optional(line("number", "办件编号", "", Width::Full, "")),
            optional(line("applicant", "申请人", "", Width::Full, "")),
            date("from", "收到日期从", "2026-10-01"),
            date("to", "到", ""),
            optional(FieldView::new(
                "stage",
                "环节",
                FieldInput::Select { choices: choices("", &[("review", "审查", ""), ("assign", "指派", "")]) },
            )),
        ],
        counters: vec![
            counter("全部", 7, Tone::Plain, ""),
            counter("超期", 1, Tone::Grave, ""),
            counter("今天到期", 1, Tone::Care, ""),
            counter("3天以内", 2, Tone::Care, ""),
            counter("中止", 1, Tone::Plain, ""),
        ],
        waits: Some(Waits { changes: "/desk/list/changes", now: "/desk/list/now", knows: "7-3-1-1".into() }),
        table: Table {
            id: "worklist".into(),
            caption: "待办办件，按剩余时间从少到多".into(),
            columns: list_heads(),
            rows: rows(),
            foot: vec![],
            empty: "没有符合条件的办件。".into(),
        },
        pager: pager(),
        export_href: Some("/desk/list.xlsx".into()),
    }
}

fn opinions() -> Vec<Opinion> {
    vec![
        Opinion { role: "审查人员意见".into(), text: "申请人为进城务工人员，请求支付劳动报酬，符合第三十一条第五项、第四十二条第三项，拟同意给予法律援助，请审批。".into(), name: "沈知微".into(), day: "2026年10月12日".into() },
        Opinion { role: "中心负责人意见".into(), text: String::new(), name: String::new(), day: String::new() },
    ]
}

fn course() -> MatterTab {
    let skipped = |lawyer: &str, standing: &str, reason: &str| Skipped {
        lawyer: lawyer.into(),
        standing: standing.into(),
        reason: reason.into(),
        rule: Some(art("点援规则")),
    };
    MatterTab::Course {
        opinions: opinions(),
        assigned: "指派陆明法（示范明法律师事务所），2026年10月13日，依据：当事人第二选择。".into(),
        skipped: vec![skipped(
            "程守正（示范正衡律师事务所）",
            "当事人首选",
            "利益冲突：2025年在990102-LA-2025-000231中代理过对方示范建工有限公司",
        )],
        timeline: timeline(),
        flow: Some(flow()),
    }
}

fn papers() -> Table {
    Table {
        id: "papers".into(),
        caption: "文书".into(),
        columns: heads(&["序号", "文书", "文号", "日期", "送达", "操作"]),
        rows: vec![
            vec![
                Cell::text("1"),
                Cell::Head(Link::new("接收凭证", "/p")),
                Cell::text("—"),
                Cell::text("2026-10-08"),
                Cell::text("已当场给"),
                Cell::Links(vec![Link::new("打开", "/p"), Link::new("下载", "/p")]),
            ],
            vec![
                Cell::text("2"),
                Cell::Head(Link::new("给予法律援助决定书", "/p")),
                Cell::text("示法援决〔2026〕12号"),
                Cell::text("2026-10-12"),
                Cell::Tag(Tag::new(Tone::Care, "待送达")),
                Cell::Links(vec![Link::new("打开", "/p"), Link::new("登记送达", "/p")]),
            ],
        ],
        foot: vec![],
        empty: "还没有文书。".into(),
    }
}

fn case_file() -> MatterTab {
    let line = |n: &str, name: &str, page: &str, note: Tag| {
        vec![
            Cell::text(n),
            Cell::Head(Link::new(name, "/p")),
            Cell::text("—"),
            Cell::text("示范市法律援助中心"),
            Cell::text("2026-10-12"),
            Cell::Figure(page.into()),
            Cell::Tag(note),
        ]
    };
    let mut columns = heads(&["序号", "文书名称", "文号", "责任者", "日期"]);
    columns.extend([Column::figures("页号"), Column::new("备注")]);
    MatterTab::CaseFile {
        catalogue: Table {
            id: "catalogue".into(),
            caption: "卷内目录".into(),
            columns,
            rows: vec![
                line("1", "法律援助申请表", "1", Tag::new(Tone::Info, "必须")),
                line("2", "身份证明", "3", Tag::new(Tone::Info, "必须")),
                line("3", "委托代理协议", "—", Tag::new(Tone::Grave, "必须，还没有")),
            ],
            foot: vec![],
            empty: "卷内还没有文书。".into(),
        },
        missing: vec!["委托代理协议".into(), "结案报告表".into()],
        whole: Some(Link::new("整卷 PDF", "/p")),
    }
}

fn record() -> MatterTab {
    let act = |n: &str, what: &str, who: &str, hash: &str| {
        vec![Cell::text(n), Cell::text(what), Cell::text(who), Cell::text("2026-10-08 10:41"), Cell::text(hash)]
    };
    MatterTab::Record {
        acts: Table {
            id: "acts".into(),
            caption: "每一步的原始记录".into(),
            columns: heads(&["序号", "行为", "谁", "时间", "指纹"]),
            rows: vec![
                act("1", "申请", "周小满（申请人）", "8f3a02c1…97de4b60"),
                act("2", "一次性告知", "沈知微（审查人员）", "02bb71e0…5a1c9f03"),
            ],
            foot: vec![],
            empty: "没有记录。".into(),
        },
        verified: Notice {
            tone: Tone::Good,
            title: "记录链完整".into(),
            lines: vec!["2条记录首尾相接，都在总账第1283号检查点之内。".into()],
            links: vec![],
        },
    }
}

fn matter(open: MatterTab) -> MatterPage {
    let at = match open {
        MatterTab::Course { .. } => 0,
        MatterTab::Materials { .. } => 1,
        MatterTab::Papers { .. } => 2,
        MatterTab::CaseFile { .. } => 3,
        MatterTab::Clocks { .. } => 4,
        MatterTab::Articles { .. } => 5,
        MatterTab::Record { .. } => 6,
    };
    MatterPage {
        shell: shell("周小满追索劳动报酬", "待办"),
        heading: "周小满　追索劳动报酬".into(),
        number: "990102-LA-2026-000017".into(),
        state: Tag::new(Tone::Info, "审查"),
        light: Light::new(LightState::Near, "剩2天"),
        tags: vec![Tag::new(Tone::Good, "免核查"), Tag::new(Tone::Care, "先行援助")],
        facts: SummaryList {
            title: String::new(),
            rows: vec![
                SummaryRow::text("申请人", "周小满"),
                SummaryRow {
                    key: "身份证号".into(),
                    value: SummaryValue::Masked {
                        shown: "990102********002X".into(),
                        id: "unmask-id".into(),
                        action: "/desk/matter/1/unmask".into(),
                        field: "applicant.id_number".into(),
                        csrf: "c".into(),
                        purposes: vec![("handling".into(), "办理本案".into())],
                    },
                    change: None,
                },
                SummaryRow {
                    key: "手机号".into(),
                    value: SummaryValue::Unmasked {
                        value: "13800000017".into(), reason: "电话核实工友证言".into()
                    },
                    change: None,
                },
                SummaryRow::text("对方", "示范建工有限公司"),
                SummaryRow::text("收到", "2026年10月8日 10:41，手机"),
                SummaryRow::text("承办", "沈知微"),
            ],
        },
        notice: None,
        acts: vec![
            ActLink { label: "给予法律援助".into(), href: "/a".into(), main: true, adverse: false },
            ActLink { label: "通知补充材料".into(), href: "/a".into(), main: false, adverse: false },
            ActLink { label: "先行提供".into(), href: "/a".into(), main: false, adverse: false },
            ActLink { label: "不予法律援助".into(), href: "/a".into(), main: false, adverse: true },
        ],
        barred: vec![ActBarred {
            label: "审批".into(), why: "审查和审批须由两个人，您是本件的审查人员".into()
        }],
        deadline: if at == 4 { None } else { Some(review_clock(true)) },
        tabs: tabs(
            &[
                ("办理", None),
                ("材料", Some(2)),
                ("文书", Some(2)),
                ("卷宗目录", None),
                ("时钟", Some(1)),
                ("条文", Some(4)),
                ("记录", Some(2)),
            ],
            at,
        ),
        open,
    }
}

fn act() -> ActForm {
    let fields = vec![
        cited(
            wrong(
                FieldView::new(
                    "ground",
                    "不予援助的理由",
                    FieldInput::Radio {
                        choices: choices(
                            "",
                            &[
                                ("scope", "不属于法律援助的事项", "第二十二条、第三十一条以外"),
                                ("hardship", "不符合经济困难标准", "须写明收入数和标准数"),
                                ("counsel", "已经委托了代理人", ""),
                            ],
                        ),
                    },
                ),
                "请选一个理由",
            ),
            "第四十三条",
        ),
        wrong(
            FieldView {
                hint: "写给申请人看：事实是什么，适用哪一条，为什么不符合。".into(),
                ..FieldView::new(
                    "reasons",
                    "理由说明",
                    FieldInput::TextArea {
                        value: "经查，申请人".into(),
                        rows: 6,
                        phrases: vec![
                            "经查，申请人家庭人均月收入为××元，高于本市标准××元。".into(),
                            "拟不予法律援助，请审批。".into(),
                        ],
                    },
                )
            },
            "理由说明太短，至少写明事实和条文",
        ),
        radio("service", "怎么送达", "sms", &[("sms", "短信", ""), ("post", "邮寄", ""), ("hand", "当面", "")]),
    ];
    ActForm {
        shell: WorkShell { wrong: true, ..shell("不予法律援助", "待办") },
        heading: "不予法律援助".into(),
        matter: Link::new("990102-LA-2026-000017 周小满　追索劳动报酬", "/desk/matter/1"),
        consequences: vec![
            "审批同意时取文号，生成《不予法律援助决定书》".into(),
            "申请人可以向示范市司法局提出异议，本中心不能自己审查".into(),
        ],
        notice: None,
        action: "/desk/matter/1/refuse".into(),
        keys: keys(Some(7)),
        errors: ErrorSummary::of(&fields),
        fields,
        submit: "提交不予援助的意见".into(),
        refresh: None,
        grave: true,
        facts: facts(false),
        articles: vec![quote43()],
        deadline: Some(review_clock(true)),
        opinions: opinions(),
    }
}

fn window() -> FileAtWindow {
    FileAtWindow {
        shell: shell("窗口登记", "窗口登记"),
        action: "/desk/window".into(),
        keys: keys(None),
        procedures: vec![
            Filable {
                name: "法律援助申请".into(),
                about: "由有管辖权的援助中心审查，7日".into(),
                value: "legal-aid".into(),
                chosen: true,
            },
            Filable {
                name: "通知辩护登记".into(),
                about: "公检法通知指派，3日".into(),
                value: "defence-notice".into(),
                chosen: false,
            },
        ],
        fields: vec![
            FieldView::new(
                "channel",
                "从哪里来",
                FieldInput::Select {
                    choices: choices(
                        "office",
                        &[("office", "司法所窗口", ""), ("hotline", "12348 热线", ""), ("kiosk", "自助终端", "")],
                    ),
                },
            ),
            line("name", "来人姓名", "", Width::Medium, ""),
            line("phone", "手机号", "", Width::Medium, "登记后短信发给本人，本人也能自己查。"),
        ],
        errors: ErrorSummary::default(),
        drafts: Table {
            id: "drafts".into(),
            caption: "本窗口没填完的".into(),
            columns: heads(&["序号", "申请人", "事项", "保存时间", "操作"]),
            rows: vec![vec![
                Cell::text("1"),
                Cell::text("卫青禾"),
                Cell::text("法律援助申请"),
                Cell::text("2026-10-14 09:02"),
                Cell::Link(Link::new("接着填", "/d")),
            ]],
            foot: vec![],
            empty: "没有草稿。".into(),
        },
    }
}

//! The public pages with simulated data: portal, guide, check, lawyers, receipt, errors.

use web::components::Link;
use web::components::field::*;
use web::components::parts::*;
use web::pages::error::Error;
use web::pages::portal::*;
use web::pages::reference::ApiDocs;
use web::pages::shell::PublicShell;
use web::pages::verify::*;

use super::sample::*;
use super::{Shown, shown};

/// All of them.
pub fn pages() -> Vec<Shown> {
    let mut pages = vec![
        shown("portal", &portal(false)),
        shown("portal-large", &portal(true)),
        shown("guide", &guide()),
        shown("screening", &screening(None)),
        shown("screening-likely", &screening(Some(Likelihood::Likely))),
        shown("screening-unlikely", &screening(Some(Likelihood::Unlikely))),
        shown("screening-ask", &screening(Some(Likelihood::Ask))),
        shown("lawyers", &lawyers()),
        shown("notices", &notices()),
        shown("verify", &verify(None)),
        shown("verify-holds", &verify(Some(true))),
        shown("verify-fails", &verify(Some(false))),
        shown("api", &api()),
    ];
    pages.extend([
        shown("error-404", &error(404, "没有找到这个页面", "地址可能抄错了一个字，或者页面已经搬走。")),
        shown("error-409", &error_stale()),
        shown(
            "error-500",
            &error(500, "系统出了问题，不是您的错", "刚才这一步没有办成，也没有留下一半。填好的内容都在草稿里。"),
        ),
    ]);
    pages
}

fn portal(large: bool) -> Portal {
    let service = |name: &str, about: &str, limit: &str| Service {
        name: name.into(),
        about: about.into(),
        href: "/guide/legal-aid".into(),
        limit: limit.into(),
    };
    Portal {
        shell: PublicShell { back: None, ..shell("首页", large) },
        heading: "请不起律师，国家帮您".into(),
        lead: "经济困难、被拖欠工资、受了工伤、要不到抚养费……都可以申请法律援助。不收费，不用注册账号，用手机就能办。"
            .into(),
        start: Link::new("申请法律援助", "/guide/legal-aid"),
        draft: Some(Link::new("接着填上次的申请（10月8日 10:32 保存）", "/apply/legal-aid/2")),
        follow_href: "/status".into(),
        verify_href: "/verify".into(),
        lawyers_href: "/lawyers".into(),
        lawyers_label: "可以选的承办律师".into(),
        groups: vec![ServiceGroup {
            by_offices: false,
            function: "公共法律服务".into(),
            services: vec![
                service("法律援助", "免费的律师代理、刑事辩护和法律咨询", "7日内答复，不收费"),
                service("对不予援助不服", "向设立援助中心的司法局提出异议", "5日内答复"),
            ],
        }],
        notices: vec![],
    }
}

fn condition(text: &str, article: &str) -> Condition {
    Condition { text: text.into(), article: art(article) }
}

fn guide() -> Guide {
    let material = |name: &str, about: &str, tone, need: &str, article: Option<&str>| Material {
        name: name.into(),
        about: about.into(),
        need: Tag::new(tone, need),
        article: article.map(art),
    };
    Guide {
        shell: shell("法律援助办事指南", false),
        heading: "法律援助".into(),
        lead: "经济困难的公民和符合法定条件的当事人，可以免费得到律师代理、刑事辩护或者法律咨询。".into(),
        ways_in: vec![Link::new("申请法律援助", "/apply/legal-aid/1")],
        check_href: Some("/check/legal-aid".into()),
        office: "示范市法律援助中心".into(),
        office_lines: vec![
            "示范市东湖区人民路1号，一楼5号窗口".into(),
            "周一至周五 9:00—12:00，13:30—17:30；全市任何司法所窗口都能交".into(),
        ],
        phone: "12348".into(),
        fee: "不收费".into(),
        conditions: vec![
            condition("请求支付劳动报酬、确认劳动关系", "第三十一条第五项"),
            condition("工伤、交通事故、医疗事故等人身损害，请求赔偿", "第三十一条第七项"),
            condition("请求给付赡养费、抚养费、扶养费", "第三十一条第四项"),
            condition("受虐待、遗弃或者家庭暴力的，不看经济条件", "第三十二条第四项"),
        ],
        exempt: vec![
            condition("讨要工资、工伤赔偿的进城务工人员", "第四十二条第三项"),
            condition("社会救助、司法救助或者优抚对象", "第四十二条第二项"),
        ],
        materials: vec![
            material("身份证", "拍正反两面；代别人申请的，再加代理关系的证明。", Tone::Info, "必须", None),
            material("经济困难状况说明", "可以签一份诚信承诺代替证明。", Tone::Good, "可承诺代替", Some("第四十一条")),
            material("和案件有关的材料", "合同、欠条、工资条、照片都可以，有什么交什么。", Tone::Plain, "按需", None),
        ],
        limits: vec![
            Limit {
                duty: "审查并作出决定".into(),
                statutory: "7日".into(),
                promised: "3日".into(),
                article: art("第四十三条"),
            },
            Limit {
                duty: "决定后指派律师".into(),
                statutory: "3日".into(),
                promised: String::new(),
                article: art("第四十三条"),
            },
        ],
        flow: flow(),
        remedies: vec![
            condition("对不予援助、终止援助不服，可以向示范市司法局提出异议，5日内答复", "第四十九条"),
            condition("司法局维持的，可以申请行政复议，或者到法院起诉", "第四十九条第三款"),
        ],
        articles: vec![quote43(), quote31()],
        edition: "按《法律援助法》（2022年1月1日起施行）编写，2026年8月1日核对。".into(),
    }
}

fn screening(likelihood: Option<Likelihood>) -> Screening {
    let yes_no = [("yes", "是", ""), ("no", "不是", ""), ("unknown", "说不清", "")];
    let result = likelihood.map(|likelihood| ScreeningResult {
        likelihood,
        title: match likelihood {
            Likelihood::Likely => "您很可能可以得到法律援助",
            Likelihood::Unlikely => "按您的回答，可能不符合条件",
            Likelihood::Ask => "需要问一问人",
        }
        .into(),
        lines: vec![
            "您要讨回工资，而且是进城务工人员：不用证明经济困难。".into(),
            "这只是大致的判断，最后由援助中心审查决定。".into(),
        ],
        article: quote31(),
        next: vec![Link::new("开始申请", "/apply/legal-aid/1"), Link::new("先看办事指南", "/guide/legal-aid")],
    });
    let chosen = if result.is_some() { "yes" } else { "" };
    Screening {
        shell: shell("用五个问题看看", false),
        heading: "用五个问题看看".into(),
        action: "/check/legal-aid".into(),
        questions: vec![
            radio(
                "matter",
                "您遇到的是哪一类事？",
                if result.is_some() { "wages" } else { "" },
                &[
                    ("wages", "被拖欠工资，或者不承认是员工", ""),
                    ("injury", "工伤、交通事故、医疗事故，要赔偿", ""),
                    ("support", "要赡养费、抚养费", ""),
                    ("violence", "受到家庭暴力、虐待、遗弃", ""),
                    ("other", "别的事", ""),
                ],
            ),
            radio("migrant", "您是进城务工人员吗？", chosen, &yes_no),
            radio("counsel", "您已经请了律师吗？", chosen, &yes_no),
            radio("income", "家里人均月收入低于1800元吗？", chosen, &yes_no),
            radio("urgent", "离起诉或者申请仲裁的最后一天不到7天吗？", chosen, &yes_no),
        ],
        errors: ErrorSummary::default(),
        result,
    }
}

fn lawyers() -> Lawyers {
    let card = |name: &str, open: bool| LawyerCard {
        name: name.into(),
        firm: "示范正衡律师事务所".into(),
        years: "执业8年".into(),
        fields: vec!["劳动争议".into(), "人身损害".into()],
        load: "手上3件，最多6件".into(),
        open,
        why_not: "请假至2026年10月20日".into(),
    };
    Lawyers {
        shell: shell("可选律师", false),
        heading: "可以选的律师".into(),
        lead: "申请时按顺序选最多三位。选中的律师如果有利益冲突、案件已满或者请假，就看下一位；都不行，由中心按轮值指派，并告诉您原因。".into(),
        filter: optional(FieldView::new("field", "擅长", FieldInput::Select { choices: choices("labour", &[("labour", "劳动争议", ""), ("family", "婚姻家庭", "")]) })),
        action: "/lawyers".into(),
        lawyers: vec![card("程守正", true), card("陆明法", true), card("何以宁", false), card("司马怀仁", true)],
    }
}

fn notices() -> Notices {
    let card = |title: &str, number: &str| NoticeCard {
        title: title.into(),
        href: "/notices/m1/4/public-decision".into(),
        about: "行政处罚：市场监管".into(),
        office: "东湖区市场监督管理局（模拟）".into(),
        number: number.into(),
        on: "2026年3月9日".into(),
    };
    let filter = FieldInput::Select { choices: choices("penalty", &[("penalty", "行政处罚", "")]) };
    Notices {
        shell: shell("公示公告", false),
        heading: "公示公告".into(),
        lead: "机关依法公开的决定、结果和征求意见的草案，最近的在前。".into(),
        filter: optional(FieldView::new("procedure", "事项", filter)),
        action: "/notices".into(),
        notices: vec![card("处罚决定书（公开本）", "东市监罚〔2026〕3号"), card("检查结果", "")],
        pager: super::desk::pager(),
    }
}

fn verify(holds: Option<bool>) -> Verify {
    let check = |what: &str, holds, finding: &str| ReceiptCheck { what: what.into(), holds, finding: finding.into() };
    let result = holds.map(|holds| VerifyResult {
        holds,
        title: if holds { "凭证是真的" } else { "这份凭证对不上" }.into(),
        checks: vec![
            check("格式", true, "是本平台的凭证，第1版。"),
            check(
                "内容没有改动",
                holds,
                if holds {
                    "内容算出来的指纹和凭证上的一致。"
                } else {
                    "内容算出来的指纹是 91c0…，凭证上写的是 8f3a…，至少有一个字不同。"
                },
            ),
            check("记在总账里", holds, if holds { "总账第1283号检查点之内。" } else { "这个指纹不在总账里。" }),
            check("检查点有签名", true, "示范市司法局 2026年10月8日签的。"),
        ],
        facts: holds.then(|| SummaryList {
            title: "凭证上写着".into(),
            rows: vec![
                SummaryRow::text("办件编号", "990102-LA-2026-000017"),
                SummaryRow::text("收到的是", "法律援助申请"),
                SummaryRow::text("收到时间", "2026年10月8日 10:41"),
            ],
        }),
        advice: if holds {
            "四项检查都通过。"
        } else {
            "请用当时下载的原文件再试一次；还是不行，就打 12348，报上编号。"
        }
        .into(),
    });
    let files = FieldInput::Files { uploaded: vec![], accept: ".json".into(), many: false };
    Verify {
        shell: shell("核验凭证和文书", false),
        action: "/verify".into(),
        fields: vec![
            FieldView {
                hint: "文件名以 .json 结尾。".into(),
                required: false,
                ..FieldView::new("file", "凭证文件", files)
            },
            optional(FieldView::new(
                "text",
                "或者贴凭证内容",
                FieldInput::TextArea { value: String::new(), rows: 4, phrases: vec![] },
            )),
        ],
        errors: ErrorSummary::default(),
        result,
        keys: "/verify/keys.json".into(),
        commands: vec![
            "xiezhi verify receipt.json".into(),
            "xiezhi verify paper 文书.pdf --signature 文书.sig.json".into(),
        ],
    }
}

fn error(status: u16, heading: &str, why: &str) -> Error {
    Error {
        shell: shell(heading, false),
        status,
        heading: heading.into(),
        lines: vec![why.into()],
        ways: vec![Link::new("回到首页", "/"), Link::new("查进度", "/status")],
        kept: None,
        reference: "E-7F3A-1042".into(),
    }
}

fn error_stale() -> Error {
    Error {
        kept: Some(SummaryList {
            title: "您刚才填的".into(),
            rows: vec![SummaryRow::text("意见", "拟同意给予法律援助，请中心负责人审批。")],
        }),
        ways: vec![Link::new("看最新的办件，再填一次", "/desk/matter/1")],
        ..error(
            409,
            "这个办件刚刚被别人办过了",
            "您打开页面以后，沈知微在10:44补登了一份材料。您刚才的意见没有提交，也没有丢，在下面。",
        )
    }
}

fn api() -> ApiDocs {
    let document = serde_json::json!({
        "info": {"title": "数据接口", "description": "由法律文件生成的接口。"},
        "paths": {
            "/api/v1/procedures/legal-aid/matters": {"post": {"summary": "提出法律援助申请", "parameters": [{"name": "Idempotency-Key", "in": "header", "required": true, "description": "同一个键只办一次"}], "responses": {"201": {"description": "已收到，返回凭证"}, "422": {"description": "有字段要改"}}}},
            "/api/v1/matters/{number}": {"get": {"summary": "一个办件的状态和期限", "parameters": [{"name": "number", "in": "path", "required": true, "description": "办件编号"}], "responses": {"200": {"description": "办件"}, "404": {"description": "没有这个办件，或者无权查看"}}}}
        }
    });
    ApiDocs::listed(shell("数据接口", false), "/api/openapi.json".into(), &document)
}

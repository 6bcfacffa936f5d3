//! Parts with simulated data that several pages show.

use web::components::clock::*;
use web::components::field::*;
use web::components::parts::*;
use web::components::{Link, Markup};
use web::pages::shell::PublicShell;

pub fn keys(seen_version: Option<u64>) -> FormKeys {
    FormKeys { csrf: "c".into(), idempotency_key: "k".into(), seen_version }
}

pub fn line(id: &str, label: &str, value: &str, width: Width, hint: &str) -> FieldView {
    let input = FieldInput::Text { value: value.into(), width, keyboard: Keyboard::Text, autocomplete: String::new() };
    FieldView { hint: hint.into(), ..FieldView::new(id, label, input) }
}

pub fn wrong(field: FieldView, error: &str) -> FieldView {
    FieldView { error: Some(error.into()), ..field }
}

pub fn optional(field: FieldView) -> FieldView {
    FieldView { required: false, ..field }
}

pub fn cited(field: FieldView, label: &str) -> FieldView {
    FieldView { cite: Some(art(label)), ..field }
}

pub fn art(label: &str) -> Link {
    Link::new(label, "/law/legal-aid")
}

pub fn radio(id: &str, label: &str, chosen: &str, options: &[(&str, &str, &str)]) -> FieldView {
    FieldView::new(id, label, FieldInput::Radio { choices: choices(chosen, options) })
}

pub fn choices(chosen: &str, options: &[(&str, &str, &str)]) -> Vec<Choice> {
    let choice = |(value, label, hint): &(&str, &str, &str)| {
        let choice = Choice::new(*value, *label).chosen_if(chosen);
        if hint.is_empty() { choice } else { choice.hinted(*hint) }
    };
    options.iter().map(choice).collect()
}

pub fn quote43() -> ArticleQuote {
    ArticleQuote {
        statute: "法律援助法".into(),
        article: "第四十三条".into(),
        text: vec![
            "法律援助机构应当自收到法律援助申请之日起七日内进行审查，作出是否给予法律援助的决定。决定给予法律援助的，应当自作出决定之日起三日内指派法律援助人员为受援人提供法律援助；决定不给予法律援助的，应当书面告知申请人，并说明理由。".into(),
            "申请人提交的申请材料不齐全的，法律援助机构应当一次性告知申请人需要补充的材料或者要求申请人作出说明。申请人未按要求补充材料或者作出说明的，视为撤回申请。".into(),
        ],
        href: "/law/legal-aid#a43".into(),
        why: "审查期限和一次性告知".into(),
    }
}

pub fn quote31() -> ArticleQuote {
    ArticleQuote {
        statute: "法律援助法".into(),
        article: "第三十一条第五项".into(),
        text: vec![
            "下列事项的当事人，因经济困难没有委托代理人的，可以向法律援助机构申请法律援助：".into(),
            "（五）请求确认劳动关系或者支付劳动报酬；".into(),
        ],
        href: "/law/legal-aid#a31".into(),
        why: "您的情况落在这一条".into(),
    }
}

pub fn flow() -> FlowChart {
    let svg = r#"<svg viewBox="0 0 560 250" width="560" height="250" role="img" aria-label="法律援助流程"><path class="flow-edge" d="M130 40h50M310 40h50M425 62v48M425 154v46M360 132H250v68"/><path class="flow-arrow" d="M180 40l-9-5v10zM360 40l-9-5v10zM425 110l-5-9h10zM425 200l-5-9h10zM250 200l-5-9h10z"/><rect class="flow-node" x="10" y="18" width="120" height="44" rx="4"/><text class="flow-text" x="70" y="46">申请</text><rect class="flow-node" x="180" y="18" width="130" height="44" rx="4"/><text class="flow-text" x="245" y="46">受理登记</text><rect class="flow-node-now" x="360" y="18" width="130" height="44" rx="4"/><text class="flow-text" x="425" y="46">审查（7日）</text><rect class="flow-node" x="360" y="110" width="130" height="44" rx="4"/><text class="flow-text" x="425" y="138">决定</text><rect class="flow-node" x="360" y="200" width="130" height="44" rx="4"/><text class="flow-text" x="425" y="228">指派律师（3日）</text><rect class="flow-node-end" x="185" y="200" width="130" height="44" rx="4"/><text class="flow-text" x="250" y="228">不予援助</text><text class="flow-note" x="305" y="124">说明理由</text></svg>"#;
    FlowChart {
        id: "flow-chart".into(),
        title: "法律援助流程".into(),
        svg: Markup::drawn(svg.into()),
        sentences: vec![
            "您提出申请，当场给凭证。".into(),
            "中心7日内审查，材料不齐的一次说清。".into(),
            "给予援助的，3日内指派律师；不给予的，书面说明理由，可以提出异议。".into(),
        ],
    }
}

pub fn promise() -> FieldView {
    cited(
        FieldView::new(
            "promise",
            "个人诚信承诺",
            FieldInput::Promise {
                text: vec![
                    "本人承诺：所说的家庭收入和财产情况都是真的。".into(),
                    "如果不真实，法律援助会被终止，本人要支付已经花去的法律援助费用，并承担相应的法律责任。".into(),
                ],
                agree: "我看懂了，愿意作出承诺".into(),
                given: true,
            },
        ),
        "第四十一条第二款",
    )
}

pub fn facts(change: bool) -> SummaryList {
    let row = |key: &str, value: &str| {
        let row = SummaryRow::text(key, value);
        if change { row.changed_at("/apply/legal-aid/2") } else { row }
    };
    SummaryList {
        title: if change { "申请人".into() } else { String::new() },
        rows: vec![
            row("姓名", "周小满"),
            row("身份证号", "990102********002X"),
            row("手机号", "138****0017"),
            row("事情经过", "3月到7月在东湖区工地做木工，老板说好每天320元，到现在只给过2000元生活费。"),
            row("欠多少", "36,800.00 元"),
            row("经济状况", "进城务工人员讨要劳动报酬，免予核查（第四十二条第三项）"),
        ],
    }
}

pub fn qr() -> Markup {
    let mut svg = String::from("<svg viewBox=\"0 0 29 29\" shape-rendering=\"crispEdges\"><path d=\"");
    let eye = |x: u32, y: u32| !(7..=21).contains(&x) && y < 7 || x < 7 && y > 21;
    for y in 0..29_u32 {
        for x in 0..29_u32 {
            let (ex, ey) = (if x > 21 { x - 22 } else { x }, if y > 21 { y - 22 } else { y });
            let frame =
                eye(x, y) && (ex == 0 || ex == 6 || ey == 0 || ey == 6 || (2..5).contains(&ex) && (2..5).contains(&ey));
            let noise = !eye(x, y) && (x.wrapping_mul(2_654_435_761) ^ y.wrapping_mul(40_503_977)) >> 13 & 1 == 1;
            if frame || noise {
                svg.push_str(&format!("M{x} {y}h1v1h-1z"));
            }
        }
    }
    svg.push_str("\"/></svg>");
    Markup::drawn(svg)
}

pub fn review_clock(near: bool) -> DeadlineCard {
    DeadlineCard {
        id: "clock-review".into(),
        duty: "审查并作出决定".into(),
        turn: "轮到示范市法律援助中心".into(),
        reader_acts: false,
        light: if near { Light::new(LightState::Near, "剩2天") } else { Light::new(LightState::Ample, "剩7天") },
        days_used: if near { 5 } else { 0 },
        days_total: 7,
        days_text: if near { "已用5天，还剩2天".into() } else { "从明天算第1天，一共7天".into() },
        due_on: "2026年10月15日 星期四".into(),
        counting: "法律援助法没有写“工作日”，按自然日计算；收到当天不算，最后一天遇节假日顺延。".into(),
        limit: "收到申请之日起7日".into(),
        article: Some(art("法律援助法第四十三条")),
        earlier_due: None,
        steps: vec![
            ClockStep {
                day: "2026-10-08".into(),
                text: "收到申请，这一天不算".into(),
                article: Some(art("第四十三条")),
            },
            ClockStep { day: "2026-10-09".into(), text: "第1日".into(), article: None },
            ClockStep {
                day: "2026-10-15".into(), text: "第7日，星期四，是工作日，不用顺延".into(), article: None
            },
        ],
        stopped: None,
        at_expiry: "到期还没有决定，就是超期；司法局会看到，您可以投诉。".into(),
        remedy: Some(Remedy {
            text: "对不予援助的决定，可以向示范市司法局提出异议，5日内答复。".into(),
            form: None,
            article: Some(art("第四十九条")),
        }),
    }
}

pub fn stopped_clock() -> DeadlineCard {
    DeadlineCard {
        id: "clock-supplement".into(),
        duty: "补充材料".into(),
        turn: "轮到您：请补一份材料".into(),
        reader_acts: true,
        light: Light::new(LightState::Stopped, "中止"),
        days_used: 3,
        days_text: "审查已用3天，等您补材料期间不计时".into(),
        due_on: String::new(),
        stopped: Some(Stopped {
            reason: "还缺一份能证明在工地干活的材料，补好就接着计时。".into(),
            since: "2026年10月11日".into(),
            paper: Some(Link::new("补充材料通知书（PDF）", "/paper/2")),
        }),
        at_expiry: "没有按要求补充，也没有说明的，视为撤回申请；以后还可以再申请。".into(),
        ..review_clock(true)
    }
}

pub fn timeline() -> Timeline {
    let entry = |progress, what: &str, who: &str, when: &str| TimelineEntry {
        progress,
        what: what.into(),
        who: who.into(),
        when: when.into(),
        note: None,
        papers: vec![],
        articles: vec![],
    };
    Timeline {
        entries: vec![
            TimelineEntry {
                papers: vec![Link::new("接收凭证", "/paper/1")],
                ..entry(Progress::Past, "收到申请", "周小满（手机）", "2026年10月8日 10:41")
            },
            TimelineEntry {
                note: Some("请补一份能证明在工地干活的材料：工牌、考勤、工友证言，有一样就行。".into()),
                papers: vec![Link::new("补充材料通知书", "/paper/2")],
                articles: vec![art("第四十三条第二款")],
                ..entry(Progress::Now, "一次性告知要补的材料", "沈知微（审查人员）", "2026年10月11日 15:20")
            },
            entry(Progress::Next, "作出是否给予援助的决定", "", ""),
            entry(Progress::Next, "指派律师", "", "决定后3日内"),
        ],
    }
}

pub fn shell(title: &str, large: bool) -> PublicShell {
    PublicShell {
        title: title.into(),
        site: "示范市公共法律服务".into(),
        office: "示范市司法局".into(),
        hotline: "12348".into(),
        large,
        here: "/".into(),
        back: Some(Link::new("返回", "/")),
        banner: "演示环境：页面里的人和案件都是模拟的".into(),
        wrong: false,
    }
}

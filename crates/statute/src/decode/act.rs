//! Acts: what may be done, by whom, where, and what follows.

use kernel::guard::{Expr, Operand};
use kernel::names::Name;
use kernel::procedure::{
    ActDef, ActKind, Amount, Answers, Assigns, Compute, Extend, ExtendBy, FormSection, Guard, MinYears, Notice,
    RateRead, Remedy, Target,
};

use crate::decode::{field, limit};
use crate::diagnostic::Code;
use crate::index::{Kind, Role};
use crate::reader::Reader;
use crate::sheet::{Child, many, once};
use crate::term::Written;

const KINDS: &[(&str, ActKind)] = &[
    ("open", ActKind::Open),
    ("ask", ActKind::Ask),
    ("answer", ActKind::Answer),
    ("propose", ActKind::Propose),
    ("decide", ActKind::Decide),
    ("assign", ActKind::Assign),
    ("record", ActKind::Record),
    ("expire", ActKind::Expire),
];

/// What the child nodes of an act add.
#[derive(Default)]
struct Parts {
    form: Vec<FormSection>,
    guards: Vec<Guard>,
    notices: Vec<Notice>,
    computes: Vec<Compute>,
    assigns: Option<Assigns>,
    remedy: Option<Remedy>,
    extends: Vec<Extend>,
}

/// An act.
pub(crate) fn act(reader: &Reader<'_>, statute: &str) -> ActDef {
    let name = reader.declares(Kind::Act, None, "行为名称");
    let mut parts = Parts::default();
    let kind = reader.need_word("kind", KINDS, "哪一类行为").unwrap_or(ActKind::Record);
    let title = reader.need_text("title", "显示的名称").value;
    let by = reader.names("by", Kind::Seat, "谁可以做");
    let within = reader.names("in", Kind::Stage, "在哪些环节可以做；`open` 不写");
    let to = reader.one("to", Kind::Stage, "之后到哪个环节；不写就留在原处").map_or(Target::Stay, Target::Stage);
    let once = reader.flag("once", "每件只能做一次");
    let apart_from = reader.names("apart-from", Kind::Act, "做过这些行为的人不能做");
    let stops = reader.names("stops", Kind::Limit, "使哪些期限停下");
    let deducts = reader.names("deducts", Kind::Limit, "从此起使哪些期限不计入，到 `resumes` 为止（扣除）");
    let restarts = reader.names("restarts", Kind::Limit, "使哪些期限从这一天重新计算");
    let resumes = reader.names("resumes", Kind::Limit, "使哪些期限接着走");
    let raises = reader.names("raises", Kind::Mark, "留下哪些待办");
    let settles = reader.names("settles", Kind::Mark, "了结哪些待办");
    let releases = reader.names("releases", Kind::Slot, "空出哪些位置");
    let frees = reader.names("frees", Kind::Slot, "哪些位置上的人已经办完：留在记录里，不再占在办件数");
    let papers = reader.names("paper", Kind::Paper, "发出哪些文书");
    let with = reader.one("with", Kind::Field, "两人共同做的，写着另一人的 `colleague` 字段");
    let recuses = reader.one("recuses", Kind::Field, "写着谁回避的 `colleague` 字段；此后这个人不能再办本件");
    let alone = reader.text("alone", "提出和决定可以是同一个人的，写明为什么").map(|text| text.value);
    let answers = answers(reader);
    let publishes = reader.names("publishes", Kind::Paper, "向社会公开哪些文书");
    let unpublishes = reader.names("unpublishes", Kind::Paper, "从公开页撤下哪些文书");
    let adverse = reader.flag("adverse", "对当事人不利；必须写救济和文书");
    let voids = reader.one("voids", Kind::Field, "写着要作废的文书号的字段");
    let reissues = reader.flag("reissues", "作废的文书用新文书号重新出具，内容不变");
    let needs_dossier = reader.flag("needs-dossier", "卷内材料齐了才能做");
    let reroutes = reader.flag("reroutes", "重新确定由哪个机构办（移送）");
    let cites = reader.cites("cite", "依据");
    reader.children(&children(&name, statute), &mut parts);
    ActDef {
        name,
        title,
        kind,
        by,
        within,
        to,
        form: parts.form,
        guards: parts.guards,
        once,
        apart_from,
        stops,
        deducts,
        restarts,
        resumes,
        extends: parts.extends,
        with,
        recuses,
        alone,
        answers,
        publishes,
        unpublishes,
        raises,
        settles,
        assigns: parts.assigns,
        releases,
        frees,
        computes: parts.computes,
        papers,
        adverse,
        remedy: parts.remedy,
        notices: parts.notices,
        voids,
        reissues,
        needs_dossier,
        reroutes,
        cites,
    }
}

fn answers(reader: &Reader<'_>) -> Option<Answers> {
    let act = reader.one("answers", Kind::Act, "逐条答复哪个行为");
    let item = reader.one("item", Kind::Field, "写着答复哪一条的 `item` 字段");
    if act.is_some() != item.is_some() {
        let message = "`answers`（答复哪个行为）和 `item`（答复哪一条）要一起写";
        let diagnostic = reader.error(Code::MissingProperty, reader.span(), message);
        reader.push(diagnostic.help("如 `answers=\"receive-comment\" item=\"comment\"`。"));
    }
    Some(Answers { act: act?, item: item? })
}

fn extend(reader: &Reader<'_>, statute: &str) -> Extend {
    let limit = reader.arg("延长哪个期限");
    reader.refer(Kind::Limit, Name::new(&limit), reader.span());
    let fixed = reader.int("by", 1..=10_000, "延长多少").and_then(|by| u32::try_from(by).ok());
    let field = reader.one("field", Kind::Field, "延长多少写在哪个数字字段里");
    let at_most = reader.int("at-most", 1..=10_000, "写在字段里的，最多多少").and_then(|most| u32::try_from(most).ok());
    let written = reader.need_word("unit", limit::UNITS, "单位；`day` 按法律自己的算法").unwrap_or(Written::Day);
    let times = reader.int("times", 1..=100, "最多延长几次；不写为一次").and_then(|times| u32::try_from(times).ok());
    let cite = reader.cite("cite", "依据");
    reader.date("checked", "哪一天核对过条文");
    let by = match (fixed, field, at_most) {
        (Some(by), None, None) => ExtendBy::Fixed(by),
        (None, Some(field), Some(at_most)) => ExtendBy::Field { field, at_most },
        _ => {
            let message = "`extend` 要写 `by`，或者写 `field` 和 `at-most`";
            let diagnostic = reader.error(Code::MissingProperty, reader.span(), message);
            reader.push(diagnostic.help("如 `by=30`，或者 `field=\"days\" at-most=30`。"));
            ExtendBy::Fixed(1)
        }
    };
    let amount = match by {
        ExtendBy::Fixed(by) => Amount::Fixed(by),
        ExtendBy::Field { at_most, .. } => Amount::Fixed(at_most),
    };
    let counted_by = cite.as_ref().map_or(statute, |cite| &cite.statute);
    let unit = limit::resolved(reader, written, &amount, counted_by);
    Extend { limit: Name::new(limit), by, unit, times: times.unwrap_or(1), cite }
}

fn children<'t>(act: &'t Name, statute: &'t str) -> Vec<Child<'t, Parts>> {
    vec![
        many("section", "表单的一页。", |reader, parts: &mut Parts| field::section(reader, act, &mut parts.form)),
        many("guard", "办这件事的条件；不成立时告诉人为什么。", |reader, parts: &mut Parts| {
            parts.guards.push(guard(reader, act));
        }),
        many("notice", "随之发出的短消息。", |reader, parts: &mut Parts| {
            let to = reader.need_one("to", Kind::Seat, "发给谁");
            parts
                .notices
                .push(Notice { to, text: reader.need_message("text", "内容，`{number}` 处填入办件号") });
        }),
        many("compute", "按标准算出的金额：`base` × `factor`。", |reader, parts: &mut Parts| {
            parts.computes.push(compute(reader, act));
        }),
        many("extend", "延长一个期限。", move |reader, parts: &mut Parts| {
            parts.extends.push(extend(reader, statute));
        }),
        once("assigns", "按规则选定一个人。", |reader, parts: &mut Parts| {
            parts.assigns = Some(assigns(reader, act))
        }),
        once("remedy", "当事人不服怎么办；印在文书上。", |reader, parts: &mut Parts| {
            parts.remedy = Some(Remedy {
                text: reader.arg("怎样救济"),
                body: reader.need_text("body", "向谁提出").value,
                term: reader.need_text("term", "期限，用话写；法律没有规定也要写明").value,
                act: reader.one("act", Kind::Act, "在本事项里提出时的行为"),
                cite: reader.need_cite("cite", "依据"),
            });
        }),
    ]
}

fn guard(reader: &Reader<'_>, act: &Name) -> Guard {
    let condition = reader.need_condition("when", Role::Guard, Some(act), "必须成立的条件");
    let (when, source) = condition.unwrap_or((Expr::Literal(Operand::Bool(true)), String::new()));
    Guard {
        when,
        source,
        otherwise: reader.need_text("otherwise", "不成立时告诉人的话").value,
        cite: reader.cite("cite", "依据"),
    }
}

fn compute(reader: &Reader<'_>, act: &Name) -> Compute {
    let field = reader.declares(Kind::Field, Some(act), "算出来的字段名称");
    let title = reader.need_text("title", "显示的名称").value;
    let base = reader.need_one("base", Kind::Rate, "基数用哪个标准");
    let base_key = reader.one("base-key", Kind::Field, "按哪个字段取基数");
    let factor = reader.one("factor", Kind::Rate, "系数用哪个标准");
    let factor_key = reader.one("factor-key", Kind::Field, "按哪个字段取系数");
    Compute {
        field,
        title,
        base: RateRead { rate: base, key: base_key },
        factor: factor.map(|rate| RateRead { rate, key: factor_key }),
        governed_by: reader.need_one("governed-by", Kind::Act, "按做哪个行为那一天的标准"),
        cite: reader.need_cite("cite", "依据"),
    }
}

fn assigns(reader: &Reader<'_>, act: &Name) -> Assigns {
    let slot = reader.arg("放到哪个位置");
    reader.refer(Kind::Slot, Name::new(&slot), reader.span());
    let mut min_years = None;
    let found = Assigns {
        slot: Name::new(slot),
        register: Name::new(reader.need_text("from", "从哪个名册").value),
        wishes: reader.one("wishes", Kind::Field, "当事人点选的字段"),
        consent: reader.one("consent", Kind::Field, "同意轮派的字段"),
        cap: reader.one("cap", Kind::Rate, "在办件数上限的标准"),
        conflict_fields: reader.names("conflict", Kind::Field, "写着对方是谁的字段，用来查利害关系"),
        min_years: None,
        not_from_slots: reader.names("not-from-slots", Kind::Slot, "这些位置上现在和从前的人不能选"),
        not_from_firms_of: reader.names("not-from-firms-of", Kind::Slot, "这些位置上的人所在的机构，整个不能选"),
        firms_register: reader
            .text("firms-register", "那些机构在哪个名册里查；不写就是本名册")
            .map(|text| Name::new(text.value)),
        cite: reader.need_cite("cite", "依据"),
    };
    let years = once("min-years", "要求的执业年限。", |reader: &Reader<'_>, found: &mut Option<MinYears>| {
        let years = reader.arg_int(1..=60, "年数").and_then(|years| u32::try_from(years).ok()).unwrap_or(0);
        let when = field::when(reader, "when", Role::Inside, Some(act), "什么时候要求；不写就是一律要求");
        let when = when.unwrap_or(Expr::Literal(Operand::Bool(true)));
        *found = Some(MinYears { years, when, cite: reader.need_cite("cite", "依据") });
    });
    reader.children(&[years], &mut min_years);
    Assigns { min_years, ..found }
}

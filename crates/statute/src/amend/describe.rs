//! One edition as a list of things, each with its aspects in words.
//!
//! INVARIANT: each chapter of a procedure is described; what an aspect leaves out is still in `whole`.

use kernel::clock::{Term, zh_date};
use kernel::procedure::{
    ActDef, ActKind, Amount, Binds, DossierSource, Expiry, ExtendBy, Field, FieldKind, Keep, Limit, Procedure, Target,
};

use super::{Chapter, Thing};
use crate::spelled::spelled;
use crate::words::{self, Words, cited, function};

/// Every thing of an edition, in the order of the file.
pub(super) fn things(procedure: &Procedure) -> Vec<Thing> {
    let mut things = vec![matter(procedure)];
    let words = Words(procedure);
    things.extend(procedure.seats.iter().map(|seat| {
        let aspects = vec![("名称", seat.title.clone()), ("在哪里", words::place(&seat.place))];
        plain(Chapter::Seats, seat.name.as_str(), &seat.title, aspects, format!("{seat:?}"))
    }));
    things.extend(procedure.stages.iter().map(|stage| {
        let aspects = vec![
            ("名称", stage.title.clone()),
            ("轮到谁", words.seats(&stage.by)),
            ("是否办结", yes(stage.closed)),
            ("没有期限的理由", stage.no_limit.clone().unwrap_or_default()),
            ("告诉当事人", stage.tells.clone()),
            ("依据", cited(&stage.cites)),
        ];
        let thing = plain(Chapter::Stages, stage.name.as_str(), &stage.title, aspects, format!("{stage:?}"));
        Thing { cites: stage.cites.clone(), ..thing }
    }));
    for act in &procedure.acts {
        things.push(self::act(words, act));
        things.extend(act.form.iter().flat_map(|section| {
            section.fields.iter().map(|field| self::field(words, act, &section.title, field)).collect::<Vec<_>>()
        }));
    }
    things.extend(procedure.limits.iter().map(|limit| self::limit(procedure, limit)));
    things.extend(procedure.marks.iter().map(|mark| {
        let aspects = vec![
            ("名称", mark.title.clone()),
            ("轮到谁", words.seat(&mark.by)),
            ("没有期限的理由", mark.no_limit.clone().unwrap_or_default()),
        ];
        plain(Chapter::Marks, mark.name.as_str(), &mark.title, aspects, format!("{mark:?}"))
    }));
    lists(procedure, &mut things);
    papers(procedure, &mut things);
    guide(procedure, &mut things);
    things
}

fn plain(chapter: Chapter, key: &str, subject: &str, aspects: Vec<(&'static str, String)>, whole: String) -> Thing {
    let (key, subject) = (key.to_owned(), subject.to_owned());
    Thing { chapter, key, subject, owner: None, aspects, cites: Vec::new(), whole }
}

fn yes(flag: bool) -> String {
    if flag { "是" } else { "否" }.to_owned()
}

fn matter(procedure: &Procedure) -> Thing {
    let words = Words(procedure);
    let competence = &procedure.competence;
    let level = competence.level.map(words::level).unwrap_or_default();
    let by = competence
        .by_field
        .as_ref()
        .map_or_else(|| "由开件人所在的机构定".to_owned(), |field| format!("按“{}”定", words.field(field)));
    let aspects = vec![
        ("名称", procedure.title.clone()),
        ("职能", function(procedure.function).0.to_owned()),
        ("执行的法律", procedure.statute.clone()),
        ("施行", zh_date(procedure.in_force_from)),
        ("停止施行", procedure.in_force_until.map(zh_date).unwrap_or_default()),
        ("按什么列出", procedure.titled_by.as_ref().map(|field| words.field(field)).unwrap_or_default()),
        ("封存", procedure.seal.as_ref().map(|seal| words.seal(seal)).unwrap_or_default()),
        ("管辖", format!("{level}{}，{by}", competence.office_kind)),
        ("编号", procedure.number.pattern.clone()),
    ];
    let whole = format!("{competence:?} {:?} {:?}", procedure.number, procedure.seal);
    let thing = plain(Chapter::Matter, procedure.id.as_str(), &procedure.title, aspects, whole);
    Thing { cites: competence.cite.clone().into_iter().collect(), ..thing }
}

const fn kind(kind: ActKind) -> &'static str {
    match kind {
        ActKind::Open => "开件",
        ActKind::Ask => "请求",
        ActKind::Answer => "答复、说明",
        ActKind::Propose => "提出意见",
        ActKind::Decide => "决定",
        ActKind::Assign => "指派",
        ActKind::Record => "记录",
        ActKind::Expire => "届满自动发生",
    }
}

fn act(words: Words<'_>, act: &ActDef) -> Thing {
    let to = match &act.to {
        Target::Stay => "留在原处".to_owned(),
        Target::Stage(stage) => words.stage(stage),
    };
    let guards = act.guards.iter().map(|guard| format!("{}（否则：{}）", spelled(&guard.when), guard.otherwise));
    let extends = act.extends.iter().map(|extend| {
        let (ExtendBy::Fixed(amount) | ExtendBy::Field { at_most: amount, .. }) = &extend.by;
        let most = if matches!(extend.by, ExtendBy::Field { .. }) { "最多" } else { "" };
        let term = Term { amount: *amount, unit: extend.unit }.zh();
        format!("{}延长{most}{term}，{}次", words.limit(&extend.limit), extend.times)
    });
    let remedy = act
        .remedy
        .as_ref()
        .map(|remedy| format!("{}；向{}；期限：{}（{}）", remedy.text, remedy.body, remedy.term, remedy.cite));
    let notices = act.notices.iter().map(|notice| format!("{}：{}", words.seat(&notice.to), notice.text));
    let names = |names: &[kernel::names::Name]| names.iter().map(ToString::to_string).collect::<Vec<_>>().join("、");
    let aspects = vec![
        ("名称", act.title.clone()),
        ("哪一类", kind(act.kind).to_owned()),
        ("谁可以做", words.seats(&act.by)),
        ("在哪些环节", words.stages(&act.within)),
        ("之后到", to),
        ("条件", guards.collect::<Vec<_>>().join("；")),
        ("每件一次", yes(act.once)),
        ("不得同为", words.acts(&act.apart_from)),
        ("可以同一人的理由", act.alone.clone().unwrap_or_default()),
        ("另一人", act.with.as_ref().map(|field| words.field(field)).unwrap_or_default()),
        ("延长", extends.collect::<Vec<_>>().join("；")),
        ("留下待办", words.marks(&act.raises)),
        ("了结待办", words.marks(&act.settles)),
        ("文书", words.papers(&act.papers)),
        ("公开", words.papers(&act.publishes)),
        ("撤下", words.papers(&act.unpublishes)),
        ("指派到", act.assigns.as_ref().map(|assigns| assigns.slot.to_string()).unwrap_or_default()),
        ("空出位置", names(&act.releases)),
        ("对当事人不利", yes(act.adverse)),
        ("救济", remedy.unwrap_or_default()),
        ("告知", notices.collect::<Vec<_>>().join("；")),
        ("要卷内材料齐", yes(act.needs_dossier)),
        ("依据", cited(&act.cites)),
    ];
    // The form is described field by field, stops and restarts with the limits they touch.
    let bare = ActDef {
        form: Vec::new(),
        stops: Vec::new(),
        deducts: Vec::new(),
        restarts: Vec::new(),
        resumes: Vec::new(),
        ..act.clone()
    };
    let thing = plain(Chapter::Acts, act.name.as_str(), &act.title, aspects, format!("{bare:?}"));
    Thing { cites: act.cites.clone(), ..thing }
}

fn field(words: Words<'_>, act: &ActDef, section: &str, field: &Field) -> Thing {
    let need = match (&field.or_promise, &field.may_follow, field.required) {
        (Some(promise), ..) => format!("可以由“{}”代替", words.field(promise)),
        (None, Some(mark), _) => format!("可以后补（{}）", words.mark(mark)),
        (None, None, true) => "必填".to_owned(),
        (None, None, false) => "可以不填".to_owned(),
    };
    let aspects = vec![
        ("名称", field.title.clone()),
        ("在表单的", section.to_owned()),
        ("填什么", holds(words, &field.kind)),
        ("要不要填", need),
        ("什么时候问", field.when.as_ref().map(spelled).unwrap_or_default()),
        ("提示", field.hint.clone()),
        ("是谁的个人信息", field.personal.as_ref().map(|seat| words.seat(seat)).unwrap_or_default()),
        ("不让谁知道", words.seats(&field.veiled_from)),
        ("依据", cited(&field.cite)),
    ];
    let key = format!("{}/{}", act.name, field.name);
    let subject = format!("{}：{}", act.title, field.title);
    let thing = plain(Chapter::Fields, &key, &subject, aspects, format!("{field:?}"));
    let owner = Some((Chapter::Acts, act.name.to_string()));
    Thing { owner, cites: field.cite.clone().into_iter().collect(), ..thing }
}

fn holds(words: Words<'_>, kind: &FieldKind) -> String {
    match kind {
        FieldKind::Text { max_chars } => format!("一行文字，{max_chars}字以内"),
        FieldKind::Long { max_chars } => format!("几行文字，{max_chars}字以内"),
        FieldKind::Money => "金额".to_owned(),
        FieldKind::Number { min, max } if *max == i64::MAX => format!("整数，{min}以上"),
        FieldKind::Number { min, max } => format!("整数，{min}到{max}"),
        FieldKind::Date { past: true } => "不晚于当天的日期".to_owned(),
        FieldKind::Date { past: false } => "日期".to_owned(),
        FieldKind::Time => "日期和时刻".to_owned(),
        FieldKind::Bool => "是或者否".to_owned(),
        FieldKind::Promise { text } => format!("承诺：{text}"),
        FieldKind::Choice { list } => format!("选项表 {list} 的一项"),
        FieldKind::Choices { list } => format!("选项表 {list} 的几项"),
        FieldKind::Ranking { register, max } => format!("名册 {register} 的至多{max}个，按先后"),
        FieldKind::ResidentId => "公民身份号码".to_owned(),
        FieldKind::CreditCode => "统一社会信用代码".to_owned(),
        FieldKind::Phone => "电话".to_owned(),
        FieldKind::Region => "行政区划".to_owned(),
        FieldKind::Office { kind } => format!("一个{kind}"),
        FieldKind::Colleague { seat } => format!("另一名{}", words.seat(seat)),
        FieldKind::Item { act } => format!("一次“{}”", words.act(act)),
        FieldKind::Matter { procedure } => format!("另一件 {procedure} 的编号"),
        FieldKind::Files { media, max_bytes } => {
            format!("文件（{}），每个{}MiB以内", media.join("、"), max_bytes / (1024 * 1024))
        }
    }
}

fn limit(procedure: &Procedure, limit: &Limit) -> Thing {
    let words = Words(procedure);
    let rate = match &limit.amount {
        Amount::Rate(rate) => format!("（标准 {rate}）"),
        Amount::Field(field) => format!("（“{}”）", words.field(field)),
        Amount::Fixed(_) => String::new(),
    };
    let touched = |of: fn(&ActDef) -> &Vec<kernel::names::Name>| {
        let acts = procedure.acts.iter().filter(|act| of(act).contains(&limit.name)).map(|act| act.name.clone());
        words.acts(&acts.collect::<Vec<_>>())
    };
    let without = limit.without.iter().map(|period| {
        format!("{}（“{}”到“{}”）", period.cause, words.field(&period.from_field), words.field(&period.until_field))
    });
    let post = limit.post.as_ref().map(|post| format!("“{}”（{}）", words.field(&post.field), post.cite));
    let (held, waived) = match &limit.binds {
        Binds::AtLeast { holds, waived } => (words.acts(holds), waived.as_ref().map(spelled).unwrap_or_default()),
        Binds::OrRefused { otherwise } => (format!("逾期不收：{otherwise}"), String::new()),
        Binds::Within | Binds::Before { .. } => (String::new(), String::new()),
    };
    let end = match &limit.expiry {
        Expiry::Alarm => "亮超期灯".to_owned(),
        Expiry::Act(act) => words.act(act),
    };
    let aspects = vec![
        ("名称", limit.title.clone()),
        ("种类", words::kind(limit.kind).to_owned()),
        ("多久", format!("{}{rate}", words::length(limit, None))),
        ("起算", words.start(limit)),
        ("走在", words.course(limit)),
        ("期满之前不能做", held),
        ("可以不满的情形", waived),
        ("停下（中止）", touched(|act| &act.stops)),
        ("不计入（扣除）", touched(|act| &act.deducts)),
        ("重新计算", touched(|act| &act.restarts)),
        ("接着走", touched(|act| &act.resumes)),
        ("扣除的期间", without.collect::<Vec<_>>().join("；")),
        ("交邮不算过期", post.unwrap_or_default()),
        ("谁的责任", words.seat(&limit.by)),
        ("末日顺延", yes(limit.rolls)),
        ("当日计入", yes(limit.day_one)),
        ("届满", end),
        ("依据", cited(&limit.cite)),
    ];
    // When an article was last read is no change of law.
    let bare = Limit { checked: None, ..limit.clone() };
    let thing = plain(Chapter::Limits, limit.name.as_str(), &limit.title, aspects, format!("{bare:?}"));
    Thing { cites: limit.cite.clone().into_iter().collect(), ..thing }
}

fn lists(procedure: &Procedure, things: &mut Vec<Thing>) {
    for list in &procedure.choices {
        let entries: Vec<&str> = list.entries.iter().map(|entry| entry.title.as_str()).collect();
        let subject = format!("{}（{}）", list.name, entries.join("、"));
        things.push(plain(Chapter::Choices, list.name.as_str(), &subject, Vec::new(), String::new()));
        for entry in &list.entries {
            let key = format!("{}/{}", list.name, entry.name);
            let kept = entry.keep.map(Keep::zh).unwrap_or_default();
            let aspects = vec![("文字", entry.title.clone()), ("案卷保管", kept), ("依据", cited(&entry.cite))];
            let thing = plain(Chapter::Choices, &key, &entry.title, aspects, String::new());
            let owner = Some((Chapter::Choices, list.name.to_string()));
            things.push(Thing { owner, cites: entry.cite.clone().into_iter().collect(), ..thing });
        }
    }
}

fn papers(procedure: &Procedure, things: &mut Vec<Thing>) {
    let words = Words(procedure);
    things.extend(procedure.papers.iter().map(|paper| {
        let aspects = vec![
            ("名称", paper.title.clone()),
            ("模板", paper.template.clone()),
            ("文号", paper.number.as_ref().map(|number| number.pattern.clone()).unwrap_or_default()),
            ("发给", paper.to.as_ref().map(|seat| words.seat(seat)).unwrap_or_default()),
            ("谁可以打开", words.seats(&paper.readers)),
            ("以谁的名义", paper.in_name_of.as_ref().map(|seat| words.seat(seat)).unwrap_or_default()),
            ("盖章", yes(paper.sealed)),
            ("正文", paper.paras.join(" ")),
        ];
        plain(Chapter::Papers, paper.name.as_str(), &paper.title, aspects, format!("{paper:?}"))
    }));
    things.extend(procedure.dossier.iter().map(|item| {
        let source = match &item.source {
            DossierSource::Paper(paper) => format!("文书“{}”", words.paper(paper)),
            DossierSource::Field(field) => format!("材料“{}”", words.field(field)),
            DossierSource::Records { acts, paper } => format!("{}（印成“{}”）", words.acts(acts), words.paper(paper)),
        };
        let must = match (&item.must, item.always) {
            (_, true) => "必须".to_owned(),
            (Some(when), false) => format!("{}的必须", spelled(when)),
            (None, false) => "按需".to_owned(),
        };
        let aspects = vec![("放在", item.part.clone()), ("来源", source), ("要不要", must)];
        plain(Chapter::Dossier, &item.title, &item.title, aspects, format!("{item:?}"))
    }));
}

fn guide(procedure: &Procedure, things: &mut Vec<Thing>) {
    let guide = &procedure.guide;
    let who = guide
        .who
        .iter()
        .map(|(text, cite)| format!("{text}{}", cite.as_ref().map(ToString::to_string).unwrap_or_default()));
    let aspects = vec![
        ("一句话", guide.summary.clone()),
        ("谁可以办", who.collect::<Vec<_>>().join("；")),
        ("收费", guide.fee.as_ref().map(|(text, _)| text.clone()).unwrap_or_default()),
        ("电话", guide.phone.clone()),
    ];
    things.push(plain(Chapter::Guide, "guide", "办事指南", aspects, format!("{guide:?}")));
    let words = Words(procedure);
    things.extend(procedure.screening.questions.iter().map(|question| {
        let aspects = vec![("问题", question.title.clone()), ("填什么", holds(words, &question.kind))];
        let key = format!("screening/{}", question.name);
        plain(Chapter::Guide, &key, &question.title, aspects, format!("{question:?}"))
    }));
    things.extend(procedure.screening.rows.iter().map(|row| {
        let aspects = vec![("条件", spelled(&row.when)), ("告诉人", row.text.clone()), ("依据", cited(&row.cite))];
        let thing = plain(Chapter::Guide, &format!("row/{}", row.title), &row.title, aspects, format!("{row:?}"));
        Thing { cites: row.cite.clone().into_iter().collect(), ..thing }
    }));
    things.extend(procedure.open_points.iter().map(|point| {
        let aspects = vec![
            ("问题", point.question.clone()),
            ("暂按", point.assumption.clone()),
            ("看过", point.sources.clone()),
            ("由谁弄清", point.owner.clone()),
        ];
        plain(Chapter::OpenPoints, point.name.as_str(), &point.question, aspects, format!("{point:?}"))
    }));
}

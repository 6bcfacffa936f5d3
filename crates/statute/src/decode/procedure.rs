//! A whole procedure: the top-level nodes of its file.

use jiff::civil::Date;
use kernel::ledger::Digest;
use kernel::names::Name;
use kernel::procedure::{
    ActDef, ChoiceList, Competence, DossierItem, Function, Guide, Level, Limit, Mark, NumberSeries, OpenPoint,
    PaperDef, Procedure, Screening, ScreeningOutcome, ScreeningRow, Seal, Seat, SeatPlace, Stage, Succession,
};

use crate::decode::{act, field, limit, paper};
use crate::diagnostic::Code;
use crate::index::{Kind, Role};
use crate::reader::Reader;
use crate::sheet::{Child, many, once};

/// A procedure while its nodes are being read.
#[derive(Default)]
pub(crate) struct Draft {
    pub id: Name,
    title: String,
    function: Option<Function>,
    in_force_from: Option<Date>,
    in_force_until: Option<Date>,
    titled_by: Option<Name>,
    seal: Option<Seal>,
    pub statute: String,
    seats: Vec<Seat>,
    choices: Vec<ChoiceList>,
    competence: Option<Competence>,
    succession: Succession,
    stages: Vec<Stage>,
    acts: Vec<ActDef>,
    limits: Vec<Limit>,
    marks: Vec<Mark>,
    number: Option<NumberSeries>,
    papers: Vec<PaperDef>,
    dossier: Vec<DossierItem>,
    guide: Guide,
    screening: Screening,
    open_points: Vec<OpenPoint>,
}

const FUNCTIONS: &[(&str, Function)] = &[
    ("coordination", Function::Coordination),
    ("legislation", Function::Legislation),
    ("enforcement", Function::Enforcement),
    ("corrections", Function::Corrections),
    ("services", Function::Services),
];

/// The top-level nodes of a procedure.
pub(crate) fn nodes() -> Vec<Child<'static, Draft>> {
    vec![
        once("matter", "一个事项：属于哪项职能、执行哪部法律、有哪些席位。", matter),
        once("guide", "办事指南里规则没有说的话。", |reader, draft: &mut Draft| {
            guide(reader, &mut draft.guide)
        }),
        many("choices", "一张选项表。", |reader, draft: &mut Draft| draft.choices.push(field::list(reader))),
        once(
            "screening",
            "申请之前的几个问题和答案，从上往下第一行成立的作答。",
            |reader, draft: &mut Draft| {
                screening(reader, &mut draft.screening);
            },
        ),
        once("competence", "由哪个机构办。", |reader, draft: &mut Draft| {
            draft.competence = Some(competence(reader));
        }),
        many("stage", "办件停着等人办的一个环节。", |reader, draft: &mut Draft| {
            draft.stages.push(stage(reader))
        }),
        many("act", "可以做的一件事。", |reader, draft: &mut Draft| {
            let statute = draft.statute.clone();
            draft.acts.push(act::act(reader, &statute));
        }),
        many("limit", "一个期限。", |reader, draft: &mut Draft| {
            let statute = draft.statute.clone();
            draft.limits.push(limit::limit(reader, &statute));
        }),
        many("mark", "环节之外悬着的一件待办。", |reader, draft: &mut Draft| {
            draft.marks.push(Mark {
                name: reader.declares(Kind::Mark, None, "待办名称"),
                title: reader.need_text("title", "显示的名称").value,
                by: reader.need_one("by", Kind::Seat, "轮到谁"),
                no_limit: reader.text("no-limit", "没有期限的，写明为什么").map(|text| text.value),
            });
        }),
        once("number", "办件自己的编号，开件时抽取。", |reader, draft: &mut Draft| {
            draft.number = Some(paper::number(reader))
        }),
        many("paper", "一种文书。", |reader, draft: &mut Draft| draft.papers.push(paper::paper(reader))),
        many("dossier", "卷内目录；可以分几处写，按先后排列。", |reader, draft: &mut Draft| {
            paper::dossier(reader, &mut draft.dossier);
        }),
        once(
            "seals",
            "哪个回答使档案依法封存；没有这个回答（已经删除）的也封存。",
            |reader, draft: &mut Draft| {
                draft.seal = Some(seal(reader));
            },
        ),
        once("edition", "这一版改了什么，在办的件怎么办。", |reader, draft: &mut Draft| {
            succession(reader, &mut draft.succession);
        }),
        many("open-point", "对法律的理解还没有定论的一点（待核）。", |reader, draft: &mut Draft| {
            draft.open_points.push(OpenPoint {
                name: reader.declares(Kind::OpenPoint, None, "待核事项名称"),
                question: reader.need_text("question", "问题").value,
                assumption: reader.need_text("assumption", "暂按什么办").value,
                sources: reader.need_text("sources", "看过什么").value,
                owner: reader.need_text("owner", "由谁弄清").value,
            });
        }),
    ]
}

const LEVELS: &[(&str, Level)] =
    &[("province", Level::Province), ("city", Level::City), ("county", Level::County), ("town", Level::Town)];

fn competence(reader: &Reader<'_>) -> Competence {
    let office_kind = reader.need_one("office", Kind::OfficeType, "机构种类").to_string();
    let level = reader.word("level", LEVELS, "哪一级；不写就是管得最近的");
    let by_field = reader.one("by", Kind::Field, "按哪个区划字段定；不写就由开件人所在的机构定");
    let cite =
        if by_field.is_some() { Some(reader.need_cite("cite", "依据")) } else { reader.cite("cite", "依据") };
    Competence { office_kind, level, by_field, cite }
}

fn seal(reader: &Reader<'_>) -> Seal {
    Seal {
        field: reader.says_of(Kind::Field, Kind::Seal, "每个开件行为都要问的选择字段"),
        value: reader.need_text("value", "选哪一项就封存").value,
        cite: reader.need_cite("cite", "依据"),
    }
}

fn succession(reader: &Reader<'_>, succession: &mut Succession) {
    let change = many("change", "改了什么、为什么。", |reader: &Reader<'_>, succession: &mut Succession| {
        let text = reader.arg("改了什么");
        succession.changes.push((text, reader.cite("cite", "依据")));
    });
    let moves = once(
        "moves",
        "前一版的在办件，在这些环节的转到这一版。",
        |reader: &Reader<'_>, succession: &mut Succession| {
            succession.moves_in = reader.names("in", Kind::Stage, "哪些环节");
            succession.basis = Some(reader.need_text("reason", "为什么转").value);
            succession.cite = reader.cite("cite", "依据");
            succession.open_point = reader.one("open-point", Kind::OpenPoint, "依靠的待核事项");
        },
    );
    let stays =
        once("stays", "前一版的在办件都不转。", |reader: &Reader<'_>, succession: &mut Succession| {
            succession.basis = Some(reader.need_text("reason", "为什么不转").value);
            succession.cite = reader.cite("cite", "依据");
            succession.open_point = reader.one("open-point", Kind::OpenPoint, "依靠的待核事项");
        });
    reader.children(&[change, moves, stays], succession);
}

fn matter(reader: &Reader<'_>, draft: &mut Draft) {
    draft.id = reader.declares(Kind::Matter, None, "事项名称");
    draft.title = reader.need_text("title", "显示的名称").value;
    draft.function = reader.need_word("function", FUNCTIONS, "属于哪项职能");
    let statute = once(
        "statute",
        "执行的法律，和本文件的施行日期。",
        |reader: &Reader<'_>, draft: &mut Draft| {
            draft.statute = reader.arg("法律的名称");
            reader.refer(Kind::Statute, Name::new(&draft.statute), reader.span());
            draft.in_force_from = Some(reader.need_date("in-force-from", "从哪一天起按本文件开件"));
            draft.in_force_until = reader.date("in-force-until", "到哪一天（不含）为止");
        },
    );
    let seat = many("seat", "一个席位：谁办、谁是当事人。", |reader: &Reader<'_>, draft: &mut Draft| {
        draft.seats.push(seat(reader));
    });
    let titled = once("titled", "办件按什么叫法列出。", |reader: &Reader<'_>, draft: &mut Draft| {
        draft.titled_by = Some(reader.need_one("by", Kind::Field, "说明办什么事的选择字段"));
    });
    reader.children(&[statute, titled, seat], draft);
    if draft.in_force_from.is_none() {
        let diagnostic = reader.error(Code::MissingNode, reader.span(), "`matter` 里缺少 `statute`（执行的法律）");
        reader.push(diagnostic.help("加上 `statute \"法律\" in-force-from=\"日期\"`。"));
    }
}

/// A word of `where`, before its second property is read.
#[derive(Clone)]
enum Where {
    Plain(SeatPlace),
    Slot,
    Office,
}

fn seat(reader: &Reader<'_>) -> Seat {
    const PLACES: &[(&str, Where)] = &[
        ("owner", Where::Plain(SeatPlace::Owner)),
        ("above-owner", Where::Plain(SeatPlace::AboveOwner)),
        ("anywhere", Where::Plain(SeatPlace::Anywhere)),
        ("office", Where::Office),
        ("slot", Where::Slot),
        ("party", Where::Plain(SeatPlace::Party)),
        ("opener", Where::Plain(SeatPlace::Opener)),
        ("system", Where::Plain(SeatPlace::System)),
    ];
    let name = reader.declares(Kind::Seat, None, "席位名称");
    let title = reader.need_text("title", "显示的名称").value;
    let place = reader.need_word("where", PLACES, "坐这个席位的人在哪里");
    let slot = reader.text("slot", "`where=\"slot\"` 时，是哪个位置");
    let office = reader.one("office", Kind::OfficeType, "`where=\"office\"` 时，是哪种机构");
    let level = reader.word("level", LEVELS, "`where=\"office\"` 时，是哪一级；不写就是管得最近的");
    let by_field =
        reader.one("by", Kind::Field, "`where=\"office\"` 时，写着是哪个机构的 `office` 字段；没有填就是管得最近的");
    let lacks = |property: &str, what: &str| {
        let message = format!("`seat` 缺少 `{property}`（{what}）");
        let diagnostic = reader.error(Code::MissingProperty, reader.span(), message);
        reader.push(diagnostic.help(format!("加上 `{property}=\"…\"`。")));
        SeatPlace::System
    };
    let place = match (place, &slot, office) {
        (Some(Where::Slot), Some(slot), None) => {
            SeatPlace::Slot(reader.declare(Kind::Slot, None, &slot.value, slot.span.clone()))
        }
        (Some(Where::Slot), None, None) => lacks("slot", "是哪个位置"),
        (Some(Where::Office), None, Some(kind)) => SeatPlace::OfficeOf { kind: kind.to_string(), level, by_field },
        (Some(Where::Office), None, None) => lacks("office", "是哪种机构"),
        (Some(Where::Plain(place)), None, None) => place,
        (Some(_), slot, _) => {
            let span = slot.as_ref().map_or_else(|| reader.span(), |slot| slot.span.clone());
            let message = "只有 `where=\"slot\"` 的席位才写 `slot`，只有 `where=\"office\"` 的席位才写 `office`";
            reader.push(reader.error(Code::UnknownProperty, span, message).help("删去多写的一个，或者改 `where`。"));
            SeatPlace::System
        }
        (None, _, _) => SeatPlace::System,
    };
    Seat { name, title, place }
}

fn stage(reader: &Reader<'_>) -> Stage {
    Stage {
        name: reader.declares(Kind::Stage, None, "环节名称"),
        title: reader.need_text("title", "显示的名称").value,
        by: reader.names("by", Kind::Seat, "轮到谁；已办结的环节不写"),
        closed: reader.flag("closed", "办件到此办结"),
        no_limit: reader.text("no-limit", "没有期限的，写明为什么").map(|text| text.value),
        tells: reader.need_text("tells", "用平常话告诉当事人办到哪里").value,
        cites: reader.cites("cite", "依据"),
    }
}

fn guide(reader: &Reader<'_>, guide: &mut Guide) {
    let table: Vec<Child<'_, Guide>> = vec![
        once("summary", "一句话说这是办什么的。", |reader, guide: &mut Guide| {
            guide.summary = reader.arg("一句话")
        }),
        many("who", "谁可以申请。", |reader, guide: &mut Guide| {
            let text = reader.arg("哪些人");
            guide.who.push((text, reader.cite("cite", "依据")));
        }),
        once("fee", "收不收费。", |reader, guide: &mut Guide| {
            let text = reader.arg("收费的规定");
            guide.fee = Some((text, reader.cite("cite", "依据")));
        }),
        once("phone", "咨询电话。", |reader, guide: &mut Guide| guide.phone = reader.arg("电话")),
    ];
    reader.children(&table, guide);
}

fn screening(reader: &Reader<'_>, screening: &mut Screening) {
    const OUTCOMES: &[(&str, ScreeningOutcome)] = &[
        ("likely", ScreeningOutcome::Likely),
        ("ask", ScreeningOutcome::Ask),
        ("unlikely", ScreeningOutcome::Unlikely),
    ];
    let mut table = field::field_children(field::Place::Screening, |screening: &mut Screening, field| {
        screening.questions.push(field);
    });
    table.push(many("row", "一行答案。", |reader, screening: &mut Screening| {
        let title = reader.arg("这一行叫什么");
        let when = reader.need_condition("when", Role::Screening, None, "什么时候用这一行；最后一行可以写 `true`");
        let outcome = reader.need_word("outcome", OUTCOMES, "可能、要问、不太可能").unwrap_or(ScreeningOutcome::Ask);
        let text = reader.need_text("text", "告诉人的话").value;
        let cite = reader.cite("cite", "依据");
        if let Some((when, _)) = when {
            screening.rows.push(ScreeningRow { title, when, outcome, text, cite });
        }
    }));
    reader.children(&table, screening);
}

impl Draft {
    /// The procedure, once all nodes are read. What is missing has been reported or is reported by the caller.
    pub(crate) fn finish(self, edition: Digest) -> Procedure {
        Procedure {
            id: self.id,
            title: self.title,
            function: self.function.unwrap_or(Function::Services),
            edition,
            in_force_from: self.in_force_from.unwrap_or(Date::MAX),
            in_force_until: self.in_force_until,
            titled_by: self.titled_by,
            seal: self.seal,
            statute: self.statute,
            seats: self.seats,
            choices: self.choices,
            competence: self.competence.unwrap_or_default(),
            succession: self.succession,
            stages: self.stages,
            acts: self.acts,
            limits: self.limits,
            marks: self.marks,
            number: self.number.unwrap_or(NumberSeries { series: String::new(), pattern: String::new() }),
            papers: self.papers,
            dossier: self.dossier,
            guide: self.guide,
            screening: self.screening,
            open_points: self.open_points,
            sections: Vec::new(),
        }
    }

    /// Top-level nodes that every procedure needs and this one lacks, with what they are.
    pub(crate) fn missing(&self) -> Vec<(&'static str, &'static str)> {
        let mut missing = Vec::new();
        if self.competence.is_none() {
            missing.push(("competence", "由哪个机构办"));
        }
        if self.number.is_none() {
            missing.push(("number", "办件的编号"));
        }
        missing
    }
}

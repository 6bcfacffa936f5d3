//! Limits of time.

use kernel::clock::{StopKind, Unit};
use kernel::names::Name;
use kernel::procedure::{Amount, Anchor, Binds, Expiry, Limit, LimitKind, Post, Without};

use crate::diagnostic::Code;
use crate::index::{Kind, Role};
use crate::reader::Reader;
use crate::sheet::{many, once};
use crate::term::Written;

const KINDS: &[(&str, LimitKind)] =
    &[("statutory", LimitKind::Statutory), ("promised", LimitKind::Promised), ("internal", LimitKind::Internal)];

pub(crate) const UNITS: &[(&str, Written)] = &[
    ("day", Written::Day),
    ("natural-day", Written::Unit(Unit::NaturalDay)),
    ("working-day", Written::Unit(Unit::WorkingDay)),
    ("hour", Written::Unit(Unit::Hour)),
    ("minute", Written::Unit(Unit::Minute)),
    ("month", Written::Unit(Unit::Month)),
    ("year", Written::Unit(Unit::Year)),
];

/// A limit. `statute` is the one the procedure carries out: it counts the days of limits without a citation.
pub(crate) fn limit(reader: &Reader<'_>, statute: &str) -> Limit {
    let name = reader.declares(Kind::Limit, None, "期限名称");
    let title = reader.need_text("title", "显示的名称").value;
    let kind = reader.word("kind", KINDS, "法定、承诺还是内部；不写为法定").unwrap_or(LimitKind::Statutory);
    let amount = amount(reader);
    let written = reader.need_word("unit", UNITS, "单位；`day` 按法律自己的算法").unwrap_or(Written::Day);
    let spans = reader.names("spans", Kind::Stage, "在哪些环节里走；离开就算办了");
    let while_raised = reader.one("while", Kind::Mark, "在哪件待办悬着的时候走；了结就算办了");
    let met_by = reader.names("met-by", Kind::Act, "做了哪些行为就算办了");
    let binds = binds(reader, &met_by);
    let from = anchor(reader, matches!(binds, Binds::Before { .. }));
    let by = reader.need_one("by", Kind::Seat, "是谁的责任");
    let rolls = reader.flag_or("rolls", true, "末日是休假日的顺延；不写为顺延");
    let day_one = reader.flag("day-one", "开始的当日计入");
    let expiry = reader.one("expiry", Kind::Act, "届满时自动发生的行为；不写就只亮超期灯");
    let cite = reader.cite("cite", "依据");
    let checked = reader.date("checked", "哪一天核对过条文");
    let open_point = reader.one("open-point", Kind::OpenPoint, "依靠的待核事项");
    let mut apart = Apart::default();
    let children = [
        many("without", "写在字段里的一段时间，不计入期限。", without_period),
        once("posted", "期满前交邮的不算过期；办结它的行为写明交邮之日。", posted),
    ];
    reader.children(&children, &mut apart);
    let unit = resolved(reader, written, &amount, cite.as_ref().map_or(statute, |cite| &cite.statute));
    Limit {
        name,
        title,
        kind,
        amount,
        unit,
        from,
        spans,
        while_raised,
        met_by,
        binds,
        without: apart.without,
        post: apart.post,
        by,
        rolls: rolls && !matches!(unit, Unit::Hour | Unit::Minute),
        day_one,
        expiry: expiry.map_or(Expiry::Alarm, Expiry::Act),
        cite,
        checked,
        open_point,
    }
}

fn amount(reader: &Reader<'_>) -> Amount {
    let fixed = reader.int("within", 1..=10_000, "多久").and_then(|amount| u32::try_from(amount).ok());
    let rate = reader.one("within-rate", Kind::Rate, "多久由当地规定时，用哪个标准");
    let field = reader.one("within-field", Kind::Field, "多久由决定本身写明时，写在哪个数字字段里");
    let mut written =
        [fixed.map(Amount::Fixed), rate.map(Amount::Rate), field.map(Amount::Field)].into_iter().flatten();
    let first = written.next();
    if written.next().is_some() {
        let later = ["within-field", "within-rate"].into_iter().find_map(|name| reader.prop_span(name));
        let message = "`within`、`within-rate`、`within-field` 只能写一个";
        let diagnostic = reader.error(Code::DuplicateProperty, later.unwrap_or_else(|| reader.span()), message);
        reader.push(
            diagnostic.help("法律有数字的写 `within`，由当地规定的写 `within-rate`，由决定写明的写 `within-field`。"),
        );
    }
    if first.is_none() && reader.prop_span("within").is_none() {
        let message = "`limit` 缺少 `within`（多久）";
        let help = "加上 `within=数字`，或者 `within-rate=\"标准\"`。";
        reader.push(reader.error(Code::MissingProperty, reader.span(), message).help(help));
    }
    first.unwrap_or(Amount::Fixed(1))
}

const STOPS: &[(&str, StopKind)] =
    &[("suspend", StopKind::Suspend), ("deduct", StopKind::Deduct), ("resume", StopKind::Resume)];

/// What is taken out of the count, or does not count against a person.
#[derive(Default)]
struct Apart {
    without: Vec<Without>,
    post: Option<Post>,
}

fn posted(reader: &Reader<'_>, apart: &mut Apart) {
    let field = reader.need_one("field", Kind::Field, "交邮之日写在哪个日期字段；办结期限的行为填它");
    let waits = reader.one("waits-rate", Kind::Rate, "届满自动发生的行为再等邮件几日，用哪个标准");
    apart.post = Some(Post { field, waits, cite: reader.need_cite("cite", "依据") });
}

fn without_period(reader: &Reader<'_>, apart: &mut Apart) {
    apart.without.push(Without {
        from_field: reader.need_one("from-field", Kind::Field, "第一日写在哪个字段；这一日仍计入"),
        until_field: reader.need_one("until-field", Kind::Field, "最后一日写在哪个字段；没有填就还停着"),
        kind: reader.need_word("as", STOPS, "中止、扣除，还是障碍消除后继续计算").unwrap_or(StopKind::Deduct),
        cause: reader.need_text("cause", "因为什么").value,
    });
}

/// How the limit binds: at most, at least, or so long before a day.
fn binds(reader: &Reader<'_>, met_by: &[Name]) -> Binds {
    let at_least = reader.flag("at-least", "不少于：期满之前不能做 `holds` 里的行为");
    let holds = reader.names("holds", Kind::Act, "`at-least` 时，期满之前不能做哪些行为");
    let waived = reader.condition("waived-when", Role::Matter, None, "`at-least` 时，什么时候可以不满");
    let before = reader.one("before-field", Kind::Field, "倒算：要在这个字段写的日子之前多久办；同 `met-by` 一起写");
    let refused = reader.text("late-refused", "从字段起算的，过期就不收，告诉人这句话");
    let complain = |message: &str, help: &str| {
        reader.push(reader.error(Code::MissingProperty, reader.span(), message).help(help));
    };
    match (at_least, before, refused) {
        (true, None, None) => {
            if holds.is_empty() {
                complain("`at-least` 要写 `holds`（期满之前不能做什么）", "如 `holds=\"close-comments\"`。");
            }
            Binds::AtLeast { holds, waived: waived.map(|(expr, _)| expr) }
        }
        (false, Some(field), None) => {
            if met_by.is_empty() {
                complain("`before-field` 要写 `met-by`（什么行为要提前做）", "如 `met-by=\"notify-hearing\"`。");
            }
            Binds::Before { field }
        }
        (false, None, Some(otherwise)) => Binds::OrRefused { otherwise: otherwise.value },
        (false, None, None) => {
            if !holds.is_empty() || waived.is_some() {
                complain(
                    "`holds`、`waived-when` 只同 `at-least=#true` 一起写",
                    "加上 `at-least=#true`，或者删去它们。",
                );
            }
            Binds::Within
        }
        _ => {
            complain("`at-least`、`before-field`、`late-refused` 只能写一个", "分成几个期限来写。");
            Binds::Within
        }
    }
}

fn anchor(reader: &Reader<'_>, backward: bool) -> Anchor {
    let acts = reader.names("from", Kind::Act, "从哪些行为起算，取最近的一个");
    let field = reader.one("from-field", Kind::Field, "从哪个字段写的时刻起算");
    match field {
        Some(field) if acts.is_empty() => Anchor::Field(field),
        Some(_) => {
            let span = reader.prop_span("from-field").unwrap_or_else(|| reader.span());
            reader.push(
                reader
                    .error(Code::DuplicateProperty, span, "`from` 和 `from-field` 只能写一个")
                    .help("只留一个起算点。"),
            );
            Anchor::Acts(acts)
        }
        None => {
            if acts.is_empty() && !backward && reader.prop_span("from").is_none() {
                let message = "`limit` 缺少 `from`（从哪些行为起算）";
                reader.push(reader.error(Code::MissingProperty, reader.span(), message).help("加上 `from=\"行为\"`。"));
            }
            Anchor::Acts(acts)
        }
    }
}

/// The unit of a bare day is what the statute counts it as.
pub(crate) fn resolved(reader: &Reader<'_>, written: Written, amount: &Amount, statute: &str) -> Unit {
    match (written, amount) {
        (Written::Unit(unit), _) => unit,
        (Written::Day, Amount::Fixed(days)) => {
            let counting = reader.sheet.countings.get(&Name::new(statute));
            counting.map_or(Unit::NaturalDay, |counting| counting.unit_of_days(*days))
        }
        (Written::Day, Amount::Rate(_) | Amount::Field(_)) => {
            let span = reader.prop_span("unit").unwrap_or_else(|| reader.span());
            let message = "天数不是条文写的，单位不能写 `day`";
            let help = "写明 `natural-day` 或者 `working-day`。";
            reader.push(reader.error(Code::WrongValue, span, message).help(help));
            Unit::NaturalDay
        }
    }
}

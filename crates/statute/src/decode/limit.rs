//! Limits of time.

use kernel::clock::Unit;
use kernel::names::Name;
use kernel::procedure::{Amount, Anchor, Expiry, Limit, LimitKind};

use crate::diagnostic::Code;
use crate::index::Kind;
use crate::reader::Reader;

const KINDS: &[(&str, LimitKind)] =
    &[("statutory", LimitKind::Statutory), ("promised", LimitKind::Promised), ("internal", LimitKind::Internal)];

/// A unit as written: `day` is what the statute makes of it.
#[derive(Clone, Copy)]
enum Written {
    Day,
    Unit(Unit),
}

const UNITS: &[(&str, Written)] = &[
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
    let from = anchor(reader);
    let spans = reader.names("spans", Kind::Stage, "在哪些环节里走");
    let by = reader.need_one("by", Kind::Seat, "是谁的责任");
    let rolls = reader.flag_or("rolls", true, "末日是休假日的顺延；不写为顺延");
    let day_one = reader.flag("day-one", "开始的当日计入");
    let expiry = reader.one("expiry", Kind::Act, "届满时自动发生的行为；不写就只亮超期灯");
    let cite = reader.cite("cite", "依据");
    let checked = reader.date("checked", "哪一天核对过条文");
    let open_point = reader.one("open-point", Kind::OpenPoint, "依靠的待核事项");
    let unit = resolved(reader, written, &amount, cite.as_ref().map_or(statute, |cite| &cite.statute));
    Limit {
        name,
        title,
        kind,
        amount,
        unit,
        from,
        spans,
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
    let fixed = reader.int("within", 1..=10_000, "多久");
    let rate = reader.one("within-rate", Kind::Rate, "多久由当地规定时，用哪个标准");
    match (fixed, rate) {
        (Some(_), Some(_)) => {
            let span = reader.prop_span("within-rate").unwrap_or_else(|| reader.span());
            let message = "`within` 和 `within-rate` 只能写一个";
            reader.push(
                reader
                    .error(Code::DuplicateProperty, span, message)
                    .help("法律有数字的写 `within`，由当地规定的写 `within-rate`。"),
            );
            Amount::Fixed(1)
        }
        (Some(amount), None) => Amount::Fixed(u32::try_from(amount).unwrap_or(1)),
        (None, Some(rate)) => Amount::Rate(rate),
        (None, None) => {
            if reader.prop_span("within").is_none() {
                let message = "`limit` 缺少 `within`（多久）";
                let help = "加上 `within=数字`，或者 `within-rate=\"标准\"`。";
                reader.push(reader.error(Code::MissingProperty, reader.span(), message).help(help));
            }
            Amount::Fixed(1)
        }
    }
}

fn anchor(reader: &Reader<'_>) -> Anchor {
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
            if acts.is_empty() && reader.prop_span("from").is_none() {
                let message = "`limit` 缺少 `from`（从哪些行为起算）";
                reader.push(reader.error(Code::MissingProperty, reader.span(), message).help("加上 `from=\"行为\"`。"));
            }
            Anchor::Acts(acts)
        }
    }
}

/// The unit of a bare day is what the statute counts it as.
fn resolved(reader: &Reader<'_>, written: Written, amount: &Amount, statute: &str) -> Unit {
    match (written, amount) {
        (Written::Unit(unit), _) => unit,
        (Written::Day, Amount::Fixed(days)) => {
            let counting = reader.sheet.countings.get(&Name::new(statute));
            counting.map_or(Unit::NaturalDay, |counting| counting.unit_of_days(*days))
        }
        (Written::Day, Amount::Rate(_)) => {
            let span = reader.prop_span("unit").unwrap_or_else(|| reader.span());
            let message = "天数由当地规定，单位不能写 `day`";
            let help = "写明 `natural-day` 或者 `working-day`。";
            reader.push(reader.error(Code::WrongValue, span, message).help(help));
            Unit::NaturalDay
        }
    }
}

//! Sections of a form, their fields, and the lists to choose from.

use kernel::guard::Expr;
use kernel::names::Name;
use kernel::procedure::{Choice, ChoiceList, Field, FieldKind, FormSection, Keep};

use crate::diagnostic::Code;
use crate::index::{Kind, Role};
use crate::reader::Reader;
use crate::sheet::{Child, many};

const TEXT_MAX_CHARS: i64 = 200;
const LONG_MAX_CHARS: i64 = 2000;
const FILE_MAX_MIB: i64 = 20;
const FILE_MEDIA: &str = "image/jpeg,image/png,application/pdf";

/// Where fields are collected.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Place<'a> {
    /// The form of an act.
    Act(&'a Name),
    /// The questions of the screening.
    Screening,
}

impl Place<'_> {
    const fn kind(self) -> Kind {
        match self {
            Self::Act(_) => Kind::Field,
            Self::Screening => Kind::Question,
        }
    }

    const fn owner(&self) -> Option<&Name> {
        match self {
            Self::Act(act) => Some(act),
            Self::Screening => None,
        }
    }
}

type KindReader = fn(&Reader<'_>) -> FieldKind;

/// The kinds of fields: how each is written, and what reads it.
const KINDS: &[(&str, &str, KindReader)] = &[
    ("text", "一行文字。", |reader| FieldKind::Text { max_chars: chars(reader, TEXT_MAX_CHARS) }),
    ("long", "几行文字。", |reader| FieldKind::Long { max_chars: chars(reader, LONG_MAX_CHARS) }),
    ("money", "金额，内部以分为整数。", |_| FieldKind::Money),
    ("number", "整数。", |reader| FieldKind::Number {
        min: reader.int("min", i64::MIN..=i64::MAX, "最小值").unwrap_or(0),
        max: reader.int("max", i64::MIN..=i64::MAX, "最大值").unwrap_or(i64::MAX),
    }),
    ("date", "日期。", |reader| FieldKind::Date { past: reader.flag("past", "不能晚于当天") }),
    ("time", "日期和时刻，不能在将来。", |_| FieldKind::Time),
    ("bool", "是或者否；不勾就是否，所以从不必填。", |reader| {
        reader.flag("must", "必须勾选才能办；由一条 `guard` 检查");
        FieldKind::Bool
    }),
    ("promise", "个人承诺：同意一段话，用来代替证明。", |reader| FieldKind::Promise {
        text: reader.need_text("text", "承诺的全文").value,
    }),
    ("choice", "从选项表里选一项。", |reader| FieldKind::Choice {
        list: reader.need_one("from", Kind::List, "选项表"),
    }),
    ("choices", "从选项表里选几项。", |reader| FieldKind::Choices {
        list: reader.need_one("from", Kind::List, "选项表"),
    }),
    ("ranking", "从名册里按先后选几个。", |reader| FieldKind::Ranking {
        register: Name::new(reader.need_text("from", "名册").value),
        max: u32::try_from(reader.int("max", 1..=20, "最多几个").unwrap_or(3)).unwrap_or(3),
    }),
    ("resident-id", "公民身份号码（GB 11643，校验码要对）。", |_| FieldKind::ResidentId),
    ("credit-code", "统一社会信用代码（GB 32100，校验码要对）。", |_| FieldKind::CreditCode),
    ("phone", "电话号码。", |_| FieldKind::Phone),
    ("region", "本地的行政区划。", |_| FieldKind::Region),
    ("office", "某一种机构中的一个。", |reader| FieldKind::Office {
        kind: reader.need_one("kind", Kind::OfficeType, "哪种机构").to_string(),
    }),
    ("colleague", "同一机构里坐某个席位的另一个人。", |reader| FieldKind::Colleague {
        seat: reader.need_one("seat", Kind::Seat, "坐哪个席位"),
    }),
    ("item", "做过几次、还没有答复的一个行为中的一次。", |reader| FieldKind::Item {
        act: reader.need_one("of", Kind::Act, "哪个行为"),
    }),
    ("matter", "另一件的编号，本件是它的一部分。", |reader| FieldKind::Matter {
        procedure: reader.need_one("of", Kind::Matter, "哪个事项"),
    }),
    ("file", "上传的文件。", files),
];

fn chars(reader: &Reader<'_>, usual: i64) -> u32 {
    let max = reader.int("max", 1..=20_000, "最多多少字").unwrap_or(usual);
    u32::try_from(max).unwrap_or(u32::MAX)
}

fn files(reader: &Reader<'_>) -> FieldKind {
    let media = reader.text("media", "可以收的文件类型，不写为 JPEG、PNG、PDF");
    let media = media.map_or_else(|| FILE_MEDIA.to_owned(), |text| text.value);
    let mib = reader.int("max-mib", 1..=200, "每个文件最多多少MiB，不写为20").unwrap_or(FILE_MAX_MIB);
    FieldKind::Files {
        media: media.split(',').map(|kind| kind.trim().to_owned()).collect(),
        max_bytes: u64::try_from(mib).unwrap_or(0) * 1024 * 1024,
    }
}

/// The nodes that collect fields, each handing its field on through `push`.
pub(crate) fn field_children<'t, T: 't>(place: Place<'t>, push: fn(&mut T, Field)) -> Vec<Child<'t, T>> {
    let mut table: Vec<Child<'t, T>> = Vec::new();
    for (name, doc, read_kind) in KINDS {
        table.push(many(name, doc, move |reader: &Reader<'_>, target: &mut T| {
            push(target, field(reader, place, *read_kind))
        }));
    }
    table
}

fn field(reader: &Reader<'_>, place: Place<'_>, read_kind: KindReader) -> Field {
    let name = reader.declares(place.kind(), place.owner(), "字段名称");
    let title = reader.need_text("title", "显示的名称").value;
    let kind = read_kind(reader);
    let optional = reader.flag("optional", "可以不填");
    let or_promise = matches!(kind, FieldKind::Files { .. })
        .then(|| reader.one("or-promise", place.kind(), "可以代替这份证明的承诺字段"))
        .flatten();
    let may_follow = matches!(kind, FieldKind::Files { .. })
        .then(|| reader.one("may-follow", Kind::Mark, "可以容缺后补；没有交时留下这件待办"))
        .flatten();
    let required = !optional && may_follow.is_none() && !matches!(kind, FieldKind::Bool | FieldKind::Promise { .. });
    let role = match place {
        Place::Act(_) => Role::FieldWhen(name.clone()),
        Place::Screening => Role::Screening,
    };
    Field {
        title,
        required,
        when: reader.condition("when", role, place.owner(), "什么时候才问").map(|(expr, _)| expr),
        hint: reader.text_or_empty("hint", "名称下面的一句提示"),
        personal: reader.one("personal", Kind::Seat, "是谁的个人信息；用这个人的密钥加密"),
        or_promise,
        may_follow,
        veiled_from: reader.names("veiled-from", Kind::Seat, "哪些席位永远不能知道"),
        cite: reader.cite("cite", "依据"),
        kind,
        name,
    }
}

/// A page of a form.
pub(crate) fn section(reader: &Reader<'_>, act: &Name, form: &mut Vec<FormSection>) {
    let title = reader.arg("这一页的标题");
    let hint = reader.text_or_empty("hint", "标题下面的一句提示");
    let mut fields = Vec::new();
    let mut table = field_children(Place::Act(act), |fields: &mut Vec<Field>, field| fields.push(field));
    table.push(many(
        "person",
        "一个人的几个字段，名称是 `人.字段`，都是这个人的个人信息。",
        |reader, fields| {
            person(reader, act, PERSON_FIELDS, fields);
        },
    ));
    table.push(many("firm", "一个单位的几个字段，名称是 `单位.字段`。", |reader, fields| {
        person(reader, act, FIRM_FIELDS, fields);
    }));
    reader.children(&table, &mut fields);
    form.push(FormSection { title, hint, fields });
}

/// Name, title, kind, whether it must be answered.
type PersonField = (&'static str, &'static str, fn() -> FieldKind, bool);

/// What `fields=` of `person` may name.
const PERSON_FIELDS: &[PersonField] = &[
    ("name", "姓名", || FieldKind::Text { max_chars: 50 }, true),
    ("id-number", "公民身份号码", || FieldKind::ResidentId, true),
    ("ethnicity", "民族", || FieldKind::Text { max_chars: 20 }, false),
    ("phone", "手机号码", || FieldKind::Phone, true),
    ("address", "经常居住地", || FieldKind::Text { max_chars: 200 }, true),
    ("household", "户籍地", || FieldKind::Text { max_chars: 200 }, false),
    ("born", "出生日期", || FieldKind::Date { past: true }, true),
    ("sex", "性别", || FieldKind::Text { max_chars: 4 }, true),
    ("post-code", "邮政编码", || FieldKind::Text { max_chars: 6 }, false),
    ("job", "职业", || FieldKind::Text { max_chars: 50 }, false),
    ("employer", "工作单位", || FieldKind::Text { max_chars: 100 }, false),
];

/// What `fields=` of `firm` may name.
const FIRM_FIELDS: &[PersonField] = &[
    ("name", "名称", || FieldKind::Text { max_chars: 100 }, true),
    ("credit-code", "统一社会信用代码", || FieldKind::CreditCode, true),
    ("address", "住所", || FieldKind::Text { max_chars: 200 }, true),
    ("head", "法定代表人或者负责人", || FieldKind::Text { max_chars: 50 }, true),
    ("phone", "联系电话", || FieldKind::Phone, true),
    ("contact", "联系人", || FieldKind::Text { max_chars: 50 }, false),
];

/// The fields of a person or a firm, by name: `人.字段`.
fn person(reader: &Reader<'_>, act: &Name, known: &[PersonField], fields: &mut Vec<Field>) {
    let whole: Vec<&str> = known.iter().map(|field| field.0).collect();
    let party = reader.arg("是谁；多半是当事人的席位");
    let span = reader.span();
    let title = reader.need_text("title", "怎么称呼").value;
    let when = reader.condition("when", Role::Inside, Some(act), "什么时候才问").map(|(expr, _)| expr);
    let written = reader.need_text("fields", "要哪几项，用逗号分开");
    let optional = reader.names_of("optional", &whole, "其中哪几项可以不填");
    let kept_by = reader.one("kept-by", Kind::Seat, "不是当事人的，用哪个当事人的密钥加密");
    let open = reader.flag("open", "不是个人信息，不加密");
    let veiled_from = reader.names("veiled-from", Kind::Seat, "哪些席位永远不能知道");
    let cite = reader.cite("cite", "依据");
    let personal = match (kept_by, open) {
        (Some(seat), _) => Some(seat),
        (None, true) => None,
        (None, false) => {
            reader.refer(Kind::Seat, Name::new(&party), span.clone());
            Some(Name::new(&party))
        }
    };
    for wanted in written.value.split(',').map(str::trim).filter(|wanted| !wanted.is_empty()) {
        let Some((name, what, kind, required)) = known.iter().find(|known| known.0 == wanted) else {
            let near = crate::nearest::help(wanted, whole.iter().copied());
            let message = format!("这里没有 `{wanted}` 这一项，可以写：{}", whole.join("、"));
            reader.push(reader.error(Code::UnknownWord, written.span.clone(), message).maybe_help(near));
            continue;
        };
        let full = reader.declare(Kind::Field, Some(act), &format!("{party}.{name}"), written.span.clone());
        fields.push(Field {
            name: full,
            title: format!("{title}{what}"),
            kind: kind(),
            required: *required && !optional.iter().any(|optional| optional == name),
            when: when.clone(),
            hint: String::new(),
            personal: personal.clone(),
            or_promise: None,
            may_follow: None,
            veiled_from: veiled_from.clone(),
            cite: cite.clone(),
        });
    }
}

/// A list to choose from.
pub(crate) fn list(reader: &Reader<'_>) -> ChoiceList {
    let name = reader.declares(Kind::List, None, "选项表名称");
    let mut entries: Vec<Choice> = Vec::new();
    let choice = many("choice", "一个选项。", |reader: &Reader<'_>, entries: &mut Vec<Choice>| {
        let name = reader.arg("选项名称");
        if entries.iter().any(|entry| entry.name == name) {
            let message = format!("选项 `{name}` 写了两次");
            reader.push(reader.error(Code::DuplicateName, reader.span(), message).help("每个选项的名称只能用一次。"));
        }
        let title = reader.need_text("title", "显示的文字").value;
        entries.push(Choice { name, title, cite: reader.cite("cite", "依据"), keep: keep(reader) });
    });
    reader.children(&[choice], &mut entries);
    ChoiceList { name, entries }
}

/// The longest term that can be written in years; what is kept longer is kept for ever.
const KEPT_MOST: u16 = 200;

fn keep(reader: &Reader<'_>) -> Option<Keep> {
    let text = reader.text("keep", "归档时选它的，案卷保管多久：年数，如 `10y`，或者 `permanent`（永久）")?;
    let years = text.value.strip_suffix('y').filter(|years| years.bytes().all(|digit| digit.is_ascii_digit()));
    let years =
        years.and_then(|years| years.parse().ok()).filter(|years| (1..=KEPT_MOST).contains(years)).map(Keep::Years);
    let keep = if text.value == "permanent" { Some(Keep::Permanent) } else { years };
    if keep.is_none() {
        let message = format!("`keep` 应当是1到{KEPT_MOST}年，写成 `10y` 的样子，或者 `permanent`");
        reader.push(reader.error(Code::WrongValue, text.span, message));
    }
    keep
}

/// A condition that may be absent, as the kernel keeps it.
pub(crate) fn when(
    reader: &Reader<'_>,
    name: &'static str,
    role: Role,
    owner: Option<&Name>,
    doc: &'static str,
) -> Option<Expr> {
    reader.condition(name, role, owner, doc).map(|(expr, _)| expr)
}

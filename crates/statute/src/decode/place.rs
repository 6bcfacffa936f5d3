//! Places: regions, offices and dated rates of one city.

use kernel::names::{Name, OfficeId};
use kernel::world::{Office, Place, Rate, RateUnit, RateValue};

use crate::index::Kind;
use crate::reader::Reader;
use crate::sheet::{Child, many, once};

/// The top-level nodes of a place.
pub(crate) fn nodes() -> Vec<Child<'static, Place>> {
    vec![
        once("place", "一个地方：区划代码和名称。", |reader, place: &mut Place| {
            place.code = reader.declares(Kind::Place, None, "区划代码").to_string();
            place.name = reader.need_text("name", "名称").value;
            place.first = reader.one("first", Kind::Matter, "首页上第一件能办的事");
            let region = many("region", "一个区划。", |reader: &Reader<'_>, place: &mut Place| {
                let code = reader.declares(Kind::Region, None, "12位代码").to_string();
                place.regions.insert(code, reader.arg("名称"));
            });
            reader.children(&[region], place);
        }),
        many("office", "一个机构。", |reader, place: &mut Place| {
            place.offices.push(Office {
                id: OfficeId::new(reader.declares(Kind::Office, None, "机构名称").as_str()),
                kind: reader.need_text("kind", "机构种类").value,
                name: reader.need_text("name", "全称").value,
                short: reader.need_text("short", "文书号里的机关代字").value,
                area: reader.need_text("area", "管辖的区划").value,
                parent: reader.one("parent", Kind::Office, "设立它的机构").map(|name| OfficeId::new(name.as_str())),
                phone: reader.text_or_empty("phone", "电话"),
                address: reader.text_or_empty("address", "地址"),
            });
        }),
        many("rate", "一个有起止日期的标准。", |reader, place: &mut Place| place.rates.push(rate(reader))),
    ]
}

fn rate(reader: &Reader<'_>) -> Rate {
    const UNITS: &[(&str, RateUnit)] =
        &[("fen", RateUnit::Fen), ("factor", RateUnit::Factor), ("days", RateUnit::Days), ("count", RateUnit::Count)];
    let mut rate = Rate {
        name: reader.declares(Kind::Rate, None, "标准名称"),
        title: reader.need_text("title", "显示的名称").value,
        unit: reader.need_word("unit", UNITS, "分、万分之一、日、个").unwrap_or(RateUnit::Count),
        values: Vec::new(),
    };
    let owner: Name = rate.name.clone();
    let value = many("value", "从某日起的一个数。", |reader: &Reader<'_>, rate: &mut Rate| {
        let number = reader.arg_int(0..=1_000_000_000_000, "数");
        reader.declare(Kind::RateValue, Some(&owner), &format!("{owner}#{}", rate.values.len()), reader.span());
        rate.values.push(RateValue {
            value: number.unwrap_or(0),
            key: reader.text("key", "分种类的，是哪一种").map(|text| text.value),
            from: reader.need_date("from", "从哪一天起"),
            until: reader.date("until", "到哪一天（不含）为止"),
            source: reader.need_text("source", "根据哪份文件；没有文件的写明是设定").value,
            assumed: reader.flag("assumed", "没有文件，是设定的数"),
        });
    });
    reader.children(&[value], &mut rate);
    rate
}

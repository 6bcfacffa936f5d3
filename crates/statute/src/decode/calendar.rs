//! Calendars: the closed days and make-up working days of one year.

use std::ops::Range;

use kernel::calendar::CalendarYear;

use crate::diagnostic::Code;
use crate::reader::Reader;
use crate::sheet::{Child, many};

/// Years, each with the place of its node.
pub(crate) type Years = Vec<(CalendarYear, Range<usize>)>;

/// The top-level nodes of a calendar file.
pub(crate) fn nodes() -> Vec<Child<'static, Years>> {
    vec![many("calendar", "一年的放假和调休。", |reader, years: &mut Years| {
        let number = reader.arg_int(1949..=2200, "年份").and_then(|year| i16::try_from(year).ok()).unwrap_or(0);
        let source = reader.text_or_empty("source", "依据；不写就用文件开头的一段话");
        let mut year =
            CalendarYear { year: number, source, holidays: Default::default(), makeup_workdays: Default::default() };
        let table: Vec<Child<'_, CalendarYear>> = vec![
            many("holiday", "放假的一天。", |reader, year: &mut CalendarYear| {
                if let Some((date, span)) = reader.arg_date("日期") {
                    let twice = year.holidays.insert(date, reader.arg("节日")).is_some();
                    once_only(reader, twice, span);
                }
            }),
            many("workday", "调休上班的一天。", |reader, year: &mut CalendarYear| {
                if let Some((date, span)) = reader.arg_date("日期") {
                    let twice = year.makeup_workdays.insert(date, reader.arg("节日")).is_some();
                    once_only(reader, twice, span);
                }
            }),
        ];
        reader.children(&table, &mut year);
        years.push((year, reader.span()));
    })]
}

fn once_only(reader: &Reader<'_>, twice: bool, span: Range<usize>) {
    if twice {
        reader.push(reader.error(Code::BadCalendar, span, "这一天写了两次").help("只留一个。"));
    }
}

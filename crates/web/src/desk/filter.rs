//! What a list is asked for, and the line that turns its pages.
//!
//! An address carries the whole question, so that a list can be kept, sent and gone back to.

use crate::answer::encoded;
use crate::app::App;
use crate::components::field::{Choice, FieldInput, FieldView, Keyboard, Width};
use crate::components::table::{Column, Kept, Pager};
use crate::desk::clerk::procedures;
use jiff::ToSpan;
use jiff::civil::Date;
use std::collections::BTreeMap;
use store::Sort;

/// Rows on a page.
pub const PER_PAGE: u32 = 20;

/// A question to a list, as its address says.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    /// Path of the list.
    pub path: String,
    /// Everything but the page.
    pub kept: BTreeMap<String, String>,
    /// Which page, from 1.
    pub page: u32,
}

impl Asked {
    /// Reads the address; names not known to the list are left out.
    pub fn read(path: &str, query: &BTreeMap<String, String>, names: &[&str]) -> Asked {
        let kept = query.iter().filter(|(name, value)| names.contains(&name.as_str()) && !value.trim().is_empty());
        Asked {
            path: path.to_owned(),
            kept: kept.map(|(name, value)| (name.clone(), value.trim().to_owned())).collect(),
            page: query.get("page").and_then(|page| page.trim().parse().ok()).unwrap_or(1).clamp(1, 1_000_000),
        }
    }

    /// One part of the question.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.kept.get(name).map(String::as_str)
    }

    /// A day of the question.
    pub fn day(&self, name: &str) -> Option<Date> {
        self.get(name)?.parse().ok()
    }

    /// Words to find, cut as the index cuts them.
    pub fn words(&self) -> Option<String> {
        self.get("q").map(|text| search::query(text).join(" "))
    }

    /// The day after a day of the question, for half-open spans.
    pub fn day_after(&self, name: &str) -> Option<String> {
        Some(self.day(name)?.checked_add(1.day()).ok()?.to_string())
    }

    /// The order asked for.
    pub fn sort(&self) -> Sort {
        match self.get("sort") {
            Some("new") => Sort::OpenedNewest,
            Some("number") => Sort::Number,
            _ => Sort::DueFirst,
        }
    }

    /// The address with one part changed, on its first page.
    pub fn with(&self, name: &str, value: &str) -> String {
        let mut kept = self.kept.clone();
        kept.insert(name.to_owned(), value.to_owned());
        address(&self.path, &kept, None)
    }

    /// The address with one part left out, on its first page.
    pub fn without(&self, name: &str) -> String {
        let mut kept = self.kept.clone();
        kept.remove(name);
        address(&self.path, &kept, None)
    }

    fn at(&self, page: u32) -> String {
        address(&self.path, &self.kept, Some(page))
    }

    /// The line that turns the pages.
    pub fn pager(&self, total: u64, per_page: u32) -> Pager {
        let pages = u32::try_from(total.div_ceil(u64::from(per_page.max(1)))).unwrap_or(u32::MAX).max(1);
        let page = self.page.min(pages);
        Pager {
            page,
            pages,
            total,
            first: (page > 1).then(|| self.at(1)),
            previous: (page > 1).then(|| self.at(page - 1)),
            next: (page < pages).then(|| self.at(page + 1)),
            last: (page < pages).then(|| self.at(pages)),
            action: self.path.clone(),
            kept: self.kept.iter().map(|(name, value)| Kept { name: name.clone(), value: value.clone() }).collect(),
        }
    }

    /// A column that sorts.
    pub fn sorting(&self, label: &str, by: &str, direction: &'static str) -> Column {
        let now = self.get("sort").unwrap_or("due") == by;
        Column { sort: Some(self.with("sort", by)), sorted: now.then_some(direction), ..Column::new(label) }
    }

    /// The search row above a list of matters.
    pub fn search_row(&self, app: &App) -> Vec<FieldView> {
        let value = |name: &str| self.get(name).unwrap_or_default().to_owned();
        let line = FieldInput::Text {
            value: value("q"),
            width: Width::Full,
            keyboard: Keyboard::Text,
            autocomplete: String::new(),
        };
        let listed = procedures(app).into_iter().map(|procedure| {
            Choice::new(procedure.id.as_str(), procedure.title.as_str()).chosen_if(&value("procedure"))
        });
        vec![
            optional(FieldView::new("q", "编号、事项、机构", line)),
            optional(FieldView::new("procedure", "办什么", FieldInput::Select { choices: listed.collect() })),
            optional(FieldView::new("from", "收案日期从", FieldInput::Date { value: value("from") })),
            optional(FieldView::new("until", "到", FieldInput::Date { value: value("until") })),
        ]
    }
}

/// A field that may stay empty.
pub fn optional(field: FieldView) -> FieldView {
    FieldView { required: false, ..field }
}

fn address(path: &str, kept: &BTreeMap<String, String>, page: Option<u32>) -> String {
    let mut parts: Vec<String> = kept.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect();
    parts.extend(page.filter(|page| *page > 1).map(|page| format!("page={page}")));
    if parts.is_empty() { path.to_owned() } else { format!("{path}?{}", parts.join("&")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(pairs: &[(&str, &str)]) -> Asked {
        let query = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Asked::read("/desk/work", &query, &["box", "q"])
    }

    #[test]
    fn an_address_keeps_the_question_and_turns_pages() {
        let list = asked(&[("box", "soon"), ("q", "劳动 报酬"), ("page", "2"), ("x", "y")]);
        let pager = list.pager(52, 20);
        assert_eq!((pager.page, pager.pages), (2, 3));
        assert_eq!(pager.next.as_deref(), Some("/desk/work?box=soon&q=%E5%8A%B3%E5%8A%A8%20%E6%8A%A5%E9%85%AC&page=3"));
        assert_eq!(list.with("box", "all"), "/desk/work?box=all&q=%E5%8A%B3%E5%8A%A8%20%E6%8A%A5%E9%85%AC");
    }

    #[test]
    fn a_page_past_the_end_is_the_last() {
        let pager = asked(&[("page", "99")]).pager(0, 20);
        assert_eq!((pager.page, pager.pages), (1, 1));
        assert!(asked(&[("page", "x")]).page == 1 && asked(&[("page", "0")]).page == 1);
    }
}

//! Papers that stand published, for everybody.
//!
//! INVARIANT: what was withdrawn or has become void is neither listed nor found.

use crate::engine::{Row, params};

use crate::Store;
use crate::entry::MatterId;
use crate::projections::{MATTER_COLUMNS, matter_row, paper_row};
use crate::sql::{StorageError, unsigned};
use crate::views::{MatterRow, PaperView};

/// A page of published papers.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NoticesPage {
    /// The papers with their matters, the latest first.
    pub rows: Vec<(PaperView, MatterRow)>,
    /// On all pages.
    pub total: u64,
}

const PLACE: &str = "p.realm = $1 and p.published_on is not null and p.voided = 0";
/// Only of one procedure, where one is named.
const OF_IT: &str = "(cast($2 as text) is null or exists (select 1 from matter_view v
    where v.realm = p.realm and v.matter = p.matter and v.procedure = $2))";
const COLUMNS: &str = "p.matter, p.version, p.paper, p.title, p.number, p.issued_on, p.voided, p.published_on";

fn notice(row: &Row<'_>) -> Result<(PaperView, MatterRow), StorageError> {
    Ok((paper_row(row)?, matter_row(row, 8)?))
}

impl Store {
    /// The papers that stand published, of one procedure or of all. Two statements.
    ///
    /// # Errors
    ///
    /// Fails only when the database does.
    pub fn notices(&self, procedure: Option<&str>, page: u32, per_page: u32) -> Result<NoticesPage, StorageError> {
        let before = i64::from(page.saturating_sub(1)) * i64::from(per_page);
        let counted = format!("select count(*) from paper p where {PLACE} and {OF_IT}");
        let listed = format!(
            "select {COLUMNS}, {MATTER_COLUMNS} from paper p
             join matter_view v on v.realm = p.realm and v.matter = p.matter
             where {PLACE} and {OF_IT}
             order by p.published_on desc, p.matter desc, p.version desc limit $3 offset $4"
        );
        self.read(|sql| {
            let total = unsigned(sql.integer(&counted, params![sql.realm, procedure])?);
            let rows = sql.all(&listed, params![sql.realm, procedure, i64::from(per_page), before], notice)?;
            Ok(NoticesPage { rows, total })
        })
    }

    /// A paper, while it stands published.
    ///
    /// # Errors
    ///
    /// Fails only when the database does.
    pub fn notice(&self, matter: &MatterId, version: u32, paper: &str) -> Result<Option<PaperView>, StorageError> {
        let text = format!(
            "select {COLUMNS} from paper p where {PLACE} and p.matter = $2 and p.version = $3 and p.paper = $4"
        );
        self.read(|sql| sql.one(&text, params![sql.realm, matter.as_str(), version, paper], paper_row))
    }
}

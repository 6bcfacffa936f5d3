//! What stands published (公示公告): decisions, drafts open to comment, results, for everybody.
//!
//! A law file says which act publishes a paper and which withdraws it; a paper that names personal data cannot be
//! published there.

use super::{in_force, page};
use crate::answer::{self, Fault};
use crate::app::{App, Shared};
use crate::components::Link;
use crate::components::field::{Choice, FieldInput, FieldView};
use crate::desk::filter::{Asked, PER_PAGE};
use crate::desk::papers::signed_paper;
use crate::pages::portal::{NoticeCard, Notices};
use crate::visit::Visit;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use jiff::civil::Date;
use kernel::clock::zh_date;
use kernel::names::{MatterId, Name};
use std::collections::BTreeMap;
use store::{MatterRow, PaperView};

/// The path of the list.
pub const PATH: &str = "/notices";

/// GET `/notices`.
pub async fn notices(
    State(app): State<Shared>,
    visit: Visit,
    Query(query): Query<BTreeMap<String, String>>,
) -> Response {
    page(app, visit, move |app, visit| {
        let asked = Asked::read(PATH, &query, &["procedure"]);
        answer::ok(&list(app, visit, &asked)?)
    })
    .await
}

fn list(app: &App, visit: &Visit, asked: &Asked) -> Result<Notices, Fault> {
    let chosen = asked.get("procedure");
    let found = app.bureau.store.notices(chosen, asked.page, PER_PAGE)?;
    let publishing = in_force(app).filter(|procedure| procedure.acts.iter().any(|act| !act.publishes.is_empty()));
    let choices = publishing.map(|procedure| {
        Choice::new(procedure.id.as_str(), procedure.title.as_str()).chosen_if(chosen.unwrap_or_default())
    });
    let filter = FieldInput::Select { choices: choices.collect() };
    Ok(Notices {
        shell: answer::public_shell(app, visit, "公示公告", Some(Link::new("返回首页", "/"))),
        heading: "公示公告".to_owned(),
        lead: "机关依法公开的决定、结果和征求意见的草案，最近的在前。撤回公开的，不再列在这里。".to_owned(),
        filter: FieldView { required: false, ..FieldView::new("procedure", "事项", filter) },
        action: PATH.to_owned(),
        notices: found.rows.iter().map(|(paper, matter)| card(app, paper, matter)).collect(),
        pager: asked.pager(found.total, PER_PAGE),
    })
}

fn card(app: &App, paper: &PaperView, matter: &MatterRow) -> NoticeCard {
    let office = app.bureau.law.place.office(&matter.owner_office.as_str().into());
    let day = paper.published_on.as_deref().unwrap_or_default();
    NoticeCard {
        title: paper.title.clone(),
        href: format!("{PATH}/{}/{}/{}", paper.matter.as_str(), paper.version, paper.paper),
        about: matter.title.clone(),
        office: office.map(|office| office.name.clone()).unwrap_or_default(),
        number: paper.number.clone().unwrap_or_default(),
        on: day.parse::<Date>().map_or_else(|_| day.to_owned(), zh_date),
    }
}

/// GET `/notices/{matter}/{version}/{paper}`: the paper as PDF, while it stands published.
pub async fn paper(
    State(app): State<Shared>,
    visit: Visit,
    Path((matter, version, paper)): Path<(String, u32, String)>,
) -> Response {
    page(app, visit, move |app, _| {
        let stands = app.bureau.store.notice(&store::MatterId(matter.clone()), version, &paper)?;
        stands.ok_or(Fault::NotFound)?;
        let (printed, pdf, _) = signed_paper(app, &MatterId::new(matter), version, &Name::new(paper))?;
        Ok(answer::file("application/pdf", &format!("{}.pdf", printed.title), pdf, false))
    })
    .await
}

//! Statutes to be read, as imported; open to everybody.

use crate::answer::work;
use crate::answer::{self, Fault, encoded};
use crate::app::{App, Shared};
use crate::components::Link;
use crate::components::field::{FieldInput, FieldView, Keyboard, Width};
use crate::desk::clerk::{clerk, guest_shell, procedures};
use crate::desk::filter::optional;
use crate::pages::reference::{Article, Chapter, LawRead};
use crate::pages::shell::WorkShell;
use crate::visit::Visit;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use std::collections::{BTreeMap, BTreeSet};
use store::ArticleRow;

/// Most articles a search answers with.
const HITS: u32 = 100;

/// GET /law
pub async fn index(State(app): State<Shared>, visit: Visit, Query(query): Query<BTreeMap<String, String>>) -> Response {
    work(app, visit, move |app, visit| {
        let asked = query.get("q").map(|text| text.trim().to_owned()).unwrap_or_default();
        let mut chapters: Vec<Chapter> = Vec::new();
        let mut found = String::new();
        if !asked.is_empty() {
            let hits = app.bureau.store.find_articles(&search::query(&asked).join(" "), HITS)?;
            found = format!(
                "找到{}条{}。",
                hits.len(),
                if hits.len() >= usize::try_from(HITS).unwrap_or(usize::MAX) { "（只列最相关的）" } else { "" }
            );
            for hit in hits {
                let mut article = article_of(&hit.article, &BTreeMap::new(), true);
                article.cited_by = vec![Link::new("在全文中看", format!("/law/{}#{}", hit.statute, article.anchor))];
                article.anchor = format!("{}-{}", hit.statute, article.anchor);
                match chapters.iter_mut().find(|chapter| chapter.title == hit.statute) {
                    Some(chapter) => chapter.articles.push(article),
                    None => chapters.push(Chapter { title: hit.statute, articles: vec![article] }),
                }
            }
        }
        let page = LawRead {
            shell: frame(app, visit, "法规")?,
            heading: "法规".to_owned(),
            about: vec!["条文按导入的文本逐条显示，以公布的文本为准。".to_owned()],
            action: "/law".to_owned(),
            search: search_field(&asked),
            found,
            chapters,
            others: statutes(app, "")?,
        };
        Ok(visit.kept(app, answer::ok(&page)?))
    })
    .await
}

/// GET /law/{statute}
pub async fn statute(
    State(app): State<Shared>,
    visit: Visit,
    Path(name): Path<String>,
    Query(query): Query<BTreeMap<String, String>>,
) -> Response {
    work(app, visit, move |app, visit| {
        let rows = app.bureau.store.articles(&name)?;
        if rows.is_empty() {
            return Err(Fault::NotFound);
        }
        let asked = query.get("q").map(|text| text.trim().to_owned()).unwrap_or_default();
        let hits = if asked.is_empty() {
            Vec::new()
        } else {
            app.bureau.store.find_articles(&search::query(&asked).join(" "), HITS)?
        };
        let hits: BTreeSet<String> =
            hits.into_iter().filter(|hit| hit.statute == name).map(|hit| hit.article.ordinal).collect();
        let cited = cited(app, &name);
        let articles: Vec<Article> =
            rows.iter().map(|row| article_of(row, &cited, hits.contains(&row.ordinal))).collect();
        let first = articles.iter().find(|article| article.found).map(|article| article.name.clone());
        let found = match (asked.is_empty(), first) {
            (true, _) => String::new(),
            (false, Some(first)) => format!("“{asked}”在{}条中找到，第一处在{first}。", hits.len()),
            (false, None) => format!("本法没有找到“{asked}”。"),
        };
        let page = LawRead {
            shell: frame(app, visit, &name)?,
            heading: name.clone(),
            about: vec![format!("共{}条。条文按导入的文本逐条显示，以公布的文本为准。", articles.len())],
            action: format!("/law/{}", encoded(&name)),
            search: search_field(&asked),
            found,
            chapters: vec![Chapter { title: String::new(), articles }],
            others: statutes(app, &name)?,
        };
        Ok(visit.kept(app, answer::ok(&page)?))
    })
    .await
}

/// The frame of whoever reads: their own, or a guest's.
fn frame(app: &App, visit: &Visit, title: &str) -> Result<WorkShell, Fault> {
    match clerk(app, visit) {
        Ok(clerk) => clerk.shell(app, visit, title, "/law", &[]),
        Err(Fault::SignIn) => Ok(guest_shell(app, visit, title)),
        Err(other) => Err(other),
    }
}

fn search_field(asked: &str) -> FieldView {
    let input = FieldInput::Text {
        value: asked.to_owned(),
        width: Width::Full,
        keyboard: Keyboard::Text,
        autocomplete: String::new(),
    };
    optional(FieldView::new("q", "在条文里找", input))
}

fn statutes(app: &App, but: &str) -> Result<Vec<Link>, Fault> {
    let rows = app.bureau.store.statutes()?;
    let others = rows.into_iter().filter(|row| row.name != but);
    Ok(others.map(|row| Link::new(row.name.clone(), format!("/law/{}", row.name))).collect())
}

/// 第十二条之二 has an anchor of its own: `12-2`.
fn anchor(row: &ArticleRow) -> String {
    let place = row.ordinal.split_once("条之").and_then(|(_, rest)| "一二三四五六七八九十".find(rest));
    place.map_or_else(|| row.number.to_string(), |at| format!("{}-{}", row.number, at / "一".len() + 1))
}

fn article_of(row: &ArticleRow, cited: &BTreeMap<i32, Vec<Link>>, found: bool) -> Article {
    Article {
        anchor: anchor(row),
        name: row.ordinal.clone(),
        text: row.text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect(),
        cited_by: cited.get(&row.number).cloned().unwrap_or_default(),
        found,
    }
}

/// Which procedures rest on which article, by stage and act.
fn cited(app: &App, statute: &str) -> BTreeMap<i32, Vec<Link>> {
    let mut found: BTreeMap<i32, Vec<Link>> = BTreeMap::new();
    for procedure in procedures(app) {
        let stages = procedure.stages.iter().map(|stage| (&stage.title, &stage.cites));
        let acts = procedure.acts.iter().map(|act| (&act.title, &act.cites));
        for (title, cites) in stages.chain(acts) {
            for cite in cites.iter().filter(|cite| cite.statute == statute) {
                let links = found.entry(i32::try_from(cite.article).unwrap_or_default()).or_default();
                let link = Link::new(format!("{}：{title}", procedure.title), format!("/guide/{}", procedure.id));
                if !links.contains(&link) {
                    links.push(link);
                }
            }
        }
    }
    found
}

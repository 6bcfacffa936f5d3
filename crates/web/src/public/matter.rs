//! The one page of a matter, for the party: whose turn, until when and why, what next; and its papers.
//!
//! Everything shown comes from the sight of the party; what is not in it cannot be opened either.
//!
//! INVARIANT: without an open session there is no matter, and the answer does not say whether one exists.

use super::{internal, page, taken};
use crate::access::Known;
use crate::answer::{self, Fault};
use crate::app::{App, Shared};
use crate::components::Link;
use crate::components::clock::Timeline;
use crate::components::parts::{Notice, SummaryList, Tag, Tone};
use crate::desk::papers::{paper_pdf, signature_file};
use crate::pages::apply::Done;
use crate::pages::status::{PartyAction, Status};
use crate::shown::{self, Places};
use crate::submission::Submission;
use crate::visit::{self, Visit};
use acts::content::first_party;
use acts::drafts;
use acts::people;
use acts::sight::{SeenAction, Sight, Viewer, sight};
use acts::unmask;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use kernel::names::{MatterId, Name};
use kernel::procedure::{Citation, Target};
use kernel::world::Moment;
use std::collections::BTreeMap;

/// A matter whose page is open in this browser.
pub struct Open {
    /// The matter.
    pub id: MatterId,
    /// The party this is.
    pub party: Name,
    /// What they see.
    pub sight: Sight,
}

/// The matter whose page is open; none without a living session.
///
/// # Errors
/// What loading says.
pub fn open(app: &App, visit: &Visit, now: Moment) -> Result<Option<Open>, Fault> {
    let bureau = &app.bureau;
    let Some(id) = opened(app, visit, now)? else { return Ok(None) };
    let Some(row) = bureau.store.matter(&store::MatterId(id.to_string()))? else { return Ok(None) };
    let mut editions = bureau.law.procedures.iter().filter(|procedure| procedure.id.as_str() == row.procedure);
    let party = editions.find_map(|procedure| first_party(procedure)).ok_or(Fault::NotFound)?.clone();
    let sight = sight(bureau, now, &Viewer::Party { party: party.clone() }, &id)?;
    Ok(Some(Open { id, party, sight }))
}

/// The matter of a visit: as the rule of the route found it, or looked for where it asks for nobody.
///
/// # Errors
/// What the store says.
pub(crate) fn opened(app: &App, visit: &Visit, now: Moment) -> Result<Option<MatterId>, Fault> {
    if let Known::Party(id) = &visit.known {
        return Ok(Some(id.clone()));
    }
    let Some(token) = visit.cookie(visit::MATTER) else { return Ok(None) };
    let session = people::session(&app.bureau, now, token)?.filter(|session| session.kind == "matter");
    Ok(session.map(|session| MatterId::new(session.subject)))
}

/// Where the links of this side lead.
pub fn places() -> Places {
    Places { papers: "/m/paper".into(), files: "/m/file".into(), unmask: None, csrf: String::new() }
}

impl Open {
    /// Titles of the party's seat, to know whose turn is theirs.
    fn mine(&self) -> Vec<String> {
        self.sight.loaded.procedure.seat(&self.party).map(|seat| seat.title.clone()).into_iter().collect()
    }

    /// The course, in which the reader is addressed and not named by a role.
    fn timeline(&self) -> Timeline {
        let mut timeline = shown::timeline(&self.sight, &places());
        let mine = self.mine();
        for entry in timeline.entries.iter_mut().filter(|entry| mine.contains(&entry.who)) {
            entry.who = "您".to_owned();
        }
        timeline
    }

    /// The number of the matter.
    pub fn number(&self) -> String {
        self.sight.loaded.matter.number.clone().unwrap_or_default()
    }

    /// It is the party whom the matter waits for.
    fn waits_for_me(&self) -> bool {
        let stage = self.sight.loaded.procedure.stage(&self.sight.loaded.matter.stage);
        stage.is_some_and(|stage| !stage.closed && stage.by.contains(&self.party))
    }

    fn action(&self, action: &SeenAction) -> PartyAction {
        let procedure = &self.sight.loaded.procedure;
        let def = procedure.act(&action.act);
        // What moves a waiting matter on is what it waits for; leaving it is not.
        let moves_on = def.is_some_and(|def| match &def.to {
            Target::Stage(to) => procedure.stage(to).is_some_and(|stage| !stage.closed),
            Target::Stay => false,
        });
        let hint =
            def.and_then(|def| def.form.iter().map(|section| section.hint.as_str()).find(|hint| !hint.is_empty()));
        let cites: Vec<String> = action.cites.iter().map(ToString::to_string).collect();
        PartyAction {
            label: action.title.clone(),
            about: hint.map_or_else(|| format!("依据{}", cites.join("、")), str::to_owned),
            href: format!("/m/act/{}", action.act),
            urgent: self.waits_for_me() && moves_on,
        }
    }

    /// What has just been done, or a decision with its remedy.
    fn notice(&self, done: Option<u32>) -> Option<Notice> {
        if let Some(act) = done.and_then(|version| self.sight.timeline.iter().find(|act| act.version == version)) {
            return Some(Notice {
                tone: Tone::Good,
                title: format!("已收到：{}", act.title),
                lines: vec![self.sight.tells.clone()],
                links: vec![Link::new("下载这一步的凭证", format!("/m/receipt/{}.json", act.version))],
            });
        }
        let Some(remedy) = self.sight.remedy.as_ref() else { return self.standing() };
        let here = remedy.act.as_ref().filter(|act| self.sight.actions.iter().any(|action| &action.act == *act));
        let links = here.map(|act| Link::new("现在就提出", format!("/m/act/{act}"))).into_iter().collect();
        Some(Notice {
            tone: Tone::Care,
            title: self.sight.tells.clone(),
            lines: vec![format!(
                "{}。向谁提：{}。期限：{}（{}）。",
                remedy.text, remedy.body, remedy.term, remedy.cite
            )],
            links,
        })
    }

    /// What the other side asked for in the act that made the matter wait for this party, word for word.
    pub fn asked(&self) -> Vec<String> {
        let asked = self.sight.timeline.last().filter(|act| self.waits_for_me() && !self.mine().contains(&act.seat));
        let facts = asked.into_iter().flat_map(|act| &act.facts).filter(|fact| fact.files.is_empty());
        facts.map(|fact| format!("{}：{}", fact.label, fact.text)).collect()
    }

    /// Where the matter stands, when no clock on the page says it.
    fn standing(&self) -> Option<Notice> {
        let asked = self.asked();
        if !asked.is_empty() {
            let title = self.sight.tells.clone();
            return Some(Notice { tone: Tone::Care, title, lines: asked, links: Vec::new() });
        }
        if self.sight.clocks.iter().any(|clock| !clock.ended) {
            return None;
        }
        let stage = self.sight.loaded.procedure.stage(&self.sight.loaded.matter.stage)?;
        let turn = (!self.sight.turn.is_empty()).then(|| format!("现在轮到：{}。", self.sight.turn.join("、")));
        let no_limit = stage.no_limit.as_ref().map(|why| format!("这一步没有规定天数：{why}。"));
        Some(Notice {
            tone: if self.sight.closed { Tone::Plain } else { Tone::Info },
            title: self.sight.tells.clone(),
            lines: turn.into_iter().chain(no_limit).collect(),
            links: Vec::new(),
        })
    }

    /// Whom to call about the matter.
    pub fn contact(&self, app: &App) -> Vec<String> {
        let mut lines = Vec::new();
        for seated in &self.sight.seated {
            let member = &seated.member;
            lines.push(format!("{}：{}（{}）　电话 {}", seated.seat, member.name, member.firm, member.phone));
        }
        if let Some(office) = &self.sight.office {
            lines.push(format!("{}　电话 {}　{}", office.name, office.phone, office.address));
            let above = office.parent.as_ref().and_then(|parent| app.bureau.law.place.office(parent));
            lines.extend(above.map(|above| format!("对办理不满意：{}　电话 {}", above.name, above.phone)));
        }
        lines
    }
}

/// An instant as the office's civil time, by the offset of now.
pub fn civil(now: Moment, at_ms: i64) -> String {
    let civil = jiff::Timestamp::from_millisecond(at_ms)
        .ok()
        .and_then(|at| now.civil.checked_add(now.at.duration_until(at)).ok());
    civil.map(shown::time_zh).unwrap_or_default()
}

/// GET `/m`.
pub async fn matter(
    State(app): State<Shared>,
    visit: Visit,
    Query(asked): Query<BTreeMap<String, String>>,
) -> Response {
    page(app, visit, move |app, visit| {
        let now = app.now();
        let Some(open) = open(app, visit, now)? else { return Ok(answer::see_other("/status")) };
        let done = asked.get("done").and_then(|version| version.parse().ok());
        answer::ok(&status(app, visit, &open, done)?)
    })
    .await
}

fn status(app: &App, visit: &Visit, open: &Open, done: Option<u32>) -> Result<Status, Fault> {
    let sight = &open.sight;
    let today = app.now().on();
    let tone = match (open.waits_for_me(), sight.closed) {
        (true, _) => Tone::Care,
        (false, true) => Tone::Plain,
        (false, false) => Tone::Info,
    };
    let facts = shown::sections(sight, &places(), None);
    let rows = facts.into_iter().flat_map(|section| section.rows);
    Ok(Status {
        shell: answer::public_shell(app, visit, "我的办件", Some(Link::new("返回首页", "/"))),
        number: open.number(),
        heading: sight.title.clone(),
        state: Tag::new(tone, sight.stage.clone()),
        sealed: sight.sealed_by.as_ref().map(sealed).unwrap_or_default(),
        notice: open.notice(done),
        deadlines: cards(open, today),
        actions: sight.actions.iter().map(|action| open.action(action)).collect(),
        timeline: open.timeline(),
        papers: shown::paper_list(sight, &places()),
        facts: SummaryList { title: String::new(), rows: rows.collect() },
        looks: unmask::looks(&app.bureau, &open.id)?.len(),
        contact: open.contact(app),
        csrf: visit.csrf(app),
    })
}

/// What whoever's file is sealed is told of it.
fn sealed(cite: &Citation) -> String {
    format!(
        "您的档案依法封存（{cite}）：只有您和办理这件事的人能看，不会公开，别的单位和个人查不到；依法查询的，要登记。"
    )
}

/// The limits that still matter; those met or missed are told by the course.
fn cards(open: &Open, today: jiff::civil::Date) -> Vec<crate::components::clock::DeadlineCard> {
    let mut cards = shown::deadlines(&open.sight, today, &open.mine());
    let running = open.sight.clocks.iter().filter(|clock| !clock.ended).count();
    cards.truncate(running);
    cards
}

/// GET `/m/received`: what comes back after applying.
pub async fn received(State(app): State<Shared>, visit: Visit) -> Response {
    page(app, visit, |app, visit| {
        let now = app.now();
        let Some(open) = open(app, visit, now)? else { return Ok(answer::see_other("/status")) };
        let act = app.bureau.store.act(&store::MatterId(open.id.to_string()), 1)?.ok_or(Fault::NotFound)?;
        let download = "/m/receipt.json".to_owned();
        let card = shown::receipt_card(&open.sight, 1, &act.hash.to_string(), download, &places());
        let first = open.sight.timeline.first().map(|act| act.title.clone()).unwrap_or_default();
        let mut cards = cards(&open, now.on());
        let deadline = if cards.is_empty() { return Ok(answer::see_other("/m")) } else { cards.swap_remove(0) };
        let office = open.sight.office.as_ref().map(|office| office.name.clone()).unwrap_or_default();
        let shown = Done {
            shell: answer::public_shell(app, visit, "已收到", None),
            heading: format!("已收到：{first}"),
            number: open.number(),
            receipt: card.ok_or_else(|| internal("the receipt cannot be drawn"))?,
            next: vec![
                format!("由{office}办理。{}", open.sight.tells),
                "每有进展都会发短信到您留的手机；材料不齐的，一次告诉您。".into(),
                "以后凭编号和手机号随时可以查进度，请把编号记下来，或者下载凭证。".into(),
            ],
            deadline,
            follow: Link::new("看办到哪一步", "/m"),
        };
        answer::ok(&shown)
    })
    .await
}

/// GET `/m/paper/{version}/{paper}`.
pub async fn paper(State(app): State<Shared>, visit: Visit, Path((version, paper)): Path<(u32, String)>) -> Response {
    page(app, visit, move |app, visit| {
        let Some(open) = open(app, visit, app.now())? else { return Ok(answer::see_other("/status")) };
        Ok(paper_pdf(app, &open.sight, version, &Name::new(paper))?.1)
    })
    .await
}

/// GET `/m/paper/{version}/{paper}/signature`.
pub async fn paper_signature(
    State(app): State<Shared>,
    visit: Visit,
    Path((version, paper)): Path<(u32, String)>,
) -> Response {
    page(app, visit, move |app, visit| {
        let Some(open) = open(app, visit, app.now())? else { return Ok(answer::see_other("/status")) };
        signature_file(app, &open.sight, version, &Name::new(paper))
    })
    .await
}

/// GET `/m/file/{file}`.
pub async fn file(State(app): State<Shared>, visit: Visit, Path(file): Path<String>) -> Response {
    page(app, visit, move |app, visit| {
        let Some(open) = open(app, visit, app.now())? else { return Ok(answer::see_other("/status")) };
        let files = shown::all_files(&open.sight);
        let found = files.into_iter().find(|seen| seen.id == file).ok_or(Fault::NotFound)?;
        let bytes = drafts::open_file(&app.bureau, found).map_err(internal)?;
        Ok(answer::file(&found.media, &found.name, bytes, false))
    })
    .await
}

/// GET `/m/receipt.json`: of the opening act.
pub async fn first_receipt(State(app): State<Shared>, visit: Visit) -> Response {
    page(app, visit, |app, visit| receipt_file(app, visit, 1)).await
}

/// GET `/m/receipt/{version}.json`: of an act of the party.
pub async fn receipt(State(app): State<Shared>, visit: Visit, Path(name): Path<String>) -> Response {
    page(app, visit, move |app, visit| {
        let version = name.strip_suffix(".json").and_then(|version| version.parse().ok());
        receipt_file(app, visit, version.ok_or(Fault::NotFound)?)
    })
    .await
}

fn receipt_file(app: &App, visit: &Visit, version: u32) -> Result<Response, Fault> {
    let now = app.now();
    let Some(open) = open(app, visit, now)? else { return Ok(answer::see_other("/status")) };
    let done = open.sight.loaded.matter.history.iter().find(|done| done.version == version);
    if !done.is_some_and(|done| version == 1 || done.act.actor.seat == open.party) {
        return Err(Fault::NotFound);
    }
    let receipt = acts::receipt::receipt(&app.bureau, now, &open.id, version).map_err(internal)?;
    let text = serde_json::to_vec_pretty(&receipt).map_err(internal)?;
    let name = if version == 1 {
        format!("凭证 {}.json", open.number())
    } else {
        format!("凭证 {} 第{version}步.json", open.number())
    };
    Ok(answer::file("application/json", &name, text, true))
}

/// POST `/m/leave`: closes the page of the matter in this browser.
pub async fn leave(State(app): State<Shared>, visit: Visit, sent: Submission) -> Response {
    taken(app, visit, sent, |app, visit, _| {
        if let Some(token) = visit.cookie(visit::MATTER) {
            people::sign_out(&app.bureau, token)?;
        }
        let mut response = answer::see_other("/");
        visit::set_cookie(app, &mut response, visit::MATTER, "", Some(0));
        Ok(response)
    })
    .await
}

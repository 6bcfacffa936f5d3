//! One matter on the desk: its head, what may be done, and the open tab.
//!
//! Everything shown comes from the sight of whoever looks; a masked value is shown in clear once,
//! after a reason that was recorded.

use crate::answer::work;
use crate::answer::{self, Fault};
use crate::app::{App, Shared};
use crate::components::Link;
use crate::components::clock::{Light, LightState};
use crate::components::parts::{Notice, SummaryList, SummaryRow, Tab, Tabs, Tag, Tone};
use crate::desk::clerk::{Clerk, clerk};
use crate::desk::tabs;
use crate::pages::matter::{ActBarred, ActLink, MatterPage};
use crate::shown::{self, Places, Unmasked, day_zh};
use crate::submission::Submission;
use crate::visit::Visit;
use acts::Standing;
use acts::sight::Sight;
use acts::unmask::{Purpose, UnmaskError, Why, unmask};
use axum::extract::{Path, Query, State};
use axum::response::Response;
use kernel::names::{MatterId, Name};
use kernel::procedure::{ActKind, Procedure};
use std::collections::BTreeMap;

/// The tabs, by the name in the address.
const TABS: [(&str, &str); 7] = [
    ("course", "办理"),
    ("materials", "材料"),
    ("papers", "文书"),
    ("file", "卷宗目录"),
    ("clocks", "时钟"),
    ("articles", "条文"),
    ("record", "记录"),
];

/// GET /desk/matters/{id}
pub async fn page(
    State(app): State<Shared>,
    visit: Visit,
    Path(id): Path<String>,
    Query(query): Query<BTreeMap<String, String>>,
) -> Response {
    work(app, visit, move |app, visit| {
        let clerk = clerk(app, visit)?;
        let sight = clerk.sight(app, &id)?;
        let tab = query.get("tab").map_or("course", String::as_str);
        let notice = query.get("done").and_then(|version| done_notice(&sight, version.parse().ok()?));
        show(app, visit, &clerk, &sight, Shown { tab, notice, clear: None })
    })
    .await
}

/// POST /desk/matters/{id}/unmask
pub async fn reveal(State(app): State<Shared>, visit: Visit, Path(id): Path<String>, form: Submission) -> Response {
    work(app, visit, move |app, visit| {
        let clerk = clerk(app, visit)?;
        if !visit.is_ours(app, form.text("csrf")) {
            return Err(Fault::NotOurs);
        }
        let sight = clerk.sight(app, &id)?;
        let field = Name::new(form.text("field").unwrap_or_default());
        // Only what the sight names as masked can be asked for: veiled fields are not in it.
        let masked = sight.facts.iter().flat_map(|group| &group.facts).any(|fact| fact.field == field && fact.masked);
        if !masked {
            return Err(Fault::NotFound);
        }
        let reason = form.text("reason").unwrap_or_default().trim().to_owned();
        let purpose = form.text("purpose").and_then(Purpose::parse);
        let seen = unmask(
            &app.bureau,
            app.now(),
            &clerk.person.id,
            &clerk.person.posts,
            &MatterId::new(id.as_str()),
            &field,
            Why { purpose, reason: &reason },
        );
        let (notice, clear) = match seen {
            Ok(value) => {
                let purpose = purpose.map_or_else(String::new, |purpose| format!("{}：", purpose.zh()));
                (None, Some(Unmasked { field, value, reason: format!("{purpose}{reason}") }))
            }
            Err(UnmaskError::NoPurpose) => (Some(grave("没有显示：请选择查看目的。")), None),
            Err(UnmaskError::NoReason) => (Some(grave("没有显示：请写明查看理由，至少4个字。")), None),
            Err(UnmaskError::Forbidden) => {
                return Err(Fault::Forbidden("这件不由您办理，不能查看全部内容。".to_owned()));
            }
            Err(UnmaskError::NoValue(_)) => return Err(Fault::NotFound),
            Err(other) => return Err(Fault::Internal(other.to_string())),
        };
        let tab = "materials";
        show(app, visit, &clerk, &sight, Shown { tab, notice, clear })
    })
    .await
}

fn grave(title: &str) -> Notice {
    Notice { tone: Tone::Grave, title: title.to_owned(), lines: Vec::new(), links: Vec::new() }
}

/// What is particular to one showing of the page.
struct Shown<'a> {
    tab: &'a str,
    notice: Option<Notice>,
    clear: Option<Unmasked>,
}

/// Where the links of a matter lead at the desk.
pub fn places(app: &App, visit: &Visit, id: &str) -> Places {
    Places {
        papers: format!("/desk/matters/{id}/papers"),
        files: format!("/desk/matters/{id}/files"),
        unmask: Some(format!("/desk/matters/{id}/unmask")),
        csrf: visit.csrf(app),
    }
}

fn show(app: &App, visit: &Visit, clerk: &Clerk, sight: &Sight, shown: Shown<'_>) -> Result<Response, Fault> {
    let id = sight.loaded.matter.id.as_str();
    let places = places(app, visit, id);
    let row = app.bureau.store.matter(&store::MatterId(id.to_owned()))?;
    let subject = row.map(|row| row.subject_masked).unwrap_or_default();
    let heading = format!("{subject}　{}", sight.title).trim().to_owned();
    let today = app.now().on();
    let mine = clerk.seat_titles(sight);
    let governing = shown::governing(sight);
    let trail = [("办件", "/desk/matters".to_owned())];
    let mut shell = clerk.shell(app, visit, &heading, "/desk/work", &trail)?;
    shell.wrong = shown.notice.as_ref().is_some_and(|notice| notice.tone.is_grave());
    let page = MatterPage {
        shell,
        heading,
        number: sight.loaded.matter.number.clone().unwrap_or_default(),
        state: Tag::new(if sight.closed { Tone::Plain } else { Tone::Info }, sight.stage.clone()),
        light: match governing {
            Some(clock) => shown::light(clock, today),
            None if sight.closed => Light::new(LightState::Done, "已结束"),
            None => Light::new(LightState::NoLimit, "无期限"),
        },
        tags: tags(sight),
        facts: head_facts(sight),
        notice: shown.notice,
        acts: act_links(sight),
        barred: barred(app, clerk, sight),
        deadline: governing
            .filter(|_| shown.tab != "clocks")
            .map(|clock| shown::deadline(sight, clock, today, &mine, None)),
        tabs: tab_row(sight, shown.tab),
        open: tabs::open(app, clerk, sight, &places, shown.tab, shown.clear.as_ref())?,
    };
    Ok(visit.kept(app, answer::ok(&page)?))
}

fn tab_row(sight: &Sight, open: &str) -> Tabs {
    let id = &sight.loaded.matter.id;
    let known = TABS.iter().any(|(name, _)| *name == open);
    let count = |name: &str| match name {
        "papers" => u32::try_from(sight.papers.len()).ok(),
        "clocks" => u32::try_from(sight.clocks.len()).ok(),
        "record" => u32::try_from(sight.timeline.len()).ok(),
        _ => None,
    };
    let tab = |(name, label): &(&str, &str)| Tab {
        label: (*label).to_owned(),
        href: format!("/desk/matters/{id}?tab={name}"),
        current: *name == open || (!known && *name == "course"),
        count: count(name),
    };
    Tabs { label: "办件的各个方面".to_owned(), tabs: TABS.iter().map(tab).collect() }
}

/// Open requests beside the stage, the seal, and content that was erased.
fn tags(sight: &Sight) -> Vec<Tag> {
    let raised = sight.loaded.matter.raised.keys().filter_map(|mark| sight.loaded.procedure.mark(mark));
    let mut tags: Vec<Tag> = raised.map(|mark| Tag::new(Tone::Care, mark.title.clone())).collect();
    tags.extend(shown::sealed_tag(sight));
    if sight.erased {
        tags.push(Tag::new(Tone::Plain, "个人内容已依法删除"));
    }
    tags
}

fn head_facts(sight: &Sight) -> SummaryList {
    let mut rows = vec![
        SummaryRow::text("办理机构", sight.office.as_ref().map(|office| office.name.clone()).unwrap_or_default()),
        SummaryRow::text("收案", sight.loaded.matter.opened_on().map(day_zh).unwrap_or_default()),
        SummaryRow::text("渠道", sight.channel.clone()),
    ];
    if sight.sealed_by.is_some() {
        rows.push(SummaryRow::text("谁能看", "办理本件的岗位、被指派的人、开件的人和当事人；依法查询的，登记后提供。"));
    }
    if !sight.turn.is_empty() {
        rows.push(SummaryRow::text("轮到", sight.turn.join("、")));
    }
    for seated in &sight.seated {
        let parts = [seated.member.name.as_str(), &seated.member.firm, &seated.member.phone];
        let text: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        rows.push(SummaryRow::text(seated.seat.clone(), text.join("，")));
    }
    SummaryList { title: String::new(), rows }
}

/// Acts that lead on come first, against the person last.
fn act_links(sight: &Sight) -> Vec<ActLink> {
    let procedure: &Procedure = &sight.loaded.procedure;
    let mut links: Vec<(u8, ActLink)> = Vec::new();
    let mut main_given = false;
    for action in &sight.actions {
        let Some(def) = procedure.act(&action.act) else { continue };
        let leads = matches!(def.kind, ActKind::Propose | ActKind::Decide | ActKind::Assign | ActKind::Answer);
        let main = leads && !def.adverse && !main_given;
        main_given = main_given || main;
        let href = format!("/desk/matters/{}/acts/{}", sight.loaded.matter.id, action.act);
        let order = if def.adverse { 2 } else { u8::from(!leads) };
        links.push((order, ActLink { label: action.title.clone(), href, main, adverse: def.adverse }));
    }
    links.sort_by_key(|(order, _)| *order);
    links.into_iter().map(|(_, link)| link).collect()
}

/// Acts that lie with a seat of theirs in this stage, and that separation of duty keeps from them.
fn barred(app: &App, clerk: &Clerk, sight: &Sight) -> Vec<ActBarred> {
    let matter = &sight.loaded.matter;
    let here = sight.loaded.procedure.acts.iter().filter(|def| def.within.contains(&matter.stage));
    here.filter_map(|def| {
        let done = matter.was_done_by(&sight.loaded.procedure, &def.apart_from, &clerk.person.id)?;
        let standing = clerk.standing(app, sight, &def.name)?;
        let first = sight.loaded.procedure.act(&done.act.name).map(|act| act.title.clone()).unwrap_or_default();
        let seat = match standing {
            Standing::Post { acting, .. } => acting.seat,
            Standing::Seated { seat, .. } => seat,
            Standing::Party { .. } | Standing::Clock => return None,
        };
        def.by.contains(&seat).then(|| ActBarred {
            label: def.title.clone(),
            why: format!("您办过“{first}”，按规定这一步要由别人办理。"),
        })
    })
    .collect()
}

fn done_notice(sight: &Sight, version: u32) -> Option<Notice> {
    let act = sight.timeline.iter().find(|act| act.version == version)?;
    let id = &sight.loaded.matter.id;
    let mut links: Vec<Link> = act
        .papers
        .iter()
        .map(|(paper, title, number)| {
            let number = number.as_ref().map(|number| format!(" {number}")).unwrap_or_default();
            Link::new(format!("{title}{number}（PDF）"), format!("/desk/matters/{id}/papers/{version}/{paper}"))
        })
        .collect();
    links.push(Link::new("下载这一步的凭证文件", format!("/desk/matters/{id}/receipt/{version}")));
    let number = sight.loaded.matter.number.clone().unwrap_or_default();
    let lines = if version == 1 {
        vec![format!("编号：{number}。请把接收凭证交给申请人，凭编号和手机号可以随时查询。")]
    } else {
        Vec::new()
    };
    if version == 1 {
        links.push(Link::new("登记下一件", "/desk/window"));
    }
    Some(Notice { tone: Tone::Good, title: format!("已办理：{}", act.title), lines, links })
}

//! The tabs of a matter: course, materials, papers, case file, clocks, articles, record.

use crate::answer::Fault;
use crate::app::App;
use crate::chart;
use crate::components::parts::{FlowChart, Notice, Tag, Tone};
use crate::components::table::{Cell, Column, Table};
use crate::components::{Link, Markup};
use crate::desk::clerk::Clerk;
use crate::pages::matter::{MatterTab, Opinion, Skipped};
use crate::shown::{self, Places, Unmasked};
use acts::content::keeps_commitment;
use acts::people;
use acts::sight::{SeenAct, Sight};
use acts::unmask::looks;
use kernel::clock::zh_date;
use kernel::ledger::act_digest;
use kernel::procedure::{ActKind, Citation};

/// What the tab of that name shows; unknown names show the course.
///
/// # Errors
/// What the store says.
pub fn open(
    app: &App,
    clerk: &Clerk,
    sight: &Sight,
    places: &Places,
    tab: &str,
    clear: Option<&Unmasked>,
) -> Result<MatterTab, Fault> {
    Ok(match tab {
        "materials" => MatterTab::Materials {
            sections: shown::sections(sight, places, clear),
            files: shown::file_list(sight, places),
        },
        "papers" => MatterTab::Papers { table: papers(sight, places) },
        "file" => case_file(app, clerk, sight),
        "clocks" => MatterTab::Clocks { deadlines: shown::deadlines(sight, app.now().on(), &clerk.seat_titles(sight)) },
        "articles" => MatterTab::Articles { quotes: shown::articles(app, &cites(sight), "")? },
        "record" => record(app, sight)?,
        _ => MatterTab::Course {
            opinions: opinions(sight),
            assigned: assigned(sight),
            skipped: skipped(sight),
            timeline: shown::timeline(sight, places),
            flow: Some(flow(app, sight)),
        },
    })
}

fn flow(app: &App, sight: &Sight) -> FlowChart {
    let (procedure, place, on) = (&sight.loaded.procedure, &app.bureau.law.place, app.now().on());
    FlowChart {
        id: "flow".to_owned(),
        title: format!("{}流程", procedure.title),
        svg: Markup::drawn(chart::svg(procedure, place, on, Some(&sight.loaded.matter.stage))),
        sentences: chart::sentences(procedure, place, on),
    }
}

fn table(id: &str, caption: &str, heads: &[&str], rows: Vec<Vec<Cell>>, empty: &str) -> Table {
    Table {
        id: id.to_owned(),
        caption: caption.to_owned(),
        columns: heads.iter().map(|head| Column::new(*head)).collect(),
        rows,
        foot: Vec::new(),
        empty: empty.to_owned(),
    }
}

/// Proposals and decisions in the order in which they were given.
pub fn opinions(sight: &Sight) -> Vec<Opinion> {
    let signs = |act: &&SeenAct| {
        let kind = sight.loaded.procedure.act(&act.name).map(|def| def.kind);
        matches!(kind, Some(ActKind::Propose | ActKind::Decide))
    };
    let opinion = |act: &SeenAct| {
        let stated: Vec<String> = act.facts.iter().map(|fact| format!("{}：{}", fact.label, fact.text)).collect();
        Opinion {
            role: act.seat.clone(),
            text: format!("{}。{}", act.title, shown::joined(&stated)),
            name: act.who.trim().to_owned(),
            day: zh_date(act.at.date()),
        }
    };
    sight.timeline.iter().filter(signs).map(opinion).collect()
}

fn assigned(sight: &Sight) -> String {
    let seated = sight.timeline.iter().flat_map(|act| act.seated.iter().map(move |seated| (act, seated)));
    let sentences: Vec<String> = seated
        .map(|(act, (slot, person, how))| format!("{}：{slot}{person}（{how}）。", zh_date(act.at.date())))
        .collect();
    sentences.join("")
}

fn skipped(sight: &Sight) -> Vec<Skipped> {
    let passed = sight.timeline.iter().flat_map(|act| act.skipped.iter().map(move |skip| (act, skip)));
    passed
        .map(|(act, (person, why))| Skipped {
            lawyer: person.clone(),
            standing: format!("{} {}", zh_date(act.at.date()), act.title),
            reason: why.clone(),
            rule: act.cites.first().map(crate::questions::article_link),
        })
        .collect()
}

fn papers(sight: &Sight, places: &Places) -> Table {
    let rows = sight.papers.iter().zip(1_u32..).map(|(paper, at)| {
        let href = places.paper(paper.version, &paper.paper);
        let number = paper.number.clone().unwrap_or_else(|| "—".to_owned());
        let number = if paper.voided {
            Cell::Void { text: number, reason: "号码保留".to_owned() }
        } else {
            Cell::text(number)
        };
        vec![
            Cell::text(at.to_string()),
            Cell::Head(Link::new(paper.title.clone(), href.clone())),
            number,
            Cell::text(paper.on.to_string()),
            Cell::Links(vec![Link::new("打开PDF", href.clone()), Link::new("签名文件", format!("{href}/signature"))]),
        ]
    });
    table("papers", "文书", &["序号", "文书", "文号", "日期", "操作"], rows.collect(), "还没有您可以打开的文书。")
}

fn case_file(app: &App, clerk: &Clerk, sight: &Sight) -> MatterTab {
    let state = |must: bool, there: bool| match (must, there) {
        (true, true) => Tag::new(Tone::Good, "必须，已有"),
        (true, false) => Tag::new(Tone::Grave, "必须，还没有"),
        (false, true) => Tag::new(Tone::Good, "按需，已有"),
        (false, false) => Tag::new(Tone::Plain, "按需，没有"),
    };
    let rows = sight.dossier.iter().zip(1_u32..).map(|(item, at)| {
        vec![Cell::text(at.to_string()), Cell::text(item.title.clone()), Cell::Tag(state(item.must, item.there))]
    });
    let missing = sight.dossier.iter().filter(|item| item.must && !item.there);
    MatterTab::CaseFile {
        catalogue: table(
            "catalogue",
            "卷内目录",
            &["序号", "文书名称", "备注"],
            rows.collect(),
            "本程序没有规定卷宗。",
        ),
        missing: missing.map(|item| item.title.clone()).collect(),
        whole: super::papers::may_open_case_file(app, clerk, sight).then(|| {
            Link::new("整卷PDF（封面、目录、页号）", format!("/desk/matters/{}/dossier", sight.loaded.matter.id))
        }),
    }
}

/// The articles of the stage, then of what may be done now, each once.
fn cites(sight: &Sight) -> Vec<Citation> {
    let mut cites: Vec<Citation> = Vec::new();
    let acts = sight.actions.iter().flat_map(|action| &action.cites);
    let limits = sight.clocks.iter().filter(|clock| !clock.ended).filter_map(|clock| clock.cite.as_ref());
    for cite in sight.cites.iter().chain(limits).chain(acts) {
        if !cites.contains(cite) {
            cites.push(cite.clone());
        }
    }
    cites
}

/// Who, and in which seat where that says more.
fn doer(act: &SeenAct) -> String {
    match act.who.trim() {
        who if who.is_empty() || who == act.seat => act.seat.clone(),
        who => format!("{who}（{}）", act.seat),
    }
}

fn record(app: &App, sight: &Sight) -> Result<MatterTab, Fault> {
    let matter = &sight.loaded.matter;
    let stored = app.bureau.store.acts_of(&store::MatterId(matter.id.to_string()))?;
    let broken = stored
        .iter()
        .filter(|act| act_digest(&act.bytes) != act.hash || !matches!(keeps_commitment(&app.bureau, act), Ok(true)))
        .count();
    let mut rows: Vec<Vec<Cell>> = Vec::new();
    for act in &sight.timeline {
        let hash = stored
            .iter()
            .find(|stored| stored.version == act.version)
            .map(|stored| stored.hash.to_string())
            .unwrap_or_default();
        rows.push(vec![
            Cell::text((rows.len() + 1).to_string()),
            Cell::text(act.title.clone()),
            Cell::text(doer(act)),
            Cell::text(shown::time_zh(act.at)),
            Cell::text(shown::fingerprint(&hash)),
            Cell::Link(Link::new("凭证", format!("/desk/matters/{}/receipt/{}", matter.id, act.version))),
        ]);
    }
    let looks = looks(&app.bureau, &matter.id)?;
    let names = people::names_of(&app.bureau, looks.iter().map(|look| look.person.as_str()))?;
    for look in looks {
        let what = look.thing.zh(&sight.loaded.procedure);
        let purpose = look.purpose.map_or_else(String::new, |purpose| format!("目的：{}。", purpose.zh()));
        rows.push(vec![
            Cell::text((rows.len() + 1).to_string()),
            Cell::Long(format!("查看{what}全部内容。{purpose}理由：{}", look.reason)),
            Cell::text(names.get(&look.person).cloned().unwrap_or(look.person)),
            Cell::text(super::lists::instant_zh(app, look.at)),
            Cell::text("—"),
            Cell::text("—"),
        ]);
    }
    let verified = if broken == 0 {
        Notice {
            tone: Tone::Good,
            title: "记录没有被改动".to_owned(),
            lines: vec![format!("重新计算了{}条记录的指纹和内容承诺，全部一致。", stored.len())],
            links: Vec::new(),
        }
    } else {
        Notice {
            tone: Tone::Grave,
            title: format!("有{broken}条记录和指纹对不上"),
            lines: vec!["请立即告诉系统管理员，不要继续办理。".to_owned()],
            links: Vec::new(),
        }
    };
    Ok(MatterTab::Record {
        acts: table("acts", "每一步的原始记录", &["序号", "行为", "谁", "时间", "指纹", "操作"], rows, "没有记录。"),
        verified,
    })
}

//! What must hold of every drawing, asked of the drawing before it is written.

use super::layout::{Bounds, Plan, plan};
use super::model::{Model, NodeKind};
use super::{bpmn, flow};
use crate::source::Source;
use kernel::procedure::Procedure;

const FILE: &str = r#"
```kdl
matter "m" title="示例 & 例" function="services" {
    statute "示例法" in-force-from="2026-01-01"
    seat "applicant" title="申请人" where="party"
    seat "clerk" title="经办人" where="owner"
    seat "police" title="公安机关" where="office" office="police"
    seat "clock" title="期限届满" where="system"
}
competence office="bureau"
number "m" pattern="〔{year}〕{seq}"
stage "review" title="审查" by="clerk" tells="正在审查"
stage "waiting" title="等待" by="applicant" tells="请补充"
stage "done" title="办结" closed=#true tells="已经办结" cite="示例法:3"
act "apply" kind="open" title="申请" by="applicant" to="review"
act "ask" kind="ask" title="补充" by="clerk" in="review" to="waiting" stops="review" cite="示例法:1"
act "answer" kind="answer" title="交材料" by="applicant" in="waiting" to="review" resumes="review"
act "lapse" kind="expire" title="视为撤回" by="clock" in="waiting" to="done"
act "consult" kind="ask" title="征求意见" by="clerk" in="review" raises="police-asked,own-asked"
act "reply" kind="answer" title="回复" by="police" in="review" settles="police-asked"
act "look" kind="record" title="自查" by="clerk" in="review" settles="own-asked"
act "decide" kind="decide" title="决定" by="clerk" in="review" to="done" cite="示例法:2"
act "complain" kind="ask" title="投诉" by="applicant" in="done" to="review"
mark "police-asked" title="等公安机关意见" by="police"
mark "own-asked" title="等自查" by="clerk" no-limit="没有"
limit "review" title="审查期限" within=7 unit="working-day" from="apply" spans="review" by="clerk" cite="示例法:1" checked="2026-01-01"
limit "answer" title="补充期限" within=1 unit="month" from="ask" spans="waiting" by="applicant" expiry="lapse" cite="示例法:1" checked="2026-01-01"
limit "reply" title="回复期限" within=48 unit="hour" from="consult" while="police-asked" by="police" cite="示例法:1" checked="2026-01-01"
```
"#;

fn procedure() -> Procedure {
    let statutes = "```kdl\nstatute \"示例法\" in-force-from=\"2024-01-01\" title=\"示例法\" {\n    natural-days reason=\"x\"\n}\n```\n";
    let sources = [Source::new("statutes.md", statutes), Source::new("services/m.md", FILE)];
    let (book, found) = crate::read(&sources);
    assert!(found.is_empty(), "{found:?}");
    book.procedures.into_iter().next().expect("a procedure")
}

fn name(model: &Model, at: usize) -> &str {
    &model.nodes[at].id
}

#[test]
fn every_thing_of_the_procedure_is_drawn_as_what_it_is() {
    let model = flow::model(&procedure(), None);
    let has = |id: &str| model.node(id).unwrap_or_else(|| panic!("no {id}"));
    let leads = |from: &str, to: &str| {
        let (from, to) = (has(from), has(to));
        assert!(
            model.flows.iter().any(|flow| flow.from == from && flow.to == to),
            "{} {}",
            name(&model, from),
            name(&model, to)
        );
    };
    leads("start_apply", "choice_review");
    leads("choice_review", "task_review_ask");
    leads("task_review_ask", "task_waiting_answer");
    leads("timer_answer_task_waiting_answer", "task_waiting_lapse");
    leads("task_waiting_lapse", "end_done");
    leads("task_review_consult", "send_review_consult_partner_police");
    leads("send_review_consult_partner_police", "fork_review_consult");
    leads("fork_review_consult", "mark_police-asked");
    leads("fork_review_consult", "mark_own-asked");
    leads("fork_review_consult", "choice_review");
    leads("after_done", "task_done_complain");
    let timer = |id: &str| match &model.nodes[has(id)].kind {
        NodeKind::Timer(timer) => (timer.duration.clone(), timer.unit, timer.interrupting),
        other => panic!("{other:?}"),
    };
    assert_eq!(timer("timer_review_task_review_ask"), ("P7D".to_owned(), "working-day", false));
    assert_eq!(timer("timer_answer_task_waiting_answer"), ("P1M".to_owned(), "month", true));
    assert_eq!(timer("timer_reply_mark_police-asked"), ("PT48H".to_owned(), "hour", false));
    assert!(model.notes.iter().any(|note| note.text.contains("示例法第一条")), "{:?}", model.notes);
}

#[test]
fn a_drawing_is_whole() {
    whole(&procedure());
}

fn whole(procedure: &Procedure) {
    let model = flow::model(procedure, None);
    let plan = plan(&model);
    let mut ids: Vec<&str> = model.nodes.iter().map(|node| node.id.as_str()).collect();
    ids.sort_unstable();
    let count = ids.len();
    ids.dedup();
    assert_eq!(ids.len(), count, "identifiers are unique");
    for (at, node) in model.nodes.iter().enumerate() {
        let (into, out) =
            (model.flows.iter().any(|flow| flow.to == at), model.flows.iter().any(|flow| flow.from == at));
        let starts = matches!(node.kind, NodeKind::Start { .. } | NodeKind::Timer(_));
        assert!(starts || into, "nothing leads to {}", node.id);
        assert!(node.kind == NodeKind::End || out, "{} leads nowhere", node.id);
        assert!(node.lane < model.lanes.len());
    }
    placed(&model, &plan);
    let xml = bpmn(procedure, None);
    assert_eq!(xml.matches("<bpmndi:BPMNEdge").count(), model.flows.len() + model.messages.len() + model.notes.len());
    assert!(xml.contains("示例 &amp; 例"));
}

fn placed(model: &Model, plan: &Plan) {
    let overlap = |a: Bounds, b: Bounds| a.x < b.right() && b.x < a.right() && a.y < b.bottom() && b.y < a.bottom();
    let things: Vec<(&str, Bounds)> =
        model.nodes.iter().zip(&plan.nodes).map(|(node, bounds)| (node.id.as_str(), *bounds)).collect();
    for (at, (id, bounds)) in things.iter().enumerate() {
        assert!(bounds.w > 0 && bounds.h > 0, "{id} has no size");
        let lane = plan.lanes[model.nodes[at].lane];
        assert!(bounds.x >= lane.x && bounds.right() <= lane.right(), "{id} {bounds:?} {lane:?}");
        assert!(bounds.y >= lane.y && bounds.bottom() <= lane.bottom(), "{id} {bounds:?} {lane:?}");
        for (other, place) in things.iter().skip(at + 1) {
            let on_its_task = id.starts_with("timer_") || other.starts_with("timer_");
            assert!(on_its_task || !overlap(*bounds, *place), "{id} and {other} overlap");
        }
        for note in &plan.notes {
            assert!(!overlap(*bounds, *note), "{id} and a note overlap");
        }
    }
}

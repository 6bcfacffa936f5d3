//! Slips that change nothing: decided by what the procedure means before and after, never by its wording.

use kernel::procedure::Procedure;

/// Why a change does not matter, where it does not.
pub(super) fn harmless(before: &Procedure, after: &Procedure) -> Option<&'static str> {
    let (mut before, mut after) = (bare(before), bare(after));
    if before == after {
        return Some("意思没有变：写的就是不写时的意思");
    }
    unread(&mut before);
    unread(&mut after);
    (before == after).then_some("没有行为发出这份文书，给谁、谁可看都不起作用")
}

/// Without what only tells how the text stood.
fn bare(procedure: &Procedure) -> Procedure {
    Procedure { edition: kernel::ledger::sm3(&[]), sections: Vec::new(), ..procedure.clone() }
}

/// Without readers and addressees of papers that no act issues: a reader opens what was issued.
fn unread(procedure: &mut Procedure) {
    let issued: Vec<_> = procedure.acts.iter().flat_map(|act| act.papers.clone()).collect();
    for paper in procedure.papers.iter_mut().filter(|paper| !issued.contains(&paper.name)) {
        paper.readers.clear();
        paper.to = None;
    }
}

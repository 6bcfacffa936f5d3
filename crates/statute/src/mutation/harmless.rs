//! Slips that change nothing: decided by what the procedure means before and after, never by its wording.

use kernel::procedure::Procedure;

/// Why a change does not matter, where it does not.
pub(super) fn harmless(before: &Procedure, after: &Procedure) -> Option<&'static str> {
    let bare = |procedure: &Procedure| Procedure { edition: before.edition, sections: Vec::new(), ..procedure.clone() };
    let (before, after) = (bare(before), bare(after));
    if before == after {
        return Some("意思没有变：写的就是不写时的意思");
    }
    None
}

//! What is watched of a procedure: fields conditions read, acts they ask about, requests, slots, openers, clocks.
//!
//! INVARIANT: whatever decides whether an act can be done has a place, or is open in every state.

use kernel::guard::Expr;
use kernel::procedure::{ActDef, Amount, Binds, Expiry, Limit, Procedure, SeatPlace};

use super::state::{Layout, Watch};
use crate::check::Desk;
use crate::index::Role;

impl Layout {
    /// Everything that a guard, a duty or another act can depend on.
    pub(super) fn of(desk: &Desk<'_>) -> Layout {
        let mut layout = Layout::default();
        let procedure = desk.procedure;
        let asked = desk.file.conditions.iter().filter(|found| !matches!(found.role, Role::Matter | Role::Screening));
        asked.for_each(|condition| watch(&condition.expr, &mut layout));
        for act in &procedure.acts {
            for compute in &act.computes {
                let keys = [&compute.base.key, &compute.factor.as_ref().and_then(|factor| factor.key.clone())];
                keys.into_iter().flatten().for_each(|key| layout.watch(Watch::Field, key));
                layout.watch(Watch::Done, &compute.governed_by);
            }
            if act.once {
                layout.watch(Watch::Done, &act.name);
            }
            act.assigns.iter().for_each(|assigns| layout.watch(Watch::Slot, &assigns.slot));
        }
        for limit in &procedure.limits {
            if let Binds::Before { field } = &limit.binds {
                layout.watch(Watch::Field, field);
            }
            if let Amount::Field(field) = &limit.amount {
                layout.watch(Watch::Field, field);
            }
        }
        procedure.competence.by_field.iter().for_each(|field| layout.watch(Watch::Field, field));
        for seat in procedure.seats.iter().filter(|seat| seat.place == SeatPlace::Opener) {
            layout.watch(Watch::Opener, &seat.name);
        }
        for limit in procedure.limits.iter().filter(|limit| decides(procedure, limit)) {
            layout.watch(Watch::Limit, &limit.name);
        }
        layout
    }
}

fn watch(expr: &Expr, layout: &mut Layout) {
    expr.visit(&mut |part| match part {
        Expr::Fact(field) | Expr::Given(field) => layout.watch(Watch::Field, field),
        Expr::Raised(mark) => layout.watch(Watch::Mark, mark),
        Expr::Done(act) | Expr::Times(act) | Expr::OpenItems(act) => layout.watch(Watch::Done, act),
        _ => {}
    });
}

/// Whether something can be done or not as the limit runs or does not.
fn decides(procedure: &Procedure, limit: &Limit) -> bool {
    let extends = |act: &ActDef| act.extends.iter().any(|extend| extend.limit == limit.name);
    limit.expiry != Expiry::Alarm || procedure.acts.iter().any(extends)
}

//! A procedure as BPMN 2.0, to be opened, discussed and printed in any drawing tool that reads it.
//!
//! A lane for each seat; an opening act is a start event; an act in a stage is a task; a stage in which several acts are
//! possible is an exclusive gateway; a limit is a timer on the edge of a task; requests raised together run beside the
//! stage behind a parallel gateway; a closed stage is an end event; what is sent to a partner office is a message. The
//! drawing is exact about ways, seats and limits and silent about forms; it is not meant to be executed.
//! `docs/reference/bpmn.md` says how each thing is drawn.
//!
//! INVARIANT: every way of the procedure is a flow between two drawn elements, and every element stands in one lane.

mod flow;
mod layout;
mod model;
#[cfg(test)]
mod tests;
mod xml;

use kernel::procedure::Procedure;

use crate::words::Local;

/// The drawing of a procedure. With a place and a day, limits that the place sets have their numbers.
#[must_use]
pub fn bpmn(procedure: &Procedure, local: Local<'_>) -> String {
    let model = flow::model(procedure, local);
    let plan = layout::plan(&model);
    xml::written(&model, &plan)
}

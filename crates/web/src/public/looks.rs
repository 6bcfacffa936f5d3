//! Who looked at the data of a party (谁看过我的材料): when, in which capacity, at what, for what purpose and why.
//!
//! Citizens are told office, seat and surname. Looking at this page is not a look.
//!
//! INVARIANT: only whoever has the matter open sees who looked at it.

use super::matter::{Open, civil, open};
use super::page;
use crate::answer::{self, Fault};
use crate::app::{App, Shared};
use crate::components::Link;
use crate::pages::status::{Look, Looks};
use crate::visit::Visit;
use acts::unmask::{self, Told};
use axum::extract::State;
use axum::response::Response;

/// What stands for a purpose in looks recorded before one was asked for.
const NOT_ASKED: &str = "当时没有要求填写";

/// GET `/m/looks`.
pub async fn looks(State(app): State<Shared>, visit: Visit) -> Response {
    page(app, visit, |app, visit| {
        let now = app.now();
        let Some(open) = open(app, visit, now)? else { return Ok(answer::see_other("/status")) };
        answer::ok(&Looks {
            shell: answer::public_shell(app, visit, "谁看过我的材料", Some(Link::new("返回我的办件", "/m"))),
            number: open.number(),
            looks: told(app, &open)?,
            contact: open.contact(app),
        })
    })
    .await
}

fn told(app: &App, open: &Open) -> Result<Vec<Look>, Fault> {
    let told = unmask::told(&app.bureau, &open.id, &open.sight.loaded.procedure)?;
    let now = app.now();
    let look = |told: Told| Look {
        when: civil(now, told.at),
        who: who(&told),
        what: told.what,
        purpose: told.purpose.map_or(NOT_ASKED, |purpose| purpose.zh()).to_owned(),
        why: told.reason,
    };
    Ok(told.into_iter().rev().map(look).collect())
}

fn who(told: &Told) -> String {
    let parts = [told.office.as_str(), &told.seat, &told.surname];
    let told: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    if told.is_empty() { "一名工作人员".to_owned() } else { told.join("　") }
}

//! The workbench (工作台): what an official, a lawyer or a peer does, and the statutes everybody may read.
//!
//! The table below is the whole of it. Every handler asks who is signed in, shows what the sight of
//! that person gives, and sends acts through the corridor; it decides nothing.
//!
//! INVARIANT: except for signing in and the statutes, every route is for accounts.

mod account;
mod act;
mod changes;
pub mod clerk;
mod factor;
mod federated;
pub mod filter;
mod law;
pub mod lists;
mod matter;
mod money;
mod numbers;
mod open;
mod outbox;
pub mod papers;
pub mod passkeys;
mod posts;
mod registers;
pub mod second;
mod security;
mod sheet;
mod sign;
mod tabs;
mod trail;
mod undelivered;

use crate::access::{Routes, Who};
use acts::people::Debt;
use acts::policy::Duty;

/// The page on which what a session owes is paid.
pub fn paid_at(debt: Debt) -> &'static str {
    match debt {
        Debt::Code => second::PATH,
        Debt::Password => account::PATH,
        Debt::Factor => factor::PATH,
    }
}

/// The routes of this part.
pub fn routes() -> Routes {
    Routes::default()
        .get("/desk/sign-in", Who::Everybody, sign::form)
        .post("/desk/sign-in", Who::Everybody, sign::enter)
        .post("/desk/sign-out", Who::Everybody, sign::leave)
        .get("/desk", Who::Clerk, lists::home)
        .get("/desk/work", Who::Clerk, lists::worklist)
        .get(changes::NOW, Who::Waiting, changes::now)
        .get(changes::CHANGES, Who::Waiting, changes::changes)
        .get("/desk/matters", Who::Clerk, lists::matters)
        .get("/desk/inbox", Who::Clerk, lists::inbox)
        .get("/desk/matters/{id}", Who::Clerk, matter::page)
        .post("/desk/matters/{id}/unmask", Who::Clerk, matter::reveal)
        .get("/desk/matters/{id}/acts/{act}", Who::Clerk, act::form)
        .post("/desk/matters/{id}/acts/{act}", Who::Clerk, act::send)
        .get("/desk/matters/{id}/papers/{version}/{paper}", Who::Clerk, papers::paper)
        .get("/desk/matters/{id}/dossier", Who::Clerk, papers::dossier)
        .get("/desk/matters/{id}/files/{file}", Who::Clerk, papers::file)
        .get("/desk/matters/{id}/receipt/{version}", Who::Clerk, papers::receipt_file)
        .get("/desk/drafts/{key}/files/{file}", Who::Clerk, papers::draft_file)
        .get("/desk/window", Who::Clerk, open::window)
        .post("/desk/window", Who::Clerk, open::chosen)
        .get("/desk/open/{procedure}/{act}", Who::Clerk, open::form)
        .post("/desk/open/{procedure}/{act}", Who::Clerk, open::send)
        .get("/desk/registers", Who::With(Duty::KeepRegisters), registers::first)
        .get("/desk/registers/{register}", Who::With(Duty::KeepRegisters), registers::page)
        .post("/desk/registers/{register}", Who::With(Duty::KeepRegisters), registers::send)
        .get("/desk/numbers", Who::Clerk, numbers::page)
        .get("/desk/money", Who::Clerk, money::page)
        .get("/desk/outbox", Who::With(Duty::Operate), outbox::page)
        .post("/desk/outbox", Who::With(Duty::Operate), outbox::send)
        .get(undelivered::PATH, Who::Clerk, undelivered::page)
        .post(undelivered::PATH, Who::Clerk, undelivered::send)
        .get("/desk/posts", Who::With(Duty::Operate), posts::page)
        .get(trail::PATH, Who::With(Duty::Audit), trail::page)
        .get("/law", Who::Everybody, law::index)
        .get("/law/{statute}", Who::Everybody, law::statute)
        .get("/desk/matters/{id}/papers/{version}/{paper}/signature", Who::Clerk, papers::signature)
        .get(account::PATH, Who::Account, account::page)
        .post(account::PATH, Who::Account, account::change)
        .post(account::OTHERS, Who::Clerk, account::leave_others)
        .get("/desk/sign-in/with/{provider}", Who::Everybody, federated::set_out)
        .get("/desk/sign-in/back/{provider}", Who::Everybody, federated::back)
        .post("/desk/sign-in/passkey", Who::Everybody, passkeys::enter)
        .get(federated::PATH, Who::Clerk, federated::page)
        .post("/desk/identity/link/{provider}", Who::Clerk.fresh(), federated::link)
        .post("/desk/identity/unlink", Who::Clerk.fresh(), federated::unlink)
        .post("/desk/identity/passkeys", Who::Enrolling.fresh(), passkeys::enrol)
        .post("/desk/identity/passkeys/remove", Who::Clerk.fresh(), passkeys::remove)
        .get(second::PATH, Who::Coding, second::form)
        .post(second::PATH, Who::Coding, second::enter)
        .post(second::PASSKEY, Who::Coding, second::enter_with_passkey)
        .get(security::PATH, Who::Administrator, security::page)
        .post(security::FACTOR_OFF, Who::With(Duty::Appoint).fresh(), security::take_off)
        .get(factor::PATH, Who::Enrolling, factor::page)
        .post(factor::PATH, Who::Enrolling.fresh(), factor::enrol)
        .post(factor::RECOVERY, Who::Clerk.fresh(), factor::renew)
        .post(factor::REMOVE, Who::Clerk.fresh(), factor::remove)
}

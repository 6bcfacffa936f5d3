//! One act of a party on their matter: supplement, withdraw, object, ask, rate – whatever the law file
//! lets them do now.
//!
//! INVARIANT: an act against an older version of the matter is not done, and what was typed is kept and
//! handed back.

use super::form::{self, Faults, Form, faults_of, join};
use super::matter::{Open, open};
use super::{page, taken};
use crate::answer::{self, Fault};
use crate::app::{App, Shared};
use crate::components::Link;
use crate::components::field::{ErrorSummary, FormKeys};
use crate::components::parts::{SummaryList, SummaryRow};
use crate::pages::error::Error;
use crate::pages::status::PartyAct;
use crate::shown;
use crate::submission::Submission;
use crate::visit::Visit;
use acts::{Command, PerformError, Standing, perform};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use kernel::names::Name;
use kernel::procedure::{ActDef, Field, Target};
use kernel::value::Facts;

/// The act at hand.
struct Doing<'a> {
    app: &'a App,
    visit: &'a Visit,
    open: &'a Open,
    act: &'a ActDef,
    known: &'a Facts,
}

/// What the form carries in hidden fields.
struct Sent {
    key: Option<String>,
    seen: Option<u32>,
}

impl<'a> Doing<'a> {
    fn of(app: &'a App, visit: &'a Visit, open: &'a Open, act: &str) -> Result<Doing<'a>, Fault> {
        let act = open.sight.loaded.procedure.act(&Name::from(act)).ok_or(Fault::NotFound)?;
        if !act.by.contains(&open.party) || act.within.is_empty() {
            return Err(Fault::NotFound);
        }
        Ok(Doing { app, visit, open, act, known: &open.sight.loaded.matter.facts })
    }

    fn form(&self) -> Result<Form<'_>, Fault> {
        let owner = format!("matter/{}", self.open.id);
        let files = format!("/m/act/{}/files", self.act.name);
        Form::open(
            self.app,
            &owner,
            &self.open.sight.loaded.procedure,
            self.act,
            self.known,
            Some(&self.open.sight.loaded.matter),
            files,
        )
    }

    fn href(&self) -> String {
        format!("/m/act/{}", self.act.name)
    }

    fn fields(&self) -> Vec<&'a Field> {
        self.act.fields().collect()
    }

    fn show(&self, form: &Form<'_>, faults: &Faults, keys: FormKeys) -> Result<Response, Fault> {
        let fields = self.fields();
        let read = form.reading(fields.iter().copied()).facts;
        let views = form.views(&fields, &read, faults);
        let errors = ErrorSummary::of(&views);
        let mut shell = answer::public_shell(self.app, self.visit, &self.act.title, Some(Link::new("返回办件", "/m")));
        shell.wrong = !errors.errors.is_empty();
        shell.here = self.href();
        let status = if shell.wrong { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
        let shown = PartyAct {
            shell,
            heading: self.act.title.clone(),
            matter: self.open.sight.loaded.matter.number.clone().unwrap_or_default(),
            lead: self.lead(),
            action: self.href(),
            keys,
            fields: views,
            errors,
            submit: format!("提交：{}", self.act.title),
            cancel_href: "/m".into(),
            articles: shown::articles(self.app, &self.act.cites, "")?,
        };
        answer::page(status, &shown)
    }

    /// What is asked for, to whom it goes, and what follows: nobody should have to remember it from another page.
    fn lead(&self) -> Vec<String> {
        let sight = &self.open.sight;
        let hints = self.act.form.iter().map(|section| section.hint.clone()).filter(|hint| !hint.is_empty());
        let mut lead: Vec<String> = hints.collect();
        let procedure = &sight.loaded.procedure;
        let to = match &self.act.to {
            Target::Stage(to) => procedure.stage(to),
            Target::Stay => None,
        };
        if to.is_some_and(|stage| !stage.closed) {
            lead.extend(self.open.asked());
        }
        let remedy = sight.remedy.as_ref().filter(|remedy| remedy.act.as_ref() == Some(&self.act.name));
        lead.extend(
            remedy.map(|remedy| format!("向谁提：{}。期限：{}（{}）。", remedy.body, remedy.term, remedy.cite)),
        );
        lead.extend(to.map(|stage| format!("提交以后，办件到“{}”。{}", stage.title, stage.tells)));
        lead
    }

    fn take(&self, sent: Submission) -> Result<Response, Fault> {
        let fields = self.fields();
        let mut form = self.form()?;
        let text = |name: &str| sent.text(name).map(str::to_owned);
        let keys = Sent {
            key: text("idempotency_key").filter(|key| key.len() == 32),
            seen: sent.text("seen_version").and_then(|version| version.parse().ok()),
        };
        let (upload, remove) = (text("upload"), text("remove"));
        let before = form.reading(fields.iter().copied()).facts;
        let was_kept = form.is_kept;
        let mut faults = form.merge(&fields, sent, &before)?;
        let removed = remove.map(|file| form.remove_file(&file)).transpose()?;
        if let (false, Some(key)) = (was_kept, &keys.key) {
            form.filled.key.clone_from(key);
        }
        let hidden = self.keys(keys.key.clone().unwrap_or_else(|| form.filled.key.clone()), keys.seen);
        if upload.is_some() || removed.is_some() {
            form.save()?;
            return self.show(&form, &faults, hidden);
        }
        let reading = form.reading(fields.iter().copied());
        join(&mut faults, faults_of(&reading.problems, &fields));
        join(&mut faults, form.unprintable(&fields));
        if !faults.is_empty() {
            form.save()?;
            return self.show(&form, &faults, hidden);
        }
        self.perform(form, keys, hidden)
    }

    fn perform(&self, mut form: Form<'_>, sent: Sent, hidden: FormKeys) -> Result<Response, Fault> {
        let command = Command {
            procedure: self.open.sight.loaded.procedure.id.clone(),
            matter: Some(self.open.id.clone()),
            act: self.act.name.clone(),
            raw: form.raw(),
            channel: None,
            seen: sent.seen,
            key: Some(sent.key.unwrap_or_else(|| form.filled.key.clone())),
            draft: Some(form.id.clone()),
        };
        let person = self.open.sight.loaded.matter.parties.get(&self.open.party).cloned();
        let standing = Standing::Party { party: self.open.party.clone(), person };
        match perform(&self.app.bureau, self.app.now(), &standing, &command) {
            Ok(done) => Ok(answer::see_other(&format!("/m?done={}", done.version))),
            Err(PerformError::Invalid(problems)) => {
                form.save()?;
                self.show(&form, &faults_of(&problems, &self.fields()), hidden)
            }
            Err(PerformError::Stale { .. }) => {
                form.save()?;
                Err(Fault::Stale(Some(kept(form.typed()))))
            }
            Err(error) => {
                form.save()?;
                Err(error.into())
            }
        }
    }

    fn keys(&self, key: String, seen: Option<u32>) -> FormKeys {
        let version = seen.unwrap_or(self.open.sight.loaded.matter.version);
        FormKeys { csrf: self.visit.csrf(self.app), idempotency_key: key, seen_version: Some(u64::from(version)) }
    }
}

fn kept(typed: Vec<(String, String)>) -> SummaryList {
    let rows = typed.into_iter().map(|(key, text)| SummaryRow::text(key, text)).collect();
    SummaryList { title: "您刚才填的内容".into(), rows }
}

/// GET `/m/act/{act}`.
pub async fn form(State(app): State<Shared>, visit: Visit, Path(act): Path<String>) -> Response {
    page(app, visit, move |app, visit| {
        let Some(open) = open(app, visit, app.now())? else { return Ok(answer::see_other("/status")) };
        let doing = Doing::of(app, visit, &open, &act)?;
        if !open.sight.actions.iter().any(|action| action.act == doing.act.name) {
            return Err(Fault::Refused(format!(
                "办件现在的状态是“{}”，不能办“{}”。请打开办件看最新情况。",
                open.sight.stage, doing.act.title
            )));
        }
        let form = doing.form()?;
        let keys = doing.keys(form.filled.key.clone(), None);
        doing.show(&form, &Faults::new(), keys)
    })
    .await
}

/// POST `/m/act/{act}`: whether it may be done is asked of the corridor alone, so that sending twice is once.
pub async fn act(State(app): State<Shared>, visit: Visit, Path(act): Path<String>, sent: Submission) -> Response {
    taken(app, visit, sent, move |app, visit, sent| match open(app, visit, app.now())? {
        None => closed(app, visit, &sent),
        Some(open) => Doing::of(app, visit, &open, &act)?.take(sent),
    })
    .await
}

/// The session ended while somebody was typing: their words are handed back.
fn closed(app: &App, visit: &Visit, sent: &Submission) -> Result<Response, Fault> {
    let title = |field: &str| {
        let name = Name::from(field);
        app.bureau.law.procedures.iter().find_map(|procedure| procedure.field(&name)).map(|field| field.title.clone())
    };
    let typed = sent.texts.iter().filter_map(|(field, texts)| Some((title(field)?, texts.join("、"))));
    let mut shell = answer::public_shell(app, visit, "页面打开太久了", None);
    shell.wrong = true;
    let shown = Error {
        shell,
        status: StatusCode::FORBIDDEN.as_u16(),
        heading: "页面打开太久了，没有提交".into(),
        lines: vec![
            "为了安全，办件页面两小时后关闭。请用编号和手机号重新打开，再提交一次；您填的内容列在下面，可以复制。"
                .into(),
        ],
        ways: vec![Link::new("重新打开办件", "/status"), Link::new("回到首页", "/")],
        kept: Some(kept(typed.collect())),
        reference: String::new(),
    };
    answer::page(StatusCode::FORBIDDEN, &shown)
}

/// GET `/m/act/{act}/files/{file}`: a file uploaded and not yet handed in.
pub async fn file(State(app): State<Shared>, visit: Visit, Path((act, file)): Path<(String, String)>) -> Response {
    page(app, visit, move |app, visit| {
        let Some(open) = open(app, visit, app.now())? else { return Ok(answer::see_other("/status")) };
        let doing = Doing::of(app, visit, &open, &act)?;
        form::open_file(app, &doing.form()?.filled, &file)
    })
    .await
}

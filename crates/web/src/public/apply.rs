//! Applying: the sections of the opening act, one page each, then a last look, then the act.
//!
//! A step keeps what was typed and then says what is wrong with it. Nothing here knows what is asked.
//!
//! INVARIANT: sending twice opens one matter: the key is made with the draft and travels in the form.

use super::form::{self, Faults, Form, faults_of, join};
use super::{entered, internal, matter, openings, page, taken, way_in};
use crate::answer::{self, Fault};
use crate::app::{App, Shared};
use crate::components::Link;
use crate::components::field::{ErrorSummary, FormKeys};
use crate::components::parts::{Steps, SummaryList, SummaryRow, SummaryValue};
use crate::pages::apply::{ApplyReview, ApplyStep};
use crate::submission::Submission;
use crate::visit::{self, Visit};
use acts::codes::PAGE_LIVES_MS;
use acts::people;
use acts::wording::{Wording, wished_for};
use acts::{Command, Done, PerformError, Standing, perform};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use kernel::decide::Refusal;
use kernel::names::Name;
use kernel::procedure::{ActDef, Field, FormSection, Procedure};
use kernel::value::{Facts, Value};

/// The channel of what is sent from these pages.
const CHANNEL: &str = kernel::names::reserved::ONLINE;

/// The application of one procedure.
struct Application<'a> {
    app: &'a App,
    visit: &'a Visit,
    procedure: &'a Procedure,
    act: &'a ActDef,
    party: &'a Name,
}

impl<'a> Application<'a> {
    fn of(app: &'a App, visit: &'a Visit, procedure: &'a Procedure, act: &Name) -> Result<Application<'a>, Fault> {
        let (act, party) = openings(procedure).find(|(own, _)| &own.name == act).ok_or(Fault::NotFound)?;
        Ok(Application { app, visit, procedure, act, party })
    }

    fn step_href(&self, step: usize) -> String {
        format!("/apply/{}/{step}", way_in(self.procedure, self.act))
    }

    fn review_href(&self) -> String {
        format!("/apply/{}/review", way_in(self.procedure, self.act))
    }

    fn section(&self, step: usize) -> Result<&'a FormSection, Fault> {
        step.checked_sub(1).and_then(|at| self.act.form.get(at)).ok_or(Fault::NotFound)
    }

    /// Every field up to the end of a step: later ones may depend on earlier ones.
    fn until(&self, step: usize) -> impl Iterator<Item = &'a Field> + use<'a> {
        self.act.form.iter().take(step).flat_map(|section| &section.fields)
    }

    fn steps(&self, now: usize) -> Steps {
        let names = self.act.form.iter().map(|section| section.title.clone());
        Steps { names: names.chain(["检查".to_owned()]).collect(), now }
    }

    fn form<'f>(&'f self, token: &str, nothing: &'f Facts) -> Result<Form<'f>, Fault> {
        let mut form = Form::open(self.app, token, self.procedure, self.act, nothing, None, "/draft/files")?;
        if !form.is_kept
            && let Some(open) = matter::open(self.app, self.visit, self.app.now())?
        {
            form.prefill(self.party, &open.sight.loaded.matter.facts);
        }
        Ok(form)
    }

    /// One step as a page.
    fn show(&self, form: &Form<'_>, step: usize, faults: &Faults) -> Result<Response, Fault> {
        let section = self.section(step)?;
        let read = form.reading(self.until(step)).facts;
        let own: Vec<&Field> = section.fields.iter().collect();
        let fields = form.views(&own, &read, faults);
        let errors = ErrorSummary::of(&fields);
        let back = Link::new("返回办事指南", format!("/guide/{}", self.procedure.id));
        let mut shell = answer::public_shell(self.app, self.visit, &section.title, Some(back));
        shell.wrong = !errors.errors.is_empty();
        shell.here = self.step_href(step);
        let saved = form.filled.notes.get("saved").map(|at| format!("已于 {at}保存，关掉网页也不会丢。"));
        let status = if shell.wrong { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
        let shown = ApplyStep {
            shell,
            steps: self.steps(step),
            heading: section.title.clone(),
            lead: section.hint.clone(),
            action: self.step_href(step),
            keys: self.keys(form),
            fields,
            errors,
            saved: saved.unwrap_or_default(),
            previous_href: (step > 1).then(|| self.step_href(step - 1)),
        };
        answer::page(status, &shown)
    }

    fn keys(&self, form: &Form<'_>) -> FormKeys {
        FormKeys { csrf: self.visit.csrf(self.app), idempotency_key: form.filled.key.clone(), seen_version: None }
    }

    /// Everything wrong with the whole form.
    fn all_faults(&self, form: &Form<'_>) -> Faults {
        let all: Vec<&Field> = self.act.fields().collect();
        let reading = form.reading(all.iter().copied());
        let mut faults = faults_of(&reading.problems, &all);
        join(&mut faults, form.unprintable(&all));
        join(&mut faults, form.refused(&all, &reading.facts));
        faults
    }

    fn step_of(&self, field: &Name) -> usize {
        let at = self.act.form.iter().position(|section| section.fields.iter().any(|own| &own.name == field));
        at.unwrap_or_default() + 1
    }

    /// The last look before sending.
    fn last_look(&self, form: &Form<'_>, faults: &Faults, said: Option<String>) -> Result<Response, Fault> {
        let read = form.reading(self.act.fields()).facts;
        let sections = self.sections(form, &read, faults)?;
        let point = |field: &Field| {
            let text = faults.get(&field.name)?;
            Some(Link::new(text.clone(), format!("{}#{}", self.step_href(self.step_of(&field.name)), field.name)))
        };
        let mut open_points: Vec<Link> = self.act.fields().filter_map(point).collect();
        open_points.extend(said.map(|text| Link::new(text, self.step_href(1))));
        let back = Link::new("返回上一步", self.step_href(self.act.form.len()));
        let mut shell = answer::public_shell(self.app, self.visit, "检查", Some(back));
        shell.wrong = !open_points.is_empty();
        shell.here = self.review_href();
        let shown = ApplyReview {
            shell,
            steps: self.steps(self.act.form.len() + 1),
            sections,
            open_points,
            declaration: vec![
                "上面的内容和材料都是真实的，有变化会及时告诉办理机构。".into(),
                "提交以后马上得到编号和凭证，可以随时查进度、补材料。".into(),
            ],
            action: self.review_href(),
            keys: self.keys(form),
            submit: "提交申请".into(),
            previous_href: self.step_href(self.act.form.len()),
        };
        answer::ok(&shown)
    }

    fn sections(&self, form: &Form<'_>, read: &Facts, faults: &Faults) -> Result<Vec<SummaryList>, Fault> {
        let bureau = &self.app.bureau;
        let wished = wished_for(self.procedure, read).collect();
        let wording = Wording::new(bureau, self.procedure, &wished, self.app.now().on()).map_err(internal)?;
        let row = |at: usize, field: &Field| {
            if !form.is_asked(field, read) {
                return None;
            }
            let value = match read.get(&field.name) {
                Some(Value::Files(files)) => SummaryValue::Lines(files.iter().map(|file| file.name.clone()).collect()),
                Some(value) => {
                    let text = wording.value(Some(&field.kind), value);
                    SummaryValue::Lines(text.lines().map(str::to_owned).collect())
                }
                None if faults.contains_key(&field.name) => SummaryValue::Text("还没有填好".into()),
                None => SummaryValue::Text("没有填".into()),
            };
            let change = format!("{}#{}", self.step_href(at + 1), field.name);
            Some(SummaryRow { key: field.title.clone(), value, change: Some(change) })
        };
        let section = |(at, section): (usize, &FormSection)| SummaryList {
            title: section.title.clone(),
            rows: section.fields.iter().filter_map(|field| row(at, field)).collect(),
        };
        Ok(self.act.form.iter().enumerate().map(section).collect())
    }
}

/// The page of a form that was sent and not taken.
fn unprocessable(mut response: Response) -> Response {
    *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    response
}

/// GET `/apply/{procedure}`: where one stopped, or the first step.
pub async fn start(State(app): State<Shared>, visit: Visit, Path(id): Path<String>) -> Response {
    page(app, visit, move |app, visit| {
        let (procedure, act) = entered(app, &id)?;
        let act = procedure.act(&act).ok_or(Fault::NotFound)?;
        let kept = Form::kept(app, visit, &procedure, act)?;
        let step = kept.and_then(|filled| filled.notes.get("step").cloned()).unwrap_or_else(|| "1".to_owned());
        Ok(answer::see_other(&format!("/apply/{}/{step}", way_in(&procedure, act))))
    })
    .await
}

/// GET `/apply/{procedure}/{step}`.
pub async fn step(State(app): State<Shared>, visit: Visit, Path((id, step)): Path<(String, usize)>) -> Response {
    page(app, visit, move |app, visit| {
        let (procedure, act) = entered(app, &id)?;
        let application = Application::of(app, visit, &procedure, &act)?;
        application.section(step)?;
        let nothing = Facts::new();
        let form = application.form(&form::token(app, visit), &nothing)?;
        if !form.is_kept && step > 1 {
            return Ok(answer::see_other(&application.step_href(1)));
        }
        application.show(&form, step, &Faults::new())
    })
    .await
}

/// POST `/apply/{procedure}/{step}`: keep it, then say what is wrong or go on.
pub async fn answer(
    State(app): State<Shared>,
    visit: Visit,
    Path((id, step)): Path<(String, usize)>,
    sent: Submission,
) -> Response {
    taken(app, visit, sent, move |app, visit, sent| {
        let (procedure, act) = entered(app, &id)?;
        let application = Application::of(app, visit, &procedure, &act)?;
        let token = form::token(app, visit);
        let mut response = application.take(step, &token, sent)?;
        form::remember(app, &mut response, &token);
        Ok(response)
    })
    .await
}

impl Application<'_> {
    fn take(&self, step: usize, token: &str, sent: Submission) -> Result<Response, Fault> {
        let own: Vec<&Field> = self.section(step)?.fields.iter().collect();
        let nothing = Facts::new();
        let mut form = self.form(token, &nothing)?;
        let go = sent.text("go").unwrap_or("next").to_owned();
        let pressed = |button: &str| sent.text(button).map(str::to_owned);
        let (upload, remove) = (pressed("upload"), pressed("remove"));
        let before = form.reading(self.until(step)).facts;
        let mut faults = form.merge(&own, sent, &before)?;
        let removed = remove.map(|file| form.remove_file(&file)).transpose()?;
        form.filled.notes.insert("step".into(), step.to_string());
        form.save()?;
        if go == "save" {
            return Ok(StatusCode::NO_CONTENT.into_response());
        }
        if let Some(field) = upload.or(removed.map(Option::unwrap_or_default)) {
            if faults.is_empty() {
                return Ok(answer::see_other(&format!("{}#{field}", self.step_href(step))));
            }
            return self.show(&form, step, &faults);
        }
        if go == "later" && faults.is_empty() {
            return Ok(answer::see_other("/?kept=1"));
        }
        let reading = form.reading(self.until(step));
        join(&mut faults, faults_of(&reading.problems, &own));
        join(&mut faults, form.unprintable(&own));
        join(&mut faults, form.refused(&own, &reading.facts));
        if !faults.is_empty() {
            return self.show(&form, step, &faults);
        }
        self.onward(&mut form, step)
    }

    /// To the next step, or back to the last look by whoever came from there.
    fn onward(&self, form: &mut Form<'_>, step: usize) -> Result<Response, Fault> {
        let looked = form.filled.notes.contains_key("looked");
        if looked || step >= self.act.form.len() {
            form.filled.notes.insert("step".into(), "review".into());
            form.save()?;
            return Ok(answer::see_other(&self.review_href()));
        }
        form.filled.notes.insert("step".into(), (step + 1).to_string());
        form.save()?;
        Ok(answer::see_other(&self.step_href(step + 1)))
    }

    fn send(&self, key: Option<String>) -> Result<Response, Fault> {
        let nothing = Facts::new();
        let token = form::token(self.app, self.visit);
        let form = self.form(&token, &nothing)?;
        let key = key.filter(|key| key.len() == 32).unwrap_or_else(|| form.filled.key.clone());
        // A draft that is gone was sent: its key says which matter it became.
        let faults = if form.is_kept { self.all_faults(&form) } else { Faults::new() };
        if !faults.is_empty() {
            return self.last_look(&form, &faults, None).map(unprocessable);
        }
        let command = Command {
            procedure: self.procedure.id.clone(),
            matter: None,
            act: self.act.name.clone(),
            raw: form.raw(),
            channel: Some(CHANNEL.to_owned()),
            seen: None,
            key: Some(key),
            draft: Some(form.id.clone()),
        };
        let standing = Standing::Party { party: self.party.clone(), person: None };
        match perform(&self.app.bureau, self.app.now(), &standing, &command) {
            Ok(done) => self.opened(&done),
            Err(PerformError::Invalid(_)) if !form.is_kept => Ok(answer::see_other(&self.step_href(1))),
            Err(PerformError::Invalid(problems)) => {
                let all: Vec<&Field> = self.act.fields().collect();
                self.last_look(&form, &faults_of(&problems, &all), None).map(unprocessable)
            }
            Err(PerformError::Refused(refusal)) if form.is_kept && !matches!(refusal, Refusal::UnknownAct(_)) => {
                self.last_look(&form, &Faults::new(), Some(answer::refusal_zh(&refusal))).map(unprocessable)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Received: the page of the matter is open to whoever just filed it.
    fn opened(&self, done: &Done) -> Result<Response, Fault> {
        let bureau = &self.app.bureau;
        let session =
            people::open_session(bureau, self.app.now(), "matter", done.matter.as_str(), PAGE_LIVES_MS, Vec::new())?;
        let mut response = answer::see_other("/m/received");
        visit::set_cookie(self.app, &mut response, visit::MATTER, &session, None);
        Ok(response)
    }
}

/// GET `/apply/{procedure}/review`.
pub async fn review(State(app): State<Shared>, visit: Visit, Path(id): Path<String>) -> Response {
    page(app, visit, move |app, visit| {
        let (procedure, act) = entered(app, &id)?;
        let application = Application::of(app, visit, &procedure, &act)?;
        let nothing = Facts::new();
        let mut form = application.form(&form::token(app, visit), &nothing)?;
        if !form.is_kept {
            return Ok(answer::see_other(&application.step_href(1)));
        }
        if form.filled.notes.insert("looked".into(), "yes".into()).is_none() {
            form.save()?;
        }
        let faults = application.all_faults(&form);
        application.last_look(&form, &faults, None)
    })
    .await
}

/// POST `/apply/{procedure}/review`: the act.
pub async fn send(State(app): State<Shared>, visit: Visit, Path(id): Path<String>, sent: Submission) -> Response {
    taken(app, visit, sent, move |app, visit, sent| {
        let (procedure, act) = entered(app, &id)?;
        Application::of(app, visit, &procedure, &act)?.send(sent.text("idempotency_key").map(str::to_owned))
    })
    .await
}

/// GET `/draft/files/{file}`: a file of any form this browser has begun.
pub async fn file(State(app): State<Shared>, visit: Visit, Path(file): Path<String>) -> Response {
    page(app, visit, move |app, visit| {
        for procedure in super::in_force(app) {
            for (act, _) in openings(procedure) {
                if let Some(filled) = Form::kept(app, visit, procedure, act)?
                    && let Ok(response) = form::open_file(app, &filled, &file)
                {
                    return Ok(response);
                }
            }
        }
        Err(Fault::NotFound)
    })
    .await
}

//! Who may use a route: said where the route is declared, asked before its handler runs.
//!
//! A route cannot be declared without a rule, and a request that fits no rule gets no handler. The handler asks again what
//! only it knows: which matter, which act, which register.
//!
//! INVARIANT: no handler of a route that is not for everybody runs before its rule was kept.

use crate::answer::{self, Fault};
use crate::api::problem::Problem;
use crate::api::sessions;
use crate::app::{App, Shared};
use crate::confirm;
use crate::desk::clerk::{self, Clerk};
use crate::public::{opened, vouched_for};
use crate::visit::{ACCOUNT, DRAFT, Visit};
use acts::people::{self, Debt};
use acts::policy::Duty;
use axum::Router;
use axum::extract::{FromRequestParts, MatchedPath, Request, State};
use axum::handler::Handler;
use axum::http::{HeaderMap, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodFilter, on};
use kernel::names::{MatterId, PersonId};
use std::fmt;
use std::sync::Arc;
use store::Session;

/// Who may use a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// Everybody: it tells what is public, takes an application, or is where one proves who one is.
    Everybody,
    /// A party whose matter is open in this browser.
    Party,
    /// A party; a form sent after their page was closed is handed back to them and does nothing.
    PartyForm,
    /// A citizen whom the province vouches for, for their own matters.
    Citizen,
    /// Whoever holds the half-filled form.
    Draft,
    /// Somebody signed in at the workbench.
    Clerk,
    /// Somebody signed in, also one who must change their password first.
    Account,
    /// Somebody whose password was right, also one who owes the code after it.
    Coding,
    /// Somebody signed in, also one who must add a second factor first.
    Enrolling,
    /// Somebody signed in, whose session is not used by this.
    Waiting,
    /// One of the three administrators, whichever.
    Administrator,
    /// Somebody signed in who has this duty.
    With(Duty),
    /// Somebody signed in for the API, by the token in the header.
    Bearer,
}

impl fmt::Display for Who {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Who::Everybody => "everybody",
            Who::Party => "a party, of the matter they opened",
            Who::PartyForm => "a party, of the matter they opened; later the form is handed back",
            Who::Citizen => "a citizen, vouched for by the province",
            Who::Draft => "whoever holds the draft",
            Who::Clerk => "an account",
            Who::Account => "an account, also one that owes a new password",
            Who::Coding => "an account, also one that owes its code",
            Who::Enrolling => "an account, also one that owes a second factor",
            Who::Waiting => "an account, without using its session",
            Who::Administrator => "an account of one of the three administrators",
            Who::With(Duty::Operate) => "an account with the duty to operate",
            Who::With(Duty::Appoint) => "an account with the duty to appoint",
            Who::With(Duty::KeepRegisters) => "an account with the duty to keep registers",
            Who::With(Duty::Audit) => "an account with the duty to audit",
            Who::With(Duty::KeepLaw) => "an account with the duty to keep the law",
            Who::With(Duty::KeepArchives) => "an account with the duty to keep archives",
            Who::Bearer => "an account, by token",
        })
    }
}

impl Who {
    /// The same, and only in a session in which somebody has shown lately that it is them ([`crate::confirm`]).
    #[must_use]
    pub const fn fresh(self) -> Terms {
        Terms { who: self, fresh: true }
    }
}

/// Who may use a route, and whether they confirm it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    who: Who,
    fresh: bool,
}

impl From<Who> for Terms {
    fn from(who: Who) -> Terms {
        Terms { who, fresh: false }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lately = if self.fresh { ", confirmed lately" } else { "" };
        write!(f, "{}{lately}", self.who)
    }
}

/// A route and who may use it.
#[derive(Debug, Clone)]
pub struct Rule {
    /// GET (which includes HEAD), POST, DELETE.
    pub method: Method,
    /// The path as the table of routes writes it.
    pub path: &'static str,
    /// Who.
    pub who: Who,
    /// They have shown lately that it is them.
    pub fresh: bool,
}

/// Routes, each with its rule.
#[derive(Debug, Default)]
pub struct Routes {
    router: Router<Shared>,
    rules: Vec<Rule>,
}

impl Routes {
    /// Something to read.
    pub fn get<H, T>(self, path: &'static str, terms: impl Into<Terms>, handler: H) -> Routes
    where
        H: Handler<T, Shared>,
        T: 'static,
    {
        self.add(MethodFilter::GET, Method::GET, path, terms, handler)
    }

    /// Something to send.
    pub fn post<H, T>(self, path: &'static str, terms: impl Into<Terms>, handler: H) -> Routes
    where
        H: Handler<T, Shared>,
        T: 'static,
    {
        self.add(MethodFilter::POST, Method::POST, path, terms, handler)
    }

    /// Something to end.
    pub fn delete<H, T>(self, path: &'static str, terms: impl Into<Terms>, handler: H) -> Routes
    where
        H: Handler<T, Shared>,
        T: 'static,
    {
        self.add(MethodFilter::DELETE, Method::DELETE, path, terms, handler)
    }

    fn add<H, T>(
        mut self,
        filter: MethodFilter,
        method: Method,
        path: &'static str,
        terms: impl Into<Terms>,
        handler: H,
    ) -> Routes
    where
        H: Handler<T, Shared>,
        T: 'static,
    {
        self.router = self.router.route(path, on(filter, handler));
        let Terms { who, fresh } = terms.into();
        self.rules.push(Rule { method, path, who, fresh });
        self
    }

    /// These and others.
    pub fn and(mut self, other: Routes) -> Routes {
        self.router = self.router.merge(other.router);
        self.rules.extend(other.rules);
        self
    }

    /// The rules, in the order in which they were declared.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// The router, with every rule kept.
    pub(crate) fn guarded(self, shared: &Shared) -> Router<Shared> {
        let door = Door { app: Arc::clone(shared), rules: Arc::from(self.rules) };
        self.router.layer(axum::middleware::from_fn_with_state(door, keep))
    }
}

/// Who a request was found to come from, before its handler ran.
#[derive(Debug, Clone, Default)]
pub enum Known {
    /// Nobody was asked for.
    #[default]
    Nobody,
    /// Somebody signed in.
    Clerk(Arc<Clerk>),
    /// The session of somebody signed in, which may owe what the route bears.
    Session(Arc<Session>),
    /// A party, and the matter they opened.
    Party(MatterId),
    /// A citizen who proved who they are.
    Citizen(PersonId),
}

impl Known {
    /// The session of somebody signed in.
    pub fn session(&self) -> Option<&Arc<Session>> {
        match self {
            Known::Session(session) => Some(session),
            Known::Clerk(clerk) => Some(&clerk.session),
            Known::Nobody | Known::Party(_) | Known::Citizen(_) => None,
        }
    }
}

#[derive(Clone)]
struct Door {
    app: Shared,
    rules: Arc<[Rule]>,
}

impl Door {
    /// The rule of a request; none where its path takes no such method.
    fn rule(&self, method: &Method, path: &str) -> Option<&Rule> {
        let method = if method == Method::HEAD { &Method::GET } else { method };
        self.rules.iter().find(|rule| rule.path == path && rule.method == *method)
    }
}

/// Lets a request through to its handler, or answers in its place.
async fn keep(State(door): State<Door>, request: Request, next: Next) -> Response {
    let rule = request.extensions().get::<MatchedPath>().and_then(|path| door.rule(request.method(), path.as_str()));
    let (who, fresh) = (rule.map(|rule| rule.who), rule.is_some_and(|rule| rule.fresh));
    let (mut parts, body) = request.into_parts();
    let Ok(mut visit) = Visit::from_request_parts(&mut parts, &door.app).await;
    let known = match who {
        // Nobody declared it: the router says which methods there are, and no handler of ours is behind it.
        None | Some(Who::Everybody) => Ok(Known::Nobody),
        Some(who) => asked(&door.app, who, &visit, &parts.headers).await,
    };
    match known {
        Ok(known) => visit.known = known,
        Err(fault) => return refused(&door.app, who, &visit, fault),
    }
    parts.extensions.insert(visit.clone());
    let request = Request::from_parts(parts, body);
    if !fresh {
        return next.run(request).await;
    }
    match confirm::passed(&door.app, &visit, request).await {
        Ok(request) => next.run(request).await,
        Err(asked) => asked,
    }
}

/// Asks the store off the threads that answer.
async fn asked(app: &Shared, who: Who, visit: &Visit, headers: &HeaderMap) -> Result<Known, Fault> {
    let (app, visit, token) = (Arc::clone(app), visit.clone(), sessions::token(headers));
    let task = tokio::task::spawn_blocking(move || known(&app, who, &visit, token));
    task.await.unwrap_or_else(|ended| Err(Fault::Internal(ended.to_string())))
}

/// What stands in the place of the handler's answer.
fn refused(app: &App, who: Option<Who>, visit: &Visit, fault: Fault) -> Response {
    match (who, fault) {
        (Some(Who::Bearer), fault) => Problem::from(fault).into_response(),
        (Some(Who::Party | Who::Citizen), Fault::SignIn) => answer::see_other("/status"),
        (_, fault) => answer::fault(app, visit, fault),
    }
}

/// Who stands behind a request, where that is who may.
fn known(app: &App, who: Who, visit: &Visit, token: Option<String>) -> Result<Known, Fault> {
    let clerk = |found: Option<Clerk>| found.map(|clerk| Known::Clerk(Arc::new(clerk))).ok_or(Fault::SignIn);
    let cookie = visit.cookie(ACCOUNT);
    match who {
        Who::Everybody => Ok(Known::Nobody),
        Who::Draft => visit.cookie(DRAFT).map(|_| Known::Nobody).ok_or(Fault::NotFound),
        Who::Party | Who::PartyForm => match opened(app, visit, app.now())? {
            Some(matter) => Ok(Known::Party(matter)),
            None if who == Who::PartyForm => Ok(Known::Nobody),
            None => Err(Fault::SignIn),
        },
        Who::Citizen => vouched_for(app, visit)?.map(Known::Citizen).ok_or(Fault::SignIn),
        Who::Account | Who::Coding | Who::Enrolling => {
            let session = cookie.map(|token| people::session(&app.bureau, app.now(), token)).transpose()?.flatten();
            let session = session.filter(|session| session.kind == "account").ok_or(Fault::SignIn)?;
            match people::owed(&session) {
                Some(debt) if !bears(who, debt) => Err(Fault::Owes(debt)),
                _ => Ok(Known::Session(Arc::new(session))),
            }
        }
        Who::Clerk => clerk(cookie.map(|token| clerk::of_token(app, token)).transpose()?.flatten()),
        Who::Bearer => clerk(token.map(|token| clerk::of_token(app, &token)).transpose()?.flatten()),
        Who::Waiting => {
            let found = cookie.map(|token| clerk::waiting_with(app, token)).transpose()?.flatten();
            clerk(found.map(|(clerk, _)| clerk))
        }
        Who::Administrator => {
            let found = cookie.map(|token| clerk::of_token(app, token)).transpose()?.flatten().ok_or(Fault::SignIn)?;
            if found.keeps_machine {
                clerk(Some(found))
            } else {
                Err(Fault::Forbidden("这一页只给系统、安全、审计管理员看。".to_owned()))
            }
        }
        Who::With(duty) => {
            let found = cookie.map(|token| clerk::of_token(app, token)).transpose()?.flatten().ok_or(Fault::SignIn)?;
            if found.has(duty) { clerk(Some(found)) } else { Err(Fault::Forbidden(not_theirs(duty).to_owned())) }
        }
    }
}

/// Whether a route is open to a session that still owes this.
fn bears(who: Who, debt: Debt) -> bool {
    match who {
        Who::Coding => debt == Debt::Code,
        Who::Account => debt == Debt::Password,
        Who::Enrolling => debt == Debt::Factor,
        _ => false,
    }
}

/// Why a page of a duty stays closed.
fn not_theirs(duty: Duty) -> &'static str {
    match duty {
        Duty::Operate => "这一页只给系统管理员看。需要的话，请联系系统管理员。",
        Duty::Appoint => "这一页只给安全管理员看。需要的话，请联系安全管理员。",
        Duty::KeepRegisters => "您的岗位不能维护名册，请找负责名册的人办理。",
        Duty::Audit => "这一页只给审计管理员看。",
        Duty::KeepLaw => "您的岗位不能签发法规文件的版本，请找负责的人办理。",
        Duty::KeepArchives => "您的岗位不能管理档案，请找档案管理员办理。",
    }
}

//! Who sits at the desk: the session, the frame of their pages, and the capacity they act in.
//!
//! It asks the policy what somebody may do; it has no opinion of its own.
//!
//! INVARIANT: nobody without a living session gets past [`clerk`].

use crate::access::Known;
use crate::answer::Fault;
use crate::app::App;
use crate::desk::{security, trail, undelivered};
use crate::pages::shell::{Crumb, NavItem, WorkShell};
use crate::visit::{ACCOUNT, Visit};
use acts::Standing;
use acts::people::{self, Person};
use acts::policy::{About, Asking, Duty, HeldPost};
use acts::sight::{Sight, SightError, Viewer, sight};
use jiff::ToSpan;
use kernel::matter::Matter;
use kernel::names::{MatterId, Name, OfficeId};
use kernel::procedure::{ActDef, Procedure, Seat, SeatPlace};
use kernel::world::{Actor, Office};
use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};
use store::{Counters, Holder, OutboxState, Readable, Session};

/// How many seats stand beside a name in full.
const CAPACITIES_MAX: usize = 2;

/// Somebody signed in.
#[derive(Debug, Clone)]
pub struct Clerk {
    /// Who.
    pub person: Person,
    /// The session they came with.
    pub session: Arc<Session>,
    /// Their duties beside matters.
    duties: BTreeSet<Duty>,
    /// What they may read, once it was asked.
    readable: OnceLock<Readable>,
    /// They keep the machine or its record; no matter is theirs to read.
    pub keeps_machine: bool,
}

/// The person behind a visit: as the rule of the route found them, or looked for where it asks for nobody.
///
/// # Errors
/// [`Fault::SignIn`] without a living session.
pub fn clerk(app: &App, visit: &Visit) -> Result<Arc<Clerk>, Fault> {
    if let Known::Clerk(clerk) = &visit.known {
        return Ok(Arc::clone(clerk));
    }
    let token = visit.cookie(ACCOUNT).ok_or(Fault::SignIn)?;
    of_token(app, token)?.map(Arc::new).ok_or(Fault::SignIn)
}

/// The person behind a token of a session.
///
/// # Errors
/// What the store says.
pub fn of_token(app: &App, token: &str) -> Result<Option<Clerk>, Fault> {
    let session = people::session(&app.bureau, app.now(), token)?;
    of_session(app, session.as_ref())
}

/// The person behind a token of a session that is not used by this, and when it ends unless it is used before.
///
/// # Errors
/// What the store says.
pub fn waiting_with(app: &App, token: &str) -> Result<Option<(Clerk, i64)>, Fault> {
    let session = people::living_session(&app.bureau, app.now(), token)?;
    let clerk = of_session(app, session.as_ref())?;
    Ok(clerk.zip(session.map(|session| session.expires_at)))
}

fn of_session(app: &App, session: Option<&Session>) -> Result<Option<Clerk>, Fault> {
    let Some(session) = session.filter(|session| session.kind == "account") else { return Ok(None) };
    if let Some(debt) = people::owed(session) {
        return Err(Fault::Owes(debt));
    }
    let Some(person) = people::person(&app.bureau, &session.subject, app.now().on())? else { return Ok(None) };
    let duties = app.bureau.policy.duties(&person.id, &person.posts);
    let keeps_machine = [Duty::Operate, Duty::Appoint, Duty::Audit].iter().any(|duty| duties.contains(duty));
    let session = Arc::new(session.clone());
    Ok(Some(Clerk { person, session, duties, readable: OnceLock::new(), keeps_machine }))
}

/// Every procedure in force today.
pub fn procedures(app: &App) -> Vec<Arc<Procedure>> {
    let today = app.now().on();
    let in_force = |procedure: &&Arc<Procedure>| {
        app.bureau.law.current(&procedure.id, today).is_some_and(|current| current.edition == procedure.edition)
    };
    app.bureau.law.procedures.iter().filter(in_force).cloned().collect()
}

/// The offices that own matters of any procedure.
fn owning(app: &App) -> Vec<&Office> {
    let law = &app.bureau.law;
    let owns =
        |office: &&Office| law.procedures.iter().any(|procedure| procedure.competence.office_kind == office.kind);
    law.place.offices.iter().filter(owns).collect()
}

/// An opening act somebody may do, and the post they do it in.
#[derive(Debug, Clone)]
pub struct Opening {
    /// The procedure.
    pub procedure: Arc<Procedure>,
    /// The act.
    pub act: Name,
    /// The post.
    pub post: HeldPost,
}

impl Clerk {
    /// Whether they have a duty.
    pub fn has(&self, duty: Duty) -> bool {
        self.duties.contains(&duty)
    }

    /// As somebody who looks at a matter.
    pub fn viewer(&self) -> Viewer {
        Viewer::Account { person: self.person.id.clone(), posts: self.person.posts.clone() }
    }

    /// A matter as they see it.
    ///
    /// # Errors
    /// [`Fault::NotFound`] for what is not theirs to read.
    pub fn sight(&self, app: &App, id: &str) -> Result<Sight, Fault> {
        sight(&app.bureau, app.now(), &self.viewer(), &MatterId::new(id)).map_err(|error: SightError| error.into())
    }

    /// The capacities their tasks may lie with: posts, and slots of matters.
    pub fn holders(&self, app: &App) -> Vec<Holder> {
        let person = Some(self.person.id.to_string());
        let posts = self.person.posts.iter().map(|post| Holder {
            seat: post.seat.to_string(),
            office: Some(post.office.to_string()),
            person: person.clone(),
        });
        let seats = app.bureau.law.procedures.iter().flat_map(|procedure| &procedure.seats);
        let slots: BTreeSet<&str> = seats.filter(|seat| is_slot(seat)).map(|seat| seat.name.as_str()).collect();
        let slots =
            slots.into_iter().map(|seat| Holder { seat: seat.to_owned(), office: None, person: person.clone() });
        posts.chain(slots).collect()
    }

    /// How many tasks are in each box today.
    ///
    /// # Errors
    /// What the store says.
    pub fn counters(&self, app: &App) -> Result<Counters, Fault> {
        let today = app.now().on();
        Ok(app.bureau.store.counters(&self.holders(app), &today.to_string(), &soon_until(app))?)
    }

    /// The matters they may read, as lists look them up.
    pub fn readable(&self, app: &App) -> &Readable {
        let (policy, place) = (&app.bureau.policy, &app.bureau.law.place);
        self.readable.get_or_init(|| policy.readable(&self.person.id, &self.person.posts, place))
    }

    /// The offices whose matters they may read, of those that own matters at all.
    pub fn offices(&self, app: &App) -> Vec<OfficeId> {
        let readable = self.readable(app);
        let reads = |office: &&Office| readable.open.everything || readable.open.owners.contains(office.id.as_str());
        owning(app).into_iter().filter(reads).map(|office| office.id.clone()).collect()
    }

    /// The matters they may open, and as what.
    pub fn openings(&self, app: &App) -> Vec<Opening> {
        procedures(app).iter().flat_map(|procedure| self.openings_of(app, procedure)).collect()
    }

    /// What they may open of one procedure.
    pub fn openings_of(&self, app: &App, procedure: &Arc<Procedure>) -> Vec<Opening> {
        // The policy is asked only where they hold a seat that opens anything.
        let seated = |act: &&ActDef| self.person.posts.iter().any(|post| act.by.contains(&post.seat));
        if procedure.openings().find(seated).is_none() {
            return Vec::new();
        }
        let asking = self.asking(app, procedure, None);
        let opening = |act: &ActDef| {
            let post = self.post_for(&asking, act)?;
            Some(Opening { procedure: procedure.clone(), act: act.name.clone(), post })
        };
        procedure.openings().filter(seated).filter_map(opening).collect()
    }

    /// They before a matter, or before one to be opened.
    fn asking<'a>(&self, app: &'a App, procedure: &'a Procedure, matter: Option<&'a Matter>) -> Asking<'a> {
        let about = About { matter, procedure, place: &app.bureau.law.place };
        app.bureau.policy.asking(&self.person.id, &self.person.posts, about)
    }

    /// The post in which they would do an act on a matter, or open one.
    pub fn post(&self, app: &App, procedure: &Procedure, act: &ActDef, matter: Option<&Matter>) -> Option<HeldPost> {
        self.post_for(&self.asking(app, procedure, matter), act)
    }

    /// The post in which the policy lets them do an act.
    fn post_for(&self, asking: &Asking<'_>, act: &ActDef) -> Option<HeldPost> {
        let may = |post: &&HeldPost| {
            let actor =
                Actor { person: self.person.id.clone(), seat: post.seat.clone(), office: Some(post.office.clone()) };
            asking.may_act(&actor)
        };
        self.person.posts.iter().filter(|post| act.by.contains(&post.seat)).find(may).cloned()
    }

    /// The sentence why no seat of theirs may do an act.
    pub fn why_not(&self, app: &App, procedure: &Procedure, act: &ActDef, matter: Option<&Matter>) -> String {
        let about = About { matter, procedure, place: &app.bureau.law.place };
        app.bureau.policy.why_not(&self.person.id, &self.person.posts, about, act).zh()
    }

    /// The standing in which they would do an act on a matter; none when no seat of theirs may.
    pub fn standing(&self, app: &App, sight: &Sight, act: &Name) -> Option<Standing> {
        let (procedure, matter) = (&sight.loaded.procedure, &sight.loaded.matter);
        let def = procedure.act(act)?;
        let (person, posts) = (self.person.id.clone(), self.person.posts.clone());
        if let Some(acting) = self.post_for(&self.asking(app, procedure, Some(matter)), def) {
            return Some(Standing::Post { person, acting, posts });
        }
        let seated = |seat: &&Name| match procedure.seat(seat).map(|seat| &seat.place) {
            Some(SeatPlace::Slot(slot)) => matter.slots.get(slot).is_some_and(|seated| seated.entry == person.as_str()),
            _ => false,
        };
        let seat = def.by.iter().find(seated)?.clone();
        Some(Standing::Seated { person, seat, posts })
    }

    /// Titles of the seats they have on a matter, to tell whose turn it is.
    pub fn seat_titles(&self, sight: &Sight) -> Vec<String> {
        let mine = |seat: &&Seat| match &seat.place {
            SeatPlace::Slot(slot) => {
                sight.loaded.matter.slots.get(slot).is_some_and(|seated| seated.entry == self.person.id.as_str())
            }
            _ => self.person.posts.iter().any(|post| post.seat == seat.name),
        };
        sight.loaded.procedure.seats.iter().filter(mine).map(|seat| seat.title.clone()).collect()
    }

    fn capacity(&self, app: &App) -> String {
        let mut titles: Vec<&str> = Vec::new();
        for found in self.person.posts.iter().filter_map(|post| app.bureau.law.seat_title(&post.seat)) {
            if !titles.contains(&found) {
                titles.push(found);
            }
        }
        match titles.get(..CAPACITIES_MAX) {
            Some(some) if titles.len() > CAPACITIES_MAX => format!("{}等{}个岗位", some.join("、"), titles.len()),
            _ if titles.is_empty() => "法律服务人员".to_owned(),
            _ => titles.join("、"),
        }
    }

    fn office(&self, app: &App) -> String {
        let office = self.person.posts.first().and_then(|post| app.bureau.law.place.office(&post.office));
        office.map_or_else(|| app.site.office.clone(), |office| office.name.clone())
    }

    fn nav(&self, app: &App, at: &str, counters: Counters, undelivered: bool) -> Vec<NavItem> {
        let item = |label: &str, href: &str, count| NavItem {
            label: label.to_owned(),
            href: href.to_owned(),
            count,
            current: at == href,
        };
        let mut nav = vec![item("首页", "/desk", None)];
        if !self.keeps_machine {
            nav.push(item("待办", "/desk/work", Some(counters.todo)));
            nav.push(item("办件", "/desk/matters", None));
            if procedures(app).iter().any(|procedure| !self.openings_of(app, procedure).is_empty()) {
                nav.push(item("窗口登记", "/desk/window", None));
            }
            nav.push(item("消息", "/desk/inbox", None));
        }
        let offices = !self.offices(app).is_empty();
        if undelivered && offices {
            nav.push(item("没有送达", undelivered::PATH, None));
        }
        if self.has(Duty::KeepRegisters) {
            nav.push(item("名册", "/desk/registers", None));
        }
        if offices {
            nav.push(item("文号", "/desk/numbers", None));
            nav.push(item("补贴", "/desk/money", None));
        }
        if self.has(Duty::Operate) {
            nav.push(item("发件箱", "/desk/outbox", None));
            nav.push(item("岗位", "/desk/posts", None));
        }
        if self.has(Duty::Audit) {
            nav.push(item("审计记录", trail::PATH, None));
        }
        if self.keeps_machine {
            nav.push(item("安全状况", security::PATH, None));
        }
        nav.push(item("法规", "/law", None));
        nav
    }

    /// The frame of a page: `at` is the entry of the navigation it belongs to.
    ///
    /// # Errors
    /// What the store says.
    pub fn shell(
        &self,
        app: &App,
        visit: &Visit,
        title: &str,
        at: &str,
        trail: &[(&str, String)],
    ) -> Result<WorkShell, Fault> {
        self.shell_with(app, visit, title, at, trail, self.counters(app)?)
    }

    /// The frame, with counters already read.
    ///
    /// # Errors
    /// What the store says.
    pub fn shell_with(
        &self,
        app: &App,
        visit: &Visit,
        title: &str,
        at: &str,
        trail: &[(&str, String)],
        counters: Counters,
    ) -> Result<WorkShell, Fault> {
        let first = Crumb { label: "首页".to_owned(), href: Some("/desk".to_owned()) };
        let between = trail.iter().map(|(label, href)| Crumb { label: (*label).to_owned(), href: Some(href.clone()) });
        let last = Crumb { label: title.to_owned(), href: None };
        let trail =
            if at == "/desk" { Vec::new() } else { std::iter::once(first).chain(between).chain([last]).collect() };
        // Of which office they are is asked where the list is opened: each must be unsealed to know.
        let undelivered = app.bureau.store.message_count(OutboxState::Dead)? > 0;
        Ok(WorkShell {
            title: title.to_owned(),
            person: self.person.name.clone(),
            capacity: self.capacity(app),
            office: self.office(app),
            nav: self.nav(app, at, counters, undelivered),
            trail,
            large: visit.large(),
            here: visit.here.clone(),
            banner: app.site.banner.clone(),
            csrf: visit.csrf(app),
            wrong: false,
        })
    }
}

/// The frame for somebody who is not signed in.
pub fn guest_shell(app: &App, visit: &Visit, title: &str) -> WorkShell {
    WorkShell {
        title: title.to_owned(),
        person: String::new(),
        capacity: String::new(),
        office: app.site.office.clone(),
        nav: Vec::new(),
        trail: Vec::new(),
        large: visit.large(),
        here: visit.here.clone(),
        banner: app.site.banner.clone(),
        csrf: visit.csrf(app),
        wrong: false,
    }
}

/// The last day that counts as soon.
pub fn soon_until(app: &App) -> String {
    let today = app.now().on();
    today.checked_add(crate::shown::SOON_DAYS.days()).unwrap_or(today).to_string()
}

fn is_slot(seat: &Seat) -> bool {
    matches!(seat.place, SeatPlace::Slot(_))
}

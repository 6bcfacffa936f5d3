//! Who may do what: Cedar policies, validated against their schema when they are loaded.
//!
//! The policy asks about persons, posts and places; the procedure (kernel) asks about stages,
//! separation and conditions. Both must say yes. The default is no.
//!
//! INVARIANT: a request that Cedar cannot evaluate is refused.

mod readable;
mod why;

use readable::Left;
pub use readable::Standing as ReaderStanding;
pub use why::WhyNot;

use cedar_policy::{
    Authorizer, Context, Decision, Effect, Entities, Entity, EntityId, EntityTypeName, EntityUid, PolicySet, Request,
    RestrictedExpression, Schema, ValidationMode, Validator,
};
use kernel::matter::Matter;
use kernel::names::{Name, OfficeId, PersonId};
use kernel::procedure::{ActDef, Procedure, Seat, SeatPlace};
use kernel::sealing;
use kernel::world::{Actor, Place};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::str::FromStr;
use std::sync::LazyLock;

/// Loaded, validated policies.
#[derive(Debug)]
pub struct Policy {
    policies: PolicySet,
    /// Those among them that speak of reading.
    of_reading: PolicySet,
    schema: Schema,
    authorizer: Authorizer,
    left: Left,
}

/// Why policies cannot be loaded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// The schema is not one.
    #[error("the policy schema cannot be read: {0}")]
    Schema(String),
    /// The policies do not parse.
    #[error("the policies cannot be read: {0}")]
    Policies(String),
    /// The policies do not fit the schema.
    #[error("the policies do not fit their schema: {0}")]
    Invalid(String),
    /// What they say about reading cannot be made a list of.
    #[error("the policies about reading cannot be made a list of: {0}")]
    NoList(String),
}

/// A post held on a day.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct HeldPost {
    /// The seat.
    pub seat: Name,
    /// The office.
    pub office: OfficeId,
}

/// What a question is about.
#[derive(Debug, Clone, Copy)]
pub struct About<'a> {
    /// The matter, none for opening acts.
    pub matter: Option<&'a Matter>,
    /// Its procedure.
    pub procedure: &'a Procedure,
    /// The place.
    pub place: &'a Place,
}

/// Things beside matters that somebody may be allowed to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Duty {
    /// Accounts, outbox, the machine.
    Operate,
    /// Giving posts and ending them.
    Appoint,
    /// Registers of an office.
    KeepRegisters,
    /// Reading what was done, and nothing of its content.
    Audit,
    /// Signing a new edition or a calendar.
    KeepLaw,
    /// Holding closed matters, and having their content destroyed when their term is over.
    KeepArchives,
}

impl Duty {
    /// Every duty, for tests that ask all.
    pub const ALL: [Duty; 6] =
        [Duty::Operate, Duty::Appoint, Duty::KeepRegisters, Duty::Audit, Duty::KeepLaw, Duty::KeepArchives];

    fn action(self) -> &'static str {
        match self {
            Duty::Operate => "operate",
            Duty::Appoint => "appoint",
            Duty::KeepRegisters => "keep-registers",
            Duty::Audit => "audit",
            Duty::KeepLaw => "keep-law",
            Duty::KeepArchives => "keep-archives",
        }
    }
}

/// Something Cedar cannot be asked; always answered by no.
struct CannotAsk;

impl Policy {
    /// Loads and validates.
    ///
    /// # Errors
    /// [`PolicyError`] carries what Cedar found.
    pub fn load(schema: &str, policies: &str) -> Result<Policy, PolicyError> {
        let (schema, _) = Schema::from_cedarschema_str(schema).map_err(|why| PolicyError::Schema(why.to_string()))?;
        let policies = PolicySet::from_str(policies).map_err(|why| PolicyError::Policies(why.to_string()))?;
        let result = Validator::new(schema.clone()).validate(&policies, ValidationMode::Strict);
        let faults: Vec<String> = result.validation_errors().map(ToString::to_string).collect();
        if !faults.is_empty() {
            return Err(PolicyError::Invalid(faults.join("; ")));
        }
        let of_reading = readable::of_reading(&policies).map_err(|why| PolicyError::NoList(why.0))?;
        let policy = Policy { policies, of_reading, schema, authorizer: Authorizer::new(), left: Left::default() };
        let nobody = PersonId::from("nobody");
        let posts = |seat: &str| vec![HeldPost { seat: seat.into(), office: "any".into() }];
        for posts in [Vec::new(), posts("any"), posts("operator")] {
            policy.readable_or_why(&nobody, &posts, &[]).map_err(|why| PolicyError::NoList(why.0))?;
        }
        Ok(policy)
    }

    /// Whether an actor may do acts of their seat on the matter.
    pub fn may_act(&self, actor: &Actor, posts: &[HeldPost], about: About<'_>) -> bool {
        self.asking(&actor.person, posts, about).may_act(actor)
    }

    /// Whether a person may read the matter.
    pub fn may_read(&self, person: &PersonId, posts: &[HeldPost], about: About<'_>) -> bool {
        self.asking(person, posts, about).may_read()
    }

    /// Whether a person may see masked values in clear, with a reason that is recorded.
    pub fn may_unmask(&self, person: &PersonId, posts: &[HeldPost], about: About<'_>) -> bool {
        self.asking(person, posts, about).ask("unmask", Context::empty()).unwrap_or(false)
    }

    /// One person before one matter, to be asked about more than once.
    pub fn asking<'a>(&'a self, person: &PersonId, posts: &[HeldPost], about: About<'a>) -> Asking<'a> {
        let known = self.known(person, posts, about, is_sealed(about)).ok();
        Asking { policy: self, about, person: person.clone(), known }
    }

    /// The same, as if the file were not sealed.
    fn asking_unsealed<'a>(&'a self, person: &PersonId, posts: &[HeldPost], about: About<'a>) -> Asking<'a> {
        Asking { policy: self, about, person: person.clone(), known: self.known(person, posts, about, false).ok() }
    }

    fn known(&self, person: &PersonId, posts: &[HeldPost], about: About<'_>, sealed: bool) -> Result<Known, CannotAsk> {
        let principal = uid("Person", person.as_str())?;
        let resource = uid("Matter", about.matter.map_or("new", |matter| matter.id.as_str()))?;
        let mut entities = vec![person_entity(&principal, posts)?, matter_entity(&resource, about, sealed)?];
        entities.extend(office_entities(posts, about)?);
        Ok(Known { principal, resource, entities: self.checked(entities)? })
    }

    /// Whether a person has a duty beside matters.
    pub fn has_duty(&self, person: &PersonId, posts: &[HeldPost], duty: Duty) -> bool {
        self.duties(person, posts).contains(&duty)
    }

    /// The duties a person has beside matters.
    pub fn duties(&self, person: &PersonId, posts: &[HeldPost]) -> BTreeSet<Duty> {
        let ask = || -> Result<BTreeSet<Duty>, CannotAsk> {
            let principal = uid("Person", person.as_str())?;
            let resource = uid("Bureau", "bureau")?;
            let bureau = Entity::new_no_attrs(resource.clone(), HashSet::new());
            let entities = self.checked(vec![person_entity(&principal, posts)?, bureau])?;
            let mut found = BTreeSet::new();
            for duty in Duty::ALL {
                if self.decide(principal.clone(), duty.action(), resource.clone(), Context::empty(), &entities)? {
                    found.insert(duty);
                }
            }
            Ok(found)
        };
        ask().unwrap_or_default()
    }

    /// What Cedar is told, checked against the schema.
    fn checked(&self, entities: Vec<Entity>) -> Result<Entities, CannotAsk> {
        Entities::from_entities(entities, Some(&self.schema)).map_err(|_| CannotAsk)
    }

    fn decide(
        &self,
        principal: EntityUid,
        action: &str,
        resource: EntityUid,
        context: Context,
        entities: &Entities,
    ) -> Result<bool, CannotAsk> {
        let action = uid("Action", action)?;
        let request = Request::new(principal, action, resource, context, Some(&self.schema)).map_err(|_| CannotAsk)?;
        let response = self.authorizer.is_authorized(&request, &self.policies, entities);
        Ok(response.decision() == Decision::Allow && response.diagnostics().errors().next().is_none())
    }
}

/// One person before one matter. Telling Cedar who they are and what the matter is costs more than an answer, so it
/// is done once for all that is asked; it lives no longer than the matter it was told of.
#[derive(Debug)]
pub struct Asking<'a> {
    policy: &'a Policy,
    about: About<'a>,
    person: PersonId,
    /// None where Cedar cannot be told: every answer is no.
    known: Option<Known>,
}

/// What Cedar was told.
#[derive(Debug)]
struct Known {
    principal: EntityUid,
    resource: EntityUid,
    entities: Entities,
}

impl Asking<'_> {
    /// Whether the person may do acts of a seat on the matter. An actor who is somebody else may not.
    pub fn may_act(&self, actor: &Actor) -> bool {
        let ask = || self.ask("act", self.capacity(actor)?);
        actor.person == self.person && ask().unwrap_or(false)
    }

    /// The policy that forbids something on the matter whoever else permits it; none where nothing forbids.
    fn barred_by(&self, action: &str, context: Context) -> Option<String> {
        let Known { principal, resource, entities } = self.known.as_ref()?;
        let (policy, action) = (self.policy, uid("Action", action).ok()?);
        let request = Request::new(principal.clone(), action, resource.clone(), context, Some(&policy.schema)).ok()?;
        let response = policy.authorizer.is_authorized(&request, &policy.policies, entities);
        let ids = response.diagnostics().reason().filter_map(|id| policy.policies.policy(id));
        let mut forbids = ids.filter(|policy| policy.effect() == Effect::Forbid);
        Some(forbids.next()?.annotation("id").unwrap_or_default().to_owned())
    }

    /// The seat somebody acts in, as policies are told of it.
    fn capacity(&self, actor: &Actor) -> Result<Context, CannotAsk> {
        let place = self.about.procedure.seat(&actor.seat).map_or("nowhere", |seat| place_name(&seat.place));
        let office = actor.office.as_ref().map_or("", |office| office.as_str());
        let pairs = [
            ("seat".to_owned(), text(actor.seat.as_str())),
            ("place".to_owned(), text(place)),
            ("office".to_owned(), RestrictedExpression::new_entity_uid(uid("Office", office)?)),
            ("opening".to_owned(), RestrictedExpression::new_bool(self.about.matter.is_none())),
        ];
        Context::from_pairs(pairs).map_err(|_| CannotAsk)
    }

    /// Whether the person may read the matter.
    pub fn may_read(&self) -> bool {
        self.ask("read", Context::empty()).unwrap_or(false)
    }

    fn ask(&self, action: &str, context: Context) -> Result<bool, CannotAsk> {
        let Known { principal, resource, entities } = self.known.as_ref().ok_or(CannotAsk)?;
        self.policy.decide(principal.clone(), action, resource.clone(), context, entities)
    }
}

/// The name of a way to find a seat's holder, as policies write it.
fn place_name(place: &SeatPlace) -> &'static str {
    match place {
        SeatPlace::Owner => "owner",
        SeatPlace::AboveOwner => "above-owner",
        SeatPlace::OfficeOf { .. } => "office-of",
        SeatPlace::Anywhere => "anywhere",
        SeatPlace::Slot(_) => "slot",
        SeatPlace::Party => "party",
        SeatPlace::Opener => "opener",
        SeatPlace::System => "system",
    }
}

/// The kinds of things policies speak of. Reading a kind is a run of Cedar's parser: once is enough.
static KINDS: LazyLock<BTreeMap<&'static str, EntityTypeName>> = LazyLock::new(|| {
    let kinds = ["Action", "Bureau", "Matter", "Office", "Person"];
    kinds.into_iter().filter_map(|kind| Some((kind, EntityTypeName::from_str(kind).ok()?))).collect()
});

fn uid(kind: &str, id: &str) -> Result<EntityUid, CannotAsk> {
    let kind = KINDS.get(kind).ok_or(CannotAsk)?;
    Ok(EntityUid::from_type_name_and_id(kind.clone(), EntityId::new(id)))
}

fn text(text: &str) -> RestrictedExpression {
    RestrictedExpression::new_string(text.to_owned())
}

fn set_of(uids: impl IntoIterator<Item = EntityUid>) -> RestrictedExpression {
    RestrictedExpression::new_set(uids.into_iter().map(RestrictedExpression::new_entity_uid))
}

/// A post, as policies are told of it.
fn post_record(seat: &Name, office: &str) -> Result<RestrictedExpression, CannotAsk> {
    let office = RestrictedExpression::new_entity_uid(uid("Office", office)?);
    RestrictedExpression::new_record([("seat".to_owned(), text(seat.as_str())), ("office".to_owned(), office)])
        .map_err(|_| CannotAsk)
}

fn person_entity(principal: &EntityUid, posts: &[HeldPost]) -> Result<Entity, CannotAsk> {
    let record = |post: &HeldPost| post_record(&post.seat, post.office.as_str());
    let records = posts.iter().map(record).collect::<Result<Vec<_>, _>>()?;
    let offices = posts.iter().map(|post| uid("Office", post.office.as_str())).collect::<Result<Vec<_>, _>>()?;
    let seats: BTreeSet<&str> = posts.iter().map(|post| post.seat.as_str()).collect();
    let attributes = HashMap::from([
        ("posts".to_owned(), RestrictedExpression::new_set(records)),
        ("offices".to_owned(), set_of(offices)),
        ("seats".to_owned(), RestrictedExpression::new_set(seats.into_iter().map(text))),
    ]);
    Entity::new(principal.clone(), attributes, HashSet::new()).map_err(|_| CannotAsk)
}

fn matter_entity(resource: &EntityUid, about: About<'_>, sealed: bool) -> Result<Entity, CannotAsk> {
    let owner = about.matter.map(|matter| &matter.owner);
    let above = owner.and_then(|owner| about.place.office(owner)).and_then(|office| office.parent.as_ref());
    let office = |id: &str| uid("Office", id).map(RestrictedExpression::new_entity_uid);
    let stand = standings(about);
    let standing = |kind: &str, as_what: ReaderStanding| -> Result<RestrictedExpression, CannotAsk> {
        let ids = stand.iter().filter(|(standing, _)| *standing == as_what).map(|(_, id)| uid(kind, id));
        Ok(set_of(ids.collect::<Result<Vec<_>, _>>()?))
    };
    let keepers = keepers(about).map(|(seat, office)| post_record(seat, office)).collect::<Result<Vec<_>, _>>()?;
    let window = stand.iter().find(|(standing, _)| *standing == ReaderStanding::Window).map_or("", |(_, id)| id);
    let attributes = HashMap::from([
        ("procedure".to_owned(), text(about.procedure.id.as_str())),
        ("owner".to_owned(), office(owner.map_or("", OfficeId::as_str))?),
        ("above".to_owned(), office(above.map_or("", OfficeId::as_str))?),
        ("window".to_owned(), office(window)?),
        ("partners".to_owned(), standing("Office", ReaderStanding::Partner)?),
        ("seated".to_owned(), standing("Person", ReaderStanding::Seated)?),
        ("parties".to_owned(), standing("Person", ReaderStanding::Party)?),
        ("openers".to_owned(), standing("Person", ReaderStanding::Opener)?),
        ("keepers".to_owned(), RestrictedExpression::new_set(keepers)),
        ("sealed".to_owned(), RestrictedExpression::new_bool(sealed)),
    ]);
    Entity::new(resource.clone(), attributes, HashSet::new()).map_err(|_| CannotAsk)
}

/// Who stands to a matter otherwise than by its owner. Single questions and lists are both told this.
fn standings(about: About<'_>) -> BTreeSet<(ReaderStanding, &str)> {
    let Some(matter) = about.matter else { return BTreeSet::new() };
    let window = matter.opener.office.iter().map(|office| (ReaderStanding::Window, office.as_str()));
    let partners = partners(about, matter).map(|office| (ReaderStanding::Partner, office));
    let seated = matter.slots.values().map(|seated| (ReaderStanding::Seated, seated.entry.as_str()));
    let parties = matter.parties.values().map(|party| (ReaderStanding::Party, party.as_str()));
    let opener = [(ReaderStanding::Opener, matter.opener.person.as_str())];
    window.chain(partners).chain(seated).chain(parties).chain(opener).collect()
}

/// The keys under which lists know who stands to a matter.
pub(crate) fn readers(about: About<'_>) -> BTreeSet<String> {
    let keepers = keepers(about).map(|(seat, office)| ReaderStanding::Keeper.of(&post_key(seat.as_str(), office)));
    standings(about).into_iter().map(|(standing, id)| standing.of(id)).chain(keepers).collect()
}

/// A post in one word.
fn post_key(seat: &str, office: &str) -> String {
    format!("{seat}@{office}")
}

/// Whether the file is sealed by law, as lists and single questions are told.
pub(crate) fn is_sealed(about: About<'_>) -> bool {
    about.matter.is_some_and(|matter| sealing::is_sealed(matter, about.procedure))
}

/// Of a sealed file: the posts that do the matter, each in the office where it does. Of others nobody asks.
fn keepers<'a>(about: About<'a>) -> impl Iterator<Item = (&'a Name, &'a str)> {
    let matter = about.matter.filter(|_| is_sealed(about));
    let of_matter = move |matter: &'a Matter| {
        about.procedure.seats.iter().filter_map(move |seat| {
            let office = match &seat.place {
                SeatPlace::Owner => Some(&matter.owner),
                SeatPlace::AboveOwner => about.place.office(&matter.owner).and_then(|owner| owner.parent.as_ref()),
                _ => partner(about, matter, seat),
            };
            Some((&seat.name, office?.as_str()))
        })
    };
    matter.into_iter().flat_map(of_matter)
}

/// The offices beside the owner whose seats may act where the matter is, and those that have acted on it.
fn partners<'a>(about: About<'a>, matter: &'a Matter) -> impl Iterator<Item = &'a str> {
    about.procedure.seats.iter().filter_map(move |seat| partner(about, matter, seat).map(OfficeId::as_str))
}

/// The office beside the owner where a seat may act on the matter as it stands, or that has acted on it.
fn partner<'a>(about: About<'a>, matter: &'a Matter, seat: &'a Seat) -> Option<&'a OfficeId> {
    let office = kernel::decide::partner(about.place, &seat.place, matter)?;
    let acted = matter.history.iter().any(|done| done.act.actor.office.as_ref() == Some(office));
    let acts_here = |act: &ActDef| act.within.contains(&matter.stage) && act.by.contains(&seat.name);
    (acted || about.procedure.acts.iter().any(acts_here)).then_some(office)
}

/// The offices a question touches, each below the one that set it up.
fn office_entities(posts: &[HeldPost], about: About<'_>) -> Result<Vec<Entity>, CannotAsk> {
    let mut wanted: BTreeMap<&OfficeId, Option<&OfficeId>> = BTreeMap::new();
    let owner = about.matter.map(|matter| &matter.owner);
    for start in posts.iter().map(|post| &post.office).chain(owner) {
        let mut next = Some(start);
        while let Some(id) = next {
            let parent = about.place.office(id).and_then(|office| office.parent.as_ref());
            if wanted.insert(id, parent).is_some() {
                break;
            }
            next = parent;
        }
    }
    wanted
        .into_iter()
        .map(|(id, parent)| {
            let parents = parent.map(|parent| uid("Office", parent.as_str())).transpose()?.into_iter().collect();
            Ok(Entity::new_no_attrs(uid("Office", id.as_str())?, parents))
        })
        .collect()
}

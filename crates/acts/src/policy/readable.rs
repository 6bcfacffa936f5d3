//! The matters somebody may read, as a condition on what lists know of each: what is left of the policies when everything is known but
//! the matter.
//!
//! Cedar evaluates the policies as far as it can without the matter. What is left speaks of the matter's offices and persons; here it
//! becomes a disjunction that a list can look up: owned by one of these offices, or read by one of these readers.
//!
//! INVARIANT: what cannot be looked up is an error when the policies are loaded, and an empty list where it comes later.

use crate::policy::{CannotAsk, HeldPost, KINDS, Policy, person_entity, post_key, uid};
use cedar_policy::{
    ActionConstraint, Context, EntityUid, PartialEntities, PartialEntityUid, PartialRequest, PolicySet,
};
use kernel::names::PersonId;
use kernel::world::{Office, Place};
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

/// How somebody stands to a matter that is not of their office; part of the key of a reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// The office whose window took it in.
    Window,
    /// An office beside the owner that acts on it, or has acted.
    Partner,
    /// A person who fills a slot of it.
    Seated,
    /// A party of it.
    Party,
    /// The person who opened it.
    Opener,
    /// A post that does a matter whose file is sealed.
    Keeper,
}

impl Standing {
    /// The key under which lists know a reader.
    pub fn of(self, id: &str) -> String {
        let kind = match self {
            Standing::Window => "window",
            Standing::Partner => "partner",
            Standing::Seated => "seated",
            Standing::Party => "party",
            Standing::Opener => "opener",
            Standing::Keeper => "keeper",
        };
        format!("{kind}/{id}")
    }

    fn named(attribute: &str) -> Option<Standing> {
        Some(match attribute {
            "window" => Standing::Window,
            "partners" => Standing::Partner,
            "seated" => Standing::Seated,
            "parties" => Standing::Party,
            "openers" => Standing::Opener,
            "keepers" => Standing::Keeper,
            _ => return None,
        })
    }
}

/// A fact about a matter on which reading can turn.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Fact {
    Owner(String),
    /// The office above the owner.
    Above(String),
    Reader(String),
    Sealed,
}

/// A fact that holds, or does not.
type Literal = (bool, Fact);
/// Facts that must hold together; of several one must.
type Clauses = BTreeSet<BTreeSet<Literal>>;

/// What is left of a policy cannot be turned into a list.
#[derive(Debug)]
pub(super) struct NoList(pub String);

/// A condition over facts.
#[derive(Debug, Clone)]
enum Condition {
    Known(bool),
    Holds(Fact),
    Not(Box<Condition>),
    Both(Box<Condition>, Box<Condition>),
    Either(Box<Condition>, Box<Condition>),
}

impl Condition {
    fn any(facts: impl IntoIterator<Item = Fact>) -> Condition {
        let either = |left, fact| Condition::Either(Box::new(left), Box::new(Condition::Holds(fact)));
        facts.into_iter().fold(Condition::Known(false), either)
    }

    /// The clauses of it, or of its opposite, where it is known whether the matter is sealed.
    fn clauses(&self, positive: bool, sealed: bool) -> Clauses {
        let none = Clauses::new;
        let always = || Clauses::from([BTreeSet::new()]);
        match self {
            Condition::Known(value) if *value == positive => always(),
            Condition::Known(_) => none(),
            Condition::Holds(Fact::Sealed) if sealed == positive => always(),
            Condition::Holds(Fact::Sealed) => none(),
            Condition::Holds(fact) => Clauses::from([BTreeSet::from([(positive, fact.clone())])]),
            Condition::Not(inner) => inner.clauses(!positive, sealed),
            Condition::Both(left, right) | Condition::Either(left, right) => {
                let (left, right) = (left.clauses(positive, sealed), right.clauses(positive, sealed));
                if matches!(self, Condition::Both(..)) == positive { product(&left, &right) } else { sum(left, right) }
            }
        }
    }
}

/// One of either side; what another clause says with less is left out.
fn sum(left: Clauses, right: Clauses) -> Clauses {
    let all: Clauses = left.into_iter().chain(right).collect();
    let says_less = |clause: &BTreeSet<Literal>| all.iter().any(|other| other != clause && other.is_subset(clause));
    all.iter().filter(|clause| !says_less(clause)).cloned().collect()
}

/// One of each side together, where they do not contradict. What either side says alone is enough.
fn product(left: &Clauses, right: &Clauses) -> Clauses {
    let (left_only, right_only) = (left - right, right - left);
    let pairs = left_only.iter().flat_map(|one| right_only.iter().map(move |other| one | other));
    let holds = |clause: &BTreeSet<Literal>| !clause.iter().any(|(yes, fact)| clause.contains(&(!yes, fact.clone())));
    sum(pairs.filter(holds).collect(), left & right)
}

/// People whose conditions are remembered; beyond that all are forgotten and begun anew.
const REMEMBERED_MAX: usize = 2_000;

/// A person and the posts they hold.
type Asker = (PersonId, Vec<HeldPost>);

/// What was left of the policies for each person and the posts they held: the same for as long as the policies are, and
/// dearer to work out than to keep.
#[derive(Debug, Default)]
pub(super) struct Left(Mutex<BTreeMap<Asker, Arc<Condition>>>);

impl Left {
    fn or_worked_out(
        &self,
        person: &PersonId,
        posts: &[HeldPost],
        work_out: impl FnOnce() -> Result<Condition, NoList>,
    ) -> Result<Arc<Condition>, NoList> {
        let key = (person.clone(), posts.to_vec());
        // Whoever failed while holding it left it whole: it is only ever added to or emptied.
        let known = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(condition) = known().get(&key) {
            return Ok(Arc::clone(condition));
        }
        let condition = Arc::new(work_out()?);
        let mut known = known();
        if known.len() >= REMEMBERED_MAX {
            known.clear();
        }
        known.insert(key, Arc::clone(&condition));
        Ok(condition)
    }
}

/// The policies that can say anything of reading.
pub(super) fn of_reading(policies: &PolicySet) -> Result<PolicySet, NoList> {
    let read = |uid: &EntityUid| uid.id().unescaped() == "read";
    let speaks = policies.policies().filter(|policy| match policy.action_constraint() {
        ActionConstraint::Any => true,
        ActionConstraint::Eq(action) => read(&action),
        ActionConstraint::In(actions) => actions.iter().any(read),
    });
    PolicySet::from_policies(speaks.cloned()).map_err(|why| NoList(why.to_string()))
}

impl Policy {
    /// The matters a person may read, as lists can look them up.
    pub fn readable(&self, person: &PersonId, posts: &[HeldPost], place: &Place) -> store::Readable {
        // What could not be turned into a list was refused when the policies were loaded; nothing is shown then.
        self.readable_or_why(person, posts, &place.offices).unwrap_or_default()
    }

    /// The same, or why it cannot be said.
    pub(super) fn readable_or_why(
        &self,
        person: &PersonId,
        posts: &[HeldPost],
        offices: &[Office],
    ) -> Result<store::Readable, NoList> {
        let condition = self.left.or_worked_out(person, posts, || self.left_to_read(person, posts))?;
        Ok(store::Readable { open: listed(&condition, false, offices)?, sealed: listed(&condition, true, offices)? })
    }

    /// What is left of the policies about reading when everything is known but the matter.
    fn left_to_read(&self, person: &PersonId, posts: &[HeldPost]) -> Result<Condition, NoList> {
        let asked = || -> Result<(PartialRequest, PartialEntities), CannotAsk> {
            let principal = uid("Person", person.as_str())?;
            let known = self.checked(vec![person_entity(&principal, posts)?])?;
            let entities = PartialEntities::from_concrete(known, &self.schema).map_err(|_| CannotAsk)?;
            let matter = PartialEntityUid::new(KINDS.get("Matter").ok_or(CannotAsk)?.clone(), None);
            let principal = PartialEntityUid::from_concrete(principal);
            let action: EntityUid = uid("Action", "read")?;
            let request = PartialRequest::new(principal, action, matter, Some(Context::empty()), &self.schema)
                .map_err(|_| CannotAsk)?;
            Ok((request, entities))
        };
        let (request, entities) = asked().map_err(|CannotAsk| NoList("the question cannot be asked".to_owned()))?;
        let left = self.of_reading.tpe(&request, &entities, &self.schema).map_err(|why| NoList(why.to_string()))?;
        let (mut permits, mut forbids) = (Condition::Known(false), Condition::Known(false));
        for policy in left.policies() {
            let id = policy.id().to_string();
            let json = policy.to_json().map_err(|why| NoList(why.to_string()))?;
            let condition = Reading { policy: &id }.policy(&json)?;
            let side =
                if json.get("effect").is_some_and(|effect| effect == "permit") { &mut permits } else { &mut forbids };
            *side = Condition::Either(Box::new(side.clone()), Box::new(condition));
        }
        Ok(Condition::Both(Box::new(permits), Box::new(Condition::Not(Box::new(forbids)))))
    }
}

/// The condition as places to look in, where it is known whether the matter is sealed.
fn listed(condition: &Condition, sealed: bool, offices: &[Office]) -> Result<store::Readers, NoList> {
    let mut readers = store::Readers::default();
    for clause in condition.clauses(true, sealed) {
        let mut literals = clause.into_iter();
        match (literals.next(), literals.next()) {
            (None, _) => readers.everything = true,
            (Some((true, Fact::Owner(office))), None) => {
                readers.owners.insert(office);
            }
            (Some((true, Fact::Above(above))), None) => {
                let is_below = |office: &&Office| office.parent.as_ref().is_some_and(|parent| parent.as_str() == above);
                readers.owners.extend(offices.iter().filter(is_below).map(|office| office.id.to_string()));
            }
            (Some((true, Fact::Reader(reader))), None) => {
                readers.readers.insert(reader);
            }
            (found, more) => return Err(NoList(format!("{found:?} and {more:?} cannot be looked up together"))),
        }
    }
    Ok(readers)
}

/// Reads what Cedar left of one policy.
struct Reading<'a> {
    policy: &'a str,
}

/// One side of a comparison.
enum Side {
    /// Ids of offices or persons, or posts in a word.
    Ids(Vec<String>),
    /// An attribute of the matter.
    Attribute(String),
}

impl Reading<'_> {
    fn unread(&self, json: &Json) -> NoList {
        NoList(format!("`{}` leaves `{json}`", self.policy))
    }

    fn policy(&self, json: &Json) -> Result<Condition, NoList> {
        let conditions = json["conditions"].as_array().map(Vec::as_slice).unwrap_or_default();
        let mut all = Condition::Known(true);
        for condition in conditions {
            let body = self.condition(&condition["body"])?;
            let body = if condition["kind"] == "unless" { Condition::Not(Box::new(body)) } else { body };
            all = Condition::Both(Box::new(all), Box::new(body));
        }
        Ok(all)
    }

    fn condition(&self, json: &Json) -> Result<Condition, NoList> {
        let (name, inner) = only(json).ok_or_else(|| self.unread(json))?;
        let part = |side: &str| self.condition(&inner[side]).map(Box::new);
        match name {
            "Value" => inner.as_bool().map(Condition::Known).ok_or_else(|| self.unread(json)),
            "&&" => Ok(Condition::Both(part("left")?, part("right")?)),
            "||" => Ok(Condition::Either(part("left")?, part("right")?)),
            "!" => Ok(Condition::Not(part("arg")?)),
            "if-then-else" => {
                let (asked, then, otherwise) = (part("if")?, part("then")?, part("else")?);
                let not = Box::new(Condition::Not(asked.clone()));
                let (yes, no) = (Condition::Both(asked, then), Condition::Both(not, otherwise));
                Ok(Condition::Either(Box::new(yes), Box::new(no)))
            }
            "." => match self.side(json)? {
                Side::Attribute(name) if name == "sealed" => Ok(Condition::Holds(Fact::Sealed)),
                _ => Err(self.unread(json)),
            },
            "contains" | "containsAny" | "==" | "in" => {
                match (self.side(&inner["left"])?, self.side(&inner["right"])?) {
                    (Side::Ids(ids), Side::Attribute(name)) | (Side::Attribute(name), Side::Ids(ids)) => {
                        any_of(&name, &ids).ok_or_else(|| self.unread(json))
                    }
                    _ => Err(self.unread(json)),
                }
            }
            _ => Err(self.unread(json)),
        }
    }

    fn side(&self, json: &Json) -> Result<Side, NoList> {
        let ids = |values: &[Json]| values.iter().map(id_of).collect::<Option<Vec<_>>>().map(Side::Ids);
        let (name, inner) = only(json).ok_or_else(|| self.unread(json))?;
        let side = match (name, inner) {
            ("Set", Json::Array(values)) | ("Value", Json::Array(values)) => ids(values),
            ("Value", _) => ids(std::slice::from_ref(json)),
            (".", _) if inner.pointer("/left/Var").is_some_and(|of| of == "resource") => {
                inner.get("attr").and_then(Json::as_str).map(|name| Side::Attribute(name.to_owned()))
            }
            _ => None,
        };
        side.ok_or_else(|| self.unread(json))
    }
}

/// That an attribute of the matter is, or has among it, one of these.
fn any_of(attribute: &str, ids: &[String]) -> Option<Condition> {
    Some(match attribute {
        "owner" => Condition::any(ids.iter().map(|id| Fact::Owner(id.clone()))),
        "above" => Condition::any(ids.iter().map(|id| Fact::Above(id.clone()))),
        name => {
            let standing = Standing::named(name)?;
            Condition::any(ids.iter().map(|id| Fact::Reader(standing.of(id))))
        }
    })
}

/// The one member of an object.
fn only(json: &Json) -> Option<(&str, &Json)> {
    let mut members = json.as_object()?.iter();
    let (name, inner) = members.next()?;
    members.next().is_none().then_some((name.as_str(), inner))
}

/// The id of an entity, or a post in a word, with or without `Value` around it.
fn id_of(json: &Json) -> Option<String> {
    let value = json.get("Value").or_else(|| json.get("Record")).unwrap_or(json);
    if let Some(id) = value.pointer("/__entity/id") {
        return id.as_str().map(str::to_owned);
    }
    let (seat, office) = (value.get("seat")?, value.get("office")?);
    let seat = seat.get("Value").unwrap_or(seat);
    Some(post_key(seat.as_str()?, &id_of(office)?))
}

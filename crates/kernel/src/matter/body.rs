//! The canonical body of an act: the bytes that are hashed, and the act read back from them.
//!
//! INVARIANT: what is read back is the act that was written; a body of another form names the key that is wrong.

use super::{Act, FoldError, Pins, Seated};
use crate::ledger::Digest;
use crate::names::{Name, OfficeId, PersonId};
use crate::world::{Actor, Moment};
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeMap;

impl Act {
    /// The canonical body: everything but matter, version, previous hash and content, which the
    /// store and the sealing of the content add.
    pub fn to_body(&self) -> Map<String, Json> {
        let slots: Map<String, Json> =
            self.slots.iter().map(|(slot, seated)| (slot.to_string(), seated.to_json())).collect();
        let names = |names: &[Name]| Json::from(names.iter().map(Name::as_str).collect::<Vec<_>>());
        let mut body = Map::new();
        body.insert("act".into(), json!(self.name.as_str()));
        body.insert("procedure".into(), json!(self.procedure.as_str()));
        body.insert("edition".into(), json!(self.edition.to_string()));
        body.insert("at".into(), json!(self.moment.at.as_millisecond()));
        body.insert("civil".into(), json!(self.moment.civil.to_string()));
        body.insert(
            "actor".into(),
            json!({ "person": self.actor.person.as_str(), "seat": self.actor.seat.as_str(),
                    "office": self.actor.office.as_ref().map(OfficeId::as_str) }),
        );
        body.insert("owner".into(), json!(self.owner.as_str()));
        body.insert("to".into(), json!(self.to.as_str()));
        body.insert("slots".into(), Json::Object(slots));
        body.insert("released".into(), names(&self.released));
        body.insert("computed".into(), Json::Object(crate::value::facts_to_json(&self.computed)));
        body.insert("papers".into(), names(&self.papers));
        body.insert("raises".into(), names(&self.raises));
        body.insert("settles".into(), names(&self.settles));
        body.insert(
            "pins".into(),
            json!({ "calendar": self.pins.calendar, "rates": self.pins.rates, "program": self.pins.program,
                    "language": crate::LANGUAGE_VERSION }),
        );
        if !self.parties.is_empty() {
            let parties: BTreeMap<&str, &str> =
                self.parties.iter().map(|(party, person)| (party.as_str(), person.as_str())).collect();
            body.insert("parties".into(), json!(parties));
        }
        if let Some(channel) = &self.channel {
            body.insert("channel".into(), json!(channel));
        }
        if !self.reissued.is_empty() {
            let reissued: BTreeMap<&str, u32> = self.reissued.iter().map(|(paper, of)| (paper.as_str(), *of)).collect();
            body.insert("reissued".into(), json!(reissued));
        }
        for (key, papers) in [("publishes", &self.publishes), ("unpublishes", &self.unpublishes)] {
            if !papers.is_empty() {
                body.insert(key.into(), names(papers));
            }
        }
        if let Some(number) = &self.voids {
            body.insert("voids".into(), json!(number));
        }
        body
    }

    /// Reads a body back.
    ///
    /// # Errors
    /// [`FoldError::Unreadable`] names the key that is missing or not of its form.
    pub fn from_body(version: u32, body: &Map<String, Json>) -> Result<Act, FoldError> {
        let missing = |key: &'static str| FoldError::Unreadable { version, key };
        let text = |key: &'static str| body.get(key).and_then(Json::as_str).ok_or(missing(key));
        let names = |key: &'static str| -> Result<Vec<Name>, FoldError> {
            let list = body.get(key).and_then(Json::as_array).ok_or(missing(key))?;
            list.iter().map(|name| name.as_str().map(Name::from).ok_or(missing(key))).collect()
        };
        let actor = body.get("actor").and_then(Json::as_object).ok_or(missing("actor"))?;
        let pins = body.get("pins").and_then(Json::as_object).ok_or(missing("pins"))?;
        let slots = body.get("slots").and_then(Json::as_object).ok_or(missing("slots"))?;
        let at = body.get("at").and_then(Json::as_i64).ok_or(missing("at"))?;
        Ok(Act {
            name: text("act")?.into(),
            procedure: text("procedure")?.into(),
            edition: Digest::parse(text("edition")?).map_err(|_| missing("edition"))?,
            moment: Moment {
                at: jiff::Timestamp::from_millisecond(at).map_err(|_| missing("at"))?,
                civil: text("civil")?.parse().map_err(|_| missing("civil"))?,
            },
            actor: Actor {
                person: actor.get("person").and_then(Json::as_str).map(PersonId::from).ok_or(missing("actor"))?,
                seat: actor.get("seat").and_then(Json::as_str).map(Name::from).ok_or(missing("actor"))?,
                office: actor.get("office").and_then(Json::as_str).map(OfficeId::from),
            },
            owner: text("owner")?.into(),
            parties: strings(body.get("parties"))
                .into_iter()
                .map(|(party, person)| (Name::new(party), PersonId::new(person)))
                .collect(),
            channel: body.get("channel").and_then(Json::as_str).map(str::to_owned),
            to: text("to")?.into(),
            slots: slots
                .iter()
                .map(|(slot, json)| Some((Name::new(slot.as_str()), Seated::from_json(json)?)))
                .collect::<Option<_>>()
                .ok_or(missing("slots"))?,
            released: names("released")?,
            computed: body
                .get("computed")
                .and_then(Json::as_object)
                .and_then(|object| crate::value::facts_from_json(object).ok())
                .ok_or(missing("computed"))?,
            papers: names("papers")?,
            numbers: strings(body.get("numbers")),
            voids: body.get("voids").and_then(Json::as_str).map(str::to_owned),
            reissued: body
                .get("reissued")
                .and_then(Json::as_object)
                .into_iter()
                .flatten()
                .filter_map(|(paper, of)| Some((Name::new(paper.as_str()), u32::try_from(of.as_u64()?).ok()?)))
                .collect(),
            raises: names("raises")?,
            settles: names("settles")?,
            publishes: if body.contains_key("publishes") { names("publishes")? } else { Vec::new() },
            unpublishes: if body.contains_key("unpublishes") { names("unpublishes")? } else { Vec::new() },
            pins: Pins {
                calendar: pins.get("calendar").and_then(Json::as_str).unwrap_or_default().to_owned(),
                rates: strings(pins.get("rates")),
                program: pins.get("program").and_then(Json::as_str).unwrap_or_default().to_owned(),
            },
        })
    }
}

fn strings(json: Option<&Json>) -> BTreeMap<String, String> {
    let object = json.and_then(Json::as_object).into_iter().flatten();
    object.filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned()))).collect()
}

impl Seated {
    fn to_json(&self) -> Json {
        let skipped: Vec<Json> =
            self.skipped.iter().map(|(entry, why)| json!({ "entry": entry, "why": why })).collect();
        json!({ "register": self.register.as_str(), "entry": self.entry, "rank": self.rank, "skipped": skipped })
    }

    fn from_json(json: &Json) -> Option<Seated> {
        let skipped = json.get("skipped")?.as_array()?.iter();
        Some(Seated {
            register: json.get("register")?.as_str()?.into(),
            entry: json.get("entry")?.as_str()?.to_owned(),
            rank: json.get("rank")?.as_u64().and_then(|rank| u32::try_from(rank).ok()),
            skipped: skipped
                .map(|skip| Some((skip.get("entry")?.as_str()?.to_owned(), skip.get("why")?.as_str()?.to_owned())))
                .collect::<Option<_>>()?,
        })
    }
}

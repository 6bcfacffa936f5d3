//! What a paper says: the matter as it stood when the paper was issued, in words, as JSON.
//!
//! The templates are in the law; how they look is `paper`'s. A paper is not stored: the same acts
//! give the same data, and the press gives the same bytes.

mod case;

use crate::bureau::Bureau;
use crate::load::{self, LoadError, Loaded};
use crate::people;
use crate::registers::{self, RegisterError};
use crate::rows::plain_world;
use crate::wording::{Wording, actors, named_in};
use kernel::deadline::{Progress, deadlines};
use kernel::decide::partner;
use kernel::guard::GuardError;
use kernel::identity::ResidentId;
use kernel::ledger::Digest;
use kernel::matter::{Done, Matter};
use kernel::money::Fen;
use kernel::names::{MatterId, Name, OfficeId, reserved};
use kernel::procedure::{ActDef, ActKind, DossierSource, Field, FieldKind, PaperDef, Procedure, SeatPlace};
use kernel::value::{FileRef, Value};
use kernel::world::{Moment, Office};
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeMap;
use store::StorageError;

/// A paper ready for the press.
#[derive(Debug, Clone)]
pub struct Printable {
    /// Its title.
    pub title: String,
    /// Its template below `law/papers`.
    pub template: String,
    /// Its number.
    pub number: Option<String>,
    /// The office whose head and seal it carries; none for a sheet of the case file.
    pub office: Option<OfficeId>,
    /// What it says.
    pub data: Json,
}

/// A case file ready for the press.
#[derive(Debug, Clone)]
pub struct CaseFile {
    /// What the cover says.
    pub cover: Json,
    /// What it holds, in the order of the law file.
    pub items: Vec<CaseItem>,
}

/// One item of a case file.
#[derive(Debug, Clone)]
pub struct CaseItem {
    /// Its title in the catalogue.
    pub title: String,
    /// Its number.
    pub number: Option<String>,
    /// Who made it.
    pub author: String,
    /// When, as a civil date.
    pub date: String,
    /// 必须.
    pub must: bool,
    /// What it is.
    pub source: CaseSource,
}

/// What an item of a case file is.
#[derive(Debug, Clone)]
pub enum CaseSource {
    /// A paper to print.
    Paper(Box<Printable>),
    /// A file handed in.
    File(FileRef),
    /// Needed, and not there.
    Missing,
}

/// Why a paper cannot be printed.
#[derive(Debug, thiserror::Error)]
pub enum PrintError {
    /// It was not issued by that act.
    #[error("act {version} issued no `{paper}`")]
    NotIssued {
        /// The paper.
        paper: Name,
        /// The act.
        version: u32,
    },
    /// The matter.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// A register.
    #[error(transparent)]
    Register(#[from] RegisterError),
    /// A condition of the case file.
    #[error(transparent)]
    Guard(#[from] GuardError),
    /// The store.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// The paper that an act issued.
///
/// # Errors
/// [`PrintError::NotIssued`] when it issued none of that name.
pub fn printable(
    bureau: &Bureau,
    now: Moment,
    id: &MatterId,
    paper: &Name,
    version: u32,
) -> Result<Printable, PrintError> {
    let loaded = load::load(bureau, id)?;
    Printer::new(bureau, now, &loaded)?.print(paper, version)
}

/// The case file.
///
/// # Errors
/// [`PrintError`] when the matter cannot be read.
pub fn case_file(bureau: &Bureau, now: Moment, id: &MatterId) -> Result<CaseFile, PrintError> {
    let loaded = load::load(bureau, id)?;
    let printer = Printer::new(bureau, now, &loaded)?;
    let nobody = BTreeMap::new();
    let world = plain_world(&bureau.law, &nobody);
    let states = kernel::decide::dossier(&loaded.procedure, &loaded.matter, &world, now.on())?;
    let mut items = Vec::new();
    for (place, state) in loaded.procedure.dossier.iter().zip(states) {
        let found = printer.items(&place.title, &place.source, state.must)?;
        if found.is_empty() && state.must {
            items.push(CaseItem {
                title: place.title.clone(),
                number: None,
                author: String::new(),
                date: String::new(),
                must: true,
                source: CaseSource::Missing,
            });
        }
        items.extend(found);
    }
    Ok(CaseFile { cover: printer.cover(), items })
}

struct Printer<'a> {
    bureau: &'a Bureau,
    loaded: &'a Loaded,
    wording: Wording<'a>,
    names: BTreeMap<String, String>,
    hashes: BTreeMap<u32, Digest>,
}

impl<'a> Printer<'a> {
    fn new(bureau: &'a Bureau, now: Moment, loaded: &'a Loaded) -> Result<Printer<'a>, PrintError> {
        let acts = bureau.store.acts_of(&store::MatterId(loaded.matter.id.to_string()))?;
        Ok(Printer {
            bureau,
            loaded,
            wording: Wording::new(bureau, &loaded.procedure, &named_in(&loaded.procedure, &loaded.matter), now.on())?,
            names: people::names_of(bureau, actors(&loaded.matter))?,
            hashes: acts.into_iter().map(|act| (act.version, act.hash)).collect(),
        })
    }

    fn procedure(&self) -> &Procedure {
        &self.loaded.procedure
    }

    fn print(&self, paper: &Name, version: u32) -> Result<Printable, PrintError> {
        let not_issued = || PrintError::NotIssued { paper: paper.clone(), version };
        let def = self.procedure().paper(paper).ok_or_else(not_issued)?;
        let issued =
            self.loaded.matter.papers.iter().find(|issued| &issued.paper == paper && issued.version == version);
        let issued = issued.ok_or_else(not_issued)?;
        let matter = self.as_of(issued.content_of)?;
        let mut data = self.data(def, &matter, issued.number.as_deref(), issued.content_of)?;
        if let Some(object) = data.as_object_mut() {
            object.insert("date".into(), json!(issued.on.to_string()));
        }
        let done = matter.history.iter().find(|done| done.version == issued.content_of);
        let office = self.head(def, &matter, done).map(|office| office.id.clone());
        let (title, template, number) = (def.title.clone(), def.template.clone(), issued.number.clone());
        Ok(Printable { title, template, number, office, data })
    }

    /// The matter as it stood after an act.
    fn as_of(&self, version: u32) -> Result<Matter, PrintError> {
        let until = self.loaded.matter.history.iter().take_while(|done| done.version <= version);
        let acts = until.map(|done| (done.act.clone(), done.facts.clone()));
        Ok(Matter::fold(&self.loaded.matter.id, acts).map_err(LoadError::from)?)
    }

    fn data(&self, def: &PaperDef, matter: &Matter, number: Option<&str>, version: u32) -> Result<Json, PrintError> {
        let done = matter.history.iter().find(|done| done.version == version);
        let act = done.and_then(|done| self.procedure().act(&done.act.name));
        let office = self.bureau.law.place.office(&matter.owner);
        let head = self.head(def, matter, done);
        let parent = head.and_then(|head| head.parent.as_ref()).and_then(|id| self.bureau.law.place.office(id));
        let before =
            version.checked_sub(1).filter(|before| *before > 0).map(|before| self.as_of(before)).transpose()?;
        let mut data = json!({
            "office": head.map(|head| json!({ "name": head.name, "short": head.short, "phone": head.phone,
                "address": head.address, "parent": parent.map(|parent| parent.name.clone()) })),
            "owner": office.map(|office| json!({ "name": office.name, "phone": office.phone, "address": office.address })),
            "number": number.or(matter.number.as_deref()),
            "date": done.map(|done| done.act.moment.on().to_string()),
            "matter": { "number": matter.number, "title": crate::rows::title(self.procedure(), matter),
                "opened_on": matter.opened_on().map(|day| day.to_string()), "channel": self.wording.channel(&matter.channel) },
            "facts": self.facts(matter, before.as_ref())?,
            "act": done.map(|done| self.act(done)),
            "cites": act.map(|act| act.cites.iter().map(ToString::to_string).collect::<Vec<_>>()),
            "remedy": act.and_then(|act| act.remedy.as_ref()).map(|remedy| json!({ "text": remedy.text,
                "body": self.remedy_body(matter, &remedy.body), "term": remedy.term, "cite": remedy.cite.to_string() })),
            "signers": self.signers(matter),
            "lists": { "log": self.log(matter), "materials": self.materials(matter), "papers": self.served(done),
                "issued": self.issued(matter), "acts": self.acts(matter) },
            "deadline": done.and_then(|done| self.deadline(matter, done)),
            "recipient": def.to.as_ref().and_then(|to| self.recipient(matter, to)),
            "money": self.money(matter),
            "seal": def.sealed,
        });
        let paras: Vec<String> = if def.paras.is_empty() {
            Vec::new()
        } else {
            let nobody = BTreeMap::new();
            let found = deadlines(matter, self.procedure(), &plain_world(&self.bureau.law, &nobody));
            def.paras.iter().map(|para| crate::paras::filled(para, &data, &found)).collect()
        };
        if let Some(object) = data.as_object_mut() {
            object.insert("title".into(), json!(def.title));
            object.insert("paras".into(), json!(paras));
            object.insert("sections".into(), json!(done.map(|done| self.sections(done))));
        }
        if version == 1
            && let (Some(object), Some(hash)) = (data.as_object_mut(), self.hashes.get(&version))
        {
            let number = matter.number.as_deref().unwrap_or_default();
            object.insert("qr".into(), json!(format!("xiezhi:receipt:{number}:{hash}")));
        }
        Ok(data)
    }

    /// The office whose head and seal a paper carries.
    fn head(&self, def: &PaperDef, matter: &Matter, done: Option<&Done>) -> Option<&Office> {
        let place = &self.bureau.law.place;
        let office = place.office(&matter.owner);
        let issuer = done.and_then(|done| done.act.actor.office.as_ref()).and_then(|id| place.office(id));
        // A decision of the office above carries that office's head.
        let head =
            issuer.filter(|issuer| office.is_some_and(|owner| owner.parent.as_ref() == Some(&issuer.id))).or(office);
        // What is issued in the name of another authority carries the head and seal of that one.
        let named = def.in_name_of.as_ref().and_then(|seat| self.procedure().seat(seat));
        let named = named.and_then(|seat| partner(place, &seat.place, matter));
        named.and_then(|id| place.office(id)).or(head)
    }

    /// Where the remedy goes, by name: the office above the owner where that is meant.
    fn remedy_body(&self, matter: &Matter, body: &str) -> String {
        let owner = self.bureau.law.place.office(&matter.owner);
        let above = owner.and_then(|owner| owner.parent.as_ref()).and_then(|id| self.bureau.law.place.office(id));
        match above {
            Some(above) if body.contains("设立该") => format!("{body}（{}）", above.name),
            _ => body.to_owned(),
        }
    }

    /// A paper outlives the seats of today: what is veiled from anybody is on none.
    fn is_open(&self, field: &Name) -> bool {
        self.procedure().field(field).is_none_or(|def| def.veiled_from.is_empty())
    }

    /// The fields of an act that are veiled from nobody.
    fn open_fields(def: &ActDef) -> impl Iterator<Item = &Field> {
        def.fields().filter(|field| field.veiled_from.is_empty())
    }

    /// Facts by field, who sits in the slots, and under `former-…` who left one with this act.
    fn facts(&self, matter: &Matter, before: Option<&Matter>) -> Result<Map<String, Json>, PrintError> {
        let mut facts = Map::new();
        let mut put = |key: String, label: &str, text: String| {
            facts.insert(key, json!({ "label": label, "text": text }));
        };
        for (field, value) in &matter.facts {
            if !self.is_open(field) {
                continue;
            }
            let def = self.procedure().field(field);
            let title =
                def.map(|def| def.title.clone()).or_else(|| self.wording.computed_title(field)).unwrap_or_default();
            put(field.to_string(), &title, self.wording.value(def.map(|def| &def.kind), value));
            if let (Some(FieldKind::ResidentId), Some(text)) = (def.map(|def| &def.kind), value.as_text())
                && let (Some(who), Ok(id)) =
                    (field.as_str().strip_suffix(".id-number"), ResidentId::parse(text, last_day()))
            {
                put(format!("{who}.sex"), "性别", id.sex().zh().to_owned());
                put(format!("{who}.birth"), "出生日期", kernel::clock::zh_date(id.birth()));
            }
        }
        let seated = matter.slots.iter().map(|(slot, seated)| (slot.to_string(), slot, seated));
        let left = before.into_iter().flat_map(|before| &before.slots);
        let left = left.filter(|(slot, was)| matter.slots.get(slot).is_none_or(|is| is.entry != was.entry));
        for (key, slot, seated) in seated.chain(left.map(|(slot, was)| (format!("former-{slot}"), slot, was))) {
            let on = matter.opened_on().unwrap_or_else(last_day);
            let member = registers::member(self.bureau, &seated.register, &seated.entry, on)?;
            let member = match member {
                Some(member) => Some(member),
                None => registers::member(self.bureau, &seated.register, &seated.entry, last_day())?,
            };
            let Some(member) = member else { continue };
            let title = self.wording.slot(slot);
            put(format!("{key}.name"), &title, member.name);
            put(format!("{key}.firm"), "执业机构", member.firm);
            put(format!("{key}.licence"), "执业证号", member.licence);
            put(format!("{key}.phone"), "电话", member.phone);
        }
        Ok(facts)
    }

    fn act(&self, done: &Done) -> Json {
        let def = self.procedure().act(&done.act.name);
        let facts: Map<String, Json> = done
            .facts
            .iter()
            .chain(&done.act.computed)
            .filter(|(field, _)| self.is_open(field))
            .map(|(field, value)| {
                let def = self.procedure().field(field);
                let label =
                    def.map(|def| def.title.clone()).or_else(|| self.wording.computed_title(field)).unwrap_or_default();
                (
                    field.to_string(),
                    json!({ "label": label, "text": self.wording.value(def.map(|def| &def.kind), value) }),
                )
            })
            .collect();
        json!({ "title": def.map(|def| def.title.clone()), "reason": self.reason(done), "by": self.person(done),
                "role": self.wording.seat(&done.act.actor.seat), "at": done.act.moment.on().to_string(), "facts": facts })
    }

    /// What was stated with an act, by section and in the order of its form; what is veiled from anybody is left out.
    fn sections(&self, done: &Done) -> Vec<Json> {
        let def = self.procedure().act(&done.act.name);
        let sections = def.map(|def| def.form.as_slice()).unwrap_or_default().iter().map(|section| {
            let stated = section.fields.iter().filter(|field| field.veiled_from.is_empty());
            let rows = stated.filter_map(|field| {
                let text = self.wording.value(Some(&field.kind), done.facts.get(&field.name)?);
                Some(json!({ "label": field.title, "text": text }))
            });
            json!({ "title": section.title, "rows": rows.collect::<Vec<_>>() })
        });
        sections
            .filter(|section| section.get("rows").and_then(Json::as_array).is_some_and(|rows| !rows.is_empty()))
            .collect()
    }

    /// The reasons that go onto the paper: the last free words of the act.
    fn reason(&self, done: &Done) -> Option<String> {
        let def = self.procedure().act(&done.act.name)?;
        let long = Self::open_fields(def).filter(|field| matches!(field.kind, FieldKind::Long { .. }));
        let words = long.filter_map(|field| done.facts.get(&field.name)?.as_text());
        words.last().map(str::to_owned)
    }

    fn person(&self, done: &Done) -> String {
        let actor = &done.act.actor;
        match self.procedure().seat(&actor.seat).map(|seat| &seat.place) {
            Some(SeatPlace::Slot(_)) => self.wording.member_name(actor.person.as_str()),
            Some(SeatPlace::Party | SeatPlace::System) => self.wording.seat(&actor.seat),
            _ => self.names.get(actor.person.as_str()).cloned().unwrap_or_default(),
        }
    }

    /// Opinions in the order they were given: proposals and decisions.
    fn signers(&self, matter: &Matter) -> Vec<Json> {
        let signed = matter.history.iter().filter_map(|done| match self.procedure().act(&done.act.name)?.kind {
            ActKind::Propose => Some((done, "propose")),
            ActKind::Decide => Some((done, "decide")),
            _ => None,
        });
        signed
            .map(|(done, kind)| {
                json!({ "kind": kind, "role": self.wording.seat(&done.act.actor.seat), "name": self.person(done),
                        "date": done.act.moment.on().to_string(), "opinion": self.opinion(done) })
            })
            .collect()
    }

    /// The first free words of an act: the opinion of whoever signs.
    fn opinion(&self, done: &Done) -> Option<String> {
        let def = self.procedure().act(&done.act.name)?;
        let mut long = Self::open_fields(def).filter(|field| matches!(field.kind, FieldKind::Long { .. }));
        let title = &def.title;
        let words = long.find_map(|field| done.facts.get(&field.name)?.as_text()).unwrap_or_default();
        Some(format!("{title}。{words}"))
    }

    /// Acts of record that the case file prints as a sheet.
    fn log(&self, matter: &Matter) -> Vec<Json> {
        let recorded = self.procedure().dossier.iter().filter_map(|item| match &item.source {
            DossierSource::Records { acts, .. } => Some(acts),
            _ => None,
        });
        let acts: Vec<&Name> = recorded.flatten().collect();
        let rows = matter.history.iter().filter(|done| acts.contains(&&done.act.name));
        rows.map(|done| {
            let def = self.procedure().act(&done.act.name);
            let text_of = |wanted: fn(&FieldKind) -> bool| {
                let field = def.and_then(|def| Self::open_fields(def).find(|field| wanted(&field.kind)))?;
                Some(self.wording.value(Some(&field.kind), done.facts.get(&field.name)?))
            };
            let day = done.facts.iter().find_map(|(field, value)| match value {
                Value::Date(day) if self.is_open(field) => Some(day.to_string()),
                _ => None,
            });
            json!({ "date": day.unwrap_or_else(|| done.act.moment.on().to_string()),
                    "kind": def.map(|def| def.title.trim_start_matches("记录").to_owned()),
                    "place": text_of(|kind| matches!(kind, FieldKind::Text { .. } | FieldKind::Choice { .. })),
                    "text": text_of(|kind| matches!(kind, FieldKind::Long { .. })), "by": self.person(done) })
        })
        .collect()
    }

    /// Files handed in, by field.
    fn materials(&self, matter: &Matter) -> Vec<Json> {
        let files = matter.facts.iter().filter_map(|(field, value)| match value {
            Value::Files(files) if self.is_open(field) => Some((field, files)),
            _ => None,
        });
        files
            .map(|(field, files)| {
                let title = self.procedure().field(field).map(|def| def.title.clone()).unwrap_or_default();
                json!({ "name": title, "copies": files.len().to_string(), "kind": "电子件",
                        "remark": files.iter().map(|file| file.name.as_str()).collect::<Vec<_>>().join("、") })
            })
            .collect()
    }

    /// Papers issued so far and not void, oldest first.
    fn issued(&self, matter: &Matter) -> Vec<Json> {
        let issued = matter.papers.iter().filter(|issued| !issued.voided);
        issued
            .filter_map(|issued| Some((issued, self.procedure().paper(&issued.paper)?)))
            .map(|(issued, def)| json!({ "name": def.title, "number": issued.number, "date": issued.on.to_string() }))
            .collect()
    }

    /// What was done so far, oldest first.
    fn acts(&self, matter: &Matter) -> Vec<Json> {
        let done = matter.history.iter().filter_map(|done| Some((done, self.procedure().act(&done.act.name)?)));
        done.map(|(done, def)| json!({ "name": def.title, "date": done.act.moment.on().to_string() })).collect()
    }

    /// The paper that a service receipt is about.
    fn served(&self, done: Option<&Done>) -> Vec<Json> {
        let named = done.and_then(|done| done.facts.get(&Name::from(reserved::SERVED_PAPER))).and_then(Value::as_text);
        let Some(named) = named else { return Vec::new() };
        let known = self.loaded.matter.papers.iter().find(|issued| {
            self.procedure().paper(&issued.paper).is_some_and(|def| def.title == named)
                || issued.number.as_deref() == Some(named)
        });
        vec![json!({ "name": named, "number": known.and_then(|issued| issued.number.clone()), "copies": "1" })]
    }

    /// The limit that this act starts, for the person who reads the paper.
    fn deadline(&self, matter: &Matter, done: &Done) -> Option<Json> {
        let nobody = BTreeMap::new();
        let world = plain_world(&self.bureau.law, &nobody);
        let found = deadlines(matter, self.procedure(), &world);
        let started = found
            .iter()
            .filter(|deadline| deadline.progress == Progress::Running && deadline.started_on == done.act.moment.on());
        let first = started.min_by_key(|deadline| deadline.kind)?;
        let limit = self.procedure().limit(&first.limit)?;
        let length =
            first.amount.map(|amount| kernel::clock::Term { amount, unit: limit.unit }.zh()).unwrap_or_default();
        let text = match &limit.cite {
            Some(cite) => format!("{}{length}，{cite}", limit.title),
            None => format!("{}{length}", limit.title),
        };
        Some(json!({ "on": first.last_day()?.to_string(), "text": text }))
    }

    fn recipient(&self, matter: &Matter, to: &Name) -> Option<String> {
        match &self.procedure().seat(to)?.place {
            SeatPlace::Party => matter.facts.get(&Name::new(format!("{to}.name")))?.as_text().map(str::to_owned),
            SeatPlace::Slot(slot) => matter.slots.get(slot).map(|seated| self.wording.member_name(&seated.entry)),
            place @ SeatPlace::OfficeOf { .. } => {
                let partner = kernel::decide::partner(&self.bureau.law.place, place, matter)?;
                self.bureau.law.place.office(partner).map(|office| office.name.clone())
            }
            SeatPlace::Opener => matter.facts.get(&Name::from(reserved::OUTER_BODY))?.as_text().map(str::to_owned),
            _ => None,
        }
    }

    /// The money worked out in the matter, with the rates that were read for it.
    fn money(&self, matter: &Matter) -> Option<Json> {
        let (done, compute) = matter.history.iter().rev().find_map(|done| {
            let def = self.procedure().act(&done.act.name)?;
            Some((done, def.computes.first()?))
        })?;
        let Some(Value::Fen(amount)) = done.act.computed.get(&compute.field) else { return None };
        let read = |rate: &kernel::procedure::RateRead| {
            let found =
                done.act.pins.rates.iter().find(|(name, _)| {
                    name.as_str() == rate.rate.as_str() || name.starts_with(&format!("{}/", rate.rate))
                });
            found.and_then(|(_, pinned)| pinned.split_once('@')?.0.parse::<i64>().ok())
        };
        let factor = compute.factor.as_ref().and_then(read);
        let kind = compute.base.key.as_ref().and_then(|key| {
            let field = self.procedure().field(key)?;
            Some(self.wording.value(Some(&field.kind), matter.facts.get(key)?))
        });
        let governing = matter.last(&compute.governed_by).map(|done| done.act.moment.on().to_string());
        Some(json!({ "base": read(&compute.base).map(|base| Fen(base).to_string()),
                     "factor": factor.map(|factor| format!("{}.{:02}", factor / 10_000, factor % 10_000 / 100)),
                     "amount": Fen(*amount).to_string(), "capital": Fen(*amount).capital(),
                     "governing_date": governing, "kind": kind }))
    }
}

/// A day after every identity number that was accepted: the birth date was checked on entry.
fn last_day() -> jiff::civil::Date {
    jiff::civil::Date::MAX
}

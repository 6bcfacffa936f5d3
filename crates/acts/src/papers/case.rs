//! The case file: what lies in each of its places, and its cover.

use super::{CaseItem, CaseSource, PrintError, Printable, Printer};
use kernel::matter::Done;
use kernel::names::{Name, reserved};
use kernel::procedure::{DossierSource, SeatPlace};
use kernel::value::Value;
use serde_json::{Value as Json, json};

impl Printer<'_> {
    pub(super) fn items(&self, title: &str, source: &DossierSource, must: bool) -> Result<Vec<CaseItem>, PrintError> {
        let item =
            |number, author, date, source| CaseItem { title: title.to_owned(), number, author, date, must, source };
        Ok(match source {
            DossierSource::Paper(paper) => {
                let issued = self.loaded.matter.papers.iter().filter(|issued| &issued.paper == paper && !issued.voided);
                issued
                    .map(|issued| {
                        let printed = self.print(paper, issued.version)?;
                        let author = self.author(issued.version);
                        Ok(item(
                            issued.number.clone(),
                            author,
                            issued.on.to_string(),
                            CaseSource::Paper(Box::new(printed)),
                        ))
                    })
                    .collect::<Result<_, PrintError>>()?
            }
            DossierSource::Field(field) => {
                let stated = self.loaded.matter.history.iter().filter_map(|done| match done.facts.get(field) {
                    Some(Value::Files(files)) => Some((done, files)),
                    _ => None,
                });
                stated
                    .flat_map(|(done, files)| files.iter().map(move |file| (done, file)))
                    .map(|(done, file)| {
                        item(None, self.person(done), done.act.moment.on().to_string(), CaseSource::File(file.clone()))
                    })
                    .collect()
            }
            DossierSource::Records { acts, paper } => {
                let last = self.loaded.matter.history.iter().rev().find(|done| acts.contains(&done.act.name));
                match (last, self.procedure().paper(paper)) {
                    (Some(last), Some(def)) => {
                        let matter = self.as_of(self.loaded.matter.version)?;
                        let data = self.data(def, &matter, None, last.version)?;
                        let (title, template) = (def.title.clone(), def.template.clone());
                        let printed = Printable { title, template, number: None, office: None, data };
                        vec![item(
                            None,
                            self.person(last),
                            last.act.moment.on().to_string(),
                            CaseSource::Paper(Box::new(printed)),
                        )]
                    }
                    _ => Vec::new(),
                }
            }
        })
    }

    /// 责任者: what an office issues is the office's, not its clerk's.
    fn author(&self, version: u32) -> String {
        let Some(done) = self.loaded.matter.history.iter().find(|done| done.version == version) else {
            return String::new();
        };
        let office = done.act.actor.office.as_ref().and_then(|office| self.bureau.law.place.office(office));
        office.map_or_else(|| self.person(done), |office| office.name.clone())
    }

    /// The act that filed the matter; before that, the last one done at an office. What a party does afterwards
    /// files nothing.
    fn filing(&self) -> Option<&Done> {
        let number = Name::from(reserved::ARCHIVE_NUMBER);
        let acts = || self.loaded.matter.history.iter().rev();
        acts()
            .find(|done| done.facts.contains_key(&number))
            .or_else(|| acts().find(|done| done.act.actor.office.is_some()))
    }

    pub(super) fn cover(&self) -> Json {
        let matter = &self.loaded.matter;
        let owner = self.bureau.law.place.office(&matter.owner);
        let fact = |name: &str| {
            let field = Name::from(name);
            let def = self.procedure().field(&field);
            let value = matter.facts.get(&field).filter(|_| self.is_open(&field));
            value.map(|value| self.wording.value(def.map(|def| &def.kind), value))
        };
        let party = crate::content::first_party(self.procedure()).map(|party| format!("{party}.name"));
        let subject = party.and_then(|field| fact(&field)).unwrap_or_default();
        let mut slots = self.procedure().seats.iter().filter_map(|seat| match &seat.place {
            SeatPlace::Slot(slot) => matter.slots.get(slot),
            _ => None,
        });
        let handler = slots.next().map(|seated| self.wording.member_name(&seated.entry));
        let last = self.filing();
        let sealed = kernel::sealing::sealed_by(matter, self.procedure());
        json!({ "office": owner.map(|owner| owner.name.clone()),
                "name": format!("{} {}", crate::rows::title(self.procedure(), matter), subject),
                "number": fact(reserved::ARCHIVE_NUMBER).or_else(|| matter.number.clone()), "handler": handler,
                "from": matter.opened_on().map(|day| day.to_string()),
                "until": last.map(|done| done.act.moment.on().to_string()),
                "filed-by": last.map(|done| self.person(done)),
                "filed-on": last.map(|done| done.act.moment.on().to_string()),
                "remark": sealed.map(|cite| format!("依法封存（{cite}），不得提供给任何单位或者个人；依法查询的除外。")),
                "retention": fact(reserved::RETENTION) })
    }
}

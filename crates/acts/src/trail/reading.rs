//! One act of the trail in words: what, who, for which office, about what.
//!
//! An act of a kind that is not known here keeps its own name, so that nothing is left out.

use super::Deed;
use crate::bureau::Bureau;
use crate::unmask::{Purpose, Thing};
use kernel::names::{Name, OfficeId};
use kernel::procedure::{Procedure, SeatPlace};
use kernel::system;
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::sync::Arc;
use store::TrailRow;

/// Names by account.
type Names = BTreeMap<String, String>;

/// An act being read.
pub(super) struct Reading<'r> {
    row: &'r TrailRow,
    body: Json,
}

fn text<'j>(json: &'j Json, key: &str) -> Option<&'j str> {
    json.get(key).and_then(Json::as_str)
}

/// The title of an office.
fn office(bureau: &Bureau, id: &str) -> String {
    let office = bureau.law.place.office(&OfficeId::new(id));
    office.map_or_else(|| id.to_owned(), |office| office.name.clone())
}

/// The title of a seat, of one procedure or of any.
fn seat(bureau: &Bureau, procedure: Option<&Arc<Procedure>>, name: &str) -> String {
    let seat = Name::new(name);
    let declared = procedure.and_then(|procedure| procedure.seat(&seat)).map(|seat| seat.title.as_str());
    declared.or_else(|| bureau.law.seat_title(&seat)).unwrap_or(name).to_owned()
}

/// The title of a register, after the seat it fills.
fn register(bureau: &Bureau, name: &str) -> String {
    let filled = bureau.law.procedures.iter().find_map(|procedure| {
        let assigns = procedure.acts.iter().filter_map(|act| act.assigns.as_ref());
        let slot = assigns.into_iter().find(|assigns| assigns.register.as_str() == name)?.slot.clone();
        procedure.seats.iter().find(|seat| seat.place == SeatPlace::Slot(slot.clone()))
    });
    format!("{}名册", filled.map_or(name, |seat| seat.title.as_str()))
}

impl<'r> Reading<'r> {
    pub(super) fn of(row: &'r TrailRow) -> Reading<'r> {
        Reading { row, body: serde_json::from_slice(&row.bytes).unwrap_or_default() }
    }

    /// The accounts it names: who did it, and to whom.
    pub(super) fn accounts(&self) -> impl Iterator<Item = &str> {
        self.person().into_iter().chain(self.chain("account/"))
    }

    pub(super) fn deed(&self, bureau: &Bureau, names: &Names) -> Deed {
        let procedure = self.procedure(bureau);
        Deed {
            place: self.row.seq,
            at: self.row.at,
            what: self.what(bureau, procedure),
            who: self.who(bureau, procedure, names),
            office: self.of_office().map_or_else(String::new, |id| office(bureau, id)),
            about: self.about(bureau, names),
            hash: self.row.hash,
        }
    }

    fn chain(&self, prefix: &str) -> Option<&str> {
        self.row.matter.as_str().strip_prefix(prefix)
    }

    fn actor(&self) -> &Json {
        self.body.get("actor").unwrap_or(&self.body)
    }

    fn person(&self) -> Option<&str> {
        text(self.actor(), "person").or_else(|| text(&self.body, "author")).or_else(|| self.own_account())
    }

    /// Who signs in does so to their own account.
    fn own_account(&self) -> Option<&str> {
        self.chain("account/").filter(|_| text(&self.body, "act") == Some("sign-in"))
    }

    fn of_office(&self) -> Option<&str> {
        text(self.actor(), "office")
    }

    /// The edition it was done under, or for a look the procedure of the matter.
    fn procedure<'b>(&self, bureau: &'b Bureau) -> Option<&'b Arc<Procedure>> {
        let edition = text(&self.body, "edition").and_then(|hash| hash.parse().ok());
        let id = text(&self.body, "procedure").or(self.row.procedure.as_deref());
        let any = || bureau.law.procedures.iter().rev().find(|procedure| Some(procedure.id.as_str()) == id);
        edition.and_then(|edition| bureau.law.edition(edition)).or_else(any)
    }

    fn what(&self, bureau: &Bureau, procedure: Option<&Arc<Procedure>>) -> String {
        let act = text(&self.body, "act").unwrap_or_default();
        match act {
            "unmask" => self.look(procedure),
            "grant-post" | "end-post" => {
                let verb = if act == "grant-post" { "任命" } else { "免去" };
                match self.body.get("post") {
                    Some(post) => {
                        let at = office(bureau, text(post, "office").unwrap_or_default());
                        format!("{verb}岗位：{at} · {}", seat(bureau, None, text(post, "seat").unwrap_or_default()))
                    }
                    None => format!("{verb}岗位"),
                }
            }
            "sign-in" if text(&self.body, "by") == Some("passkey") => "用通行密钥登录".to_owned(),
            "apply-calendar" => format!("更正{}年的放假和调休", self.number_of("year")),
            "stamp" => format!("给前{}条记录盖时间戳", self.number_of("size")),
            _ => self.named(act, procedure),
        }
    }

    /// An act that its name alone tells of.
    fn named(&self, act: &str, procedure: Option<&Arc<Procedure>>) -> String {
        let name = Name::new(act);
        let declared = procedure.and_then(|procedure| procedure.act(&name)).map(|def| def.title.clone());
        let word = match act {
            "sign-in" => "用统一身份登录",
            "link-identity" => "绑定统一身份",
            "unlink-identity" => "解除统一身份",
            "enrol-passkey" => "添加通行密钥",
            "remove-passkey" => "删除通行密钥",
            "enrol-generator" => "添加动态验证码",
            "remove-generator" => "取消动态验证码",
            "renew-recovery-codes" => "换恢复码",
            "use-recovery-code" => "用恢复码登录",
            "take-off-factors" => "取消别人的二次验证",
            "demand-second-factor" => "改从哪一天起要二次验证",
            "amend-register" => "登记名册",
            "office-key" => "启用机关签名密钥",
            "seal" => "签署文书",
            "resend" => "重发消息",
            "tell-otherwise" => "另行告知",
            _ => system::title(&name).unwrap_or(act),
        };
        declared.unwrap_or_else(|| word.to_owned())
    }

    fn look(&self, procedure: Option<&Arc<Procedure>>) -> String {
        let thing = Thing::parse(text(&self.body, "field").unwrap_or_default());
        let thing = procedure.map_or_else(|| "个人信息".to_owned(), |procedure| thing.zh(procedure));
        let purpose = text(&self.body, "purpose").and_then(Purpose::parse);
        format!("查看{thing}{}", purpose.map_or_else(String::new, |purpose| format!("，目的：{}", purpose.zh())))
    }

    fn number_of(&self, key: &str) -> String {
        self.body.get(key).map_or_else(String::new, Json::to_string)
    }

    fn who(&self, bureau: &Bureau, procedure: Option<&Arc<Procedure>>, names: &Names) -> String {
        let seat = text(self.actor(), "seat").map(|name| seat(bureau, procedure, name));
        match (self.person().and_then(|person| names.get(person)), seat) {
            (Some(name), Some(seat)) => format!("{name}（{seat}）"),
            (Some(name), None) => name.clone(),
            (None, Some(seat)) => seat,
            (None, None) if self.chain("citizen/").is_some() => "群众".to_owned(),
            (None, None) => "系统".to_owned(),
        }
    }

    fn about(&self, bureau: &Bureau, names: &Names) -> String {
        if let Some(number) = &self.row.number {
            return number.clone();
        }
        let account = |id: &str| names.get(id).map_or_else(|| id.to_owned(), |name| format!("{name}的账号"));
        let chain = self.chain("account/").map(account);
        let chain = chain.or_else(|| self.chain("register/").map(|name| register(bureau, name)));
        chain.or_else(|| text(&self.body, "issuer").map(str::to_owned)).unwrap_or_default()
    }
}

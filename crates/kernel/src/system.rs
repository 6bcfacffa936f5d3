//! Acts that no law file declares: what a new edition or a corrected calendar does to an open matter, and what archivists
//! do to a closed one ([`crate::retention`]).
//!
//! They stand in the ledger like any act, with the dates before and after among what is stated in them. They move no
//! matter to another stage and are nobody's turn; here are only their names and how a person reads them.
//!
//! INVARIANT: a fact of such an act has a name no law file can declare.

use crate::names::Name;
use crate::procedure::Procedure;

/// The matter goes over to a new edition of its procedure.
pub const EDITION_MOVED: &str = "edition-moved";
/// Due dates are others because the calendar was corrected.
pub const CALENDAR_CORRECTED: &str = "calendar-corrected";

/// The matter is held (暂缓销毁): it must not be destroyed, whatever its term says.
pub const HELD: &str = "retention/hold";
/// A hold is over.
pub const HOLD_RELEASED: &str = "retention/release-hold";
/// Somebody proposes to destroy the content of the matter.
pub const DISPOSAL_PROPOSED: &str = "retention/propose-disposal";
/// Somebody else approves, and it is destroyed: the tombstone.
pub const DISPOSED: &str = "retention/dispose";

/// Somebody proposes to erase what is known of a person.
pub const ERASURE_PROPOSED: &str = "erasure/propose";
/// Somebody else approves, and the key of the person is destroyed; it stands on every matter that held something of them.
pub const ERASED: &str = "erasure/erase";

/// Why the dates are others: the change of law, the notice of the calendar.
pub const BASIS: &str = "system/basis";
/// What was in force before: the hash of an edition, the version of a calendar.
pub const BEFORE: &str = "system/before";
/// What is in force now.
pub const AFTER: &str = "system/after";

/// Why a matter is held, or no longer is.
pub const REASON: &str = "system/reason";
/// Who asked for it.
pub const AUTHORITY: &str = "system/authority";
/// Which hold is over: the act that made it.
pub const HOLD: &str = "system/hold";
/// The term of keeping.
pub const TERM: &str = "system/term";
/// The first day after it.
pub const KEPT_UNTIL: &str = "system/kept-until";

/// Which party is to be erased.
pub const PARTY: &str = "system/party";
/// The matter in which it was decided.
pub const DECIDED_IN: &str = "system/decided-in";

const DUE_BEFORE: &str = "system/due-before/";
const DUE_AFTER: &str = "system/due-after/";

/// Whether an act is one of the archives: of nobody's concern but the offices that handle the matter.
#[must_use]
pub fn is_of_archives(act: &Name) -> bool {
    act.as_str().starts_with("retention/") || act.as_str().starts_with("erasure/")
}

/// What a person reads in the timeline; none for acts of the law file.
#[must_use]
pub fn title(act: &Name) -> Option<&'static str> {
    match act.as_str() {
        EDITION_MOVED => Some("适用新版规定"),
        CALENDAR_CORRECTED => Some("按更正的日历重新计算期限"),
        HELD => Some("暂缓销毁"),
        HOLD_RELEASED => Some("解除暂缓销毁"),
        DISPOSAL_PROPOSED => Some("提出销毁"),
        DISPOSED => Some("批准销毁"),
        ERASURE_PROPOSED => Some("提出删除个人信息"),
        ERASED => Some("批准删除个人信息"),
        _ => None,
    }
}

/// What a person reads for a seat that no law file declares: whoever performs such acts, and the three administrators.
#[must_use]
pub fn seat_title(seat: &Name) -> Option<&'static str> {
    match seat.as_str() {
        "operator" => Some("系统管理员"),
        "security" => Some("安全管理员"),
        "auditor" => Some("审计管理员"),
        "law-keeper" => Some("法规管理岗"),
        "archivist" => Some("档案管理岗"),
        _ => None,
    }
}

/// The fact that holds the last day of a limit as it was.
#[must_use]
pub fn due_before(limit: &Name) -> Name {
    Name::new(format!("{DUE_BEFORE}{limit}"))
}

/// The fact that holds the last day of a limit as it is now.
#[must_use]
pub fn due_after(limit: &Name) -> Name {
    Name::new(format!("{DUE_AFTER}{limit}"))
}

/// What a person reads beside such a fact; none for facts of the law file.
#[must_use]
pub fn fact_title(procedure: &Procedure, fact: &Name) -> Option<String> {
    let limit = |name: &str| procedure.limit(&Name::from(name)).map_or_else(|| name.to_owned(), |it| it.title.clone());
    match fact.as_str() {
        BASIS => Some("依据".to_owned()),
        BEFORE => Some("原来的版本".to_owned()),
        AFTER => Some("现在的版本".to_owned()),
        REASON => Some("原因".to_owned()),
        AUTHORITY => Some("要求的机关".to_owned()),
        HOLD => Some("解除的是第几个行为".to_owned()),
        TERM => Some("保管期限".to_owned()),
        KEPT_UNTIL => Some("保管到（不含）".to_owned()),
        PARTY => Some("删除谁的".to_owned()),
        DECIDED_IN => Some("在哪一件里决定".to_owned()),
        name => match (name.strip_prefix(DUE_BEFORE), name.strip_prefix(DUE_AFTER)) {
            (Some(name), _) => Some(format!("{}（原）", limit(name))),
            (_, Some(name)) => Some(format!("{}（现）", limit(name))),
            _ => None,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::procedure;

    #[test]
    fn a_person_reads_words_and_never_a_name() {
        let procedure = procedure();
        let check = |fact: Name, expected: Option<&str>| {
            assert_eq!(fact_title(&procedure, &fact).as_deref(), expected, "{fact}");
        };
        check(due_before(&"review".into()), Some("review（原）"));
        check(due_after(&"gone".into()), Some("gone（现）"));
        check(BASIS.into(), Some("依据"));
        check("income".into(), None);
        assert_eq!(title(&EDITION_MOVED.into()), Some("适用新版规定"));
        assert_eq!(title(&"decide".into()), None);
    }
}

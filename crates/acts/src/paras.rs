//! Paragraphs of papers whose text stands in the law file, with their `{…}` places filled.
//!
//! INVARIANT: a place that has nothing to say is a visible gap, never a word of the program.

use kernel::clock::zh_date;
use kernel::deadline::Deadline;
use kernel::names::Name;
use serde_json::Value as Json;

/// What stands where nothing is known: room for the pen.
const GAP: &str = "＿＿＿＿";

/// A paragraph with its places filled from what the paper knows.
pub fn filled(para: &str, data: &Json, deadlines: &[Deadline]) -> String {
    let mut text = String::new();
    let mut rest = para;
    while let Some((before, after)) = rest.split_once('{') {
        let Some((place, behind)) = after.split_once('}') else { break };
        text.push_str(before);
        text.push_str(&place_of(place, data, deadlines).unwrap_or_else(|| GAP.to_owned()));
        rest = behind;
    }
    text.push_str(rest);
    text
}

fn place_of(place: &str, data: &Json, deadlines: &[Deadline]) -> Option<String> {
    if let Some(limit) = place.strip_prefix("due:") {
        let found = deadlines.iter().find(|deadline| deadline.limit == Name::from(limit))?;
        return found.last_day().map(zh_date);
    }
    let day = |pointer: &str| {
        let text = data.pointer(pointer)?.as_str()?;
        text.parse().ok().map(zh_date)
    };
    let text = |pointer: &str| data.pointer(pointer).and_then(Json::as_str).map(str::to_owned);
    match place {
        "number" => text("/number"),
        "matter.number" => text("/matter/number"),
        "matter.opened" => day("/matter/opened_on"),
        "today" => day("/date"),
        "office" => text("/office/name"),
        "actor" => text("/act/by"),
        field => text(&format!("/act/facts/{field}/text")).or_else(|| text(&format!("/facts/{field}/text"))),
    }
    .filter(|text| !text.trim().is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn places_are_filled_and_gaps_are_seen() {
        let data = json!({
            "number": "1号", "date": "2026-03-02", "matter": { "opened_on": "2026-03-01" },
            "facts": { "applicant.name": { "text": "甲" }, "why": { "text": "旧" } },
            "act": { "by": "乙", "facts": { "why": { "text": "新" } } },
        });
        let check = |para: &str, expected: &str| assert_eq!(filled(para, &data, &[]), expected);
        check(
            "{applicant.name}于{matter.opened}提出，{today}由{actor}办理。",
            "甲于2026年3月1日提出，2026年3月2日由乙办理。",
        );
        check("理由：{why}。期限：{due:reply}。", "理由：新。期限：＿＿＿＿。");
        check("没有{nothing}，也没有{闭合", "没有＿＿＿＿，也没有{闭合");
    }
}

//! What a person is given to read: the service guide (办事指南).
//!
//! Every line is a rule of the procedure with its article; nothing is written here twice. The steps are handed in, so
//! that they are told in the same sentences as beside the flow chart.
//!
//! INVARIANT: a limit that the place sets is read for that place and day, or said to be unpublished.

use jiff::civil::Date;
use kernel::clock::zh_date;
use kernel::procedure::{Citation, Field, FieldKind, LimitKind, Procedure, SeatPlace};
use kernel::world::{Office, Place};

use crate::words::{Words, cell, kind, length};

/// The service guide of a procedure in one place, as Markdown.
#[must_use]
pub fn service_guide(procedure: &Procedure, place: &Place, on: Date, steps: &[String]) -> String {
    let mut page = format!("# {}办事指南\n\n", procedure.title);
    if !procedure.guide.summary.is_empty() {
        page.push_str(&format!("{}\n\n", procedure.guide.summary));
    }
    section(&mut page, "谁可以办", &who(procedure));
    section(&mut page, "要交什么", &materials(procedure));
    section(&mut page, "多久办完", &limits(procedure, place, on));
    section(&mut page, "收费", &fee(procedure));
    let steps: Vec<String> = steps.iter().enumerate().map(|(at, step)| format!("{}. {step}", at + 1)).collect();
    section(&mut page, "怎样办", &steps.join("\n"));
    section(&mut page, "不服怎么办", &remedies(procedure));
    section(&mut page, "到哪里办", &offices(procedure, place));
    section(&mut page, "还没有定论的", &open_points(procedure));
    page.push_str(&format!(
        "---\n\n由《{}》的规则文件生成，{}起施行；{}的标准按{}。\n",
        procedure.statute,
        zh_date(procedure.in_force_from),
        place.name,
        zh_date(on)
    ));
    page
}

fn section(page: &mut String, heading: &str, body: &str) {
    if !body.is_empty() {
        page.push_str(&format!("## {heading}\n\n{}\n\n", body.trim_end()));
    }
}

fn with_cite(text: &str, cite: Option<&Citation>) -> String {
    cite.map_or_else(|| text.to_owned(), |cite| format!("{text}（{cite}）"))
}

fn who(procedure: &Procedure) -> String {
    let lines = procedure.guide.who.iter().map(|(text, cite)| format!("- {}", with_cite(text, cite.as_ref())));
    lines.collect::<Vec<_>>().join("\n")
}

/// What the law leaves open, and how this office reads it until somebody answers.
fn open_points(procedure: &Procedure) -> String {
    let points = procedure.open_points.iter();
    points.map(|point| format!("- {}？暂按：{}（{}）\n", point.question, point.assumption, point.sources)).collect()
}

fn fee(procedure: &Procedure) -> String {
    procedure.guide.fee.as_ref().map(|(text, cite)| with_cite(text, cite.as_ref())).unwrap_or_default()
}

/// The files of the acts by which a party or a window opens the matter; of the first opening act where none does.
fn materials(procedure: &Procedure) -> String {
    let near = |act: &&kernel::procedure::ActDef| {
        let mut places = act.by.iter().filter_map(|seat| procedure.seat(seat)).map(|seat| &seat.place);
        places.any(|place| matches!(place, SeatPlace::Party | SeatPlace::Anywhere))
    };
    let opening = procedure.openings().find(near).or_else(|| procedure.openings().next());
    let files = opening.into_iter().flat_map(|act| act.fields());
    let files: Vec<&Field> = files.filter(|field| matches!(field.kind, FieldKind::Files { .. })).collect();
    if files.is_empty() {
        return "不用交材料，填表就可以。".to_owned();
    }
    let mut table = "| 材料 | 要求 | 说明 | 依据 |\n|---|---|---|---|\n".to_owned();
    for field in files {
        let promise = field.or_promise.as_ref().and_then(|promise| procedure.field(promise));
        let need = match (promise, &field.may_follow, field.required, &field.when) {
            (Some(_), ..) => "可以承诺代替",
            (None, Some(_), ..) => "可以后补",
            (None, None, true, None) => "必须",
            _ => "按需",
        };
        let basis = field.cite.as_ref().map(ToString::to_string).unwrap_or_default();
        table.push_str(&format!("| {} | {need} | {} | {basis} |\n", cell(&field.title), cell(&field.hint)));
    }
    table
}

fn limits(procedure: &Procedure, place: &Place, on: Date) -> String {
    let words = Words(procedure);
    let local = Some((place, on));
    let own = procedure.limits.iter().filter(|limit| limit.kind != LimitKind::Promised);
    let mut table = String::new();
    for limit in own {
        let promised = procedure
            .limits
            .iter()
            .find(|other| other.kind == LimitKind::Promised && other.from == limit.from && other.spans == limit.spans);
        let statutory = match limit.kind {
            LimitKind::Statutory => length(limit, local),
            _ => format!("{}（{}）", length(limit, local), kind(limit.kind)),
        };
        let promised = promised.map(|promised| length(promised, local)).unwrap_or_default();
        let basis = limit.cite.as_ref().map(ToString::to_string).unwrap_or_default();
        let (title, start) = (cell(&limit.title), cell(&words.start(limit)));
        table.push_str(&format!("| {title} | {start} | {statutory} | {promised} | {basis} |\n"));
    }
    if table.is_empty() {
        return "没有数字期限。".to_owned();
    }
    format!("| 期限 | 从什么时候起 | 最多多久 | 承诺 | 依据 |\n|---|---|---|---|---|\n{table}")
}

fn remedies(procedure: &Procedure) -> String {
    let told = procedure.acts.iter().filter_map(|act| {
        let remedy = act.remedy.as_ref()?;
        Some(format!(
            "- {}：{}。向谁提：{}。期限：{}。（{}）",
            act.title, remedy.text, remedy.body, remedy.term, remedy.cite
        ))
    });
    let mut lines: Vec<String> = Vec::new();
    for line in told {
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    lines.join("\n")
}

fn offices(procedure: &Procedure, place: &Place) -> String {
    let of_kind = place.offices.iter().filter(|office| office.kind == procedure.competence.office_kind);
    let mut offices: Vec<&Office> = of_kind.collect();
    offices.sort_by_key(|office| (kernel::world::significant(&office.area).len(), office.id.clone()));
    let line = |office: &&Office| format!("- {}　电话 {}　{}", office.name, office.phone, office.address);
    let mut lines: Vec<String> = offices.iter().map(line).collect();
    if !procedure.guide.phone.is_empty() {
        lines.push(format!("- 咨询电话 {}", procedure.guide.phone));
    }
    lines.join("\n")
}

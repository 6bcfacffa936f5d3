//! `xiezhi check`: the law files against themselves, their worked cases, and the statutes they cite.

use crate::answer::{Answer, Complaint};
use crate::law::{self, LawText};
use crate::{boot, cli, edge, import};
use kernel::procedure::OpenPoint;
use serde_json::{Value as Json, json};
use statute::{Book, Corpus, Diagnostic, NoCorpus, Severity, Summary, Texts};

/// Checks the law.
///
/// # Errors
/// When files cannot be read; what is wrong in them is in the answer.
pub fn check(asked: &cli::Check) -> Result<Answer, Complaint> {
    let text = LawText::find(asked.law.as_deref())?;
    let corpus = match (&asked.corpus, &asked.data) {
        (Some(folder), _) => Some(Texts::new(import::read_folder(folder)?.into_iter().map(|(statute, _)| statute))),
        (None, Some(data)) => Some(import::from_store(&boot::store(data, None)?.0)?),
        (None, None) => None,
    };
    let (book, mut found) = text.read();
    let known: &dyn Corpus = corpus.as_ref().map_or(&NoCorpus, |texts| texts);
    let (more, summary) = statute::check(&book, known, edge::today());
    found.extend(more);
    found.sort_by(|a, b| (&a.path, a.span.start, a.code).cmp(&(&b.path, b.span.start, b.code)));
    let errors = law::errors(&found).len();
    let points = open_points(&book);
    let mut said = String::new();
    if !found.is_empty() {
        said.push_str(&text.drawn(&found));
        said.push('\n');
    }
    said.push_str(&summed(&summary, corpus.is_some(), found.len() - errors, errors));
    if asked.open {
        for (matter, point) in &points {
            said.push_str(&format!(
                "\n待核〔{matter}·{}〕{}\n  按：{}\n  依据：{}\n  请问：{}",
                point.name, point.question, point.assumption, point.sources, point.owner
            ));
        }
    }
    Ok(Answer { holds: errors == 0, text: said, data: data(&text, &found, &summary, corpus.is_some(), &points) })
}

fn summed(summary: &Summary, with_corpus: bool, warnings: usize, errors: usize) -> String {
    let cited = match (summary.resolved * 100).checked_div(summary.citations) {
        _ if !with_corpus => format!("引用{}处（没有给法律全文，未核对：加 --corpus 目录）", summary.citations),
        None => "引用0处".to_owned(),
        Some(percent) => {
            let absent = match summary.absent {
                0 => String::new(),
                absent => format!("；另有{absent}处引用的版本注明没有全文可以核对"),
            };
            format!("引用{}/{}处对上条文（{percent}%）{absent}", summary.resolved, summary.citations)
        }
    };
    format!(
        "事项{}个，环节{}个，行为{}个，期限{}个\n{cited}\n走过{}个状态；算例{}个都已运行，待核问题{}个\n错误{errors}处，提醒{warnings}处{}",
        summary.matters,
        summary.stages,
        summary.acts,
        summary.limits,
        summary.states,
        summary.worked_cases,
        summary.open_points,
        if errors == 0 { "：可以使用" } else { "：不能使用，请按上面的建议改正" },
    )
}

fn open_points(book: &Book) -> Vec<(String, OpenPoint)> {
    let of = |procedure: &kernel::procedure::Procedure| {
        let title = procedure.title.clone();
        procedure.open_points.clone().into_iter().map(move |point| (title.clone(), point))
    };
    book.procedures.iter().flat_map(of).collect()
}

fn data(
    text: &LawText,
    found: &[Diagnostic],
    summary: &Summary,
    with_corpus: bool,
    points: &[(String, OpenPoint)],
) -> Json {
    let one = |one: &Diagnostic| {
        let (line, column) = text.place_of(one);
        let severity = if one.severity == Severity::Error { "error" } else { "warning" };
        json!({ "code": one.code, "severity": severity, "path": one.path, "line": line, "column": column,
                "start": one.span.start, "end": one.span.end, "message": one.message, "help": one.help,
                "heading": one.heading, "run": one.run })
    };
    let point = |(matter, point): &(String, OpenPoint)| {
        json!({ "matter": matter, "name": point.name.to_string(), "question": point.question,
                "assumption": point.assumption, "sources": point.sources, "owner": point.owner })
    };
    json!({ "holds": law::errors(found).is_empty(), "matters": summary.matters, "stages": summary.stages,
            "acts": summary.acts, "limits": summary.limits, "citations": summary.citations,
            "resolved": with_corpus.then_some(summary.resolved), "absent": summary.absent, "states": summary.states,
            "worked_cases": summary.worked_cases,
            "open_points": points.iter().map(point).collect::<Vec<_>>(),
            "diagnostics": found.iter().map(one).collect::<Vec<_>>() })
}

//! To be read: an imported statute, and the listing of the API.
//!
//! A statute is shown as imported, article by article; the API as its OpenAPI document says.
//!
//! INVARIANT: the text of an article is never shortened.

use askama::Template;
use serde_json::Value;

use super::shell::{PublicShell, WorkShell};
use crate::components::Link;
use crate::components::field::FieldView;

/// One article of a statute.
#[derive(Debug, Clone)]
pub struct Article {
    /// Anchor, such as `a43`.
    pub anchor: String,
    /// `第四十三条`.
    pub name: String,
    /// Paragraphs without the name.
    pub text: Vec<String>,
    /// Cited by these stages of procedures.
    pub cited_by: Vec<Link>,
    /// Found by the search.
    pub found: bool,
}

/// A chapter with its articles.
#[derive(Debug, Clone)]
pub struct Chapter {
    /// `第四章　程序和实施`; empty for a statute without chapters.
    pub title: String,
    /// The articles.
    pub articles: Vec<Article>,
}

/// A statute to be read.
#[derive(Debug, Clone, Template)]
#[template(path = "work/law.html")]
pub struct LawRead {
    /// The frame.
    pub shell: WorkShell,
    /// Name of the statute.
    pub heading: String,
    /// Passed by whom and when, in force from, source of the text.
    pub about: Vec<String>,
    /// Where the search is sent (`get`).
    pub action: String,
    /// The search.
    pub search: FieldView,
    /// What was found, in a sentence; empty without a search.
    pub found: String,
    /// The chapters.
    pub chapters: Vec<Chapter>,
    /// Other statutes.
    pub others: Vec<Link>,
}

/// One operation of the API.
#[derive(Debug, Clone)]
pub struct Operation {
    /// `GET`, `POST`.
    pub method: String,
    /// The path.
    pub path: String,
    /// What it does.
    pub summary: String,
    /// Name, place, required and meaning of each parameter.
    pub parameters: Vec<String>,
    /// Status and meaning of each answer.
    pub answers: Vec<String>,
}

/// The API, listed.
#[derive(Debug, Clone, Template)]
#[template(path = "public/api.html")]
pub struct ApiDocs {
    /// The frame.
    pub shell: PublicShell,
    /// Title of the document.
    pub heading: String,
    /// Its description.
    pub lead: String,
    /// The document itself.
    pub document_href: String,
    /// The operations.
    pub operations: Vec<Operation>,
}

impl ApiDocs {
    /// Lists an OpenAPI document. What the document leaves out is left out here.
    #[must_use]
    pub fn listed(shell: PublicShell, document_href: String, document: &Value) -> Self {
        let paths = document.get("paths").and_then(Value::as_object);
        let operations = paths.into_iter().flatten().flat_map(|(path, item)| {
            let methods = item.as_object().into_iter().flatten();
            methods.filter(|(key, _)| is_method(key)).map(|(method, body)| operation(path, method, body))
        });
        Self {
            shell,
            heading: text(document, "/info/title"),
            lead: text(document, "/info/description"),
            document_href,
            operations: operations.collect(),
        }
    }
}

fn is_method(key: &str) -> bool {
    matches!(key, "get" | "put" | "post" | "delete" | "patch" | "head" | "options")
}

fn operation(path: &str, method: &str, body: &Value) -> Operation {
    let parameters = body.get("parameters").and_then(Value::as_array);
    let answers = body.get("responses").and_then(Value::as_object);
    Operation {
        method: method.to_uppercase(),
        path: path.to_owned(),
        summary: text(body, "/summary"),
        parameters: parameters.into_iter().flatten().map(parameter).collect(),
        answers: answers
            .into_iter()
            .flatten()
            .map(|(status, answer)| format!("{status}　{}", text(answer, "/description")))
            .collect(),
    }
}

fn parameter(parameter: &Value) -> String {
    let required = parameter.get("required").and_then(Value::as_bool).unwrap_or(false);
    let need = if required { "必填" } else { "选填" };
    let name = text(parameter, "/name");
    format!("{name}（{}，{need}）　{}", text(parameter, "/in"), text(parameter, "/description"))
}

fn text(value: &Value, pointer: &str) -> String {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
}

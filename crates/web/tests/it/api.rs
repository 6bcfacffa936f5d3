//! The API from outside: a round trip, its refusals, and the document that describes it.

use crate::desk::{PASSWORD, application, filed, signed_in, staffed};
use crate::site::{Browser, Page, Site, resident};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, IF_MATCH};
use axum::http::{Request, StatusCode};
use serde_json::{Map, Value as Json, json};

/// A caller with a token.
struct Caller {
    browser: Browser,
    token: String,
}

impl Caller {
    async fn of(site: &Site, login: &str) -> Caller {
        let mut caller = Caller { browser: site.browser(), token: String::new() };
        let (status, body) =
            caller.post("/api/v1/sessions", &[], &json!({ "login": login, "password": PASSWORD })).await;
        assert_eq!(status, StatusCode::CREATED, "{body}");
        caller.token = body["token"].as_str().unwrap().to_owned();
        caller
    }

    async fn post(&mut self, path: &str, headers: &[(&str, &str)], body: &Json) -> (StatusCode, Json) {
        self.text(path, headers, body.to_string()).await
    }

    async fn text(&mut self, path: &str, headers: &[(&str, &str)], body: String) -> (StatusCode, Json) {
        let mut request = Request::post(path).header(CONTENT_TYPE, "application/json");
        if !self.token.is_empty() {
            request = request.header(AUTHORIZATION, format!("Bearer {}", self.token));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        read(&self.browser.ask(request, body).await)
    }

    async fn get(&mut self, path: &str) -> (StatusCode, Json) {
        let request = Request::get(path).header(AUTHORIZATION, format!("Bearer {}", self.token));
        read(&self.browser.ask(request, "").await)
    }
}

/// Every refusal is a problem document with a sentence.
fn read(page: &Page) -> (StatusCode, Json) {
    let body: Json = serde_json::from_str(&page.text).unwrap_or_else(|_| panic!("{}: {}", page.status, page.text));
    if !page.status.is_success() {
        assert_eq!(page.media, "application/problem+json");
        for key in ["type", "title", "status", "detail", "fields"] {
            assert!(body.get(key).is_some(), "{key}: {body}");
        }
        assert_ne!(page.status, StatusCode::INTERNAL_SERVER_ERROR, "{body}");
    }
    (page.status, body)
}

fn applied(id: &str) -> Json {
    let mut fields: Map<String, Json> =
        application(id).into_iter().map(|(name, text)| (name.to_owned(), json!(text))).collect();
    fields.insert("family-size".into(), json!(3));
    fields.insert("truthful".into(), json!(true));
    fields.insert("hardship-promise".into(), json!(true));
    fields.insert("wishes".into(), json!(["lawyer-lu"]));
    fields.insert("id-copy".into(), json!([{ "name": "身份证.jpg", "content": "/9j/4AAQSkZJRgA=" }]));
    Json::Object(fields)
}

#[tokio::test]
async fn a_matter_goes_through_the_api_as_through_the_pages() {
    let site = staffed("2026-03-02");
    let mut window = Caller::of(&site, "window").await;
    let body = applied(&resident("11010519900101041"));
    let path = "/api/v1/procedures/legal-aid/apply?channel=judicial-office";
    let (status, done) = window.post(path, &[("idempotency-key", "first")], &body).await;
    assert_eq!(status, StatusCode::CREATED, "{done}");
    assert_eq!(done["numbers"]["matter"], "〔2026〕东援申字第1号");
    let (_, again) = window.post(path, &[("idempotency-key", "first")], &body).await;
    assert_eq!((&again["matter"], &again["replayed"]), (&done["matter"], &json!(true)));
    let href = done["href"].as_str().unwrap().to_owned();
    let mut clerk = Caller::of(&site, "clerk").await;
    let (_, list) = clerk.get("/api/v1/worklist?box=todo").await;
    assert_eq!((&list["total"], &list["counters"]["todo"]), (&json!(1), &json!(1)));
    assert_eq!(list["rows"][0]["href"], href);
    let (_, seen) = clerk.get(&href).await;
    assert_eq!(seen["version"], 1);
    assert!(!seen.to_string().contains("13800000017"), "{seen}");
    let act = format!("{href}/acts/propose-grant");
    let said = json!({ "applicant-groups": ["migrant", "woman"], "review-opinion": "拟同意。" });
    let (status, _) = clerk.post(&act, &[], &said).await;
    assert_eq!(status, StatusCode::PRECONDITION_REQUIRED);
    let (status, _) = clerk.post(&act, &[(IF_MATCH.as_str(), "\"9\"")], &said).await;
    assert_eq!(status, StatusCode::PRECONDITION_FAILED);
    let (status, done) = clerk.post(&act, &[(IF_MATCH.as_str(), "\"1\"")], &said).await;
    assert_eq!((status, &done["version"]), (StatusCode::CREATED, &json!(2)), "{done}");
    let (_, receipt) = clerk.get(done["receipt"].as_str().unwrap()).await;
    let (_, verdict) = clerk.post("/api/v1/verify", &[], &receipt).await;
    assert_eq!(verdict["holds"], true, "{verdict}");
    let mut changed = receipt.clone();
    changed["act"] = json!(receipt["act"].as_str().unwrap().replace("propose-grant", "propose-refuse"));
    let (_, verdict) = clerk.post("/api/v1/verify", &[], &changed).await;
    assert_eq!(verdict["holds"], false);
}

#[tokio::test]
async fn bad_input_is_a_problem_that_says_what_to_do() {
    let site = staffed("2026-03-02");
    let mut window = Caller::of(&site, "window").await;
    let path = "/api/v1/procedures/legal-aid/apply";
    for (body, status) in
        [("", 400), ("[]", 400), ("{", 400), ("{\"a\":1}", 422), ("{}", 422), ("{\"id-copy\":\"x\"}", 422)]
    {
        assert_eq!(window.text(path, &[], body.to_owned()).await.0.as_u16(), status, "{body}");
    }
    let mut body = applied("110105199001010019");
    body["income"] = json!("很多");
    let (_, problem) = window.post(path, &[], &body).await;
    let fields: Vec<&str> =
        problem["fields"].as_array().unwrap().iter().map(|field| field["field"].as_str().unwrap()).collect();
    assert_eq!(fields, ["applicant.id-number", "income"], "{problem}");
    let (status, _) = window.get("/api/v1/matters/nothing").await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let (status, _) = window.get("/api/v1/matters/nothing/receipts/x").await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    for (body, status) in [(json!({}), 422), (json!({ "login": "clerk", "password": "wrong" }), 401)] {
        assert_eq!(window.post("/api/v1/sessions", &[], &body).await.0.as_u16(), status);
    }
    let (_, verdict) = window.text("/api/v1/verify", &[], "not a receipt".to_owned()).await;
    assert_eq!(verdict["holds"], false);
    let mut nobody = Caller { browser: site.browser(), token: String::new() };
    for path in ["/api/v1/worklist", "/api/v1/matters/x", "/api/v1/matters/x/receipts/1"] {
        assert_eq!(nobody.get(path).await.0, StatusCode::UNAUTHORIZED, "{path}");
    }
    assert_eq!(nobody.post(path, &[], &json!({})).await.0, StatusCode::UNAUTHORIZED);
    let mut west = Caller::of(&site, "clerk-west").await;
    assert_eq!(west.post(path, &[], &json!({})).await.0, StatusCode::FORBIDDEN);
    let matter = filed(&mut signed_in(&site, "window").await, &resident("11010519900101042")).await;
    let id = matter.rsplit('/').next().unwrap();
    assert_eq!(west.get(&format!("/api/v1/matters/{id}")).await.0, StatusCode::NOT_FOUND);
    let mut clerk = Caller::of(&site, "clerk").await;
    let grant = format!("/api/v1/matters/{id}/acts/grant");
    assert_eq!(
        clerk.post(&grant, &[(IF_MATCH.as_str(), "1")], &json!({ "approval-opinion": "同意" })).await.0,
        StatusCode::FORBIDDEN
    );
}

#[tokio::test]
async fn the_document_lists_every_act_with_its_fields() {
    let site = staffed("2026-03-02");
    let mut browser = site.browser();
    let page = browser.get("/api/openapi.json").await;
    let document: Json = serde_json::from_str(&page.text).unwrap();
    assert_eq!(document["openapi"], "3.1.0");
    let listed = document["paths"].as_object().unwrap();
    let on = site.now().on();
    let in_force = |procedure: &&std::sync::Arc<kernel::procedure::Procedure>| {
        let current = site.bureau.law.current(&procedure.id, on);
        current.is_some_and(|current| current.edition == procedure.edition)
    };
    for procedure in site.bureau.law.procedures.iter().filter(in_force) {
        for act in procedure.acts.iter().filter(|act| !act.by.is_empty()) {
            let schema = &document["components"]["schemas"][format!("{}.{}", procedure.id, act.name)];
            for field in act.fields() {
                assert_eq!(
                    schema["properties"][field.name.as_str()]["title"],
                    field.title,
                    "{} {}",
                    act.name,
                    field.name
                );
            }
            let path = if act.within.is_empty() {
                format!("/api/v1/procedures/{}/{}", procedure.id, act.name)
            } else {
                format!("/api/v1/matters/{{matter}}/acts/{}", act.name)
            };
            assert!(listed.contains_key(&path), "{path}");
        }
    }
    // Every reference leads somewhere.
    let mut references = Vec::new();
    collect(&document, &mut references);
    assert!(references.len() > 10);
    for reference in references {
        assert!(document.pointer(reference.trim_start_matches('#')).is_some(), "{reference}");
    }
    browser.get("/api").await.says("/api/v1/procedures/legal-aid/apply").says("法律援助：申请法律援助");
}

fn collect(value: &Json, found: &mut Vec<String>) {
    match value {
        Json::Object(object) => {
            found.extend(object.get("$ref").and_then(Json::as_str).map(str::to_owned));
            object.values().for_each(|inner| collect(inner, found));
        }
        Json::Array(items) => items.iter().for_each(|inner| collect(inner, found)),
        _ => {}
    }
}

//! The description of the API (OpenAPI 3.1), made from the procedures in force.
//!
//! A field or an act added to a law file is in the description without any change here.

use crate::app::App;
use crate::desk::clerk::procedures;
use kernel::names::Name;
use kernel::procedure::{ActDef, ChoiceList, Field, FieldKind, Procedure};
use serde_json::{Map, Value as Json, json};

/// The whole document.
pub fn document(app: &App) -> Json {
    let mut paths = fixed_paths();
    let mut schemas = Map::new();
    schemas.insert("problem".into(), problem_schema());
    schemas.insert("done".into(), done_schema());
    for procedure in procedures(app) {
        for act in procedure.acts.iter().filter(|act| !act.by.is_empty()) {
            let name = format!("{}.{}", procedure.id, act.name);
            schemas.insert(name.clone(), schema(&procedure, act));
            let path = if act.within.is_empty() {
                format!("/api/v1/procedures/{}/{}", procedure.id, act.name)
            } else {
                format!("/api/v1/matters/{{matter}}/acts/{}", act.name)
            };
            let item = paths.entry(path).or_insert_with(|| json!({}));
            if let Some(item) = item.as_object_mut() {
                add_operation(item, operation(&procedure, act, &name), &name);
            }
        }
    }
    json!({
        "openapi": "3.1.0",
        "info": { "title": format!("{}接口", app.site.name), "version": "1",
            "description": "和页面走同一条路：谁有什么岗位，就能办什么事。字段、选项和步骤都从法律文件生成。出错时返回application/problem+json，写明哪里不对、怎样更正。" },
        "paths": paths,
        "components": { "schemas": schemas,
            "securitySchemes": { "bearer": { "type": "http", "scheme": "bearer", "description": "用POST /api/v1/sessions取得的令牌" } } },
        "security": [{ "bearer": [] }],
    })
}

/// Two procedures may have an act of the same name: its body is then one of both.
fn add_operation(item: &mut Map<String, Json>, operation: Json, name: &str) {
    let pointer = "/requestBody/content/application~1json/schema";
    match item.get_mut("post").and_then(|post| post.pointer_mut(pointer)) {
        None => {
            item.insert("post".into(), operation);
        }
        Some(schema) => {
            let reference = json!({ "$ref": format!("#/components/schemas/{name}") });
            match schema.get_mut("anyOf").and_then(Json::as_array_mut) {
                Some(several) => several.push(reference),
                None => *schema = json!({ "anyOf": [schema.clone(), reference] }),
            }
        }
    }
}

fn operation(procedure: &Procedure, act: &ActDef, schema: &str) -> Json {
    let key = parameter("Idempotency-Key", "header", false, "自己定的键；同样的键再发一次，只办一次。");
    let parameters = if act.within.is_empty() {
        vec![parameter("channel", "query", false, "渠道，见procedure的channels。"), key]
    } else {
        vec![
            parameter("matter", "path", true, "办件。"),
            parameter("If-Match", "header", true, "读取办件时的版本，如\"3\"。"),
            key,
        ]
    };
    let by: Vec<String> = act
        .by
        .iter()
        .map(|seat| procedure.seat(seat).map_or_else(|| seat.to_string(), |seat| seat.title.clone()))
        .collect();
    let cites: Vec<String> = act.cites.iter().map(ToString::to_string).collect();
    json!({
        "summary": format!("{}：{}", procedure.title, act.title),
        "description": format!("办理人：{}。依据：{}。", by.join("、"), cites.join("、")),
        "operationId": schema.replace('.', "_"),
        "tags": [procedure.title],
        "x-seats": act.by.iter().map(Name::as_str).collect::<Vec<_>>(),
        "parameters": parameters,
        "requestBody": { "required": true, "content": { "application/json": { "schema": { "$ref": format!("#/components/schemas/{schema}") } } } },
        "responses": responses("201", "已办理", json!({ "$ref": "#/components/schemas/done" })),
    })
}

fn parameter(name: &str, place: &str, required: bool, description: &str) -> Json {
    json!({ "name": name, "in": place, "required": required, "description": description, "schema": { "type": "string" } })
}

fn responses(status: &str, meaning: &str, schema: Json) -> Json {
    let problem = |description: &str| json!({ "description": description, "content": { "application/problem+json": { "schema": { "$ref": "#/components/schemas/problem" } } } });
    json!({
        status: { "description": meaning, "content": { "application/json": { "schema": schema } } },
        "400": problem("请求不能读取"),
        "401": problem("没有登录"),
        "403": problem("岗位不能办这一步"),
        "404": problem("没有找到，或者不归您查看"),
        "410": problem("已按保管期限销毁"),
        "412": problem("办件有了新变化，要重新读取"),
        "413": problem("内容太大"),
        "422": problem("内容没有填对，或者现在不能这样办"),
        "428": problem("没有说看到的是哪一版"),
        "429": problem("太频繁，请过一会儿再来"),
        "503": problem("暂时办不了"),
    })
}

fn fixed_paths() -> Map<String, Json> {
    let get = |summary: &str, parameters: Vec<Json>, open: bool, read: Json| {
        let mut operation =
            json!({ "summary": summary, "parameters": parameters, "responses": responses("200", "读到的内容", read) });
        if let (true, Some(object)) = (open, operation.as_object_mut()) {
            object.insert("security".into(), json!([]));
        }
        json!({ "get": operation })
    };
    let post = |summary: &str, status: &str, body: Json, result: Json| {
        json!({ "post": { "summary": summary, "security": [], "responses": responses(status, "结果", result),
            "requestBody": { "required": true, "content": { "application/json": { "schema": body } } } } })
    };
    let credentials = json!({ "type": "object", "required": ["login", "password"],
        "properties": { "login": { "type": "string", "title": "账号" }, "password": { "type": "string", "title": "密码" },
            "code": { "type": "string", "title": "动态验证码或者恢复码",
                "description": "账号有二次验证时要填；没有填，答复的type是/api#code-needed。" } } });
    let boxes = parameter("box", "query", false, "todo待办，soon临期，overdue超期，stopped中止，all全部。");
    let page = parameter("page", "query", false, "第几页，从1起。");
    let matter = || parameter("matter", "path", true, "办件。");
    let mut sessions =
        post("登录，取得令牌", "201", credentials, of(&[("token", "string"), ("idle_seconds", "integer")]));
    if let Some(item) = sessions.as_object_mut() {
        item.insert("delete".into(), sign_out());
    }
    [
        ("/api/v1/sessions", sessions),
        ("/api/v1/procedures", get("在施行的程序", vec![], true, of(&[("procedures", "array")]))),
        (
            "/api/v1/procedures/{procedure}",
            get(
                "一个程序：环节、步骤和字段",
                vec![parameter("procedure", "path", true, "程序。")],
                true,
                of(&[
                    ("id", "string"),
                    ("title", "string"),
                    ("edition", "string"),
                    ("stages", "array"),
                    ("acts", "array"),
                ]),
            ),
        ),
        (
            "/api/v1/matters/{matter}",
            get("一个办件，按您的岗位看得到的样子；ETag是版本", vec![matter()], false, of(MATTER)),
        ),
        (
            "/api/v1/matters/{matter}/receipts/{version}",
            get(
                "一步的凭证",
                vec![matter(), parameter("version", "path", true, "第几步。")],
                false,
                json!({ "type": "object", "minProperties": 1 }),
            ),
        ),
        ("/api/v1/worklist", get("待办清单和各类件数", vec![boxes, page], false, of(WORKLIST))),
        (
            "/api/v1/verify",
            // Whatever was received may be asked about: what is no receipt is answered with what does not hold.
            post(
                "核验凭证",
                "200",
                json!({ "title": "凭证文件的内容" }),
                of(&[("holds", "boolean"), ("checks", "array"), ("says", "array")]),
            ),
        ),
    ]
    .into_iter()
    .map(|(path, item)| (path.to_owned(), item))
    .collect()
}

/// What a matter says of itself, as [`super::reading`] writes it.
const MATTER: &[(&str, &str)] = &[
    ("matter", "string"),
    ("version", "integer"),
    ("procedure", "string"),
    ("title", "string"),
    ("stage", "string"),
    ("stage_title", "string"),
    ("closed", "boolean"),
    ("sealed", "boolean"),
    ("turn", "array"),
    ("facts", "array"),
    ("clocks", "array"),
    ("timeline", "array"),
    ("papers", "array"),
    ("actions", "array"),
];

/// What a worklist says.
const WORKLIST: &[(&str, &str)] =
    &[("total", "integer"), ("page", "integer"), ("per_page", "integer"), ("counters", "object"), ("rows", "array")];

/// An object with these members, each of its type.
fn of(members: &[(&str, &str)]) -> Json {
    let properties: Map<String, Json> =
        members.iter().map(|(name, kind)| ((*name).to_owned(), json!({ "type": kind }))).collect();
    let required: Vec<&str> = members.iter().map(|(name, _)| *name).collect();
    json!({ "type": "object", "properties": properties, "required": required })
}

fn sign_out() -> Json {
    let mut answers = responses("204", "已退出", json!({}));
    if let Some(done) = answers.get_mut("204") {
        *done = json!({ "description": "已退出" });
    }
    json!({ "summary": "退出，令牌作废", "responses": answers })
}

fn problem_schema() -> Json {
    json!({ "type": "object", "title": "出错说明", "required": ["type", "title", "status", "detail", "fields"], "properties": {
        "type": { "type": "string", "title": "种类" }, "title": { "type": "string", "title": "种类的名称" },
        "status": { "type": "integer" }, "detail": { "type": "string", "title": "发生了什么，怎样更正" },
        "fields": { "type": "array", "items": { "type": "object", "required": ["field", "message"],
            "properties": { "field": { "type": "string" }, "message": { "type": "string" } } } } } })
}

fn done_schema() -> Json {
    json!({ "type": "object", "title": "办理结果", "required": ["matter", "version", "hash", "numbers", "receipt"], "properties": {
        "matter": { "type": "string", "title": "办件" }, "version": { "type": "integer", "title": "第几步" },
        "hash": { "type": "string", "title": "指纹" }, "replayed": { "type": "boolean", "title": "同样的键已经办过" },
        "numbers": { "type": "object", "title": "抽取的编号和文书号", "additionalProperties": { "type": "string" } },
        "href": { "type": "string" }, "receipt": { "type": "string", "title": "凭证的地址" } } })
}

/// The schema of what an act must be told.
pub fn schema(procedure: &Procedure, act: &ActDef) -> Json {
    let properties: Map<String, Json> =
        act.fields().map(|field| (field.name.to_string(), property(procedure, field))).collect();
    let promised: Vec<&Name> = act.fields().filter_map(|field| field.or_promise.as_ref()).collect();
    let is_required = |field: &&Field| {
        let answers_itself = matches!(field.kind, FieldKind::Bool);
        field.required
            && field.when.is_none()
            && field.or_promise.is_none()
            && !promised.contains(&&field.name)
            && !answers_itself
    };
    let required: Vec<&str> = act.fields().filter(is_required).map(|field| field.name.as_str()).collect();
    json!({ "type": "object", "title": act.title, "properties": properties, "required": required, "additionalProperties": false })
}

fn property(procedure: &Procedure, field: &Field) -> Json {
    let mut property = kind(procedure, &field.kind);
    let mut about: Vec<String> = Vec::new();
    if let Some(given) = property.get("description").and_then(Json::as_str) {
        about.push(given.to_owned());
    }
    if !field.hint.is_empty() {
        about.push(field.hint.clone());
    }
    if field.when.is_some() {
        about.push("看前面的回答才问。".to_owned());
    }
    if let Some(promise) = &field.or_promise {
        about.push(format!("可以用{promise}代替，两样只要一样。"));
    }
    if let Some(cite) = &field.cite {
        about.push(format!("依据：{cite}。"));
    }
    if let Some(object) = property.as_object_mut() {
        object.insert("title".into(), json!(field.title));
        if !about.is_empty() {
            object.insert("description".into(), json!(about.join(" ")));
        }
    }
    property
}

fn entries(list: Option<&ChoiceList>) -> (Vec<&str>, String) {
    let entries = list.map(|list| list.entries.as_slice()).unwrap_or_default();
    let names = entries.iter().map(|entry| entry.name.as_str()).collect();
    let said: Vec<String> = entries.iter().map(|entry| format!("{}：{}", entry.name, entry.title)).collect();
    (names, said.join("；"))
}

fn kind(procedure: &Procedure, kind: &FieldKind) -> Json {
    match kind {
        FieldKind::Text { max_chars } | FieldKind::Long { max_chars } => {
            json!({ "type": "string", "maxLength": max_chars })
        }
        FieldKind::Money => {
            json!({ "type": "string", "pattern": r"^\d+(\.\d{1,2})?$", "description": "元，最多两位小数。" })
        }
        FieldKind::Number { min, max } => json!({ "type": "integer", "minimum": min, "maximum": max }),
        FieldKind::Date { past } => {
            json!({ "type": "string", "format": "date", "description": if *past { "不晚于今天。" } else { "如2026-02-13。" } })
        }
        FieldKind::Time => json!({ "type": "string", "description": "机构所在地的日期和时间，如2026-02-13T09:30。" }),
        FieldKind::Bool => json!({ "type": "boolean" }),
        FieldKind::Promise { text } => json!({ "type": "boolean", "description": text }),
        FieldKind::Choice { list } => {
            let (names, said) = entries(procedure.choice_list(list));
            json!({ "type": "string", "enum": names, "description": said })
        }
        FieldKind::Choices { list } => {
            let (names, said) = entries(procedure.choice_list(list));
            json!({ "type": "array", "items": { "type": "string", "enum": names }, "uniqueItems": true, "description": said })
        }
        FieldKind::Ranking { register, max } => {
            json!({ "type": "array", "items": { "type": "string" }, "maxItems": max, "uniqueItems": true, "description": format!("名册{register}里的标识，按先后。") })
        }
        FieldKind::ResidentId => {
            json!({ "type": "string", "pattern": r"^\d{17}[\dXx]$", "description": "18位公民身份号码（GB 11643）。" })
        }
        FieldKind::CreditCode => {
            json!({ "type": "string", "pattern": "^[0-9A-HJ-NPQRTUWXY]{18}$", "description": "统一社会信用代码（GB 32100）。" })
        }
        FieldKind::Phone => json!({ "type": "string", "description": "手机号码。" }),
        FieldKind::Region => {
            json!({ "type": "string", "pattern": r"^\d{6,12}$", "description": "本市的行政区划代码（GB/T 2260）。" })
        }
        FieldKind::Office { kind } => json!({ "type": "string", "description": format!("种类为{kind}的机构的标识。") }),
        FieldKind::Colleague { seat } => {
            let title = procedure.seat(seat).map_or(seat.as_str(), |seat| seat.title.as_str());
            json!({ "type": "string", "description": format!("同一机构里另一名{title}的账号。") })
        }
        FieldKind::Item { act } => {
            let title = procedure.act(act).map_or(act.as_str(), |act| act.title.as_str());
            json!({ "type": "string", "pattern": r"^\d+$", "description": format!("一次还没有答复的“{title}”，写它的序号。") })
        }
        FieldKind::Matter { .. } => json!({ "type": "string", "description": "另一件的办件编号。" }),
        FieldKind::Files { media, max_bytes } => {
            json!({ "type": "array", "description": format!("收{}，每个不超过{}MB。", media.join("、"), max_bytes / 1_048_576),
            "items": { "type": "object", "required": ["name", "content"], "additionalProperties": false, "properties": {
                "name": { "type": "string", "title": "文件名" }, "content": { "type": "string", "contentEncoding": "base64", "title": "内容" } } } })
        }
    }
}

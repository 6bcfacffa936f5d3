//! The table of routes, as the program declares it: a new route is attacked without being named here.

use web::access::Who;

/// A stream that never ends is not read to its end here.
pub const STREAM: &str = "/desk/work/changes";

/// Every route: method and path.
pub fn routes() -> Vec<(&'static str, String)> {
    let rules = web::routes::rules();
    let named = |rule: &web::access::Rule| match rule.method.as_str() {
        "GET" => "GET",
        "POST" => "POST",
        "DELETE" => "DELETE",
        other => panic!("the attacks do not know the method {other}"),
    };
    let found: Vec<_> = rules.iter().map(|rule| (named(rule), rule.path.to_owned())).collect();
    assert!(found.len() > 60, "a table that is not read shows nothing: {}", found.len());
    found
}

/// Who may use a route.
pub fn who(method: &str, path: &str) -> Who {
    let rules = web::routes::rules();
    let rule = rules.iter().find(|rule| rule.method.as_str() == method && rule.path == path);
    rule.map_or_else(|| panic!("no route {method} {path}"), |rule| rule.who)
}

/// A path with its parameters filled in.
pub fn filled(path: &str, with: impl Fn(&str) -> String) -> String {
    let parts = path.split('/').map(|part| {
        let (name, rest) = part.strip_prefix('{').and_then(|part| part.split_once('}'))?;
        Some(with(name) + rest)
    });
    let parts: Vec<String> =
        path.split('/').zip(parts).map(|(part, own)| own.unwrap_or_else(|| part.to_owned())).collect();
    parts.join("/")
}

#[test]
fn the_table_is_read() {
    let routes = routes();
    let has = |method: &str, path: &str| routes.iter().any(|(own, at)| *own == method && at == path);
    assert!(has("GET", "/desk/matters/{id}") && has("POST", "/desk/matters/{id}/acts/{act}"));
    assert!(has("GET", STREAM) && has("DELETE", "/api/v1/sessions") && has("POST", "/status/code"));
    assert_eq!(filled("/a/{b}/c", |name| format!("<{name}>")), "/a/<b>/c");
}

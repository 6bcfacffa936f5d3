//! The table of routes, read from where it is written: a new route is attacked without being named here.

/// The sources with the tables, and the routes named by a constant in them.
const TABLES: [&str; 3] = [
    include_str!("../../../web/src/public/mod.rs"),
    include_str!("../../../web/src/desk/mod.rs"),
    include_str!("../../../web/src/api/mod.rs"),
];
/// Files in which a route has a name.
const NAMED: [(&str, &str); 3] = [
    ("changes::NOW", include_str!("../../../web/src/desk/changes.rs")),
    ("changes::CHANGES", include_str!("../../../web/src/desk/changes.rs")),
    ("undelivered::PATH", include_str!("../../../web/src/desk/undelivered.rs")),
];
/// A stream that never ends is not read to its end here.
pub const STREAM: &str = "/desk/work/changes";

/// Every route: method and path.
pub fn routes() -> Vec<(&'static str, String)> {
    let mut found = Vec::new();
    for table in TABLES {
        for route in table.split(".route(").skip(1) {
            let end = route.split("\n        .").next().unwrap().split("\n}").next().unwrap();
            let (at, methods) = end.split_once(',').expect("a path and its methods");
            let path = path(at.trim());
            for (method, mark) in [("GET", "get("), ("POST", "post("), ("DELETE", "delete("), ("PUT", "put(")] {
                if methods.contains(mark) {
                    found.push((method, path.clone()));
                }
            }
        }
    }
    found
}

fn path(at: &str) -> String {
    if let Some(path) = at.strip_prefix('"') {
        return path.trim_end_matches('"').to_owned();
    }
    let named = NAMED.iter().find(|(name, _)| *name == at);
    let (name, source) = named.unwrap_or_else(|| panic!("the route `{at}` has a name: add its file to NAMED"));
    let constant = format!("const {}: &str = \"", name.rsplit("::").next().unwrap());
    let (_, value) = source.split_once(&constant).expect("the constant of a route");
    value.split('"').next().unwrap().to_owned()
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
    assert!(routes.len() > 60, "{}", routes.len());
    assert!(has("GET", "/desk/matters/{id}") && has("POST", "/desk/matters/{id}/acts/{act}"));
    assert!(has("GET", STREAM) && has("DELETE", "/api/v1/sessions") && has("POST", "/status/code"));
    assert_eq!(filled("/a/{b}/c", |name| format!("<{name}>")), "/a/<b>/c");
}

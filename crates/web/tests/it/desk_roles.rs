//! Every route of the workbench asked as nobody and as each role: what is not listed is closed.

use crate::desk::{filed, person, signed_in, staffed};
use crate::site::Site;
use axum::http::StatusCode;

/// What everybody with an account may open.
const EVERYBODY: [&str; 6] =
    ["/desk", "/desk/work", "/desk/work/now", "/desk/matters", "/desk/inbox", "/desk/identity"];
/// Paths below a matter.
const OF_MATTER: [&str; 6] = ["", "/acts/grant", "/papers/1/application-form", "/dossier", "/files/x", "/receipt/1"];
/// Other paths.
const FIXED: [&str; 18] = [
    "/desk",
    "/desk/work",
    "/desk/work/now",
    "/desk/matters",
    "/desk/inbox",
    "/desk/window",
    "/desk/open/legal-aid/apply",
    "/desk/registers",
    "/desk/registers/legal-aid-lawyers",
    "/desk/numbers",
    "/desk/money",
    "/desk/outbox",
    "/desk/undelivered",
    "/desk/posts",
    "/desk/audit",
    "/desk/security",
    "/desk/identity",
    "/desk/drafts/x/files/y",
];
/// The matter and all that is printed of it.
const HANDLED: &str = " /papers/1/application-form /dossier /receipt/1";
/// Who may what beside that, paths parted by spaces; a matter of their own is the empty path.
const ROLES: [(&str, bool, &str); 9] = [
    ("clerk", true, "/desk/registers /desk/registers/legal-aid-lawyers /desk/numbers /desk/money /desk/undelivered"),
    (
        "clerk-west",
        false,
        "/desk/registers /desk/registers/legal-aid-lawyers /desk/numbers /desk/money /desk/undelivered",
    ),
    ("director", true, "/desk/registers /desk/registers/legal-aid-lawyers /desk/numbers /desk/money /desk/undelivered"),
    ("reviewer", true, "/desk/numbers /desk/money /desk/undelivered"),
    (
        "window",
        false,
        " /papers/1/application-form /receipt/1 /desk/window /desk/open/legal-aid/apply /desk/numbers /desk/money /desk/undelivered",
    ),
    ("organ", false, "/desk/window"),
    ("operator", false, "/desk/outbox /desk/posts /desk/security"),
    ("auditor", false, "/desk/audit /desk/security"),
    ("lawyer-lu", false, "/desk/sign-in"),
];

async fn paths(site: &Site) -> (String, Vec<String>) {
    let matter = filed(&mut signed_in(site, "window").await, &person(6)).await;
    let of_matter = OF_MATTER.iter().map(|path| format!("{matter}{path}"));
    let paths = of_matter.chain(FIXED.iter().map(|path| (*path).to_owned())).collect();
    (matter, paths)
}

#[tokio::test]
async fn every_route_is_closed_to_nobody() {
    let site = staffed("2026-03-02");
    let (matter, paths) = paths(&site).await;
    let mut nobody = site.browser();
    for path in paths.iter().map(String::as_str).chain(["/desk/work/changes"]) {
        let page = nobody.get(path).await;
        let asked = page.status == StatusCode::SEE_OTHER && page.location.starts_with("/desk/sign-in");
        assert!(asked, "{path}: {}", page.status);
    }
    let acts = [format!("{matter}/unmask"), format!("{matter}/acts/propose-grant")];
    let fixed = ["/desk/window", "/desk/open/legal-aid/apply", "/desk/registers/legal-aid-lawyers"];
    for path in acts.iter().map(String::as_str).chain(fixed) {
        assert_eq!(nobody.post(path, &[]).await.status, StatusCode::SEE_OTHER, "{path}");
    }
    for path in ["/desk/identity/passkeys", "/desk/identity/unlink", "/desk/identity/link/gov"] {
        assert_eq!(nobody.post(path, &[]).await.status, StatusCode::SEE_OTHER, "{path}");
    }
    let ours_only = nobody.post("/desk/sign-in/passkey", &[]).await.status;
    assert_eq!(ours_only, StatusCode::FORBIDDEN, "only forms of ours are taken");
    for path in ["/desk/sign-in/with/gov", "/desk/sign-in/back/gov"] {
        assert_eq!(nobody.get(path).await.status, StatusCode::NOT_FOUND, "{path} without a provider");
    }
    for open in ["/desk/sign-in", "/law", "/api", "/api/openapi.json", "/api/v1/procedures"] {
        assert_eq!(nobody.get(open).await.status, StatusCode::OK, "{open}");
    }
}

#[tokio::test]
async fn every_route_is_closed_to_the_wrong_roles_and_never_fails() {
    let site = staffed("2026-03-02");
    let (matter, paths) = paths(&site).await;
    for (login, handles, may) in ROLES {
        let may = if handles { format!("{HANDLED} {may}") } else { may.to_owned() };
        let may: Vec<&str> = may.split(' ').collect();
        let mut browser = signed_in(&site, login).await;
        for path in &paths {
            let page = browser.get(path).await;
            let short = path.strip_prefix(&matter).unwrap_or(path);
            let refused = [StatusCode::FORBIDDEN, StatusCode::NOT_FOUND].contains(&page.status);
            let refused = refused || page.status == StatusCode::UNPROCESSABLE_ENTITY;
            assert_eq!(
                !refused,
                EVERYBODY.contains(&short) || may.contains(&short),
                "{login} {short}: {}",
                page.status
            );
            assert_ne!(page.status, StatusCode::INTERNAL_SERVER_ERROR, "{login} {short}");
        }
    }
}

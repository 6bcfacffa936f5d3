//! CAS 3.0: the login page, and the one question whose ticket it was.
//!
//! No proxying, no single sign-out.
//!
//! INVARIANT: a ticket is asked about for the very address it was given for, which holds the state of the journey.

use super::{Call, FederationError, Outward, Proved, plain, query};
use roxmltree::{Document, Node};

/// The address a ticket is for.
pub fn home(back: &str, state: &str) -> String {
    format!("{back}?{}", query(&[("state", state)]))
}

/// The login page.
pub fn login(server: &str, home: &str) -> String {
    format!("{server}/login?{}", query(&[("service", home)]))
}

/// Asks whose ticket it is; the server answers once.
pub fn proved(outward: &dyn Outward, server: &str, home: &str, ticket: &str) -> Result<Proved, FederationError> {
    let asked = query(&[("service", home), ("ticket", ticket)]);
    let url = format!("{server}/p3/serviceValidate?{asked}");
    let reply = outward.call(Call { url: &url, form: None, authorization: None });
    // The reason may name the address, and with it the ticket.
    let reply = reply.map_err(|why| FederationError::Unreachable(why.replace(&asked, "…")))?;
    if reply.status != 200 {
        return Err(FederationError::Unreachable(format!("status {}", reply.status)));
    }
    let text = std::str::from_utf8(&reply.body).map_err(|_| FederationError::Malformed("UTF-8"))?;
    read(text, server)
}

fn read(text: &str, server: &str) -> Result<Proved, FederationError> {
    let document = Document::parse(text).map_err(|_| FederationError::Malformed("XML"))?;
    let root = document.root_element();
    if root.tag_name().name() != "serviceResponse" {
        return Err(FederationError::Malformed("serviceResponse"));
    }
    if let Some(failure) = child(root, "authenticationFailure") {
        return Err(FederationError::Declined(plain(failure.attribute("code").unwrap_or_default())));
    }
    let success = child(root, "authenticationSuccess").ok_or(FederationError::Malformed("authenticationSuccess"))?;
    let word = |node: Node<'_, '_>| node.text().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned);
    let subject = child(success, "user").and_then(word).ok_or(FederationError::Malformed("user"))?;
    let attributes = child(success, "attributes");
    let attribute = |names: &[&str]| {
        let attributes = attributes?;
        names.iter().find_map(|name| child(attributes, name).and_then(word))
    };
    let name = attribute(&["displayName", "name", "cn"]);
    Ok(Proved { issuer: server.to_owned(), subject, id_number: None, name })
}

fn child<'a, 'input>(node: Node<'a, 'input>, name: &str) -> Option<Node<'a, 'input>> {
    node.children().find(|child| child.tag_name().name() == name && child.tag_name().namespace() == node_space(node))
}

/// An element of the protocol is in the namespace of the answer it stands in.
fn node_space<'a>(node: Node<'a, '_>) -> Option<&'a str> {
    node.tag_name().namespace()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SERVER: &str = "https://cas.invalid/cas";

    fn answer(inside: &str) -> String {
        format!(r#"<cas:serviceResponse xmlns:cas="http://www.yale.edu/tp/cas">{inside}</cas:serviceResponse>"#)
    }

    #[test]
    fn a_user_is_read_with_its_attributes() {
        let inside = "<cas:authenticationSuccess><cas:user> shen </cas:user><cas:attributes>\
            <cas:displayName>沈知微</cas:displayName></cas:attributes></cas:authenticationSuccess>";
        let proved = read(&answer(inside), SERVER).unwrap();
        assert_eq!((proved.subject.as_str(), proved.name.as_deref()), ("shen", Some("沈知微")));
    }

    #[test]
    fn what_is_no_success_is_none() {
        let failure = r#"<cas:authenticationFailure code="INVALID_TICKET">no</cas:authenticationFailure>"#;
        let success = "<cas:authenticationSuccess><cas:user>shen</cas:user></cas:authenticationSuccess>";
        let failed = read(&answer(&format!("{success}{failure}")), SERVER).unwrap_err();
        assert!(matches!(failed, FederationError::Declined(code) if code == "INVALID_TICKET"));
        for (text, missing) in [
            (answer(""), "authenticationSuccess"),
            (answer("<cas:authenticationSuccess><cas:user> </cas:user></cas:authenticationSuccess>"), "user"),
            (answer("<other><cas:user>shen</cas:user></other>"), "authenticationSuccess"),
            (r#"<!DOCTYPE x [<!ENTITY a "shen">]><x>&a;</x>"#.to_owned(), "XML"),
            ("<html></html>".to_owned(), "serviceResponse"),
        ] {
            let told = read(&text, SERVER).unwrap_err();
            assert!(matches!(told, FederationError::Malformed(what) if what == missing), "{text}");
        }
    }
}

//! Other ways of signing in: providers of identities, and the form a passkey answers in.
//!
//! The form asks nothing by itself: the script puts the question to the browser and what it answers into the form. Without
//! the script the form stays hidden and a line says which way remains.
//!
//! INVARIANT: the question leaves with its seal, and nothing else of ours.

use askama::Template;

use super::Link;
use super::field::FieldView;

/// Ways of signing in beside the password.
#[derive(Debug, Clone, Default, Template)]
#[template(path = "components/ways-in.html")]
pub struct WaysIn {
    /// The providers.
    pub providers: Vec<Link>,
    /// Signing in with a passkey; none where the site has no name to tie one to.
    pub passkey: Option<PasskeyForm>,
}

/// A form a passkey answers in.
#[derive(Debug, Clone, Template)]
#[template(path = "components/passkey-form.html")]
pub struct PasskeyForm {
    /// `create` for a new one, `get` for one that is there.
    pub kind: &'static str,
    /// Where it is sent.
    pub action: String,
    /// Proof that the form came from our page.
    pub csrf: String,
    /// Where to go afterwards; empty for nowhere else.
    pub next: String,
    /// A form that waits for the answer, to go along with it; empty for none.
    pub kept: String,
    /// The question.
    pub challenge: String,
    /// The question, sealed.
    pub sealed: String,
    /// The name passkeys are tied to.
    pub domain: String,
    /// What the device calls the account; empty when it is not known yet.
    pub holder: String,
    /// The name of the person, for the list the device shows.
    pub person: String,
    /// Passkeys that are there already, separated by blanks.
    pub known: String,
    /// What is asked of the person beside.
    pub fields: Vec<FieldView>,
    /// The words on the button.
    pub submit: String,
    /// What to do where it cannot be used.
    pub without: String,
}

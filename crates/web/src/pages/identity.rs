//! How somebody proves who they are beside a password: identities of other houses, and passkeys.
//!
//! What is held already is listed with a button that takes it away; what may be added stands below.
//!
//! INVARIANT: a subject of a provider is never shown: it is not ours to read.

use askama::Template;

use super::shell::{PublicShell, WorkShell};
use crate::components::field::FormKeys;
use crate::components::parts::Notice;
use crate::components::ways::PasskeyForm;

/// Something held, and the form that takes it away.
#[derive(Debug, Clone)]
pub struct Held {
    /// Its name.
    pub name: String,
    /// Since when, and when it was used.
    pub about: String,
    /// Where the form is sent.
    pub action: String,
    /// Hidden fields of every form.
    pub keys: FormKeys,
    /// What names it.
    pub hidden: Vec<(String, String)>,
    /// The words on the button.
    pub submit: String,
    /// The same, with its name, read aloud.
    pub about_button: String,
}

/// A provider an identity may be tied to.
#[derive(Debug, Clone)]
pub struct Offer {
    /// Its name.
    pub name: String,
    /// Where the form is sent.
    pub action: String,
    /// Hidden fields.
    pub keys: FormKeys,
}

/// Everything somebody proves themselves with beside a password.
#[derive(Debug, Clone, Template)]
#[template(path = "work/identity.html")]
pub struct Identity {
    /// The frame.
    pub shell: WorkShell,
    /// What was just done, or what went wrong.
    pub notice: Option<Notice>,
    /// Identities tied to the account.
    pub links: Vec<Held>,
    /// Providers that are not tied yet.
    pub offers: Vec<Offer>,
    /// No provider is configured at all.
    pub no_provider: bool,
    /// Passkeys.
    pub passkeys: Vec<Held>,
    /// The form for another passkey; none where the site has no name to tie one to.
    pub add: Option<PasskeyForm>,
}

/// The last page before another house: leaving is a step of one's own.
#[derive(Debug, Clone, Template)]
#[template(path = "work/away.html")]
pub struct Away {
    /// The frame.
    pub shell: WorkShell,
    /// Heading.
    pub heading: String,
    /// What happens there, and after it.
    pub lines: Vec<String>,
    /// The words of the link.
    pub submit: String,
    /// Where it leads.
    pub href: String,
}

/// One matter of a citizen.
#[derive(Debug, Clone)]
pub struct Own {
    /// What it is.
    pub title: String,
    /// Its number, its day, where it stands.
    pub about: String,
    /// What the form names it by.
    pub matter: String,
    /// What the button does, read aloud.
    pub about_button: String,
}

/// The matters of a citizen whom the province vouches for.
#[derive(Debug, Clone, Template)]
#[template(path = "public/mine.html")]
pub struct Mine {
    /// The frame.
    pub shell: PublicShell,
    /// Hidden fields of every form.
    pub keys: FormKeys,
    /// The matters, the newest first.
    pub own: Vec<Own>,
}

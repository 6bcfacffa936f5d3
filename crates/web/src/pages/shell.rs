//! The two frames of the site: the public one and the workbench.
//!
//! A frame carries what every page of its side shows: title, the way back, large print, the person signed in.
//! It does not decide which pages a person may open; the navigation handed in is already permitted.
//!
//! INVARIANT: each frame has one `main`, a skip link to it, and the switch for large print on the first screen.

use crate::components::Link;

/// The frame of the public pages.
#[derive(Debug, Clone)]
pub struct PublicShell {
    /// Title of the page, without the name of the site.
    pub title: String,
    /// Name of the site, such as `示范市公共法律服务`.
    pub site: String,
    /// Who runs it, such as `示范市司法局`.
    pub office: String,
    /// Telephone for questions.
    pub hotline: String,
    /// Large print (长辈版) is on.
    pub large: bool,
    /// Path of this page, to come back to after switching the print.
    pub here: String,
    /// The way back; none on the first page.
    pub back: Option<Link>,
    /// A line above every page, such as the one that says the data is simulated; empty for none.
    pub banner: String,
    /// The page reports an error; said in the title, so that it is read first.
    pub wrong: bool,
}

/// One entry of the workbench navigation.
#[derive(Debug, Clone)]
pub struct NavItem {
    /// The words.
    pub label: String,
    /// Address.
    pub href: String,
    /// How many things wait there.
    pub count: Option<u64>,
    /// Open now.
    pub current: bool,
}

/// One place of the breadcrumb; the last has no address.
#[derive(Debug, Clone)]
pub struct Crumb {
    /// The words.
    pub label: String,
    /// Address; none for the page itself.
    pub href: Option<String>,
}

/// The frame of the workbench.
#[derive(Debug, Clone)]
pub struct WorkShell {
    /// Title of the page, without the name of the site.
    pub title: String,
    /// Name of the person signed in; empty before signing in.
    pub person: String,
    /// In what capacity, such as `审查人员`.
    pub capacity: String,
    /// The office, such as `示范市法律援助中心`.
    pub office: String,
    /// The navigation of this person.
    pub nav: Vec<NavItem>,
    /// `当前位置`, first place first.
    pub trail: Vec<Crumb>,
    /// Large print is on.
    pub large: bool,
    /// Path of this page, to come back to after switching the print.
    pub here: String,
    /// A line above every page; empty for none.
    pub banner: String,
    /// Proof for the forms of the frame that they came from our page.
    pub csrf: String,
    /// The page reports an error; said in the title.
    pub wrong: bool,
}

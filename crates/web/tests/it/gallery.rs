//! The gallery: every page of the site with rich simulated data, checked for what every page must have.
//!
//! With `XIEZHI_GALLERY=<dir>` each page is also written there as a file that opens by itself, to be looked at.
//! It is not a test of routes; nothing here is served.

mod applying;
mod desk;
mod ledger;
mod public;
mod sample;

use askama::Template;

/// A page by name.
type Shown = (&'static str, String);

fn shown(name: &'static str, page: &impl Template) -> Shown {
    (name, page.render().unwrap_or_else(|error| panic!("{name}: {error}")))
}

fn pages() -> Vec<Shown> {
    let mut pages = public::pages();
    pages.extend(applying::pages());
    pages.extend(desk::pages());
    pages.extend(ledger::pages());
    pages
}

#[test]
fn every_page_has_what_every_page_must_have() {
    for (name, html) in pages() {
        assert!(html.contains("<html lang=\"zh-CN\""), "{name}: no language");
        assert_eq!(html.matches("<h1").count(), 1, "{name}: one h1");
        assert_eq!(html.matches("<main ").count(), 1, "{name}: one main");
        assert!(html.contains("<a class=\"skip\" href=\"#main\">"), "{name}: no skip link");
        assert!(html.contains("<form class=\"mode\""), "{name}: no switch for large print");
    }
}

#[test]
fn no_page_carries_inline_script_or_style() {
    for (name, html) in pages() {
        assert!(!html.contains(" style="), "{name}: style attribute");
        assert!(!html.contains("<style"), "{name}: style element");
        assert!(!html.contains("javascript:"), "{name}: script address");
        for tag in html.split('<').filter(|tag| tag.starts_with("script")) {
            assert!(tag.contains("src=\"/static/"), "{name}: inline script");
        }
        for tag in html.split('<').filter_map(|tag| tag.split('>').next()) {
            assert!(!tag.contains(" on") || !handler(tag), "{name}: handler in <{tag}>");
        }
        assert!(!html.contains("http://") && !html.contains("https://"), "{name}: another host");
    }
}

fn handler(tag: &str) -> bool {
    let names = tag.split(' ').skip(1).filter_map(|part| part.split_once('=')).map(|(name, _)| name);
    names.into_iter().any(|name| name.starts_with("on"))
}

#[test]
fn every_control_has_a_label_and_every_id_is_there_once() {
    for (name, html) in pages() {
        let ids = values(&html, " id=\"");
        for id in &ids {
            assert_eq!(ids.iter().filter(|other| *other == id).count(), 1, "{name}: id {id} twice");
        }
        for control in controls(&html) {
            let id = values(control, " id=\"").pop();
            let id = id.unwrap_or_else(|| panic!("{name}: no id on <{control}>"));
            assert!(
                html.contains(&format!("<label for=\"{id}\"")) || html.contains(&format!(" for=\"{id}\"")),
                "{name}: no label for {id}"
            );
        }
    }
}

#[test]
fn every_reference_within_a_page_lands() {
    for (name, html) in pages() {
        let ids = values(&html, " id=\"");
        let named = [" aria-describedby=\"", " aria-labelledby=\""].into_iter().flat_map(|key| values(&html, key));
        let named = named.flat_map(|list| list.split(' ').map(str::to_owned).collect::<Vec<_>>());
        let linked = values(&html, " href=\"#").into_iter();
        for id in named.chain(linked) {
            assert!(ids.contains(&id), "{name}: nothing is called {id}");
        }
    }
}

fn controls(html: &str) -> impl Iterator<Item = &str> {
    html.split('<')
        .filter_map(|part| part.split('>').next())
        .filter(|tag| ["input ", "select ", "textarea "].iter().any(|kind| tag.starts_with(kind)))
        .filter(|tag| !tag.contains("type=\"hidden\""))
}

fn values(html: &str, key: &str) -> Vec<String> {
    html.split(key).skip(1).filter_map(|rest| rest.split('"').next()).map(str::to_owned).collect()
}

#[test]
fn the_gallery_is_written_when_asked_for() {
    let Ok(folder) = std::env::var("XIEZHI_GALLERY") else {
        println!("skipped: XIEZHI_GALLERY names no folder");
        return;
    };
    let folder = std::path::Path::new(&folder);
    std::fs::create_dir_all(folder).unwrap();
    for href in [web::assets::style_href(), web::assets::script_href(), web::assets::mark_href()] {
        let asset = web::assets::find(href.trim_start_matches("/static/")).unwrap();
        std::fs::write(folder.join(&asset.name), asset.bytes).unwrap();
    }
    for (name, html) in pages() {
        let html = html.replace("\"/static/", "\"");
        std::fs::write(folder.join(format!("{name}.html")), html).unwrap();
    }
}

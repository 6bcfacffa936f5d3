//! The reference page is what the decode layer says.

#[test]
fn the_reference_page_is_current() {
    let path = crate::paths::root().join("docs/reference/law-language.md");
    let page = statute::reference();
    if std::env::var_os("XIEZHI_BLESS").is_some() {
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("the folder");
        std::fs::write(&path, &page).expect("the page");
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(written == page, "docs/reference/law-language.md is stale: run the tests once with XIEZHI_BLESS=1");
}

#[test]
fn what_can_be_read_is_on_the_page() {
    let page = statute::reference();
    for shown in
        ["### `act > section > choice`", "### `matter > seat`", "### `rate > value`", "| `within` |", "`unknown-name`"]
    {
        assert!(page.contains(shown), "{shown}");
    }
}

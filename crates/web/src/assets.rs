//! Static assets: the style sheet, the small script and the mark, embedded in the binary.
//!
//! Each asset is served under a name that carries a hash of its bytes, so a browser may keep it for ever
//! and a new release is a new name. This is not a file server: what is not listed here does not exist.
//!
//! INVARIANT: equal names mean equal bytes.

use std::sync::LazyLock;

/// The whole style sheet, in the order in which its parts build on each other.
pub const STYLE: &str = concat!(
    include_str!("../static/css/tokens.css"),
    include_str!("../static/css/base.css"),
    include_str!("../static/css/components.css"),
    include_str!("../static/css/citizen.css"),
    include_str!("../static/css/workbench.css"),
    include_str!("../static/css/print.css"),
);

/// The script: progressive enhancement only, every page works without it.
pub const SCRIPT: &str = concat!(include_str!("../static/app.js"), include_str!("../static/passkey.js"));

/// The mark of the platform, a 獬豸 in a seal.
pub const MARK: &str = include_str!("../static/mark.svg");

/// One embedded asset, as it is served.
#[derive(Debug)]
pub struct Asset {
    /// File name with the hash, such as `app.0f3c….css`.
    pub name: String,
    /// Media type for the `Content-Type` header.
    pub media_type: &'static str,
    /// The bytes.
    pub bytes: &'static [u8],
}

static STYLE_ASSET: LazyLock<Asset> = LazyLock::new(|| asset("app", "css", "text/css; charset=utf-8", STYLE));
static SCRIPT_ASSET: LazyLock<Asset> = LazyLock::new(|| asset("app", "js", "text/javascript; charset=utf-8", SCRIPT));
static MARK_ASSET: LazyLock<Asset> = LazyLock::new(|| asset("mark", "svg", "image/svg+xml", MARK));

/// The asset served under this name, if there is one.
#[must_use]
pub fn find(name: &str) -> Option<&'static Asset> {
    [&*STYLE_ASSET, &*SCRIPT_ASSET, &*MARK_ASSET].into_iter().find(|asset| asset.name == name)
}

/// Address of the style sheet.
#[must_use]
pub fn style_href() -> String {
    href(&STYLE_ASSET)
}

/// Address of the script.
#[must_use]
pub fn script_href() -> String {
    href(&SCRIPT_ASSET)
}

/// Address of the mark, used as the icon of the page.
#[must_use]
pub fn mark_href() -> String {
    href(&MARK_ASSET)
}

fn href(asset: &Asset) -> String {
    format!("/static/{}", asset.name)
}

fn asset(stem: &str, extension: &str, media_type: &'static str, text: &'static str) -> Asset {
    let name = format!("{stem}.{:016x}.{extension}", fingerprint(text.as_bytes()));
    Asset { name, media_type, bytes: text.as_bytes() }
}

/// FNV-1a, 64 bits: names a version of a file, proves nothing.
fn fingerprint(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fingerprint_is_fnv_1a() {
        assert_eq!(fingerprint(b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(fingerprint(b"a"), 0xaf63_dc4c_8601_ec8c);
    }

    #[test]
    fn every_address_is_served() {
        for href in [style_href(), script_href(), mark_href()] {
            let name = href.trim_start_matches("/static/");
            assert!(find(name).is_some(), "{href} is not served");
        }
        assert!(find("app.css").is_none());
    }

    #[test]
    fn nothing_comes_from_another_host() {
        for text in [STYLE, SCRIPT] {
            assert!(!text.contains("http://") && !text.contains("https://") && !text.contains("//cdn"));
            assert!(!text.contains("@import") && !text.contains("url(//"));
        }
    }
}

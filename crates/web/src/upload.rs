//! What a file that comes in must be, whatever its name and its sender say.
//!
//! The list of kinds is closed: what can be drawn into a case file and holds no program. Archives and office files are not
//! in it, so nothing here is ever unpacked. Which of the kinds a field takes, its law file says.
//!
//! INVARIANT: a file is kept only after everything here has passed; a refusal is a sentence, and what was typed stays.

use crate::app::App;
use crate::gate::Kind;

/// Largest file kept, in bytes.
pub const FILE_MAX: usize = 20 * 1024 * 1024;
/// Most points of a picture: unpacked they take four bytes each, however small the file is.
const POINTS_MAX: usize = 64 * 1024 * 1024;

/// What the first bytes say a file is; what the sender says does not count.
pub fn sniff(bytes: &[u8]) -> &'static str {
    match bytes {
        [0xFF, 0xD8, 0xFF, ..] => "image/jpeg",
        [0x89, b'P', b'N', b'G', 0x0D, 0x0A, 0x1A, 0x0A, ..] => "image/png",
        [b'%', b'P', b'D', b'F', b'-', ..] => "application/pdf",
        _ => "application/octet-stream",
    }
}

/// A name without any path, not longer than a line, and without marks that turn its letters round: such a name shows
/// another ending than it has.
pub fn plain_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let turns = |c: &char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let clean: String = last.chars().filter(|c| !c.is_control() && !turns(c)).take(120).collect();
    if clean.is_empty() { "未命名".to_owned() } else { clean }
}

/// Looks at a file of a kind that the field takes; `who` is the person or the address it is counted under.
///
/// # Errors
/// The sentence why it is not taken.
pub fn examined(app: &App, who: &str, name: &str, bytes: &[u8]) -> Result<(), String> {
    if has_too_many_points(bytes) {
        return Err(format!("“{name}”的像素太多，打不开。请用普通大小重新拍照或者扫描"));
    }
    let kib = u32::try_from(bytes.len().div_ceil(1024)).unwrap_or(u32::MAX);
    if let Err(seconds) = app.gate.pass(Kind::Upload, who, kib, app.now().at.as_millisecond()) {
        return Err(format!("今天上传的文件太多，“{name}”没有收下。请{}分钟后再传", seconds.div_ceil(60)));
    }
    let Some(scanner) = &app.scanner else { return Ok(()) };
    match scanner.scan(bytes) {
        Ok(acts::scan::Verdict::Clean) => Ok(()),
        Ok(acts::scan::Verdict::Harmful(what)) => {
            tracing::warn!(%what, "a file was refused");
            Err(format!("“{name}”里查出了病毒，没有收下。请换一台电脑重新制作这个文件"))
        }
        Err(error) => {
            tracing::error!(%error, "a file could not be scanned");
            Err(format!("病毒查不了，“{name}”暂时没有收下。请过几分钟再传，其他内容都在"))
        }
    }
}

fn has_too_many_points(bytes: &[u8]) -> bool {
    let is_picture = sniff(bytes).starts_with("image/");
    let size = if is_picture { imagesize::blob_size(bytes).ok() } else { None };
    size.is_some_and(|size| size.width.saturating_mul(size.height) > POINTS_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lose_their_path_and_what_turns_them_round() {
        assert_eq!(plain_name("../../etc/passwd"), "passwd");
        assert_eq!(plain_name("C:\\证明.pdf"), "证明.pdf");
        assert_eq!(plain_name("/"), "未命名");
        assert_eq!(plain_name("照片\u{202e}gpj.exe\r\n"), "照片gpj.exe");
    }

    #[test]
    fn kinds_come_from_the_bytes() {
        assert_eq!(sniff(b"%PDF-1.7"), "application/pdf");
        for other in [&b"<script>"[..], b"MZ\x90\x00", b"PK\x03\x04", b"\x1f\x8b\x08", b"<svg xmlns=", b""] {
            assert_eq!(sniff(other), "application/octet-stream");
        }
    }

    #[test]
    fn a_small_file_with_a_huge_picture_is_found() {
        let png = |width: u32, height: u32| {
            let mut bytes = b"\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR".to_vec();
            bytes.extend(width.to_be_bytes());
            bytes.extend(height.to_be_bytes());
            bytes.extend([8, 6, 0, 0, 0, 0, 0, 0, 0]);
            bytes
        };
        assert!(has_too_many_points(&png(60_000, 60_000)) && has_too_many_points(&png(u32::MAX, u32::MAX)));
        assert!(!has_too_many_points(&png(6000, 8000)));
    }
}

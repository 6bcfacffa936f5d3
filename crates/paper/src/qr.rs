//! QR codes as SVG, for receipts on paper and on pages.
//!
//! INVARIANT: the same text gives the same SVG; error correction is level M,
//! so a code with a crease or a stamp on it can still be read.

use qrcode::render::svg;
use qrcode::{EcLevel, QrCode};
use thiserror::Error;

/// The text does not fit into the largest QR code.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("a text of {bytes} bytes does not fit into a QR code")]
pub struct QrTooLong {
    /// Length of the text, in bytes of UTF-8.
    pub bytes: usize,
}

/// Draws `text` as a QR code: a complete SVG document, black on white, with
/// the quiet zone of four modules that readers need.
///
/// # Errors
/// [`QrTooLong`] when the text exceeds the capacity of version 40 at level M
/// (2,331 bytes).
pub fn qr_svg(text: &str) -> Result<String, QrTooLong> {
    let code = QrCode::with_error_correction_level(text, EcLevel::M).map_err(|_| QrTooLong { bytes: text.len() })?;
    let drawn = code.render::<svg::Color<'_>>().quiet_zone(true).module_dimensions(4, 4).build();
    Ok(drawn)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_receipt_code_is_square_and_stable() {
        let svg = qr_svg("https://example.invalid/r/99〔2026〕援申字第1号").unwrap();
        assert!(svg.contains("<svg") && svg.ends_with("</svg>"));
        assert_eq!(svg, qr_svg("https://example.invalid/r/99〔2026〕援申字第1号").unwrap());
    }

    #[test]
    fn too_much_text_is_refused() {
        let long = "援".repeat(1000);
        assert_eq!(qr_svg(&long), Err(QrTooLong { bytes: 3000 }));
    }
}

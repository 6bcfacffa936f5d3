//! Papers: a view of a matter, as JSON, set as a PDF.
//!
//! A paper is a Typst template handed in by the caller and one JSON value. The
//! value reaches the template as a file (`json("…")`), never as source text, so
//! whatever a person typed is printed literally. What comes out is PDF/A-2b,
//! byte for byte the same for the same input.
//!
//! What this crate deliberately does not know: the store, HTTP, the law, the
//! wall clock, the network, and any file but fonts. Which field belongs on
//! which form is said by the templates (`law/papers/`), not here.
//!
//! INVARIANT: a character no font can show is an error that names it, never an
//! empty box on a paper with a seal.

mod dossier;
mod fonts;
mod glyphs;
mod press;
mod qr;
mod sheet;

pub use dossier::{Annex, Dossier, DossierItem, Must, Source};
pub use fonts::{FontUnreadable, Fonts, FontsMissing, Role};
pub use press::{PaperError, Pdf, Press};
pub use qr::{QrTooLong, qr_svg};

//! The port through which a file that came in is looked at for what harms a machine.
//!
//! Who looks (a virus scanner of the city) is the business of whoever starts the program; here is only what is asked and
//! answered. A place without a scanner has none: files are then held to their kind and size alone.
//!
//! INVARIANT: a file that a scanner could not look at is not taken.

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing.
    Clean,
    /// Something harmful, by the name the scanner gives it.
    Harmful(String),
}

/// Why nobody looked; the text is for the log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the scanner does not answer: {0}")]
pub struct NoScan(pub String);

/// A scanner.
pub trait Scanner: Send + Sync {
    /// Looks at the bytes of a file.
    ///
    /// # Errors
    /// When it cannot be asked, or its answer is not understood.
    fn scan(&self, bytes: &[u8]) -> Result<Verdict, NoScan>;
}

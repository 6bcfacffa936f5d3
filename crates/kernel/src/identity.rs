//! Identities that can be checked by themselves: resident ID, credit code, region code, phone; and how they are masked.
//!
//! A value of these types has passed its own check and nothing more: that a number is well formed does not mean it
//! was ever issued, and no register is asked here. Input is taken strictly; a form may trim before it asks.
//!
//! INVARIANT: `Debug` of a personal identity shows it masked, so that no log can tell it.

mod credit;
mod mask;
mod phone;
mod region;
mod resident;

pub use credit::{CreditCode, CreditCodeError};
pub use mask::{mask_account, mask_address, mask_name, mask_public_name};
pub use phone::{Phone, PhoneError, PhoneKind};
pub use region::{RegionCode, RegionCodeError, RegionLevel};
pub use resident::{ResidentId, ResidentIdError, Sex};

//! The clock and chance: what the rest of the house is handed as values.
//!
//! The zone is that of the realm, Asia/Shanghai, which has kept +08:00 without daylight saving since 1992.

use acts::Entropy;
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::{Offset, TimeZone};
use kernel::world::Moment;
use std::sync::Arc;

/// +08:00.
const CHINA: Offset = Offset::constant(8);

/// Now.
pub fn now() -> Moment {
    moment(Timestamp::now())
}

/// An instant with its civil date and time in China.
pub fn moment(at: Timestamp) -> Moment {
    Moment { at, civil: CHINA.to_datetime(at) }
}

/// The instant of a civil time in China.
///
/// # Errors
/// When it lies outside the instants that can be written.
pub fn instant(civil: DateTime) -> Result<Timestamp, jiff::Error> {
    Ok(TimeZone::fixed(CHINA).to_zoned(civil)?.timestamp())
}

/// Today in China.
pub fn today() -> Date {
    now().on()
}

/// Chance from the operating system. Without it nothing secret can be made: the program ends and says so.
pub fn entropy() -> Entropy {
    Arc::new(|bytes| {
        if let Err(error) = getrandom::fill(bytes) {
            eprintln!("操作系统不给随机数，程序停止：{error}");
            std::process::exit(1);
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn midnight_in_china_is_four_in_the_afternoon_in_greenwich() {
        let at: Timestamp = "2026-02-12T16:00:00Z".parse().unwrap();
        assert_eq!(moment(at).civil.to_string(), "2026-02-13T00:00:00");
        assert_eq!(instant(moment(at).civil).unwrap(), at);
    }
}

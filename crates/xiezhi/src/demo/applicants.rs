//! Simulated people who apply.
//!
//! INVARIANT: nobody here exists: the county part of every identity number is `00`, which is given to nobody, and the
//! phones are of a block of zeros.

use jiff::ToSpan;
use jiff::civil::{Date, date};

const FAMILY: [&str; 24] = [
    "周", "吴", "郑", "王", "冯", "陈", "蒋", "沈", "韩", "杨", "朱", "秦", "许", "何", "吕", "施", "张", "孔", "曹",
    "严", "华", "金", "魏", "陶",
];
const GIVEN: [&str; 30] = [
    "晓岚", "建国", "秀英", "志强", "桂兰", "海涛", "丽娟", "文斌", "雪梅", "永福", "小燕", "德胜", "春花", "立新",
    "玉珍", "俊杰", "红霞", "大勇", "婷婷", "长河", "美玲", "国栋", "淑芬", "天佑", "月华", "振宇", "素琴", "少华",
    "明霞", "松林",
];
const OPPONENTS: [&str; 8] = [
    "宏远建筑劳务有限公司",
    "顺达物流有限公司",
    "东湖家政服务有限公司",
    "金穗食品加工厂",
    "迅骑配送服务有限公司",
    "西山石材有限公司",
    "新城物业服务有限公司",
    "南屏纺织厂",
];

/// Somebody who applies.
#[derive(Debug, Clone)]
pub struct Applicant {
    /// 姓名.
    pub name: String,
    /// 身份号码, with a right check digit.
    pub id_number: String,
    /// 手机.
    pub phone: String,
    /// The other side.
    pub opponent: &'static str,
}

impl Applicant {
    /// The applicant with that serial number; two serials never share an identity number.
    pub fn new(serial: u32) -> Applicant {
        let pick = |list: &'static [&'static str], at: u32| {
            list.get(usize::try_from(at).unwrap_or(0) % list.len()).copied().unwrap_or("某")
        };
        Applicant {
            name: format!("{}{}", pick(&FAMILY, serial), pick(&GIVEN, serial / 7)),
            id_number: identity_number(birth(serial), serial % 1000),
            phone: format!("138{:08}", serial % 100_000_000),
            opponent: pick(&OPPONENTS, serial / 3),
        }
    }
}

impl Applicant {
    /// The person who plays a part, the same every time.
    pub fn of(part: &str) -> Applicant {
        let serial = part.bytes().fold(7_u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(u32::from(byte)));
        Applicant::new(200_000 + serial % 50_000)
    }
}

/// Births lie between 1945 and the nineties; those with the same last three digits of the serial differ.
fn birth(serial: u32) -> Date {
    let days = i64::from(serial / 1000) + i64::from(serial % 1000) * 17;
    date(1945, 3, 1).checked_add(days.days()).unwrap_or(date(1945, 3, 1))
}

/// An identity number by GB 11643: region, birth, order, check character.
fn identity_number(birth: Date, order: u32) -> String {
    let region = ["1306", "00"].concat();
    let body = format!("{region}{:04}{:02}{:02}{order:03}", birth.year(), birth.month(), birth.day());
    // The weight of a place is 2 to the power of its distance from the end, modulo 11.
    let mut weight = 2_u32;
    let mut sum = 0;
    for digit in body.bytes().rev() {
        sum += u32::from(digit.saturating_sub(b'0')) * weight;
        weight = weight * 2 % 11;
    }
    let check = "10X98765432".chars().nth(usize::try_from(sum % 11).unwrap_or(0)).unwrap_or('X');
    format!("{body}{check}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::identity::{Phone, ResidentId};
    use std::collections::BTreeSet;

    #[test]
    fn identity_numbers_pass_their_own_check_and_differ() {
        let mut seen = BTreeSet::new();
        for serial in (0..120_000).step_by(7) {
            let one = Applicant::new(serial);
            assert!(ResidentId::parse(&one.id_number, date(2026, 1, 1)).is_ok(), "{}", one.id_number);
            assert!(seen.insert(one.id_number));
            assert!(Phone::mobile(&one.phone).is_ok(), "{}", one.phone);
        }
    }
}

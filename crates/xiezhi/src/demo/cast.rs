//! The people of the demo city who have an account, and its registers.

use crate::answer::{Complaint, OrSay};
use acts::Bureau;
use acts::bureau::Law;
use acts::people;
use acts::policy::HeldPost;
use acts::registers::{self, Member};
use jiff::ToSpan;
use jiff::civil::{Date, date};
use kernel::names::{Name, OfficeId, PersonId};
use kernel::world::{Moment, Place};

/// Who works where: login, name, posts as `office:seat`.
const STAFF: &[(&str, &str, &[&str])] = &[
    ("operator", "运维小温", &["bureau-city:operator"]),
    ("auditor", "审计老沈", &["bureau-city:auditor"]),
    ("window-east", "湖滨所窗口小吴", &["judicial-east-1:window"]),
    ("window-west", "石门所窗口小冯", &["judicial-west-1:window"]),
    ("window-centre", "东湖中心窗口小何", &["aid-east:window"]),
    ("hotline", "热线坐席小郑", &["hotline:window"]),
    ("aid-east-clerk", "东湖经办陈敏", &["aid-east:aid-clerk"]),
    ("aid-east-clerk2", "东湖经办许亮", &["aid-east:aid-clerk"]),
    ("aid-east-director", "东湖审批韩正", &["aid-east:aid-director"]),
    ("aid-east-director2", "东湖审批杨岚", &["aid-east:aid-director"]),
    ("aid-east-cashier", "东湖发放朱琴", &["aid-east:aid-cashier"]),
    ("aid-west-clerk", "西山经办秦川", &["aid-west:aid-clerk"]),
    ("aid-west-director", "西山审批何平", &["aid-west:aid-director"]),
    ("aid-west-cashier", "西山发放吕芳", &["aid-west:aid-cashier"]),
    ("aid-south-clerk", "南屏经办施文", &["aid-south:aid-clerk"]),
    ("aid-south-director", "南屏审批张弛", &["aid-south:aid-director"]),
    ("aid-south-cashier", "南屏发放孔洁", &["aid-south:aid-cashier"]),
    ("aid-city-clerk", "市中心经办曹宇", &["aid-city:aid-clerk"]),
    ("aid-city-director", "市中心审批严明", &["aid-city:aid-director"]),
    ("bureau-east", "东湖局审查华章", &["bureau-east:bureau-reviewer"]),
    ("bureau-west", "西山局审查金石", &["bureau-west:bureau-reviewer"]),
    ("bureau-south", "南屏局审查魏然", &["bureau-south:bureau-reviewer"]),
    ("court-east", "东湖法院（模拟）联络员", &["court-east:organ"]),
    ("detention-city", "看守所（模拟）值班员", &["detention-city:forwarder"]),
];

/// Register, entry, name, firm, first day of practice, fields, declared former clients, about.
type Entry = (&'static str, &'static str, &'static str, (i16, i8), &'static [&'static str], &'static [&'static str]);

const LAWYERS: &[Entry] = &[
    ("L01", "方正平", "东湖明理律师事务所", (2009, 6), &["劳动", "工伤"], &["宏远建筑劳务有限公司"]),
    ("L02", "林知夏", "东湖明理律师事务所", (2014, 3), &["劳动", "婚姻家庭"], &[]),
    ("L03", "高远", "东湖明理律师事务所", (2019, 9), &["民事", "未成年人"], &[]),
    ("L04", "宋词", "西山守正律师事务所", (2006, 4), &["刑事"], &[]),
    ("L05", "唐瑜", "西山守正律师事务所", (2016, 7), &["刑事", "行政"], &["西山石材有限公司"]),
    ("L06", "贺兰", "西山守正律师事务所", (2025, 5), &["民事"], &[]),
    ("L07", "江帆", "南屏同心律师事务所", (2011, 1), &["工伤", "交通"], &["南屏纺织厂"]),
    ("L08", "雷鸣", "南屏同心律师事务所", (2018, 8), &["劳动", "土地"], &[]),
    ("L09", "白桦", "示范博约律师事务所", (2003, 2), &["刑事", "死刑复核"], &[]),
    ("L10", "薛涛", "示范博约律师事务所", (2013, 11), &["行政", "国家赔偿"], &["新城物业服务有限公司"]),
    ("L11", "顾盼", "湖滨清和律师事务所", (2017, 10), &["婚姻家庭", "赡养"], &[]),
    ("L12", "石磊", "湖滨清和律师事务所", (2021, 12), &["劳动", "新就业形态"], &["迅骑配送服务有限公司"]),
];

const PEERS: &[Entry] = &[
    ("P01", "丁一", "东湖明理律师事务所", (2001, 5), &["民事"], &[]),
    ("P02", "向前", "西山守正律师事务所", (2002, 9), &["刑事"], &[]),
    ("P03", "卓然", "示范大学法学院（模拟）", (1999, 7), &["民事", "行政"], &[]),
    ("P04", "温良", "示范博约律师事务所", (2004, 3), &["行政"], &[]),
    ("P05", "安宁", "云台信和律师事务所", (2005, 6), &["劳动"], &[]),
    ("P06", "凌霄", "云台信和律师事务所", (2008, 8), &["刑事"], &[]),
];

/// Since when the registers and posts of the city are kept.
const SINCE: Date = date(2022, 1, 1);

/// Everybody with an account.
#[derive(Debug, Clone, Default)]
pub struct Cast {
    staff: Vec<Staff>,
    members: Vec<(Name, Member)>,
}

/// Somebody with an account and posts.
#[derive(Debug, Clone)]
pub struct Staff {
    /// Login.
    pub login: String,
    /// Name.
    pub name: String,
    /// Posts.
    pub posts: Vec<HeldPost>,
}

/// An account as it is shown once.
#[derive(Debug, Clone)]
pub struct Login {
    /// Login.
    pub login: String,
    /// Password.
    pub password: String,
    /// Name.
    pub name: String,
    /// Posts, or the register they are in.
    pub seats: String,
}

impl Cast {
    /// The people of the demo city, with staff for every procedure of the law.
    pub fn of_the_demo_city(law: &Law) -> Cast {
        let mut cast = Cast::of_the_legal_aid_city();
        cast.staff.extend(super::staff::needed(law, &cast.staff));
        cast
    }

    /// The people who do legal aid.
    fn of_the_legal_aid_city() -> Cast {
        let staff = STAFF.iter().map(|(login, name, posts)| Staff {
            login: (*login).to_owned(),
            name: (*name).to_owned(),
            posts: posts.iter().filter_map(|post| held(post)).collect(),
        });
        let members = |register: &'static str, entries: &'static [Entry]| {
            entries.iter().enumerate().map(move |(at, entry)| (Name::from(register), member(register, at, entry)))
        };
        Cast {
            staff: staff.collect(),
            members: members("legal-aid-lawyers", LAWYERS).chain(members("legal-aid-peers", PEERS)).collect(),
        }
    }

    /// The same staff with as many lawyers and peers as a larger city needs.
    pub fn of_a_large_city(lawyers: usize, peers: usize) -> Cast {
        let mut cast = Cast::of_the_legal_aid_city();
        cast.members.clear();
        let mut add = |register: &'static str, letter: char, entries: &'static [Entry], count: usize| {
            for (at, entry) in entries.iter().cycle().take(count).enumerate() {
                let mut one = member(register, at, entry);
                one.id = format!("{letter}{:03}", at + 1);
                one.acted_for.clear();
                cast.members.push((Name::from(register), one));
            }
        };
        add("legal-aid-lawyers", 'L', LAWYERS, lawyers);
        add("legal-aid-peers", 'P', PEERS, peers);
        cast
    }

    /// Somebody who holds a seat in an office, with all their posts; the `turn`-th of them, round and round.
    pub fn holder(&self, office: &OfficeId, seat: &Name, turn: usize) -> Option<(PersonId, HeldPost, Vec<HeldPost>)> {
        let wanted = HeldPost { seat: seat.clone(), office: office.clone() };
        let holders: Vec<&Staff> = self.staff.iter().filter(|staff| staff.posts.contains(&wanted)).collect();
        let staff = holders.get(turn % holders.len().max(1))?;
        Some((PersonId::new(staff.login.as_str()), wanted, staff.posts.clone()))
    }

    /// Somebody who holds a seat in any office.
    pub fn any_holder(&self, seat: &Name, place: &Place) -> Option<(PersonId, HeldPost, Vec<HeldPost>)> {
        place.offices.iter().find_map(|office| self.holder(&office.id, seat, 0))
    }

    /// Writes the registers.
    ///
    /// # Errors
    /// What the store says.
    pub fn register(&self, bureau: &Bureau, now: Moment) -> Result<(), Complaint> {
        let author = PersonId::new("operator");
        for (register, member) in &self.members {
            registers::record(bureau, now, &author, register, member, SINCE).or_say("名册写不了")?;
        }
        Ok(())
    }
}

/// Makes the accounts of everybody, with fresh passwords.
///
/// # Errors
/// What the store says.
pub fn enrol(bureau: &Bureau, now: Moment, cast: &Cast) -> Result<Vec<Login>, Complaint> {
    let mut logins = enrol_staff(bureau, now, cast)?;
    for (register, member) in &cast.members {
        logins.push(account(bureau, now, &member.id, &member.name, &[], register.to_string())?);
    }
    Ok(logins)
}

/// Makes the accounts of those who hold a post, with fresh passwords.
///
/// # Errors
/// What the store says.
pub fn enrol_staff(bureau: &Bureau, now: Moment, cast: &Cast) -> Result<Vec<Login>, Complaint> {
    let mut logins = Vec::new();
    for staff in &cast.staff {
        let seats: Vec<String> = staff.posts.iter().map(|post| format!("{}:{}", post.office, post.seat)).collect();
        logins.push(account(bureau, now, &staff.login, &staff.name, &staff.posts, seats.join(","))?);
    }
    Ok(logins)
}

fn account(
    bureau: &Bureau,
    now: Moment,
    login: &str,
    name: &str,
    posts: &[HeldPost],
    seats: String,
) -> Result<Login, Complaint> {
    let password = people::fresh_password(bureau);
    people::create(bureau, now, login, name, &password, posts).or_say(&format!("建不了账户{login}"))?;
    Ok(Login { login: login.to_owned(), password, name: name.to_owned(), seats })
}

/// A post written `office:seat`.
pub fn held(post: &str) -> Option<HeldPost> {
    let (office, seat) = post.split_once(':')?;
    (!office.is_empty() && !seat.is_empty()).then(|| HeldPost { seat: seat.into(), office: office.into() })
}

fn member(register: &str, at: usize, entry: &Entry) -> Member {
    let (id, name, firm, (year, month), fields, clients) = *entry;
    let leave_from = date(2026, 8, 3);
    let on_leave = id == "L11" && register == "legal-aid-lawyers";
    Member {
        id: id.to_owned(),
        name: name.to_owned(),
        firm: firm.to_owned(),
        licence: format!("1990{year}1{:07}", at + 1),
        phone: format!("139000{:05}", at + 1 + id.len()),
        fields: fields.iter().map(|field| (*field).to_owned()).collect(),
        practising_since: Date::new(year, month, 1).ok(),
        acted_for: clients.iter().map(|client| (*client).to_owned()).collect(),
        leave: if on_leave { vec![(leave_from, leave_from.saturating_add(180.days()))] } else { Vec::new() },
        about: format!("{}年开始执业，主要办理{}案件。", year, fields.join("、")),
    }
}

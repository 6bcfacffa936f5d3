//! The people of the demo city, as types with methods, so that a procedure reads as a script.

use crate::bench::{Actor, Bench, Form, day, post};
use acts::policy::HeldPost;
use acts::registers::Member;
use acts::{Done, PerformError, Standing};
use kernel::matter::Seated;
use kernel::names::MatterId;
use std::ops::Deref;
use store::{Account, Post};

/// The company on the other side.
pub const COMPANY: &str = "快行物流有限公司（模拟）";

/// Accounts: login, name, seat, office.
pub const STAFF: [(&str, &str, &str, &str); 17] = [
    ("wang-jing", "王经办", "aid-clerk", "aid-east"),
    ("lin-jing", "林经办", "aid-clerk", "aid-west"),
    ("zhao-zhu", "赵主任", "aid-director", "aid-east"),
    ("qian-fu", "钱副主任", "aid-director", "aid-east"),
    ("he-zhu", "何主任", "aid-director", "aid-west"),
    ("sun-chu", "孙出纳", "aid-cashier", "aid-east"),
    ("li-ju", "李科长", "bureau-reviewer", "bureau-east"),
    ("wu-ju", "吴科长", "bureau-reviewer", "bureau-west"),
    ("zhou-suo", "周所员", "window", "judicial-east-1"),
    ("shi-suo", "石所员", "window", "judicial-west-1"),
    ("court", "东湖法院（模拟）", "organ", "court-east"),
    ("prison", "看守所（模拟）", "forwarder", "detention-city"),
    ("op", "运维员", "operator", "bureau-city"),
    ("auditor", "审计员", "auditor", "bureau-city"),
    ("zheng-fa", "郑法规", "law-keeper", "bureau-city"),
    ("dang-yi", "党档案", "archivist", "bureau-city"),
    ("dang-er", "单档案", "archivist", "bureau-city"),
];

/// Makes accounts and registers. Nobody signs in here, so the passwords are not hashed.
pub fn settle(bench: &Bench) {
    for (login, name, seat, office) in STAFF {
        let store = &bench.bureau.store;
        store
            .put_account(Account {
                id: login.to_owned(),
                login: login.to_owned(),
                name: name.to_owned(),
                password_hash: "!".to_owned(),
                disabled: false,
                created_at: bench.now().at.as_millisecond(),
                must_change: false,
                password_at: None,
            })
            .unwrap();
        let (account, office, seat) = (login.to_owned(), office.to_owned(), seat.to_owned());
        store
            .put_post(Post {
                account,
                office,
                seat,
                from_on: "2026-01-01".to_owned(),
                until_on: None,
                instead_of: None,
            })
            .unwrap();
    }
    for member in lawyers() {
        bench.register("legal-aid-lawyers", &member);
    }
    for (id, name, firm) in [("peer-an", "安评查", "明德律师事务所"), ("peer-bo", "柏评查", "公信律师事务所")]
    {
        bench.register("legal-aid-peers", &member(id, name, firm));
    }
}

pub fn member(id: &str, name: &str, firm: &str) -> Member {
    Member {
        id: id.to_owned(),
        name: name.to_owned(),
        firm: firm.to_owned(),
        licence: format!("1990120{id}"),
        phone: "13900000000".to_owned(),
        practising_since: Some(day("2015-06-01")),
        ..Member::default()
    }
}

/// Five lawyers; the rota takes them by id, so the order of the ids is the order of the first round.
fn lawyers() -> [Member; 5] {
    [
        Member { acted_for: vec![COMPANY.to_owned()], ..member("l1-shen", "沈律师", "正本律师事务所") },
        member("l2-gu", "顾律师", "清源律师事务所"),
        member("l3-qin", "秦律师", "明德律师事务所"),
        Member { practising_since: Some(day("2024-06-01")), ..member("l4-yang", "杨律师", "明德律师事务所") },
        Member {
            leave: vec![(day("2026-03-01"), day("2026-12-31"))], ..member("l5-xia", "夏律师", "公信律师事务所")
        },
    ]
}

/// A simulated identity number: a real form with its check digit, of nobody.
pub fn identity(sequence: u32) -> String {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let body = format!("11010119900307{sequence:03}");
    let sum: u32 = body.bytes().zip(WEIGHTS).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    let check = ["1", "0", "X", "9", "8", "7", "6", "5", "4", "3", "2"][(sum % 11) as usize];
    format!("{body}{check}")
}

macro_rules! actors {
    ($($(#[$doc:meta])* $name:ident),+) => {$(
        $(#[$doc])*
        pub struct $name<'b>(Actor<'b>);

        impl<'b> Deref for $name<'b> {
            type Target = Actor<'b>;
            fn deref(&self) -> &Actor<'b> {
                &self.0
            }
        }
    )+};
}

actors! {
    /// Somebody with a post and nothing particular to do here.
    Officer,
    /// Handles matters at a centre.
    Clerk,
    /// Decides at a centre.
    Director,
    /// Decides objections at the bureau.
    Reviewer,
    /// Handles a case.
    Lawyer,
    /// Grades a case.
    Peer
}

/// Applies for aid.
pub struct Citizen<'b> {
    bench: &'b Bench,
    pub name: String,
    pub id_number: String,
    pub phone: String,
}

impl Bench {
    pub fn standing(&self, login: &str) -> Standing {
        let posts = self.posts(login);
        Standing::Post { person: login.into(), acting: posts[0].clone(), posts }
    }

    fn posts(&self, login: &str) -> Vec<HeldPost> {
        let found = STAFF.iter().find(|(known, ..)| *known == login).unwrap();
        vec![post(found.2, found.3)]
    }

    fn posted(&self, login: &str) -> Actor<'_> {
        Actor { bench: self, standing: self.standing(login) }
    }

    pub fn seated(&self, person: &str, seat: &str) -> Actor<'_> {
        Actor {
            bench: self,
            standing: Standing::Seated { person: person.into(), seat: seat.into(), posts: Vec::new() },
        }
    }

    pub fn officer(&self, login: &str) -> Officer<'_> {
        Officer(self.posted(login))
    }

    pub fn clerk(&self) -> Clerk<'_> {
        Clerk(self.posted("wang-jing"))
    }

    pub fn director(&self) -> Director<'_> {
        Director(self.posted("zhao-zhu"))
    }

    pub fn deputy(&self) -> Director<'_> {
        Director(self.posted("qian-fu"))
    }

    pub fn reviewer(&self) -> Reviewer<'_> {
        Reviewer(self.posted("li-ju"))
    }

    pub fn lawyer(&self, entry: &str) -> Lawyer<'_> {
        Lawyer(self.seated(entry, "lawyer"))
    }

    pub fn peer(&self, entry: &str) -> Peer<'_> {
        Peer(self.seated(entry, "peer"))
    }

    /// A citizen; the sequence makes the identity.
    pub fn citizen(&self, sequence: u32) -> Citizen<'_> {
        let id_number = identity(sequence);
        let phone = format!("1380000{sequence:04}");
        Citizen { bench: self, name: format!("申模{sequence}"), id_number, phone }
    }

    /// Who holds a slot.
    pub fn seated_in(&self, matter: &MatterId, slot: &str) -> Seated {
        self.matter(matter).slots[&slot.into()].clone()
    }
}

impl<'b> Citizen<'b> {
    /// The application as most people would fill it, with changes; an empty text takes an answer away.
    pub fn form<'f>(&'f self, changes: Form<'f>) -> Vec<(&'f str, &'f str)> {
        let usual: [(&str, &str); 20] = [
            ("case-kind", "civil"),
            ("cause", "wage"),
            ("venue", "990101001000"),
            ("facts-and-reasons", "公司拖欠工资三个月。"),
            ("applicant.name", &self.name),
            ("applicant.id-number", &self.id_number),
            ("applicant.ethnicity", "汉族"),
            ("applicant.phone", &self.phone),
            ("applicant.address", "示范市东湖区湖滨街道某路1号"),
            ("applicant.household", "示范市石门镇某村2号"),
            ("applicant.employer", COMPANY),
            ("work-form", "ordinary"),
            ("opponent.name", COMPANY),
            ("exempt-group", "none"),
            ("family-size", "3"),
            ("income", "1500.00"),
            ("hardship-promise", "yes"),
            ("id-copy", "@身份证.jpg"),
            ("rota-consent", "yes"),
            ("truthful", "yes"),
        ];
        let changed = |field: &str| changes.iter().any(|(name, _)| *name == field);
        let kept = usual.into_iter().filter(|(field, _)| !changed(field));
        kept.chain(changes.iter().copied().filter(|(_, text)| !text.is_empty())).collect()
    }

    /// Applies, or says why not.
    pub fn tries_applying(&self, changes: Form<'_>) -> Result<MatterId, PerformError> {
        self.party(None).tries_opening("apply", "online", &self.form(changes))
    }

    /// Applies on a phone.
    pub fn applies(&self, changes: Form<'_>) -> MatterId {
        self.tries_applying(changes).unwrap_or_else(|why| panic!("apply: {why:?}"))
    }

    /// The citizen, known to a matter by a code sent to their phone.
    pub fn party(&self, matter: Option<&MatterId>) -> Actor<'b> {
        let person = matter.map(|matter| self.bench.matter(matter).parties[&"applicant".into()].clone());
        Actor { bench: self.bench, standing: Standing::Party { party: "applicant".into(), person } }
    }

    pub fn does(&self, matter: &MatterId, act: &str, form: Form<'_>) -> Done {
        self.party(Some(matter)).does(matter, act, form)
    }

    pub fn supplements(&self, matter: &MatterId) -> Done {
        self.does(matter, "supplement", &[("supplement-note", "补上了工资条。"), ("supplement-files", "@工资条.jpg")])
    }

    pub fn objects(&self, matter: &MatterId) -> Done {
        self.does(matter, "object", &[("objection-reasons", "我的收入算错了。")])
    }
}

impl Clerk<'_> {
    pub fn asks_supplement(&self, matter: &MatterId) -> Done {
        self.does(matter, "ask-supplement", &[("supplement-list", "近三个月工资条。")])
    }

    pub fn proposes_grant(&self, matter: &MatterId) -> Done {
        self.does(matter, "propose-grant", &[("applicant-groups", "migrant"), ("review-opinion", "符合条件。")])
    }

    pub fn proposes_refusal(&self, matter: &MatterId) -> Done {
        self.does(matter, "propose-refuse", &[("refusal-ground", "not-poor"), ("review-opinion", "收入较高。")])
    }

    pub fn assigns(&self, matter: &MatterId) -> Seated {
        self.does(matter, "assign-lawyer", &[]);
        self.bench.seated_in(matter, "lawyer")
    }

    pub fn assigns_peer(&self, matter: &MatterId) -> Seated {
        self.does(matter, "assign-peer", &[]);
        self.bench.seated_in(matter, "peer")
    }

    pub fn accepts_closing(&self, matter: &MatterId) -> Result<Done, PerformError> {
        self.tries(matter, "accept-closing", &[("file-received-by", "王经办")])
    }

    pub fn archives(&self, matter: &MatterId) -> Result<Done, PerformError> {
        self.tries(matter, "archive", &[("archive-number", "2026-001"), ("retention", "long")])
    }
}

impl Director<'_> {
    pub fn grants(&self, matter: &MatterId) -> Done {
        self.does(matter, "grant", &[("approval-opinion", "同意给予。")])
    }

    pub fn refuses(&self, matter: &MatterId) -> Done {
        self.does(matter, "refuse", &[("approval-opinion", "同意。"), ("refusal-reasons", "收入高于标准。")])
    }

    pub fn terminates(&self, matter: &MatterId) -> Done {
        self.does(
            matter,
            "terminate",
            &[("termination-ground", "own-counsel"), ("termination-reasons", "已自行委托。")],
        )
    }
}

impl Lawyer<'_> {
    pub fn accepts(&self, matter: &MatterId) -> Done {
        self.does(matter, "accept", &[])
    }

    pub fn logs_meeting(&self, matter: &MatterId) -> Done {
        let met_on = self.bench.now().on().to_string();
        self.does(matter, "log-meeting", &[("met-on", &met_on), ("met-where", "office"), ("met-what", "说明进展。")])
    }

    pub fn tries_closing(&self, matter: &MatterId) -> Result<Done, PerformError> {
        let ended_on = self.bench.now().on().to_string();
        self.tries(
            matter,
            "report-closing",
            &[
                ("ended-on", &ended_on),
                ("outcome", "won"),
                ("recovered", "12000.00"),
                ("closing-summary", "裁决支持全部请求。"),
                ("judgment", "@裁决书.jpg"),
                ("pleading", "@仲裁申请书.jpg"),
            ],
        )
    }
}

impl Peer<'_> {
    pub fn grades(&self, matter: &MatterId, grade: &str) -> Done {
        self.does(matter, "grade", &[("grade", grade), ("grade-reasons", "材料齐全，办理及时。")])
    }
}

/// A matter that has been granted, with wishes.
pub fn granted(bench: &Bench, citizen: &Citizen<'_>, changes: Form<'_>) -> MatterId {
    let matter = citizen.applies(changes);
    bench.clerk().proposes_grant(&matter);
    bench.director().grants(&matter);
    matter
}

/// A matter in the hands of a lawyer who was wished for.
pub fn handled(bench: &Bench, citizen: &Citizen<'_>, lawyer: &str) -> MatterId {
    let matter = granted(bench, citizen, &[("wishes", lawyer)]);
    assert_eq!(bench.clerk().assigns(&matter).entry, lawyer);
    bench.lawyer(lawyer).accepts(&matter);
    matter
}

/// A matter whose case file was taken in.
pub fn closed(bench: &Bench, citizen: &Citizen<'_>, lawyer: &str) -> MatterId {
    let matter = handled(bench, citizen, lawyer);
    bench.lawyer(lawyer).logs_meeting(&matter);
    bench.lawyer(lawyer).tries_closing(&matter).unwrap();
    bench.clerk().accepts_closing(&matter).unwrap();
    matter
}

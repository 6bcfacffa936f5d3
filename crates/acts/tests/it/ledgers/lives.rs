//! A city that lived a little: the matters whose ledger is kept for each release.
//!
//! As many kinds of bytes as fit into a few dozen acts: opened by a person, an officer, another authority; numbers drawn and
//! voided, papers issued anew, slots filled and emptied, requests raised and settled, what the clock does, what a new
//! edition and a corrected calendar do.

use std::sync::Arc;

use acts::{Command, Standing, calendars, editions, system};
use kernel::names::MatterId;

use crate::bench::{Actor, Bench, Form, law, post, sources};
use crate::calendars::{notice, year};
use crate::cast::{closed, handled, identity};

/// Legal aid and two procedures of community corrections, one of them with a new edition on the way.
pub fn city() -> (Bench, Vec<(String, String)>) {
    let (merit, mut later, tracking) = (file("corrections/merit.md"), sources(), short("corrections/tracking.md"));
    let put = |sources: &mut Vec<statute::Source>, path: &str, text: &str| {
        text.clone_into(&mut sources.iter_mut().find(|source| source.path == path).unwrap().text);
    };
    put(&mut later, "corrections/merit.md", &later_merit());
    put(&mut later, "corrections/tracking.md", &tracking);
    let (book, problems) = statute::read(&later);
    assert!(problems.is_empty(), "{problems:?}");
    let read = |id: &str| book.procedures.iter().find(|procedure| procedure.id.as_str() == id).unwrap().clone();
    let new = read("corrections-merit");
    let mut law = law();
    law.procedures.retain(|procedure| procedure.id.as_str() != "corrections-tracking");
    law.procedures.extend([Arc::new(new.clone()), Arc::new(read("corrections-tracking"))]);
    let mut bench = Bench::under(law);
    env!("CARGO_PKG_VERSION").clone_into(&mut bench.bureau.program);

    aid(&bench);
    let praise = opens_merit(&bench, 4, "praise");
    let commutation = opens_merit(&bench, 5, "commutation");
    officer(&bench).does(&praise, "propose", &[("check-words", "考核合格。")]);
    tracked(&bench);
    bench.on("2026-03-05");
    let signer = system::signer(&bench.bureau, "zheng-fa", bench.now().on()).unwrap();
    let adopted = editions::adopt(&bench.bureau, bench.now(), &signer, &new, &[].into()).unwrap();
    assert_eq!(adopted.moved.len(), 1, "one of the two goes over");
    merit_ends(&bench, &praise, &commutation);
    let applied = calendars::apply(&bench.bureau, bench.now(), &signer, &year(&notice()), &notice()).unwrap();
    assert!(!applied.moved.is_empty());

    let laws = [file("services/legal-aid.md"), merit, later_merit(), tracking];
    (bench, laws.map(|text| (kernel::ledger::sm3(text.as_bytes()).to_string(), text)).into())
}

/// A law file of this repository.
fn file(path: &str) -> String {
    sources().into_iter().find(|source| source.path == path).unwrap().text
}

/// The same without its worked cases and its table: the folder of a release is to stay small.
fn short(path: &str) -> String {
    file(path).split("\n## 算例").next().unwrap().to_owned()
}

/// A later edition of merits.
fn later_merit() -> String {
    let edition = "\n```kdl\nedition {\n    change \"核实写明考核结果\" cite=\"社区矫正法:28\"\n    moves in=\"checking\" reason=\"程序从新\" cite=\"社区矫正法:28\"\n}\n```\n";
    let text = short("corrections/merit.md");
    text.replace("in-force-from=\"2020-07-01\"", "in-force-from=\"2026-03-05\"") + edition
}

fn holds<'b>(bench: &'b Bench, person: &str, seat: &str, office: &str) -> Actor<'b> {
    let acting = post(seat, office);
    Actor { bench, standing: Standing::Post { person: person.into(), acting: acting.clone(), posts: vec![acting] } }
}

fn officer(bench: &Bench) -> Actor<'_> {
    holds(bench, "jiao-gan", "corrections-officer", "corrections-east")
}

fn opens(actor: &Actor<'_>, procedure: &str, act: &str, form: Form<'_>) -> MatterId {
    let raw = actor.bench.raw(form);
    let channel = Some("window".to_owned());
    let command = Command { procedure: procedure.into(), act: act.into(), raw, channel, ..Command::default() };
    actor.sends(&command).unwrap_or_else(|why| panic!("{act}: {why:?}")).matter
}

/// One matter to its end, one ended by the clock, one that loses its lawyer, one with a spoilt number, one that waits.
fn aid(bench: &Bench) {
    let whole = closed(bench, &bench.citizen(1), "l3-qin");
    bench.clerk().assigns_peer(&whole);
    bench.peer("peer-bo").grades(&whole, "excellent");
    holds(bench, "zhao-zhu", "aid-clerk", "aid-east").does(&whole, "propose-subsidy", &[]);
    let asked = handled(bench, &bench.citizen(8), "l2-gu");
    bench.citizen(8).does(&asked, "ask-replacement", &[("replacement-reason", "律师不回电话。")]);
    let silent = bench.citizen(2).applies(&[]);
    bench.clerk().asks_supplement(&silent);
    let left = handled(bench, &bench.citizen(3), "l4-yang");
    bench.director().terminates(&left);
    bench.citizen(3).objects(&left);
    let findings = [("objection-findings", "查明：应当恢复。")];
    bench.reviewer().does(&left, "order-resume", &findings);
    let spoilt = bench.matter(&left).papers.iter().rev().find_map(|paper| paper.number.clone()).unwrap();
    bench.clerk().does(&left, "reissue-paper", &[("voided-number", &spoilt), ("void-reason", "打印坏了。")]);
    bench.on("2026-03-20");
    assert_eq!(bench.tick().performed.len(), 1);
    bench.on("2026-03-02");
    bench.citizen(6).applies(&[]);
}

fn opens_merit(bench: &Bench, person: u32, merit: &str) -> MatterId {
    let town = holds(bench, "si-fa", "town-officer", "judicial-east-1");
    let (id, phone) = (identity(person), format!("1380000{person:04}"));
    let mut form = vec![
        ("subject.name", "矫模"),
        ("subject.id-number", &id),
        ("subject.phone", &phone),
        ("subject.address", "示范市东湖区湖滨街道某路4号"),
        ("age-group", "adult"),
        ("category", "probation"),
        ("judgment-number", "（2025）示刑初字第1号"),
        ("term-until", "2027-03-01"),
        ("merit", merit),
        ("merit-words", "表现突出。"),
        ("merit-proof", "@考核.jpg"),
    ];
    if merit == "commutation" {
        form.push(("commutation-ground", "merit"));
    }
    opens(&town, "corrections-merit", "open-merit", &form)
}

fn merit_ends(bench: &Bench, praise: &MatterId, commutation: &MatterId) {
    let head = holds(bench, "jiao-zhang", "corrections-head", "corrections-east");
    let court = holds(bench, "fa-yuan", "court", "court-of-city");
    head.does(praise, "praise", &[("praise-words", "表现突出。")]);
    let served =
        [("served-paper", "决定书"), ("served-to", "矫模"), ("served-how", "direct"), ("served-on", "2026-03-05")];
    officer(bench).does(praise, "serve", &served);
    officer(bench).does(praise, "archive", &[("archive-number", "2026-001"), ("retention", "long")]);
    officer(bench).does(commutation, "propose", &[("check-words", "属实。")]);
    let proposal = [("court-name", "示范市中级人民法院"), ("commutation-reasons", "有立功表现，建议减刑一个月。")];
    head.does(commutation, "submit-commutation", &proposal);
    let spoilt = bench.matter(commutation).papers.iter().find_map(|paper| paper.number.clone()).unwrap();
    let voided = [("voided-number", spoilt.as_str()), ("void-reason", "打印坏了。")];
    officer(bench).does(commutation, "void-number", &voided);
    court.does(commutation, "court-receives", &[("court-case", "（2026）示刑更字第1号")]);
}

fn tracked(bench: &Bench) {
    let (id, head) = (identity(7), holds(bench, "ju-zhang", "bureau-head", "bureau-east"));
    let form = [
        ("subject.name", "定模"),
        ("subject.id-number", &id),
        ("subject.phone", "13800000007"),
        ("subject.address", "示范市东湖区湖滨街道某路7号"),
        ("age-group", "adult"),
        ("term-until", "2027-03-01"),
        ("judgment-number", "（2025）示刑初字第2号"),
        ("tracking-ground", "warned"),
        ("ground-number", "警告决定一号"),
        ("tracking-reasons", "擅自外出。"),
        ("ground-file", "@警告决定书.jpg"),
    ];
    let matter = opens(&officer(bench), "corrections-tracking", "propose-tracking", &form);
    head.does(&matter, "decline", &[("decline-reasons", "情节轻微。")]);
    let archived = [("archive-number", "2026-002"), ("retention", "short"), ("data-sealed", "yes")];
    officer(bench).does(&matter, "archive", &archived);
}

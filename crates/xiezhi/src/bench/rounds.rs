//! The rounds: what is measured, one after the other, on one server.

use super::City;
use super::http::Client;
use super::latency::{Latency, clients, measure, page};
use super::process::Server;
use super::siege;
use super::table::{Line, Table};
use super::window::{Filing, Window};
use crate::answer::{Complaint, OrSay};
use crate::demo::{self, Applicant};
use crate::law::LawText;
use crate::{boot, cli, edge};
use acts::{Bureau, people};
use std::path::Path;
use std::time::Instant;
use store::{Bare, MatterScope, MattersQuery, Readable, Sort};

/// Clerks whose worklists are asked for.
const CLERKS: [&str; 4] = ["aid-east-clerk", "aid-west-clerk", "aid-east-clerk2", "aid-south-clerk"];
/// Papers set when warm.
const PAPERS: u32 = 12;
/// Rows of one commit of the bare engine: about what waits together under load.
const GROUP: u32 = 8;
/// Commits of the bare engine.
const GROUPS: u32 = 250;
/// The paper that is set.
const PAPER: &str = "grant-decision";

/// Whom the clients are, made ready before the server starts.
struct Guests {
    clerks: Vec<String>,
    window: String,
    parties: Vec<String>,
    paper: Option<String>,
}

/// All rounds.
///
/// # Errors
/// When the server does not answer.
pub fn all(asked: &cli::Bench, city: &City, small: &Path, say: &dyn Fn(&str)) -> Result<Table, Complaint> {
    let guests = guests(&city.folder)?;
    drop(boot::bureau(small, &LawText::find(None)?, Some(demo::PLACE))?);
    let mut table = Table {
        about: vec![format!(
            "{}件、{}个行为，数据库{}MB；{}个客户，每项{}次",
            city.matters,
            city.acts,
            city.bytes / 1_048_576,
            asked.clients,
            asked.requests
        )],
        lines: Vec::new(),
    };
    say("正在测量：启动和内存");
    // The first start reads the files into the system's cache; the second is the one that counts on both.
    Server::start(small)?.stop()?;
    let empty = Server::start(small)?;
    let (empty_ready, empty_mb) = (empty.ready_ms, empty.idle_mb());
    empty.stop()?;
    Server::start(&city.folder)?.stop()?;
    let server = Server::start(&city.folder)?;
    table.lines.push(line("ready", "从启动到回答第一页", server.ready_ms, "ms", 300.0, ("空数据库", empty_ready)));
    if let (Some(mb), Some(empty)) = (server.idle_mb(), empty_mb) {
        table.lines.push(line("idle-memory", "空闲时的常驻内存", mb, "MB", 120.0, ("空数据库", empty)));
    }
    say("正在测量：页面");
    pages(asked, &server, &guests, &mut table)?;
    say("正在测量：围攻");
    besieged(&server, &guests, &mut table)?;
    say("正在测量：申请");
    applications(asked, city, &server, &guests, &mut table)?;
    say("正在测量：文书");
    papers(asked, &server, &guests, &mut table)?;
    if let Some(mb) = server.resident_mb() {
        table.lines.push(Line {
            key: "busy-memory",
            what: "测量之后的常驻内存（含字体）".into(),
            value: mb,
            unit: "MB",
            at_most: None,
            at_least: None,
            beside: None,
        });
    }
    server.stop()?;
    Ok(table)
}

fn line(key: &'static str, what: &str, value: f64, unit: &'static str, at_most: f64, beside: (&str, f64)) -> Line {
    Line {
        key,
        what: what.to_owned(),
        value,
        unit,
        at_most: Some(at_most),
        at_least: None,
        beside: Some((beside.0.to_owned(), beside.1)),
    }
}

fn guests(folder: &Path) -> Result<Guests, Complaint> {
    let bureau = boot::bureau(folder, &LawText::find(None)?, Some(demo::PLACE))?;
    let now = edge::now();
    let session = |kind: &str, subject: &str| {
        people::open_session(&bureau, now, kind, subject, people::IDLE_MS, Vec::new()).or_say("会话")
    };
    let clerks = CLERKS.iter().map(|login| session("account", login)).collect::<Result<_, _>>()?;
    let some = |closed: bool| matters(&bureau, closed);
    let parties =
        some(false)?.iter().chain(&some(true)?).map(|matter| session("matter", matter)).collect::<Result<_, _>>()?;
    Ok(Guests { clerks, window: session("account", "window-east")?, parties, paper: paper(&bureau)? })
}

/// Matters of the first clerk's office.
fn matters(bureau: &Bureau, closed: bool) -> Result<Vec<String>, Complaint> {
    let query = MattersQuery {
        scope: MatterScope::Readable(Readable::of_offices(["aid-east".to_owned()])),
        closed: Some(closed),
        procedure: None,
        text: None,
        opened_from: None,
        opened_until: None,
        sort: Sort::OpenedNewest,
        page: 1,
        per_page: 50,
    };
    Ok(bureau.store.matters(&query).or_say("办件读不了")?.rows.into_iter().map(|row| row.matter.0).collect())
}

/// Where a decision paper is, in the first clerk's office.
fn paper(bureau: &Bureau) -> Result<Option<String>, Complaint> {
    let mut after = None;
    loop {
        let ids = bureau.store.matters_after(after.as_ref(), 500).or_say("办件读不了")?;
        let Some(last) = ids.last() else { return Ok(None) };
        for id in &ids {
            let own = bureau.store.matter(id).or_say("办件读不了")?.is_some_and(|row| row.owner_office == "aid-east");
            if !own {
                continue;
            }
            let papers = bureau.store.papers_of(id).or_say("文书读不了")?;
            if let Some(found) = papers.iter().find(|paper| paper.paper == PAPER) {
                return Ok(Some(format!("/desk/matters/{}/papers/{}/{PAPER}", id.0, found.version)));
            }
        }
        after = Some(last.clone());
    }
}

fn pages(asked: &cli::Bench, server: &Server, guests: &Guests, table: &mut Table) -> Result<(), Complaint> {
    let seated = || clients(server.address, asked.clients, "xz_account", &guests.clerks);
    let parties = || clients(server.address, asked.clients, "xz_matter", &guests.parties);
    let worklist = |client: &mut Client, at: u32| page(client, &format!("/desk/work?box=todo&page={}", 1 + at % 5));
    let status = |client: &mut Client, _: u32| page(client, "/m");
    // Once around first, so that nothing is measured that happens once.
    measure(seated()?, asked.clients * 4, worklist)?;
    measure(parties()?, asked.clients * 4, status)?;
    let still = style_sheet(server)?;
    let plain = |client: &mut Client, _: u32| page(client, &still);
    measure(seated()?, asked.clients * 4, plain)?;
    let plain = measure(seated()?, asked.requests, plain)?;
    let work = measure(seated()?, asked.requests, worklist)?;
    let status = measure(parties()?, asked.requests, status)?;
    for (key, rate, what, page) in [
        ("worklist-p99", "worklist-bytes", "待办清单页", &work),
        ("status-p99", "status-bytes", "公开的办件进度页", &status),
    ] {
        // The bytes the same server sends in the time of one of our pages, were they lying ready.
        let same_bytes = plain.percentile(99) * (to_f64(page.bytes_each()) / to_f64(plain.bytes_each())).max(1.0);
        let what_p99 = format!("{what}：p50 {:.2} ms，p99", page.percentile(50));
        table.lines.push(line(key, &what_p99, page.percentile(99), "ms", 20.0, ("同样字节的静态文件 p99", same_bytes)));
        table.lines.push(rate_line(rate, what, page, &plain));
    }
    Ok(())
}

/// One clerk's worklist while slow clients and junk lie on the same cores.
fn besieged(server: &Server, guests: &Guests, table: &mut Table) -> Result<(), Complaint> {
    let clerk = guests.clerks.first().map(String::as_str).unwrap_or_default();
    let alone = clients(server.address, 1, "xz_account", &[clerk.to_owned()])?;
    let alone = measure(alone, 400, |client, at| page(client, &format!("/desk/work?box=todo&page={}", 1 + at % 5)))?;
    let (endured, rate) = siege::endured(server, clerk)?;
    let what = format!(
        "{}个慢客户、每秒{rate:.0}个乱请求时，一个人翻待办清单：p50 {:.2} ms，p99",
        siege::SLOW,
        endured.percentile(50)
    );
    table.lines.push(line(
        "siege-p99",
        &what,
        endured.percentile(99),
        "ms",
        50.0,
        ("没有围攻时 p99", alone.percentile(99)),
    ));
    Ok(())
}

fn rate_line(key: &'static str, what: &str, page: &Latency, plain: &Latency) -> Line {
    let mb = |one: &Latency| to_f64(one.bytes) / 1_048_576.0 / one.seconds.max(1e-9);
    Line {
        key,
        what: format!("{what}：每页{:.1} KB，每秒{:.0}页", to_f64(page.bytes_each()) / 1024.0, page.rate()),
        value: mb(page),
        unit: "MB/s",
        at_most: None,
        at_least: None,
        beside: Some((format!("静态文件（{:.1} KB）", to_f64(plain.bytes_each()) / 1024.0), mb(plain))),
    }
}

/// The address of the style sheet, as the portal names it.
fn style_sheet(server: &Server) -> Result<String, Complaint> {
    let page = Client::connect(server.address).and_then(|mut client| client.get("/")).or_say("首页")?.text();
    let names = page.split('"').filter(|part| part.starts_with("/static/"));
    let address = names.into_iter().find(|name| name.ends_with(".css")).map(str::to_owned);
    address.ok_or_else(|| Complaint::fact("首页没有样式表"))
}

fn applications(
    asked: &cli::Bench,
    city: &City,
    server: &Server,
    guests: &Guests,
    table: &mut Table,
) -> Result<(), Complaint> {
    let open = || -> Result<Vec<Window>, Complaint> {
        let seated = clients(server.address, asked.clients, "xz_account", std::slice::from_ref(&guests.window))?;
        seated.into_iter().map(Window::open).collect::<std::io::Result<_>>().or_say("窗口登记页")
    };
    // Nobody applies twice: serials start where the city and earlier measurements ended.
    let first = serial_base(city);
    let file = |from: u32| move |window: &mut Window, at: u32| window.file(&filing(from + at)).map(|_| 0);
    measure(open()?, asked.clients * 4, file(first))?;
    let requests = asked.requests.min(1_000);
    let before = server.cpu_ms();
    let filed = measure(open()?, requests, file(first + 1_000))?;
    let after = server.cpu_ms();
    let (rows_s, row_ms) = bare(city)?;
    if let (Some(before), Some(after)) = (before, after) {
        let each = (after - before) / f64::from(requests);
        let beside = ("引擎写一行同样多的字节（墙钟）", row_ms);
        table.lines.push(line(
            "application-cpu",
            "经HTTP一件申请（含照片，落盘后才回答）的处理器时间",
            each,
            "ms",
            5.0,
            beside,
        ));
    }
    table.lines.push(Line {
        key: "application-p99",
        what: format!("经HTTP一件申请：p50 {:.2} ms，p99", filed.percentile(50)),
        value: filed.percentile(99),
        unit: "ms",
        at_most: None,
        at_least: None,
        beside: Some((format!("引擎{GROUP}行一次落盘"), 1000.0 * f64::from(GROUP) / rows_s)),
    });
    table.lines.push(Line {
        key: "application-rate",
        what: format!("{}个窗口同时收件", asked.clients),
        value: filed.rate(),
        unit: "件/s",
        at_most: None,
        at_least: None,
        beside: Some((format!("引擎自己写{}字节的行（{GROUP}行一次落盘）", city.bytes_per_act), rows_s)),
    });
    Ok(())
}

fn serial_base(city: &City) -> u32 {
    let since = edge::now().at.as_second().rem_euclid(400_000);
    city.matters.saturating_add(1_000_000).saturating_add(u32::try_from(since).unwrap_or(0) * 10)
}

fn filing(serial: u32) -> Filing {
    let applicant = Applicant::new(serial);
    Filing {
        name: applicant.name,
        id_number: applicant.id_number,
        phone: applicant.phone,
        key: format!("{serial:032x}"),
        picture: demo::PNG.to_vec(),
    }
}

/// Rows of the same bytes into the bare engine on the same disk: rows in a second, and milliseconds of one row.
fn bare(city: &City) -> Result<(f64, f64), Complaint> {
    let path = city.folder.join("bare.db");
    let remove = || {
        ["bare.db", "bare.db-wal", "bare.db-shm"].iter().try_for_each(|name| {
            match std::fs::remove_file(city.folder.join(name)) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
                _ => Ok(()),
            }
        })
    };
    remove().or_say("比照用的文件删不掉")?;
    let bytes = vec![0xA5; usize::try_from(city.bytes_per_act).unwrap_or(4096)];
    let mut bare = Bare::create(&path).or_say("比照用的文件")?;
    let group = vec![bytes; GROUP as usize];
    bare.insert(&group).or_say("比照用的文件")?;
    let started = Instant::now();
    for _ in 0..GROUPS {
        bare.insert(&group).or_say("比照用的文件")?;
    }
    let seconds = started.elapsed().as_secs_f64();
    drop(bare);
    remove().or_say("比照用的文件删不掉")?;
    let rows = f64::from(GROUPS * GROUP);
    Ok((rows / seconds, 1000.0 * seconds / rows))
}

fn papers(asked: &cli::Bench, server: &Server, guests: &Guests, table: &mut Table) -> Result<(), Complaint> {
    let Some(path) = &guests.paper else { return Ok(()) };
    let clerk = guests.clerks.get(..1).unwrap_or_default();
    let set = |client: &mut Client, _: u32| page(client, path);
    let one = || clients(server.address, 1, "xz_account", clerk);
    let cold = measure(one()?, 1, set)?;
    measure(one()?, 2, set)?;
    let warm = measure(one()?, PAPERS.min(asked.requests), set)?;
    let what = format!(
        "给予决定书（{:.0} KB 的PDF）：第一份{:.0} ms，之后 p50",
        to_f64(warm.bytes_each()) / 1024.0,
        cold.percentile(50)
    );
    let plain = measure(one()?, PAPERS, |client, _| page(client, "/status"))?;
    table.lines.push(line(
        "paper-warm",
        &what,
        warm.percentile(50),
        "ms",
        200.0,
        ("一页普通网页 p50", plain.percentile(50)),
    ));
    Ok(())
}

fn to_f64(count: u64) -> f64 {
    super::city::to_f64(count)
}

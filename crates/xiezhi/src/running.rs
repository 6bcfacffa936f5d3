//! A running bureau: the server, and what goes on by itself beside it.
//!
//! Every second committed acts are taken into the log and a checkpoint is signed over it; every minute the clock acts; a
//! press nobody used for five minutes lets go of its fonts. Messages leave in threads of their own. Where several programs
//! serve one database, the log and the clock are those of whoever has the lease.
//!
//! INVARIANT: what goes on by itself never stops the server; a failure is logged and tried again.

use crate::answer::{Complaint, OrSay};
use crate::delivery::{Courier, Program};
use crate::edge;
use acts::federation::Federation;
use acts::scan::Scanner;
use acts::{Bureau, clockwork, receipt};
use paper::{Fonts, Press};
use std::collections::BTreeMap;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;
use web::gate::{Gate, Limits};
use web::{App, Site};

/// How long open requests may take when the server ends.
const PATIENCE: Duration = Duration::from_secs(10);
/// Seconds without use after which the press rests.
const PRESS_IDLE_S: u64 = 300;
/// Seconds between two looks of the clock.
const TICK_S: u64 = 60;
/// How long the lease of what goes on by itself runs, in milliseconds: after this another program does it, when the one
/// that did is gone.
const LEASE_MS: i64 = 10_000;
/// The lease of what goes on by itself.
const BESIDE: &str = "beside";

/// How the site presents itself.
pub fn site(bureau: &Bureau, banner: &str, secure: bool) -> Site {
    let place = &bureau.law.place;
    let offices = &place.offices;
    // The bureau of the place itself; where it names none, the office of the widest area that no other set up.
    let own = offices.iter().find(|office| office.kind == "justice-bureau" && office.area == place.code);
    let widest = || {
        let first = offices.iter().filter(|office| office.parent.is_none());
        first.min_by_key(|office| kernel::world::significant(&office.area).len())
    };
    let head = own.or_else(widest);
    let hotline = offices.iter().find(|office| office.kind == "hotline");
    Site {
        name: format!("{}公共法律服务", place.name),
        office: head.map(|office| office.name.clone()).unwrap_or_default(),
        hotline: hotline.or(head).map(|office| office.phone.clone()).unwrap_or_default(),
        banner: banner.to_owned(),
        secure,
    }
}

/// The press, or the sentence that says why there is none.
pub fn press(templates: BTreeMap<String, String>) -> Result<Press, String> {
    match Fonts::find(&[]) {
        Ok(fonts) => Ok(Press::new(fonts, templates)),
        Err(missing) => {
            let roles: Vec<&str> = missing.roles.iter().map(|role| role.family()).collect();
            Err(format!("服务器上缺少中文字体（{}），暂时不能出文书：请安装 fonts-noto-cjk", roles.join("、")))
        }
    }
}

/// Takes the address.
///
/// # Errors
/// When it is in use or not ours.
pub fn listen(address: SocketAddr) -> Result<TcpListener, Complaint> {
    TcpListener::bind(address).or_say(&format!("监听不了{address}，请换一个端口"))
}

/// What the site reaches outside, and how much of itself it gives.
pub struct Ports {
    /// What sends messages.
    pub program: Option<Program>,
    /// How much one caller may take.
    pub limits: Limits,
    /// Who looks at files that come in.
    pub scanner: Option<Arc<dyn Scanner>>,
    /// Who else vouches for people.
    pub federation: Federation,
}

/// Serves until SIGTERM or SIGINT; the second socket of `listeners` is the socket on which the metrics are told.
///
/// # Errors
/// When the runtime or the socket fails.
pub fn run(
    bureau: Bureau,
    templates: BTreeMap<String, String>,
    site: Site,
    (listener, machines): (TcpListener, Option<TcpListener>),
    ports: Ports,
) -> Result<(), Complaint> {
    let Ports { program, limits, scanner, federation } = ports;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(std::thread::available_parallelism().map_or(2, |cores| cores.get().min(8)))
        .max_blocking_threads(32)
        .enable_all()
        .build()
        .or_say("运行环境启动失败")?;
    // Nothing is being uploaded yet: pieces that never became whole can go.
    bureau.store.remove_unfinished_files().or_say("没有传完的文件清理不了")?;
    let press = press(templates);
    if let Err(why) = &press {
        tracing::warn!("{why}");
    }
    runtime.block_on(async move {
        let (told, stop) = tokio::sync::watch::channel(false);
        tokio::spawn(async move {
            wait_for_signal().await;
            told.send_replace(true);
        });
        let courier = Courier::start(&bureau, program, &stop);
        let beside = tokio::spawn(beside(bureau.clone(), press.clone().ok(), stop.clone()));
        let (metrics, live) = (web::observed::Metrics::default(), web::live::Live::default());
        let (clock, gate) = (Arc::new(edge::now), Gate::new(limits));
        let app = App { bureau, press, clock, site, metrics, live, gate, scanner, federation };
        let app = Arc::new(app);
        if let Some(machines) = machines {
            let (app, stop) = (Arc::clone(&app), stopped(stop.clone()));
            tokio::spawn(async move {
                if let Err(error) = web::serve::observe(app, machines, stop).await {
                    tracing::error!(%error, "the metrics are not told any more");
                }
            });
        }
        let serving = web::serve::serve(&app, listener, stopped(stop.clone()));
        let patience = async {
            stopped(stop).await;
            tokio::time::sleep(PATIENCE).await;
        };
        let served = tokio::select! {
            served = serving => served.or_say("服务中断"),
            () = patience => Ok(()),
        };
        if let Err(error) = beside.await {
            tracing::error!(%error, "the work beside the server failed");
        }
        courier.rest(PATIENCE).await;
        served
    })
}

async fn stopped(mut stop: tokio::sync::watch::Receiver<bool>) {
    // A sender that is gone means that nobody can tell us to stop any more: that too is the end.
    if stop.wait_for(|stop| *stop).await.is_err() {
        tracing::debug!("nobody listens for signals");
    }
}

#[cfg(unix)]
async fn wait_for_signal() {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut term), Ok(mut int)) = (signal(SignalKind::terminate()), signal(SignalKind::interrupt())) else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = term.recv() => {}
        _ = int.recv() => {}
    }
}

#[cfg(not(unix))]
async fn wait_for_signal() {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// What goes on by itself.
async fn beside(bureau: Bureau, press: Option<Press>, stop: tokio::sync::watch::Receiver<bool>) {
    let mut every_second = tokio::time::interval(Duration::from_secs(1));
    every_second.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let (mut seconds, mut uses, mut last_used) = (0_u64, 0, 0);
    let program = bureau.fresh_id();
    let mut end = Box::pin(stopped(stop));
    loop {
        tokio::select! {
            _ = every_second.tick() => {}
            () = &mut end => break,
        }
        seconds += 1;
        let (bureau, program, minute) = (bureau.clone(), program.clone(), seconds % TICK_S == 1);
        let work = tokio::task::spawn_blocking(move || match bureau.store.lease(BESIDE, &program, LEASE_MS) {
            Err(error) => tracing::error!(%error, "the lease cannot be asked for"),
            Ok(false) => {}
            Ok(true) => {
                second(&bureau);
                if minute {
                    tick(&bureau);
                }
            }
        });
        if let Err(error) = work.await {
            tracing::error!(%error, "the work of this second failed");
        }
        let Some(press) = &press else { continue };
        if press.uses() != uses {
            (uses, last_used) = (press.uses(), seconds);
        } else if last_used > 0 && seconds.saturating_sub(last_used) > PRESS_IDLE_S {
            press.rest();
            last_used = 0;
        }
    }
    let given = tokio::task::spawn_blocking(move || bureau.store.give_back(BESIDE, &program)).await;
    if !matches!(given, Ok(Ok(()))) {
        tracing::warn!("the lease was not given back: it ends by itself");
    }
}

/// The log grows, and the file takes in what was written beside it.
fn second(bureau: &Bureau) {
    if let Err(error) = bureau.store.ease_log() {
        tracing::error!(%error, "the write-ahead log could not be folded");
    }
    if let Err(error) = receipt::checkpoint(bureau, edge::now()) {
        tracing::error!(%error, "no checkpoint could be made");
    }
}

/// What the passing of time brings about.
fn tick(bureau: &Bureau) {
    match clockwork::tick(bureau, edge::now()) {
        Err(error) => tracing::error!(%error, "the clock could not act"),
        Ok(tick) => {
            for (matter, error) in &tick.failed {
                tracing::warn!(%matter, %error, "the clock could not act on a matter");
            }
            if !tick.performed.is_empty() {
                tracing::info!(acts = tick.performed.len(), "the clock acted");
            }
        }
    }
    if let Err(error) = tidy_up(bureau) {
        tracing::error!(%error, "expired sessions and codes could not be removed");
    }
}

/// How long a half-filled form is kept, as the portal promises: 30 days.
const DRAFT_LIVES_MS: i64 = 30 * 24 * 60 * 60 * 1000;

fn tidy_up(bureau: &Bureau) -> Result<(), store::StorageError> {
    let now = edge::now().at.as_millisecond();
    bureau.store.expire_sessions(now)?;
    bureau.store.expire_codes(now)?;
    bureau.store.expire_attempts(now)?;
    bureau.store.expire_drafts(now.saturating_sub(DRAFT_LIVES_MS))?;
    Ok(())
}

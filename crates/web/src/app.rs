//! What every request has at hand.
//!
//! It knows no route and no page: those know it.

use crate::gate::Gate;
use crate::live::Live;
use crate::observed::Metrics;
use acts::Bureau;
use acts::federation::Federation;
use acts::scan::Scanner;
use kernel::world::Moment;
use paper::Press;
use std::sync::Arc;

/// The running site.
pub struct App {
    /// The bureau behind it.
    pub bureau: Bureau,
    /// The press, or why there is none (no fonts): papers then answer with that text.
    pub press: Result<Press, String>,
    /// What time it is; handed in by the binary.
    pub clock: Arc<dyn Fn() -> Moment + Send + Sync>,
    /// How the site presents itself.
    pub site: Site,
    /// What is counted.
    pub metrics: Metrics,
    /// Who waits for a change of their worklist.
    pub live: Live,
    /// How much of the site one caller may take.
    pub gate: Gate,
    /// Who looks at files that come in, where the place has a scanner.
    pub scanner: Option<Arc<dyn Scanner>>,
    /// Who else vouches for people, and the name of this site.
    pub federation: Federation,
}

/// How the site presents itself.
#[derive(Debug, Clone)]
pub struct Site {
    /// 示范市公共法律服务.
    pub name: String,
    /// 示范市司法局.
    pub office: String,
    /// 12348.
    pub hotline: String,
    /// A line above every page; empty for none.
    pub banner: String,
    /// Cookies only over TLS.
    pub secure: bool,
}

/// The app as handlers hold it.
pub type Shared = Arc<App>;

impl App {
    /// Now.
    pub fn now(&self) -> Moment {
        (self.clock)()
    }
}

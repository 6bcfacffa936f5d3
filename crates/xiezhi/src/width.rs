//! How wide the gate of the site stands, and who looks at what is brought in: said on the command line.
//!
//! INVARIANT: nothing said is the narrow gate of a real city.

use clap::Args;

/// How wide the gate stands, and who looks at what is brought in.
#[derive(Debug, Args)]
pub struct Width {
    /// 一个来处可以发的请求放宽到几倍；很多人在同一个网络地址后面时用（serve 不写为1，demo 不写为50）
    #[arg(long, value_name = "倍数", value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub limit_scale: Option<u32>,
    /// 前面反向代理的地址，可以写几次：只有它说的来处（X-Forwarded-For）才算数
    #[arg(long, value_name = "地址")]
    pub proxy: Vec<std::net::IpAddr>,
    /// 上传的文件先交给 clamd 查病毒：它的地址（如 127.0.0.1:3310）或者套接字文件；查不了就不收文件
    #[arg(long, value_name = "地址")]
    pub scan: Option<String>,
}

impl Width {
    /// Who looks at files that come in.
    pub fn scanner(&self) -> Option<std::sync::Arc<dyn acts::scan::Scanner>> {
        let place = self.scan.as_deref()?;
        Some(std::sync::Arc::new(crate::scanner::Clamd::new(place)))
    }

    /// As the site takes it; so many times the usual where nothing is said.
    pub fn limits(&self, otherwise: u32) -> web::gate::Limits {
        web::gate::Limits { scale: self.limit_scale.unwrap_or(otherwise), proxies: self.proxy.clone() }
    }
}

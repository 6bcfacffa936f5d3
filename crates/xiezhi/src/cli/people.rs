//! What can be asked on the command line about the first administrators and about posts.
//!
//! It reads what was written; whether it may be done is asked elsewhere.
//!
//! INVARIANT: whoever gives or ends a post is named.

use clap::Args;
use jiff::civil::Date;
use std::path::PathBuf;

/// `xiezhi init`
#[derive(Debug, Args)]
pub struct Init {
    /// 数据目录
    #[arg(long)]
    pub data: PathBuf,
    /// 行政区划代码，如 990100；建库后可以不写
    #[arg(long)]
    pub place: Option<String>,
    /// 法律文件目录；不写则用程序内置的
    #[arg(long)]
    pub law: Option<PathBuf>,
}

/// `xiezhi accounts grant`
#[derive(Debug, Args)]
pub struct AccountsGrant {
    /// 给谁：登录名
    pub login: String,
    /// 岗位，写成 机构:岗位
    pub post: String,
    /// 谁任命：安全管理员的登录名
    #[arg(long)]
    pub by: String,
    /// 数据目录
    #[arg(long)]
    pub data: PathBuf,
    /// 从哪一天起，如 2026-03-01；不写是今天
    #[arg(long)]
    pub from: Option<Date>,
    /// 到哪一天为止（这一天不再担任）；不写是没有期限
    #[arg(long)]
    pub until: Option<Date>,
    /// 代理谁：对方的登录名，这时要写 --until
    #[arg(long)]
    pub instead_of: Option<String>,
    /// 法律文件目录；不写则用程序内置的
    #[arg(long)]
    pub law: Option<PathBuf>,
}

/// `xiezhi accounts factor-off`
#[derive(Debug, Args)]
pub struct AccountsFactorOff {
    /// 取消谁的：登录名
    pub login: String,
    /// 谁取消：安全管理员的登录名
    #[arg(long)]
    pub by: String,
    /// 数据目录
    #[arg(long)]
    pub data: PathBuf,
    /// 法律文件目录；不写则用程序内置的
    #[arg(long)]
    pub law: Option<PathBuf>,
}

/// `xiezhi accounts factor-from`
#[derive(Debug, Args)]
pub struct AccountsFactorFrom {
    /// 从哪一天起，如 2026-03-01；写 none 是暂不要求
    pub from: String,
    /// 谁决定：安全管理员的登录名
    #[arg(long)]
    pub by: String,
    /// 数据目录
    #[arg(long)]
    pub data: PathBuf,
    /// 法律文件目录；不写则用程序内置的
    #[arg(long)]
    pub law: Option<PathBuf>,
}

/// `xiezhi accounts end`
#[derive(Debug, Args)]
pub struct AccountsEnd {
    /// 免去谁的：登录名
    pub login: String,
    /// 岗位，写成 机构:岗位
    pub post: String,
    /// 谁免去：安全管理员的登录名
    #[arg(long)]
    pub by: String,
    /// 数据目录
    #[arg(long)]
    pub data: PathBuf,
    /// 从哪一天起不再担任；不写是今天
    #[arg(long)]
    pub on: Option<Date>,
    /// 法律文件目录；不写则用程序内置的
    #[arg(long)]
    pub law: Option<PathBuf>,
}

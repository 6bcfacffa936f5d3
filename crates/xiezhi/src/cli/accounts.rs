//! What can be asked about accounts. Nothing is done here.

use super::people::{AccountsEnd, AccountsFactorFrom, AccountsFactorOff, AccountsGrant};
use clap::{Args, Subcommand};
use std::path::PathBuf;

/// `xiezhi accounts …`
#[derive(Debug, Subcommand)]
pub enum AccountsCommand {
    /// 新建账户，密码只显示一次
    Add(AccountsAdd),
    /// 重设密码，新密码只显示一次；原来的登录全部失效
    Reset(AccountsReset),
    /// 安全管理员给人任命一个岗位，或者让人在一段时间里代理
    Grant(AccountsGrant),
    /// 安全管理员免去一个岗位
    End(AccountsEnd),
    /// 安全管理员取消一个人的二次验证（手机丢了），原来的登录全部失效
    FactorOff(AccountsFactorOff),
    /// 安全管理员决定三个管理员从哪一天起要有二次验证；不办就是一直要有
    FactorFrom(AccountsFactorFrom),
    /// 把别处的身份绑定到账户，以后可以用它登录
    Link(AccountsLink),
    /// 解除绑定
    Unlink(AccountsLink),
}

/// `xiezhi accounts add`
#[derive(Debug, Args)]
pub struct AccountsAdd {
    /// 登录名
    pub login: String,
    /// 姓名
    pub name: String,
    /// 岗位：机构:岗位，如 aid-east:aid-clerk；承办律师、评查人不写
    pub posts: Vec<String>,
    /// 数据目录
    #[arg(long)]
    pub data: PathBuf,
    /// 法律文件目录；不写则用程序内置的
    #[arg(long)]
    pub law: Option<PathBuf>,
}

/// `xiezhi accounts reset`
#[derive(Debug, Args)]
pub struct AccountsReset {
    /// 登录名
    pub login: String,
    /// 数据目录
    #[arg(long)]
    pub data: PathBuf,
    /// 法律文件目录；不写则用程序内置的
    #[arg(long)]
    pub law: Option<PathBuf>,
}

/// `xiezhi accounts link`, `unlink`
#[derive(Debug, Args)]
pub struct AccountsLink {
    /// 登录名
    pub login: String,
    /// identity.json 里的 id
    #[arg(long)]
    pub provider: String,
    /// 对方的用户编号（OIDC 的 sub，CAS 的 user）
    #[arg(long)]
    pub subject: String,
    /// 数据目录
    #[arg(long)]
    pub data: PathBuf,
    /// 法律文件目录；不写则用程序内置的
    #[arg(long)]
    pub law: Option<PathBuf>,
}

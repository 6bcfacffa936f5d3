//! What can be asked on the command line about keys.

use clap::{Args, Subcommand};
use std::path::PathBuf;

/// `xiezhi keys …`
#[derive(Debug, Subcommand)]
pub enum KeysCommand {
    /// 更换主密钥：服务不用停，中断了再运行一次就接着做
    Rotate(KeysRotate),
    /// 列出主密钥的名称、正在运行的程序知道哪些
    List(KeysList),
    /// 代管主密钥：从标准输入逐行接受请求，在标准输出逐行回答（见运维指南）
    Vault(KeysVault),
}

/// `xiezhi keys rotate`
#[derive(Debug, Args)]
pub struct KeysRotate {
    /// 数据目录
    #[arg(long)]
    pub data: PathBuf,
    /// 每批多少行
    #[arg(long, default_value_t = 500)]
    pub batch: u32,
    /// 最多等正在运行的程序多少秒
    #[arg(long, default_value_t = 60)]
    pub wait: u64,
    /// 法律文件目录；不写则用程序内置的
    #[arg(long)]
    pub law: Option<PathBuf>,
}

/// `xiezhi keys list`
#[derive(Debug, Args)]
pub struct KeysList {
    /// 数据目录
    #[arg(long)]
    pub data: PathBuf,
    /// 法律文件目录；不写则用程序内置的
    #[arg(long)]
    pub law: Option<PathBuf>,
}

/// `xiezhi keys vault`
#[derive(Debug, Args)]
pub struct KeysVault {
    /// 密钥文件
    #[arg(long)]
    pub file: PathBuf,
}

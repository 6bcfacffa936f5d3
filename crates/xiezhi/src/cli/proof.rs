//! What can be asked about receipts, papers and the keys that sign them.

use super::Data;
use clap::Args;
use std::path::PathBuf;

/// `xiezhi verify receipt`
#[derive(Debug, Args)]
pub struct Receipt {
    /// 凭证文件，可以写几个
    #[arg(required = true)]
    pub files: Vec<PathBuf>,
    /// 机关公布的公钥（十六进制）
    #[arg(long, conflicts_with = "key_file")]
    pub key: Option<String>,
    /// 存有公钥的文件
    #[arg(long)]
    pub key_file: Option<PathBuf>,
    /// 时间戳机构的证书（PEM）：核对凭证里的时间戳，没有时间戳的不算成立
    #[arg(long)]
    pub stamp_ca: Option<PathBuf>,
    /// 数据目录：再与那里的总账比对；不写公钥的用那里的公钥
    #[arg(long)]
    pub data: Option<PathBuf>,
    /// 法律文件目录；不写则用程序内置的
    #[arg(long, requires = "data")]
    pub law: Option<PathBuf>,
}

/// `xiezhi verify paper`
#[derive(Debug, Args)]
pub struct Paper {
    /// 文书（PDF）
    pub file: PathBuf,
    /// 签名文件；不写则是文书旁边同名的 .sig.json
    #[arg(long)]
    pub signature: Option<PathBuf>,
    /// 机关公布的密钥表（网站的 /verify/keys.json）
    #[arg(long)]
    pub keys: Option<PathBuf>,
    /// 签密钥表的公钥（十六进制），由机关另外公布
    #[arg(long, requires = "keys")]
    pub key: Option<String>,
}

/// `xiezhi office-keys rotate`
#[derive(Debug, Args)]
pub struct OfficeKeysRotate {
    /// 机关的代码，如 aid-east
    #[arg(long)]
    pub office: String,
    /// 数据目录和法律文件
    #[command(flatten)]
    pub of: Data,
}

/// `xiezhi stamp`
#[derive(Debug, Args)]
pub struct Stamp {
    /// 取时间戳的程序：从标准输入读请求（RFC 3161），把回答写到标准输出
    #[arg(long)]
    pub program: PathBuf,
    /// 数据目录和法律文件
    #[command(flatten)]
    pub of: Data,
}

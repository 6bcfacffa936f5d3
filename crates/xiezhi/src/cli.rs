//! What can be asked on the command line.

mod accounts;
mod erase;
mod keys;
mod people;
mod proof;

pub use erase::{EraseApprove, EraseCommand, ErasePropose};
pub use keys::{KeysCommand, KeysList, KeysRotate};

pub use accounts::{AccountsAdd, AccountsCommand, AccountsLink, AccountsReset};
use clap::{Args, Parser, Subcommand, ValueEnum};
pub use people::{AccountsEnd, AccountsFactorFrom, AccountsFactorOff, AccountsGrant, Init};
use std::net::SocketAddr;
use std::path::PathBuf;

pub use proof::{OfficeKeysRotate, Paper, Receipt, Stamp};

/// 獬豸：市司法局的法定业务平台
#[derive(Debug, Parser)]
#[command(name = "xiezhi", version, about, disable_help_subcommand = true)]
pub struct Cli {
    /// 以 JSON 回答（内容与文字相同）
    #[arg(long, global = true)]
    pub json: bool,
    /// 要做的事
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// 建立并运行示范城市（模拟的人和办件）
    Demo(Demo),
    /// 建立密钥和三个管理员，密码只显示一次
    Init(Init),
    /// 运行服务
    Serve(Serve),
    /// 检查法律文件：名称、流程、期限、引用、算例
    Check(Check),
    /// 计算法定期限，并说明怎样得出
    Clock(Clock),
    /// 法律文件：起草、办事指南、流程图、比较、施行；法律条文
    Law {
        /// 要做的事
        #[command(subcommand)]
        command: LawCommand,
    },
    /// 验真
    Verify {
        /// 要做的事
        #[command(subcommand)]
        command: VerifyCommand,
    },
    /// 由总账重新生成各类清单
    Rebuild(Data),
    /// 备份数据库（运行中也可以）；数据在服务器上的，看服务器能不能恢复到任意时刻，并写出要做的
    Backup(Backup),
    /// 由备份恢复到一个没有数据库的数据目录，恢复以后查验
    Restore(Restore),
    /// 立即处理到期的期限
    Tick(Data),
    /// 放假和调休的通知
    Calendar {
        /// 要做的事
        #[command(subcommand)]
        command: CalendarCommand,
    },
    /// 保管期限：期满的案卷、暂缓销毁、销毁
    Retention {
        /// 要做的事
        #[command(subcommand)]
        command: RetentionCommand,
    },
    /// 密钥：更换主密钥、代管主密钥
    Keys {
        /// 要做的事
        #[command(subcommand)]
        command: KeysCommand,
    },
    /// 机关签文书的密钥
    OfficeKeys {
        /// 要做的事
        #[command(subcommand)]
        command: OfficeKeysCommand,
    },
    /// 请时间戳机构给总账盖时间戳（RFC 3161），由定时任务运行
    Stamp(Stamp),
    /// 删除一个人的个人信息：一人提出，另一人批准，批准后不能恢复
    Erase {
        /// 要做的事
        #[command(subcommand)]
        command: EraseCommand,
    },
    /// 账户
    Accounts {
        /// 要做的事
        #[command(subcommand)]
        command: AccountsCommand,
    },
    /// 性能测量：自建数据库，逐项打印数字与极限
    Bench(Bench),
}

/// `xiezhi law …`
#[derive(Debug, Subcommand)]
pub enum LawCommand {
    /// 列出全部事项
    List(LawFolder),
    /// 起草一个新事项：写出一份能通过检查的起步稿
    New(LawNew),
    /// 办事指南（Markdown）
    Guide(LawPage),
    /// 流程图（SVG）
    Chart(LawPage),
    /// 程序表：步骤、期限、救济、依据，对着条文逐行读
    Table(LawTable),
    /// 故意改错法律文件，看检查能不能发现
    Mutate(LawMutate),
    /// 流程的 BPMN 2.0 文件，可以用别的画图工具打开
    Bpmn(LawPage),
    /// 两版之间改了什么；加 --live 看在办的件会怎样
    Diff(LawDiff),
    /// 签署新版：在办的件按新版的过渡规定转过来
    Adopt(LawAdopt),
    /// 法律文件的语法，供编辑器使用
    Grammar(LawGrammar),
    /// 导入法律全文（一部一个 Markdown 文件）
    Import(Import),
}

/// `xiezhi calendar …`
#[derive(Debug, Subcommand)]
pub enum CalendarCommand {
    /// 采用一份新的或者更正的日历，重新计算在办件的期限
    Apply(CalendarApply),
}

/// `xiezhi retention …`
#[derive(Debug, Subcommand)]
pub enum RetentionCommand {
    /// 列出保管期满的办件
    List(RetentionList),
    /// 暂缓销毁：解除以前不能销毁
    Hold(RetentionHold),
    /// 解除暂缓销毁
    Release(RetentionRelease),
    /// 提出销毁保管期满的一件
    Propose(RetentionOf),
    /// 批准别人提出的销毁：内容当即销毁，不能恢复
    Dispose(RetentionOf),
}

/// `xiezhi verify …`
#[derive(Debug, Subcommand)]
pub enum VerifyCommand {
    /// 离线验证接收凭证；加 --data 再与总账比对
    Receipt(Receipt),
    /// 离线验证文书：PDF、旁边的签名文件和机关公布的密钥表
    Paper(Paper),
    /// 验证总账：链、文书号、日志、签名、内容
    Ledger(Data),
}

/// `xiezhi office-keys …`
#[derive(Debug, Subcommand)]
pub enum OfficeKeysCommand {
    /// 列出各机关的公钥和使用期限；加 --json 就是可以公布的密钥表
    List(Data),
    /// 给一个机关换新密钥：以前签的仍然有效，旧的私钥当即销毁
    Rotate(OfficeKeysRotate),
}

/// `xiezhi demo`
#[derive(Debug, Args)]
pub struct Demo {
    /// 数据目录
    #[arg(long, default_value = "data/demo")]
    pub data: PathBuf,
    /// 监听地址（端口 0 为任意端口）
    #[arg(long, default_value = "127.0.0.1:8990")]
    pub listen: SocketAddr,
    /// 法律全文目录；不写则在 ../shared/data/laws 存在时导入
    #[arg(long)]
    pub corpus: Option<PathBuf>,
    /// 法律文件目录；不写则用程序内置的
    #[arg(long)]
    pub law: Option<PathBuf>,
    /// 发送短信的程序：每条运行一次，标准输入给一个 JSON（见运维指南）
    #[arg(long)]
    pub deliver: Option<PathBuf>,
    /// 一个来处最多用多少，文件给谁查
    #[command(flatten)]
    pub gate: crate::width::Width,
}

/// `xiezhi serve`
#[derive(Debug, Args)]
pub struct Serve {
    /// 数据目录
    #[arg(long)]
    pub data: PathBuf,
    /// 监听地址
    #[arg(long)]
    pub listen: SocketAddr,
    /// 行政区划代码，如 990100；建库后可以不写
    #[arg(long)]
    pub place: Option<String>,
    /// 法律文件目录；不写则用程序内置的
    #[arg(long)]
    pub law: Option<PathBuf>,
    /// 另开一个地址给监控（/metrics、/healthz、/readyz），如 127.0.0.1:9464；不要对外
    #[arg(long)]
    pub metrics: Option<SocketAddr>,
    /// 前面有 TLS：Cookie 只走加密连接
    #[arg(long)]
    pub secure: bool,
    /// 发送短信的程序：每条运行一次，标准输入给一个 JSON（见运维指南）
    #[arg(long)]
    pub deliver: Option<PathBuf>,
    /// 一个来处最多用多少，文件给谁查
    #[command(flatten)]
    pub gate: crate::width::Width,
}

/// `xiezhi check`
#[derive(Debug, Args)]
pub struct Check {
    /// 法律文件目录；不写则检查程序内置的
    pub law: Option<PathBuf>,
    /// 法律全文目录，用来核对引用
    #[arg(long, conflicts_with = "data")]
    pub corpus: Option<PathBuf>,
    /// 用该数据目录中已导入的法律全文核对引用
    #[arg(long)]
    pub data: Option<PathBuf>,
    /// 列出待核的问题
    #[arg(long)]
    pub open: bool,
}

/// `xiezhi clock`
#[derive(Debug, Args)]
pub struct Clock {
    /// 法律，如 法律援助法
    #[arg(long)]
    pub statute: String,
    /// 开始的日期 2026-02-13；小时的期限写时刻 2026-02-13T10:30
    #[arg(long)]
    pub from: String,
    /// 期限：7d 日（按该法的算法）、5wd 工作日、15nd 自然日、2m 月、1y 年、24h 小时、30min 分钟
    #[arg(long)]
    pub within: String,
    /// 限制人身自由的：末日不顺延
    #[arg(long)]
    pub custody: bool,
    /// 开始的当日计入
    #[arg(long)]
    pub day_one: bool,
    /// 倒算：开始的日期之前多久
    #[arg(long)]
    pub before: bool,
    /// 停止计算的一段：2026-02-14..2026-02-16（停止之日..恢复之日，可多次）
    #[arg(long)]
    pub stop: Vec<String>,
    /// 法律文件目录；不写则用程序内置的
    #[arg(long)]
    pub law: Option<PathBuf>,
}

/// A folder of law.
#[derive(Debug, Args)]
pub struct LawFolder {
    /// 法律文件目录；不写则用程序内置的
    #[arg(long)]
    pub law: Option<PathBuf>,
}

/// `xiezhi law new`
#[derive(Debug, Args)]
pub struct LawNew {
    /// 事项名称：小写英文、数字、连字符，如 notary-complaint
    pub id: String,
    /// 显示的名称，如 公证投诉
    #[arg(long)]
    pub title: String,
    /// 职能：coordination、legislation、enforcement、corrections、services
    #[arg(long)]
    pub function: String,
    /// 执行的法律，要在 statutes.md 里声明过；不写先用民法典
    #[arg(long)]
    pub statute: Option<String>,
    /// 由哪种机构办
    #[arg(long, default_value = "justice-bureau")]
    pub office: String,
    /// 写到哪个法律文件目录
    #[arg(long, default_value = "law")]
    pub dir: PathBuf,
}

/// `xiezhi law guide`, `chart`, `bpmn`
#[derive(Debug, Args)]
pub struct LawPage {
    /// 事项，如 legal-aid；指定一版写 legal-aid@2022-01-01
    pub id: String,
    /// 法律文件目录；不写则用程序内置的
    #[arg(long)]
    pub law: Option<PathBuf>,
    /// 哪个地方的标准，如 990100；只有一个地方时不用写
    #[arg(long)]
    pub place: Option<String>,
    /// 哪一天；不写是今天
    #[arg(long)]
    pub on: Option<String>,
    /// 写到文件，不写到屏幕
    #[arg(long)]
    pub out: Option<PathBuf>,
}

/// `xiezhi law mutate`
#[derive(Debug, Args)]
pub struct LawMutate {
    /// 事项，如 legal-aid；不写就是全部
    pub id: Option<String>,
    /// 法律文件目录；不写则用程序内置的
    #[arg(long)]
    pub law: Option<PathBuf>,
    /// 法律全文目录
    #[arg(long)]
    pub corpus: Option<PathBuf>,
    /// 每个文件改错多少处
    #[arg(long, default_value_t = 200)]
    pub count: usize,
    /// 从哪个数开始选；同一个数选出同样的错
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
}

/// `xiezhi law table`
#[derive(Debug, Args)]
pub struct LawTable {
    /// 哪个事项
    #[command(flatten)]
    pub page: LawPage,
    /// 把表写进这个事项的文件（要有 --law 目录）；写进去的，请对着条文读过
    #[arg(long, requires = "law", conflicts_with = "out")]
    pub write: bool,
}

/// `xiezhi law diff`
#[derive(Debug, Args)]
pub struct LawDiff {
    /// 原来的：一份法律文件、一个目录，或者 事项@施行日期
    pub before: String,
    /// 现在的
    pub after: String,
    /// 法律文件目录；不写则用程序内置的
    #[arg(long)]
    pub law: Option<PathBuf>,
    /// 对数据目录里在办的件试算，什么也不写
    #[arg(long, requires = "data")]
    pub live: bool,
    /// 数据目录
    #[arg(long, requires = "live")]
    pub data: Option<PathBuf>,
    /// 试算哪一天；不写是今天
    #[arg(long)]
    pub on: Option<String>,
}

/// `xiezhi law adopt`
#[derive(Debug, Args)]
pub struct LawAdopt {
    /// 事项
    pub id: String,
    /// 数据目录
    #[arg(long)]
    pub data: PathBuf,
    /// 谁签署：登录名
    #[arg(long)]
    pub by: String,
    /// 从哪一天起；不写是今天
    #[arg(long)]
    pub on: Option<String>,
    /// 需要人处理、暂时留在原来一版的办件编号（可多次）
    #[arg(long)]
    pub leave: Vec<String>,
    /// 法律文件目录；不写则用程序内置的
    #[arg(long)]
    pub law: Option<PathBuf>,
}

/// `xiezhi law grammar`
#[derive(Debug, Args)]
pub struct LawGrammar {}

/// `xiezhi calendar apply`
#[derive(Debug, Args)]
pub struct CalendarApply {
    /// 日历文件，写法同 law/calendar/ 里的
    pub file: PathBuf,
    /// 数据目录
    #[arg(long)]
    pub data: PathBuf,
    /// 谁签署：登录名
    #[arg(long)]
    pub by: String,
    /// 只试算，什么也不写
    #[arg(long)]
    pub dry_run: bool,
    /// 法律文件目录；不写则用程序内置的
    #[arg(long)]
    pub law: Option<PathBuf>,
}

/// `xiezhi law import`
#[derive(Debug, Args)]
pub struct Import {
    /// 法律全文目录
    pub corpus: PathBuf,
    /// 数据目录
    #[arg(long)]
    pub data: PathBuf,
    /// 行政区划代码；建库后可以不写
    #[arg(long)]
    pub place: Option<String>,
}

/// A data directory, and the law it is under.
#[derive(Debug, Args)]
pub struct Data {
    /// 数据目录
    #[arg(long)]
    pub data: PathBuf,
    /// 法律文件目录；不写则用程序内置的
    #[arg(long)]
    pub law: Option<PathBuf>,
}

/// `xiezhi retention list`
#[derive(Debug, Args)]
pub struct RetentionList {
    /// 数据目录
    #[arg(long)]
    pub data: PathBuf,
    /// 看哪一天；不写是今天
    #[arg(long)]
    pub on: Option<String>,
    /// 法律文件目录；不写则用程序内置的
    #[arg(long)]
    pub law: Option<PathBuf>,
}

/// `xiezhi retention propose`, `dispose`
#[derive(Debug, Args)]
pub struct RetentionOf {
    /// 办件编号
    pub number: String,
    /// 谁办：登录名，有档案管理岗
    #[arg(long)]
    pub by: String,
    /// 数据目录
    #[arg(long)]
    pub data: PathBuf,
    /// 法律文件目录；不写则用程序内置的
    #[arg(long)]
    pub law: Option<PathBuf>,
}

/// `xiezhi retention hold`
#[derive(Debug, Args)]
pub struct RetentionHold {
    /// 哪一件
    #[command(flatten)]
    pub of: RetentionOf,
    /// 原因，如 调卷函的文号；不要写个人信息
    #[arg(long)]
    pub reason: String,
    /// 要求的机关
    #[arg(long)]
    pub authority: String,
}

/// `xiezhi retention release`
#[derive(Debug, Args)]
pub struct RetentionRelease {
    /// 哪一件
    #[command(flatten)]
    pub of: RetentionOf,
    /// 原因
    #[arg(long)]
    pub reason: String,
    /// 有几个暂缓时，解除第几个行为的那一个
    #[arg(long)]
    pub act: Option<u32>,
}

/// `xiezhi restore`
#[derive(Debug, Args)]
pub struct Restore {
    /// 备份文件
    #[arg(long)]
    pub from: PathBuf,
    /// 数据目录：里面已经放回 keys.json，还没有 xiezhi.db
    #[arg(long)]
    pub data: PathBuf,
    /// 法律文件目录；不写则用程序内置的
    #[arg(long)]
    pub law: Option<PathBuf>,
}

/// `xiezhi backup`
#[derive(Debug, Args)]
pub struct Backup {
    /// 数据目录
    #[arg(long)]
    pub data: PathBuf,
    /// 备份到这个新文件；数据在服务器上的，是基础备份的新目录
    #[arg(long)]
    pub to: PathBuf,
}

/// `xiezhi bench`
#[derive(Debug, Args)]
pub struct Bench {
    /// 只测一部分：law 法律（检查、决定、到期日、重放），serve 网页和申请，store 存储与引擎相比，grow 存储越长越大时；不写则测 law 和 serve
    pub what: Option<BenchWhat>,
    /// grow：长到多少个行为（每步十倍）
    #[arg(long, default_value_t = 1_000_000)]
    pub acts: u32,
    /// store、grow：一个空的 PostgreSQL 数据库的地址，如 "host=/var/run/postgresql user=xiezhi dbname=bench"
    #[arg(long)]
    pub server: Option<String>,
    /// 办件数
    #[arg(long, default_value_t = 100_000)]
    pub matters: u32,
    /// 数据目录（已有同样大小的就重用）；不写则用临时目录，测完删除
    #[arg(long)]
    pub data: Option<PathBuf>,
    /// 同时的客户数
    #[arg(long, default_value_t = 8)]
    pub clients: u32,
    /// 每项测量的请求数
    #[arg(long, default_value_t = 2_000)]
    pub requests: u32,
}

/// A part of the measurements.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum BenchWhat {
    /// The law.
    Law,
    /// Pages and applications.
    Serve,
    /// The store beside its engine.
    Store,
    /// The store as it grows.
    Grow,
}

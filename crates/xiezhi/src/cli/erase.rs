//! What can be asked on the command line about erasing a person.

use super::RetentionOf;
use clap::{Args, Subcommand};

/// `xiezhi erase …`
#[derive(Debug, Subcommand)]
pub enum EraseCommand {
    /// 提出删除一件里一个当事人的个人信息（他的每一件都会受影响）
    Propose(ErasePropose),
    /// 批准别人提出的删除：他的密钥当即销毁，不能恢复
    Approve(EraseApprove),
}

/// `xiezhi erase propose`
#[derive(Debug, Args)]
pub struct ErasePropose {
    /// 哪一件里的谁
    #[command(flatten)]
    pub of: EraseApprove,
    /// 原因，如 本人请求；不要写个人信息
    #[arg(long)]
    pub reason: String,
}

/// `xiezhi erase approve`
#[derive(Debug, Args)]
pub struct EraseApprove {
    /// 哪一件
    #[command(flatten)]
    pub of: RetentionOf,
    /// 哪个当事人：法律文件里的岗位名称，如 applicant
    #[arg(long)]
    pub party: String,
}

//! `xiezhi accounts`: whoever works here.

use crate::answer::{Answer, Complaint, OrSay};
use crate::law::LawText;
use crate::{boot, cli, demo, edge, outward};
use acts::Bureau;
use acts::factors::{self, FactorError};
use acts::federation::{self, Audience, FederationError};
use acts::people::posts::{self, Grant, PostError};
use acts::people::{self, SignInError};
use acts::policy::HeldPost;
use serde_json::json;
use store::AccountError;

/// Seats beside those of the procedures.
const SEATS: [&str; 5] = ["operator", "security", "auditor", "law-keeper", "archivist"];

/// What is said where somebody would hold two of the three.
const TWO_SEATS: &str = "系统、安全、审计三个管理员不能由同一个人担任：请分给不同的人";

/// Makes an account and shows its password once.
///
/// # Errors
/// A login that is taken, an office or a seat that does not exist.
pub fn add(asked: &cli::AccountsAdd) -> Result<Answer, Complaint> {
    let text = LawText::find(asked.law.as_deref())?;
    let bureau = boot::bureau(&asked.data, &text, None)?;
    let posts = asked.posts.iter().map(|written| post_of(&bureau, written)).collect::<Result<Vec<_>, _>>()?;
    let taken = || Complaint::fact(format!("登录名“{}”已经有人用了，请换一个", asked.login));
    if bureau.store.account_by_login(&asked.login).or_say("账户读不了")?.is_some() {
        return Err(taken());
    }
    let password = people::fresh_password(&bureau);
    people::create(&bureau, edge::now(), &asked.login, &asked.name, &password, &posts).map_err(
        |error| match error {
            SignInError::Account(AccountError::LoginTaken { .. }) => taken(),
            SignInError::SecondSeat => Complaint::fact(TWO_SEATS),
            other => Complaint::fact(format!("建不了账户：{other}")),
        },
    )?;
    Ok(Answer {
        holds: true,
        text: format!("已建立账户（密码只显示这一次）：\n  登录名 {}\n  密码   {password}", asked.login),
        data: json!({ "login": asked.login, "password": password, "posts": asked.posts }),
    })
}

/// A post as it is written on the command line, where office and seat are there.
fn post_of(bureau: &Bureau, written: &str) -> Result<HeldPost, Complaint> {
    let known = |post: &HeldPost| {
        let seats = bureau.law.procedures.iter().flat_map(|procedure| &procedure.seats);
        bureau.law.place.office(&post.office).is_some()
            && (SEATS.contains(&post.seat.as_str()) || seats.into_iter().any(|seat| seat.name == post.seat))
    };
    let post = demo::held(written).filter(known);
    post.ok_or_else(|| Complaint::fact(format!("没有岗位“{written}”：请写 机构:岗位，如 aid-east:aid-clerk")))
}

/// Gives a post, by the security administrator.
///
/// # Errors
/// The rule that stands in the way, and what to do.
pub fn grant(asked: &cli::AccountsGrant) -> Result<Answer, Complaint> {
    let text = LawText::find(asked.law.as_deref())?;
    let bureau = boot::bureau(&asked.data, &text, None)?;
    let now = edge::now();
    let wanted = Grant {
        account: asked.login.clone(),
        post: post_of(&bureau, &asked.post)?,
        from: asked.from.unwrap_or(now.on()),
        until: asked.until,
        instead_of: asked.instead_of.clone(),
    };
    posts::grant(&bureau, now, &asked.by.as_str().into(), &wanted).map_err(|error| refused(&error))?;
    Ok(Answer {
        holds: true,
        text: format!("已任命{}担任{}，从{}起；原来的登录已退出", asked.login, asked.post, wanted.from),
        data: json!({ "login": asked.login, "post": asked.post, "from": wanted.from.to_string() }),
    })
}

/// Ends a post, by the security administrator.
///
/// # Errors
/// As [`grant`].
pub fn end(asked: &cli::AccountsEnd) -> Result<Answer, Complaint> {
    let text = LawText::find(asked.law.as_deref())?;
    let bureau = boot::bureau(&asked.data, &text, None)?;
    let now = edge::now();
    let (post, on) = (post_of(&bureau, &asked.post)?, asked.on.unwrap_or(now.on()));
    posts::end(&bureau, now, &asked.by.as_str().into(), &asked.login, &post, on).map_err(|error| refused(&error))?;
    Ok(Answer {
        holds: true,
        text: format!("已免去{}的{}，从{on}起不再担任；原来的登录已退出", asked.login, asked.post),
        data: json!({ "login": asked.login, "post": asked.post, "until": on.to_string() }),
    })
}

/// Why a post is not given or ended, for whoever sits at the terminal.
fn refused(error: &PostError) -> Complaint {
    Complaint::fact(match error {
        PostError::Forbidden => "--by 的人不是安全管理员，不能任免岗位：请写安全管理员的登录名".to_owned(),
        PostError::Own => "不能任免自己的岗位：请由另一位安全管理员办理".to_owned(),
        PostError::SecondSeat => TWO_SEATS.to_owned(),
        PostError::Backwards => "结束的日期要在开始之后：请核对 --from 和 --until".to_owned(),
        PostError::NotDelegable => {
            "代理要写结束日期（--until），对方那时担任这个岗位，也不能代理自己：请核对".to_owned()
        }
        PostError::NotHeld => "这个人今天没有担任这个岗位，请核对".to_owned(),
        PostError::Account(AccountError::Unknown { account }) => format!("没有登录名“{account}”，请核对"),
        other => format!("岗位没有改成：{other}"),
    })
}

/// Takes the second factors off somebody who has lost them, by the security administrator.
///
/// # Errors
/// Whoever may not, a login that nobody has, nothing to take off.
pub fn factor_off(asked: &cli::AccountsFactorOff) -> Result<Answer, Complaint> {
    let text = LawText::find(asked.law.as_deref())?;
    let bureau = boot::bureau(&asked.data, &text, None)?;
    factors::take_off(&bureau, edge::now(), &asked.by.as_str().into(), &asked.login).map_err(|error| {
        Complaint::fact(match error {
            FactorError::Forbidden => {
                "--by 的人不是安全管理员，或者要取消的是自己的：请写另一位安全管理员的登录名".to_owned()
            }
            FactorError::NotHeld => format!("{}没有二次验证，不用取消", asked.login),
            FactorError::Account(AccountError::Unknown { account }) => format!("没有登录名“{account}”，请核对"),
            other => format!("取消不了：{other}"),
        })
    })?;
    Ok(Answer {
        holds: true,
        text: format!("已取消{}的二次验证，原来的登录全部失效；请本人尽快重新添加", asked.login),
        data: json!({ "login": asked.login, "factors": false }),
    })
}

/// Decides from which day on the three administrators need a second factor.
///
/// # Errors
/// Whoever may not, a day that is none.
pub fn factor_from(asked: &cli::AccountsFactorFrom) -> Result<Answer, Complaint> {
    let text = LawText::find(asked.law.as_deref())?;
    let bureau = boot::bureau(&asked.data, &text, None)?;
    let from = match asked.from.as_str() {
        "none" => None,
        day => Some(day.parse().or_say(&format!("“{day}”不是日期：请写成 2026-03-01，或者 none"))?),
    };
    factors::demand_from(&bureau, edge::now(), &asked.by.as_str().into(), from).map_err(|error| match error {
        FactorError::Forbidden => Complaint::fact("--by 的人不是安全管理员：请写安全管理员的登录名"),
        other => Complaint::fact(format!("没有改成：{other}")),
    })?;
    let told = from.map_or_else(|| "暂不要求".to_owned(), |from| format!("从{from}起要有"));
    Ok(Answer {
        holds: true,
        text: format!("三个管理员的二次验证：{told}"),
        data: json!({ "second_factor_from": asked.from }),
    })
}

/// Gives an account a new password, shown once, and ends its sessions.
///
/// # Errors
/// A login that nobody has.
pub fn reset(asked: &cli::AccountsReset) -> Result<Answer, Complaint> {
    let text = LawText::find(asked.law.as_deref())?;
    let bureau = boot::bureau(&asked.data, &text, None)?;
    let password = people::fresh_password(&bureau);
    people::reset(&bureau, edge::now(), &asked.login, &password).map_err(|error| match error {
        SignInError::Wrong => Complaint::fact(format!("没有登录名“{}”，请核对", asked.login)),
        other => Complaint::fact(format!("重设不了密码：{other}")),
    })?;
    Ok(Answer {
        holds: true,
        text: format!(
            "已重设密码（只显示这一次），原来的登录全部失效：\n  登录名 {}\n  密码   {password}",
            asked.login
        ),
        data: json!({ "login": asked.login, "password": password }),
    })
}

/// The record says that the operator of the machine did it, who has no account of their own here.
const OPERATOR: &str = "operator";

/// The bureau, the account and the issuer that are meant.
fn meant(asked: &cli::AccountsLink) -> Result<(Bureau, String, String), Complaint> {
    let text = LawText::find(asked.law.as_deref())?;
    let bureau = boot::bureau(&asked.data, &text, None)?;
    let federation = outward::settings::federation(&asked.data, "")?;
    let provider = federation.provider(&asked.provider, Audience::Staff).map_err(|_| {
        let known: Vec<&str> = federation.providers_for(Audience::Staff).map(|provider| provider.id.as_str()).collect();
        Complaint::fact(format!("identity.json 里没有给工作人员用的“{}”；有：{}", asked.provider, known.join("、")))
    })?;
    let account = bureau.store.account_by_login(&asked.login).or_say("账户读不了")?;
    let account = account.ok_or_else(|| Complaint::fact(format!("没有登录名“{}”，请核对", asked.login)))?;
    let issuer = provider.issuer().to_owned();
    Ok((bureau, account.id, issuer))
}

/// Ties an identity of another house to an account.
///
/// # Errors
/// A login, a provider that does not exist; an identity of another account.
pub fn link(asked: &cli::AccountsLink) -> Result<Answer, Complaint> {
    let (bureau, account, issuer) = meant(asked)?;
    federation::link(&bureau, edge::now(), OPERATOR, &account, &issuer, &asked.subject).map_err(
        |error| match error {
            FederationError::Taken => Complaint::fact("这个身份已经绑定了别的账户，请先解除".to_owned()),
            other => Complaint::fact(format!("绑定不了：{other}")),
        },
    )?;
    let text = format!("已绑定，{}可以用“{}”的身份登录", asked.login, asked.provider);
    Ok(Answer { holds: true, text, data: json!({ "login": asked.login, "provider": asked.provider, "linked": true }) })
}

/// Unties an identity from an account.
///
/// # Errors
/// A login, a provider or a tie that does not exist.
pub fn unlink(asked: &cli::AccountsLink) -> Result<Answer, Complaint> {
    let (bureau, account, issuer) = meant(asked)?;
    let gone = federation::unlink(&bureau, edge::now(), OPERATOR, &account, &issuer, &asked.subject);
    if !gone.or_say("解除不了")? {
        return Err(Complaint::fact("没有这个绑定，请核对用户编号".to_owned()));
    }
    let text = format!("已解除绑定，{}不能再用“{}”的这个身份登录", asked.login, asked.provider);
    Ok(Answer { holds: true, text, data: json!({ "login": asked.login, "provider": asked.provider, "linked": false }) })
}

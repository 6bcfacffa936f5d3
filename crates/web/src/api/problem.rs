//! Refusals as problem documents (RFC 9457): what happened, what to do, and which fields.

use crate::answer::{Fault, refusal_zh};
use crate::app::{App, Shared};
use acts::PerformError;
use acts::people::Debt;
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use kernel::intake::Problem as Wrong;
use kernel::procedure::Procedure;
use serde_json::{Value as Json, json};

/// A refusal.
#[derive(Debug, Clone)]
pub struct Problem {
    /// HTTP status.
    pub status: StatusCode,
    /// Short name of the kind, stable: `invalid`, `stale`, …
    pub kind: &'static str,
    /// The kind in Chinese.
    pub title: &'static str,
    /// What happened here and what to do.
    pub detail: String,
    /// Wrong fields: name and message.
    pub fields: Vec<(String, String)>,
    /// After how many seconds to try again, where that helps.
    pub again: Option<u64>,
}

impl Problem {
    /// A refusal without fields.
    pub fn new(status: StatusCode, kind: &'static str, title: &'static str, detail: impl Into<String>) -> Problem {
        Problem { status, kind, title, detail: detail.into(), fields: Vec::new(), again: None }
    }

    /// A body that cannot be read.
    pub fn unreadable(detail: impl Into<String>) -> Problem {
        Problem::new(StatusCode::BAD_REQUEST, "unreadable", "请求不能读取", detail)
    }

    /// Fields that are wrong.
    pub fn invalid(fields: Vec<(String, String)>) -> Problem {
        let detail = format!("有{}处不对，请按fields里的说明更正。", fields.len());
        Problem { fields, ..Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", "内容没有填对", detail) }
    }

    /// Nobody is signed in.
    pub fn signed_out() -> Problem {
        Problem::new(
            StatusCode::UNAUTHORIZED,
            "signed-out",
            "没有登录",
            "请先取得令牌，并在Authorization头里写“Bearer 令牌”。",
        )
    }

    /// There is no such thing, or it is not theirs to know.
    pub fn not_found() -> Problem {
        Problem::new(StatusCode::NOT_FOUND, "not-found", "没有找到", "没有这一项，或者不归您查看。")
    }

    /// The document itself.
    pub fn to_json(&self) -> Json {
        let fields: Vec<Json> =
            self.fields.iter().map(|(field, message)| json!({ "field": field, "message": message })).collect();
        json!({ "type": format!("/api#{}", self.kind), "title": self.title, "status": self.status.as_u16(),
                "detail": self.detail, "fields": fields })
    }

    /// What the corridor refused.
    pub fn of_perform(error: PerformError, procedure: Option<&Procedure>) -> Problem {
        match error {
            PerformError::Invalid(wrong) => Problem::invalid(messages(&wrong, procedure)),
            PerformError::Refused(refusal) => {
                Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "refused", "现在不能这样办", refusal_zh(&refusal))
            }
            PerformError::Stale { actual, .. } => {
                let detail = format!("办件已经到了第{actual}版，请重新读取，看清最新情况再办。");
                Problem::new(StatusCode::PRECONDITION_FAILED, "stale", "办件有了新变化", detail)
            }
            other => Fault::from(other).into(),
        }
    }
}

fn messages(wrong: &[Wrong], procedure: Option<&Procedure>) -> Vec<(String, String)> {
    let title = |wrong: &Wrong| {
        let field = procedure.and_then(|procedure| procedure.field(&wrong.field));
        field.map_or_else(|| wrong.field.to_string(), |field| field.title.clone())
    };
    wrong.iter().map(|wrong| (wrong.field.to_string(), wrong.fault.zh(&title(wrong)))).collect()
}

/// What a session owes before it opens anything: kind, title, what to do.
fn owing(debt: Debt) -> (&'static str, &'static str, &'static str) {
    match debt {
        Debt::Code => ("code-needed", "要二次验证", "这个登录还没有完成二次验证，请在工作台填好验证码。"),
        Debt::Password => ("password-due", "密码到期", "请先在工作台的“我的账号”里修改密码，再登录一次。"),
        Debt::Factor => {
            ("factor-due", "要先添加二次验证", "这个岗位要有二次验证，请先在工作台的“我的账号”里添加，再登录一次。")
        }
    }
}

impl From<Fault> for Problem {
    fn from(fault: Fault) -> Problem {
        match fault {
            Fault::NotFound => Problem::not_found(),
            Fault::Gone(told) => Problem::new(StatusCode::GONE, "gone", "已按保管期限销毁", told.join("")),
            Fault::Forbidden(why) => Problem::new(StatusCode::FORBIDDEN, "forbidden", "这件事您不能办", why),
            Fault::SignIn | Fault::NotOurs => Problem::signed_out(),
            Fault::Owes(debt) => {
                let (kind, title, detail) = owing(debt);
                Problem::new(StatusCode::FORBIDDEN, kind, title, detail)
            }
            Fault::Stale(_) => Problem::new(
                StatusCode::PRECONDITION_FAILED,
                "stale",
                "办件有了新变化",
                "请重新读取办件，看清最新情况再办。",
            ),
            Fault::Refused(why) => Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "refused", "现在不能这样办", why),
            Fault::Unavailable(why) => Problem::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", "暂时办不了", why),
            Fault::Wait { seconds, why } => Problem {
                again: Some(seconds),
                ..Problem::new(
                    StatusCode::TOO_MANY_REQUESTS,
                    "too-many",
                    "请求太多",
                    format!("{why}请{seconds}秒后再试。"),
                )
            },
            Fault::TooLarge(why) => Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too-large", "内容太大", why),
            Fault::TooSlow => {
                Problem::new(StatusCode::REQUEST_TIMEOUT, "too-slow", "内容来得太慢", "内容没有传完，请重新发送。")
            }
            Fault::Unreadable(status) => Problem {
                status,
                ..Problem::unreadable("请求的地址、方法、头或者格式不对，请对照接口说明。")
            },
            Fault::Internal(why) => {
                tracing::error!(fault = %why, "an API request failed");
                Problem::new(
                    StatusCode::INTERNAL_SERVER_ERROR,
                    "internal",
                    "系统出了问题",
                    "请稍后再试。同样的幂等键再发一次不会重复办理。",
                )
            }
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = (self.status, self.to_json().to_string()).into_response();
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(seconds) = self.again {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

/// Runs work that waits for the store off the threads that answer.
pub async fn answer<F>(app: Shared, run: F) -> Response
where
    F: FnOnce(&App) -> Result<Response, Problem> + Send + 'static,
{
    match tokio::task::spawn_blocking(move || run(&app)).await {
        Ok(Ok(response)) => response,
        Ok(Err(problem)) => problem.into_response(),
        Err(panic) => Problem::from(Fault::Internal(panic.to_string())).into_response(),
    }
}

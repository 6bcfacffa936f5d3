//! Posts that nobody holds while something waits for them, for whoever operates the machine.

use crate::answer;
use crate::answer::work;
use crate::app::{App, Shared};
use crate::components::parts::{Notice, Tone};
use crate::components::table::{Cell, Column, Table};
use crate::desk::clerk::clerk;
use crate::desk::filter::Asked;
use crate::pages::ledger::Outbox;
use crate::visit::Visit;
use axum::extract::State;
use axum::response::Response;
use std::collections::BTreeMap;
use store::Vacancy;

/// GET /desk/posts
pub async fn page(State(app): State<Shared>, visit: Visit) -> Response {
    work(app, visit, |app, visit| {
        let clerk = clerk(app, visit)?;
        let vacancies = app.bureau.store.vacancies(&app.now().on().to_string())?;
        let rows = (1..).zip(&vacancies).map(|(at, vacancy): (u32, _)| row(app, at, vacancy)).collect();
        let notice = (!vacancies.is_empty()).then(|| Notice {
            tone: Tone::Grave,
            title: format!("{}个岗位没有人，有办件在等", vacancies.len()),
            lines: vec![
                "期限照走。请尽快任命：在服务器上运行最后一列的命令，把登录名和姓名换成要任命的人。".to_owned(),
            ],
            links: Vec::new(),
        });
        let page = Outbox {
            shell: clerk.shell(app, visit, "空缺的岗位", "/desk/posts", &[])?,
            heading: "空缺的岗位".to_owned(),
            counters: Vec::new(),
            notice,
            all: None,
            table: Table {
                id: "posts".to_owned(),
                caption: "没有人担任、又有办件在等的岗位，等得最久的在前".to_owned(),
                columns: ["序号", "机构", "岗位"]
                    .into_iter()
                    .map(Column::new)
                    .chain([Column::figures("等着的待办"), Column::new("最早从哪天等起"), Column::new("任命的命令")])
                    .collect(),
                rows,
                foot: Vec::new(),
                empty: "等着办的岗位都有人。".to_owned(),
            },
            pager: Asked::read("/desk/posts", &BTreeMap::new(), &[]).pager(0, 1),
        };
        Ok(visit.kept(app, answer::ok(&page)?))
    })
    .await
}

fn row(app: &App, at: u32, vacancy: &Vacancy) -> Vec<Cell> {
    let law = &app.bureau.law;
    let office = law.place.office(&vacancy.office.as_str().into());
    vec![
        Cell::text(at.to_string()),
        Cell::text(office.map_or(vacancy.office.as_str(), |office| office.name.as_str()).to_owned()),
        Cell::text(law.seat_title(&vacancy.seat.as_str().into()).unwrap_or(&vacancy.seat).to_owned()),
        Cell::Figure(vacancy.tasks.to_string()),
        Cell::text(vacancy.since_on.clone()),
        Cell::Long(format!("xiezhi accounts add 登录名 姓名 {}:{} --data 数据目录", vacancy.office, vacancy.seat)),
    ]
}

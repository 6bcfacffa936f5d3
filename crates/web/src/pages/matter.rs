//! A matter on the desk: header, tabs, and the form of an act with the law beside it.
//!
//! What may be done arrives as links already permitted. The form keeps what was typed after an error.
//!
//! INVARIANT: beside every act form stand the article applied and the clock.

use askama::Template;

use super::shell::WorkShell;
use crate::components::Link;
use crate::components::clock::{DeadlineCard, Light, Timeline};
use crate::components::field::{ErrorSummary, FieldView, FormKeys};
use crate::components::parts::{ArticleQuote, FileList, FlowChart, Notice, SummaryList, Tabs, Tag};
use crate::components::table::Table;

/// One opinion, from the clerk up to the head.
#[derive(Debug, Clone)]
pub struct Opinion {
    /// The role, such as `经办人意见`.
    pub role: String,
    /// The opinion; empty when it is still awaited.
    pub text: String,
    /// Who.
    pub name: String,
    /// When, as `2026年10月8日`.
    pub day: String,
}

/// A lawyer who was passed over, and why.
#[derive(Debug, Clone)]
pub struct Skipped {
    /// Name and firm.
    pub lawyer: String,
    /// On which ground stood the lawyer: `当事人首选`, `轮值第3位`.
    pub standing: String,
    /// Why not.
    pub reason: String,
    /// The article or rule.
    pub rule: Option<Link>,
}

/// An act one may do now.
#[derive(Debug, Clone)]
pub struct ActLink {
    /// What.
    pub label: String,
    /// Its form.
    pub href: String,
    /// The expected one.
    pub main: bool,
    /// Against the person; said in words on the form, drawn apart here.
    pub adverse: bool,
}

/// An act one might expect but may not do, and why.
#[derive(Debug, Clone)]
pub struct ActBarred {
    /// What.
    pub label: String,
    /// Why not.
    pub why: String,
}

/// What the open tab shows.
#[derive(Debug, Clone)]
pub enum MatterTab {
    /// 办理: opinions, assignment, course.
    Course {
        /// Opinions in order.
        opinions: Vec<Opinion>,
        /// Who was assigned, in a sentence; empty before.
        assigned: String,
        /// Who was passed over.
        skipped: Vec<Skipped>,
        /// The course.
        timeline: Timeline,
        /// The chart with the place of this matter.
        flow: Option<FlowChart>,
    },
    /// 材料: what was handed in.
    Materials {
        /// Answers by section.
        sections: Vec<SummaryList>,
        /// Files.
        files: FileList,
    },
    /// 文书: the papers.
    Papers {
        /// The papers with number, state and service.
        table: Table,
    },
    /// 卷宗目录: the catalogue.
    CaseFile {
        /// 序号, 文书名称, 文号, 责任者, 日期, 页号, 备注.
        catalogue: Table,
        /// What must be there and is not.
        missing: Vec<String>,
        /// The whole file as PDF.
        whole: Option<Link>,
    },
    /// 时钟: every clock of the matter.
    Clocks {
        /// The clocks.
        deadlines: Vec<DeadlineCard>,
    },
    /// 条文: the articles of this stage.
    Articles {
        /// The articles.
        quotes: Vec<ArticleQuote>,
    },
    /// 记录: the acts with their chain.
    Record {
        /// The acts.
        acts: Table,
        /// What the verification found.
        verified: Notice,
    },
}

/// One matter.
#[derive(Debug, Clone, Template)]
#[template(path = "work/matter.html")]
pub struct MatterPage {
    /// The frame.
    pub shell: WorkShell,
    /// Heading: person and cause.
    pub heading: String,
    /// Number.
    pub number: String,
    /// Where it stands.
    pub state: Tag,
    /// Its light.
    pub light: Light,
    /// Marks such as `免核查`, `先行援助`.
    pub tags: Vec<Tag>,
    /// The facts of the header.
    pub facts: SummaryList,
    /// What has just been done.
    pub notice: Option<Notice>,
    /// What may be done.
    pub acts: Vec<ActLink>,
    /// What may not be done, and why.
    pub barred: Vec<ActBarred>,
    /// The clock beside the tab; none on the clock tab.
    pub deadline: Option<DeadlineCard>,
    /// The tabs.
    pub tabs: Tabs,
    /// The open one.
    pub open: MatterTab,
}

impl MatterPage {
    /// Acts shown at once; the rest is folded away.
    const ACTS_SHOWN: usize = 8;
}

/// The form of one act.
#[derive(Debug, Clone, Template)]
#[template(path = "work/act.html")]
pub struct ActForm {
    /// The frame.
    pub shell: WorkShell,
    /// What is done, as heading.
    pub heading: String,
    /// The matter, as a link back.
    pub matter: Link,
    /// What follows from it: number drawn, paper made, clock started.
    pub consequences: Vec<String>,
    /// A warning, such as separation of duty.
    pub notice: Option<Notice>,
    /// Where it is sent (multipart).
    pub action: String,
    /// Hidden fields.
    pub keys: FormKeys,
    /// The fields.
    pub fields: Vec<FieldView>,
    /// What is wrong.
    pub errors: ErrorSummary,
    /// Words of the button.
    pub submit: String,
    /// Words of the button that shows the form again for what is filled so far (`go`); none where no
    /// question depends on another.
    pub refresh: Option<String>,
    /// It cannot be taken back or is against the person: the button is drawn apart.
    pub grave: bool,
    /// The facts one decides on.
    pub facts: SummaryList,
    /// The articles applied.
    pub articles: Vec<ArticleQuote>,
    /// The clock.
    pub deadline: Option<DeadlineCard>,
    /// Earlier opinions.
    pub opinions: Vec<Opinion>,
}

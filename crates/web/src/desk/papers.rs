//! Papers, case file, files and receipts of a matter, as files.
//!
//! A paper is set anew each time from the acts; what the sight does not list is not there.

use crate::answer::work;
use crate::answer::{self, Fault};
use crate::app::{App, Shared};
use crate::desk::clerk::{Clerk, clerk};
use crate::shown;
use crate::visit::Visit;
use acts::drafts;
use acts::papers::{CaseItem, CaseSource, PrintError, Printable, case_file, printable};
use acts::policy::About;
use acts::receipt::{ReceiptError, receipt};
use acts::seals::{self, PaperPlace, SealError};
use acts::sight::Sight;
use acts::unmask::{self, UnmaskError};
use axum::extract::{Path, State};
use axum::response::Response;
use kernel::names::{MatterId, Name};
use kernel::procedure::{PaperDef, SeatPlace};
use kernel::value::FileRef;
use paper::{Annex, DossierItem, Must, PaperError, Press, Source};
use serde_json::Value as Json;
use store::DraftId;

/// GET /desk/matters/{id}/papers/{version}/{paper}
pub async fn paper(
    State(app): State<Shared>,
    visit: Visit,
    Path((id, version, paper)): Path<(String, u32, String)>,
) -> Response {
    work(app, visit, move |app, visit| {
        let clerk = clerk(app, visit)?;
        let sight = clerk.sight(app, &id)?;
        let name = Name::new(paper);
        let (printed, file) = paper_pdf(app, &sight, version, &name)?;
        // That it was opened is recorded before it leaves, where values stand in it in clear.
        let who = &clerk.person;
        unmask::open_paper(&app.bureau, app.now(), &who.id, &who.posts, &sight.loaded, &name, &printed.data)?;
        Ok(file)
    })
    .await
}

/// A paper of a matter as PDF, if the sight lists it, and what it was set from.
///
/// # Errors
/// [`Fault::NotFound`] for what the viewer may not open; [`Fault::Unavailable`] without a press.
pub fn paper_pdf(app: &App, sight: &Sight, version: u32, paper: &Name) -> Result<(Printable, Response), Fault> {
    let seen =
        sight.papers.iter().find(|seen| seen.version == version && &seen.paper == paper).ok_or(Fault::NotFound)?;
    let (printed, pdf, _) = signed_paper(app, &sight.loaded.matter.id, version, paper)?;
    let number = seen.number.as_ref().map(|number| format!("{number} ")).unwrap_or_default();
    let file = answer::file("application/pdf", &format!("{number}{}.pdf", printed.title), pdf, false);
    Ok((printed, file))
}

/// GET /desk/matters/{id}/papers/{version}/{paper}/signature
pub async fn signature(
    State(app): State<Shared>,
    visit: Visit,
    Path((id, version, paper)): Path<(String, u32, String)>,
) -> Response {
    work(app, visit, move |app, visit| {
        let clerk = clerk(app, visit)?;
        signature_file(app, &clerk.sight(app, &id)?, version, &Name::new(paper))
    })
    .await
}

/// The detached signature of a paper, if the sight lists the paper.
///
/// # Errors
/// As [`paper_pdf`]; [`Fault::NotFound`] where it is signed by no office.
pub fn signature_file(app: &App, sight: &Sight, version: u32, paper: &Name) -> Result<Response, Fault> {
    if !sight.papers.iter().any(|seen| seen.version == version && &seen.paper == paper) {
        return Err(Fault::NotFound);
    }
    let (printed, _, signature) = signed_paper(app, &sight.loaded.matter.id, version, paper)?;
    let text = serde_json::to_vec_pretty(&signature.ok_or(Fault::NotFound)?)
        .map_err(|error| Fault::Internal(error.to_string()))?;
    let number = printed.number.map(|number| format!("{number} ")).unwrap_or_default();
    Ok(answer::file("application/json", &format!("{number}{}.sig.json", printed.title), text, true))
}

/// A paper set from its acts, its bytes, and the signature of its office over them. A paper that cannot be signed just
/// now is given all the same, and the fault is logged: the decision on it stands without.
///
/// # Errors
/// [`Fault::NotFound`] for what was never issued; [`Fault::Unavailable`] without a press.
pub fn signed_paper(
    app: &App,
    matter: &MatterId,
    version: u32,
    paper: &Name,
) -> Result<(Printable, Vec<u8>, Option<Json>), Fault> {
    let printed = printable(&app.bureau, app.now(), matter, paper, version)?;
    let pdf = press(app)?.render(&printed.template, &printed.data)?.bytes;
    let place = PaperPlace { matter: matter.clone(), version, paper: paper.clone() };
    let signature = match seals::seal(&app.bureau, app.now(), &printed, &place, &pdf) {
        Ok(signature) => Some(signature),
        Err(SealError::NoOffice) => None,
        Err(error) => {
            tracing::error!(%error, "a paper leaves without its signature");
            None
        }
    };
    Ok((printed, pdf, signature))
}

/// What sets papers.
///
/// # Errors
/// [`Fault::Unavailable`] where this machine has no fonts.
pub fn press(app: &App) -> Result<&Press, Fault> {
    app.press.as_ref().map_err(|why| Fault::Unavailable(format!("这台机器不能生成文书：{why}")))
}

/// GET /desk/matters/{id}/dossier
pub async fn dossier(State(app): State<Shared>, visit: Visit, Path(id): Path<String>) -> Response {
    work(app, visit, move |app, visit| {
        let clerk = clerk(app, visit)?;
        let sight = clerk.sight(app, &id)?;
        if !may_open_case_file(app, &clerk, &sight) {
            return Err(Fault::Forbidden("案卷里有没有遮盖的个人信息，只有办理本件的人可以打开。".to_owned()));
        }
        // Who opens it is recorded first: in the case file values stand in clear.
        let who = &clerk.person;
        unmask::open_case_file(&app.bureau, app.now(), &who.id, &who.posts, &sight.loaded.matter.id)?;
        let file = case_file(&app.bureau, app.now(), &sight.loaded.matter.id)?;
        let items = file.items.into_iter().filter(|item| is_given(&clerk, &sight, item));
        let items = items.map(|item| bound(app, item)).collect::<Result<Vec<_>, Fault>>()?;
        let mut cover = file.cover;
        if let Some(cover) = cover.as_object_mut() {
            let sealed = sight.sealed_by.as_ref().map(|cite| format!("依法封存（{cite}）　")).unwrap_or_default();
            let line = format!("{sealed}{}（{}）于{}打印", who.name, who.id, shown::time_zh(app.now().civil));
            cover.insert("printed-by".to_owned(), line.into());
        }
        let bound = press(app)?.dossier(&cover, &items)?;
        let number = sight.loaded.matter.number.clone().unwrap_or_default();
        Ok(answer::file("application/pdf", &format!("{number} 案卷.pdf"), bound.pdf.bytes, false))
    })
    .await
}

/// The whole file holds values in clear: whoever may see those may open it.
pub fn may_open_case_file(app: &App, clerk: &Clerk, sight: &Sight) -> bool {
    let about =
        About { matter: Some(&sight.loaded.matter), procedure: &sight.loaded.procedure, place: &app.bureau.law.place };
    !sight.dossier.is_empty() && app.bureau.policy.may_unmask(&clerk.person.id, &clerk.person.posts, about)
}

/// Whoever does not handle the matter finds only what their seat may read.
fn is_given(clerk: &Clerk, sight: &Sight, item: &CaseItem) -> bool {
    let matter = &sight.loaded.matter;
    let procedure = &sight.loaded.procedure;
    // A file may be veiled from somebody who reads every paper.
    if let CaseSource::File(file) = &item.source {
        return shown::all_files(sight).iter().any(|seen| seen.id == file.id);
    }
    if sight.papers.len() == matter.papers.len() {
        return true;
    }
    let mine = |seat: &Name| match procedure.seat(seat).map(|seat| &seat.place) {
        Some(SeatPlace::Slot(slot)) => {
            matter.slots.get(slot).is_some_and(|seated| seated.entry == clerk.person.id.as_str())
        }
        _ => clerk.person.posts.iter().any(|post| &post.seat == seat),
    };
    let reads = |def: &PaperDef| def.readers.iter().any(mine);
    match &item.source {
        CaseSource::Paper(printed) => procedure.papers.iter().filter(|def| def.template == printed.template).any(reads),
        CaseSource::File(_) | CaseSource::Missing => true,
    }
}

fn bound(app: &App, item: CaseItem) -> Result<DossierItem, Fault> {
    let source = match item.source {
        CaseSource::Paper(printed) => Source::Rendered { template: printed.template, data: printed.data },
        CaseSource::File(file) => {
            let bytes = drafts::open_file(&app.bureau, &file)?;
            Source::Attached(Annex { name: file.name, media: file.media, bytes })
        }
        CaseSource::Missing => Source::Missing,
    };
    let must = if item.must { Must::Must } else { Must::Optional };
    Ok(DossierItem { title: item.title, number: item.number, author: item.author, date: item.date, must, source })
}

/// GET /desk/matters/{id}/files/{file}
pub async fn file(State(app): State<Shared>, visit: Visit, Path((id, file)): Path<(String, String)>) -> Response {
    work(app, visit, move |app, visit| {
        let clerk = clerk(app, visit)?;
        let sight = clerk.sight(app, &id)?;
        let found = shown::all_files(&sight).into_iter().find(|seen| seen.id == file).ok_or(Fault::NotFound)?;
        let who = &clerk.person;
        unmask::open_file(&app.bureau, app.now(), &who.id, &who.posts, &sight.loaded, &found.id)?;
        opened(app, found)
    })
    .await
}

fn opened(app: &App, file: &FileRef) -> Result<Response, Fault> {
    let bytes = drafts::open_file(&app.bureau, file)?;
    Ok(answer::file(&file.media, &file.name, bytes, false))
}

/// GET /desk/drafts/{key}/files/{file}
pub async fn draft_file(
    State(app): State<Shared>,
    visit: Visit,
    Path((key, file)): Path<(String, String)>,
) -> Response {
    work(app, visit, move |app, visit| {
        let clerk = clerk(app, visit)?;
        let filled = drafts::load(&app.bureau, &DraftId(key))?.ok_or(Fault::NotFound)?;
        if filled.notes.get("person").map(String::as_str) != Some(clerk.person.id.as_str()) {
            return Err(Fault::NotFound);
        }
        let found = filled.raw.files.values().flatten().find(|kept| kept.id == file).ok_or(Fault::NotFound)?;
        opened(app, found)
    })
    .await
}

/// GET /desk/matters/{id}/receipt/{version}
pub async fn receipt_file(
    State(app): State<Shared>,
    visit: Visit,
    Path((id, version)): Path<(String, u32)>,
) -> Response {
    work(app, visit, move |app, visit| {
        let clerk = clerk(app, visit)?;
        let sight = clerk.sight(app, &id)?;
        let receipt = receipt(&app.bureau, app.now(), &sight.loaded.matter.id, version)?;
        let number = sight.loaded.matter.number.clone().unwrap_or_default();
        let text = serde_json::to_string_pretty(&receipt).map_err(|error| Fault::Internal(error.to_string()))?;
        Ok(answer::file("application/json", &format!("{number} 凭证{version}.json"), text.into_bytes(), true))
    })
    .await
}

impl From<PrintError> for Fault {
    fn from(error: PrintError) -> Fault {
        match error {
            PrintError::NotIssued { .. } => Fault::NotFound,
            PrintError::Load(error) => error.into(),
            other => Fault::Internal(other.to_string()),
        }
    }
}

impl From<UnmaskError> for Fault {
    fn from(error: UnmaskError) -> Fault {
        match error {
            UnmaskError::Forbidden => Fault::Forbidden("这件不由您办理，不能查看全部内容。".to_owned()),
            UnmaskError::NoValue(_) => Fault::NotFound,
            other => Fault::Internal(other.to_string()),
        }
    }
}

impl From<ReceiptError> for Fault {
    fn from(error: ReceiptError) -> Fault {
        match error {
            ReceiptError::NoAct { .. } => Fault::NotFound,
            other => Fault::Internal(other.to_string()),
        }
    }
}

impl From<PaperError> for Fault {
    fn from(error: PaperError) -> Fault {
        match error {
            PaperError::MissingGlyph { character, context, .. } => Fault::Unavailable(format!(
                "文书排不出来：字库里没有“{context}”中的“{character}”，请换一个字或者安装字库。"
            )),
            other => Fault::Internal(other.to_string()),
        }
    }
}

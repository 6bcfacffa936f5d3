//! What a sight shows, as components: lights, deadlines, course, answers, papers, articles, receipt.
//!
//! Masking and veils were applied when the sight was made; here nothing is looked up again and no
//! rule is applied. Both sides of the site show a matter through these functions, so that a citizen
//! and a clerk read the same words.
//!
//! INVARIANT: nothing is shown that the sight does not carry.

use crate::answer::Fault;
use crate::app::App;
use crate::components::clock::{
    self, ClockStep, DeadlineCard, Light, LightState, Progress, Stopped, Timeline, TimelineEntry,
};
use crate::components::parts::{
    ArticleQuote, FileLink, FileList, ReceiptCard, SummaryList, SummaryRow, SummaryValue, Tag, Tone,
};
use crate::components::table::Cell;
use crate::components::{Link, Markup};
use crate::questions::{article_href, article_link, size_zh};
use acts::sight::{SeenAct, SeenClock, SeenFact, SeenGroup, SeenPaper, Sight};
use acts::unmask::Purpose;
use jiff::civil::{Date, Weekday};
use kernel::clock::{Unit, days_left, zh_date};
use kernel::names::Name;
use kernel::procedure::{Citation, LimitKind};
use kernel::value::FileRef;
use store::{DueState, MatterRow};

/// The mark of a file sealed by law, in lists.
const SEALED: &str = "依法封存";

/// What a matter is about in a list, with a mark where its file is sealed.
pub fn about(row: &MatterRow) -> Cell {
    let text = row.title.clone();
    if row.sealed { Cell::Marked { text, tag: Tag::new(Tone::Plain, SEALED) } } else { Cell::Long(text) }
}

/// The mark of a file sealed by law, with its article.
pub fn sealed_tag(sight: &Sight) -> Option<Tag> {
    sight.sealed_by.as_ref().map(|cite| Tag::new(Tone::Plain, format!("{SEALED}（{cite}）")))
}

/// What stands where the content of an erased person stood.
const ERASED: &str = "已依法删除，任何人都不能恢复。步骤、编号和每一步的摘要还在，记录仍然可以验证。";

/// Days left at which a light warns; also the width of the box of what is due soon.
pub const SOON_DAYS: i64 = 3;

/// Where the links of one matter lead on this side of the site.
#[derive(Debug, Clone, Default)]
pub struct Places {
    /// Below it: `{version}/{paper}`.
    pub papers: String,
    /// Below it: the identity of a file.
    pub files: String,
    /// Where a reason for seeing a masked value is sent; none where nothing may be unmasked.
    pub unmask: Option<String>,
    /// Proof for that form.
    pub csrf: String,
}

impl Places {
    /// Address of a paper.
    pub fn paper(&self, version: u32, paper: &Name) -> String {
        format!("{}/{version}/{paper}", self.papers)
    }

    /// Address of a file.
    pub fn file(&self, file: &FileRef) -> String {
        format!("{}/{}", self.files, file.id)
    }
}

/// A day with its weekday: `2026年2月24日（星期二）`.
pub fn day_zh(day: Date) -> String {
    let weekday = match day.weekday() {
        Weekday::Monday => "一",
        Weekday::Tuesday => "二",
        Weekday::Wednesday => "三",
        Weekday::Thursday => "四",
        Weekday::Friday => "五",
        Weekday::Saturday => "六",
        Weekday::Sunday => "日",
    };
    format!("{}（星期{weekday}）", zh_date(day))
}

/// A civil time to the minute: `2026年2月24日 9:05`.
pub fn time_zh(at: jiff::civil::DateTime) -> String {
    format!("{} {}:{:02}", zh_date(at.date()), at.hour(), at.minute())
}

/// The light of a limit.
pub fn light(clock: &SeenClock, today: Date) -> Light {
    let state = match (clock.ended, &clock.stopped, clock.due_on) {
        (true, ..) if clock.light == kernel::clock::Light::Red => LightState::Overdue,
        (true, ..) => LightState::Done,
        (_, Some(_), _) => LightState::Stopped,
        (_, None, None) => LightState::NoLimit,
        (_, None, Some(due)) => left(days_left(due, today)),
    };
    Light::new(state, clock.light_text.clone())
}

fn left(days: i64) -> LightState {
    match days {
        ..0 => LightState::Overdue,
        0 => LightState::DueToday,
        1..=SOON_DAYS => LightState::Near,
        _ => LightState::Ample,
    }
}

/// The light of a row of a list, from the day and the state kept with it. Days are natural days:
/// the card of the matter tells working days where the limit counts them.
pub fn row_light(due_on: Option<&str>, state: DueState, today: Date) -> Light {
    let due: Option<Date> = due_on.and_then(|day| day.parse().ok());
    match (state, due) {
        (DueState::Stopped, _) => Light::new(LightState::Stopped, "中止"),
        (DueState::Unknown, _) => Light::new(LightState::NoLimit, "期限算不出"),
        (DueState::None, _) | (DueState::Running, None) => Light::new(LightState::NoLimit, "无期限"),
        (DueState::Running, Some(due)) => {
            let days = days_left(due, today);
            let text = match days {
                ..0 => format!("已超期{}日", -days),
                0 => "今天到期".to_owned(),
                _ => format!("剩{days}天"),
            };
            Light::new(left(days), text)
        }
    }
}

/// The card of one limit. `mine` holds the titles of the reader's seats; `form` leads to the
/// remedy where it can be sought here.
pub fn deadline(sight: &Sight, clock: &SeenClock, today: Date, mine: &[String], form: Option<Link>) -> DeadlineCard {
    let reader_acts = !clock.ended && mine.contains(&clock.by);
    let total = clock.due_on.map(|due| days_left(due, clock.started_on)).unwrap_or_default();
    let used = clock.used_days.clamp(0, total.max(0));
    let whole = |days: i64| u32::try_from(days).unwrap_or_default();
    let limit = sight.loaded.procedure.limit(&clock.limit);
    DeadlineCard {
        id: format!("limit-{}", clock.limit),
        duty: clock.title.clone(),
        turn: turn(sight, clock, reader_acts),
        reader_acts,
        light: light(clock, today),
        days_used: whole(used),
        days_total: if clock.stopped.is_some() { 0 } else { whole(total) },
        days_text: format!("已用{}天，{}", clock.used_days, clock.light_text),
        due_on: clock.due_on.map(day_zh).unwrap_or_default(),
        counting: limit.map(|limit| counting(limit.unit, limit.rolls)).unwrap_or_default(),
        limit: format!("{}（{}）", clock.length, kind_zh(clock.kind)),
        article: clock.cite.as_ref().map(article_link),
        earlier_due: None,
        steps: steps(clock),
        stopped: stopped(sight, clock, mine),
        // What would have happened is of no use once it is done.
        at_expiry: if clock.ended { String::new() } else { clock.at_end.clone() },
        remedy: if clock.ended { None } else { remedy(sight, form) },
    }
}

fn turn(sight: &Sight, clock: &SeenClock, reader_acts: bool) -> String {
    match (clock.ended, reader_acts) {
        (true, _) => format!("{}：已经完成", clock.title),
        // A clock that stands still waits for whoever has the turn, not for its own office.
        (false, _) if clock.stopped.is_some() => format!("{}的时间停着", clock.by),
        (false, true) => "现在轮到您办".to_owned(),
        (false, false) if sight.turn.is_empty() => sight.stage.clone(),
        (false, false) => format!("现在轮到：{}", clock.by),
    }
}

fn counting(unit: Unit, rolls: bool) -> String {
    let count = match unit {
        Unit::Minute | Unit::Hour => "从开始的时刻起连续计算，不避开夜间和休假日。",
        Unit::NaturalDay => "按自然日计算，休假日也算在内。",
        Unit::WorkingDay => "按工作日计算，休假日不算在内，调休上班的日子算。",
        Unit::Month | Unit::Year => "按月、按年计算，到期月的对应日届满。",
    };
    let roll = if rolls { "末日是休假日的，顺延到休假日后的第一个工作日。" } else { "" };
    format!("{count}{roll}")
}

/// Law, promise or house rule, in words.
pub fn kind_zh(kind: LimitKind) -> &'static str {
    match kind {
        LimitKind::Statutory => "法定期限",
        LimitKind::Promised => "承诺期限",
        LimitKind::Internal => "本市规定的期限",
    }
}

fn steps(clock: &SeenClock) -> Vec<ClockStep> {
    let start = ClockStep {
        day: zh_date(clock.started_on),
        text: format!("从这一天开始，期限{}。", clock.length),
        article: clock.cite.as_ref().map(article_link),
    };
    let reckoned = clock.steps.iter().map(|text| ClockStep { day: String::new(), text: text.clone(), article: None });
    let open = clock.open_point.iter().map(|(question, assumption)| ClockStep {
        day: "待核".to_owned(),
        text: format!("{}？现在按“{assumption}”办理。", question.trim_end_matches(['？', '。'])),
        article: None,
    });
    std::iter::once(start).chain(reckoned).chain(open).collect()
}

/// The sight says since when and why in one sentence; the card has the day in a place of its own.
fn stopped(sight: &Sight, clock: &SeenClock, mine: &[String]) -> Option<Stopped> {
    let text = clock.stopped.as_ref()?;
    let (since, reason) = text.split_once("起停：").unwrap_or(("", text));
    let waits = sight.turn.join("、");
    let why = match (waits.is_empty(), mine.iter().any(|seat| sight.turn.contains(seat))) {
        (true, _) => format!("原因：{reason}。"),
        (false, true) => format!("{reason}后在等您，这段时间不算；您办了以后接着算。"),
        (false, false) => format!("{reason}后在等{waits}，这段时间不算；办了以后接着算。"),
    };
    Some(Stopped { reason: why, since: since.to_owned(), paper: None })
}

/// What a person may do against the latest adverse act.
pub fn remedy(sight: &Sight, form: Option<Link>) -> Option<clock::Remedy> {
    let remedy = sight.remedy.as_ref()?;
    Some(clock::Remedy {
        text: format!("{}：向{}提出，期限：{}。", remedy.text, remedy.body, remedy.term),
        form,
        article: Some(article_link(&remedy.cite)),
    })
}

/// The limit that matters most now: running before stopped, law before promise, the nearest first.
pub fn governing(sight: &Sight) -> Option<&SeenClock> {
    let open = sight.clocks.iter().filter(|clock| !clock.ended);
    open.min_by_key(|clock| (clock.stopped.is_some(), clock.due_on.is_none(), clock.kind, clock.due_on))
}

/// Every limit, the open ones first.
pub fn deadlines(sight: &Sight, today: Date, mine: &[String]) -> Vec<DeadlineCard> {
    let mut clocks: Vec<&SeenClock> = sight.clocks.iter().collect();
    clocks.sort_by_key(|clock| (clock.ended, clock.stopped.is_some(), clock.kind, clock.due_on));
    let mut cards: Vec<DeadlineCard> = clocks.iter().map(|clock| deadline(sight, clock, today, mine, None)).collect();
    // A limit can run more than once; headings need names of their own.
    for (at, card) in cards.iter_mut().enumerate() {
        card.id = format!("{}-{at}", card.id);
    }
    cards
}

/// The course of a matter, and where it waits now.
pub fn timeline(sight: &Sight, places: &Places) -> Timeline {
    let mut entries: Vec<TimelineEntry> = sight.timeline.iter().map(|act| entry(act, places)).collect();
    if sight.closed {
        if let Some(last) = entries.last_mut() {
            last.progress = Progress::Now;
        }
    } else {
        entries.push(TimelineEntry {
            progress: Progress::Now,
            what: sight.stage.clone(),
            who: sight.turn.join("、"),
            when: String::new(),
            note: Some(sight.tells.clone()).filter(|tells| !tells.is_empty()),
            papers: Vec::new(),
            articles: sight.cites.iter().map(article_link).collect(),
        });
    }
    Timeline { entries }
}

fn entry(act: &SeenAct, places: &Places) -> TimelineEntry {
    let seated = act.seated.iter().map(|(slot, person, how)| format!("{slot}：{person}（{how}）"));
    let stated =
        act.facts.iter().filter(|fact| fact.files.is_empty()).map(|fact| format!("{}：{}", fact.label, fact.text));
    let note: Vec<String> = seated.chain(stated).collect();
    let note = joined(&note);
    TimelineEntry {
        progress: Progress::Past,
        what: act.title.clone(),
        who: if act.who.is_empty() { act.seat.clone() } else { act.who.trim().to_owned() },
        when: time_zh(act.at),
        note: (!note.is_empty()).then_some(note),
        papers: act
            .papers
            .iter()
            .map(|(paper, title, number)| {
                let number = number.as_ref().map(|number| format!(" {number}")).unwrap_or_default();
                Link::new(format!("{title}{number}"), places.paper(act.version, paper))
            })
            .collect(),
        articles: act.cites.iter().map(article_link).collect(),
    }
}

/// Statements as one sentence each, with one mark between them.
pub fn joined(stated: &[String]) -> String {
    let last = stated.len().saturating_sub(1);
    let each = stated.iter().enumerate();
    each.map(|(at, text)| if at < last { format!("{}；", text.trim_end_matches(['。', '；'])) } else { text.clone() })
        .collect()
}

/// What was handed in, by section. `clear` is the one field just seen in clear, with the reason.
pub fn sections(sight: &Sight, places: &Places, clear: Option<&Unmasked>) -> Vec<SummaryList> {
    let gone = sight
        .erased
        .then(|| SummaryList {
            title: "已删除的内容".to_owned(), rows: vec![SummaryRow::text("个人信息", ERASED)]
        });
    gone.into_iter().chain(sight.facts.iter().map(|group| section(group, places, clear))).collect()
}

/// A value just seen in clear.
#[derive(Debug, Clone)]
pub struct Unmasked {
    /// The field.
    pub field: Name,
    /// Its value.
    pub value: String,
    /// The reason recorded.
    pub reason: String,
}

/// One section.
pub fn section(group: &SeenGroup, places: &Places, clear: Option<&Unmasked>) -> SummaryList {
    let rows = group.facts.iter().map(|fact| SummaryRow {
        key: fact.label.clone(),
        value: value(fact, places, clear),
        change: None,
    });
    SummaryList { title: group.title.clone(), rows: rows.collect() }
}

fn value(fact: &SeenFact, places: &Places, clear: Option<&Unmasked>) -> SummaryValue {
    if let Some(clear) = clear.filter(|clear| clear.field == fact.field) {
        return SummaryValue::Unmasked { value: clear.value.clone(), reason: clear.reason.clone() };
    }
    if !fact.files.is_empty() {
        return SummaryValue::Files(files(&fact.files, places));
    }
    match &places.unmask {
        Some(action) if fact.masked => SummaryValue::Masked {
            shown: fact.text.clone(),
            id: format!("reason-{}", fact.field.as_str().replace('.', "-")),
            action: action.clone(),
            field: fact.field.to_string(),
            csrf: places.csrf.clone(),
            purposes: purposes(),
        },
        _ if fact.text.contains('\n') => SummaryValue::Lines(fact.text.lines().map(str::to_owned).collect()),
        _ => SummaryValue::Text(fact.text.clone()),
    }
}

/// What a value may be seen in clear for: the word that is sent, and its text.
fn purposes() -> Vec<(String, String)> {
    Purpose::ALL.into_iter().map(|purpose| (purpose.as_str().to_owned(), purpose.zh().to_owned())).collect()
}

fn files(files: &[FileRef], places: &Places) -> FileList {
    let files = files.iter().map(|file| FileLink {
        name: file.name.clone(),
        about: format!("{}，{}", media_zh(&file.media), size_zh(file.size_bytes)),
        href: places.file(file),
        note: String::new(),
        beside: None,
    });
    FileList { files: files.collect(), empty: "没有附件。".to_owned() }
}

fn media_zh(media: &str) -> &str {
    match media {
        "image/jpeg" => "JPG",
        "image/png" => "PNG",
        "application/pdf" => "PDF",
        _ => "文件",
    }
}

/// Every file of the matter that the viewer may see: of the answers and of the acts.
pub fn all_files(sight: &Sight) -> Vec<&FileRef> {
    let answers = sight.facts.iter().flat_map(|group| &group.facts);
    let acted = sight.timeline.iter().flat_map(|act| &act.facts);
    let mut found: Vec<&FileRef> = Vec::new();
    for file in answers.chain(acted).flat_map(|fact| &fact.files) {
        if found.iter().all(|known| known.id != file.id) {
            found.push(file);
        }
    }
    found
}

/// All files as a list.
pub fn file_list(sight: &Sight, places: &Places) -> FileList {
    let found: Vec<FileRef> = all_files(sight).into_iter().cloned().collect();
    files(&found, places)
}

/// The papers the viewer may open, newest first, void ones said to be void.
pub fn paper_list(sight: &Sight, places: &Places) -> FileList {
    let paper = |paper: &SeenPaper| FileLink {
        name: paper.title.clone(),
        about: paper.number.as_ref().map_or_else(|| "PDF".to_owned(), |number| format!("{number}，PDF")),
        href: places.paper(paper.version, &paper.paper),
        note: if paper.voided { "文号已作废".to_owned() } else { format!("{}作出", zh_date(paper.on)) },
        beside: Some(Link::new("下载签名文件", format!("{}/signature", places.paper(paper.version, &paper.paper)))),
    };
    FileList { files: sight.papers.iter().rev().map(paper).collect(), empty: "还没有文书。".to_owned() }
}

/// The text of articles from the imported corpus; an article that is not imported says so.
///
/// # Errors
/// What the store says.
pub fn articles(app: &App, cites: &[Citation], why: &str) -> Result<Vec<ArticleQuote>, Fault> {
    let mut quotes = Vec::new();
    for cite in cites {
        let rows = app.bureau.store.article(&cite.statute, i32::try_from(cite.article).unwrap_or_default())?;
        let name = format!("第{}条", kernel::names::chinese_number(cite.article));
        let text: Vec<String> = match rows.first() {
            Some(row) => row.text.lines().filter(|line| !line.trim().is_empty()).map(str::to_owned).collect(),
            None => vec!["本机没有导入这部法规的条文，请导入后再看，或者查阅公布的文本。".to_owned()],
        };
        quotes.push(ArticleQuote {
            statute: cite.statute.clone(),
            article: name,
            text,
            href: article_href(cite),
            why: why.to_owned(),
        });
    }
    Ok(quotes)
}

/// A digest in groups of four, its first sixteen digits.
pub fn fingerprint(hash: &str) -> String {
    let digits: Vec<char> = hash.chars().take(16).collect();
    digits.chunks(4).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join(" ")
}

/// The receipt of an act. `download` is the receipt as a file, `paper` its slip.
pub fn receipt_card(sight: &Sight, version: u32, hash: &str, download: String, places: &Places) -> Option<ReceiptCard> {
    let act = sight.timeline.iter().find(|act| act.version == version)?;
    let number = sight.loaded.matter.number.clone().unwrap_or_default();
    let text = format!("xiezhi:receipt:{number}:{hash}");
    let svg = paper::qr_svg(&text).ok()?;
    let drawn = svg.find("<svg").and_then(|start| svg.get(start..)).unwrap_or_default().to_owned();
    let slip = sight.papers.iter().find(|paper| {
        paper.version == version && sight.loaded.procedure.paper(&paper.paper).is_some_and(|def| def.sealed)
    });
    Some(ReceiptCard {
        number,
        what: act.title.clone(),
        received_at: time_zh(act.at),
        fingerprint: fingerprint(hash),
        qr: Markup::drawn(drawn),
        qr_text: format!("凭证二维码，内容是：{text}"),
        download: Link::new("下载凭证文件", download),
        paper: slip.map(|slip| Link::new("打开纸质凭证（PDF）", places.paper(slip.version, &slip.paper))),
        verify_href: "/verify".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn a_row_says_in_words_what_its_light_means() {
        let today = date(2026, 3, 4);
        let check = |due: Option<&str>, state, expected: (LightState, &str)| {
            let light = row_light(due, state, today);
            assert_eq!((light.state, light.text.as_str()), expected, "{due:?}");
        };
        check(Some("2026-03-03"), DueState::Running, (LightState::Overdue, "已超期1日"));
        check(Some("2026-03-04"), DueState::Running, (LightState::DueToday, "今天到期"));
        check(Some("2026-03-07"), DueState::Running, (LightState::Near, "剩3天"));
        check(Some("2026-03-08"), DueState::Running, (LightState::Ample, "剩4天"));
        check(None, DueState::Stopped, (LightState::Stopped, "中止"));
        check(None, DueState::None, (LightState::NoLimit, "无期限"));
        check(None, DueState::Unknown, (LightState::NoLimit, "期限算不出"));
    }

    #[test]
    fn days_are_written_with_their_weekday() {
        assert_eq!(day_zh(date(2026, 2, 24)), "2026年2月24日（星期二）");
        assert_eq!(time_zh(date(2026, 2, 24).at(9, 5, 0, 0)), "2026年2月24日 9:05");
        assert_eq!(fingerprint("0123456789abcdef00"), "0123 4567 89ab cdef");
    }
}

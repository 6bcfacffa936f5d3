//! The case file: order, page numbers, attachments.

use paper::{Annex, DossierItem, Must, Source};
use serde_json::{Value, json};

use crate::bench::{keep, lines_of, press, squeezed, text_of};
use crate::sample::{full, issued};

fn cover() -> Value {
    json!({
        "office": "东湖区法律援助中心", "name": "法律援助：请求确认劳动关系或者支付劳动报酬 犇赟喆",
        "number": "（2026）东援民字第1号", "handler": "王祎堃", "from": "2026-02-13", "until": "2026-08-01",
        "filed-by": "赵垚", "filed-on": "2026-08-01", "retention": "长期"
    })
}

fn item(title: &str, number: Option<&str>, must: Must, source: Source) -> DossierItem {
    DossierItem {
        title: title.to_owned(),
        number: number.map(str::to_owned),
        author: "东湖区法律援助中心".to_owned(),
        date: "2026-02-24".to_owned(),
        must,
        source,
    }
}

fn ours(name: &str) -> Source {
    let data = match name {
        "application-form" => issued(&["apply"], name),
        "closing-report" => {
            issued(&["apply", "propose-grant", "grant", "assign-lawyer", "accept", "report-closing"], name)
        }
        _ => full(),
    };
    Source::Rendered { template: format!("legal-aid/{name}.typ"), data }
}

fn attached(name: &str, media: &str, bytes: &[u8]) -> Source {
    Source::Attached(Annex { name: name.to_owned(), media: media.to_owned(), bytes: bytes.to_vec() })
}

/// A grey picture of 8 x 8 pixels, as PNG.
fn png() -> Vec<u8> {
    hex::decode(concat!(
        "89504e470d0a1a0a0000000d4948445200000008000000080800000000e164e1570000000e494441",
        "5478da6368800206ca18008084200110e86a170000000049454e44ae426082"
    ))
    .unwrap()
}

fn items(foreign: Vec<u8>) -> Vec<DossierItem> {
    vec![
        item("法律援助申请表", Some("〔2026〕援申字第1号"), Must::Must, ours("application-form")),
        item("身份证明", None, Must::Must, attached("身份证.png", "image/png", &png())),
        item("给予法律援助决定书", Some("〔2026〕援决字第1号"), Must::Must, ours("grant-decision")),
        item("委托书", None, Must::Optional, Source::Missing),
        item("仲裁裁决书", None, Must::Must, attached("裁决书.pdf", "application/pdf", &foreign)),
        item("录音", None, Must::Optional, attached("通话.mp3", "audio/mpeg", b"not a picture")),
        item("损坏的扫描件", None, Must::Optional, attached("坏.pdf", "application/pdf", b"%PDF-1.7 broken")),
        item("结案报告表", None, Must::Must, ours("closing-report")),
    ]
}

/// Where each item really starts, from the words on the pages.
fn number_on(page: &str) -> Option<usize> {
    page.lines().find(|line| !line.trim().is_empty())?.trim().parse().ok()
}

#[test]
fn the_catalogue_gives_the_pages_on_which_items_stand() {
    let Some(press) = press() else { return };
    let foreign = press
        .render("legal-aid/refusal-decision.typ", &issued(&["apply", "propose-refuse", "refuse"], "refusal-decision"))
        .unwrap();
    let dossier = press.dossier(&cover(), &items(foreign.bytes)).unwrap();
    keep("dossier", &dossier.pdf.bytes);
    assert_eq!(dossier.undrawn, [5, 6]);
    assert!(!dossier.pdf.archival, "PDF pages of others are inside");
    let Some(text) = lines_of(&dossier.pdf.bytes) else { return };
    let pages: Vec<&str> = text.trim_end_matches('\u{c}').split('\u{c}').collect();
    assert_eq!(pages.len(), dossier.pdf.pages);

    // Titles as they stand on the pages of the items, with the catalogue's words.
    let wanted = [
        ("法律援助申请表", "法律援助申请表"),
        ("〔2026〕援决字第1号", "给予法律援助决定书"),
        ("仲裁裁决书", "不予法律援助决定书"),
        ("录音", "通话.mp3"),
        ("损坏的扫描件", "坏.pdf"),
        ("结案报告表", "法律援助结案报告表"),
    ];
    let catalogue = pages.iter().find(|page| squeezed(page).contains("卷内目录")).unwrap();
    for (title, on_page) in wanted {
        let stands = pages
            .iter()
            .find(|page| {
                squeezed(page).contains(on_page) && !squeezed(page).contains("卷内目录") && number_on(page).is_some()
            })
            .unwrap_or_else(|| panic!("{on_page} is on no page"));
        let number = number_on(stands).unwrap();
        let line = catalogue.lines().find(|line| line.contains(title));
        let line = line.unwrap_or_else(|| panic!("{title} is not in the catalogue: {catalogue}"));
        let listed = line.split_whitespace().skip_while(|word| *word != "2026-02-24");
        let listed = listed.skip(1).find(|word| word.starts_with(|c: char| c.is_ascii_digit()));
        let listed = listed.unwrap_or_else(|| panic!("no page number: {line}"));
        let listed = listed.split('－').next().unwrap();
        assert_eq!(listed, number.to_string(), "{title}: {line}");
    }
    assert!(squeezed(catalogue).contains("（缺）"));
    // First page of the items is a front side, and the numbers have no gap.
    let numbered: Vec<(usize, usize)> = pages
        .iter()
        .enumerate()
        .filter_map(|(index, page)| number_on(page).map(|number| (index + 1, number)))
        .collect();
    assert_eq!(numbered[0].0 % 2, 1, "{numbered:?}");
    for (place, (page, number)) in numbered.iter().enumerate() {
        assert_eq!(*number, place + 1, "page {page}");
    }
}

#[test]
fn a_case_file_of_papers_and_pictures_is_archival_and_stable() {
    let Some(press) = press() else { return };
    let parts = [
        item("法律援助申请表", None, Must::Must, ours("application-form")),
        item("身份证明", None, Must::Must, attached("身份证.png", "image/png", &png())),
    ];
    let first = press.dossier(&cover(), &parts).unwrap();
    assert!(first.pdf.archival && first.undrawn.is_empty(), "{:?}", first.undrawn);
    assert_eq!(first, press.dossier(&cover(), &parts).unwrap());
}

#[test]
fn an_empty_case_file_has_a_cover() {
    let Some(press) = press() else { return };
    let dossier = press.dossier(&json!({}), &[]).unwrap();
    assert!(dossier.pdf.pages >= 3);
}

#[test]
fn the_notice_states_name_size_and_hash() {
    let Some(press) = press() else { return };
    let parts = [item("录音", None, Must::Optional, attached("通话.mp3", "audio/mpeg", b"abc"))];
    let dossier = press.dossier(&cover(), &parts).unwrap();
    let Some(text) = text_of(&dossier.pdf.bytes) else { return };
    let text = squeezed(&text);
    assert!(text.contains("通话.mp3") && text.contains("3字节"), "{text}");
    assert!(text.contains("66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"), "{text}");
}

#[test]
fn every_page_says_who_printed_it_and_when() {
    let Some(press) = press() else { return };
    let line = "王静（wang-jing）于2026年3月2日 9:00打印";
    let mut cover = cover();
    cover["printed-by"] = json!(line);
    let foreign = press
        .render("legal-aid/refusal-decision.typ", &issued(&["apply", "propose-refuse", "refuse"], "refusal-decision"))
        .unwrap();
    let dossier = press.dossier(&cover, &items(foreign.bytes)).unwrap();
    let Some(text) = text_of(&dossier.pdf.bytes) else { return };
    let pages: Vec<&str> = text.trim_end_matches('\u{c}').split('\u{c}').collect();
    assert_eq!(pages.len(), dossier.pdf.pages);
    for (at, page) in pages.iter().enumerate() {
        // A page left blank so that the next begins on a front side carries the line as well.
        assert!(squeezed(page).contains(&squeezed(line)), "page {}: {page}", at + 1);
    }
}

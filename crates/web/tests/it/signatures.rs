//! Papers leave with a signature of their office: checked by everybody, fetched by whoever may open the paper.

use crate::desk::{act, filed, person, signed_in, staffed};
use crate::site::{Part, Site};
use acts::{office_keys, seals};
use axum::http::StatusCode;
use serde_json::Value as Json;

fn has_no_press(site: &Site) -> bool {
    let missing = paper::Fonts::find(&[]).is_err();
    if missing {
        println!("skipped: no fonts for papers on this machine, day {}", site.now().on());
    }
    missing
}

fn version_of(site: &Site, matter: &str) -> u32 {
    let id = store::MatterId(matter.rsplit('/').next().unwrap().to_owned());
    site.bureau.store.matter(&id).unwrap().unwrap().version
}

async fn checked(site: &Site, pdf: &[u8]) -> crate::site::Page {
    site.browser().upload("/verify", &[Part::File("receipt", "文书.pdf", pdf.to_vec())]).await
}

#[tokio::test]
async fn a_paper_is_checked_by_anybody_and_no_byte_of_it_can_be_changed() {
    let site = staffed("2026-03-02");
    if has_no_press(&site) {
        return;
    }
    let mut window = signed_in(&site, "window").await;
    let matter = filed(&mut window, &person(1)).await;
    let slip = format!("{matter}/papers/1/receipt-slip");
    let pdf = window.get(&slip).await.bytes;
    let page = checked(&site, &pdf).await;
    page.says("文书是真的，没有被改动过").says("东湖区法律援助中心").says("法律援助申请材料接收凭证").says("没有作废");
    assert!(!page.text.contains("周小满"), "the page tells nothing about a person");
    for at in (5..pdf.len()).step_by(pdf.len() / 16) {
        let mut changed = pdf.to_vec();
        changed[at] ^= 1;
        checked(&site, &changed).await.says("文书核验没有通过").says("没有签发过这样一份文书");
    }
    // The signature beside it and the keys of the offices: enough for who has no network.
    let signature = window.get(&format!("{slip}/signature")).await;
    assert_eq!((signature.status, signature.media.as_str()), (StatusCode::OK, "application/json"));
    let keys = site.browser().get("/verify/keys.json").await;
    let list = office_keys::read_list(&keys.text, Some(&site.bureau.keys.public_key())).unwrap();
    assert!(seals::verify(&pdf, &signature.text, Some(&list)).holds());
    // Whoever may not open the paper does not get its signature either.
    let mut stranger = signed_in(&site, "clerk-west").await;
    assert_eq!(stranger.get(&format!("{slip}/signature")).await.status, StatusCode::NOT_FOUND);
    let nobody = site.browser().get(&format!("{slip}/signature")).await;
    assert!(nobody.status != StatusCode::OK, "{}", nobody.status);
}

#[tokio::test]
async fn a_void_paper_is_said_to_be_void() {
    let site = staffed("2026-03-02");
    if has_no_press(&site) {
        return;
    }
    let matter = filed(&mut signed_in(&site, "window").await, &person(1)).await;
    let mut clerk = signed_in(&site, "clerk").await;
    act(
        &mut clerk,
        &matter,
        "propose-grant",
        &[("applicant-groups", "migrant"), ("review-opinion", "符合条件，拟同意。")],
    )
    .await;
    let mut director = signed_in(&site, "director").await;
    act(&mut director, &matter, "grant", &[("approval-opinion", "同意。")]).await;
    let decision = format!("{matter}/papers/{}/grant-decision", version_of(&site, &matter));
    let pdf = clerk.get(&decision).await.bytes;
    checked(&site, &pdf).await.says("文书是真的，没有被改动过");
    let signature: Json = serde_json::from_str(&clerk.get(&format!("{decision}/signature")).await.text).unwrap();
    let number = signature["number"].as_str().unwrap();
    act(&mut clerk, &matter, "void-number", &[("voided-number", number), ("void-reason", "印章模糊。")]).await;
    checked(&site, &pdf).await.says("文书是真的，但是已经作废").says("重新出具");
}

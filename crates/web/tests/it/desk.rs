//! The workbench from outside: signing in, lists, acts, separation of duty, masks, and every route
//! asked as everybody.

use crate::site::{Browser, Page, Part, Site, resident};
use acts::people;
use acts::policy::HeldPost;
use axum::http::StatusCode;
use store::Store;

/// The password of every simulated account.
pub const PASSWORD: &str = "only-for-these-tests";
/// The smallest picture that counts as one.
pub const JPG: &[u8] = &[0xFF, 0xD8, 0xFF, 0xE0, 0, 16, b'J', b'F', b'I', b'F', 0];
/// Everybody: login, name, seat, office.
pub const CAST: [(&str, &str, &str, &str); 10] = [
    ("clerk", "沈知微", "aid-clerk", "aid-east"),
    ("clerk-west", "韩立春", "aid-clerk", "aid-west"),
    ("director", "顾怀远", "aid-director", "aid-east"),
    ("cashier", "秦素", "aid-cashier", "aid-east"),
    ("reviewer", "孟秋", "bureau-reviewer", "bureau-east"),
    ("window", "石磊", "window", "judicial-west-1"),
    ("organ", "罗成", "organ", "court-east"),
    ("operator", "邵机", "operator", "bureau-city"),
    ("auditor", "乔审", "auditor", "bureau-city"),
    ("lawyer-lu", "陆明法", "", ""),
];

/// A site with everybody's account.
pub fn staffed(day: &str) -> Site {
    let site = Site::on(day);
    // What administrators owe has tests of its own.
    people::limits::set_factor_from(&site.bureau, None).unwrap();
    for (login, name, seat, office) in CAST {
        let posts: Vec<HeldPost> =
            if seat.is_empty() { vec![] } else { vec![HeldPost { seat: seat.into(), office: office.into() }] };
        people::create(&site.bureau, site.now(), login, name, PASSWORD, &posts).unwrap();
    }
    site
}

/// Somebody signed in.
pub async fn signed_in(site: &Site, login: &str) -> Browser {
    let mut browser = site.browser();
    let form = browser.get("/desk/sign-in").await;
    let fields = [
        ("csrf", form.hidden("csrf")),
        ("account", login.to_owned()),
        ("password", PASSWORD.to_owned()),
        ("next", "/desk".to_owned()),
    ];
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, text)| (*name, text.as_str())).collect();
    browser.post("/desk/sign-in", &fields).await.leads_to("/desk");
    browser
}

/// The answers of an application, but for the files.
pub fn application(id: &str) -> Vec<(&'static str, String)> {
    let texts = [
        ("case-kind", "civil"),
        ("cause", "wage"),
        ("venue", "990101001000"),
        ("facts-and-reasons", "单位拖欠三个月工资。"),
        ("applicant.name", "周小满"),
        ("applicant.ethnicity", "汉族"),
        ("applicant.phone", "13800000017"),
        ("applicant.address", "东湖区湖滨街道一号"),
        ("applicant.household", "东湖区湖滨街道一号"),
        ("work-form", "ordinary"),
        ("opponent.name", "示范建工有限公司"),
        ("exempt-group", "none"),
        ("family-size", "3"),
        ("income", "1500"),
        ("hardship-promise", "true"),
        ("truthful", "yes"),
    ];
    let mut fields: Vec<(&'static str, String)> =
        texts.into_iter().map(|(name, text)| (name, text.to_owned())).collect();
    fields.push(("applicant.id-number", id.to_owned()));
    fields
}

/// Files an application at a window; answers the address of the matter.
pub async fn filed(browser: &mut Browser, id: &str) -> String {
    let path = "/desk/open/legal-aid/apply?channel=judicial-office";
    let form = browser.get(path).await;
    let keys = [("csrf", form.hidden("csrf")), ("idempotency_key", form.hidden("idempotency_key"))];
    let fields = application(id);
    let mut parts: Vec<Part<'_>> = keys.iter().map(|(name, text)| Part::Text(name, text)).collect();
    parts.extend(fields.iter().map(|(name, text)| Part::Text(name, text)));
    parts.push(Part::File("id-copy", "身份证.jpg", JPG.to_vec()));
    let done = browser.upload(path, &parts).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.main());
    // Sending twice is one matter.
    assert_eq!(browser.upload(path, &parts).await.location, done.location);
    done.location.split('?').next().unwrap().to_owned()
}

/// Opens the form of an act and sends it.
pub async fn act(browser: &mut Browser, matter: &str, act: &str, fields: &[(&str, &str)]) -> Page {
    let path = format!("{matter}/acts/{act}");
    let form = browser.get(&path).await;
    assert_eq!(form.status, StatusCode::OK, "{}", form.main());
    send(browser, &path, &form, fields).await
}

async fn send(browser: &mut Browser, path: &str, form: &Page, fields: &[(&str, &str)]) -> Page {
    let keys = ["csrf", "idempotency_key", "seen_version"].map(|name| (name, form.hidden(name)));
    let mut parts: Vec<Part<'_>> = keys.iter().map(|(name, text)| Part::Text(name, text)).collect();
    parts.extend(fields.iter().map(|(name, text)| Part::Text(name, text)));
    browser.upload(path, &parts).await
}

/// The identity number of simulated person `at`.
pub fn person(at: u32) -> String {
    resident(&format!("110105199001010{at:02}"))
}

#[tokio::test]
async fn signing_in_tells_nothing_and_comes_back() {
    let site = staffed("2026-03-02");
    let mut browser = site.browser();
    browser.get("/desk/work?box=soon").await.leads_to("/desk/sign-in?back=%2Fdesk%2Fwork%3Fbox%3Dsoon");
    let form = browser.get("/desk/sign-in?back=/desk/work?box=soon").await;
    let csrf = form.hidden("csrf");
    let next = form.hidden("next");
    assert_eq!(next, "/desk/work?box=soon");
    for login in ["clerk", "nobody"] {
        let wrong = browser
            .post("/desk/sign-in", &[("csrf", &csrf), ("account", login), ("password", "wrong"), ("next", &next)])
            .await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        wrong.says("账号或者密码不对，请检查后再试。");
    }
    let foreign = browser.post("/desk/sign-in", &[("account", "clerk"), ("password", PASSWORD)]).await;
    assert_eq!(foreign.status, StatusCode::FORBIDDEN);
    browser
        .post("/desk/sign-in", &[("csrf", &csrf), ("account", "clerk"), ("password", PASSWORD), ("next", &next)])
        .await
        .leads_to("/desk/work?box=soon");
    let desk = browser.get("/desk").await;
    assert_eq!(desk.status, StatusCode::OK);
    let fixed = browser.post("/desk/sign-out", &[("csrf", &csrf)]).await;
    assert_eq!(fixed.status, StatusCode::FORBIDDEN, "the visit before signing in is over");
    browser.post("/desk/sign-out", &[("csrf", &desk.hidden("csrf"))]).await.leads_to("/desk/sign-in");
    assert_eq!(browser.get("/desk").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn an_account_rests_after_five_wrong_passwords() {
    let site = staffed("2026-03-02");
    let mut browser = site.browser();
    let csrf = browser.get("/desk/sign-in").await.hidden("csrf");
    for _ in 0..5 {
        browser.post("/desk/sign-in", &[("csrf", &csrf), ("account", "clerk"), ("password", "wrong")]).await;
    }
    browser
        .post("/desk/sign-in", &[("csrf", &csrf), ("account", "clerk"), ("password", PASSWORD)])
        .await
        .says("账号休息15分钟");
    site.set_clock("2026-03-02T09:26:00");
    browser
        .post("/desk/sign-in", &[("csrf", &csrf), ("account", "clerk"), ("password", PASSWORD)])
        .await
        .leads_to("/desk");
}

#[tokio::test]
async fn a_window_files_for_someone_and_the_competent_centre_works_on_it() {
    let site = staffed("2026-03-02");
    let mut window = signed_in(&site, "window").await;
    window.get("/desk").await.says("申请法律援助");
    let form = window.get("/desk/window").await;
    let csrf = form.hidden("csrf");
    window
        .post("/desk/window", &[("csrf", &csrf), ("procedure", "legal-aid/apply"), ("channel", "judicial-office")])
        .await
        .leads_to("/desk/open/legal-aid/apply?channel=judicial-office");
    let matter = filed(&mut window, &person(1)).await;
    let done = window.get(&format!("{matter}?done=1")).await;
    done.says("已办理：申请法律援助")
        .says("编号：〔2026〕东援申字第1号")
        .says("法律援助申请材料接收凭证")
        .says("东湖区法律援助中心")
        .says("司法所");
    let slip = window.get(&format!("{matter}/papers/1/receipt-slip")).await;
    assert!(slip.status == StatusCode::SERVICE_UNAVAILABLE || slip.bytes.starts_with(b"%PDF-"), "{}", slip.main());
    let receipt = window.get(&format!("{matter}/receipt/1")).await;
    assert!(acts::receipt::verify(&receipt.text, Some(&site.bureau.keys.public_key())).holds(), "{}", receipt.text);
    let mut clerk = signed_in(&site, "clerk").await;
    clerk.get("/desk/work").await.says("周*").says("剩7天");
    let page = clerk.get(&matter).await;
    page.says("审查决定期限").says("期限 7日").says("拟给予援助").says("一次性告知补充材料");
    clerk.get(&format!("{matter}?tab=materials")).await.says("110105********").says("身份证.jpg");
    // The whole number in the search row leads to the matter.
    clerk
        .get("/desk/work?q=%E3%80%942026%E3%80%95%E4%B8%9C%E6%8F%B4%E7%94%B3%E5%AD%97%E7%AC%AC1%E5%8F%B7")
        .await
        .leads_to(&matter);
    clerk.get("/desk/work?q=%E5%8A%B3%E5%8A%A8%E6%8A%A5%E9%85%AC").await.says("周**");
    clerk.get("/desk/work?q=%E7%A6%BB%E5%A9%9A").await.says("没有要办的");
    for tab in ["course", "materials", "papers", "file", "clocks", "articles", "record"] {
        let page = clerk.get(&format!("{matter}?tab={tab}")).await;
        assert_eq!(page.status, StatusCode::OK, "{tab}");
    }
    // A neighbouring centre does not learn that the matter exists.
    let mut west = signed_in(&site, "clerk-west").await;
    assert_eq!(west.get(&matter).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn wrong_answers_are_named_and_nothing_typed_or_uploaded_is_lost() {
    let site = staffed("2026-03-02");
    let mut window = signed_in(&site, "window").await;
    let path = "/desk/open/legal-aid/apply";
    let form = window.get(path).await;
    form.says("看前面的回答，不需要的不用填。");
    let (csrf, key) = (form.hidden("csrf"), form.hidden("idempotency_key"));
    let fields = application("110105199001010019");
    let mut parts = vec![Part::Text("csrf", &csrf), Part::Text("idempotency_key", &key)];
    parts.extend(fields.iter().map(|(name, text)| Part::Text(name, text)));
    parts.push(Part::File("id-copy", "身份证.jpg", JPG.to_vec()));
    parts.push(Part::File("case-papers", "程序.pdf", b"MZ".to_vec()));
    let wrong = window.upload(path, &parts).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    wrong.says("文件“程序.pdf”的类型不收").says("身份证.jpg");
    assert!(wrong.text.contains("单位拖欠三个月工资。"));
    // Without the bad file the check digit is what remains wrong; the good file is still there.
    let again: Vec<Part<'_>> = parts.into_iter().filter(|part| matches!(part, Part::Text(..))).collect();
    let wrong = window.upload(path, &again).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    wrong.says("公民身份号码").says("身份证.jpg");
    let at = wrong.text.find("/desk/drafts/").unwrap();
    let href = wrong.text[at..].split('"').next().unwrap();
    assert_eq!(window.get(href).await.bytes, JPG);
    // Nobody else opens a file of a draft.
    assert_eq!(signed_in(&site, "clerk").await.get(href).await.status, StatusCode::NOT_FOUND);
    let good = person(2);
    let fixed: Vec<(&str, String)> = application(&good);
    let mut parts = vec![Part::Text("csrf", &csrf), Part::Text("idempotency_key", &key)];
    parts.extend(fixed.iter().map(|(name, text)| Part::Text(name, text)));
    assert_eq!(window.upload(path, &parts).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_stale_tab_gets_back_what_was_typed() {
    let site = staffed("2026-03-02");
    let matter = filed(&mut signed_in(&site, "window").await, &person(3)).await;
    let mut clerk = signed_in(&site, "clerk").await;
    let old = clerk.get(&format!("{matter}/acts/propose-refuse")).await;
    old.says("拟不予援助");
    act(&mut clerk, &matter, "ask-supplement", &[("supplement-list", "请补充工资欠条。")])
        .await
        .leads_to(&format!("{matter}?done=2"));
    let path = format!("{matter}/acts/propose-refuse");
    let stale =
        send(&mut clerk, &path, &old, &[("refusal-ground", "not-poor"), ("review-opinion", "收入高于标准。")]).await;
    assert_eq!(stale.status, StatusCode::CONFLICT);
    assert!(stale.text.contains("收入高于标准。"), "{}", stale.main());
    clerk.get(&matter).await.says("等待补充材料").says("剩15天");
    clerk.get(&format!("{matter}?tab=clocks")).await.says("中止").says("计时停在");
}

#[tokio::test]
async fn a_wrong_seat_is_refused_and_separation_says_why() {
    let site = staffed("2026-03-02");
    let matter = filed(&mut signed_in(&site, "window").await, &person(4)).await;
    let mut clerk = signed_in(&site, "clerk").await;
    let proposed = [("applicant-groups", "migrant"), ("review-opinion", "符合条件，拟同意。")];
    act(&mut clerk, &matter, "propose-grant", &proposed).await.leads_to(&format!("{matter}?done=2"));
    // The clerk has no seat for the decision; a form made by hand does not help.
    let page = clerk.get(&matter).await;
    let csrf = page.hidden("csrf");
    let path = format!("{matter}/acts/grant");
    let refused = clerk
        .upload(
            &path,
            &[Part::Text("csrf", &csrf), Part::Text("seen_version", "2"), Part::Text("approval-opinion", "同意")],
        )
        .await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert_eq!(clerk.get(&path).await.status, StatusCode::FORBIDDEN);
    // Who holds both seats may not decide on their own proposal.
    for seat in ["aid-clerk", "aid-director"] {
        let post = store::Post {
            account: "clerk".into(),
            office: "aid-east".into(),
            seat: seat.into(),
            from_on: "2026-01-01".into(),
            until_on: None,
            instead_of: None,
        };
        site.bureau.store.put_post(post).unwrap();
    }
    clerk.get(&matter).await.says("您办过“拟给予援助”，按规定这一步要由别人办理。");
    let form = clerk.get(&path).await;
    assert_eq!(form.status, StatusCode::UNPROCESSABLE_ENTITY);
    let refused = clerk
        .upload(
            &path,
            &[Part::Text("csrf", &csrf), Part::Text("seen_version", "2"), Part::Text("approval-opinion", "同意")],
        )
        .await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    refused.says("您办过这个办件的前一道手续，按规定这一步要由别人办理。");
    assert!(refused.text.contains("同意"));
    let mut director = signed_in(&site, "director").await;
    act(&mut director, &matter, "grant", &[("approval-opinion", "同意。")]).await.leads_to(&format!("{matter}?done=3"));
    director.get(&format!("{matter}?done=3")).await.says("给予法律援助决定书 〔2026〕东援决字第1号");
    director
        .get("/desk/numbers?series=legal-aid.grant&office=aid-east&year=2026")
        .await
        .says("从1到1连续，没有跳号")
        .says("〔2026〕东援决字第1号");
}

#[tokio::test]
async fn a_masked_value_is_shown_once_with_a_recorded_reason() {
    let site = staffed("2026-03-02");
    let id = person(5);
    let matter = filed(&mut signed_in(&site, "window").await, &id).await;
    let mut clerk = signed_in(&site, "clerk").await;
    let page = clerk.get(&format!("{matter}?tab=materials")).await;
    assert!(!page.text.contains(&id) && !page.text.contains("13800000017"), "{}", page.main());
    let csrf = page.hidden("csrf");
    let path = format!("{matter}/unmask");
    clerk
        .post(&path, &[("csrf", &csrf), ("field", "applicant.id-number"), ("purpose", "identity"), ("reason", " ")])
        .await
        .says("请写明查看理由");
    let (field, reason) = (("field", "applicant.id-number"), ("reason", "核对身份证原件"));
    clerk.post(&path, &[("csrf", &csrf), field, reason]).await.says("请选择查看目的");
    clerk.post(&path, &[("csrf", &csrf), field, ("purpose", "curiosity"), reason]).await.says("请选择查看目的");
    let shown = clerk.post(&path, &[("csrf", &csrf), field, ("purpose", "identity"), reason]).await;
    shown.says(&id).says("已记录查看理由：核对身份：核对身份证原件");
    assert!(!clerk.get(&format!("{matter}?tab=materials")).await.text.contains(&id));
    clerk
        .get(&format!("{matter}?tab=record"))
        .await
        .says("查看“申请人公民身份号码”全部内容。目的：核对身份。理由：核对身份证原件")
        .says("记录没有被改动");
    // The window may follow what it took in, and no more.
    let mut window = signed_in(&site, "window").await;
    let csrf = window.get(&matter).await.hidden("csrf");
    let refused = window.post(&path, &[("csrf", &csrf), field, ("purpose", "identity"), reason]).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert_eq!(window.get(&format!("{matter}/dossier")).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_counter_equals_the_list_it_opens_and_lists_cost_a_fixed_number_of_statements() {
    let site = staffed("2026-03-02");
    let mut window = signed_in(&site, "window").await;
    let mut last = String::new();
    for at in 10..33 {
        last = filed(&mut window, &person(at)).await;
    }
    let mut clerk = signed_in(&site, "clerk").await;
    act(&mut clerk, &last, "ask-supplement", &[("supplement-list", "请补充。")]).await;
    for (day, boxes) in [
        ("2026-03-02", [("todo", 22), ("soon", 0), ("overdue", 0), ("stopped", 1), ("all", 23)]),
        ("2026-03-07", [("todo", 22), ("soon", 22), ("overdue", 0), ("stopped", 1), ("all", 23)]),
        ("2026-03-11", [("todo", 22), ("soon", 0), ("overdue", 22), ("stopped", 1), ("all", 23)]),
    ] {
        site.set_clock(&format!("{day}T09:10:00"));
        let mut clerk = signed_in(&site, "clerk").await;
        let home = clerk.get("/desk").await;
        for (name, count) in boxes {
            let list = clerk.get(&format!("/desk/work?box={name}")).await;
            assert!(list.main().replace(' ', "").contains(&format!("共{count}条")), "{day} {name}: {}", list.main());
            if name != "all" {
                let href = format!("/desk/work?box={name}");
                let counter: String = home.text.split(&href).nth(1).unwrap().chars().take(300).collect();
                assert!(counter.contains(&format!(">{count}<")), "{day} {name}: {counter}");
            }
        }
        let second = clerk.get("/desk/work?box=all&page=2").await.main().replace(' ', "");
        assert!(second.contains("/2页共23条"), "{second}");
    }
    let query = |work_box, per_page| store::WorklistQuery {
        holders: vec![store::Holder {
            seat: "aid-clerk".into(),
            office: Some("aid-east".into()),
            person: Some("clerk".into()),
        }],
        work_box,
        today: "2026-03-02".into(),
        soon_until: "2026-03-05".into(),
        procedure: None,
        text: None,
        opened_from: None,
        opened_until: None,
        sort: store::Sort::DueFirst,
        page: 1,
        per_page,
    };
    for per_page in [1, 20] {
        let before = Store::statements_on_this_thread();
        site.bureau.store.worklist(&query(store::WorkBox::All, per_page)).unwrap();
        assert_eq!(Store::statements_on_this_thread() - before, 2, "{per_page} rows");
    }
}

#[tokio::test]
async fn a_register_is_amended_from_a_day_on_and_earlier_days_stay() {
    let site = staffed("2026-03-02");
    let mut clerk = signed_in(&site, "clerk").await;
    let path = "/desk/registers/legal-aid-lawyers";
    let page = clerk.get(&format!("{path}?entry=lawyer-lu")).await;
    page.says("陆明法律师事务所（模拟）");
    let csrf = page.hidden("csrf");
    let wrong = clerk
        .post(
            path,
            &[
                ("csrf", &csrf),
                ("entry", "lawyer-lu"),
                ("name", "陆明法"),
                ("firm", "新所"),
                ("leave", "明天"),
                ("from", "2026-03-10"),
            ],
        )
        .await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    wrong.says("一行一段");
    assert!(wrong.text.contains("新所"));
    let fields = [
        ("csrf", csrf.as_str()),
        ("entry", "lawyer-lu"),
        ("name", "陆明法"),
        ("firm", "新所"),
        ("leave", "2026-04-01 2026-04-05"),
        ("from", "2026-03-10"),
    ];
    clerk.post(path, &fields).await.leads_to(&format!("{path}?on=2026-03-10"));
    clerk.get(&format!("{path}?on=2026-03-10")).await.says("新所").says("2026-04-01至2026-04-05").says("沈知微");
    let before = clerk.get(&format!("{path}?on=2026-03-09")).await;
    assert!(!before.text.contains("新所"));
}

#[tokio::test]
async fn statutes_are_read_by_anybody_as_imported() {
    let site = staffed("2026-03-02");
    let statute = store::StatuteRow { name: "法律援助法".into(), source_hash: "x".into(), imported_at: 0 };
    let article = |number, ordinal: &str, text: &str| store::ArticleRow {
        number,
        ordinal: ordinal.into(),
        text: text.into(),
        tokens: search::words(text),
    };
    let articles = vec![
        article(43, "第四十三条", "法律援助机构应当自收到申请之日起七日内审查。\n第二款。"),
        article(44, "第四十四条", "先行提供。"),
    ];
    site.bureau.store.put_statute(statute, articles).unwrap();
    let mut anybody = site.browser();
    anybody.get("/law").await.says("法律援助法");
    let page = anybody.get("/law/%E6%B3%95%E5%BE%8B%E6%8F%B4%E5%8A%A9%E6%B3%95").await;
    page.says("第四十三条").says("七日内审查").says("第二款。").says("法律援助：受理审查");
    assert!(page.text.contains("id=\"43\""));
    anybody.get("/law?q=%E5%85%88%E8%A1%8C").await.says("找到1条").says("先行提供");
    assert_eq!(anybody.get("/law/nothing").await.status, StatusCode::NOT_FOUND);
    let matter = filed(&mut signed_in(&site, "window").await, &person(7)).await;
    let mut clerk = signed_in(&site, "clerk").await;
    clerk.get(&format!("{matter}?tab=articles")).await.says("七日内审查");
    clerk.get(&format!("{matter}/acts/propose-grant")).await.says("七日内审查").says("办件进入“审批”");
}

/// Opens the form of an act and sends it with files; it must be done.
async fn done(browser: &mut Browser, matter: &str, act: &str, fields: &[(&str, &str)], files: &[&str]) {
    let path = format!("{matter}/acts/{act}");
    let form = browser.get(&path).await;
    assert_eq!(form.status, StatusCode::OK, "{act}: {}", form.main());
    let keys = ["csrf", "idempotency_key", "seen_version"].map(|name| (name, form.hidden(name)));
    let mut parts: Vec<Part<'_>> = keys.iter().map(|(name, text)| Part::Text(name, text)).collect();
    parts.extend(fields.iter().map(|(name, text)| Part::Text(name, text)));
    parts.extend(files.iter().map(|field| Part::File(field, "副本.jpg", JPG.to_vec())));
    let page = browser.upload(&path, &parts).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{act}: {}", page.main());
}

#[tokio::test]
async fn a_case_is_assigned_closed_graded_and_paid_at_the_desk() {
    let site = staffed("2026-03-02");
    let peer = acts::registers::Member {
        id: "peer".into(),
        name: "安宁".into(),
        firm: "评查所（模拟）".into(),
        ..Default::default()
    };
    let from = jiff::civil::date(2020, 1, 1);
    acts::registers::record(&site.bureau, site.now(), &"test".into(), &"legal-aid-peers".into(), &peer, from).unwrap();
    people::create(&site.bureau, site.now(), "peer", "安宁", PASSWORD, &[]).unwrap();
    let matter = filed(&mut signed_in(&site, "window").await, &person(8)).await;
    let mut clerk = signed_in(&site, "clerk").await;
    let mut director = signed_in(&site, "director").await;
    done(&mut clerk, &matter, "propose-grant", &[("applicant-groups", "none"), ("review-opinion", "拟同意。")], &[])
        .await;
    done(&mut director, &matter, "grant", &[("approval-opinion", "同意。")], &[]).await;
    done(&mut clerk, &matter, "assign-lawyer", &[], &[]).await;
    let seated = clerk.get(&matter).await.main();
    let (login, name) = [("lawyer-cheng", "程守正"), ("lawyer-lu", "陆明法"), ("lawyer-he", "何敬之")]
        .into_iter()
        .find(|(_, name)| seated.contains(&format!("承办律师{name}")))
        .unwrap();
    if login != "lawyer-lu" {
        people::create(&site.bureau, site.now(), login, name, PASSWORD, &[]).unwrap();
    }
    let mut lawyer = signed_in(&site, login).await;
    lawyer.get("/desk").await.says("您被指派承办法律援助案件〔2026〕东援申字第1号").says("等待律师接受");
    done(&mut lawyer, &matter, "accept", &[], &[]).await;
    done(
        &mut lawyer,
        &matter,
        "log-meeting",
        &[("met-on", "2026-03-02"), ("met-where", "phone"), ("met-what", "告知权利。")],
        &[],
    )
    .await;
    let report =
        [("ended-on", "2026-03-02"), ("outcome", "won"), ("recovered", "18000"), ("closing-summary", "支持全部请求。")];
    done(&mut lawyer, &matter, "report-closing", &report, &["judgment", "pleading"]).await;
    done(&mut clerk, &matter, "accept-closing", &[("file-received-by", "沈知微")], &[]).await;
    done(&mut clerk, &matter, "assign-peer", &[], &[]).await;
    let mut peer = signed_in(&site, "peer").await;
    peer.get(&format!("{matter}?tab=file")).await.says("整卷PDF");
    done(&mut peer, &matter, "grade", &[("grade", "excellent"), ("grade-reasons", "规范。")], &[]).await;
    done(&mut clerk, &matter, "propose-subsidy", &[], &[]).await;
    done(&mut director, &matter, "approve-subsidy", &[("subsidy-opinion", "同意。")], &[]).await;
    let money = director.get("/desk/money").await;
    money.says("合计3,360.00元").says("民事、优").says(name).says("2026年03月").says("（民事）：2,800.00元");
    // The peer may not open the slip; who handles the matter may.
    let slip = format!("{matter}/papers/{}/subsidy-approval", version_of(&site, &matter));
    assert_eq!(peer.get(&slip).await.status, StatusCode::NOT_FOUND);
    for path in [slip, format!("{matter}/dossier")] {
        let page = clerk.get(&path).await;
        let printed = page.status == StatusCode::OK && page.bytes.starts_with(b"%PDF-");
        assert!(printed || page.status == StatusCode::SERVICE_UNAVAILABLE, "{path}: {} {}", page.status, page.main());
    }
    // The case file holds everything in clear: whoever opened it is in the record.
    clerk.get(&format!("{matter}?tab=record")).await.says("查看整本卷宗全部内容。目的：办理本案。理由：打印卷宗");
}

fn version_of(site: &Site, matter: &str) -> u32 {
    let id = store::MatterId(matter.rsplit('/').next().unwrap().to_owned());
    site.bureau.store.matter(&id).unwrap().unwrap().version
}

#[tokio::test]
async fn the_operator_sees_which_posts_nobody_holds() {
    let site = staffed("2026-03-02");
    filed(&mut signed_in(&site, "window").await, &person(7)).await;
    let mut operator = signed_in(&site, "operator").await;
    let held = operator.get("/desk/posts").await;
    assert!(held.main().contains("等着办的岗位都有人。"), "{}", held.main());
    let clerk = site.bureau.store.account_by_login("clerk").unwrap().unwrap();
    site.bureau.store.put_account(store::Account { disabled: true, ..clerk }).unwrap();
    let vacant = operator.get("/desk/posts").await;
    for said in ["1个岗位没有人，有办件在等", "东湖区法律援助中心", "aid-east:aid-clerk", "2026-03-02"]
    {
        assert!(vacant.main().contains(said), "{said}: {}", vacant.main());
    }
}

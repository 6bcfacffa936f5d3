//! The public side from the outside: what a person sends, and what they read.

use crate::site::{Browser, Page, Part, Site, resident};
use axum::http::StatusCode;

const PDF: &[u8] = b"%PDF-1.7\n%test\n";
const JPG: &[u8] = &[0xFF, 0xD8, 0xFF, 0xE0, 0, 16];

/// What Zhou fills in: a worker who claims wages and proves nothing else.
struct Zhou {
    browser: Browser,
    id: String,
}

impl Zhou {
    fn at(site: &Site) -> Zhou {
        Zhou { browser: site.browser(), id: resident("11010519900307002") }
    }

    async fn csrf(&mut self, path: &str) -> String {
        self.browser.get(path).await.hidden("csrf")
    }

    /// Sends one step.
    async fn step(&mut self, step: u32, fields: &[(&str, &str)]) -> Page {
        let path = format!("/apply/legal-aid/{step}");
        let csrf = self.csrf(&path).await;
        let mut parts = vec![Part::Text("csrf", &csrf), Part::Text("go", "next")];
        parts.extend(fields.iter().map(|(name, text)| Part::Text(name, text)));
        self.browser.upload(&path, &parts).await
    }

    async fn matter(&mut self) -> Page {
        let fields = [
            ("case-kind", "civil"),
            ("cause", "wage"),
            ("venue", "990101001000"),
            ("organ-name", ""),
            ("facts-and-reasons", "三月到七月在工地做木工，工资没有给。"),
            ("limitation-on", ""),
        ];
        self.step(1, &fields).await
    }

    async fn person(&mut self) -> Page {
        let id = self.id.clone();
        self.person_with(&id).await
    }

    async fn person_with(&mut self, id: &str) -> Page {
        let fields = [
            ("applicant.name", "周小满"),
            ("applicant.id-number", id),
            ("applicant.ethnicity", "汉族"),
            ("applicant.phone", "13800000017"),
            ("applicant.address", "东湖区湖滨街道一号"),
            ("applicant.household", "东湖区湖滨街道一号"),
            ("applicant.employer", ""),
            ("work-form", "ordinary"),
        ];
        self.step(2, &fields).await
    }

    async fn opponent(&mut self) -> Page {
        self.step(3, &[("opponent.name", "某某建筑公司（模拟）"), ("opponent.code", "")]).await
    }

    async fn means(&mut self) -> Page {
        let fields = [("exempt-group", "none"), ("family-size", "3"), ("income", "1500"), ("hardship-promise", "true")];
        self.step(4, &fields).await
    }

    async fn papers(&mut self) -> Page {
        let csrf = self.csrf("/apply/legal-aid/5").await;
        let parts = [
            Part::Text("csrf", &csrf),
            Part::Text("go", "next"),
            Part::File("id-copy", "身份证.jpg", JPG.to_vec()),
            Part::Text("wishes.1", "lawyer-lu"),
            Part::Text("wishes.2", ""),
            Part::Text("wishes.3", ""),
            Part::Text("truthful", "yes"),
        ];
        self.browser.upload("/apply/legal-aid/5", &parts).await
    }

    /// All five steps, each asking again for what it newly asks.
    async fn fill(&mut self) {
        self.matter().await.leads_to("/apply/legal-aid/2");
        self.person().await.leads_to("/apply/legal-aid/3");
        self.opponent().await.leads_to("/apply/legal-aid/4");
        self.means().await.leads_to("/apply/legal-aid/5");
        self.papers().await.leads_to("/apply/legal-aid/review");
    }

    /// Sends the whole; answers what came back and the key it was sent with.
    async fn send(&mut self) -> (Page, String) {
        let review = self.browser.get("/apply/legal-aid/review").await;
        let (csrf, key) = (review.hidden("csrf"), review.hidden("idempotency_key"));
        let page = self.browser.post("/apply/legal-aid/review", &[("csrf", &csrf), ("idempotency_key", &key)]).await;
        (page, key)
    }

    async fn apply(&mut self) -> Page {
        self.fill().await;
        let (page, _) = self.send().await;
        page.leads_to("/m/received");
        self.browser.get("/m/received").await
    }
}

fn number_of(page: &Page) -> String {
    let text = page.main();
    let from = text.find('〔').unwrap();
    let until = from + text[from..].find('号').unwrap() + '号'.len_utf8();
    text[from..until].to_owned()
}

/// A browser in which the page of a matter is open.
pub async fn with_a_matter_open(site: &Site) -> Browser {
    let mut zhou = Zhou::at(site);
    zhou.apply().await;
    zhou.browser
}

#[tokio::test]
async fn somebody_applies_and_follows_the_matter() {
    let site = Site::on("2026-03-02");
    let mut zhou = Zhou::at(&site);
    let received = zhou.apply().await;
    received.says("已收到：申请法律援助").says("〔2026〕东援申字第1号").says("2026年3月9日");
    assert!(!zhou.browser.get("/apply/legal-aid/2").await.location.is_empty(), "the draft is gone");
    let status = zhou.browser.get("/m").await;
    status.says("受理审查").says("2026年3月9日").says("撤回申请").says("东湖区法律援助中心");
    assert!(!status.text.contains("13800000017"), "the phone is masked");
    let again = zhou.browser.get("/apply/legal-aid/1").await.hidden("csrf");
    zhou.browser.post("/apply/legal-aid/1", &[("csrf", &again), ("go", "save")]).await;
    assert!(zhou.browser.get("/apply/legal-aid/2").await.text.contains("value=\"周小满\""), "known already");
    status.says("谁看过我的材料（0次）");
    zhou.browser.get("/m/looks").await.says("到现在还没有人看过").says("东湖区法律援助中心");
    site.browser().get("/m/looks").await.leads_to("/status");
    let receipt = zhou.browser.get("/m/receipt.json").await;
    assert_eq!(receipt.media, "application/json");
    let mut anyone = site.browser();
    let checked = anyone.upload("/verify", &[Part::File("receipt", "凭证.json", receipt.bytes.clone())]).await;
    checked.says("凭证是真的，没有被改动过").says("申请法律援助");
    let changed = receipt.text.replacen("2026-03-02", "2026-03-01", 1);
    anyone.post("/verify", &[("text", &changed)]).await.says("凭证核验没有通过").says("办件内容被改动过");
}

#[tokio::test]
async fn the_code_on_the_slip_is_found_and_tells_nobody() {
    let site = Site::on("2026-03-02");
    let received = Zhou::at(&site).apply().await;
    let from = received.text.find("xiezhi:receipt:").unwrap();
    let code: String = received.text[from..].chars().take_while(|c| *c != '"').collect();
    let encoded: String = code.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let found = site.browser().get(&format!("/verify?code={encoded}")).await;
    found.says("这个编号下登记着这一笔").says("申请法律援助");
    assert!(!found.text.contains("周小满"));
    let other = encoded.replace("%3A", ":").chars().rev().collect::<String>().replacen(|c: char| c != '0', "0", 1);
    let other: String = other.chars().rev().collect();
    site.browser().get(&format!("/verify?code={other}")).await.says("凭证核验没有通过");
}

#[tokio::test]
async fn sending_twice_opens_one_matter() {
    let site = Site::on("2026-03-02");
    let mut zhou = Zhou::at(&site);
    zhou.fill().await;
    let csrf = zhou.csrf("/apply/legal-aid/review").await;
    let mut other_tab = Zhou { browser: zhou.browser.clone(), id: zhou.id.clone() };
    let (first, key) = zhou.send().await;
    first.leads_to("/m/received");
    let second = other_tab.browser.post("/apply/legal-aid/review", &[("csrf", &csrf), ("idempotency_key", &key)]).await;
    second.leads_to("/m/received");
    let numbers =
        [number_of(&zhou.browser.get("/m/received").await), number_of(&other_tab.browser.get("/m/received").await)];
    assert_eq!(numbers, ["〔2026〕东援申字第1号", "〔2026〕东援申字第1号"]);
    let fresh = Zhou::at(&site).apply().await;
    assert_eq!(number_of(&fresh), "〔2026〕东援申字第2号");
}

#[tokio::test]
async fn a_wrong_identity_number_is_said_in_words_and_nothing_typed_is_lost() {
    let site = Site::on("2026-03-02");
    let mut zhou = Zhou::at(&site);
    zhou.matter().await;
    let right = zhou.id.clone();
    let last = if right.ends_with('1') { '2' } else { '1' };
    let wrong_digit = format!("{}{last}", &right[..17]);
    let future = resident("11010520270101002");
    for id in [wrong_digit.as_str(), "110105900307002", future.as_str()] {
        let page = zhou.person_with(id).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{id}");
        assert!(page.text.contains(&format!("value=\"{id}\"")) && page.text.contains("value=\"周小满\""), "{id}");
        assert!(page.text.contains("href=\"#applicant.id-number\""), "{}", page.main());
    }
    zhou.person_with(&wrong_digit).await.says("校验");
    zhou.person_with("110105900307002").await.says("15位");
    zhou.person_with(&future).await.says("出生");
    zhou.person().await.leads_to("/apply/legal-aid/3");
}

#[tokio::test]
async fn a_proof_and_a_promise_are_one_too_many() {
    let site = Site::on("2026-03-02");
    let mut zhou = Zhou::at(&site);
    zhou.matter().await;
    zhou.person().await;
    zhou.opponent().await;
    let newly_asked = zhou.step(4, &[("exempt-group", "none")]).await;
    assert_eq!(newly_asked.status, StatusCode::UNPROCESSABLE_ENTITY);
    newly_asked.says("家庭人均月收入").says("用个人诚信承诺代替证明");
    let csrf = zhou.csrf("/apply/legal-aid/4").await;
    let parts = [
        Part::Text("csrf", &csrf),
        Part::Text("go", "next"),
        Part::Text("family-size", "3"),
        Part::Text("income", "1500"),
        Part::Text("hardship-promise", "true"),
        Part::File("hardship-proof", "低收入证明.pdf", PDF.to_vec()),
    ];
    let both = zhou.browser.upload("/apply/legal-aid/4", &parts).await;
    both.says("只要一样").says("低收入证明.pdf");
    let remove = both.text.split("name=\"remove\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let parts = [Part::Text("csrf", &csrf), Part::Text("remove", &remove), Part::Text("hardship-promise", "true")];
    zhou.browser.upload("/apply/legal-aid/4", &parts).await.leads_to("/apply/legal-aid/4#hardship-proof");
    zhou.means().await.leads_to("/apply/legal-aid/5");
}

#[tokio::test]
async fn files_too_large_or_of_another_kind_are_refused_and_the_rest_is_kept() {
    let site = Site::on("2026-03-02");
    let mut zhou = Zhou::at(&site);
    zhou.matter().await;
    let csrf = zhou.csrf("/apply/legal-aid/5").await;
    let large = [PDF, &vec![b'x'; 200 * 1024 * 1024]].concat();
    let parts = [
        Part::Text("csrf", &csrf),
        Part::Text("upload", "id-copy"),
        Part::File("id-copy", "扫描件.pdf", large),
        Part::File("case-papers", "程序.pdf", b"MZ not a paper".to_vec()),
        Part::File("case-papers", "欠条.jpg", JPG.to_vec()),
        Part::Text("rota-consent", "yes"),
    ];
    let page = zhou.browser.upload("/apply/legal-aid/5", &parts).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    page.says("文件“扫描件.pdf”太大").says("文件“程序.pdf”的类型不收").says("欠条.jpg");
    let again = zhou.browser.get("/apply/legal-aid/5").await;
    assert!(again.text.contains("name=\"rota-consent\" value=\"yes\" checked"), "{}", again.main());
    let file = again.text.split("/draft/files/").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let opened = zhou.browser.get(&format!("/draft/files/{file}")).await;
    assert_eq!((opened.media.as_str(), opened.bytes.as_slice()), ("image/jpeg", JPG));
    assert_eq!(site.browser().get(&format!("/draft/files/{file}")).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_half_filled_form_survives_a_closed_browser() {
    let site = Site::on("2026-03-02");
    let mut zhou = Zhou::at(&site);
    zhou.matter().await;
    let csrf = zhou.csrf("/apply/legal-aid/2").await;
    let parts = [Part::Text("csrf", &csrf), Part::Text("go", "save"), Part::Text("applicant.name", "周小")];
    assert_eq!(zhou.browser.upload("/apply/legal-aid/2", &parts).await.status, StatusCode::NO_CONTENT);
    // Cookies of the session are gone, the draft's stays.
    let mut reopened = site.browser();
    let kept = zhou.browser.cookies.iter().filter(|(name, _)| name.as_str() == "xz_draft");
    reopened.cookies.extend(kept.map(|(name, value)| (name.clone(), value.clone())));
    let home = reopened.get("/").await;
    home.says("接着填上次的“申请法律援助”");
    assert!(home.text.contains("/apply/legal-aid/2"));
    assert!(reopened.get("/apply/legal-aid/2").await.text.contains("value=\"周小\""));
}

#[tokio::test]
async fn an_act_against_an_older_version_is_not_done_and_its_words_come_back() {
    let site = Site::on("2026-03-02");
    let mut zhou = Zhou::at(&site);
    zhou.apply().await;
    let form = zhou.browser.get("/m/act/withdraw").await;
    let (csrf, key) = (form.hidden("csrf"), form.hidden("idempotency_key"));
    assert_eq!(form.hidden("seen_version"), "1");
    let stale = [
        ("csrf", csrf.as_str()),
        ("idempotency_key", &key),
        ("seen_version", "7"),
        ("withdraw-reason", "老板已经付了工资"),
    ];
    let page = zhou.browser.post("/m/act/withdraw", &stale).await;
    assert_eq!(page.status, StatusCode::CONFLICT);
    page.says("办件刚刚有了新变化").says("老板已经付了工资");
    assert!(zhou.browser.get("/m/act/withdraw").await.text.contains("老板已经付了工资"), "and the form has them still");
    let fresh = [
        ("csrf", csrf.as_str()),
        ("idempotency_key", &key),
        ("seen_version", "1"),
        ("withdraw-reason", "老板已经付了工资"),
    ];
    for _ in 0..2 {
        zhou.browser.post("/m/act/withdraw", &fresh).await.leads_to("/m?done=2");
    }
    zhou.browser.get("/m?done=2").await.says("已收到：撤回申请").says("已撤回");
}

#[tokio::test]
async fn a_matter_opens_by_number_phone_and_code_and_otherwise_not() {
    let site = Site::on("2026-03-02");
    let number = number_of(&Zhou::at(&site).apply().await);
    let before = site.messages().len();
    let mut stranger = site.browser();
    stranger.get("/m").await.leads_to("/status");
    let csrf = stranger.get("/status").await.hidden("csrf");
    let ask = [("csrf", csrf.as_str()), ("number", number.as_str()), ("phone", "13900000000")];
    stranger.post("/status", &ask).await.leads_to("/status/code");
    let to_stranger = stranger.get("/status/code").await;
    assert_eq!(site.messages().len(), before, "nothing is sent to a foreign phone");
    let wrong = stranger.post("/status/code", &[("csrf", &csrf), ("code", "000000")]).await;
    wrong.says("验证码不对，或者已经过期");
    stranger.get("/m").await.leads_to("/status");

    site.set_clock("2026-03-02T09:20:00");
    let mut zhou = site.browser();
    let csrf = zhou.get("/status").await.hidden("csrf");
    let typed = number.replace('〔', "[").replace('〕', "] ");
    zhou.post("/status", &[("csrf", &csrf), ("number", &typed), ("phone", "13800000017")])
        .await
        .leads_to("/status/code");
    let to_zhou = zhou.get("/status/code").await;
    assert_eq!(to_stranger.main().replace("139****0000", "…"), to_zhou.main().replace("138****0017", "…"));
    zhou.post("/status/again", &[("csrf", &csrf)]).await.leads_to("/status/code");
    let sent = site.messages();
    assert_eq!(sent.len(), before + 1, "one code a minute");
    let code: String = sent.last().unwrap().chars().filter(char::is_ascii_digit).take(6).collect();
    zhou.post("/status/code", &[("csrf", &csrf), ("code", &code)]).await.leads_to("/m");
    zhou.get("/m").await.says(&number);
    zhou.post("/m/leave", &[("csrf", &csrf)]).await.leads_to("/");
    zhou.get("/m").await.leads_to("/status");
}

#[tokio::test]
async fn a_form_from_elsewhere_is_not_taken() {
    let site = Site::on("2026-03-02");
    let mut zhou = Zhou::at(&site);
    zhou.fill().await;
    let other = site.browser().get("/apply/legal-aid/1").await.hidden("csrf");
    for csrf in ["", other.as_str()] {
        for path in [
            "/apply/legal-aid/1",
            "/apply/legal-aid/review",
            "/status",
            "/status/code",
            "/status/again",
            "/m/leave",
            "/m/act/withdraw",
        ] {
            let page = zhou.browser.post(path, &[("csrf", csrf)]).await;
            assert_eq!(page.status, StatusCode::FORBIDDEN, "{path}");
        }
    }
    let large = zhou.browser.post("/mode", &[("mode", "large"), ("back", "//elsewhere")]).await;
    large.leads_to("/");
    assert_eq!(zhou.browser.cookies.get("xz_mode").map(String::as_str), Some("large"));
}

#[tokio::test]
async fn characters_no_paper_shows_are_refused_at_their_field() {
    let site = Site::on("2026-03-02");
    let mut zhou = Zhou::at(&site);
    let fields = [
        ("case-kind", "civil"),
        ("cause", "wage"),
        ("venue", "990101001000"),
        ("facts-and-reasons", "老板不给钱😭，求帮忙"),
    ];
    let page = zhou.step(1, &fields).await;
    if paper::Fonts::find(&[]).is_err() {
        println!("skipped: no fonts on this machine");
        return;
    }
    page.says("“😭”").says("请删掉，或者换成文字");
    assert!(page.text.contains("老板不给钱😭，求帮忙"));
}

#[tokio::test]
async fn the_guide_says_what_the_law_file_says() {
    let site = Site::on("2026-03-02");
    let mut anyone = site.browser();
    let guide = anyone.get("/guide/legal-aid").await;
    guide.says("审查决定期限 7日 法定 法律援助法第四十三条").says("3个工作日 本市承诺");
    guide.says("不收费").says("身份证件照片 必须").says("经济困难证明 可承诺代替");
    guide.says("社会救助、司法救助或者优抚对象 法律援助法第四十二条");
    guide.says("不予法律援助：可以向设立本中心的司法行政部门提出异议").says("南屏县法律援助中心");
    let chart = anyone.get("/guide/legal-aid/chart.svg").await;
    assert!(chart.media.starts_with("image/svg+xml") && chart.text.contains("受理审查"), "{}", chart.text);
    assert_eq!(anyone.get("/guide/other").await.status, StatusCode::NOT_FOUND);
    anyone.get("/").await.says("公共法律服务").says("审查决定期限7日，不收费");
    anyone.get("/lawyers/legal-aid-lawyers").await.says("陆明法").says("手上0件，最多8件");
    assert_eq!(anyone.get("/lawyers/legal-aid-peers").await.status, StatusCode::NOT_FOUND, "who grades is not told");
    assert_eq!(anyone.get("/healthz").await.text, "ok\n");
}

#[tokio::test]
async fn the_check_answers_with_the_first_row_that_holds() {
    let site = Site::on("2026-03-02");
    let mut anyone = site.browser();
    let check = |cause: &str, work: &str, group: &str, income: &str| {
        format!("/check/legal-aid?case-kind=civil&cause={cause}&work-form={work}&exempt-group={group}&income={income}")
    };
    for (path, expected) in [
        (check("wage", "platform", "none", "8000"), "您很可能符合条件 新就业形态人员"),
        (check("other", "ordinary", "none", "8000"), "需要问一问人"),
        (check("wage", "ordinary", "none", "9000"), "按您的回答，可能不符合条件"),
        (check("wage", "ordinary", "none", "2100"), "您很可能符合条件 您的收入在本市标准以内"),
    ] {
        anyone.get(&path).await.says(expected);
    }
    let missing = anyone.get("/check/legal-aid?cause=wage&income=").await;
    assert_eq!(missing.status, StatusCode::UNPROCESSABLE_ENTITY);
    missing.says("请填写“是什么样的事”");
}

// One journey for each kind of person, with and without JavaScript.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Person, PNG } from "../person.mjs";
import { startSite } from "../site.mjs";
import { applicant, apply, grant } from "../steps.mjs";

let site;
before(async () => {
  site = await startSite();
});
after(async () => {
  await site?.stop();
});

for (const script of [true, false]) {
  const how = script ? "with" : "without";

  test(`a citizen reads the guide, checks in five questions and follows by a code on the phone, ${how} JavaScript`, async () => {
    const citizen = await Person.arrive(site, { phone: true, script });
    await citizen.goto("/guide/legal-aid");
    await citizen.reads("第四十三条");
    await citizen.goto("/check/legal-aid");
    await citizen.choose("case-kind", "civil");
    await citizen.choose("cause", "wage");
    await citizen.choose("work-form", "platform");
    await citizen.choose("exempt-group", "none");
    await citizen.type("income", "8000");
    await citizen.submit("main form button");
    await citizen.reads("新就业形态人员");
    const who = applicant(script ? 21 : 22);
    const number = await apply(citizen, who);
    await citizen.leave();

    const later = await Person.arrive(site, { phone: true, script });
    await later.goto("/status");
    await later.type("number", number);
    await later.type("phone", who.phone);
    await later.press("发验证码");
    const operator = await Person.arrive(site);
    await operator.signIn("operator");
    await operator.goto("/desk/outbox");
    const code = (await operator.reads(/验证码\d{6}/)).match(/验证码(\d{6})/)[1];
    await operator.leave();
    await later.type("code", code);
    await later.press("打开我的办件");
    await later.reads("受理审查");
    await later.reads(number);
    await later.leave();
  });

  test(`a window of another district files for somebody, ${how} JavaScript`, async () => {
    const window = await Person.arrive(site, { script });
    await window.signIn("window-west");
    await window.goto("/desk/open/legal-aid/apply?channel=judicial-office");
    const who = applicant(script ? 31 : 32);
    await window.choose("case-kind", "civil");
    await window.choose("cause", "injury");
    await window.choose("venue", "990101001000");
    await window.type("facts-and-reasons", "送餐途中受伤，请求赔偿。");
    await window.type("applicant.name", who.name);
    await window.type("applicant.id-number", who.id);
    await window.type("applicant.phone", who.phone);
    await window.type("applicant.address", "东湖区湖滨街道二号院");
    await window.choose("work-form", "platform");
    await window.choose("exempt-group", "migrant");
    await window.hand("id-copy", "身份证.png", PNG, "image/png");
    await window.tick("truthful");
    await window.submit();
    // 免予核查的人还要交证明：第一次提交之后才问。
    await window.hand("exempt-proof", "务工证明.png", PNG, "image/png");
    await window.submit();
    const number = (await window.reads(/〔\d{4}〕东援申字第\d+号/)).match(/〔\d{4}〕东援申字第\d+号/)[0];
    await window.leave();
    const clerk = await Person.arrive(site, { script });
    await clerk.signIn("aid-east-clerk");
    await clerk.open(number);
    await clerk.reads("司法所");
    await clerk.leave();
  });

  test(`refused, objected, and the bureau orders a new examination, ${how} JavaScript`, async () => {
    const citizen = await Person.arrive(site, { phone: true, script });
    const number = await apply(citizen, applicant(script ? 41 : 42));
    const clerk = await Person.arrive(site, { script });
    await clerk.signIn("aid-east-clerk");
    await clerk.open(number);
    await clerk.act("拟不予援助", async (page) => {
      await page.choose("refusal-ground", "out-of-scope");
      await page.type("review-opinion", "事项不在范围内。");
    });
    const director = await Person.arrive(site, { script });
    await director.signIn("aid-east-director");
    await director.open(number);
    await director.act("不予法律援助", async (page) => {
      await page.type("approval-opinion", "同意不予。");
      await page.type("refusal-reasons", "所申请的事项不属于法律援助范围。");
    });
    await citizen.goto("/m");
    await citizen.reads("异议");
    await citizen.press(/提出异议/);
    await citizen.type("objection-reasons", "讨薪属于第三十一条第五项，应当援助。");
    await citizen.submit();
    const reviewer = await Person.arrive(site, { script });
    await reviewer.signIn("bureau-east");
    await reviewer.open(number);
    await reviewer.act("责令改正：重新审查", (page) => page.type("objection-findings", "事项属于支付劳动报酬，在范围内，责令重新审查。"));
    await citizen.goto("/m");
    await citizen.reads("受理审查");
    for (const person of [citizen, clerk, director, reviewer]) await person.leave();
  });
}

test("a court notifies, and a lawyer is found within the limit", async () => {
  const court = await Person.arrive(site);
  await court.signIn("court-east");
  await court.goto("/desk/open/legal-aid/notify?channel=organ");
  await court.type("organ-name", "东湖区人民法院（模拟）");
  await court.choose("venue", "990101000000");
  await court.type("organ-case", "（2026）示0101刑初9号");
  await court.choose("criminal-stage", "trial");
  await court.choose("case-kind", "criminal");
  await court.type("organ-contact", "书记员 0990-8100500");
  const who = applicant(51);
  await court.type("applicant.name", who.name);
  await court.type("applicant.id-number", who.id);
  await court.choose("notice-ground", "minor");
  await court.type("charge", "盗窃");
  await court.hand("case-papers", "公函.png", PNG, "image/png");
  await court.submit();
  const number = (await court.reads(/〔\d{4}〕东援申字第\d+号/)).match(/〔\d{4}〕东援申字第\d+号/)[0];
  await court.leave();
  const clerk = await Person.arrive(site);
  await clerk.signIn("aid-east-clerk");
  await clerk.open(number);
  await clerk.reads(/剩\d天|今天到期/);
  await clerk.act("指派律师");
  await clerk.leave();
});

for (const script of [true, false]) {
  const how = script ? "with" : "without";

  test(`a clerk sees a number in clear only for a purpose and a reason, and the person reads who looked, ${how} JavaScript`, async () => {
    const citizen = await Person.arrive(site, { phone: true, script });
    const who = applicant(script ? 61 : 62);
    const number = await apply(citizen, who);
    await citizen.goto("/m");
    await citizen.press("谁看过我的材料（0次）");
    await citizen.reads("到现在还没有人看过");
    const clerk = await Person.arrive(site, { script });
    await clerk.signIn("aid-east-clerk");
    await clerk.open(number);
    await clerk.press(/^材料/);
    assert.ok(!(await clerk.page.content()).includes(who.id), "the identity number is masked");
    const unmask = clerk.page.locator("details.unmask", { has: clerk.page.locator("input[name=field][value='applicant.id-number']") }).first();
    await clerk.tabTo(unmask.locator("summary"));
    await clerk.page.keyboard.press("Enter");
    await clerk.tabTo(unmask.locator("select[name=purpose]"));
    await clerk.page.keyboard.press("ArrowDown");
    await clerk.page.keyboard.press("ArrowDown");
    await clerk.tabTo(unmask.locator("input[name=reason]"));
    await clerk.page.keyboard.insertText("核对身份证原件");
    await clerk.tabTo(unmask.locator("button"));
    await clerk.pressAndWait();
    await clerk.reads(who.id);
    await citizen.goto("/m");
    await citizen.press("谁看过我的材料（1次）");
    for (const told of ["目的：核对身份", "理由：核对身份证原件", "公民身份号码", "法律援助"]) await citizen.reads(told);
    await citizen.reads(/东湖区法律援助中心\s+法律援助中心经办人\s+\S某/);
    await citizen.reads(/\d{4}年\d{1,2}月\d{1,2}日.*\d{1,2}:\d{2}/);
    await citizen.page.setViewportSize({ width: 1280, height: 900 });
    await citizen.look();
    assert.ok(!(await citizen.page.content()).includes(who.id), "who looked is told, not what was seen");
    await citizen.press("回到我的办件");
    await citizen.reads(number);
    await clerk.leave();
    await citizen.leave();
  });
}

test("two clerks, one matter: the later one is told and loses nothing", async () => {
  const citizen = await Person.arrive(site, { phone: true });
  const number = await apply(citizen, applicant(71));
  const first = await Person.arrive(site);
  await first.signIn("aid-east-clerk");
  await first.open(number);
  const second = await Person.arrive(site);
  await second.signIn("aid-east-clerk2");
  await second.open(number);
  await second.tabTo(second.page.locator("main").getByRole("link", { name: "拟给予援助", exact: true }));
  await second.pressAndWait();
  await first.act("一次性告知补充材料", (page) => page.type("supplement-list", "请补充欠条。"));
  await second.tick("applicant-groups", "none");
  await second.type("review-opinion", "拟给予，这句话不能丢。");
  await second.submit();
  await second.reads("这句话不能丢");
  await second.reads("变化");
  for (const person of [citizen, first, second]) await person.leave();
});

test("an open worklist says that it is older, and shows the new matter when asked", async () => {
  const clerk = await Person.arrive(site);
  await clerk.signIn("aid-east-clerk");
  await clerk.goto("/desk/work?sort=new");
  const line = clerk.page.locator("[data-changes]");
  const count = clerk.page.locator(".tabs a[aria-current] .tabs-count");
  const rows = clerk.page.locator("#worklist tbody tr");
  const before = { count: Number(await count.innerText()), rows: await rows.allInnerTexts(), top: await rows.first().boundingBox() };
  // Somebody in the middle of something: half a word typed.
  await clerk.type("q", "讨薪");
  const citizen = await Person.arrive(site, { phone: true });
  const number = await apply(citizen, applicant(91));
  await line.getByText("待办有变化").waitFor();
  assert.equal(Number(await count.innerText()), before.count + 1, "the counter changed in place");
  assert.deepEqual(await rows.allInnerTexts(), before.rows, "the rows are those that were there");
  assert.deepEqual(await rows.first().boundingBox(), before.top, "no row moved");
  assert.ok(await clerk.field("q").evaluate((field) => field === document.activeElement && field.value === "讨薪"), "whoever types goes on typing");
  await clerk.look();
  await clerk.press("刷新看最新的");
  assert.ok(clerk.page.url().endsWith("/desk/work?sort=new"), "the list is asked as before");
  await clerk.reads(number);
  assert.equal(await line.innerText(), "");
  await citizen.leave();
  await clerk.leave();
});

test("anybody checks a receipt, and a changed one fails", async () => {
  const citizen = await Person.arrive(site, { phone: true });
  await apply(citizen, applicant(81));
  const receipt = (await citizen.fetch("/m/receipt.json")).toString();
  const anybody = await Person.arrive(site, { script: false });
  for (const [text, words] of [[receipt, "通过"], [receipt.replace("review", "reviev"), "没有通过"]]) {
    await anybody.goto("/verify");
    const area = await anybody.tabTo(anybody.page.locator("main textarea"));
    await area.fill(text);
    await anybody.press("核验");
    await anybody.reads(words);
  }
  await anybody.leave();
  await citizen.leave();
});

test("a half-filled form survives a closed browser, and bad input is told beside the field", async () => {
  const citizen = await Person.arrive(site, { phone: true });
  await citizen.goto("/apply/legal-aid");
  await citizen.choose("case-kind", "civil");
  await citizen.choose("cause", "wage");
  await citizen.choose("venue", "990101001000");
  await citizen.type("facts-and-reasons", "只填了一半的事情经过。");
  await citizen.press("保存并继续");
  await citizen.type("applicant.name", "周晓岚");
  await citizen.type("applicant.id-number", "130600198805120110");
  await citizen.type("applicant.phone", "12345");
  await citizen.type("applicant.address", "东湖区");
  await citizen.choose("work-form", "ordinary");
  await citizen.press("保存并继续");
  await citizen.reads(/校验/);
  assert.equal(await citizen.field("applicant.id-number").inputValue(), "130600198805120110");
  const state = await citizen.context.storageState();
  await citizen.leave();
  const context = await site.browser.newContext({ storageState: state, viewport: { width: 375, height: 812 } });
  const page = await context.newPage();
  await page.goto(`${site.origin}/apply/legal-aid/1`);
  assert.ok((await page.content()).includes("只填了一半的事情经过"), "what was typed is still there");
  await context.close();
});

test("a file too large or of the wrong kind is told in words, and what was typed stays", async () => {
  const window = await Person.arrive(site);
  await window.signIn("window-east");
  await window.goto("/desk/open/legal-aid/apply?channel=centre");
  await window.type("facts-and-reasons", "写了很长的事情经过，不能丢。");
  await window.hand("id-copy", "身份证.png", Buffer.alloc(21 * 1024 * 1024, 65), "image/png");
  await window.submit();
  await window.reads("太大");
  assert.equal(await window.field("facts-and-reasons").inputValue(), "写了很长的事情经过，不能丢。");
  await window.hand("id-copy", "程序.png", Buffer.from("MZ not a picture"), "image/png");
  await window.submit();
  await window.reads("类型不收");
  assert.equal(await window.field("facts-and-reasons").inputValue(), "写了很长的事情经过，不能丢。");
  await window.leave();
});

test("large print is one step away on the first screen", async () => {
  const elder = await Person.arrive(site, { phone: true, script: false });
  await elder.goto("/");
  await elder.tabTo(elder.page.getByRole("button", { name: /长辈版|大字/ }));
  await elder.pressAndWait();
  assert.equal(await elder.page.locator("html").getAttribute("data-mode"), "large");
  await elder.leave();
});

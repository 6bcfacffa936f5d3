// Procedures other than legal aid, each in its own law file and none with a line of code of its own.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Person, day, said } from "../person.mjs";
import { startSite } from "../site.mjs";

let site;
before(async () => {
  site = await startSite();
});
after(async () => {
  await site?.stop();
});

/** Somebody who holds that seat there; `turn` for another one. */
async function clerk(office, seat, turn = 0) {
  const person = await Person.arrive(site);
  await person.signIn(site.holder(office, seat, turn));
  return person;
}

/** The number on the page. */
async function number(person, pattern) {
  const text = await person.reads(pattern);
  return text.match(pattern)[0];
}

/** Sends the steps of an application, answering what is asked; `fill` by the number of the step. */
async function applies(person, path, fills) {
  await person.goto(path);
  for (let step = 0; step < 12; step += 1) {
    if (person.page.url().includes("/review")) break;
    for (const fill of fills) await fill(person);
    await person.fillRest();
    await person.press("保存并继续");
  }
  const page = (await person.page.locator("main").innerText()).slice(0, 1500);
  assert.ok(person.page.url().includes("/review"), `every step is filled; the page says: ${page}`);
  await person.submit("main form .actions button.button-start");
}

/** Answers a question if the page asks it. */
const asked = (id, answer) => async (person) => {
  if (await person.page.locator(`[id="${id}"], [name="${id}"]`).count()) await answer(person, id);
};

/** Opens a matter at a desk and answers its number. */
async function opens(person, path, fill = async () => {}) {
  await person.goto(`/desk/open/${path}`);
  await fill(person);
  await person.fillRest();
  await person.submit();
  assert.ok(person.page.url().includes("/desk/matters/"), `opened; the page says: ${(await person.page.locator("main").innerText()).slice(0, 800)}`);
  return number(person, NUMBER);
}

/** What a number of a matter or a paper looks like. */
const NUMBER = /\S*〔\d{4}〕\S*?\d+号/;

/** There is no such act for this person. */
async function lacks(person, title) {
  // What is folded away counts too.
  const links = await person.page.locator("main a").allTextContents();
  assert.ok(links.every((text) => text.trim() !== title), `no ${title}`);
}

test("社区矫正外出：a person asks on a phone, the judicial office proposes and approves, prolongs, and takes note of the return", async () => {
  const phone = await Person.arrive(site, { phone: true });
  await applies(phone, "/apply/corrections-leave", [
    asked("venue", (person, id) => person.choose(id, "990101001000")),
    asked("leave-from", (person, id) => person.date(id, day(5))),
    asked("leave-until", (person, id) => person.date(id, day(7))),
    asked("will-report", (person, id) => person.tick(id, "yes")),
  ]);
  const no = await number(phone, NUMBER);

  const officer = await clerk("judicial-east-1", "town-officer");
  await officer.open(no);
  await officer.act("拟批准（司法所批）", async (person) => {
    await person.date("proposed-from", day(5));
    await person.date("proposed-until", day(7));
  });
  const head = await clerk("judicial-east-1", "town-head");
  await head.open(no);
  await head.act("批准外出（司法所）", (person) => person.date("permit-until", day(7)));
  await phone.goto("/m");
  await phone.reads("外出中");
  await phone.reads(said(day(7)));
  await phone.press("申请延长");
  await phone.fillRest();
  await phone.submit();
  await head.open(no);
  await head.act("批准延长（司法所）", async (person) => {
    await person.type("extra-days", "2");
    await person.type("new-total-days", "5");
  });
  await head.reads(said(day(9)));
  await phone.goto("/m");
  await phone.reads(said(day(9)));
  await phone.press("我已返回");
  await phone.fillRest();
  await phone.submit();
  await officer.open(no);
  await officer.act("核实销假");
  await officer.act("归档");
  await officer.reads("已归档");
  for (const person of [phone, officer, head]) await person.leave();
});

test("督察销号：the five fields, another person strikes off, a return, and nobody strikes off their own item", async () => {
  const inspector = await clerk("bureau-east", "inspector");
  const no = await opens(inspector, "supervision/register-problem", (person) => person.choose("problem-kind", "duty"));
  await inspector.open(no);
  await inspector.act("拟交办事项（五个干）", async (person) => {
    await person.choose("unit-office", "department-east");
    await person.date("due-on", day(20));
  });
  await lacks(inspector, "签发交办单");
  const head = await clerk("bureau-east", "supervision-head");
  await head.open(no);
  await head.act("签发交办单");
  const unit = await clerk("department-east", "unit");
  await unit.open(no);
  await unit.act("签收");
  await unit.act("报送整改结果和证据");
  await lacks(unit, "销号");
  await inspector.open(no);
  await lacks(inspector, "销号");
  const verifier = await clerk("bureau-east", "verifier");
  await verifier.open(no);
  await verifier.act("退回重新整改");
  await unit.open(no);
  await unit.act("报送整改结果和证据");
  await verifier.open(no);
  await verifier.act("现场核实（两人）");
  await verifier.act("销号");
  await inspector.open(no);
  await inspector.act("归档");
  await inspector.reads("归档");
  for (const person of [inspector, head, unit, verifier]) await person.leave();
});

test("人民调解：both are willing, a mediator records, both sign, and they ask the court together", async () => {
  const phone = await Person.arrive(site, { phone: true });
  await applies(phone, "/apply/mediation", [
    asked("venue", (person, id) => person.choose(id, "990101001000")),
    asked("told-and-willing", (person, id) => person.tick(id, "yes")),
  ]);
  const no = await number(phone, NUMBER);
  const registry = await clerk("mediation-east-1", "committee-clerk");
  await registry.open(no);
  await registry.act("同意调解");
  await registry.act("受理", (person) => person.tick("both-willing", "yes"));
  const chair = await clerk("mediation-east-1", "committee-head");
  await chair.open(no);
  await chair.act("确定调解员");
  await chair.leave();
  const mediator = await clerk("mediation-east-1", "mediator");
  await mediator.open(no);
  await mediator.act("告知权利义务");
  await mediator.act("记录调解");
  await mediator.act("制作调解协议书", (person) => person.type("copies", "3"));
  await phone.goto("/m");
  await phone.press("甲方签名");
  await phone.tick("applicant-agrees", "yes");
  await phone.fillRest();
  await phone.submit();
  await mediator.open(no);
  await lacks(mediator, "甲方签名");
  await mediator.act("乙方签名", (person) => person.tick("respondent-agrees", "yes"));
  await mediator.act("调解员签名并盖章（协议生效）", (person) => person.tick("sealed-today", "yes"));
  await mediator.reads(/共同申请司法确认的期限/);
  await phone.goto("/m");
  await phone.reads("共同申请司法确认的期限");
  await mediator.act("回访");
  await mediator.act("履行监督结束");
  await registry.open(no);
  await registry.act("填写结案报告和卷宗情况说明");
  for (const person of [phone, registry, mediator]) await person.leave();
});

test("行政规范性文件：comments are answered one by one, findings too, no fair-competition gap, and no opinion before its time", async () => {
  const drafter = await clerk("department-east", "drafter");
  const no = await opens(drafter, "normative-document/start-document", async (person) => {
    await person.tick("close-to-market", "yes");
    await person.tick("economic", "yes");
  });
  await drafter.open(no);
  await drafter.act("评估论证");
  await drafter.act("公布草案征求意见（与经营主体密切相关）", (person) => person.type("short-reason", "为落实上级紧急部署，缩短为十五日。"));
  const NOTICE = "规范性文件征求意见公告";
  const citizen = await Person.arrive(site, { phone: true, script: false });
  await citizen.goto("/");
  await citizen.press("公示公告");
  await citizen.reads(NOTICE);
  const link = await citizen.page.getByRole("link", { name: NOTICE }).first().getAttribute("href");
  assert.equal((await citizen.fetch(link)).subarray(0, 5).toString(), "%PDF-");
  await drafter.act("登记一条意见");
  await drafter.act("登记一条意见");
  await drafter.act("答复一条意见");
  await drafter.act("截止征求意见");
  const gone = await citizen.context.request.get(site.origin + link);
  assert.equal(gone.status(), 404, "withdrawn with the end of the period");
  await citizen.leave();
  await lacks(drafter, "反馈意见采纳情况");
  await drafter.act("答复一条意见");
  await drafter.act("反馈意见采纳情况");
  await drafter.act("送公平竞争审查");
  const market = await clerk("department-east", "market-regulator");
  await market.open(no);
  await market.act("作出公平竞争审查结论", (person) => person.choose("fair-conclusion", "pass"));
  await drafter.open(no);
  await drafter.act("送合法性审查");
  const reviewer = await clerk("bureau-east", "reviewer");
  await reviewer.open(no);
  await reviewer.act("写一条审查意见");
  await reviewer.act("审查意见送起草单位逐条答复");
  await drafter.open(no);
  await lacks(drafter, "答复完毕，送回审查");
  await drafter.act("答复一条审查意见");
  await drafter.act("答复完毕，送回审查");
  await reviewer.open(no);
  await reviewer.act("拟审查意见书");
  const chief = await clerk("bureau-east", "review-head");
  await chief.open(no);
  // The examination takes five working days at least: the rest of the way is walked in the law file, day by day.
  await chief.press("出具审查意见书：可以提请讨论");
  await chief.fillRest();
  await chief.submit();
  await chief.reads("期满之后才能办这一步");
  for (const person of [drafter, market, reviewer, chief]) await person.leave();
});

test("行政复议：ordinary procedure with suspension, extension, decision by others, and an opinion whose report is awaited", async () => {
  const phone = await Person.arrive(site, { phone: true });
  await applies(phone, "/apply/reconsideration", [
    asked("venue", (person, id) => person.choose(id, "990101000000")),
    asked("truthful", (person, id) => person.tick(id, "yes")),
  ]);
  const no = await number(phone, NUMBER);
  const handler = await clerk("bureau-east", "handler");
  await handler.open(no);
  await handler.act("拟受理");
  const head = await clerk("bureau-east", "institution-head");
  await head.open(no);
  await head.act("受理（普通程序）");
  await handler.open(no);
  await handler.act("发送申请书副本、通知答复");
  const respondent = await clerk("department-east", "respondent");
  await respondent.open(no);
  await respondent.act("提出书面答复、提交证据");
  await handler.open(no);
  await handler.act("中止审理");
  await phone.goto("/m");
  await phone.reads("中止");
  await handler.act("恢复审理");
  await head.open(no);
  await head.act("批准延长审理期限");
  await head.reads("批准延长审理期限");
  await handler.open(no);
  await handler.act("听取当事人意见");
  await handler.act("提出处理意见（两名复议人员）");
  const organ = await clerk("government-east", "organ-head");
  await organ.open(no);
  await organ.act("作出行政复议决定", (person) => person.tick("not-worse", "yes"));
  await handler.open(no);
  await handler.act("登记决定书、调解书送达申请人");
  await phone.goto("/m");
  await phone.reads("起诉期限");
  const opinion = await opens(handler, "reconsideration-opinion/draft-opinion", (person) => person.type("parent", no));
  await head.open(opinion);
  await head.act("签发意见书");
  await respondent.open(opinion);
  await respondent.act("签收意见书");
  await respondent.act("报送纠正情况");
  for (const person of [phone, handler, head, respondent, organ]) await person.leave();
});

// From a phone to the lawyer's subsidy: the whole procedure, by keyboard, in a real browser.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Person, PNG } from "../person.mjs";
import { run, startSite } from "../site.mjs";
import { applicant, apply, grant } from "../steps.mjs";

let site;
before(async () => {
  site = await startSite();
});
after(async () => {
  await site?.stop();
});

for (const script of [true, false]) {
  test(`a phone applies, is supplemented, granted, assigned by choice after a conflict, closed, graded, paid and filed, ${script ? "with" : "without"} JavaScript`, async () => {
    const citizen = await Person.arrive(site, { phone: true, script });
    await citizen.goto("/");
    if (script) await citizen.shot("portal-phone");
    const who = { ...applicant(script ? 11 : 12), opponent: "宏远建筑劳务有限公司" };
    const number = await apply(citizen, who, { wishes: ["L01", "L02"] });
    const receipt = await citizen.fetch("/m/receipt.json");

    const clerk = await Person.arrive(site, { script });
    await clerk.signIn("aid-east-clerk");
    await clerk.goto("/desk/work?box=todo");
    if (script) await clerk.shot("worklist");
    await clerk.open(number);
    await clerk.act("一次性告知补充材料", (page) => page.type("supplement-list", "请补充工资欠条或者聊天记录。"));
    await clerk.reads("等待补充材料");

    await citizen.goto("/m");
    await citizen.reads("等待补充材料");
    if (script) await citizen.shot("status-phone");
    await citizen.press(/补充材料/);
    await citizen.type("supplement-note", "欠条照片已上传。");
    await citizen.hand("supplement-files", "欠条.png", PNG, "image/png");
    await citizen.submit();
    await citizen.reads("受理审查");

    const director = await Person.arrive(site, { script });
    await director.signIn("aid-east-director");
    await grant(clerk, director, number);

    await clerk.open(number);
    await clerk.act("指派律师");
    const assigned = await clerk.reads(/按点援第2位/);
    assert.match(assigned, /另一方|对方/, "the reason why the first choice was passed over is kept");
    if (script) await clerk.shot("matter");

    const lawyer = await Person.arrive(site, { script });
    await lawyer.signIn("L02");
    await lawyer.open(number);
    await lawyer.act("接受指派");
    await lawyer.act("记录会见", async (page) => {
      await page.date("met-on", new Date().toISOString().slice(0, 10));
      await page.choose("met-where", "office");
      await page.type("met-what", "了解用工经过，核对工资数额，告知权利义务。");
    });
    await lawyer.act("报告结案", async (page) => {
      await page.date("ended-on", new Date().toISOString().slice(0, 10));
      await page.choose("outcome", "won");
      await page.type("recovered", "18000.00");
      await page.type("closing-summary", "仲裁裁决支持全部请求，对方已经履行。");
      await page.hand("judgment", "裁决书.png", PNG, "image/png");
      await page.hand("pleading", "仲裁申请书.png", PNG, "image/png");
    });

    await clerk.open(number);
    await clerk.act("结案材料收齐", (page) => page.type("file-received-by", "经办人"));
    await clerk.act("选派评查人");
    const peerLogin = (await clerk.reads(/评查/)) && (await gradedBy(site, number));
    const peer = await Person.arrive(site, { script });
    await peer.signIn(peerLogin);
    await peer.open(number);
    await peer.act("评定等次", async (page) => {
      await page.choose("grade", "excellent");
      await page.type("grade-reasons", "会见及时，文书规范，结果好。");
    });

    await clerk.open(number);
    await clerk.act("核算补贴");
    await clerk.reads(/3,?360\.00元/);
    await director.open(number);
    await director.act("批准补贴", (page) => page.type("subsidy-opinion", "同意发放。"));
    const cashier = await Person.arrive(site, { script });
    await cashier.signIn("aid-east-cashier");
    await cashier.open(number);
    await cashier.act("发放补贴", async (page) => {
      await page.date("paid-on", new Date().toISOString().slice(0, 10));
      await page.type("paid-voucher", "凭2026-001");
    });
    await clerk.open(number);
    await clerk.act("归档", async (page) => {
      await page.type("archive-number", "2026-援-001");
      await page.choose("retention", "long");
    });

    await citizen.goto("/m");
    await citizen.press(/评价服务/);
    await citizen.choose("stars", "5");
    await citizen.submit();

    await clerk.open(number);
    const matter = new URL(clerk.page.url()).pathname;
    const file = await clerk.fetch(`${matter}/dossier`);
    assert.equal(file.subarray(0, 5).toString(), "%PDF-");
    const path = join(site.data, "dossier.pdf");
    writeFileSync(path, file);
    const words = await textOf(path);
    for (const wanted of ["卷内", "申请表", "给予法律援助决定书", "结案报告表", "补贴审批表", "必须"]) assert.ok(words.includes(wanted), `the case file says ${wanted}`);

    const good = join(site.data, "receipt.json");
    writeFileSync(good, receipt);
    assert.equal((await run("verify", "receipt", good)).code, 0);
    const bad = join(site.data, "changed.json");
    writeFileSync(bad, receipt.toString().replace("review", "reviev"));
    const verdict = await run("verify", "receipt", bad);
    assert.equal(verdict.code, 1, verdict.said);
    for (const person of [citizen, clerk, director, lawyer, peer, cashier]) await person.leave();
  });
}

/** Which peer the rota took: the one whose worklist holds the matter. */
async function gradedBy(where, number) {
  for (const login of where.accounts.keys()) {
    if (!login.startsWith("P")) continue;
    const peer = await Person.arrive(where);
    await peer.signIn(login);
    await peer.goto("/desk/work?box=all");
    const holds = (await peer.page.locator("main").innerText()).includes(number);
    await peer.leave();
    if (holds) return login;
  }
  throw new Error("no peer has the matter");
}

async function textOf(path) {
  const { execFileSync } = await import("node:child_process");
  return execFileSync("pdftotext", [path, "-"]).toString();
}

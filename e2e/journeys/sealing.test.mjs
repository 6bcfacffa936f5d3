// The file of a minor: whoever does it sees that it is sealed, nobody else finds it, and the ledger holds all the same.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Person, identityNumber } from "../person.mjs";
import { run, startSite } from "../site.mjs";

const NUMBER = /\S*〔\d{4}〕\S*?\d+号/;
const CITE = "社区矫正法第五十四条";

let site;
before(async () => {
  site = await startSite();
});
after(async () => {
  await site?.stop();
});

/** Somebody who holds that seat there. */
async function holder(office, seat, how = {}) {
  const person = await Person.arrive(site, how);
  await person.signIn(site.holder(office, seat));
  return person;
}

/** The officer enters what the court sent about a minor; the number of the matter and where its page is. */
async function notified(officer, serial) {
  await officer.goto("/desk/open/corrections-intake/notify?channel=window");
  await officer.type("subject.name", "封小样");
  await officer.type("subject.id-number", identityNumber("20100512", serial));
  await officer.type("subject.phone", `1380000${2000 + serial}`);
  await officer.choose("age-group", "minor");
  await officer.choose("venue", "990101000000");
  await officer.choose("category", "probation");
  await officer.fillRest();
  await officer.submit();
  const number = (await officer.reads(NUMBER)).match(NUMBER)[0];
  return { number, path: new URL(officer.page.url()).pathname, phone: `1380000${2000 + serial}` };
}

/** No list of theirs and no number typed leads to the matter. */
async function findsNothing(person, number) {
  for (const list of ["/desk/work?box=all", "/desk/matters", "/desk/matters?scope=handled", "/desk/matters?scope=closed"]) {
    for (const asked of [number, "社区矫正接收入矫"]) {
      await person.goto(list);
      await person.type("q", asked);
      await person.page.keyboard.press("Enter");
      await person.page.waitForURL((url) => url.searchParams.has("q"));
      const text = await person.page.locator("main").innerText();
      assert.ok(!text.includes(number), `${list} does not hold ${number}`);
      assert.ok(!text.includes("封"), `${list} does not name whom it is about`);
    }
  }
}

/** What answers an address. */
async function answers(person, path) {
  const answer = await person.page.goto(site.origin + path);
  await person.look();
  return answer.status();
}

for (const script of [true, false]) {
  for (const phone of [true, false]) {
    const how = { script, phone };
    const said = `${script ? "with" : "without"} JavaScript, ${phone ? 375 : 1280} pixels wide`;

    test(`a minor's file is sealed for whoever does it and found by nobody else, ${said}`, async () => {
      const officer = await holder("corrections-east", "corrections-officer", how);
      const { number, path, phone: tel } = await notified(officer, (script ? 10 : 20) + (phone ? 1 : 2));
      await officer.goto(path);
      await officer.reads(`依法封存（${CITE}）`);
      await officer.reads("谁能看");
      await officer.goto("/desk/work?box=all&sort=new");
      const row = officer.page.locator("#worklist tbody tr").filter({ hasText: number });
      assert.ok((await row.first().innerText()).includes("依法封存"), "the list marks it");
      await officer.open(number);

      // The county's bureau is above the office: told why, as its desk would read the file otherwise.
      const above = await holder("bureau-east", "bureau-head", how);
      await findsNothing(above, number);
      assert.equal(await answers(above, path), 403);
      await above.reads(CITE);
      await above.reads("书面提出");
      // Another county has nothing to do with it: told nothing.
      const other = await holder("corrections-west", "corrections-officer", how);
      await findsNothing(other, number);
      assert.equal(await answers(other, path), 404);

      // Whom it concerns has a page of their own, which says the same.
      const own = await Person.arrive(site, how);
      await own.goto("/status");
      await own.type("number", number);
      await own.type("phone", tel);
      await own.press("发验证码");
      const operator = await Person.arrive(site, { script });
      await operator.signIn("operator");
      await operator.goto("/desk/outbox");
      const code = (await operator.reads(/验证码\d{6}/)).match(/验证码(\d{6})/)[1];
      await own.type("code", code);
      await own.press("打开我的办件");
      await own.reads(`您的档案依法封存（${CITE}）`);

      const anybody = await Person.arrive(site, how);
      await anybody.goto("/notices");
      assert.ok(!(await anybody.page.locator("main").innerText()).includes(number));
      for (const person of [officer, above, other, own, operator, anybody]) await person.leave();
    });
  }
}

test("the ledger holds, sealed files and all", async () => {
  const { code, said } = await run("verify", "ledger", "--data", site.data);
  assert.equal(code, 0, said);
});

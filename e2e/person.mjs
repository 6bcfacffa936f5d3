// A person at a keyboard: every step is a key, never a mouse, and every page is looked at by axe.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const TABS_MAX = 400;

export class Person {
  /** Opens a browser of their own. `phone` is a screen of 375 pixels; `script` false means no JavaScript. */
  static async arrive(site, { phone = false, script = true } = {}) {
    const context = await site.browser.newContext({
      viewport: phone ? { width: 375, height: 812 } : { width: 1280, height: 900 },
      javaScriptEnabled: script,
      locale: "zh-CN",
      acceptDownloads: true,
    });
    const person = new Person();
    person.site = site;
    person.context = context;
    person.script = script;
    person.page = await context.newPage();
    person.page.setDefaultTimeout(10_000);
    person.outside = [];
    person.page.on("request", (request) => {
      if (!request.url().startsWith(site.origin) && !request.url().startsWith("data:")) person.outside.push(request.url());
    });
    return person;
  }

  async leave() {
    assert.deepEqual(this.outside, [], "nothing is fetched from another host");
    await this.context.close();
  }

  async goto(path) {
    const answer = await this.page.goto(this.site.origin + path);
    assert.equal(answer.status(), 200, `${path} answers 200`);
    await this.look();
  }

  /** No serious violation, no sideways scrolling. */
  async look() {
    const wide = await this.page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    assert.ok(wide <= 0, `${this.page.url()} scrolls sideways by ${wide} pixels`);
    if (!this.script) return;
    await this.page.evaluate(AXE);
    const found = await this.page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
    const serious = found.violations.filter((violation) => ["serious", "critical"].includes(violation.impact));
    const told = serious.map((violation) => `${violation.id}: ${violation.nodes.map((node) => node.html).slice(0, 3).join(" | ")}`);
    assert.deepEqual(told, [], `axe on ${this.page.url()}`);
  }

  /** Moves the focus with Tab until it is on the element. */
  async tabTo(locator) {
    const target = locator.first();
    await target.waitFor({ state: "attached" });
    for (let tabs = 0; tabs < TABS_MAX; tabs += 1) {
      if (await target.evaluate((element) => element === document.activeElement)) return target;
      await this.page.keyboard.press("Tab");
    }
    throw new Error(`the keyboard does not reach ${locator}`);
  }

  field(id) {
    return this.page.locator(`[id="${id}"]`);
  }

  async type(id, text) {
    const field = await this.tabTo(this.field(id));
    await this.page.keyboard.press("ControlOrMeta+a");
    await this.page.keyboard.insertText(text);
    assert.equal((await field.inputValue()).replace(/\r\n/g, "\n"), text);
  }

  /** Dates and times: focus comes by key, the value as the picker would set it. */
  async date(id, text) {
    const field = await this.tabTo(this.field(id));
    await field.fill(text);
  }

  /** One of a list: a radio group or a select. */
  async choose(id, value) {
    const select = this.page.locator(`select[id="${id}"]`);
    if (await select.count()) {
      await this.tabTo(select);
      await select.selectOption(value);
      return;
    }
    const radio = this.page.locator(`input[type=radio][name="${id}"]`);
    const wanted = this.page.locator(`input[type=radio][name="${id}"][value="${value}"]`);
    await wanted.waitFor({ state: "attached" });
    for (let tabs = 0; tabs < TABS_MAX; tabs += 1) {
      if (await radio.evaluateAll((all) => all.includes(document.activeElement))) break;
      await this.page.keyboard.press("Tab");
    }
    await this.page.keyboard.press("Space");
    for (let steps = 0; steps < 40 && !(await wanted.isChecked()); steps += 1) await this.page.keyboard.press("ArrowDown");
    assert.ok(await wanted.isChecked(), `${id} is ${value}`);
  }

  async tick(id, value) {
    const box = value ? this.page.locator(`input[type=checkbox][name="${id}"][value="${value}"]`) : this.field(id);
    await this.tabTo(box);
    if (!(await box.first().isChecked())) await this.page.keyboard.press("Space");
    assert.ok(await box.first().isChecked(), `${id} is ticked`);
  }

  async hand(id, name, bytes, type) {
    const input = await this.tabTo(this.page.locator(`input[type=file][id="${id}"]`));
    await input.setInputFiles({ name, mimeType: type, buffer: bytes });
  }

  /** Presses the button or follows the link with these words. */
  async press(words) {
    const target = this.page.locator("main").getByRole("button", { name: words }).or(this.page.locator("main").getByRole("link", { name: words }));
    await this.tabTo(target);
    await Promise.all([this.page.waitForLoadState("load"), this.pressAndWait()]);
    await this.look();
  }

  async pressAndWait() {
    const before = this.page.waitForEvent("framenavigated", { timeout: 10_000 });
    await this.page.keyboard.press("Enter");
    await before;
    await this.page.waitForLoadState("load");
  }

  /** Presses the button that sends the form of the page. */
  async submit(selector = "main form .actions button.button:not([value=later])") {
    await this.tabTo(this.page.locator(selector));
    await this.pressAndWait();
    await this.look();
  }

  /** Opens an act of the matter shown, fills it and sends it. */
  async act(title, fill = async () => {}) {
    const link = this.page.locator("main").getByRole("link", { name: title, exact: true });
    await this.tabTo(link);
    await this.pressAndWait();
    await this.look();
    await fill(this);
    await this.submit();
    assert.ok(!this.page.url().includes("/acts/"), `${title} is done; the page says: ${(await this.page.locator("main").innerText()).slice(0, 800)}`);
  }

  /** Opens a matter by typing its number into the search row of the worklist. */
  async open(number) {
    await this.goto("/desk/work?box=all");
    await this.type("q", number);
    await this.page.keyboard.press("Enter");
    await this.page.waitForURL("**/desk/matters/*");
    await this.look();
    await this.reads(number);
  }

  /** Pictures for the README, when asked for. */
  async shot(name) {
    if (!process.env.XIEZHI_SHOTS) return;
    await this.page.screenshot({ path: new URL(`../docs/img/${name}.png`, import.meta.url).pathname, fullPage: false });
  }

  async reads(words) {
    const text = await this.page.locator("main").innerText();
    assert.ok(words instanceof RegExp ? words.test(text) : text.includes(words), `${this.page.url()} says ${words}; it says:\n${text.slice(0, 2500)}`);
    return text;
  }

  async signIn(login) {
    await this.goto("/desk/sign-in");
    const password = this.site.accounts.get(login);
    assert.ok(password, `there is an account ${login}`);
    await this.type("account", login);
    await this.tabTo(this.field("password"));
    await this.page.keyboard.insertText(password);
    await this.pressAndWait();
    await this.look();
    assert.ok(!this.page.url().includes("sign-in"), `${login} is signed in`);
  }

  /** Fetches with the person's own cookies. */
  async fetch(path) {
    const answer = await this.context.request.get(this.site.origin + path);
    assert.equal(answer.status(), 200, `${path} answers 200`);
    return answer.body();
  }
}

/** The smallest PNG there is. */
export const PNG = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==", "base64");

/** A simulated identity number with a right check digit; the prefecture 1306 00 was never given out. */
export function identityNumber(birth, serial) {
  const body = `130600${birth}${String(serial).padStart(3, "0")}`;
  const weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
  const sum = weights.reduce((total, weight, at) => total + weight * Number(body[at]), 0);
  return body + "10X98765432"[sum % 11];
}

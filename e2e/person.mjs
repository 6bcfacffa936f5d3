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

  /**
   * Answers every required question of the form that is still empty, with what the kind of the question asks for, by keyboard
   * only. What matters to a journey it answers itself, before.
   */
  async fillRest() {
    for (let round = 0; round < 200; round += 1) {
      const next = await this.page.evaluate(() => {
        const form = document.querySelector("main form[method=post]");
        for (const group of form.querySelectorAll("fieldset.field-group:not(:has(fieldset, .field))")) {
          if (group.querySelector("legend .optional")) continue;
          const inputs = [...group.querySelectorAll("input[type=radio], input[type=checkbox]")];
          if (inputs.length && !inputs.some((input) => input.checked)) {
            return { kind: inputs[0].type, id: inputs[0].name, value: inputs[0].value };
          }
        }
        for (const field of form.querySelectorAll("[aria-required=true]")) {
          if (field.type === "file") {
            if (!field.files.length && !field.closest(".field").querySelector("ul.files li")) return { kind: "file", id: field.id };
          } else if (!field.value) {
            const kind = field.tagName === "SELECT" ? "select" : field.type === "date" ? "date" : "text";
            const option = kind === "select" ? [...field.options].find((one) => one.value)?.value : "";
            return { kind, id: field.id, value: option, mode: field.inputMode };
          }
        }
        return null;
      });
      if (!next) return;
      if (next.kind === "radio") await this.choose(next.id, next.value);
      else if (next.kind === "checkbox") await this.tick(next.id, next.value);
      else if (next.kind === "file") await this.hand(next.id, "材料.png", PNG, "image/png");
      else if (next.kind === "select") await this.choose(next.id, next.value);
      else if (next.kind === "date") await this.date(next.id, day(0));
      else await this.type(next.id, ordinary(next.id, next.mode));
    }
    throw new Error("the form does not come to an end");
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
    const folded = this.page.locator("details.acts-more:not([open])").filter({ hasText: title });
    if (await folded.count()) {
      await this.tabTo(folded.locator("summary"));
      await this.page.keyboard.press("Enter");
    }
    await this.tabTo(link);
    await this.pressAndWait();
    await this.look();
    await fill(this);
    await this.fillRest();
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

/** A day so many days from now, as the city writes it. */
export function day(offset) {
  return new Date(Date.now() + offset * 86_400_000 + 8 * 3_600_000).toISOString().slice(0, 10);
}

/** A day in Chinese: 2026年3月2日. */
export function said(text) {
  const [year, month, date] = text.split("-").map(Number);
  return `${year}年${month}月${date}日`;
}

/** What somebody types into a question of that name. */
function ordinary(id, mode) {
  const serial = [...id].reduce((sum, letter) => sum + letter.codePointAt(0), 0) % 900;
  if (id.endsWith(".id-number")) return identityNumber("19850607", serial + 1);
  if (id.endsWith(".credit-code")) return CREDIT_CODE;
  if (mode === "tel") return `1380000${String(1000 + serial)}`;
  if (id.endsWith("-at")) return new Date(Date.now() + 7 * 3_600_000).toISOString().slice(0, 16);
  if (id.endsWith(".name")) return "周晓岚";
  if (id.endsWith(".sex")) return "女";
  if (mode === "numeric" || mode === "decimal") return "2";
  return "按规定办理。";
}

/** A credit code with a right check character; its region is nowhere. */
const CREDIT_CODE = "91990101MA0XEAH17J";

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

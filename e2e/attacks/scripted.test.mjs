// Markup typed into every text field, shown by a real browser: it is text wherever it is shown, and runs nowhere.
//
// More than ten thousand payloads go through the API into the fields of matters, into file names and the name of an account. Then the pages that show them are opened in Chromium.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { chromium } from "playwright-core";
import { run } from "../site.mjs";
import { startCity } from "./city.mjs";
import { Payloads, numbers, payload } from "./payloads.mjs";
import { plant } from "./planted.mjs";
import { Walker } from "./walker.mjs";

const PAYLOADS = 10_000;
const TABS = 3;

let city;
let browser;
const payloads = new Payloads();

before(async () => {
  city = await startCity();
  const added = await run("accounts", "add", "marked", payload(64), "aid-east:aid-clerk", "--data", city.data, "--json");
  assert.equal(added.code, 0, added.said);
  city.accounts.push({ login: "marked", password: JSON.parse(added.said).password, held: "aid-east:aid-clerk/marked", posts: [{ office: "aid-east", seat: "aid-clerk" }], seats: ["aid-clerk"] });
  await plant(city, payloads, PAYLOADS);
  browser = await chromium.launch({ executablePath: process.env.XIEZHI_CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"] });
});

after(async () => {
  await browser?.close();
  await city?.stop();
});

test("what is typed is text in every page of a real browser", async () => {
  assert.ok(payloads.size >= PAYLOADS, `${payloads.size} payloads were taken`);
  const seen = new Set();
  const wrong = [];
  const addresses = [];
  for (const matter of payloads.matters()) for (const tab of ["", "?tab=materials"]) addresses.push([matter.filer, `/desk/matters/${matter.id}${tab}`]);
  for (const filer of new Set(payloads.matters().map((matter) => matter.filer))) {
    for (const list of ["/desk", "/desk/work?box=all", "/desk/matters", "/desk/window", `/desk/matters?q=${encodeURIComponent(payload(3))}`]) addresses.push([filer, list]);
  }
  const marked = city.accounts.at(-1);
  for (const path of ["/desk", "/desk/registers", "/desk/posts", "/desk/registers/legal-aid-lawyers"]) addresses.push([marked, path]);
  await Promise.all([...Array(TABS)].map(async () => {
    while (addresses.length) {
      const [reader, path] = addresses.shift();
      await Walker.signedIn(city, reader);
      wrong.push(...(await look(reader, path, seen)));
    }
  }));
  assert.deepEqual(wrong.slice(0, 20), [], `${wrong.length} pages took what was typed for their own`);
  // Addresses are masked, and a list shortens: nearly all the rest is shown, word for word.
  const shown = [...payloads.taken].filter((number) => seen.has(number)).length;
  console.log(`${shown} of ${payloads.size} payloads were shown as text`);
  assert.ok(shown >= payloads.size * 0.9, `${shown} of ${payloads.size} payloads were shown as text`);
});

test("the browser of this test notices what runs", async () => {
  const context = await watched();
  const page = await context.newPage();
  await page.setContent(payload(1).replace(/^.*?</, "<") + "<img xzp src=x onerror=xzp(7)>");
  await page.waitForFunction(() => window.xzpRan?.includes(7));
  assert.ok((await page.evaluate(judged)).some((told) => told.includes("xzp")));
  await context.close();
});

async function watched(cookie) {
  const context = await browser.newContext({ locale: "zh-CN" });
  if (cookie) await context.addCookies([{ name: "xz_account", value: cookie, url: city.origin }]);
  await context.addInitScript(() => {
    window.xzpRan = [];
    window.xzp = (number) => window.xzpRan.push(number);
    document.addEventListener("securitypolicyviolation", (event) => window.xzpRan.push(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`));
  });
  return context;
}

/** Opens a page and answers what is wrong with it. */
async function look(reader, path, seen) {
  reader.context ??= watched(reader.cookie);
  const page = await (await reader.context).newPage();
  const wrong = [];
  page.on("dialog", (dialog) => {
    wrong.push(`${path} opens a dialog: ${dialog.message()}`);
    dialog.dismiss();
  });
  const answer = await page.goto(city.origin + path);
  if (answer.status() >= 500) wrong.push(`${path} answers ${answer.status()}`);
  if (!/default-src 'self'/.test(answer.headers()["content-security-policy"] ?? "")) wrong.push(`${path} has no policy`);
  for (const told of await page.evaluate(judged)) wrong.push(`${path}: ${told}`);
  const text = await page.evaluate(() => document.body.textContent + [...document.querySelectorAll("input, textarea")].map((one) => one.value).join(" "));
  for (const number of numbers(text)) seen.add(number);
  await page.close();
  return wrong;
}

/** Run in the page: elements and attributes no page of ours has, and whatever ran or was stopped by the policy. */
function judged() {
  const found = window.xzpRan.map((told) => `ran or was stopped: ${told}`);
  const foreign = new Set(["iframe", "object", "embed", "base", "math", "marquee", "audio", "video", "style", "template"]);
  for (const element of document.querySelectorAll("*")) {
    const names = element.getAttributeNames();
    if (names.includes("xzp") || foreign.has(element.localName)) found.push(`an element <${element.localName} ${names.join(" ")}>`);
    if (element.localName === "script" && !element.getAttribute("src")?.startsWith("/static/")) found.push("a script of its own");
    for (const name of names) {
      if (name.startsWith("on")) found.push(`<${element.localName} ${name}>`);
      if (["href", "src", "action", "formaction", "data"].includes(name) && /^\s*(javascript|data|vbscript):/i.test(element.getAttribute(name))) found.push(`<${element.localName} ${name}=${element.getAttribute(name).slice(0, 60)}>`);
    }
  }
  return found;
}

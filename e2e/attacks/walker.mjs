// A reader that follows every link, form and address of the API within reach, and reads whatever comes: pages, data, papers.
import { spawnSync } from "node:child_process";

const SEEN_MAX = 4000;

export class Walker {
  #city;
  #cookies = new Map();
  #token = null;
  #leftOut = /^$/;

  static passingBy(city) {
    const walker = new Walker();
    walker.#city = city;
    return walker;
  }

  /** Somebody with an account: on the pages with a session, on the API with its token. */
  static async signedIn(city, who) {
    const walker = Walker.passingBy(city);
    who.cookie ??= who.token ?? (await walker.#signIn(who));
    walker.#cookies.set("xz_account", who.cookie);
    walker.#token = who.cookie;
    return walker;
  }

  /** A party who was sent a code for their matter, if it has a number; the operator's list of messages stands in for the phone. */
  static async party(city, one) {
    const walker = Walker.passingBy(city);
    const staff = city.accounts.find((account) => account.login === "operator");
    const operator = await Walker.signedIn(city, staff);
    const owner = await Walker.signedIn(city, one.of.filer);
    const number = JSON.parse((await owner.fetch(`/api/v1/matters/${one.matter}`)).text.split("\n")[0]).number;
    if (!number) return null;
    const form = await walker.fetch("/status");
    await walker.#post("/status", { csrf: hidden(form.text, "csrf"), number, phone: one.value });
    const code = (await operator.fetch("/desk/outbox")).text.match(/验证码(\d{6})/)[1];
    const asked = await walker.fetch("/status/code");
    const fields = Object.fromEntries([...asked.text.matchAll(/type="hidden" name="([^"]+)" value="([^"]*)"/g)].map(([, name, value]) => [name, value]));
    await walker.#post("/status/code", { ...fields, csrf: hidden(asked.text, "csrf"), code });
    return walker;
  }

  async #signIn(who) {
    const form = await this.fetch("/desk/sign-in");
    await this.#post("/desk/sign-in", { csrf: hidden(form.text, "csrf"), account: who.login, password: who.password });
    const cookie = this.#cookies.get("xz_account");
    if (!cookie) throw new Error(`${who.login} is not signed in`);
    return cookie;
  }

  #headers() {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    return { Cookie: cookie, ...(this.#token ? { Authorization: `Bearer ${this.#token}` } : {}) };
  }

  #keep(answer) {
    for (const cookie of answer.headers.getSetCookie()) {
      const [, name, value] = cookie.match(/^([^=]+)=([^;]*)/);
      this.#cookies.set(name, value);
    }
  }

  async #post(path, fields) {
    const answer = await fetch(this.#city.origin + path, { method: "POST", redirect: "manual", headers: this.#headers(), body: new URLSearchParams(fields) });
    this.#keep(answer);
    await answer.arrayBuffer();
    return answer;
  }

  /** Reads an address: text, headers and, of a paper, what is printed on it. */
  async fetch(path) {
    if (path.startsWith("/desk/changes")) return { path, status: 204, media: "", text: "", links: [] };
    const answer = await fetch(this.#city.origin + path, { headers: this.#headers(), redirect: "manual" });
    this.#keep(answer);
    const media = (answer.headers.get("content-type") ?? "").split(";")[0];
    const bytes = Buffer.from(await answer.arrayBuffer());
    const heads = [...answer.headers].map(([name, value]) => `${name}: ${unescaped(value)}`).join("\n");
    const body = media === "application/pdf" ? printed(bytes) : bytes.toString("utf8");
    const links = [...followed(path, media, body), ...(answer.headers.get("location") ? [answer.headers.get("location")] : [])];
    return { path, status: answer.status, media, text: `${body}\n${heads}`, links };
  }

  /** Addresses that are not followed. */
  leaveOut(pattern) {
    this.#leftOut = pattern;
  }

  /** Sends data to the API. */
  async send(path, body, headers) {
    const answer = await fetch(this.#city.origin + path, { method: "POST", headers: { ...this.#headers(), "Content-Type": "application/json", ...headers }, body: JSON.stringify(body) });
    return { path, status: answer.status, media: "application/json", text: await answer.text(), links: [] };
  }

  /** Every address within reach from some, so many of each pattern; `kindOf` says which matters are alike, except of papers. */
  async *walk(from, ofAPattern, kindOf = () => "{id}") {
    const waiting = [...from];
    const named = new Set(from);
    const seen = new Map();
    for (let count = 0; waiting.length && count < SEEN_MAX; ) {
      const path = waiting.shift();
      const pattern = patternOf(path, kindOf);
      const before = seen.get(pattern) ?? 0;
      if (before >= ofAPattern && !from.includes(path)) continue;
      seen.set(pattern, before + 1);
      count += 1;
      const page = await this.fetch(path);
      yield page;
      for (const link of page.links) {
        if (link.startsWith("/") && !link.startsWith("//") && !link.startsWith("/static/") && !this.#leftOut.test(link) && !named.has(link)) {
          named.add(link);
          waiting.push(link);
        }
      }
    }
  }
}

/** Links of a page, forms that only ask, with each of their choices, and addresses in data. */
function followed(path, media, body) {
  if (media === "application/json") return [...body.matchAll(/"(?:href|receipt)":"(\/[^"]+)"/g)].map(([, link]) => link);
  if (media !== "text/html") return [];
  const links = [...body.matchAll(/\s(?:href|src|action)="([^"#]*)/g)].map(([, link]) => plain(link)).filter((link) => link.startsWith("/") || link.startsWith("?"));
  for (const [, head, inside] of body.matchAll(/<form([^>]*)>([\s\S]*?)<\/form>/g)) {
    if (/method="post"/i.test(head)) continue;
    const to = plain(head.match(/action="([^"]*)"/)?.[1] ?? path.split("?")[0]);
    const texts = [...inside.matchAll(/<input[^>]*name="([^"]+)"[^>]*>/g)].filter(([tag]) => !/type="(radio|checkbox)"/.test(tag) || /checked/.test(tag));
    const given = texts.map(([tag, name]) => [name, plain(tag.match(/value="([^"]*)"/)?.[1] ?? "")]);
    links.push(`${to}?${new URLSearchParams(given)}`);
    for (const [, name, options] of inside.matchAll(/<select[^>]*name="([^"]+)"[^>]*>([\s\S]*?)<\/select>/g)) {
      for (const [, value] of options.matchAll(/<option[^>]*value="([^"]+)"/g)) links.push(`${to}?${new URLSearchParams([...given, [name, plain(value)]])}`);
    }
  }
  return links.map((link) => (link.startsWith("?") ? path.split("?")[0] + link : link));
}

/** An address with what is one matter's or one person's left out, and of its question the names alone. */
function patternOf(path, kindOf) {
  const [place, question] = path.split("?");
  const bare = place.replace(/[0-9a-f]{16,}/g, /\/(papers|dossier)/.test(place) ? "{id}" : kindOf).replace(/\/\d+(?=\/|$)/g, "/{n}").replace(/\/(papers|paper|acts|act)\/.+/, "/$1").replace(/^\/notices\/.+/, "/notices/{paper}").replace(/^(\/law|\/guide|\/check|\/api\/v1\/procedures)\/.+/, "$1/{name}");
  const names = [...new URLSearchParams(question ?? "")].map(([name, value]) => (["sort", "box", "state", "tab"].includes(name) ? `${name}=${value}` : name));
  return `${bare}?${[...new Set(names)].sort().join("&")}`;
}

const hidden = (text, name) => text.match(new RegExp(`name="${name}" value="([^"]*)"`))?.[1];
const plain = (text) => text.replace(/&#(\d+);/g, (_, code) => String.fromCodePoint(code)).replaceAll("&quot;", '"').replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");

function unescaped(value) {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}

function printed(bytes) {
  const told = spawnSync("pdftotext", ["-", "-"], { input: bytes, maxBuffer: 1 << 26 });
  if (told.status !== 0) throw new Error(`a paper cannot be read: ${told.error ?? told.stderr}`);
  return told.stdout.toString("utf8").replace(/\s+/g, "");
}

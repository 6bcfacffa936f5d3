// Simulated people planted into matters through the API, and finding them again in whatever was read.
//
// Names are of characters that stand together nowhere else; identity numbers carry a county that was never given out.
import { PNG, identityNumber } from "../person.mjs";

const FIRST = [..."骁翎珩琮瑄璟煜熠嵘峥颢昊晟翊铮锴镕霖霆霁霏霄弈弘彦彬彪彭徽懿昱晔晖暄朔朗杞杭柏栩"];
const LAST = [..."茜茵荃荟莉莎莹菁菲萍葵蓉蓓蔓蕊蕾薇虹蝶裕谦豪贞贤赫轩迪逸郁鑫钰铃铭锦镇闵雯靓韬馨"];
const NAME = new RegExp(`[${FIRST.join("")}][${LAST.join("")}]{2}`, "gu");
const CODE = /130600\d{11}[\dX]|199\d{8}/g;
const MATTER = /(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])/g;
const STEPS_MS = 20_000;
const TRIES_MAX = 8;
const ENDS = /withdraw|reject|refuse|close|terminate|return/;

/** Everything planted, by value. */
export class Planted {
  #values = new Map();
  #matters = [];
  #counts = { text: 1, id: 1, phone: 1 };

  /** So many names; numbers are not counted. */
  get size() {
    return [...this.#values.values()].filter((one) => one.kind === "text").length;
  }

  all() {
    return this.#values.values();
  }

  matters() {
    return this.#matters;
  }

  /** What is planted and stands in a text. */
  within(text) {
    const found = new Set([...(text.match(NAME) ?? []), ...(text.match(CODE) ?? [])]);
    return [...found].map((value) => this.#values.get(value)).filter(Boolean);
  }

  /** The planted matters whose identity stands in a text. */
  mattersWithin(text) {
    const found = new Set(text.match(MATTER) ?? []);
    return this.#matters.filter((matter) => found.has(matter.id));
  }

  /** A value nobody has yet. */
  fresh(kind) {
    const at = this.#counts[kind]++;
    if (kind === "id") return identityNumber(`19${60 + (at % 40)}0${1 + (Math.floor(at / 40) % 9)}1${Math.floor(at / 360) % 10}`, 1 + (at % 998));
    if (kind === "phone") return `199${String(at).padStart(8, "0")}`;
    const pick = (list, turn) => list[Math.floor(turn) % list.length];
    return pick(FIRST, at) + pick(LAST, at / FIRST.length) + pick(LAST, at / FIRST.length / LAST.length + at);
  }

  keep(matter, values, veiledOf) {
    if (!this.#matters.includes(matter)) this.#matters.push(matter);
    for (const { kind, value, field } of values) {
      if (this.#values.has(value)) throw new Error(`${value} is planted twice`);
      const veiled = veiledOf(field);
      this.#values.set(value, { kind, value, field, veiled, act: matter.act, matter: matter.id, procedure: matter.procedure, of: matter });
    }
  }
}

/** Files matters as everybody who may open one, round and round, and goes on with them, until enough is planted. */
export async function plant(city, planted, wanted) {
  const listed = (await ask(city, null, "GET", "/api/v1/procedures")).body.procedures;
  const procedures = [];
  for (const { id } of listed) procedures.push((await ask(city, null, "GET", `/api/v1/procedures/${id}`)).body);
  const openings = [];
  for (const procedure of procedures) {
    for (const act of procedure.acts.filter((one) => one.opens)) {
      const holders = [...new Map(city.accounts.filter((one) => one.seats.some((seat) => act.by.includes(seat))).map((one) => [one.held, one])).values()];
      for (const filer of holders.slice(0, 3)) openings.push({ procedure, act, filer });
    }
  }
  let rest = openings;
  for (let round = 0; round < 20 && planted.size < wanted * 0.8 && rest.length; round += 1) {
    const taken = [];
    for (const opening of rest) if (await open(city, planted, opening)) taken.push(opening);
    rest = taken;
  }
  const until = Date.now() + STEPS_MS;
  for (let round = 0; round < 3; round += 1) {
    for (const matter of planted.matters()) if (Date.now() < until) await goOn(city, planted, matter, procedures);
  }
  while (planted.size < wanted) for (const opening of rest) await open(city, planted, opening);
}

async function open(city, planted, { procedure, act, filer }) {
  const sent = await send(city, planted, filer, `/api/v1/procedures/${procedure.id}/${act.name}`, act.schema, {});
  if (!sent) return false;
  const read = await ask(city, filer, "GET", sent.answer.href);
  const matter = { id: sent.answer.matter, procedure: procedure.id, filer, owner: null, windows: filer.posts.filter((post) => act.by.includes(post.seat)).map((post) => post.office), named: sent.named, seated: "", papers: [], act: act.name };
  matter.owner = city.officeNamed(read.body?.office)?.id;
  keep(city, planted, matter, sent, read.body);
  return true;
}

/** One more act on a matter, by whoever may. */
async function goOn(city, planted, matter, procedures) {
  const procedure = procedures.find((one) => one.id === matter.procedure);
  const near = city.accounts.filter((one) => one.posts.some(({ office }) => office === matter.owner || office === city.offices.get(matter.owner)?.parent) || one.login === matter.filer.login);
  for (const actor of new Map(near.map((one) => [one.held, one])).values()) {
    const seen = await ask(city, actor, "GET", `/api/v1/matters/${matter.id}`);
    // What ends a matter is done last, so that more is planted on the way.
    const actions = [...(seen.body?.actions ?? [])].sort((one, other) => ENDS.test(one.act) - ENDS.test(other.act));
    for (const action of actions) {
      const act = procedure.acts.find((one) => one.name === action.act);
      if (!act) continue;
      const sent = await send(city, planted, actor, action.href, act.schema, { "If-Match": `"${seen.body.version}"` });
      if (!sent) continue;
      matter.act = action.act;
      matter.named.push(...sent.named);
      const read = await ask(city, actor, "GET", `/api/v1/matters/${matter.id}`);
      const page = await (await fetch(`${city.origin}/desk/matters/${matter.id}`, { headers: { Cookie: `xz_account=${actor.token}` } })).text();
      matter.seated = page.match(/<dl class="summary">[\s\S]*?<\/dl>/)?.[0] ?? "";
      keep(city, planted, matter, sent, read.body);
      return;
    }
  }
}

function keep(city, planted, matter, sent, body) {
  const veiled = city.procedures.get(matter.procedure)?.veiled ?? new Map();
  matter.papers = (body?.papers ?? []).map((paper) => `${paper.version}/${paper.paper}`);
  planted.keep(matter, sent.values, (field) => veiled.get(field) ?? veiled.get(field.split(".")[0]) ?? []);
}

/** Fills a form by its schema; what is found wrong is answered otherwise, filled in or left out, a few times. */
async function send(city, planted, actor, path, schema, headers) {
  const body = {};
  const values = [];
  const named = [];
  const add = (name, turn = 0) => {
    const property = schema.properties[name];
    const filled = property && fill(city, planted, actor, name, property, turn);
    if (!filled) return;
    body[name] = filled.body;
    if (filled.value) values.push({ kind: filled.kind, value: filled.value, field: name });
    if (filled.office) named.push(filled.office);
  };
  const texts = Object.entries(schema.properties).filter(([, one]) => one.type === "string" && !one.enum && !one.format && !/看前面/.test(one.description ?? ""));
  for (const name of new Set([...schema.required, ...texts.map(([name]) => name)])) add(name);
  for (let tries = 1; tries <= TRIES_MAX; tries += 1) {
    const answer = await ask(city, actor, "POST", path, body, headers);
    if (answer.status === 201) return { answer: answer.body, values: values.filter(({ field }) => field in body), named };
    if (answer.status !== 422) return null;
    // A form that is right and refused may want a box ticked: that all of it is true.
    const boxes = Object.entries(schema.properties).filter(([name, one]) => one.type === "boolean" && /确认/.test(one.title) && !(name in body));
    if (!answer.body.fields.length && !boxes.length) return null;
    if (!answer.body.fields.length) for (const [name] of boxes) add(name);
    for (const { field } of answer.body.fields) {
      if (!(field in body) || schema.properties[field].enum) add(field, tries);
      else delete body[field];
    }
  }
  return null;
}

function fill(city, planted, actor, name, property, turn) {
  const about = property.description ?? "";
  if (property.enum) return { body: property.enum[turn % property.enum.length] };
  if (property.type === "boolean") return { body: true };
  if (property.type === "integer") return { body: Math.max(property.minimum ?? 1, 1) };
  if (property.format === "date") return { body: new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 10) };
  if (property.type === "array") {
    if (property.items?.enum) return { body: [property.items.enum[turn % property.items.enum.length]] };
    if (property.items?.type !== "object") return null;
    const title = planted.fresh("text", 100);
    return { body: [{ name: `${title}.png`, content: PNG.toString("base64") }], value: title, kind: "text" };
  }
  if (/公民身份号码/.test(about)) return valued(planted.fresh("id"), "id");
  if (/统一社会信用代码/.test(about)) return { body: "91990101MA0XEAH17J" };
  if (/手机号码/.test(about)) return valued(planted.fresh("phone"), "phone");
  const area = city.offices.get(actor.posts[0]?.office)?.area ?? "990101";
  if (/行政区划/.test(about)) return { body: `${area.slice(0, 6).replace("990100", "990101")}001000` };
  if (/最多两位小数/.test(about)) return { body: "1500" };
  if (/如\d{4}-\d\d-\d\dT/.test(about)) return { body: new Date(Date.now() + 7 * 3_600_000).toISOString().slice(0, 16) };
  const kind = about.match(/种类为(\S+?)的机构/)?.[1];
  if (kind) {
    const offices = [...city.offices.values()].filter((office) => office.kind === kind);
    const office = offices.find((one) => one.area.startsWith(area.slice(0, 6))) ?? offices[0];
    return office ? { body: office.id, office: office.id } : null;
  }
  if (/账号|序号|办件编号|名册/.test(about)) return null;
  if (property.maxLength < 3) return null;
  return valued(planted.fresh("text", property.maxLength ?? 60), "text");
}

const valued = (value, kind) => ({ body: value, value, kind });

/** Asks the API as somebody; signs in once. */
async function ask(city, who, method, path, body, headers = {}) {
  const token = who && (who.token ??= who.cookie ?? (await signIn(city, who)));
  const answer = await fetch(city.origin + path, {
    method,
    headers: { "Content-Type": "application/json", ...(token ? { Authorization: `Bearer ${token}` } : {}), ...headers },
    body: body ? JSON.stringify(body) : undefined,
  });
  return { status: answer.status, body: await answer.json().catch(() => null) };
}

async function signIn(city, who) {
  const answer = await ask(city, null, "POST", "/api/v1/sessions", { login: who.login, password: who.password });
  return answer.body.token;
}

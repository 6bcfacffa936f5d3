// A crawler with planted people: whoever walks through the city, no planted value stands where its reader may not see it.
//
// More than a thousand names, beside them phones and identity numbers are filed through the API into matters of many procedures and
// districts. Then every role, a passer-by and a party of one matter follow every link. Who may see what is worked out
// here, from the city's own files: offices, seats, and the fields veiled from them. `XIEZHI_CRAWL=all` follows every
// address; otherwise a few of each pattern.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { mayRead, mayUnveil } from "./oracle.mjs";
import { Planted, plant } from "./planted.mjs";
import { startCity } from "./city.mjs";
import { Walker } from "./walker.mjs";

const ALL = process.env.XIEZHI_CRAWL === "all";
/** So many addresses of one pattern, for one role. */
const OF_A_PATTERN = ALL ? Infinity : 1;
/** So many offices of one kind, for one set of seats. */
const OFFICES = ALL ? Infinity : 1;
/** Names planted. */
const NAMES = 1000;

let city;
let planted;

before(async () => {
  city = await startCity();
  planted = new Planted();
  await plant(city, planted, NAMES);
});

after(() => city?.stop());

/** Matters of one procedure are alike to the crawler. */
const kindOf = (id) => planted.mattersWithin(id)[0]?.procedure ?? "{id}";

/** What a reader was shown and may not see, in words; empty where all is well. */
function leaks(role, page) {
  const found = [];
  for (const matter of planted.mattersWithin(page.text)) {
    const may = role.party ? role.party === matter.id : mayRead(city, role, matter);
    if (!may && !page.path.includes(matter.id)) found.push(`${role.login} learns of a ${matter.procedure} at ${page.path}`);
  }
  for (const one of planted.within(page.text)) {
    const told = `${role.login} sees ${one.kind} of ${one.procedure} ${one.field} at ${page.path}`;
    if (role.party) {
      if (role.party !== one.matter || !mayUnveil(role, one)) found.push(told);
    } else if (!mayRead(city, role, one.of)) found.push(told);
    else if (!mayUnveil(role, one)) found.push(`${told}, veiled from the seat`);
    else if (page.media !== "application/pdf" && one.kind !== "text") found.push(`${told} unmasked`);
  }
  return found;
}

function assertNone(found, kinds) {
  const told = new Map();
  for (const line of found) {
    const pattern = line.replace(/[0-9a-f]{16,}/g, "{id}");
    told.set(pattern, line);
  }
  assert.deepEqual([...told.values()].slice(0, 40), [], `${told.size} kinds of leaks, ${found.length} in all, among ${kinds} pages`);
}

test("enough is planted, and its own reader finds it", async () => {
  assert.ok(planted.size >= NAMES, `${planted.size} names are planted`);
  const everybody = city.roles(Infinity);
  for (const one of planted.all()) {
    const readers = everybody.filter((role) => mayRead(city, role, one.of) && mayUnveil(role, one)).length;
    assert.ok(readers > 0 && readers < everybody.length / 2, `${readers} of ${everybody.length} may see ${one.field} of ${one.procedure}`);
  }
  const kinds = new Set([...planted.all()].map((one) => one.kind));
  assert.deepEqual([...kinds].sort(), ["id", "phone", "text"]);
  const veiled = [...planted.all()].filter((one) => one.veiled.length);
  assert.ok(veiled.length >= 20, `${veiled.length} of them veiled from somebody`);
  // The crawl can fail: whoever filed matters is shown whom they filed them for.
  const names = sample([...planted.all()].filter((value) => value.field.endsWith(".name") && mayUnveil(value.of.filer, value)), 12);
  let shown = 0;
  for (const one of names) {
    const walker = await Walker.signedIn(city, one.of.filer);
    const page = await walker.fetch(`/desk/matters/${one.matter}?tab=materials`);
    if ([...planted.within(page.text)].includes(one)) shown += 1;
  }
  assert.ok(shown >= 3, `${shown} of ${names.length} planted names are shown to whoever filed them`);
});

test("every role follows every link and sees nothing of others", async () => {
  const found = [];
  let pages = 0;
  const roles = city.roles(OFFICES);
  assert.ok(roles.length > 40, `${roles.length} roles`);
  await each(roles, async (role) => {
    const walker = await Walker.signedIn(city, role);
    // The document of the API is long and the same for everybody; the passer-by reads it.
    walker.leaveOut(/^\/api(\/openapi\.json)?$/);
    for await (const page of walker.walk(["/desk", "/desk/work?box=all", "/desk/matters", "/api/v1/worklist?box=all", "/"], OF_A_PATTERN, kindOf)) {
      pages += 1;
      found.push(...leaks(role, page));
      assert.ok(page.status < 500, `${role.login} ${page.path} answers ${page.status}`);
    }
  });
  console.log(`${roles.length} roles read ${pages} pages`);
  assert.ok(pages > roles.length * 5, `${pages} pages`);
  assertNone(found, pages);
});

test("an address that is known opens nothing that is not one's own, and a refusal tells nothing", async () => {
  const found = [];
  let asked = 0;
  await each(city.roles(OFFICES), async (role) => {
    const walker = await Walker.signedIn(city, role);
    const foreign = planted.matters().filter((matter) => !mayRead(city, role, matter));
    for (const matter of sample(foreign, ALL ? foreign.length : 2)) {
      const filer = await Walker.signedIn(city, matter.filer);
      const within = (await filer.fetch(`/desk/matters/${matter.id}?tab=materials`)).links.filter((link) => link.includes(`${matter.id}/files/`));
      const sent = walker.send(`/api/v1/matters/${matter.id}/acts/${matter.act}`, { "applicant.name": "" }, { "If-Match": '"1"' });
      for (const page of [await sent, ...(await all([...addresses(matter), ...within], (path) => walker.fetch(path)))]) {
        asked += 1;
        assert.ok([403, 404].includes(page.status), `${role.login} is answered ${page.status} at ${page.path}`);
        found.push(...leaks(role, page));
      }
    }
  });
  assert.ok(asked > 300, `${asked} asked`);
  assertNone(found, asked);
});

test("what is veiled from a seat is in no page, paper, file or refusal of a matter it may read", async () => {
  const found = [];
  let asked = 0;
  const veiled = [...planted.all()].filter((one) => one.veiled.length);
  await each(city.roles(Infinity), async (role) => {
    const walker = await Walker.signedIn(city, role);
    const blind = veiled.filter((one) => mayRead(city, role, one.of) && !mayUnveil(role, one));
    for (const one of new Map(blind.map((one) => [`${one.procedure} ${one.act}`, one])).values()) {
      const matter = `/api/v1/matters/${one.matter}`;
      const sent = await walker.send(`${matter}/acts/${one.act}`, {}, { "If-Match": '"1"' });
      if (sent.text.includes(`"${one.field}"`)) found.push(`${role.login} is told of ${one.field} by ${one.act} of ${one.procedure}`);
      const unknown = await walker.send(`${matter}/acts/${one.of.act}`, { [one.field]: "" }, { "If-Match": '"1"' });
      const filer = await Walker.signedIn(city, one.of.filer);
      const files = (await filer.fetch(`/desk/matters/${one.matter}?tab=materials`)).links.filter((link) => link.includes(`${one.matter}/files/`));
      for (const page of [sent, unknown, ...(await all([...addresses(one.of), `/desk/matters/${one.matter}?tab=materials`, ...files], (path) => walker.fetch(path)))]) {
        asked += 1;
        assert.ok(page.status < 500, `${role.login} ${page.path} answers ${page.status}`);
        found.push(...leaks(role, page));
      }
      for (const list of ["/desk/work?box=all", "/desk/matters?"]) {
        const row = (await walker.fetch(`${list}&procedure=${one.procedure}`)).text.split("<tr>").find((row) => row.includes(one.matter));
        const names = veiled.filter((other) => other.matter === one.matter && other.field.endsWith(".name"));
        if (names.some((name) => row?.includes(`${name.value[0]}*`))) found.push(`${role.login} reads the surname of ${one.field} in ${list}`);
      }
    }
  });
  assert.ok(asked > 10, `${asked} asked`);
  assertNone(found, asked);
});

test("a search for what one may not see is a search for nobody", async () => {
  await each(city.roles(OFFICES), async (role) => {
    const walker = await Walker.signedIn(city, role);
    await walker.fetch("/desk/work");
    const foreign = [...planted.all()].filter((one) => !mayRead(city, role, one.of) || !mayUnveil(role, one));
    for (const one of sample(foreign, ALL ? 60 : 2)) {
      for (const list of ["/desk/work?box=all&q=", "/desk/matters?q=", "/api/v1/worklist?box=all&q="]) {
        const control = one.kind === "text" ? "翃翙翚" : one.value.replace(/\d{4}$|\d{3}X$/, "0000");
        const [asked, nobody] = [await walker.fetch(list + encodeURIComponent(one.value)), await walker.fetch(list + encodeURIComponent(control))];
        const bare = (page, words) => page.text.replaceAll(words, "").replaceAll(encodeURIComponent(words), "").replace(/^(content-length|date): .*$/gm, "");
        assert.equal(asked.status, nobody.status);
        assert.equal(bare(asked, one.value), bare(nobody, control), `${role.login} learns from a search for ${one.field} of ${one.procedure} at ${list}`);
      }
    }
  });
});

test("a list counts what it shows, and is neither sorted nor narrowed by what a field says", async () => {
  const rows = (page) => [...page.text.matchAll(/<th scope="row"><a href="\/desk\/matters\/([0-9a-f]+)"/g)].map(([, id]) => id);
  const fields = [...new Set([...planted.all()].filter((one) => one.veiled.length).map((one) => one.field))];
  let counted = 0;
  await each(city.roles(OFFICES), async (role) => {
    const walker = await Walker.signedIn(city, role);
    const list = "/desk/work?box=all";
    const first = await walker.fetch(list);
    const total = Number(first.text.match(/aria-current="page">[^<]*<span class="tabs-count">(\d+)/)?.[1] ?? 0);
    const shown = rows(first);
    for (let page = 2; page <= Math.ceil(total / 20); page += 1) shown.push(...rows(await walker.fetch(`${list}&page=${page}`)));
    assert.equal(shown.length, total, `${role.login} is told of ${total} and shown ${shown.length}`);
    for (const matter of planted.matters().filter(({ id }) => shown.includes(id))) {
      assert.ok(mayRead(city, role, matter), `${role.login} is shown a ${matter.procedure}`);
    }
    counted += total;
    for (const field of sample(fields, ALL ? fields.length : 2)) {
      const value = [...planted.all()].find((one) => one.field === field).value;
      for (const asked of [`&sort=${field}`, `&${field}=${encodeURIComponent(value)}`]) {
        assert.deepEqual(rows(await walker.fetch(list + asked)), rows(first), `${role.login} learns of ${field} by ${asked}`);
      }
    }
  });
  assert.ok(counted > 100, `${counted} rows`);
});

test("a passer-by sees nothing, on pages, in the document of the API and in refusals", async () => {
  const walker = Walker.passingBy(city);
  const nobody = { login: "nobody", posts: [], seats: [] };
  const found = [];
  let pages = 0;
  const from = ["/", "/status", "/notices", "/law", "/verify", "/api", "/api/openapi.json", "/api/v1/procedures", "/desk", "/no-such-page", "/healthz", "/readyz"];
  const known = planted.matters().slice(0, 20).flatMap(addresses);
  for await (const page of walker.walk([...from, ...known], ALL ? Infinity : 6)) {
    pages += 1;
    found.push(...leaks(nobody, page));
    assert.ok(page.status < 500, `${page.path} answers ${page.status}`);
  }
  assert.ok(pages > 60, `${pages} pages`);
  assertNone(found, pages);
});

test("a party sees their own matter and no other", async () => {
  const found = [];
  let pages = 0;
  const phones = [...planted.all()].filter((value) => value.kind === "phone" && /^(applicant|complainant)\.phone$/.test(value.field));
  let opened = 0;
  const parties = [...new Map(phones.map((one) => [one.procedure, one])).values()];
  for (const one of parties) {
    const walker = await Walker.party(city, one);
    if (!walker || (await walker.fetch("/m")).status !== 200) continue;
    opened += 1;
    const seat = one.field.split(".")[0];
    const role = { login: `${seat} of ${one.procedure}`, party: one.matter, posts: [], seats: [seat] };
    let own = 0;
    for await (const page of walker.walk(["/m", ...sample(planted.matters(), 8).flatMap(addresses)], ALL ? Infinity : 4)) {
      pages += 1;
      found.push(...leaks(role, page));
      own += planted.within(page.text).filter((value) => value.matter === one.matter).length;
    }
    assert.ok(own > 0, `${role.login} sees something of their own`);
  }
  assert.ok(opened >= 4 && pages > 100, `${parties.map((one) => one.procedure)}: ${pages} pages`);
  assertNone(found, pages);
});

test("neither the log of the program nor its metrics name anybody", async () => {
  const metrics = await (await fetch(`${city.machines}/metrics`)).text();
  assert.match(metrics, /# EOF\n$/);
  for (const [place, text] of [["the metrics", metrics], ["the log", city.log()]]) {
    assert.deepEqual([...planted.within(text)].map((one) => `${place}: ${one.kind} ${one.field}`).slice(0, 5), []);
  }
  assert.ok(city.log().length > 0, "the log says something");
});

/** Every address of a matter that can be guessed from the ones that are known. */
function addresses(matter) {
  const [desk, api] = [`/desk/matters/${matter.id}`, `/api/v1/matters/${matter.id}`];
  return [desk, api, `${desk}/dossier`, `${desk}/receipt/1`, `${api}/receipts/1`, `${desk}/acts/${matter.act}`, ...matter.papers.map((paper) => `${desk}/papers/${paper}`)];
}

/** So many of a list, evenly spread. */
function sample(list, count) {
  const step = Math.max(1, Math.floor(list.length / count));
  return list.filter((_, at) => at % step === 0).slice(0, count);
}

/** All answers for a list, one after the other. */
async function all(list, ask) {
  const answers = [];
  for (const one of list) answers.push(await ask(one));
  return answers;
}

/** All of a list, four at a time. */
async function each(list, run) {
  const rest = [...list];
  await Promise.all([...Array(4)].map(async () => { while (rest.length) await run(rest.shift()); }));
}

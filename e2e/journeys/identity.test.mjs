// Signing in with an identity of another house, at a provider that is not ours, and with passkeys in the browser's own device.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { Person } from "../person.mjs";
import { startCas } from "../cas.mjs";
import { freePort, passProvider, startProvider } from "../provider.mjs";
import { startSite } from "../site.mjs";
import { applicant, apply } from "../steps.mjs";

const SECRET = "a secret of this test, and of no house";
let site;
let provider;
let cas;
const CAS_USER = { login: "cas-shen", password: "only for this CAS server" };

before(async () => {
  const port = await freePort();
  const origin = `http://localhost:${port}`;
  const client = (client_id, redirect_uri) => ({ client_id, client_secret: SECRET, redirect_uris: [redirect_uri] });
  provider = await startProvider([client("xiezhi", `${origin}/desk/sign-in/back/gov`), client("other", `${origin}/other`), client("city", `${origin}/mine/back/province`)]);
  cas = await startCas(`${origin}/desk/sign-in/back/cas`, CAS_USER.login, CAS_USER.password);
  site = await startSite({
    listen: `127.0.0.1:${port}`,
    origin,
    prepare(data) {
      writeFileSync(join(data, "gov.secret"), SECRET, { mode: 0o600 });
      const oidc = { issuer: provider.issuer, client: "xiezhi", secret_file: "gov.secret", scopes: "profile" };
      const providers = [{ id: "gov", title: "市统一身份认证", for: "staff", oidc }];
      const citizens = { ...oidc, client: "city", scopes: "citizen", id_number_claim: "id_number" };
      providers.push({ id: "province", title: "省统一身份认证", for: "parties", oidc: citizens });
      if (cas) providers.push({ id: "cas", title: "单点登录", for: "staff", cas: { server: cas.server } });
      writeFileSync(join(data, "identity.json"), JSON.stringify({ origin, providers }));
    },
  });
});

after(async () => {
  await site?.stop();
  await provider?.stop();
  await cas?.stop();
});

/** The provider is another house, with pages of its own: going there is wanted, and what they fetch is not ours to judge. */
async function arrive() {
  const person = await Person.arrive(site);
  const page = person.page;
  page.removeAllListeners("request");
  page.on("request", (request) => {
    const ours = request.frame().url().startsWith(site.origin) && !request.isNavigationRequest();
    if (ours && !request.url().startsWith(site.origin) && !request.url().startsWith("data:")) person.outside.push(request.url());
  });
  // The pages of the other houses ask for fonts of the world outside.
  await person.context.route((url) => !["localhost", "127.0.0.1"].includes(url.hostname), (route) => route.abort());
  return { person, page, leave: () => person.leave() };
}

async function heading(page) {
  return (await page.locator("h1").first().textContent()).trim();
}

async function signIn(page, login) {
  await page.goto(`${site.origin}/desk/sign-in`);
  await page.fill("#account", login);
  await page.fill("#password", site.accounts.get(login));
  await page.click("main form:has(#password) button");
  await page.waitForURL(/\/desk(\?|$|\/)/);
}

async function signOut(page) {
  await page.locator("details.who summary").click();
  await page.locator("details.who form button").click();
  await page.waitForURL(/sign-in/);
}

/** Where the site would send this browser, without going there. */
async function question(page) {
  const asked = await page.context().request.get(`${site.origin}/desk/sign-in/with/gov?next=//evil.invalid`, { maxRedirects: 0 });
  assert.equal(asked.status(), 303);
  return new URL(asked.headers().location);
}

const SOMEBODY = "u-shen";
let login;

describe("an identity of another house", { concurrency: false }, () => {
  test("a stranger gets no account, whoever tied it signs in", async () => {
    login = site.holder("aid-east", "aid-clerk");
    const { person, page, leave } = await arrive();
    await page.goto(`${site.origin}/desk/sign-in`);
    await person.look();
    await page.click("text=用市统一身份认证登录");
    await passProvider(page, SOMEBODY);
    await page.waitForURL(/sign-in\/back/);
    assert.equal(await heading(page), "这个身份还没有绑定账号");
    await person.look();
    await signIn(page, login);
    await page.goto(`${site.origin}/desk/identity`);
    await person.look();
    await page.click("text=绑定市统一身份认证的身份");
    assert.equal(await heading(page), "到市统一身份认证登录");
    await person.look();
    await page.click("text=前往市统一身份认证");
    await page.waitForURL(/identity\?done=linked/);
    await person.look();
    await signOut(page);
    await page.click("text=用市统一身份认证登录");
    await page.waitForURL((url) => url.pathname === "/desk");
    await leave();
  });

  test("the answer counts once, in the browser that asked, and leads nowhere else", async () => {
    const { page, leave } = await arrive();
    const asked = await question(page);
    let came;
    page.on("request", (request) => { if (request.url().includes("/sign-in/back/gov")) came = request.url(); });
    await page.goto(asked.href);
    await passProvider(page, SOMEBODY);
    await page.waitForURL((url) => url.pathname === "/desk");
    assert.ok(page.url().startsWith(site.origin), "an address of another site is not gone to");
    await page.goto(came);
    assert.equal(await heading(page), "登录没有完成");
    // A new question with the old answer of the provider.
    const again = await question(page);
    const stale = new URL(came);
    stale.searchParams.set("state", again.searchParams.get("state"));
    await page.goto(stale.href);
    assert.equal(await heading(page), "登录没有完成");
    const stranger = await arrive();
    await stranger.page.goto(came);
    assert.equal(await heading(stranger.page), "登录没有完成");
    await stranger.leave();
    await leave();
  });

  for (const name of ["state", "nonce", "code_challenge"]) {
    test(`an answer to another ${name} is refused`, async () => {
      const { page, leave } = await arrive();
      const asked = await question(page);
      const before = asked.searchParams.get(name);
      asked.searchParams.set(name, before.slice(0, -1) + (before.endsWith("A") ? "E" : "A"));
      await page.goto(asked.href);
      await passProvider(page, SOMEBODY);
      await page.waitForURL(/sign-in\/back/);
      assert.equal(await heading(page), "登录没有完成");
      await page.goto(`${site.origin}/desk`);
      assert.match(page.url(), /sign-in/, "nobody is signed in");
      await leave();
    });
  }

  test("a token that the provider made for another house is refused", async () => {
    const { page, leave } = await arrive();
    const asked = await question(page);
    const other = new URL(asked.href);
    other.searchParams.set("client_id", "other");
    other.searchParams.set("redirect_uri", `${site.origin}/other`);
    const verifier = "v".repeat(64);
    const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier));
    other.searchParams.set("code_challenge", Buffer.from(digest).toString("base64url"));
    await page.goto(other.href);
    await passProvider(page, SOMEBODY);
    await page.waitForURL(/\/other/);
    const form = new URLSearchParams({ grant_type: "authorization_code", code: new URL(page.url()).searchParams.get("code"), redirect_uri: `${site.origin}/other`, code_verifier: verifier });
    const authorization = `Basic ${Buffer.from(`other:${encodeURIComponent(SECRET)}`).toString("base64")}`;
    const answer = await fetch(`${provider.issuer}/token`, { method: "POST", body: form, headers: { authorization } });
    const { id_token: theirs } = await answer.json();
    assert.ok(theirs, "the provider made a token for the other house");
    provider.doors.exchange = () => theirs;
    await page.goto(asked.href);
    await page.locator("form button, form input[type=submit]").first().click();
    await page.waitForURL(/sign-in\/back/);
    provider.doors.exchange = null;
    assert.equal(await heading(page), "登录没有完成");
    assert.match(await page.locator("main").textContent(), /核对不上/);
    await leave();
  });

  test("a token that is over is refused", async () => {
    const { page, leave } = await arrive();
    const asked = await question(page);
    const hour = 3600;
    const now = Math.floor(Date.now() / 1000);
    provider.doors.exchange = (token) => provider.altered(token, { iat: now - 2 * hour, exp: now - hour });
    await page.goto(asked.href);
    await passProvider(page, SOMEBODY);
    await page.waitForURL(/sign-in\/back/);
    provider.doors.exchange = null;
    assert.match(await page.locator("main").textContent(), /已经过期/);
    await leave();
  });

  test("an identity that was untied signs nobody in", async () => {
    const { page, leave } = await arrive();
    await signIn(page, login);
    await page.goto(`${site.origin}/desk/identity`);
    await page.click("button:has-text('解除绑定')");
    await page.waitForURL(/done=unlinked/);
    await signOut(page);
    await page.click("text=用市统一身份认证登录");
    await passProvider(page, SOMEBODY);
    await page.waitForURL(/sign-in\/back/);
    assert.equal(await heading(page), "这个身份还没有绑定账号");
    await leave();
  });
});

describe("a CAS server", { concurrency: false }, () => {
  /** Signs in on the page of the CAS server. */
  async function passCas(page) {
    await page.locator("input[name=username]").fill(CAS_USER.login);
    await page.locator("input[name=password]").fill(CAS_USER.password);
    await page.locator("form button, form input[type=submit]").first().click();
    await page.waitForURL(new RegExp(`^${site.origin}`));
  }

  test("vouches for whoever tied its user, once a ticket", async (context) => {
    if (!cas) return context.skip("no CAS server: its packages cannot be had from PyPI");
    login = site.holder("aid-east", "aid-clerk");
    const { page, leave } = await arrive();
    await page.goto(`${site.origin}/desk/sign-in`);
    await page.click("text=用单点登录登录");
    await passCas(page);
    assert.equal(await heading(page), "这个身份还没有绑定账号");
    await signIn(page, login);
    await page.goto(`${site.origin}/desk/identity`);
    await page.click("text=绑定单点登录的身份");
    let came;
    page.on("request", (request) => { if (request.url().includes("ticket=")) came = request.url(); });
    await page.click("text=前往单点登录");
    await page.waitForURL(/identity\?done=linked/);
    await signOut(page);
    await page.click("text=用单点登录登录");
    await page.waitForURL((url) => url.pathname === "/desk");
    await signOut(page);
    // The ticket of before, for a new question: it was given for another address, and it was used.
    const asked = await page.context().request.get(`${site.origin}/desk/sign-in/with/cas`, { maxRedirects: 0 });
    const home = new URL(new URL(asked.headers().location).searchParams.get("service"));
    home.searchParams.set("ticket", new URL(came).searchParams.get("ticket"));
    await page.goto(home.href);
    assert.equal(await heading(page), "登录没有完成");
    await page.goto(`${site.origin}/desk`);
    assert.match(page.url(), /sign-in/, "nobody is signed in");
    await leave();
    return undefined;
  });
});

describe("a citizen whom the province vouches for", { concurrency: false }, () => {
  test("sees their own matters and no others, without a code", async () => {
    const who = applicant(71);
    const citizen = await Person.arrive(site, { phone: true });
    const number = await apply(citizen, who);
    await citizen.leave();
    const { person, page, leave } = await arrive();
    await page.setViewportSize({ width: 375, height: 812 });
    await page.goto(`${site.origin}/status`);
    await person.look();
    await page.click("text=用省统一身份认证看我的全部办件");
    await passProvider(page, who.id);
    await page.waitForURL(/\/mine$/);
    await person.look();
    assert.equal(await page.locator("ul.held li").count(), 1);
    assert.match(await page.locator("main").textContent(), new RegExp(number));
    const matter = await page.locator("input[name=matter]").inputValue();
    await page.click("button:has-text('打开')");
    await page.waitForURL(/\/m$/);
    assert.match(await page.locator("main").textContent(), new RegExp(number));
    await leave();

    // Somebody else, vouched for just as well: no list, and no page for a matter they heard of.
    const other = await arrive();
    await other.page.goto(`${site.origin}/mine/with/province`);
    await passProvider(other.page, applicant(72).id);
    await other.page.waitForURL(/\/mine$/);
    assert.equal(await other.page.locator("ul.held li").count(), 0);
    const csrf = await other.page.locator("input[name=csrf]").first().inputValue();
    const tried = await other.page.context().request.post(`${site.origin}/mine/open`, { form: { csrf, matter }, maxRedirects: 0 });
    assert.equal(tried.status(), 404);
    await other.page.click("text=退出");
    await other.page.goto(`${site.origin}/mine`);
    assert.match(other.page.url(), /\/status$/);
    await other.leave();

    // Vouched for, but nobody's number.
    const nobody = await arrive();
    await nobody.page.goto(`${site.origin}/mine/with/province`);
    await passProvider(nobody.page, "no-number");
    await nobody.page.waitForURL(/mine\/back/);
    assert.match(await nobody.page.locator("main").textContent(), /实名认证/);
    await nobody.leave();
  });
});

describe("a passkey", { concurrency: false }, () => {
  test("is added, signs in alone, is used once a question, and is taken away", async () => {
    login = site.holder("aid-east", "aid-clerk");
    const { person, page, leave } = await arrive();
    const device = await page.context().newCDPSession(page);
    await device.send("WebAuthn.enable");
    const options = { protocol: "ctap2", transport: "internal", hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true };
    const { authenticatorId } = await device.send("WebAuthn.addVirtualAuthenticator", { options });
    await signIn(page, login);
    await page.goto(`${site.origin}/desk/identity`);
    await page.fill("#label", "办公室电脑");
    await page.click("text=添加通行密钥");
    await page.waitForURL(/done=added/);
    await person.look();
    assert.match(await page.locator("main").textContent(), /办公室电脑/);
    const kept = await device.send("WebAuthn.getCredentials", { authenticatorId });
    assert.equal(kept.credentials.length, 1);
    assert.equal(kept.credentials[0].rpId, "localhost");
    await signOut(page);

    let sent;
    page.on("request", (request) => { if (request.url().endsWith("/desk/sign-in/passkey")) sent = request.postData(); });
    await page.click("text=用通行密钥登录");
    await page.waitForURL((url) => url.pathname === "/desk");
    assert.ok(sent.includes("signature="));
    await signOut(page);

    // The same answer again, with the cookies of the same browser.
    const replay = await page.context().request.post(`${site.origin}/desk/sign-in/passkey`, {
      data: sent, headers: { "content-type": "application/x-www-form-urlencoded" }, maxRedirects: 0,
    });
    assert.equal(replay.status(), 403);
    assert.match(await replay.text(), /已经用过/);

    // A device that does not recognise its holder.
    await device.send("WebAuthn.setUserVerified", { authenticatorId, isUserVerified: false });
    await page.goto(`${site.origin}/desk/sign-in`);
    await page.click("text=用通行密钥登录");
    await page.locator("[data-said]:not(:empty)").waitFor();
    assert.match(await page.locator("[data-said]").textContent(), /没有完成/);
    await device.send("WebAuthn.setUserVerified", { authenticatorId, isUserVerified: true });

    // A copy of the device that is behind the one that was used.
    const [credential] = (await device.send("WebAuthn.getCredentials", { authenticatorId })).credentials;
    await device.send("WebAuthn.removeCredential", { authenticatorId, credentialId: credential.credentialId });
    await device.send("WebAuthn.addCredential", { authenticatorId, credential: { ...credential, signCount: 0 } });
    await page.goto(`${site.origin}/desk/sign-in`);
    await page.click("text=用通行密钥登录");
    await page.waitForURL(/sign-in\/passkey/);
    assert.equal(await heading(page), "没有登录");
    await device.send("WebAuthn.removeCredential", { authenticatorId, credentialId: credential.credentialId });
    await device.send("WebAuthn.addCredential", { authenticatorId, credential: { ...credential, signCount: 100 } });

    await signIn(page, login);
    await page.goto(`${site.origin}/desk/identity`);
    await page.click("button:has-text('删除')");
    await page.waitForURL(/done=removed/);
    await signOut(page);
    await page.click("text=用通行密钥登录");
    await page.waitForURL(/sign-in\/passkey/);
    assert.equal(await heading(page), "没有登录");
    await leave();
  });

  test("asks for JavaScript in a sentence, and the password remains", async () => {
    const person = await Person.arrive(site, { script: false, phone: true });
    await person.goto("/desk/sign-in");
    assert.equal(await person.page.locator("text=用通行密钥登录").isVisible(), false);
    assert.ok(await person.page.locator("text=通行密钥要开启 JavaScript").isVisible());
    assert.ok(await person.page.locator("#password").isVisible());
    await person.leave();
  });
});

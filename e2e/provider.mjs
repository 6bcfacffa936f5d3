// A provider of identities that is not ours: `oidc-provider` on a port of this machine, with one door for the tests: the token it is
// about to answer with may be exchanged for another that its own key signed.
import { once } from "node:events";
import { createServer } from "node:net";
import { SignJWT, decodeJwt, exportJWK, generateKeyPair } from "jose";
import { Provider } from "oidc-provider";

/** A port of this machine that nobody listens on. */
export async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

/** Starts the provider with its clients. */
export async function startProvider(clients) {
  const port = await freePort();
  const issuer = `http://127.0.0.1:${port}`;
  const doors = { exchange: null };
  const { privateKey } = await generateKeyPair("RS256", { extractable: true });
  const key = { ...(await exportJWK(privateKey)), kid: "of-this-test", alg: "RS256", use: "sig" };
  const provider = new Provider(issuer, {
    clients,
    claims: { openid: ["sub"], profile: ["name"], citizen: ["id_number"] },
    scopes: ["openid", "profile", "citizen"],
    conformIdTokenClaims: false,
    cookies: { keys: ["of this test only"] },
    features: { devInteractions: { enabled: true } },
    findAccount: (_, sub) => ({ accountId: sub, claims: () => ({ sub, name: "某人", id_number: sub }) }),
    jwks: { keys: [key] },
    pkce: { required: () => true },
    ttl: { IdToken: 600, AccessToken: 600, Grant: 3600, Interaction: 600, Session: 3600 },
  });
  provider.use(async (ctx, next) => {
    await next();
    if (ctx.path === "/token" && doors.exchange && ctx.body?.id_token) ctx.body.id_token = await doors.exchange(ctx.body.id_token);
  });
  const server = provider.listen(port, "127.0.0.1");
  await once(server, "listening");
  return {
    issuer,
    doors,
    /** The same token with other claims, signed by the same key. */
    async altered(token, claims) {
      const said = { ...decodeJwt(token), ...claims };
      return new SignJWT(said).setProtectedHeader({ alg: "RS256", kid: key.kid }).sign(privateKey);
    },
    async stop() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** Signs somebody in on the pages of the provider, as far as it asks. */
export async function passProvider(page, login) {
  const name = page.locator("input[name=login]");
  await name.fill(login);
  await page.locator("input[name=password]").fill("any password is taken by this provider");
  await page.locator("form button, form input[type=submit]").first().click();
  await page.locator("form button, form input[type=submit]").first().click();
}

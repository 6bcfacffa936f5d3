// The demo city, started for one file of journeys, and the people who live in it.
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";

const BINARY = process.env.XIEZHI_BINARY;
const BROWSER = process.env.XIEZHI_CHROMIUM ?? "/usr/bin/chromium";

/**
 * Starts the demo city and waits until it says it is ready: on a free port unless `listen` names one, known to people as
 * `origin` where that is another name, after `prepare` put into the data directory what belongs there.
 */
export async function startSite({ listen = "127.0.0.1:0", origin: known, prepare } = {}) {
  if (!BINARY) throw new Error("XIEZHI_BINARY must name the built binary");
  // A city that runs already, given as `origin,folder`: for trying a journey again and again.
  const [running, folder] = (process.env.XIEZHI_SITE ?? "").split(",");
  const data = folder ?? mkdtempSync(join(tmpdir(), "xiezhi-journey-"));
  if (!running) prepare?.(data);
  const server = running ? null : spawn(BINARY, ["demo", ...(process.env.XIEZHI_LAW ? ["--law", process.env.XIEZHI_LAW] : []), "--data", data, "--listen", listen], { stdio: ["ignore", "pipe", "inherit"] });
  const origin = running || await new Promise((resolve, reject) => {
    let said = "";
    server.stdout.on("data", (chunk) => {
      said += chunk;
      const found = said.match(/http:\/\/127\.0\.0\.1:\d+/);
      if (found) resolve(found[0]);
    });
    server.on("exit", (code) => reject(new Error(`the server ended with ${code}: ${said}`)));
  });
  const accounts = new Map();
  const posts = [];
  for (const line of readFileSync(join(data, "accounts.txt"), "utf8").split("\n")) {
    const [login, password, , held] = line.trim().split(/\s+/);
    if (!login || !password || login.startsWith("#")) continue;
    accounts.set(login, password);
    for (const post of held?.split(",") ?? []) posts.push([post, login]);
  }
  const browser = await chromium.launch({
    executablePath: BROWSER,
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
      "--disable-component-update", "--disable-sync", "--lang=zh-CN"],
  });
  return {
    origin: known ?? origin,
    data,
    accounts,
    /** The login of somebody who holds a seat in an office; `turn` for another one. */
    holder(office, seat, turn = 0) {
      return posts.filter(([post]) => post === `${office}:${seat}`).map(([, login]) => login)[turn];
    },
    browser,
    async stop() {
      await browser.close();
      if (running) return;
      server.kill("SIGTERM");
      rmSync(data, { recursive: true, force: true });
    },
  };
}

/** Runs the binary and answers its exit code and what it printed. */
export function run(...args) {
  return new Promise((resolve) => {
    const child = spawn(BINARY, args, { stdio: ["ignore", "pipe", "pipe"] });
    let said = "";
    child.stdout.on("data", (chunk) => (said += chunk));
    child.stderr.on("data", (chunk) => (said += chunk));
    child.on("exit", (code) => resolve({ code, said }));
  });
}

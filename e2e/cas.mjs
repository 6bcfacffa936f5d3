// Starts the CAS server of `cas.py`. Its packages come from PyPI into a folder of their own; where they cannot, nothing starts.
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { freePort } from "./provider.mjs";

const VENV = new URL("node_modules/.cas", import.meta.url).pathname;
const PYTHON = join(VENV, "bin/python");
const PACKAGES = ["Django==3.2.25", "django-mama-cas==2.5.0", "defusedxml==0.7.1"];

/** Whether the packages are there, now at the latest. */
function bring() {
  const quiet = { stdio: "ignore", timeout: 180_000 };
  try {
    if (!existsSync(PYTHON)) execFileSync("python3", ["-m", "venv", VENV], quiet);
    try {
      execFileSync(PYTHON, ["-c", "import mama_cas, defusedxml"], quiet);
    } catch {
      execFileSync(PYTHON, ["-m", "pip", "install", "--quiet", ...PACKAGES], quiet);
    }
    return true;
  } catch {
    return false;
  }
}

/** Starts the server for one service and one user; null where it cannot be had. */
export async function startCas(service, login, password) {
  if (!bring()) return null;
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), "xiezhi-cas-"));
  const server = `http://127.0.0.1:${port}`;
  const args = ["cas.py", folder, String(port), service, login, password];
  const child = spawn(PYTHON, args, { cwd: new URL(".", import.meta.url).pathname, stdio: "ignore" });
  const answers = () => fetch(`${server}/login`).then((answer) => answer.ok, () => false);
  for (let tries = 0; !(await answers()); tries += 1) {
    if (tries > 300 || child.exitCode !== null) throw new Error("the CAS server does not answer");
    await pause(100);
  }
  return {
    server,
    async stop() {
      child.kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

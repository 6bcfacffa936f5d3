// The demo city as an attacker meets it: its log kept, its metrics open, and what its own files say of offices and seats.
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

const BINARY = process.env.XIEZHI_BINARY;
const LAW = new URL("../../law/", import.meta.url).pathname;

/** Founds the city, starts it anew with a loud log and metrics, and reads who lives there. */
export async function startCity() {
  if (!BINARY) throw new Error("XIEZHI_BINARY must name the built binary");
  const data = mkdtempSync(join(tmpdir(), "xiezhi-attack-"));
  const listen = ["--data", data, "--listen", "127.0.0.1:0"];
  const founding = await started(["demo", ...listen], []);
  await ended(founding.child);
  const port = await freePort();
  const said = [];
  const { child, origin } = await started(["serve", ...listen, "--limit-scale", "1000", "--metrics", `127.0.0.1:${port}`], said);
  const accounts = readAccounts(join(data, "accounts.txt"));
  const offices = readOffices();
  return {
    origin,
    data,
    machines: `http://127.0.0.1:${port}`,
    accounts,
    offices,
    procedures: readProcedures(),
    officeNamed: (name) => [...offices.values()].find((office) => office.name === name),
    log: () => said.join(""),
    /** Accounts for every set of seats: `offices` of them, each in another office. */
    roles(offices) {
      const turn = new Map();
      return [...new Map(accounts.map((one) => [one.held, one])).values()].filter((one) => {
        const seats = one.posts.length ? [...new Set(one.seats)].sort().join(",") : one.register;
        turn.set(seats, (turn.get(seats) ?? 0) + 1);
        return turn.get(seats) <= offices;
      });
    },
    async stop() {
      await ended(child);
      rmSync(data, { recursive: true, force: true });
    },
  };
}

function started(args, said) {
  const child = spawn(BINARY, args, { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, XIEZHI_LOG: "info,web=debug,acts=debug,store=debug,xiezhi=debug" } });
  child.stderr.on("data", (chunk) => said.push(String(chunk)));
  return new Promise((resolve, reject) => {
    let out = "";
    child.stdout.on("data", (chunk) => {
      out += chunk;
      const ready = out.match(/已就绪 (http:\/\/127\.0\.0\.1:\d+)/);
      if (ready) resolve({ child, origin: ready[1] });
    });
    child.on("exit", (code) => reject(new Error(`the server ended with ${code}: ${out}`)));
  });
}

function ended(child) {
  return new Promise((resolve) => {
    child.on("exit", resolve);
    child.kill("SIGTERM");
  });
}

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

function readAccounts(path) {
  const lines = readFileSync(path, "utf8").split("\n").filter((line) => line && !line.startsWith("#"));
  return lines.map((line) => {
    const [login, password, name, held] = line.trim().split(/\s+/);
    const posts = held.split(",").filter((post) => post.includes(":")).map((post) => ({ office: post.split(":")[0], seat: post.split(":")[1] }));
    return { login, password, name, held: posts.length ? held : `${held}/${login}`, posts, seats: posts.map((post) => post.seat), register: posts.length ? null : held };
  });
}

/** The offices of the city, from its file. */
function readOffices() {
  const text = readFileSync(join(LAW, "places/990100.md"), "utf8");
  const offices = new Map();
  for (const [, id, rest] of text.matchAll(/^office "([^"]+)" (.*)$/gm)) {
    const value = (name) => rest.match(new RegExp(`\\b${name}="([^"]*)"`))?.[1];
    offices.set(id, { id, kind: value("kind"), name: value("name"), area: value("area"), parent: value("parent") });
  }
  return offices;
}

/** Of every procedure: which fields are veiled from which seats, and which seats there are, from the law files. */
function readProcedures() {
  const procedures = new Map();
  for (const room of ["coordination", "corrections", "enforcement", "legislation", "services"]) {
    for (const file of readdirSync(join(LAW, room))) {
      const text = readFileSync(join(LAW, room, file), "utf8");
      const id = text.match(/^matter "([^"]+)"/m)?.[1];
      if (!id) continue;
      const known = procedures.get(id) ?? { veiled: new Map(), seats: new Map(), text: "" };
      for (const [, field, seats] of text.matchAll(/^\s*\w+ "([^"]+)" title=.*\bveiled-from="([^"]+)"/gm)) known.veiled.set(field, seats.split(","));
      for (const [, seat, rest] of text.matchAll(/^\s*seat "([^"]+)"(.*)$/gm)) known.seats.set(seat, rest);
      procedures.set(id, known);
    }
  }
  return procedures;
}

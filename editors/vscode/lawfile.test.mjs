// The logic of the extension, without an editor.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import lawfile from "./lawfile.js";

const { blocks, completions, contextAt, declared, fileKind, findings } = lawfile;
const grammar = JSON.parse(readFileSync(new URL("./grammar.json", import.meta.url), "utf8"));

/** Text with the cursor at `▮`, inside a block. */
function at(kdl) {
  const text = `# 标题\n\n文字\n\n\`\`\`kdl\n${kdl}\n\`\`\`\n`;
  const offset = text.indexOf("▮");
  return [text.replace("▮", ""), offset];
}

const labels = (kdl, path = "services/x.md") => completions(grammar, ...at(kdl), path).map((item) => item.label);

test("blocks are found, also one that is not closed yet", () => {
  assert.equal(blocks("a\n```kdl\nx\n```\nb\n```kdl\ny\n").length, 2);
  assert.deepEqual(blocks("```js\nx\n```\n"), []);
});

test("the cursor knows the node, the property and the value it stands in", () => {
  const context = (kdl) => contextAt(...at(kdl));
  assert.deepEqual(context("st▮"), { kind: "node", path: [], prefix: "st" });
  assert.deepEqual(context('act "a" kind="open" {\n  section "x" {\n    te▮'), { kind: "node", path: ["act", "section"], prefix: "te" });
  assert.deepEqual(context('stage "a" ti▮'), { kind: "property", path: ["stage"], prefix: "ti", used: [] });
  assert.deepEqual(context('stage "a" title="甲" ▮'), { kind: "property", path: ["stage"], prefix: "", used: ["title"] });
  assert.deepEqual(context('act "a" by="clerk,he▮'), { kind: "value", path: ["act"], property: "by", prefix: "he", quoted: true });
  assert.deepEqual(context('stage "a" closed=▮'), { kind: "value", path: ["stage"], property: "closed", prefix: "", quoted: false });
  assert.equal(context('stage "a▮'), null, "a name is the author's own");
  assert.equal(context("// a com▮"), null);
  assert.equal(contextAt("text ▮", 5), null, "outside a block nothing is offered");
});

test("nodes, properties and words come from the grammar", () => {
  assert.ok(labels("▮").includes("limit") && labels("▮").includes("stage"));
  assert.deepEqual(labels("dos▮"), ["dossier"]);
  assert.ok(labels('act "a" {\n  ▮').includes("remedy"));
  assert.ok(labels('limit "a" ▮').includes("within-rate"));
  assert.ok(!labels('limit "a" title="x" ▮').includes("title"), "a property stands once");
  assert.deepEqual(labels('limit "a" unit="working▮'), ["working-day"]);
  assert.deepEqual(labels('stage "a" closed=▮'), ["#true", "#false"]);
});

test("names are those the file declares", () => {
  const file = 'seat "clerk" title="经办人"\nseat "head" title="负责人"\nstage "review" title="审查"\n';
  assert.deepEqual(labels(`${file}act "a" by="▮`), ["clerk", "head"]);
  assert.deepEqual(labels(`${file}act "a" by="clerk,h▮`), ["head"]);
  assert.deepEqual(labels(`${file}act "a" in="▮`), ["review"]);
  assert.deepEqual(declared("```kdl\nact \"a\" {\n  section \"s\" {\n    text \"why\" title=\"x\"\n", "字段的名称", grammar), ["why"]);
});

test("each kind of file has its own nodes", () => {
  assert.equal(fileKind("calendar/2026.md"), "calendar");
  assert.equal(fileKind("places\\990100.md"), "place");
  assert.deepEqual(labels("▮", "calendar/2026.md"), ["calendar"]);
  assert.ok(labels("▮", "places/990100.md").includes("office"));
});

test("what must be there is written into a new node", () => {
  const [item] = completions(grammar, ...at("stag▮"), "services/x.md");
  assert.equal(item.insert, 'stage "${1}" title="${2}" tells="${3}"');
});

test("findings stand where the checker found them, on Chinese text too", () => {
  const text = '# 审查\n```kdl\nstage "审查" by="x"\n```\n';
  const bytes = Buffer.from(text);
  const start = bytes.indexOf('"x"');
  const report = {
    diagnostics: [
      { code: "unknown-name", severity: "error", path: "a.md", line: 3, column: 13, start, end: start + 3, message: "没有席位", help: "写上", heading: "审查" },
      { code: "stale-check", severity: "warning", path: "gone.md", line: 2, column: 1, start: 5, end: 6, message: "旧了", help: null, heading: null },
    ],
  };
  const found = findings(report, (path) => (path === "a.md" ? text : undefined));
  assert.deepEqual(found.get("a.md"), [
    { start: { line: 2, character: 14 }, end: { line: 2, character: 17 }, severity: "error", code: "unknown-name", message: "没有席位\n建议：写上\n条文：审查" },
  ]);
  assert.deepEqual(found.get("gone.md")[0].start, { line: 1, character: 0 });
  assert.equal(found.get("gone.md")[0].severity, "warning");
});

// What an editor knows of a law file: where the cursor is in a kdl block, what may be written there, and where the
// checker's findings stand. Nothing here knows the editor; the grammar is exported by `xiezhi law grammar --json`.
"use strict";

const KINDS = [
  [/(^|\/)calendar\/[^/]+\.md$/, "calendar"],
  [/(^|\/)places\/[^/]+\.md$/, "place"],
  [/(^|\/)statutes\.md$/, "statutes"],
];

/** What kind of law file a path is. */
function fileKind(path) {
  const found = KINDS.find(([pattern]) => pattern.test(path.replaceAll("\\", "/")));
  return found ? found[1] : "procedure";
}

/** The kdl blocks of a file: where their text begins and ends. */
function blocks(text) {
  const found = [];
  const fence = /^```kdl[^\n]*\n([\s\S]*?)(^```|(?![\s\S]))/gm;
  for (let match; (match = fence.exec(text)); ) {
    const start = match.index + match[0].indexOf("\n") + 1;
    found.push({ start, end: start + match[1].length });
    if (match[0] === "") fence.lastIndex++;
  }
  return found;
}

const WORD = /[^\s"{}=;()\\/#]/;

/** Reads a block up to the cursor: the nodes that are open, the node being written, and what is being typed. */
function reading(source) {
  const open = [];
  let node = null;
  let word = "";
  let property = null;
  let string = null;
  const ends = () => {
    if (word && !node) node = { name: word, used: [] };
    word = "";
    property = null;
  };
  for (let at = 0; at < source.length; at++) {
    const c = source[at];
    if (string !== null) {
      if (c === "\\") string += source[++at] ?? "";
      else if (c === '"') {
        string = null;
        property = null;
      } else string += c;
    } else if (c === "/" && source[at + 1] === "/") {
      const line = source.indexOf("\n", at);
      if (line < 0) return { open, node, word: "", property: null, string: null, comment: true };
      at = line - 1;
    } else if (c === "/" && source[at + 1] === "*") {
      const close = source.indexOf("*/", at);
      if (close < 0) return { open, node, word: "", property: null, string: null, comment: true };
      at = close + 1;
    } else if (c === '"') {
      if (!node && word) node = { name: word, used: [] };
      word = "";
      string = "";
    } else if (c === "=") {
      property = word;
      if (node) node.used.push(word);
      word = "";
    } else if (c === "{") {
      ends();
      open.push(node ? node.name : "");
      node = null;
    } else if (c === "}") {
      open.pop();
      node = null;
      word = "";
      property = null;
    } else if (c === "\n" || c === ";") {
      const continues = c === "\n" && source.slice(0, at).trimEnd().endsWith("\\");
      if (!continues) {
        ends();
        node = null;
      }
    } else if (/\s/.test(c)) ends();
    else if (WORD.test(c) || c === "#") word += c;
  }
  return { open, node, word, property, string, comment: false };
}

/** Where the cursor is: nothing outside a block, in a comment, or in free text. */
function contextAt(text, offset) {
  const block = blocks(text).find((one) => one.start <= offset && offset <= one.end);
  if (!block) return null;
  const { open, node, word, property, string, comment } = reading(text.slice(block.start, offset));
  if (comment) return null;
  if (!node) return string === null ? { kind: "node", path: open, prefix: word } : null;
  const path = [...open, node.name];
  if (property !== null) {
    const typed = string ?? word;
    const prefix = typed.slice(typed.lastIndexOf(",") + 1).trimStart();
    return { kind: "value", path, property, prefix, quoted: string !== null };
  }
  if (string !== null) return null;
  return { kind: "property", path, prefix: word, used: node.used };
}

/** Which nodes declare the names that a form asks for. */
const DECLARING = [
  ["席位", ["seat"]],
  ["环节", ["stage"]],
  ["行为", ["act"]],
  ["期限", ["limit"]],
  ["待办", ["mark"]],
  ["文书", ["paper"]],
  ["选项表", ["choices"]],
  ["待核事项", ["open-point"]],
  ["标准", ["rate"]],
];

/** The names of a kind that a file declares. */
function declared(text, form, grammar) {
  const fields = () => {
    const section = grammar.nodes.find((node) => node.file === "procedure" && node.path === "act > section");
    return section ? section.children : [];
  };
  const kind = DECLARING.find(([what]) => form.startsWith(what));
  const nodes = kind ? kind[1] : form.startsWith("字段") ? fields() : [];
  const names = [];
  for (const { start, end } of blocks(text)) {
    for (const [, node, name] of text.slice(start, end).matchAll(/^\s*([a-z-]+)\s+"([^"\n]+)"/gm)) {
      if (nodes.includes(node) && !names.includes(name)) names.push(name);
    }
  }
  return names;
}

const quoted = (value) => value.words.length === 0 || !value.words[0].startsWith("#");

/** A node with what must be there, as a snippet. */
function snippet(node) {
  let stop = 0;
  const place = (value) => {
    stop += 1;
    const inner = value.words.length ? `\${${stop}|${value.words.join(",")}|}` : `\${${stop}}`;
    return /整数|金额/.test(value.form) || !quoted(value) ? inner : `"${inner}"`;
  };
  const parts = [node.path.split(" > ").at(-1), ...node.arguments.filter((one) => one.needed).map(place)];
  parts.push(...node.properties.filter((one) => one.needed).map((one) => `${one.name}=${place(one)}`));
  return parts.join(" ");
}

/** What may be written at the cursor. */
function completions(grammar, text, offset, path = "") {
  const context = contextAt(text, offset);
  if (!context) return [];
  const kind = fileKind(path);
  const nodes = grammar.nodes.filter((node) => node.file === kind);
  const find = (names) => nodes.find((node) => node.path === names.join(" > "));
  const begins = (item) => item.label.startsWith(context.prefix);
  if (context.kind === "node") {
    const parent = find(context.path);
    const names = context.path.length ? (parent?.children ?? []) : nodes.filter((node) => !node.path.includes(" > ")).map((node) => node.path);
    const items = names.map((name) => {
      const node = find([...context.path, name]);
      return { label: name, detail: node?.doc ?? "", insert: node ? snippet(node) : name, kind: "node" };
    });
    return items.filter(begins);
  }
  const node = find(context.path);
  if (!node) return [];
  if (context.kind === "property") {
    const free = node.properties.filter((one) => !context.used.includes(one.name));
    const item = (one) => ({
      label: one.name,
      detail: `${one.needed ? "必须。" : ""}${one.doc}（${one.form}）`,
      insert: quoted(one) && !/整数|金额/.test(one.form) ? `${one.name}="$1"` : `${one.name}=\${1}`,
      kind: "property",
    });
    return free.map(item).filter(begins);
  }
  const property = node.properties.find((one) => one.name === context.property);
  if (!property) return [];
  const words = property.words.length ? property.words : declared(text, property.form, grammar);
  const bare = (word) => (context.quoted || word.startsWith("#") ? word : `"${word}"`);
  return words.map((word) => ({ label: word, detail: property.doc, insert: bare(word), kind: "value" })).filter(begins);
}

/** A byte of a text as line and character, both from 0, characters as the editor counts them (UTF-16). */
function position(bytes, at) {
  const before = bytes.subarray(0, Math.min(at, bytes.length)).toString("utf8");
  const line = before.split("\n").length - 1;
  return { line, character: before.length - (before.lastIndexOf("\n") + 1) };
}

/** The findings of `xiezhi check --json` by file, where an editor shows them. `read` gives the text of a file. */
function findings(report, read) {
  const byFile = new Map();
  for (const one of report.diagnostics ?? []) {
    const text = read(one.path);
    const bytes = Buffer.from(text ?? "", "utf8");
    const start = text === undefined ? { line: one.line - 1, character: one.column - 1 } : position(bytes, one.start);
    const end = text === undefined ? start : position(bytes, Math.max(one.end, one.start));
    const found = {
      start,
      end,
      severity: one.severity === "error" ? "error" : "warning",
      code: one.code,
      message: [one.message, one.help ? `建议：${one.help}` : "", one.heading ? `条文：${one.heading}` : ""].filter(Boolean).join("\n"),
    };
    byFile.set(one.path, [...(byFile.get(one.path) ?? []), found]);
  }
  return byFile;
}

module.exports = { blocks, completions, contextAt, declared, fileKind, findings };

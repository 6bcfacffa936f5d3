// The thin side that knows the editor: completion in kdl blocks, and the checker on save.
"use strict";

const { execFile } = require("node:child_process");
const { readFileSync } = require("node:fs");
const { join, relative, isAbsolute } = require("node:path");
const vscode = require("vscode");
const { completions, findings } = require("./lawfile.js");

const grammar = JSON.parse(readFileSync(join(__dirname, "grammar.json"), "utf8"));
const KINDS = {
  node: vscode.CompletionItemKind.Class,
  property: vscode.CompletionItemKind.Property,
  value: vscode.CompletionItemKind.Value,
};

/** The folder of law of a file, and the file's path below it; nothing for other Markdown. */
function place(document) {
  const workspace = vscode.workspace.getWorkspaceFolder(document.uri);
  if (!workspace) return null;
  const law = join(workspace.uri.fsPath, vscode.workspace.getConfiguration("xiezhi").get("law"));
  const below = relative(law, document.uri.fsPath);
  return below.startsWith("..") || isAbsolute(below) ? null : { law, below };
}

function provide(document, at) {
  const where = place(document);
  if (!where) return [];
  return completions(grammar, document.getText(), document.offsetAt(at), where.below).map((one) => {
    const item = new vscode.CompletionItem(one.label, KINDS[one.kind]);
    item.detail = one.detail;
    item.insertText = new vscode.SnippetString(one.insert);
    return item;
  });
}

function check(document, collection) {
  const where = place(document);
  if (!where) return;
  const program = vscode.workspace.getConfiguration("xiezhi").get("program");
  execFile(program, ["check", where.law, "--json"], { maxBuffer: 1 << 26 }, (error, out) => {
    let report;
    try {
      report = JSON.parse(out);
    } catch {
      vscode.window.showWarningMessage(`法律文件没有检查：${error ? error.message : "回答读不懂"}`);
      return;
    }
    const read = (path) => {
      try {
        return readFileSync(join(where.law, path), "utf8");
      } catch {
        return undefined;
      }
    };
    collection.clear();
    for (const [path, list] of findings(report, read)) {
      const shown = list.map((one) => {
        const range = new vscode.Range(one.start.line, one.start.character, one.end.line, one.end.character);
        const grave = one.severity === "error" ? vscode.DiagnosticSeverity.Error : vscode.DiagnosticSeverity.Warning;
        const diagnostic = new vscode.Diagnostic(range, one.message, grave);
        diagnostic.source = "xiezhi";
        diagnostic.code = one.code;
        return diagnostic;
      });
      collection.set(vscode.Uri.file(join(where.law, path)), shown);
    }
  });
}

exports.activate = (context) => {
  const collection = vscode.languages.createDiagnosticCollection("xiezhi");
  context.subscriptions.push(
    collection,
    vscode.languages.registerCompletionItemProvider({ language: "markdown" }, { provideCompletionItems: provide }, '"', "=", " ", ","),
    vscode.workspace.onDidSaveTextDocument((document) => check(document, collection)),
    vscode.workspace.onDidOpenTextDocument((document) => check(document, collection)),
  );
};

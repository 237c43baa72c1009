// Parses KQL with Microsoft's own language service and a schema; prints one JSON line for each query: {name, problems}.
// Input on stdin: {"tables": {name: {column: type}}, "queries": {name: text}}.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import vm from "node:vm";

// The package is made of scripts for a page: they share one global scope, in this order.
const folder = join(createRequire(import.meta.url).resolve("@kusto/language-service-next/package.json"), "..");
for (const script of ["bridge.min.js", "Kusto.Language.Bridge.min.js"]) {
  vm.runInThisContext(readFileSync(join(folder, script), "utf8"), { filename: script });
}

const { Kusto } = globalThis;
const input = JSON.parse(readFileSync(0, "utf8"));
const tables = Object.entries(input.tables).map(([name, columns]) => {
  const schema = Object.entries(columns).map(([column, type]) => `${column}: ${type}`);
  return new Kusto.Language.Symbols.TableSymbol.$ctor7(name, `(${schema.join(", ")})`, null);
});
const database = new Kusto.Language.Symbols.DatabaseSymbol.ctor("workspace", tables);
const globals = Kusto.Language.GlobalState.Default.WithDatabase(database);
for (const [name, text] of Object.entries(input.queries)) {
  const code = Kusto.Language.KustoCode.ParseAndAnalyze(text, globals);
  const found = code.GetDiagnostics();
  const problems = [];
  for (let at = 0; at < found.Count; at += 1) {
    const problem = found.getItem(at);
    const line = text.slice(0, problem.Start).split("\n").length;
    problems.push({ line, severity: problem.Severity, message: problem.Message });
  }
  console.log(JSON.stringify({ name, problems }));
}

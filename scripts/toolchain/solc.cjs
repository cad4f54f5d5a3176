// The part of solc's command line that forge uses, over the npm package `solc`.
// Plain CommonJS on purpose: it starts once per compilation and its start-up time counts.
'use strict';
const { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');

const root = join(__dirname, '..', '..');
const packageVersion = require('solc/package.json').version;
const cached = join(root, '.bulkhead', 'cache', `solc-${packageVersion}.txt`);

/** Loading the compiler takes a second; its version line is remembered because forge asks for it on every start. */
function versionLine() {
  if (existsSync(cached)) return readFileSync(cached, 'utf8');
  const line = `${require('solc').version().replace('.Emscripten.clang', '.Linux.g++')}`;
  mkdirSync(join(root, '.bulkhead', 'cache'), { recursive: true });
  const partial = `${cached}.${process.pid}`;
  writeFileSync(partial, line);
  renameSync(partial, cached);
  return line;
}

if (process.argv.includes('--version')) {
  console.log(`solc, the solidity compiler commandline interface\nVersion: ${versionLine()}`);
} else if (process.argv.includes('--standard-json')) {
  process.stdout.write(require('solc').compile(readFileSync(0, 'utf8')));
} else {
  console.error('solc: only --version and --standard-json are answered here.');
  process.exitCode = 1;
}

/**
 * Turns what cargo and npm give into the files a browser downloads: minified, named by their content, compressed once here
 * rather than at each request. xtask calls it after wasm-bindgen and reads the manifest that it writes last.
 *
 *   node build.mjs --glue DIR --out DIR [--dev]      --dev: no minifying, no wasm-opt, no compression
 */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, extname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs, promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import binaryen from "binaryen";
import { build } from "esbuild";

const { values } = parseArgs({
  options: { glue: { type: "string" }, out: { type: "string" }, dev: { type: "boolean", default: false } },
});
if (!values.glue || !values.out) throw new Error("usage: build.mjs --glue DIR --out DIR [--dev]");
const here = dirname(fileURLToPath(import.meta.url));
const root = dirname(here);
const glue = resolve(values.glue);
/** What `xtask/src/split.rs` has made. */
const split = join(glue, "split");
const out = resolve(values.out);
const assets = join(out, "assets");
const dev = values.dev;

/** What the manifest promises: name → path below the site folder, and of each chunk of the app the paths of its files. */
const files = {};
const manifest = { files, chunks: {}, build: "" };
const written = new Set();
const run = promisify(execFile);

const digest = (bytes) => createHash("sha256").update(bytes).digest("hex").slice(0, 8);

async function put(name, path, bytes) {
  files[name] = `assets/${path}`;
  written.add(path);
  await writeFile(join(assets, path), bytes);
  await compress(path, bytes);
}

/** A file that esbuild has not named. */
function putHashed(name, bytes) {
  const extension = extname(name);
  return put(name, `${basename(name, extension)}-${digest(bytes)}${extension}`, bytes);
}

async function compress(path, bytes) {
  // Web fonts are compressed already.
  if (dev || path.endsWith(".woff2")) return;
  const quality = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length };
  const [br, gz] = await Promise.all([
    promisify(brotliCompress)(bytes, { params: quality }),
    promisify(gzip)(bytes, { level: 9 }),
  ]);
  for (const [suffix, packed] of [
    ["br", br],
    ["gz", gz],
  ]) {
    written.add(`${path}.${suffix}`);
    await writeFile(join(assets, `${path}.${suffix}`), packed);
  }
}

/**
 * What rustc 1.95 emits for wasm32-unknown-unknown, by wasm-opt's names and the library's. With any other switched on,
 * binaryen writes types that browsers do not know yet.
 */
const FEATURES = {
  "bulk-memory": "BulkMemory",
  "bulk-memory-opt": "BulkMemoryOpt",
  "call-indirect-overlong": "CallIndirectOverlong",
  multivalue: "Multivalue",
  "mutable-globals": "MutableGlobals",
  "nontrapping-float-to-int": "NontrappingFPToInt",
  "reference-types": "ReferenceTypes",
  "sign-ext": "SignExt",
};

// Rust keeps the first kilobyte for the end of its stack, so that no address that is put together lies there. Flattened code is
// laid out anew, and twice small is smaller. What the same code is made from is better found by compression than by wasm-opt:
// values that it shares and functions that it puts into their only caller make of what was alike something else. It is not told
// that traps never happen: then code would go on after a panic.
const PASSES = [
  "--low-memory-unused",
  "--flatten",
  "--rereloop",
  "-Os",
  "-Os",
  "--skip-pass=local-cse",
  "--one-caller-inline-max-function-size=0",
];

/** The names by which the WASM imports what the glue has for it, and the short ones that both get here. */
function shortNames(script) {
  const imports = [...script.matchAll(/^ +(__wb\w+): function/gm)];
  return new Map(imports.map(([, name], index) => [name, index.toString(36)]));
}

/** Where the glue with the short names is. */
async function shortGlue() {
  const script = await readFile(join(glue, "app.js"), "utf8");
  const names = shortNames(script);
  const short = script
    .replace(/^( +)(__wb\w+)(?=: function)/gm, (_, indent, name) => `${indent}"${names.get(name)}"`)
    // Each function of the script that loads chunks is imported from it, and each time all of it is.
    .replace(/^ +"\.\/chunks\.js": import\d+,\n(?=[^}]*"\.\/chunks\.js")/gm, "");
  await mkdir(join(glue, "short"), { recursive: true });
  await writeFile(join(glue, "short/app.js"), short);
  return join(glue, "short/app.js");
}

/**
 * Without what server_fn brings to stream bodies: nothing here calls it, but what is exported is never removed. And with
 * short names for what is imported.
 */
function prepared(bytes, names) {
  const module = binaryen.readBinary(bytes);
  module.setFeatures(Object.values(FEATURES).reduce((all, name) => all | binaryen.Features[name], 0));
  for (let index = module.getNumExports() - 1; index >= 0; index--) {
    const { name } = binaryen.getExportInfo(module.getExportByIndex(index));
    if (/^(__wbg_)?intounderlying/.test(name)) module.removeExport(name);
  }
  const functions = Array.from({ length: module.getNumFunctions() }, (_, index) =>
    binaryen.getFunctionInfo(module.getFunctionByIndex(index)),
  );
  for (const { name, module: from, base, params, results } of functions.filter(({ base }) => names.has(base))) {
    module.removeFunction(name);
    module.addFunctionImport(name, from, names.get(base), params, results);
  }
  return module.emitBinary();
}

/**
 * Where an optimised file of WASM is. The slowest step by far, and a change of style or script leaves it as it is: kept until
 * its input changes, or what is done to it here.
 */
async function optimised(bytes) {
  const kept = `optimized-${digest(Buffer.concat([bytes, await readFile(fileURLToPath(import.meta.url))]))}.wasm`;
  keeping.add(kept);
  const path = join(glue, kept);
  if (!existsSync(path)) {
    const tool = join(here, "node_modules/binaryen/bin/wasm-opt");
    await writeFile(`${path}.in`, bytes);
    const features = Object.keys(FEATURES).map((name) => `--enable-${name}`);
    await run(process.execPath, [tool, ...PASSES, ...features, `${path}.in`, "-o", `${path}.part`]);
    await rename(`${path}.part`, path);
  }
  return readFile(path);
}
const keeping = new Set();

async function wasm() {
  const bytes = await readFile(join(glue, "app_bg.wasm"));
  if (dev) return putHashed("app.wasm", bytes);
  const names = shortNames(await readFile(join(glue, "app.js"), "utf8"));
  const parts = (await readdir(split)).filter((name) => name.endsWith(".wasm") && name !== "app.wasm");
  await Promise.all([
    optimised(prepared(bytes, names)).then((bytes) => putHashed("app.wasm", bytes)),
    ...parts.map(async (name) => putHashed(name, await optimised(await readFile(join(split, name))))),
  ]);
  for (const old of await readdir(glue)) {
    if (old.startsWith("optimized-") && !keeping.has(old)) await rm(join(glue, old));
  }
  await chunks();
}

/** The files that each chunk is, and the script that loads them, which refers to them by their hashed names. */
async function chunks() {
  const listed = JSON.parse(await readFile(join(split, "chunks.json"), "utf8"));
  for (const [chunk, names] of Object.entries(listed)) {
    manifest.chunks[chunk] = names.map((name) => files[`${name}.wasm`]);
  }
  const script = await readFile(join(split, "chunks.js"), "utf8");
  const hashed = script.replace(/"\.\/(\w+\.wasm)"/g, (_, name) => `"./${basename(files[name])}"`);
  await mkdir(join(glue, "short"), { recursive: true });
  await writeFile(join(glue, "short/chunks.js"), hashed);
}

const FONTS = { "inter-latin-wght-normal": "inter.woff2", "jetbrains-mono-latin-wght-normal": "mono.woff2" };

/** The name a file has in the manifest, from what it was made of; undefined for what only other files refer to. */
function manifestName(output) {
  if (output.entryPoint) {
    const source = basename(output.entryPoint);
    return source.replace(/\.ts$/, ".js");
  }
  const [input] = Object.keys(output.inputs);
  return FONTS[basename(input ?? "", ".woff2")];
}

async function bundle(options) {
  const result = await build({
    absWorkingDir: root,
    // Styles lie beside this folder, so their imports of packages would not be found without this.
    nodePaths: [join(here, "node_modules")],
    outdir: assets,
    bundle: true,
    minify: !dev,
    write: false,
    metafile: true,
    logLevel: "warning",
    entryNames: "[name]-[hash]",
    assetNames: "[name]-[hash]",
    target: ["chrome123", "firefox121", "safari17.5"],
    ...options,
  });
  for (const file of result.outputFiles) {
    const path = basename(file.path);
    const meta = Object.entries(result.metafile.outputs).find(([name]) => basename(name) === path)?.[1];
    const name = manifestName(meta) ?? path;
    await put(name, path, file.contents);
    // What has no name for the server is found by the files that refer to it.
    if (name === path) delete files[name];
  }
}

async function scripts() {
  const own = (await readdir(join(here, "js"))).filter((name) => name.endsWith(".ts") && !name.endsWith(".d.ts"));
  const entry = dev ? join(glue, "app.js") : await shortGlue();
  const entryPoints = [entry, ...own.map((name) => join(here, "js", name))];
  await bundle({ entryPoints, format: "esm" });
}

async function styles() {
  const entry = join(root, "style/main.css");
  // uPlot's few rules come first and in a layer, so that every layer of ours comes after and wins.
  const contents = [
    `@import "uplot/dist/uPlot.min.css" layer(uplot);`,
    `@import "./frontend/fonts.css";`,
    existsSync(entry) ? `@import "./style/main.css";` : "",
  ].join("\n");
  await bundle({
    stdin: { contents, loader: "css", resolveDir: root, sourcefile: "main.css" },
    entryNames: "main-[hash]",
    loader: { ".woff2": "file" },
  });
}

/** One file with every icon named in icons.txt, each a symbol to `use`. */
async function icons() {
  const names = (await readFile(join(here, "icons.txt"), "utf8")).split("\n").map((line) => line.trim());
  const symbols = await Promise.all(
    names.filter(Boolean).map(async (name) => {
      const svg = await readFile(join(here, "node_modules/lucide-static/icons", `${name}.svg`), "utf8");
      const [, attributes, body] = /<svg([^>]*)>(.*)<\/svg>/s.exec(svg) ?? [];
      const viewBox = /viewBox="[^"]*"/.exec(attributes ?? "")?.[0];
      if (!body || !viewBox) throw new Error(`icons.txt: ${name} is not an icon as expected`);
      const line = `fill="none" stroke="currentColor" stroke-width="1.8" stroke-linecap="round" stroke-linejoin="round"`;
      return `<symbol id="${name}" ${viewBox} ${line}>${body.replace(/\s*\n\s*/g, "")}</symbol>`;
    }),
  );
  const sprite = `<svg xmlns="http://www.w3.org/2000/svg"><!-- Lucide, ISC licence -->${symbols.join("")}</svg>`;
  await putHashed("icons.svg", Buffer.from(sprite));
}

async function texts() {
  const folder = join(root, "app/locales");
  if (!existsSync(folder)) return;
  for (const name of (await readdir(folder)).filter((name) => name.endsWith(".json"))) {
    const messages = JSON.parse(await readFile(join(folder, name), "utf8"));
    await putHashed(name, Buffer.from(JSON.stringify(messages)));
  }
}

async function publicFiles() {
  for (const name of await readdir(join(here, "public"))) {
    await putHashed(name, await readFile(join(here, "public", name)));
  }
}

await mkdir(assets, { recursive: true });
// The app's script knows the names of its chunks.
await Promise.all([wasm().then(scripts), styles(), icons(), texts(), publicFiles()]);
manifest.files = Object.fromEntries(Object.entries(files).sort(([a], [b]) => (a < b ? -1 : 1)));
manifest.build = digest([...written].sort().join("\n"));
// Renamed into place, so that a server never reads half of it; only then are the files of earlier builds removed.
await writeFile(join(out, "manifest.json.part"), `${JSON.stringify(manifest, null, 2)}\n`);
await rename(join(out, "manifest.json.part"), join(out, "manifest.json"));
for (const name of await readdir(assets)) if (!written.has(name)) await rm(join(assets, name));

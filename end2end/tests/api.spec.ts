// The HTTP API by its own description: Schemathesis makes requests of every operation, good ones and bad ones, and finds no
// answer that the description does not know and no failure of the server.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { addEngine } from "../fixtures/engines.ts";
import { accessible, expect, firstSignIn, PASSWORD, pictures, test } from "../fixtures/test.ts";

const FOLDER = join(import.meta.dirname, "..", "schemathesis");
const CONFIG = join(FOLDER, "schemathesis.toml");
const PROGRAM = process.env.SCHEMATHESIS ?? "schemathesis";
const VALIDATOR = join(dirname(PROGRAM), "openapi-spec-validator");
const CHECKS =
  "--checks=not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance";
/** Kinds of answers that the description must not lump together: with `default`, any status would be a documented one. */
const METHODS = ["get", "post", "put", "delete"];
/** They may end the session that asks, or slow down who signs in after them: each is tried for itself. */
const ENDING = [
  "/session",
  "/session/password",
  "/session/proof",
  "/account/sessions/{id}",
  "/accounts/{name}/sessions",
];

async function session(url: string): Promise<string> {
  const answer = await fetch(`${url}/api/v1/session`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ name: "admin", password: PASSWORD }),
  });
  expect(answer.status).toBe(201);
  return ((await answer.json()) as { session: string }).session;
}

function run(program: string, args: string[]): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve, reject) => {
    // It keeps what it found in the folder that it runs in.
    const cwd = mkdtempSync(join(tmpdir(), "shipyard-api-"));
    const child = spawn(program, args, {
      cwd,
      env: { ...process.env, SCHEMATHESIS_HOOKS: join(FOLDER, "hooks.py") },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (chunk) => {
        output += chunk;
      });
    child.once("error", reject);
    child.once("exit", (code) => {
      rmSync(cwd, { recursive: true, force: true });
      resolve({ code, output });
    });
  });
}

/** Tries operations of the description as Schemathesis does. */
function tried(url: string, token: string, examples: number, which: string[]) {
  return run(PROGRAM, [
    `--config-file=${CONFIG}`,
    "run",
    `${url}/api/v1/openapi.json`,
    "--header",
    `Authorization: Bearer ${token}`,
    CHECKS,
    // The description has no links between operations, and what is guessed of them from addresses may be wrong.
    "--phases=coverage,fuzzing",
    `--max-examples=${examples}`,
    "--seed=1",
    "--no-color",
    ...which,
  ]);
}

test("the description is valid OpenAPI, and names each answer by its status", async ({ page, shipyard }) => {
  await firstSignIn(page, shipyard);
  const token = await session(shipyard.url);
  const answer = await fetch(`${shipyard.url}/api/v1/openapi.json`, { headers: { authorization: `Bearer ${token}` } });
  expect(answer.status).toBe(200);
  const text = await answer.text();
  const folder = mkdtempSync(join(tmpdir(), "shipyard-openapi-"));
  try {
    const file = join(folder, "openapi.json");
    writeFileSync(file, text);
    const { code, output } = await run(VALIDATOR, ["--schema", "3.1", file]);
    expect(code, output).toBe(0);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const paths = Object.entries((JSON.parse(text) as { paths: Record<string, Record<string, unknown>> }).paths);
  for (const [path, item] of paths)
    for (const method of METHODS) {
      const operation = item[method] as { responses: Record<string, unknown> } | undefined;
      if (operation) expect(Object.keys(operation.responses), `${method} ${path}`).not.toContain("default");
    }
});

test("no request that can be made of the description fails the server or is answered otherwise", async ({
  page,
  shipyard,
}) => {
  // A minute of work where nothing else is done.
  test.setTimeout(900_000);
  await firstSignIn(page, shipyard);
  await addEngine(page, shipyard, "node1");
  const token = await session(shipyard.url);
  const others = ENDING.map((path) => `--exclude-path=/api/v1${path}`);
  const { code, output } = await tried(shipyard.url, token, 20, others);
  expect(code, output).toBe(0);
  const operations = /Tested: (\d+)/.exec(output)?.[1];
  expect(Number(operations), output).toBeGreaterThan(40);
  expect(shipyard.log()).not.toContain("panicked");
});

test("nor does one that may end the session that makes it", async ({ page, shipyard }) => {
  await firstSignIn(page, shipyard);
  // All sessions are there before the first guess of a password slows down who signs in.
  const tokens = new Map<string, string>();
  for (const path of ENDING) tokens.set(path, await session(shipyard.url));
  for (const [path, token] of tokens) {
    const { code, output } = await tried(shipyard.url, token, 20, [`--include-path=/api/v1${path}`]);
    expect(code, `${path}: ${output}`).toBe(0);
    expect(Number(/Tested: (\d+)/.exec(output)?.[1]), output).toBeGreaterThan(0);
  }
  expect(shipyard.log()).not.toContain("panicked");
});

test("the description is a page to read", async ({ page, shipyard }) => {
  await firstSignIn(page, shipyard);
  await page.goto(`${shipyard.url}/api/v1/docs`);
  await expect(page.getByRole("heading", { level: 1, name: "The HTTP API of Shipyard" })).toBeVisible();
  await page.getByText("Tries an engine and keeps it").click();
  await expect(page.getByText("Idempotency-Key").first()).toBeVisible();
  await accessible(page);
  await pictures(page, "api");
});

// The HTTP API by its own description: Schemathesis makes requests of every operation, good ones and bad ones, and finds no
// answer that the description does not know and no failure of the server.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { addEngine } from "../fixtures/engines.ts";
import { accessible, expect, firstSignIn, PASSWORD, pictures, test } from "../fixtures/test.ts";

const FOLDER = join(import.meta.dirname, "..", "schemathesis");
const CONFIG = join(FOLDER, "schemathesis.toml");
const PROGRAM = process.env.SCHEMATHESIS ?? "schemathesis";
/** They would end the session that asks. */
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

function run(args: string[]): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve, reject) => {
    // It keeps what it found in the folder that it runs in.
    const cwd = mkdtempSync(join(tmpdir(), "shipyard-api-"));
    const child = spawn(PROGRAM, args, {
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

test("no request that can be made of the description fails the server or is answered otherwise", async ({
  page,
  shipyard,
}) => {
  await firstSignIn(page, shipyard);
  await addEngine(page, shipyard, "node1");
  const token = await session(shipyard.url);
  const { code, output } = await run([
    `--config-file=${CONFIG}`,
    "run",
    `${shipyard.url}/api/v1/openapi.json`,
    "--header",
    `Authorization: Bearer ${token}`,
    "--checks=not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance",
    // The description has no links between operations, and what is guessed of them from addresses may be wrong.
    "--phases=coverage,fuzzing",
    "--max-examples=8",
    "--seed=1",
    "--no-color",
    ...ENDING.map((path) => `--exclude-path=/api/v1${path}`),
  ]);
  expect(code, output).toBe(0);
  const operations = /Tested: (\d+)/.exec(output)?.[1];
  expect(Number(operations), output).toBeGreaterThan(40);
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

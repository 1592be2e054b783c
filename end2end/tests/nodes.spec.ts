// A plain host becomes an engine from the page: the form, the command, its way step by step, renewal, and undone again.
import { execFile, execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Page } from "@playwright/test";
import { startShipyard } from "../fixtures/server.ts";
import { accessible, expect, firstSignIn, pictures, test } from "../fixtures/test.ts";

const NODE = "e2epage";
const LAST = "77";
const SH = join(import.meta.dirname, "..", "node.sh");

function node(...words: string[]): string {
  return execFileSync("sh", [SH, ...words], { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
}

async function fill(page: Page, values: Record<string, string>): Promise<void> {
  for (const [label, value] of Object.entries(values)) await page.getByLabel(label, { exact: true }).fill(value);
  await page.getByRole("button", { name: "Make the command" }).click();
}

/** Nothing on the page makes it wider than a phone. */
async function fits(page: Page): Promise<void> {
  await page.setViewportSize({ width: 390, height: 844 });
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
  await page.setViewportSize({ width: 1440, height: 1000 });
}

test("a command is made, and taken back", async ({ page, shipyard }) => {
  await firstSignIn(page, shipyard);
  await page.goto(`${shipyard.url}/engines`);
  await page.getByRole("link", { name: "Prepare a new server" }).first().click();
  await expect(page.getByRole("heading", { level: 1, name: "Prepare a new server" })).toBeVisible();
  await accessible(page);
  await fits(page);
  await pictures(page, "node-form");

  await fill(page, { Name: "port1", Address: "not a host" });
  await expect(page.getByRole("alert").filter({ hasText: /address/i })).toBeVisible();
  await expect(page.getByLabel("Address", { exact: true })).toBeFocused();
  await fill(page, { Address: "127.0.0.1", "Where the server reaches Shipyard": "https://shipyard.example.org" });

  const command = page.getByText("curl -fsS -H @- 'https://shipyard.example.org/api/v1/nodes/script' | sudo sh");
  await expect(command).toBeVisible();
  await expect(page.getByText("Waiting for the server to ask for its script")).toBeVisible();
  await accessible(page);
  await fits(page);
  await pictures(page, "node-command");

  // The server asks for its script: the page says so without a reload.
  const secret = /X-Shipyard-Enrol: (\S+)'/.exec((await command.textContent()) ?? "")?.[1] ?? "";
  const script = () => fetch(`${shipyard.url}/api/v1/nodes/script`, { headers: { "x-shipyard-enrol": secret } });
  expect((await script()).status).toBe(200);
  await expect(page.getByText("The server asked for its script")).toBeVisible();

  await page.getByRole("button", { name: "Take it back" }).click();
  await expect(page.getByLabel("Address", { exact: true })).toHaveValue("127.0.0.1");
  expect((await script()).status).toBe(410);
  await page.goto(`${shipyard.url}/activity`);
  await expect(page.getByText("Take back the host port1").first()).toBeVisible();
});

test("a plain host becomes an engine while the page looks on, is renewed, and is undone", async ({ page }) => {
  const folder = mkdtempSync(join(tmpdir(), "shipyard-node-"));
  const shipyard = await startShipyard();
  node("up", NODE, LAST);
  try {
    await firstSignIn(page, shipyard);
    await page.goto(`${shipyard.url}/engines/add/node`);
    const made = page.waitForResponse("**/api/fn/node_prepare");
    await fill(page, {
      Name: NODE,
      Address: `10.213.0.${LAST}`,
      Labels: "zone=page",
      "Who may reach Docker": "10.213.0.1",
    });
    // Reached by http there is no line to paste, and the script is shown instead.
    await expect(page.getByText("there is no one-line command")).toBeVisible();
    const { script, secret } = (await (await made).json()) as { script: string; secret: string };

    // Its steps, brought there as the command line brings them: the host has no way to this server's loopback.
    const program = join(folder, "program");
    writeFileSync(program, script);
    const inside = (words: string) =>
      promisify(execFile)("sh", [
        "-c",
        `sh ${SH} in ${NODE} env SHIPYARD_DOCKER_RESTART=/tmp/shipyard-nodes/${NODE}/restart ${words}`,
      ]);
    const { stdout: request } = await inside(`sh ${program} request`);
    const ask = (path: string, body: string) =>
      fetch(`${shipyard.url}/api/v1/nodes/${path}`, { method: "POST", headers: { "x-shipyard-enrol": secret }, body });
    const signed = await ask("enrol", request);
    expect(signed.status).toBe(200);
    await expect(page.getByText("The server has its certificate")).toBeVisible();
    // Asked too early, it is refused, and the page says why and how to go on.
    expect((await ask("enrol/finish", "")).status).not.toBe(201);
    await expect(page.getByText("Mend that, then run the same command")).toBeVisible();
    await accessible(page);

    writeFileSync(join(folder, "signed.pem"), await signed.text());
    await inside(`sh /etc/docker/shipyard/node.sh install <${join(folder, "signed.pem")}`);
    expect((await ask("enrol/finish", "")).status).toBe(201);
    await inside("sh /etc/docker/shipyard/node.sh confirm");
    await expect(page.getByText("it is an engine")).toBeVisible();
    await pictures(page, "node-added");

    await page.getByRole("link", { name: `Show ${NODE}` }).click();
    await expect(page.getByRole("heading", { name: "Set up by Shipyard" })).toBeVisible();
    await page.getByRole("button", { name: "Renew now" }).click();
    await expect(page.getByText("Shipyard’s certificate renewed until")).toBeVisible();
    await expect(page.getByText("The server fetches its new certificate within a day")).toBeVisible();
    await accessible(page);
    await fits(page);
    await pictures(page, "node-engine");

    await page.getByRole("button", { name: "Remove and undo" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Remove engine" }).click();
    await expect(page.getByRole("heading", { level: 1, name: "One thing is left to do" })).toBeVisible();
    await expect(page.getByText("sudo sh /etc/docker/shipyard/node.sh remove")).toBeVisible();
    await accessible(page);
    await pictures(page, "node-undone");
  } finally {
    node("down", NODE);
    // A page that is still open looks for its server.
    await page.goto("about:blank").catch(() => {});
    await shipyard.stop();
    rmSync(folder, { recursive: true, force: true });
  }
});

// The same pages in French, with no key left without a text.
import { readFileSync } from "node:fs";
import { addEngine } from "../fixtures/engines.ts";
import { docker, sweep } from "../fixtures/lab.ts";
import { accessible, expect, firstSignIn, pictures, test } from "../fixtures/test.ts";

const NAME = "e2e-french";
const KEYS = Object.keys(JSON.parse(readFileSync("../app/locales/en.json", "utf8"))).filter((key) => key.includes("."));

test.beforeAll(() => sweep(NAME));
test.afterEach(() => sweep(NAME));

test("each page speaks French", async ({ page, shipyard }) => {
  await firstSignIn(page, shipyard);
  await addEngine(page, shipyard, "node2");
  docker("node2", "run", "-d", "--name", NAME, "--label", "zone=a", "--memory", "16m", "busybox:lab", "sleep", "3600");
  await page.context().addCookies([{ name: "shipyard_language", value: "fr", url: shipyard.url }]);
  for (const path of [
    "/",
    "/containers",
    "/deploy",
    "/engines",
    "/engines/add",
    "/engines/add/node",
    "/engines/node2",
    ...["", "/logs", "/stats", "/inspect", "/history", "/edit"].map((tab) => `/containers/node2/${NAME}${tab}`),
    "/operations",
    "/activity",
    "/settings",
    "/doctor",
    "/access",
    "/access/roles",
    "/access/pools",
    "/access/tokens",
  ]) {
    await page.goto(`${shipyard.url}${path}`);
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
    await expect(page.locator("html")).toHaveAttribute("lang", "fr");
    // A shell that sleeps takes some percent of it.
    if (path === "/containers") await expect(page.locator(".c-memory .num")).toHaveText(/^\d,\d\s%$/);
    const text = await page.locator("body").innerText();
    const words = new Set(text.split(/\s+/));
    expect(KEYS.filter((key) => words.has(key))).toEqual([]);
    await accessible(page);
    await pictures(page, `french${path.replaceAll("/", "-")}`);
  }
});

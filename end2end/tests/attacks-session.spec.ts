// The id of a session: one that somebody else chose or knows is worth nothing once its bearer signs in.
import type { Page } from "@playwright/test";
import { type Attacker, startAttacker } from "../fixtures/attacker.ts";
import { asked, everywhere, invite, sessionId, signedInAs } from "../fixtures/people.ts";
import { changeFirstPassword, expect, firstSignIn, PASSWORD, test } from "../fixtures/test.ts";
import { code } from "../fixtures/totp.ts";

const MALLORYS = "a kraken under the keel";
const VERAS = "lantern on the north pier";

let attacker: Attacker;
test.beforeEach(async () => {
  attacker = await startAttacker();
});
test.afterEach(() => attacker.stop());

async function fillSignIn(page: Page, name: string, password: string): Promise<void> {
  await page.getByLabel("Account").fill(name);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
}

async function isIn(page: Page): Promise<void> {
  await expect(page.getByRole("heading", { level: 1, name: "Fleet" })).toBeVisible();
}

test("an id that was planted before the sign-in is not the one that is signed in", async ({
  page,
  shipyard,
  browser,
}) => {
  await firstSignIn(page, shipyard);
  const theirs = await browser.newContext();
  const mallory = await theirs.newPage();
  await invite(page.request, mallory, shipyard, "mallory", MALLORYS, [everywhere("viewer")]);
  const known = (await sessionId(mallory, shipyard.url)) ?? "";
  expect(await signedInAs(shipyard, known)).toBe("mallory");
  const gone = (await sessionId(page, shipyard.url)) ?? "";
  await page.getByRole("button", { name: "Sign out" }).click();
  await expect(page).toHaveURL(/\/login/);

  const planted = {
    "the attacker's own, signed in": known,
    "one that was signed out": gone,
    "well formed and of nobody": "AAAAAAAAAAAAAAAAAAAAAA",
    "no id": "../../admin",
    empty: "",
    "far too long": "A".repeat(3_000),
  };
  for (const [what, id] of Object.entries(planted))
    await test.step(what, async () => {
      const context = await browser.newContext();
      const [victim, evil] = [await context.newPage(), await context.newPage()];
      await victim.goto(`${shipyard.url}/login`);
      // Ports do not count for cookies: any page of the same host can set one, and for some paths alone too.
      await evil.goto(`http://127.0.0.1:${attacker.port}`);
      await evil.evaluate((id) => {
        // biome-ignore lint/suspicious/noDocumentCookie: what such a page does
        for (const path of ["/", "/login"]) document.cookie = `shipyard=${id}; path=${path}`;
      }, id);
      expect(await sessionId(victim, shipyard.url)).toBe(id);
      await fillSignIn(victim, "admin", PASSWORD);
      await isIn(victim);
      const own = (await sessionId(victim, shipyard.url)) ?? "";
      expect(own).not.toBe(id);
      expect(await signedInAs(shipyard, own)).toBe("admin");
      expect(await signedInAs(shipyard, id)).toBeUndefined();
      await context.close();
    });
  await theirs.close();
});

test("a cookie that is planted later, for some paths alone, does not put anybody into the attacker's session", async ({
  page,
  shipyard,
  browser,
}) => {
  await firstSignIn(page, shipyard);
  const theirs = await browser.newContext();
  const mallory = await theirs.newPage();
  await invite(page.request, mallory, shipyard, "mallory", MALLORYS, [everywhere("viewer")]);
  const planted = (await sessionId(mallory, shipyard.url)) ?? "";
  const evil = await page.context().newPage();
  await evil.goto(`http://127.0.0.1:${attacker.port}`);
  await evil.evaluate((id) => {
    // biome-ignore lint/suspicious/noDocumentCookie: what such a page does
    for (const path of ["/api", "/socket", "/engines"]) document.cookie = `shipyard=${id}; path=${path}`;
  }, planted);
  expect(await page.context().cookies(`${shipyard.url}/api/session`)).toHaveLength(2);
  // The browser sends both, the one with the longer path first. What an administrator types must not go to mallory.
  await page.goto(`${shipyard.url}/engines`);
  expect(await page.evaluate(async () => (await (await fetch("/api/session")).json()).account)).toBe("admin");
  await expect(page.getByRole("link", { name: "Access", exact: true }).first()).toBeVisible();
  await expect(page.getByText("Live", { exact: true })).toBeVisible();
  await theirs.close();
});

test("whoever signs in while somebody else is signed in gets an id of their own, and ends the other's session", async ({
  page,
  shipyard,
  browser,
}) => {
  await firstSignIn(page, shipyard);
  const theirs = await browser.newContext();
  const vera = await theirs.newPage();
  await invite(page.request, vera, shipyard, "vera", VERAS, [everywhere("viewer")]);
  const before = (await sessionId(vera, shipyard.url)) ?? "";
  await vera.getByRole("button", { name: "Sign out" }).click();

  // Two tabs that both show the sign-in: who is signed in already is not shown it.
  const second = await theirs.newPage();
  for (const tab of [vera, second]) await tab.goto(`${shipyard.url}/login`);
  await fillSignIn(vera, "vera", VERAS);
  await isIn(vera);
  const first = (await sessionId(vera, shipyard.url)) ?? "";
  await fillSignIn(second, "admin", PASSWORD);
  await isIn(second);
  const last = (await sessionId(second, shipyard.url)) ?? "";
  expect(new Set([before, first, last]).size).toBe(3);
  const who = await Promise.all([before, first, last].map((id) => signedInAs(shipyard, id)));
  expect(who).toEqual([undefined, undefined, "admin"]);
  await theirs.close();
});

test("each step of signing in and of a password's change has an id of its own", async ({ page, shipyard }) => {
  const ids: string[] = [];
  const note = async () => ids.push((await sessionId(page, shipyard.url)) ?? "");
  await page.goto(`${shipyard.url}/login`);
  await fillSignIn(page, "admin", "shipyard");
  await expect(page).toHaveURL(/\/welcome$/);
  await note();
  await changeFirstPassword(page);
  await note();

  const { secret } = await asked<{ secret: string }>(page.request, shipyard, "two_factor_setup");
  await asked(page.request, shipyard, "two_factor_confirm", { code: code(secret) });
  await page.getByRole("button", { name: "Sign out" }).click();
  await expect(page).toHaveURL(/\/login/);
  await fillSignIn(page, "admin", PASSWORD);
  await expect(page).toHaveURL(/\/login\/code/);
  await note();
  // A password alone opens nothing, whoever knows the id of the session that waits for the code.
  expect(await signedInAs(shipyard, ids[2] ?? "")).toBeUndefined();
  // One code holds once: this is the next.
  await page.getByLabel("Code").fill(code(secret, 1));
  await page.getByRole("button", { name: "Sign in" }).click();
  await isIn(page);
  await note();
  await asked(page.request, shipyard, "prove", { proof: PASSWORD });
  await note();

  expect(new Set(ids).size).toBe(5);
  const who = () => Promise.all(ids.map((id) => signedInAs(shipyard, id)));
  // What the page asked before the proof is still answered for ten seconds, without the proof.
  expect(await who()).toEqual([undefined, undefined, undefined, "admin", "admin"]);
  await expect.poll(who, { timeout: 15_000 }).toEqual([undefined, undefined, undefined, undefined, "admin"]);
});

// Accounts, pools, roles, tokens and the second factor: what an administrator gives, and what the other person then has.
import type { Page } from "@playwright/test";
import { addEngine } from "../fixtures/engines.ts";
import { docker, sweep } from "../fixtures/lab.ts";
import { accessible, expect, firstSignIn, PASSWORD, pictures, test, watchErrors } from "../fixtures/test.ts";
import { code } from "../fixtures/totp.ts";

const NAME = "e2e-access";
const OTHER_PASSWORD = "lantern on the north pier";

test.beforeAll(() => sweep(NAME));
test.afterAll(() => sweep(NAME));

/** Lets the server's next answer to a call be the one that it gives ten minutes after the last proof. */
async function asLater(page: Page, call: string): Promise<void> {
  const problem = {
    code: "step-up",
    status: 403,
    detail: "This asks for your password or a code again.",
    hint: "Prove that it is you, then try again.",
    field: null,
    args: {},
  };
  const options = { status: 403, contentType: "application/problem+json", body: JSON.stringify(problem) };
  await page.route(`**/api/fn/${call}`, (route) => route.fulfill(options), { times: 1 });
}

test("what an administrator gives is what the other person has, until it is taken", async ({
  page,
  shipyard,
  browser,
}) => {
  const context = await browser.newContext({ reducedMotion: "reduce", viewport: { width: 1440, height: 1000 } });
  const other = await context.newPage();
  const errors = watchErrors(other);
  let link = "";
  let secret = "";
  let token = "";

  await test.step("a pool over the engines of zone a, with a quota", async () => {
    await firstSignIn(page, shipyard);
    await addEngine(page, shipyard, "node1");
    await addEngine(page, shipyard, "node3");
    for (const node of ["node1", "node3"] as const)
      docker(node, "run", "-d", "--name", `${NAME}-${node}`, "busybox:lab", "sleep", "3600");
    await page.goto(`${shipyard.url}/access/pools`);
    await expect(page.getByText("No pools yet")).toBeVisible();
    await page.getByRole("button", { name: "New pool" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Pool", { exact: true }).fill("side a");
    await dialog.getByLabel("Engines with labels").fill("zone=<a>");
    await dialog.getByRole("button", { name: "Create pool" }).click();
    await expect(dialog.getByRole("alert")).toContainText("is no label");
    await dialog.getByLabel("Engines with labels").fill("zone=a");
    await dialog.getByRole("button", { name: "Create pool" }).click();
    await expect(dialog.getByRole("alert")).toContainText("This is no name");
    await dialog.getByLabel("Pool", { exact: true }).fill("side-a");
    await dialog.getByLabel("Most CPUs").fill("2");
    await dialog.getByLabel("Most memory").fill("512m");
    await accessible(page);
    await pictures(page, "access-pool-form");
    await dialog.getByRole("button", { name: "Create pool" }).click();
    await expect(page.getByText("Pool side-a saved")).toBeVisible();
    const row = page.getByRole("row", { name: /side-a/ });
    await expect(row.getByRole("link", { name: "node1" })).toBeVisible();
    await expect(row).not.toContainText("node3");
    await expect(row).toContainText("0 of 2");
    await accessible(page);
    await pictures(page, "access-pools");
  });

  await test.step("a role of one's own", async () => {
    await page.getByRole("link", { name: /^Roles/ }).click();
    await expect(page).toHaveURL(/\/access\/roles$/);
    await page.getByRole("button", { name: "New role" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Role", { exact: true }).fill("restarter");
    await dialog.getByLabel("For whom").fill("Turns it off and on again");
    await dialog.getByLabel(/Start, stop, restart/).check();
    await accessible(page);
    await pictures(page, "access-role-form");
    await dialog.getByRole("button", { name: "Create role" }).click();
    await expect(page.getByRole("columnheader", { name: "restarter" })).toBeVisible();
    await accessible(page);
    await pictures(page, "access-roles");
  });

  await test.step("an invitation with a grant on the pool; its link is shown once", async () => {
    await page.getByRole("link", { name: /^Accounts/ }).click();
    await page.getByRole("button", { name: "Invite" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Account", { exact: true }).fill("vera");
    await dialog.getByRole("button", { name: "Add grant" }).click();
    await expect(dialog.getByLabel("Role")).toHaveValue("viewer");
    await dialog.getByLabel("Where").selectOption("side-a");
    await accessible(page);
    await pictures(page, "access-invite");
    await asLater(page, "account_create");
    await dialog.getByRole("button", { name: "Create link" }).click();
    const question = page.getByRole("dialog", { name: "Prove that it is you" });
    await expect(question.getByLabel(/^Password/)).toBeFocused();
    await question.getByLabel(/^Password/).fill("not the password");
    await question.getByRole("button", { name: "Continue" }).click();
    await expect(question.getByRole("alert")).toContainText("The password or code is wrong");
    await accessible(page);
    await pictures(page, "step-up");
    await question.getByLabel(/^Password/).fill(PASSWORD);
    await question.getByRole("button", { name: "Continue" }).click();
    // The call that was refused went on by itself.
    link = (await dialog.getByLabel("One-time link").textContent()) ?? "";
    expect(link).toMatch(new RegExp(`^${shipyard.url}/join#`));
    await accessible(page);
    await pictures(page, "access-link");
    await dialog.getByRole("button", { name: "I have kept it" }).click();
    await expect(page.getByRole("row", { name: /vera/ })).toContainText("viewer on side-a");
    await expect(page.getByRole("row", { name: /vera/ })).toContainText("invited");
  });

  await test.step("the session went on under a new id, and the page with it", async () => {
    // The id of before holds for ten seconds.
    await page.waitForTimeout(11_500);
    await expect(page).toHaveURL(/\/access$/);
    await expect(page.getByText("Live", { exact: true })).toBeVisible();
    await accessible(page);
    await pictures(page, "access-accounts");
  });

  await test.step("the link sets a password, once", async () => {
    await other.goto(link);
    await expect(other).toHaveURL(/\/join$/);
    await accessible(other);
    await pictures(other, "join");
    await other.getByLabel("New password", { exact: true }).fill(OTHER_PASSWORD);
    await other.getByLabel("New password again").fill(OTHER_PASSWORD);
    await other.getByRole("button", { name: "Set the password" }).click();
    await expect(other.getByRole("heading", { level: 1, name: "Fleet" })).toBeVisible();
  });

  await test.step("the other person sees the pool's engine and containers, and only what they may do", async () => {
    await expect(other.getByRole("link", { name: /e2e-access-node1 on/ })).toBeVisible();
    await expect(other.getByText("node3")).toHaveCount(0);
    await expect(other.getByRole("link", { name: "Deploy", exact: true })).toHaveCount(0);
    await expect(other.getByRole("link", { name: "Access", exact: true })).toHaveCount(0);
    await other.goto(`${shipyard.url}/containers?q=${NAME}`);
    await expect(other.getByRole("row", { name: /e2e-access-node1/ })).toBeVisible();
    await expect(other.getByRole("row", { name: /e2e-access-node3/ })).toHaveCount(0);
    await other.goto(`${shipyard.url}/engines`);
    await expect(other.getByRole("row", { name: /node1/ })).toBeVisible();
    await expect(other.getByRole("row", { name: /node3/ })).toHaveCount(0);
    await expect(other.getByRole("button", { name: /Actions/ })).toHaveCount(0);
    await other.goto(`${shipyard.url}/access`);
    await expect(other.getByRole("heading", { level: 2, name: "Your role does not allow this" })).toBeVisible();
  });

  await test.step("a token of one's own, shown once", async () => {
    await other.goto(`${shipyard.url}/settings`);
    await other.getByRole("button", { name: "New token" }).click();
    const dialog = other.getByRole("dialog");
    await dialog.getByLabel("What for").fill("wall screen");
    await dialog.getByLabel("Days until it ends").fill("30");
    await dialog.getByRole("button", { name: "Add grant" }).click();
    await dialog.getByLabel("Role").selectOption("observer");
    await dialog.getByLabel("Where").selectOption("side-a");
    await accessible(other);
    await pictures(other, "settings-token");
    await dialog.getByRole("button", { name: "Create token" }).click();
    token = (await dialog.getByLabel("Token", { exact: true }).textContent()) ?? "";
    expect(token).toMatch(/^shp_/);
    await dialog.getByRole("button", { name: "I have kept it" }).click();
    await expect(other.getByRole("row", { name: /wall screen/ })).toContainText("observer on side-a");
    const answer = await fetch(`${shipyard.url}/api/session`, { headers: { authorization: `Bearer ${token}` } });
    expect(answer.status).toBe(200);
  });

  await test.step("a second factor, with recovery codes", async () => {
    await other.getByRole("button", { name: "Set up" }).click();
    const dialog = other.getByRole("dialog");
    await expect(dialog.getByRole("img", { name: "Square code of the secret" })).toBeVisible();
    secret = (await dialog.locator(".scan code").textContent()) ?? "";
    await dialog.getByLabel("Code", { exact: true }).fill("000000");
    await dialog.getByRole("button", { name: "Turn on" }).click();
    await expect(dialog.getByRole("alert")).toContainText("The code is wrong");
    await accessible(other);
    await pictures(other, "settings-two-factor");
    await dialog.getByLabel("Code", { exact: true }).fill(code(secret));
    await dialog.getByRole("button", { name: "Turn on" }).click();
    await expect(dialog.getByLabel("Recovery codes")).toContainText(/(?:[a-z2-7]{4}-){2}[a-z2-7]{4}/);
    await accessible(other);
    await pictures(other, "settings-recovery-codes");
    await dialog.getByRole("button", { name: "I have kept them" }).click();
    await expect(other.getByText("On. 10 recovery codes left.")).toBeVisible();
    await accessible(other);
    await pictures(other, "settings-own");
  });

  await test.step("signing in asks for a code", async () => {
    await other.goto(`${shipyard.url}/settings`);
    await other.getByRole("main").getByRole("button", { name: "Sign out" }).click();
    await other.getByLabel("Account").fill("vera");
    await other.getByLabel("Password").fill(OTHER_PASSWORD);
    await other.getByRole("button", { name: "Sign in", exact: true }).click();
    await expect(other).toHaveURL(/\/login\/code/);
    await accessible(other);
    await pictures(other, "login-code");
    // The code of this step was used above: one holds once.
    await other.getByLabel("Code").fill(code(secret, 1));
    await other.getByRole("button", { name: "Sign in", exact: true }).click();
    await expect(other.getByRole("heading", { level: 1, name: "Fleet" })).toBeVisible();
  });

  await test.step("other grants hold at once, on the page that is open", async () => {
    await expect(other.getByText("Live", { exact: true })).toBeVisible();
    await page.getByRole("button", { name: "Actions for vera" }).click();
    await page.getByRole("button", { name: "Edit grants…" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Role").selectOption("deployer");
    await dialog.getByLabel("Containers", { exact: true }).selectOption("stack");
    await dialog.getByLabel("Name of the stack").fill("shop");
    await accessible(page);
    await pictures(page, "access-grants");
    await dialog.getByRole("button", { name: "Save changes" }).click();
    const row = page.getByRole("row", { name: /vera/ });
    await expect(row).toContainText("deployer on side-a · stack shop");
    await expect(row).toContainText("on");
    await expect(other.getByRole("link", { name: "Deploy" }).first()).toBeVisible();
  });

  await test.step("all tokens, and the end of one", async () => {
    await page.getByRole("link", { name: /^Tokens/ }).click();
    await expect(page.getByRole("row", { name: /wall screen/ })).toContainText("vera");
    await accessible(page);
    await pictures(page, "access-tokens");
    await page.getByRole("button", { name: "Revoke wall screen" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Revoke" }).click();
    await expect(page.getByText("No tokens yet")).toBeVisible();
    const answer = await fetch(`${shipyard.url}/api/session`, { headers: { authorization: `Bearer ${token}` } });
    expect(answer.status).toBe(401);
  });

  await test.step("a disabled account is out at once, wherever it is", async () => {
    await page.getByRole("link", { name: /^Accounts/ }).click();
    await page.getByRole("button", { name: "Actions for vera" }).click();
    await page.getByRole("button", { name: "Disable" }).click();
    await expect(page.getByText("vera cannot sign in any more")).toBeVisible();
    await expect(other).toHaveURL(/\/login$/);
    await expect(page.getByRole("row", { name: /vera/ })).toContainText("disabled");
  });

  await test.step("what somebody has is not removed under them", async () => {
    await page.getByRole("link", { name: /^Pools/ }).click();
    await page.getByRole("button", { name: "Remove side-a" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Remove pool" }).click();
    await expect(page.getByRole("dialog").getByRole("alert")).toContainText("has a grant on this pool");
    await page.getByRole("dialog").getByRole("button", { name: "Cancel" }).click();
    await page.getByRole("link", { name: /^Accounts/ }).click();
    await page.getByRole("button", { name: "Actions for vera" }).click();
    await page.getByRole("button", { name: "Remove…" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Remove account" }).click();
    await expect(page.getByText("Account vera removed")).toBeVisible();
    await expect(page.getByRole("row", { name: /vera/ })).toHaveCount(0);
  });

  expect(errors).toEqual([]);
  await context.close();
});

// The whole way of a new user: first sign-in, three TLS engines, a deploy spread by label, stop, removal, sign-out.
import { addEngineByForm } from "../fixtures/engines.ts";
import { docker, NODES, sweep } from "../fixtures/lab.ts";
import { accessible, changeFirstPassword, expect, pictures, signIn, test, watchErrors } from "../fixtures/test.ts";

const NAME = "e2e-journey";

test.beforeAll(() => sweep(NAME));
test.afterAll(() => sweep(NAME));

test("from the first sign-in to three copies, and back", async ({ page, shipyard, browser }) => {
  test.setTimeout(240_000);

  await test.step("a wrong password opens nothing", async () => {
    await signIn(page, shipyard, "not the password");
    await expect(page.getByRole("alert")).toContainText("The account or the password is wrong");
    await accessible(page);
    await pictures(page, "login");
  });

  await test.step("the guide's password opens nothing but its change", async () => {
    await signIn(page, shipyard, "shipyard");
    await expect(page).toHaveURL(/\/welcome$/);
    await page.goto(`${shipyard.url}/containers`);
    await expect(page).toHaveURL(/\/welcome$/);
    await accessible(page);
    await pictures(page, "welcome");
  });

  await test.step("an own password opens the fleet, which teaches how to add an engine", async () => {
    await changeFirstPassword(page);
    await expect(page.getByText("No engine yet")).toBeVisible();
    await accessible(page);
    await pictures(page, "fleet-empty");
  });

  await test.step("three engines over mutual TLS", async () => {
    for (const node of NODES) await addEngineByForm(page, shipyard, node);
    await page.goto(`${shipyard.url}/engines/add`);
    await accessible(page);
    await pictures(page, "engine-add");
    await page.goto(`${shipyard.url}/`);
    await expect(page.getByText("3 of 3 engines connected")).toBeVisible();
    await page.goto(`${shipyard.url}/engines`);
    await expect(page.getByRole("row", { name: /node2/ })).toContainText("connected");
    await accessible(page);
    await pictures(page, "engines");
  });

  await test.step("three copies, spread over the engines of zone a and b, with the plan shown first", async () => {
    await page.getByRole("link", { name: "Deploy" }).first().click();
    await page.getByLabel("Image", { exact: true }).fill("busybox:lab");
    await page.getByLabel("Name", { exact: true }).first().fill(NAME);
    await page.getByLabel("Command", { exact: true }).fill("sleep 3600");
    await page.getByLabel("Copies", { exact: true }).fill("3");
    await page.getByLabel("CPUs", { exact: true }).fill("0.1");
    await page.getByLabel("Memory", { exact: true }).fill("16m");
    await page.getByText("Engines with labels").click();
    await page.getByRole("button", { name: "zone=a" }).click();
    await page.getByRole("button", { name: "zone=b" }).click();
    const plan = page.locator("section", { has: page.getByRole("heading", { name: "Where it will run" }) });
    for (const node of NODES) await expect(plan).toContainText(node);
    for (const copy of [1, 2, 3]) await expect(plan).toContainText(`${NAME}-${copy}`);
    await accessible(page);
    await pictures(page, "deploy");
    await page.getByRole("button", { name: "Deploy 3 containers" }).click();
    await expect(page).toHaveURL(/\/operations\//);
    await expect(page.getByText("3 of 3")).toBeVisible({ timeout: 60_000 });
    await accessible(page);
    await pictures(page, "operation");
    for (const node of NODES) expect(docker(node, "ps", "--format", "{{.Names}}")).toContain(NAME);
  });

  await test.step("what plain docker starts appears by itself, without a reload", async () => {
    await page.goto(`${shipyard.url}/containers?q=${NAME}`);
    await expect(page.getByRole("row", { name: /e2e-journey-1/ })).toBeVisible();
    docker("node2", "run", "-d", "--name", `${NAME}-by-docker`, "busybox:lab", "sleep", "3600");
    await expect(page.getByRole("row", { name: /e2e-journey-by-docker/ })).toBeVisible();
    docker("node2", "rm", "-f", `${NAME}-by-docker`);
    await expect(page.getByRole("row", { name: /e2e-journey-by-docker/ })).toHaveCount(0);
    await accessible(page);
    await pictures(page, "containers");
  });

  await test.step("the fleet with its boxes", async () => {
    await page.goto(`${shipyard.url}/`);
    await expect(page.getByRole("link", { name: /e2e-journey-1 on/ })).toBeVisible();
    await accessible(page);
    await pictures(page, "fleet");
  });

  await test.step("a second browser sees and follows the same", async () => {
    const context = await browser.newContext({ reducedMotion: "reduce" });
    const second = await context.newPage();
    const errors = watchErrors(second);
    await signIn(second, shipyard);
    await second.goto(`${shipyard.url}/containers?q=${NAME}`);
    await expect(second.getByRole("row", { name: /e2e-journey-3/ })).toContainText("running");

    await page.goto(`${shipyard.url}/containers?q=${NAME}`);
    await page.getByLabel("Select all rows").check();
    const bulk = page.getByRole("toolbar", { name: "Actions on the selected containers" });
    await expect(bulk).toContainText("3 selected");
    await bulk.getByRole("button", { name: "Kill…" }).click();
    await page.getByRole("button", { name: "Kill 3 containers" }).click();
    await expect(page.getByText("Killed 3 of 3")).toBeVisible();
    for (const copy of [1, 2, 3])
      await expect(second.getByRole("row", { name: new RegExp(`${NAME}-${copy}`) })).toContainText("exited");
    expect(errors).toEqual([]);
    await context.close();
  });

  await test.step("removal asks, names, and does", async () => {
    await page.goto(`${shipyard.url}/containers?q=${NAME}`);
    await page.getByLabel("Select all rows").check();
    await page.getByRole("button", { name: "Remove…" }).click();
    const dialog = page.getByRole("dialog");
    await expect(dialog).toContainText(`${NAME}-2 on`);
    await accessible(page);
    await dialog.getByRole("button", { name: "Remove 3 containers" }).click();
    await expect(page.getByText("Removed 3 of 3")).toBeVisible();
    for (const node of NODES) expect(docker(node, "ps", "-a", "--format", "{{.Names}}")).not.toContain(NAME);
  });

  await test.step("settings, operations and an address of nothing", async () => {
    await page.goto(`${shipyard.url}/settings`);
    await accessible(page);
    await pictures(page, "settings");
    await page.goto(`${shipyard.url}/operations`);
    await expect(page.getByRole("row").nth(1)).toBeVisible();
    await accessible(page);
    await pictures(page, "operations");
    await page.goto(`${shipyard.url}/nothing-here`);
    await expect(page.getByRole("heading", { level: 2, name: "There is nothing here" })).toBeVisible();
    await accessible(page);
    await pictures(page, "not-found");
  });

  await test.step("signing out ends the session on the server, not only in this browser", async () => {
    const kept = await page.context().storageState();
    const other = await page.context().newPage();
    await other.goto(`${shipyard.url}/containers`);
    await expect(other.getByText("Live")).toBeVisible();
    await page.goto(`${shipyard.url}/`);
    await page.getByRole("button", { name: "Sign out" }).click();
    await expect(page).toHaveURL(/\/login/);
    await expect(other).toHaveURL(/\/login/);
    const old = await browser.newContext({ storageState: kept });
    const again = await old.newPage();
    await again.goto(`${shipyard.url}/containers`);
    await expect(again).toHaveURL(/\/login/);
    await old.close();
  });
});

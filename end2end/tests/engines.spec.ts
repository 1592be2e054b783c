// An engine's life on its pages: the local socket by one click, what a failure says, an edit, removal.
import { address, daemonSocket, docker, pem, sweep } from "../fixtures/lab.ts";
import { startShipyard } from "../fixtures/server.ts";
import { accessible, expect, firstSignIn, pictures, test } from "../fixtures/test.ts";

const NAME = "e2e-engines";

test.beforeAll(() => sweep(NAME));
test.afterAll(() => sweep(NAME));

test("the local socket is added by one click, edited and removed; its containers stay", async ({ page }) => {
  const shipyard = await startShipyard(["--local-socket", daemonSocket("node1")]);
  try {
    await firstSignIn(page, shipyard);
    docker("node1", "run", "-d", "--name", NAME, "busybox:lab", "sleep", "3600");
    await page.getByRole("button", { name: "Add this machine" }).click();
    await expect(page.getByText("1 of 1 engine connected")).toBeVisible();
    await expect(page.getByRole("link", { name: new RegExp(`${NAME} on`) })).toBeVisible();

    await page.goto(`${shipyard.url}/engines`);
    await page.getByRole("table").getByRole("link").first().click();
    await page.getByRole("link", { name: "Edit" }).click();
    await page.getByLabel("Name", { exact: true }).fill("here");
    await page.getByLabel("Labels", { exact: true }).fill("zone=home");
    await accessible(page);
    await pictures(page, "engine-edit");
    await page.getByRole("button", { name: "Save changes" }).click();
    await expect(page.getByText("Engine here saved")).toBeVisible();
    await page.goto(`${shipyard.url}/engines/here`);
    await expect(page.getByText("zone=home")).toBeVisible();
    await accessible(page);

    await page.getByRole("button", { name: /^Remove/ }).click();
    await expect(page.getByRole("dialog")).toContainText("Containers on it stay");
    await page.getByRole("dialog").getByRole("button", { name: "Remove engine" }).click();
    await expect(page.getByText("Engine here removed")).toBeVisible();
    expect(docker("node1", "ps", "--format", "{{.Names}}")).toContain(NAME);
  } finally {
    // A page that is still open looks for its server.
    await page.goto("about:blank").catch(() => {});
    await shipyard.stop();
  }
});

test("a failure is said beside the field at fault, and nothing is kept", async ({ page, shipyard }) => {
  await firstSignIn(page, shipyard);
  await page.goto(`${shipyard.url}/engines/add`);
  await page.getByLabel("Name", { exact: true }).fill("node1");
  await page.getByLabel("Address", { exact: true }).fill(address("node1"));
  await page.getByLabel("Client certificate", { exact: true }).fill(pem("client-cert.pem"));
  await page.getByLabel("Private key", { exact: true }).fill(pem("client-key.pem"));
  await page.getByLabel("Authority", { exact: true }).fill(pem("other-ca.pem"));
  await page.getByRole("button", { name: "Add engine" }).click();
  await expect(page.getByRole("alert").filter({ hasText: /authority/i })).toBeVisible();
  await page.getByLabel("Private key", { exact: true }).fill(pem("other-client-key.pem"));
  await page.getByRole("button", { name: "Add engine" }).click();
  await expect(page.getByRole("alert").filter({ hasText: /key/i })).toBeVisible();
  await page.goto(`${shipyard.url}/engines`);
  await expect(page.getByText("No engine yet")).toBeVisible();
});

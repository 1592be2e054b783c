// The doctor's page: what is weak on an installation is told with the way to mend it, and no more once it is mended.
import { chmodSync } from "node:fs";
import { addEngine } from "../fixtures/engines.ts";
import { everywhere, invite } from "../fixtures/people.ts";
import { accessible, expect, firstSignIn, pictures, test } from "../fixtures/test.ts";

test("what is weak is told with its mending, until it is mended", async ({ page, shipyard, browser }) => {
  await firstSignIn(page, shipyard);
  await addEngine(page, shipyard, "node1");
  chmodSync(shipyard.data, 0o755);
  await page.goto(shipyard.url);
  await page.getByRole("link", { name: "Doctor" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Doctor" })).toBeVisible();
  const folder = page.getByRole("listitem").filter({ hasText: "The data folder" });
  await expect(folder).toContainText("chmod 700");
  await expect(page.getByRole("listitem").filter({ hasText: "Account admin" })).toContainText(
    "A password alone opens it",
  );
  await accessible(page);
  await pictures(page, "doctor");
  await page.setViewportSize({ width: 390, height: 844 });
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
  await page.setViewportSize({ width: 1440, height: 1000 });

  chmodSync(shipyard.data, 0o700);
  await page.getByRole("button", { name: "Look again" }).click();
  await expect(folder).toHaveCount(0);

  // Who may not see accounts is shown no way there, and refused at the address.
  const context = await browser.newContext();
  const vera = await context.newPage();
  await invite(page.request, vera, shipyard, "vera", "harbour pilot at dusk", [everywhere("viewer")]);
  await expect(vera.getByRole("heading", { name: "Needs attention" })).toBeVisible();
  await expect(vera.getByRole("link", { name: "Doctor" })).toHaveCount(0);
  await vera.goto(`${shipyard.url}/doctor`);
  await expect(vera.getByRole("heading", { level: 1 })).not.toHaveText("Doctor");
  await context.close();
});

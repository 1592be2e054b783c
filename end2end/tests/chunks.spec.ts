// Pages that are not in the first load: they come when they are gone to, and when they cannot come that is said.
import { accessible, expect, firstSignIn, test } from "../fixtures/test.ts";

const CHUNK = /split_admin-\w+\.wasm$/;

test("a page comes in its chunk when it is gone to", async ({ page, shipyard }) => {
  await firstSignIn(page, shipyard);
  const link = page.getByRole("link", { name: "Activity" });
  const heading = page.getByRole("heading", { level: 1, name: "Activity" });
  const fetched: string[] = [];
  page.on("request", (request) => fetched.push(request.url()));

  await test.step("it is not in the first load, and comes before the link is pressed", async () => {
    await page.goto(shipyard.url);
    await expect(link).toBeVisible();
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
    expect(fetched.filter((url) => CHUNK.test(url))).toEqual([]);
    const coming = page.waitForResponse(CHUNK);
    await link.hover();
    expect((await coming).headers()["content-encoding"]).toBe("br");
    await link.click();
    await expect(heading).toBeVisible();
    expect(fetched.filter((url) => CHUNK.test(url))).toHaveLength(1);
  });

  await test.step("while it is on its way, something says so", async () => {
    let letGo = () => {};
    const held = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    await page.route(CHUNK, async (route) => {
      await held;
      await route.continue();
    });
    await page.goto(shipyard.url);
    await link.click();
    await expect(page.getByRole("status").filter({ hasText: "Loading the page" })).toBeVisible();
    await accessible(page);
    letGo();
    await expect(heading).toBeVisible();
    await page.unroute(CHUNK);
  });

  await test.step("when it cannot be loaded that is said, the rest stays, and a reload brings it", async () => {
    // The console tells why, and a page of this fixture may log no error.
    const other = await page.context().newPage();
    await other.route(CHUNK, (route) => route.abort());
    await other.goto(shipyard.url);
    await other.getByRole("link", { name: "Activity" }).click();
    await expect(other.getByRole("alert").filter({ hasText: "could not be loaded" })).toBeVisible();
    await accessible(other);
    await other.getByRole("link", { name: "Engines" }).click();
    await expect(other.getByRole("heading", { level: 1, name: "Engines" })).toBeVisible();
    await other.getByRole("link", { name: "Activity" }).click();
    await expect(other.getByRole("alert").filter({ hasText: "could not be loaded" })).toBeVisible();
    await other.unroute(CHUNK);
    await other.getByRole("main").getByRole("button", { name: "Reload" }).click();
    await expect(other.getByRole("heading", { level: 1, name: "Activity" })).toBeVisible();
    await other.close();
  });
});

// A server that goes away under an open page: the page says that it is not live and since when, and comes back by itself.
import { addEngine } from "../fixtures/engines.ts";
import { docker, sweep } from "../fixtures/lab.ts";
import { accessible, expect, firstSignIn, pictures, test, watchErrors } from "../fixtures/test.ts";

const NAME = "hand-link";

test.beforeAll(() => sweep(NAME));
test.afterAll(() => sweep(NAME));

test("a page outlives its server's restart without a reload", async ({ browser, shipyard }) => {
  const context = await browser.newContext({ reducedMotion: "reduce", viewport: { width: 1440, height: 1000 } });
  const page = await context.newPage();
  // A server that is not there refuses connections: the browser's own note of that is no fault of the page.
  const errors = watchErrors(page);
  await firstSignIn(page, shipyard);
  await addEngine(page, shipyard, "node2");
  docker("node2", "run", "-d", "--name", `${NAME}-before`, "busybox:lab", "sleep", "3600");
  await page.goto(`${shipyard.url}/containers?q=${NAME}`);
  await expect(page.getByRole("row", { name: /hand-link-before/ })).toContainText("running");
  // Gone when the page is loaded anew.
  await page.evaluate(() => {
    document.documentElement.dataset.handKept = "yes";
  });
  const link = page.locator(".top .live");
  await expect(link).toHaveText("Live");

  await test.step("what was known stays, and is said to be old", async () => {
    await shipyard.end();
    await expect(link).toContainText(/Connection lost · \d+ s/);
    const age = async () => Number(/(\d+) s/.exec((await link.textContent()) ?? "")?.[1]);
    const before = await age();
    await expect.poll(age).toBeGreaterThan(before + 1);
    await expect(page.getByRole("row", { name: /hand-link-before/ })).toContainText("running");
    await expect(link.getByRole("button", { name: "Reload" })).toBeVisible();
    await accessible(page);
    await pictures(page, "hand-link-lost");
  });

  await test.step("on a phone it is said in words too", async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    const words = await link.getByText("Connection lost").boundingBox();
    expect(words?.width, "not only a red dot").toBeGreaterThan(40);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
    await page.setViewportSize({ width: 1440, height: 1000 });
  });

  await test.step("what is asked for meanwhile is refused with a sentence, and not done later", async () => {
    await page.getByRole("button", { name: `Actions for ${NAME}-before` }).click();
    await page.getByRole("button", { name: "Restart", exact: true }).click();
    await expect(page.getByText("Shipyard does not answer")).toBeVisible();
    await pictures(page, "hand-link-refused");
  });

  await test.step("the server is back: live again, with what happened meanwhile, on the same page", async () => {
    docker("node2", "rm", "-f", `${NAME}-before`);
    docker("node2", "run", "-d", "--name", `${NAME}-after`, "busybox:lab", "sleep", "3600");
    await shipyard.start();
    // The page waits up to 20 s between its attempts.
    await expect(link).toHaveText("Live", { timeout: 30_000 });
    await expect(page.getByRole("row", { name: /hand-link-after/ })).toContainText("running");
    await expect(page.getByRole("row", { name: /hand-link-before/ })).toHaveCount(0);
    await expect(page.locator("html")).toHaveAttribute("data-hand-kept", "yes");
    docker("node2", "kill", `${NAME}-after`);
    await expect(page.getByRole("row", { name: /hand-link-after/ })).toContainText("exited");
  });

  expect(errors.filter((error) => !error.includes("ERR_CONNECTION_REFUSED"))).toEqual([]);
  await context.close();
});

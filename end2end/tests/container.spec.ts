// One container's page: settings with hidden values, live log, figures, raw answer; and an engine that goes away.
import { addEngine } from "../fixtures/engines.ts";
import { daemon, docker, sweep } from "../fixtures/lab.ts";
import { accessible, expect, firstSignIn, pictures, test } from "../fixtures/test.ts";

const NAME = "e2e-page";

/** The answer of `usage_history`. */
interface Past {
  every: number;
  memory: (number | null)[];
  cpu_percent: (number | null)[];
}

test.beforeAll(() => sweep(NAME));
test.afterAll(() => sweep(NAME));

test("a container's page", async ({ page, shipyard }) => {
  await firstSignIn(page, shipyard);
  await addEngine(page, shipyard, "node1");
  docker(
    "node1",
    "run",
    "-d",
    "--name",
    NAME,
    "-e",
    "TOKEN=hush-hush-value",
    "busybox:lab",
    "sh",
    "-c",
    "i=0; while true; do i=$((i+1)); printf 'line %s \\033[31mred\\033[0m\\n' $i; sleep 0.2; done",
  );
  await page.goto(`${shipyard.url}/containers/node1/${NAME}`);

  await test.step("values of the environment are hidden until asked for", async () => {
    await expect(page.getByText("TOKEN")).toBeVisible();
    expect(await page.content()).not.toContain("hush-hush-value");
    await accessible(page);
    await pictures(page, "container");
    await page.getByRole("button", { name: "Show values" }).click();
    await expect(page.getByText("hush-hush-value")).toBeVisible();
  });

  await test.step("the log flows and keeps its colours", async () => {
    await page.getByRole("link", { name: "Logs" }).click();
    await expect(page).toHaveURL(/\/logs$/);
    await expect(page.getByText(/line \d+ red/).first()).toBeVisible();
    const red = page.getByText("red", { exact: true }).first();
    const colours = await red.evaluate((word) =>
      [word, word.parentElement ?? word].map((element) => getComputedStyle(element).color),
    );
    expect(colours[0]).not.toBe(colours[1]);
    await accessible(page);
    await pictures(page, "container-logs");
  });

  await test.step("figures are drawn", async () => {
    await page.getByRole("link", { name: "Stats" }).click();
    await expect(page.locator(".chart canvas")).toHaveCount(4);
    await expect(page.getByText(/\d+ process/)).toBeVisible();
    await expect(page.locator(".chart", { hasText: "Memory" }).getByText(/^Average .+iB, at most .+iB$/)).toBeVisible();
    const choice = page.getByRole("group", { name: "How far back" });
    await expect(choice.getByRole("button", { pressed: true })).toHaveText("5 minutes");
    const past = page.waitForResponse(/\/usage_history$/);
    await choice.getByRole("button", { name: "1 day" }).click();
    await expect(choice.getByRole("button", { pressed: true })).toHaveText("1 day");
    expect(((await (await past).json()) as Past).every).toBe(60);
    await choice.getByRole("button", { name: "1 hour" }).click();
    await page.waitForTimeout(3_000);
    await accessible(page);
    await pictures(page, "container-stats");
  });

  await test.step("an engine's and the fleet's are on their pages", async () => {
    for (const [address, name] of [
      ["/engines/node1", "engine-used"],
      ["/", "fleet-used"],
    ]) {
      const chart = page.waitForResponse(/\/chart-\w+\.js$/);
      await page.goto(`${shipyard.url}${address}`);
      await chart;
      const used = page.getByRole("region", { name: "Used by containers" });
      await expect(used.locator("canvas")).toHaveCount(2);
      await expect(used.getByText(/^[\d.]+% of \d+ CPU$/)).toBeVisible({ timeout: 20_000 });
      await expect(used.getByText(/iB of .+iB$/)).toBeVisible();
      await expect(used.getByText(/^Average .+%, at most .+%$/)).toBeVisible();
      await used.getByRole("button", { name: "1 day" }).click();
      await expect(used.getByRole("button", { pressed: true })).toHaveText("1 day");
      await used.getByRole("button", { name: "1 hour" }).click();
      await accessible(page);
      await pictures(page, name ?? "");
    }
  });

  await test.step("what was before is there when the page is opened again", async () => {
    // Nobody looks at it meanwhile but to see how far it is.
    await expect(async () => {
      const past = page.waitForResponse(/\/usage_history$/);
      await page.goto(`${shipyard.url}/containers/node1/${NAME}/stats`);
      const { memory, cpu_percent: cpu, every } = (await (await past).json()) as Past;
      expect(every).toBe(5);
      expect(memory.filter((value) => value !== null && value > 0).length).toBeGreaterThan(2);
      expect(memory).toHaveLength(cpu.length);
      await page.goto("about:blank");
      await page.waitForTimeout(1_000);
    }).toPass({ timeout: 60_000 });
    await page.goto(`${shipyard.url}/containers/node1/${NAME}/stats`);
    // What was chosen last is so again.
    await expect(page.getByRole("button", { pressed: true, name: "1 hour" })).toBeVisible();
    await expect(page.locator(".chart canvas")).toHaveCount(4);
    await expect(page.locator(".chart", { hasText: "CPU" }).getByText(/^Average .+%, at most .+%$/)).toBeVisible();
  });

  await test.step("the raw answer masks values too", async () => {
    await page.getByRole("link", { name: "Inspect" }).click();
    await expect(page.getByText('"HostConfig"')).toBeVisible();
    expect(await page.content()).not.toContain("hush-hush-value");
    await accessible(page);
    await pictures(page, "container-inspect");
  });

  await test.step("what others do to it shows by itself", async () => {
    docker("node1", "pause", NAME);
    await expect(page.getByText("paused").first()).toBeVisible();
    docker("node1", "unpause", NAME);
    docker("node1", "rm", "-f", NAME);
    await expect(page.getByText("This container was removed")).toBeVisible();
  });
});

test("an engine that hangs is shown so, slows nothing, and comes back by itself", async ({ page, shipyard }) => {
  await firstSignIn(page, shipyard);
  await addEngine(page, shipyard, "node1");
  await addEngine(page, shipyard, "node3");
  const start = Date.now();
  await page.goto(`${shipyard.url}/containers`);
  await expect(page.getByRole("heading", { level: 1, name: "Containers" })).toBeVisible();
  const usual = Date.now() - start;
  await page.goto(`${shipyard.url}/`);
  await expect(page.getByText("2 of 2 engines connected")).toBeVisible();
  daemon("pause", "node3");
  try {
    await expect(page.getByText("1 of 2 engines connected")).toBeVisible({ timeout: 10_000 });
    await expect(page.getByText("node3 is unreachable")).toBeVisible();
    const began = Date.now();
    await page.goto(`${shipyard.url}/containers`);
    await expect(page.getByText(/engine does not answer/)).toBeVisible();
    // Not as long as an engine is waited for.
    expect(Date.now() - began).toBeLessThan(5_000 + 3 * usual);
    await page.goto(`${shipyard.url}/`);
    await expect(page.getByText("node3 is unreachable")).toBeVisible();
    await accessible(page);
    await pictures(page, "fleet-down");
  } finally {
    daemon("resume", "node3");
  }
  await expect(page.getByText("2 of 2 engines connected")).toBeVisible({ timeout: 40_000 });
});

// What engines send is text: names, labels, log lines and environment with markup and escape codes run nothing.
import { addEngine } from "../fixtures/engines.ts";
import { docker, sweep } from "../fixtures/lab.ts";
import { expect, firstSignIn, test } from "../fixtures/test.ts";

const NAME = "e2e-hostile";
const MARKUP = '<img src=x onerror="window.owned=1"><script>window.owned=1</script>';

test.beforeAll(() => sweep(NAME));
test.afterAll(() => sweep(NAME));

test("no script of an engine's texts runs, on any page", async ({ page, shipyard }) => {
  await firstSignIn(page, shipyard);
  await addEngine(page, shipyard, "node1");
  docker(
    "node1",
    "run",
    "-d",
    "--name",
    NAME,
    "-l",
    `com.docker.compose.project=${MARKUP}`,
    "-l",
    `</script><svg/onload=window.owned=1>=javascript:alert(1)`,
    "-e",
    `HTML=${MARKUP}`,
    "busybox:lab",
    "sh",
    "-c",
    `while true; do printf '%s\\033]8;;javascript:window.owned=1\\033\\\\link\\033]8;;\\033\\\\ \\033[31m%s\\033[0m\\r\\n' '${MARKUP}' '${MARKUP}'; sleep 1; done`,
  );
  for (const path of [
    "/",
    "/?group=stack",
    "/containers",
    `/containers/node1/${NAME}`,
    "/deploy",
    "/engines",
    "/engines/node1",
  ]) {
    await page.goto(`${shipyard.url}${path}`);
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
    await page.waitForTimeout(300);
    expect(await page.evaluate(() => "owned" in window), path).toBe(false);
  }
  await page.goto(`${shipyard.url}/containers/node1/${NAME}/logs`);
  await expect(page.getByText("<script>window.owned=1</script>").first()).toBeVisible();
  await page.goto(`${shipyard.url}/containers/node1/${NAME}/inspect`);
  await expect(page.getByText("onerror").first()).toBeVisible();
  expect(await page.evaluate(() => "owned" in window)).toBe(false);
  // The stack's hostile name is a choice of the filter, shown as it is.
  await page.goto(`${shipyard.url}/containers?q=${NAME}`);
  await expect(page.getByRole("row", { name: new RegExp(NAME) })).toContainText("<img src=x");
});

// What engines send is text: names, labels, log lines and environment with markup and escape codes run nothing.
import { addEngine } from "../fixtures/engines.ts";
import { docker, sweep } from "../fixtures/lab.ts";
import { startLiar } from "../fixtures/liar.ts";
import { asked, call } from "../fixtures/people.ts";
import { engines } from "../fixtures/standing.ts";
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

/** Every kind of page that shows what an engine says; the operation is added to them. */
const PAGES = [
  ...["/", "/?group=stack", "/?group=label", "/containers", `/containers?q=${NAME}`, "/deploy"],
  ...["", "/logs", "/stats", "/inspect"].map((tab) => `/containers/liar/${NAME}${tab}`),
  ...["/engines", "/engines/liar", "/engines/liar/edit", "/operations", "/activity", "/doctor"],
];

test("nor does a script of an engine that lies in every field run, on any page or beside an event", async ({
  page,
  shipyard,
}) => {
  const liar = await startLiar("node1");
  try {
    await firstSignIn(page, shipyard);
    const nothing = { labels: "", cpus: "", memory: "", tls: null };
    await asked(page.request, shipyard, "engine_add", { draft: { name: "liar", address: liar.url, ...nothing } });
    const mount = "--mount=type=volume,source=e2e-hostile,target=/lies";
    docker("node1", "rm", "-f", NAME);
    const id = docker("node1", "run", "-d", "--name", NAME, mount, "busybox:lab", "sleep", "3600");
    await page.goto(`${shipyard.url}/containers?q=${NAME}`);
    await expect(page.getByRole("row", { name: new RegExp(NAME) })).toContainText("lie-Image");

    // An operation that fails for the reason that the engine gives.
    liar.refuse(new RegExp(`/containers/${id}/(?:pause|stop)`));
    const [engine] = await engines(page.request, shipyard);
    const targets = [{ engine: engine?.id, id }];
    const operation = await asked<string>(page.request, shipyard, "containers_act", { verb: "pause", targets });
    await page.goto(`${shipyard.url}/operations/${operation}`);
    await expect(page.getByText("lie-refusal").first()).toBeVisible();

    const seen = new Set<string>();
    for (const path of [...PAGES, `/operations/${operation}`]) {
      await page.goto(`${shipyard.url}${path}`);
      await expect(page.getByRole("heading").first(), path).toBeVisible();
      if (path === `/containers/liar/${NAME}/inspect`)
        await expect(page.getByText(/lie-Destination/).first()).toBeVisible();
      await page.waitForTimeout(500);
      // Live changes are put into the page that is open.
      if (path === "/" || path === "/activity") {
        docker("node1", "restart", "-t", "0", NAME);
        await page.waitForTimeout(1000);
      }
      for (const [, field] of (await page.locator("body").innerText()).matchAll(/lie-(\w+)/g)) seen.add(field ?? "");
      expect(await page.evaluate(() => "owned" in window), path).toBe(false);
      expect(await page.locator('img[src="x"]').count(), path).toBe(0);
    }
    // What was put there was shown, as the text that it is.
    for (const field of ["Image", "refusal", "Destination"]) expect([...seen]).toContain(field);

    // Said at once, in a note beside what one does.
    const tried = await call(page.request, shipyard, "engine_try", {
      draft: { name: "again", address: liar.url, ...nothing },
      id: null,
    });
    expect(await tried.text()).toContain("liar");
    await page.goto(`${shipyard.url}/containers/liar/${NAME}`);
    await page.getByRole("button", { name: "Stop" }).first().click();
    await expect(page.getByText("lie-refusal").first()).toBeVisible();
    expect(await page.evaluate(() => "owned" in window)).toBe(false);
  } finally {
    docker("node1", "rm", "-f", "-v", NAME);
    docker("node1", "volume", "rm", "-f", "e2e-hostile");
    liar.stop();
  }
});

// Several people at once, each in a browser of their own, and a machine with a token: what one does shows with those who
// may see it, within a second, and nowhere else.
import type { Page } from "@playwright/test";
import { addEngine } from "../fixtures/engines.ts";
import { docker, sweep } from "../fixtures/lab.ts";
import { asked, call, everywhere, invite } from "../fixtures/people.ts";
import { accessible, expect, firstSignIn, pictures, test, watchErrors } from "../fixtures/test.ts";

const NAME = "e2e-side";
const OTHER_PASSWORD = "lantern on the north pier";

test.beforeAll(() => sweep(NAME));
test.afterAll(() => sweep(NAME));

function row(page: Page, name: string) {
  return page.getByRole("row", { name: new RegExp(name) });
}

test("two people with different pools, a viewer and a token, side by side", async ({ page, shipyard, browser }) => {
  await firstSignIn(page, shipyard);
  for (const node of ["node1", "node2", "node3"] as const) await addEngine(page, shipyard, node);
  const pool = (name: string, value: string, policy: string) => ({
    pool: {
      name,
      engines: [{ key: "zone", value }],
      quota: { cpus: null, memory: null, containers: null },
      profile: null,
      policy,
    },
  });
  await asked(page.request, shipyard, "pool_put", pool("side-a", "a", ""));
  await asked(page.request, shipyard, "pool_put", pool("side-b", "b", 'most_memory = "64m"\n'));
  const people = await Promise.all(
    [0, 1, 2].map(async () => {
      const context = await browser.newContext({ reducedMotion: "reduce", viewport: { width: 1440, height: 1000 } });
      const person = await context.newPage();
      return { person, errors: watchErrors(person) };
    }),
  );
  const [ann, bob, vera] = people.map(({ person }) => person) as [Page, Page, Page];
  const on = (role: string, name: string) => [{ role, pool: name, narrow: null }];
  await invite(page.request, ann, shipyard, "ann", OTHER_PASSWORD, on("operator", "side-a"));
  await invite(page.request, bob, shipyard, "bob", OTHER_PASSWORD, on("deployer", "side-b"));
  await invite(page.request, vera, shipyard, "vera", OTHER_PASSWORD, [everywhere("viewer")]);
  const { text: token } = await asked<{ text: string }>(ann.request, shipyard, "token_create", {
    new: { description: "robot", grants: on("operator", "side-a"), days: 1 },
  });
  for (const person of [ann, bob, vera]) await person.goto(`${shipyard.url}/containers?q=${NAME}`);

  await test.step("what plain docker starts shows with those whose pool it is, without a reload", async () => {
    docker("node1", "run", "-d", "--stop-signal", "KILL", "--name", `${NAME}-a`, "busybox:lab", "sleep", "3600");
    docker("node3", "run", "-d", "--name", `${NAME}-b`, "busybox:lab", "sleep", "3600");
    await expect(row(ann, `${NAME}-a`)).toBeVisible();
    await expect(row(bob, `${NAME}-b`)).toBeVisible();
    await expect(row(vera, `${NAME}-a`)).toBeVisible();
    await expect(row(vera, `${NAME}-b`)).toBeVisible();
    await expect(row(ann, `${NAME}-b`)).toHaveCount(0);
    await expect(row(bob, `${NAME}-a`)).toHaveCount(0);
  });

  await test.step("one stops a container; another sees it end, and may not start it", async () => {
    await row(ann, `${NAME}-a`)
      .getByRole("button", { name: /^Actions/ })
      .click();
    await ann.getByRole("button", { name: "Stop", exact: true }).click();
    await expect(row(vera, `${NAME}-a`)).toContainText("exited");
    await row(vera, `${NAME}-a`)
      .getByRole("button", { name: /^Actions/ })
      .click();
    await expect(vera.getByRole("link", { name: "Logs" })).toBeVisible();
    await expect(vera.getByRole("button", { name: "Start", exact: true })).toHaveCount(0);
  });

  await test.step("a token does what its owner may, where they may", async () => {
    const machine = (name: string, data: object) =>
      fetch(`${shipyard.url}/api/fn/${name}`, {
        method: "POST",
        headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
        body: JSON.stringify(data),
      });
    const detail = (engine: string, name: string) => machine("container_detail", { engine, name, reveal: false });
    expect((await detail("node1", `${NAME}-a`)).status).toBe(200);
    expect((await detail("node3", `${NAME}-b`)).status).toBe(404);
    expect((await machine("token_create", { new: { description: "x", grants: [], days: 1 } })).status).toBe(403);
    const metrics = await fetch(`${shipyard.url}/metrics`, { headers: { authorization: `Bearer ${token}` } });
    const text = await metrics.text();
    expect(text).toContain('shipyard_engine_up{engine="node1"}');
    expect(text).not.toContain("node3");
  });

  await test.step("the plan says what a pool's policy adds and refuses, beside the field", async () => {
    await bob.goto(`${shipyard.url}/deploy`);
    await bob.getByLabel("Image", { exact: true }).fill("busybox:lab");
    await bob.getByLabel("Name", { exact: true }).first().fill(`${NAME}-deploy`);
    await bob.getByLabel("Command", { exact: true }).fill("sleep 3600");
    await bob.getByLabel("Memory", { exact: true }).fill("128m");
    await expect(bob.getByText("rule memory-most")).toBeVisible();
    await expect(bob.getByText("Added by policy: you deploy with the profile restricted")).toBeVisible();
    await bob.getByText("Added by policy").click();
    await expect(bob.getByText("--cap-drop ALL")).toBeVisible();
    await expect(bob.locator(".where")).not.toContainText("node1");
    await accessible(bob);
    await pictures(bob, "side-deploy");
  });

  await test.step("each reads what they did themselves", async () => {
    for (const person of [ann, bob, vera]) await person.goto(`${shipyard.url}/activity`);
    await expect(ann.getByText(`Stop ${NAME}-a`)).toBeVisible();
    await expect(ann.getByText("Make the token robot")).toBeVisible();
    await expect(ann.getByRole("main").getByText("admin", { exact: true })).toHaveCount(0);
    await expect(bob.getByText(`Stop ${NAME}-a`)).toHaveCount(0);
    await expect(vera.getByText("Here is what you did yourself")).toBeVisible();
    await accessible(ann);
    await pictures(ann, "side-activity");
    const all = await asked<{ records: { actor: { account: string } }[] }>(page.request, shipyard, "activity", {
      query: {
        text: "",
        account: "",
        action: "",
        engine: "",
        from: null,
        to: null,
        refused: false,
        before: null,
        limit: 0,
      },
    });
    const accounts = new Set(all.records.map((record) => record.actor.account));
    for (const account of ["admin", "ann", "bob", "vera"]) expect(accounts).toContain(account);
  });

  await test.step("a look that one chooses goes with the account", async () => {
    await vera.goto(`${shipyard.url}/settings`);
    await vera.getByText("Dark", { exact: true }).click();
    await expect(vera.locator("html")).toHaveAttribute("data-theme", "dark");
    await vera.getByText("Français", { exact: true }).click();
    await expect(vera.getByRole("heading", { level: 1, name: "Réglages" })).toBeVisible();
    const next = await (await browser.newContext()).newPage();
    await next.goto(`${shipyard.url}/login`);
    await next.getByLabel("Account").fill("vera");
    await next.getByLabel("Password").fill(OTHER_PASSWORD);
    await next.getByRole("button", { name: "Sign in", exact: true }).click();
    await expect(next.getByRole("link", { name: /^Conteneurs/ }).first()).toBeVisible();
    await expect(next.locator("html")).toHaveAttribute("data-theme", "dark");
    await next.context().close();
  });

  await test.step("what is taken away is gone from an open page within a second, and the token with it", async () => {
    await ann.goto(`${shipyard.url}/containers?q=${NAME}`);
    await expect(row(ann, `${NAME}-a`)).toBeVisible();
    await asked(page.request, shipyard, "account_disable", { name: "ann", disabled: true });
    await expect(ann).toHaveURL(/\/login/);
    const refused = await fetch(`${shipyard.url}/metrics`, { headers: { authorization: `Bearer ${token}` } });
    expect(refused.status).toBe(401);
    expect((await call(bob.request, shipyard, "own", {})).status()).toBe(200);
  });

  for (const { person, errors } of people) {
    expect(errors).toEqual([]);
    await person.context().close();
  }
});

// Change without fear: what runs is scaled, edited, put back and moved away, each time with a plan first, and what the page says
// is what the engines say.
import type { Locator, Page } from "@playwright/test";
import { addEngine } from "../fixtures/engines.ts";
import { docker, NODES, type Node, sweep } from "../fixtures/lab.ts";
import { accessible, expect, firstSignIn, pictures, test } from "../fixtures/test.ts";

const NAME = "e2e-change";

test.beforeAll(() => sweep(NAME));
test.afterAll(() => sweep(NAME));

/** Names of our containers on each engine, as it tells them. */
function names(): Record<Node, string[]> {
  const of = (node: Node) =>
    docker(node, "ps", "-a", "--filter", `name=^/${NAME}`, "--format", "{{.Names}}")
      .split("\n")
      .filter((name) => name !== "")
      .sort();
  return { node1: of("node1"), node2: of("node2"), node3: of("node3") };
}

/** The engine that a copy is on. */
function engineOf(name: string): Node {
  const found = NODES.find((node) => names()[node].includes(name));
  if (!found) throw new Error(`${name} is nowhere`);
  return found;
}

/** What an engine says of a container. */
function inspect(node: Node, name: string, format: string): string {
  return docker(node, "inspect", "--format", format, name);
}

/** Waits until the operation that the page went to has ended well. */
async function ended(page: Page, count: string): Promise<void> {
  await expect(page).toHaveURL(/\/operations\//);
  await expect(page.locator("h1 + [role=status]")).toHaveText("done", { timeout: 60_000 });
  await expect(page.getByText(count, { exact: true })).toBeVisible();
}

/** Opens one of the container's changes from its page. */
async function choose(page: Page, name: string, what: string): Promise<Locator> {
  await page.getByRole("button", { name: `Change ${name}` }).click();
  await page.getByRole("link", { name: what }).click();
  return page.getByRole("dialog");
}

test("a deploy is scaled, edited, put back and drained", async ({ page, shipyard }) => {
  await firstSignIn(page, shipyard);
  for (const node of NODES) await addEngine(page, shipyard, node);

  await test.step("two copies, with their plan", async () => {
    await page.goto(`${shipyard.url}/deploy`);
    await page.getByLabel("Image", { exact: true }).fill("busybox:lab");
    await page.getByLabel("Name", { exact: true }).first().fill(NAME);
    await page.getByLabel("Command", { exact: true }).fill("sleep 3600");
    await page.getByLabel("Copies", { exact: true }).fill("2");
    await page.getByLabel("Memory", { exact: true }).fill("16m");
    const plan = page.locator("section", { has: page.getByRole("heading", { name: "Where it will run" }) });
    await expect(plan).toContainText(`${NAME}-2`);
    await page.getByRole("button", { name: "Deploy 2 containers" }).click();
    await ended(page, "2 of 2");
    expect(Object.values(names()).flat()).toHaveLength(2);
  });

  const first = `${NAME}-1`;
  const home = engineOf(first);

  await test.step("scaled up: the plan says where the further ones go", async () => {
    await page.goto(`${shipyard.url}/containers/${home}/${first}`);
    const dialog = await choose(page, first, "Scale…");
    await expect(dialog).toContainText(`There are 2 containers like ${first}.`);
    const wanted = dialog.getByLabel("Wanted number");
    await expect(wanted).toHaveValue("2");
    await expect(dialog.getByRole("button", { name: "Scale to 2" })).toBeDisabled();
    await wanted.fill("0");
    await expect(dialog).toContainText("At least one container stays");
    await wanted.fill("4");
    await expect(dialog).toContainText("2 containers are added");
    await expect(dialog).toContainText(`${NAME}-3`);
    await expect(dialog).toContainText(`${NAME}-4`);
    await accessible(page);
    await pictures(page, "change-scale-up");
    await dialog.getByRole("button", { name: "Scale to 4" }).click();
    await ended(page, "2 of 2");
    await expect(page.getByRole("heading", { level: 1, name: `Scale ${first} to 4` })).toBeVisible();
    await accessible(page);
    await pictures(page, "change-scaled");
    expect(Object.values(names()).flat()).toHaveLength(4);
  });

  await test.step("scaled down from the table: the plan names those that go, and never the one it is asked of", async () => {
    await page.goto(`${shipyard.url}/containers?q=${NAME}`);
    const row = page.getByRole("row", { name: new RegExp(first) });
    await row.getByRole("button", { name: `Actions for ${first}` }).click();
    await page.getByRole("link", { name: "Scale…" }).click();
    const dialog = page.getByRole("dialog");
    await expect(dialog.getByLabel("Wanted number")).toHaveValue("4");
    await dialog.getByLabel("Wanted number").fill("3");
    await expect(dialog).toContainText("One container is removed");
    await expect(dialog.getByRole("listitem")).toHaveCount(1);
    await accessible(page);
    await pictures(page, "change-scale-down");
    await page.keyboard.press("Escape");
    await expect(dialog).toBeHidden();
    await expect(page).toHaveURL(new RegExp(`/containers/${home}/${first}$`));
    expect(Object.values(names()).flat()).toHaveLength(4);
    await page.goto(`${shipyard.url}/containers/${home}/${first}?do=scale`);
    await expect(dialog.getByLabel("Wanted number")).toHaveValue("4");
    await dialog.getByLabel("Wanted number").fill("3");
    await dialog.getByRole("button", { name: "Scale to 3" }).click();
    await ended(page, "1 of 1");
    const left = Object.values(names()).flat();
    expect(left).toHaveLength(3);
    expect(left).toContain(first);
  });

  await test.step("edited: what differs stands beside the form, and what needs no new container is done in place", async () => {
    await page.goto(`${shipyard.url}/containers/${home}/${first}`);
    const before = inspect(home, first, "{{.Id}}");
    await page.getByRole("button", { name: `Change ${first}` }).click();
    await page.getByRole("link", { name: "Edit…" }).click();
    await expect(page).toHaveURL(new RegExp(`/containers/${home}/${first}/edit$`));
    const plan = page.locator("section", { has: page.getByRole("heading", { name: "What will happen" }) });
    const apply = page.getByRole("button", { name: "Apply" });
    await expect(page.getByText("Nothing differs yet.")).toBeVisible();
    await expect(apply).toHaveAttribute("aria-disabled", "true");
    await page.getByLabel("Memory", { exact: true }).fill("24m");
    await expect(plan).toContainText("is changed while it runs");
    await expect(plan.locator("del")).toContainText("16 MiB");
    await expect(plan.locator("ins")).toContainText("24 MiB");
    await apply.click();
    await ended(page, "1 of 1");
    expect(inspect(home, first, "{{.Id}} {{.HostConfig.Memory}}")).toBe(`${before} ${24 * 1024 * 1024}`);
  });

  await test.step("edited so that a new one takes its place: the plan says for how long it is away", async () => {
    await page.goto(`${shipyard.url}/containers/${home}/${first}/edit`);
    const plan = page.locator("section", { has: page.getByRole("heading", { name: "What will happen" }) });
    await page.getByLabel("Memory", { exact: true }).fill("1k");
    await expect(
      page
        .getByRole("alert")
        .filter({ hasText: /memory/i })
        .first(),
    ).toBeVisible();
    await page.getByLabel("Memory", { exact: true }).fill("24m");
    await page.getByLabel("Command", { exact: true }).fill("sleep 7200");
    await expect(plan).toContainText("is made anew, and is away for up to");
    await expect(plan.locator("ins")).toContainText("7200");
    await accessible(page);
    await pictures(page, "change-edit");
    const before = inspect(home, first, "{{.Id}}");
    await page.getByRole("button", { name: "Apply" }).click();
    await ended(page, "1 of 1");
    expect(inspect(home, first, "{{.Id}}")).not.toBe(before);
    expect(inspect(home, first, "{{json .Config.Cmd}} {{.State.Status}}")).toBe('["sleep","7200"] running');
    expect(Object.values(names()).flat(), "nothing is left over").toHaveLength(3);
  });

  await test.step("its history says what was, and one press leads back", async () => {
    await page.goto(`${shipyard.url}/containers/${home}/${first}`);
    await page
      .getByRole("navigation", { name: "Sections of the container" })
      .getByRole("link", { name: "History" })
      .click();
    const entries = page.locator(".history > li");
    await expect(entries.first()).toContainText("Changed by admin");
    await expect(entries.first()).toContainText("now");
    await expect(page.getByRole("heading", { name: "Compare two" })).toBeVisible();
    await accessible(page);
    await pictures(page, "change-history");
    await entries
      .nth(1)
      .getByRole("button", { name: /Go back to/ })
      .click();
    const dialog = page.getByRole("dialog");
    await expect(dialog).toContainText("is made anew");
    await expect(dialog.locator("ins")).toContainText("3600");
    await accessible(page);
    await dialog.getByRole("button", { name: /Go back to/ }).click();
    await ended(page, "1 of 1");
    expect(inspect(home, first, "{{json .Config.Cmd}}")).toBe('["sleep","3600"]');
  });

  await test.step("an update of the image goes over all copies, one at a time", async () => {
    await page.goto(`${shipyard.url}/containers/${home}/${first}`);
    const dialog = await choose(page, first, "Update image…");
    await expect(dialog.getByLabel("Image", { exact: true })).toHaveValue("busybox:lab");
    await dialog.getByLabel(/All 3 copies/).check();
    await expect(dialog.getByLabel("At once")).toHaveValue("1");
    await accessible(page);
    await pictures(page, "change-update");
    await page.keyboard.press("Escape");
  });

  await test.step("drained: its engine is empty, and what was there runs elsewhere", async () => {
    await page.goto(`${shipyard.url}/engines/${home}`);
    await page.getByRole("button", { name: "Drain…" }).click();
    const dialog = page.getByRole("dialog");
    await expect(dialog).toContainText(first);
    await accessible(page);
    await dialog.getByRole("button", { name: "Drain", exact: true }).click();
    await expect(page).toHaveURL(/\/operations\//);
    await expect(page.locator("h1 + [role=status]")).toHaveText("done", { timeout: 60_000 });
    expect(names()[home]).toEqual([]);
    expect(Object.values(names()).flat()).toHaveLength(3);
    await page.goto(`${shipyard.url}/engines/${home}`);
    await page.getByRole("button", { name: "Take back" }).click();
    await expect(page.getByText(`Engine ${home} takes new containers again`)).toBeVisible();
  });
});

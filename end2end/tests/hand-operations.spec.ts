// Work that takes long, seen while it goes on: layers of a pull, a cancel in the middle, and what was done by then.
import type { Page } from "@playwright/test";
import { addEngine } from "../fixtures/engines.ts";
import { docker, type Node, sweep } from "../fixtures/lab.ts";
import { forgetLayers, type SlowRegistry, slowRegistry } from "../fixtures/slow-registry.ts";
import { accessible, expect, firstSignIn, pictures, test } from "../fixtures/test.ts";

const NAME = "hand-work";

test.beforeAll(() => sweep(NAME));
test.afterEach(() => {
  sweep(NAME);
  forgetLayers();
});

/** What the operation's page says of each target, by the target's name. */
async function words(page: Page): Promise<Record<string, string>> {
  const lines = await page.locator(".targets > li").allInnerTexts();
  return Object.fromEntries(lines.map((line) => line.trim().split(/\s*\n\s*/, 2) as [string, string]));
}

/** What an engine says of our containers, by name: `running`, `exited`. */
function states(node: Node): Record<string, string> {
  const lines = docker(node, "ps", "-a", "--filter", `name=^/${NAME}`, "--format", "{{.Names}} {{.State}}");
  return Object.fromEntries(lines.split("\n").map((line) => line.split(" ", 2) as [string, string]));
}

test("stopping many is cancelled: the page says which were stopped and which were not", async ({ page, shipyard }) => {
  await firstSignIn(page, shipyard);
  await addEngine(page, shipyard, "node1");
  await addEngine(page, shipyard, "node2");
  // A first process without a handler does not hear TERM: each stop takes the whole time that the container asks for,
  // and an engine is given four at once, so that two of the six have to wait.
  for (let copy = 1; copy <= 6; copy++)
    docker(
      "node1",
      "run",
      "-d",
      "--name",
      `${NAME}-slow-${copy}`,
      "--stop-timeout",
      "30",
      "busybox:lab",
      "sleep",
      "3600",
    );
  docker("node2", "run", "-d", "--init", "--name", `${NAME}-quick`, "busybox:lab", "sleep", "3600");

  await page.goto(`${shipyard.url}/containers?q=${NAME}`);
  await expect(page.locator("tbody tr")).toHaveCount(7);
  await page.getByLabel("Select all rows").check();
  await page.getByRole("toolbar").getByRole("button", { name: "Stop", exact: true }).click();
  const note = page.locator(".toast.act");
  await note.getByRole("link", { name: "Details" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Stop 7 containers" })).toBeVisible();

  await test.step("while it goes on, each target has its word", async () => {
    await expect.poll(async () => (await words(page))[`${NAME}-quick`]).toBe("done");
    const all = Object.values(await words(page)).sort();
    expect(all).toEqual(["done", "waiting", "waiting", "working", "working", "working", "working"]);
    await expect(page.getByText("1 of 7", { exact: true })).toBeVisible();
  });

  await test.step("a cancel is said at once, and what has begun is seen to its end", async () => {
    await page.getByRole("button", { name: "Cancel" }).click();
    await expect(page.getByRole("button", { name: "cancelling" })).toBeDisabled();
    await pictures(page, "hand-operation-cancelling");
    await expect(page.locator("h1 + [role=status]")).toHaveText("cancelled", { timeout: 80_000 });
    await expect(page.getByRole("button", { name: /cancel/i })).toHaveCount(0);
    await expect(page.getByText("5 of 7", { exact: true })).toBeVisible();
  });

  await test.step("what is said of each is what each engine says", async () => {
    const said = await words(page);
    expect(Object.values(said).filter((word) => word === "cancelled")).toHaveLength(2);
    for (const [name, state] of Object.entries({ ...states("node1"), ...states("node2") }))
      expect(said[name], name).toBe(state === "running" ? "cancelled" : "done");
    await accessible(page);
    await pictures(page, "hand-operation-cancelled");
  });

  await test.step("the note says it on other pages, waits for nothing more, and stays until it is closed", async () => {
    await expect(note, "on its own page it would only lie over the buttons").toBeHidden();
    await page.getByRole("link", { name: /^Engines/ }).click();
    await expect(note).toContainText("Stopped 5 of 7");
    await expect(note.locator(".spinner")).toHaveCount(0);
    await pictures(page, "hand-note-cancelled");
    await note.getByRole("link", { name: "Details" }).click();
    await expect(page.getByRole("heading", { level: 1, name: "Stop 7 containers" })).toBeVisible();
  });

  await test.step("after a reload it is still said", async () => {
    const before = await words(page);
    await page.reload();
    await expect.poll(() => words(page)).toEqual(before);
    await page.goto(`${shipyard.url}/operations`);
    await expect(page.getByRole("row", { name: /Stop 7 containers/ })).toContainText("cancelled");
  });
});

test.describe("a pull", () => {
  let registry: SlowRegistry;

  test.beforeEach(async () => {
    forgetLayers();
    registry = await slowRegistry();
  });
  test.afterEach(() => registry.close());

  /** Fills the form for copies of the slow image on two engines, and deploys them. */
  async function deploy(page: Page, copies: number): Promise<void> {
    await page.getByLabel("Image", { exact: true }).fill(registry.image);
    await page.getByLabel("Name", { exact: true }).first().fill(NAME);
    await page.getByLabel("Command", { exact: true }).fill("sleep 3600");
    await page.getByLabel("Copies", { exact: true }).fill(String(copies));
    await page.getByRole("button", { name: `Deploy ${copies} containers` }).click();
    await expect(page).toHaveURL(/\/operations\//);
  }

  test("shows its layers and how far they are, and ends well", async ({ page, shipyard }) => {
    await firstSignIn(page, shipyard);
    await addEngine(page, shipyard, "node2");
    await page.goto(`${shipyard.url}/deploy`);
    await deploy(page, 2);
    const layers = page.locator(".layers li");

    await test.step("in the middle: layers on their way, and others that wait", async () => {
      await expect
        .poll(async () => Object.values(await words(page)))
        .toEqual(["pulling the image", "pulling the image"]);
      await expect(page.getByText(/^[5-7] layers/)).toBeVisible();
      await expect(layers.filter({ hasText: "Downloading" }).first()).toBeVisible();
      // Docker loads three at once.
      await expect(layers.filter({ hasText: "Waiting" }).first()).toBeVisible();
      const bar = layers.filter({ hasText: "Downloading" }).first().getByRole("img");
      const share = async () => Number(/: (\d+)%$/.exec((await bar.getAttribute("aria-label")) ?? "")?.[1]);
      await expect.poll(share).toBeGreaterThan(0);
      expect(await share()).toBeLessThan(60);
      await expect(page.getByText("0 of 2", { exact: true })).toBeVisible();
      await accessible(page);
      await pictures(page, "hand-pull");
    });

    await test.step("to its end, with the layers still to be read", async () => {
      registry.letGo();
      await expect(page.getByText("2 of 2", { exact: true })).toBeVisible({ timeout: 60_000 });
      await expect.poll(async () => Object.values(await words(page))).toEqual(["done", "done"]);
      await expect(layers.filter({ hasText: /Downloading|Waiting|Extracting/ })).toHaveCount(0);
      await expect(layers.filter({ hasText: /Pull complete|Already exists/ })).toHaveCount(await layers.count());
      expect(Object.values(states("node2"))).toEqual(["running", "running"]);
      await pictures(page, "hand-pulled");
    });
  });

  test("that is cancelled leaves what was made, and says what was not", async ({ page, shipyard }) => {
    // The first engine has the image by this name already, so its copy is there long before the second engine's.
    docker("node1", "tag", "busybox:lab", registry.image);
    await firstSignIn(page, shipyard);
    await addEngine(page, shipyard, "node1");
    await addEngine(page, shipyard, "node2");
    await page.goto(`${shipyard.url}/deploy`);
    await page.getByText("One on each engine", { exact: true }).click();
    await page.getByLabel("Image", { exact: true }).fill(registry.image);
    await page.getByLabel("Name", { exact: true }).first().fill(NAME);
    await page.getByLabel("Command", { exact: true }).fill("sleep 3600");
    await page.getByRole("button", { name: "Deploy 2 containers" }).click();
    await expect.poll(async () => Object.values(await words(page))).toEqual(["done", "pulling the image"]);
    await expect(page.locator(".layers li").filter({ hasText: "Downloading" }).first()).toBeVisible();

    // Three of the five at once; the others are to come.
    await expect.poll(() => registry.layers()).toEqual({ asked: 3, loading: 3 });
    await page.getByRole("button", { name: "Cancel" }).click();
    await expect(page.locator("h1 + [role=status]")).toHaveText("cancelled");
    expect(Object.values(await words(page))).toEqual(["done", "cancelled"]);
    expect(Object.values(states("node1"))).toEqual(["running"]);
    expect(docker("node2", "ps", "-aq", "--filter", `name=^/${NAME}`)).toBe("");
    await accessible(page);
    await pictures(page, "hand-pull-cancelled");
    // The engine itself has given the pull up by now: what it was in the middle of comes to its end, layers that waited for
    // their turn may still be asked for, and no image is made of them.
    registry.letGo();
    let asked = 0;
    const rests = () => {
      const now = registry.layers();
      const rest = now.loading === 0 && now.asked === asked;
      asked = now.asked;
      return rest;
    };
    await expect.poll(rests, { intervals: [2000] }).toBe(true);
    expect(docker("node2", "images", "-q", registry.image)).toBe("");
  });
});

test("removing more than five asks for their number, and nothing else removes them", async ({ page, shipyard }) => {
  await firstSignIn(page, shipyard);
  await addEngine(page, shipyard, "node2");
  for (let copy = 1; copy <= 6; copy++) docker("node2", "create", "--name", `${NAME}-${copy}`, "busybox:lab", "true");
  await page.goto(`${shipyard.url}/containers?q=${NAME}`);
  await expect(page.locator("tbody tr")).toHaveCount(6);
  await page.getByLabel("Select all rows").check();
  await page.getByRole("toolbar").getByRole("button", { name: "Remove…" }).click();
  const dialog = page.getByRole("dialog");
  const number = dialog.getByLabel("Type 6 to confirm");
  const remove = dialog.getByRole("button", { name: "Remove 6 containers" });

  await test.step("all are named, and nothing is ready to be pressed", async () => {
    await expect(dialog.getByRole("listitem")).toHaveCount(6);
    await expect(remove).toBeDisabled();
    await accessible(page);
    await pictures(page, "hand-remove-six");
  });

  await test.step("wrong numbers do nothing, also by Enter", async () => {
    for (const wrong of ["5", "66", "six", "06", " "]) {
      await number.fill(wrong);
      await expect(remove).toBeDisabled();
      await number.press("Enter");
      await expect(dialog).toBeVisible();
    }
    await expect(page.locator(".toast.act")).toHaveCount(0);
    expect(Object.keys(states("node2"))).toHaveLength(6);
  });

  await test.step("asked again, the number is to be typed again", async () => {
    await number.fill("6");
    await expect(remove).toBeEnabled();
    await page.keyboard.press("Escape");
    await expect(dialog).toHaveCount(0);
    expect(Object.keys(states("node2"))).toHaveLength(6);
    await page.getByRole("toolbar").getByRole("button", { name: "Remove…" }).click();
    await expect(number).toHaveValue("");
    await expect(remove).toBeDisabled();
  });

  await test.step("the right number removes them", async () => {
    await number.fill("6");
    await number.press("Enter");
    await expect(page.getByText("Removed 6 of 6")).toBeVisible({ timeout: 30_000 });
    await expect(page.locator("tbody tr")).toHaveCount(0);
    expect(docker("node2", "ps", "-aq", "--filter", `name=^/${NAME}`)).toBe("");
  });
});

// The live log under a reader's hands: held back and let go on, searched, coloured, saved, and still true after all that.
import { readFileSync } from "node:fs";
import type { Locator, Page, WebSocketRoute } from "@playwright/test";
import { addEngine } from "../fixtures/engines.ts";
import { docker, sweep } from "../fixtures/lab.ts";
import { accessible, expect, firstSignIn, pictures, test } from "../fixtures/test.ts";

const NAME = "hand-log";

test.beforeAll(() => sweep(NAME));
test.afterEach(() => sweep(NAME));

/** Writes a numbered line five times a second: its number, then a word in green, bright red or 24 bits of colour. */
const WRITER = `i=0; while true; do i=$((i+1)); case $((i%3)) in
0) c=32; w=calm;; 1) c='1;31'; w=alarm;; 2) c='38;2;200;120;0'; w=amber;; esac
printf "line %s \\033[%sm%s\\033[0m end\\n" $i "$c" $w; sleep 0.2; done`;

/** The numbers of the lines on the page, in its order. */
async function numbers(page: Page): Promise<number[]> {
  const lines = await page.getByRole("log").locator(".t").allTextContents();
  return lines.map((line) => Number(/^line (\d+) /.exec(line)?.[1]));
}

/** The log's own button: the container's, which freezes the container, stands above it. */
function pause(page: Page): Locator {
  return page.locator(".logs").getByRole("button", { name: /^Pause/ });
}

async function newest(page: Page): Promise<number> {
  return (await numbers(page)).at(-1) ?? 0;
}

/** 1, 2, 3 and so on: nothing is missing, doubled or out of its place. */
function whole(lines: number[]): void {
  expect(lines).toEqual(lines.map((_, at) => at + 1));
}

test("a log that is read: paused, searched, coloured and saved", async ({ page, shipyard }) => {
  await firstSignIn(page, shipyard);
  await addEngine(page, shipyard, "node1");
  docker("node1", "run", "-d", "--name", NAME, "busybox:lab", "sh", "-c", WRITER);
  await page.goto(`${shipyard.url}/containers/node1/${NAME}/logs`);
  await expect.poll(() => newest(page)).toBeGreaterThan(5);

  await test.step("each of the three colours is drawn, and differs from the text and from the others", async () => {
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      const colour = (text: string) =>
        page
          .getByRole("log")
          .getByText(text, { exact: true })
          .first()
          .evaluate((it) => getComputedStyle(it).color);
      const line = page.getByRole("log").locator(".t").first();
      const plain = await line.evaluate((it) => getComputedStyle(it).color);
      const drawn = [await colour("calm"), await colour("alarm"), await colour("amber")];
      expect(new Set([plain, ...drawn]).size, `${colorScheme}: ${plain}, ${drawn}`).toBe(4);
      // Whatever is done to a colour so that it can be read, its kind stays: amber is more red than green than blue.
      const [red = 0, green = 0, blue = 0] = await page.evaluate(
        (colour) => {
          const pixel = document.createElement("canvas").getContext("2d");
          if (!pixel) return [];
          pixel.fillStyle = colour;
          pixel.fillRect(0, 0, 1, 1);
          return [...pixel.getImageData(0, 0, 1, 1).data];
        },
        await colour("amber"),
      );
      expect(red > green && green > blue, `${colorScheme}: ${red} ${green} ${blue}`).toBe(true);
    }
    await page.emulateMedia({ colorScheme: "light" });
  });

  await test.step("paused, the view stays while lines go on arriving; resumed, none is missing", async () => {
    await pause(page).click();
    const go = page.getByRole("button", { name: "Continue" });
    await expect(go).toHaveAttribute("aria-pressed", "true");
    const held = await newest(page);
    // What the container wrote meanwhile is known from the engine itself.
    await expect.poll(() => docker("node1", "logs", NAME).split("\n").length).toBeGreaterThan(held + 10);
    expect(await newest(page)).toBe(held);
    await expect(page.locator(".logs").getByText(/^\d+ new lines$/)).toBeVisible();
    await accessible(page);
    await pictures(page, "hand-log-paused");
    expect(await newest(page)).toBe(held);
    await go.click();
    await expect.poll(() => newest(page)).toBeGreaterThan(held + 10);
    await expect(pause(page)).toHaveAttribute("aria-pressed", "false");
    whole(await numbers(page));
  });

  await test.step("the filter keeps the lines that hold a word, marks it, and lets new ones through", async () => {
    await page.keyboard.press("/");
    const filter = page.getByLabel("Filter lines…");
    await expect(filter).toBeFocused();
    await page.keyboard.type("alarm");
    const lines = page.getByRole("log").locator(".t");
    await expect(lines.filter({ hasNotText: "alarm" })).toHaveCount(0);
    await expect(lines.first().locator("mark")).toHaveText("alarm");
    const before = await lines.count();
    await expect.poll(() => lines.count()).toBeGreaterThan(before);
    await accessible(page);
    await pictures(page, "hand-log-filter");
    await filter.fill("no line has this");
    await expect(lines).toHaveCount(0);
    await filter.fill("");
    await expect.poll(async () => (await numbers(page)).length).toBeGreaterThan(before);
    whole(await numbers(page));
  });

  await test.step("a reader who scrolls up stays there, and goes back to the end by a button", async () => {
    await expect
      .poll(() => page.getByRole("log").evaluate((log) => log.scrollHeight - log.clientHeight))
      .toBeGreaterThan(200);
    await page.getByRole("log").hover();
    const back = page.getByRole("button", { name: /^(Follow|\d+ new lines?)$/ });
    // A line that comes in the same moment is followed to the end; whoever wants to read turns the wheel again.
    await expect(async () => {
      await page.mouse.wheel(0, -5_000);
      await expect(back).toHaveText(/new lines/, { timeout: 3_000 });
    }).toPass({ timeout: 15_000 });
    expect(await page.getByRole("log").evaluate((log) => log.scrollTop)).toBe(0);
    await pictures(page, "hand-log-scrolled");
    await back.click();
    await expect(back).toHaveCount(0);
    const last = page.getByRole("log").locator(".t").last();
    await expect(last).toBeInViewport();
  });

  await test.step("the file has the lines, in order, without colour codes", async () => {
    const saved = page.waitForEvent("download");
    await page.getByRole("button", { name: "Download" }).click();
    const file = await saved;
    expect(file.suggestedFilename()).toBe(`${NAME}.log`);
    const text = readFileSync(await file.path(), "utf8");
    expect(text).not.toContain("\u001b");
    const lines = text.trimEnd().split("\n");
    for (const line of lines) expect(line).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z line \d+ (calm|alarm|amber) end$/);
    whole(lines.map((line) => Number(/ line (\d+) /.exec(line)?.[1])));
    expect(lines.length).toBeGreaterThan(20);
  });
});

test("a log held back while its connection is lost has no line twice", async ({ page, shipyard }) => {
  await firstSignIn(page, shipyard);
  await addEngine(page, shipyard, "node1");
  docker("node1", "run", "-d", "--name", NAME, "busybox:lab", "sh", "-c", WRITER);
  // Stands between page and server as a proxy would, and cuts the log's connection, which the page then opens again.
  const connections: WebSocketRoute[] = [];
  await page.routeWebSocket(/\/socket\/logs/, (connection) => {
    connection.connectToServer();
    connections.push(connection);
  });
  await page.goto(`${shipyard.url}/containers/node1/${NAME}/logs`);
  await expect.poll(() => newest(page)).toBeGreaterThan(5);
  await pause(page).click();
  const held = await newest(page);
  const written = () => docker("node1", "logs", NAME).split("\n").length;
  await expect.poll(written).toBeGreaterThan(held + 10);
  await connections[0]?.close({ code: 1012 });
  await expect.poll(() => connections.length).toBe(2);
  const then = written();
  await expect.poll(written).toBeGreaterThan(then + 10);
  await page.getByRole("button", { name: "Continue" }).click();
  await expect.poll(() => newest(page)).toBeGreaterThan(then + 10);
  whole(await numbers(page));
});

test("a page that was offline has each line once when it is back", async ({ page, context, shipyard }) => {
  await firstSignIn(page, shipyard);
  await addEngine(page, shipyard, "node1");
  docker("node1", "run", "-d", "--name", NAME, "busybox:lab", "sh", "-c", WRITER);
  const connections: WebSocketRoute[] = [];
  await page.routeWebSocket(/\/socket\/(logs|live)/, (connection) => {
    connection.connectToServer();
    connections.push(connection);
  });
  await page.goto(`${shipyard.url}/containers/node1/${NAME}/logs`);
  await expect.poll(() => newest(page)).toBeGreaterThan(5);
  const written = () => docker("node1", "logs", NAME).split("\n").length;
  for (const _ of ["once", "and again"]) {
    await context.setOffline(true);
    for (const connection of connections.splice(0)) await connection.close({ code: 1012 });
    await expect(page.getByText(/Connection lost/).first()).toBeVisible();
    // What was told stays on the screen, and the log goes on.
    const seen = await newest(page);
    expect(seen).toBeGreaterThan(5);
    await expect.poll(written).toBeGreaterThan(seen + 15);
    await context.setOffline(false);
    const then = written();
    await expect.poll(() => newest(page), { timeout: 30_000 }).toBeGreaterThan(then);
    whole(await numbers(page));
    await expect(page.getByText(/Connection lost/)).toHaveCount(0);
  }
  await expect(page.locator(".l.note")).toHaveCount(0);
});

test("a log held back when the container ends says so after its last line", async ({ page, shipyard }) => {
  await firstSignIn(page, shipyard);
  await addEngine(page, shipyard, "node1");
  docker("node1", "run", "-d", "--name", NAME, "busybox:lab", "sh", "-c", WRITER);
  await page.goto(`${shipyard.url}/containers/node1/${NAME}/logs`);
  await expect.poll(() => newest(page)).toBeGreaterThan(5);
  await pause(page).click();
  const held = await newest(page);
  await expect.poll(() => docker("node1", "logs", NAME).split("\n").length).toBeGreaterThan(held + 10);
  docker("node1", "kill", NAME);
  const lines = docker("node1", "logs", NAME).split("\n").length;
  await expect(page.getByText(/exited/).first()).toBeVisible();
  await page.getByRole("button", { name: "Continue" }).click();
  await expect.poll(() => newest(page)).toBe(lines);
  whole(await numbers(page));
  await expect(page.getByRole("log").locator(".l").last()).toHaveText("The log ends here.");
  await expect(page.getByText("The log ends here.")).toHaveCount(1);
});

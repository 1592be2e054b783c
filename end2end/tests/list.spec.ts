// The table of containers where it is long: it scrolls over all rows with few of them in the page, by wheel, keys and history; what
// is chosen stays chosen out of sight; and a tab that nobody sees follows nothing.
import type { Page } from "@playwright/test";
import { type Crowd, startCrowd } from "../fixtures/crowd.ts";
import { asked } from "../fixtures/people.ts";
import type { Shipyard } from "../fixtures/server.ts";
import { accessible, expect, firstSignIn, pictures, test } from "../fixtures/test.ts";

const NAME = "e2e-crowd";
const COUNT = 2_000;
const STACKS = 90;

let crowd: Crowd;

test.beforeEach(async () => {
  crowd = await startCrowd("node1", NAME, COUNT, STACKS);
});
test.afterEach(() => crowd.stop());

async function begin(page: Page, shipyard: Shipyard): Promise<void> {
  await firstSignIn(page, shipyard);
  const draft = { name: "node1", address: crowd.url, labels: "", cpus: "", memory: "", tls: null };
  await asked(page.request, shipyard, "engine_add", { draft });
  await page.goto(`${shipyard.url}/containers`);
  await expect(page.getByText("2,000 on 1 engine")).toBeVisible();
}

function row(page: Page, number: number) {
  return page.locator(".rows tr").filter({ has: page.getByText(`${NAME}-${number}`, { exact: true }) });
}

/** Scrolls as far as the page goes; whether it is there then. */
async function toEnd(page: Page): Promise<void> {
  await page.evaluate(() => window.scrollTo(0, document.documentElement.scrollHeight));
}

const scrolled = (page: Page) => page.evaluate(() => window.scrollY);
const rowsInPage = (page: Page) => page.locator(".rows tr").count();

/** A row stands where its number says, as if all rows were there. */
async function inPlace(page: Page, number: number): Promise<void> {
  await expect(row(page, number)).toHaveAttribute("aria-rowindex", String(number + 1));
  const off = await row(page, number).evaluate((element, place) => {
    const table = element.closest("table");
    const top = table?.querySelector("tbody")?.getBoundingClientRect().top ?? 0;
    const box = element.getBoundingClientRect();
    return Math.abs(box.top - top - (place - 1) * box.height);
  }, number);
  expect(off).toBeLessThan(2);
}

/** Nothing is wrong with the page, where no row lies half under what sticks to the window's edges: its links would be too small. */
async function wellMade(page: Page): Promise<void> {
  const size = page.viewportSize() ?? { width: 0, height: 0 };
  const more = await page.evaluate(() => {
    const head = document.querySelector("th")?.getBoundingClientRect().bottom ?? 0;
    const rows = [...document.querySelectorAll(".rows tr")].map((row) => row.getBoundingClientRect());
    const first = rows.find((row) => row.bottom > head + 1);
    const bar = document.querySelector(".bulk")?.getBoundingClientRect().top;
    if (!first) return 0;
    window.scrollBy(0, first.top - head);
    return bar ? first.height - ((bar - head) % first.height) : 0;
  });
  await page.setViewportSize({ width: size.width, height: Math.round(size.height + more) });
  await expect.poll(() => rowsInPage(page)).toBeGreaterThan(10);
  await accessible(page);
  await page.setViewportSize(size);
}

test("two thousand rows are scrolled through with few of them in the page", async ({ page, shipyard }) => {
  await begin(page, shipyard);
  const table = page.getByRole("table", { name: "Containers" });
  await expect(table).toHaveAttribute("aria-rowcount", String(COUNT + 1));
  await inPlace(page, 1);
  await accessible(page);

  await test.step("to the end, to the middle and back, each row in its place", async () => {
    await toEnd(page);
    await expect(row(page, COUNT)).toBeInViewport();
    await inPlace(page, COUNT);
    expect(await rowsInPage(page)).toBeLessThanOrEqual(60);
    await wellMade(page);
    await page.evaluate(() => window.scrollTo(0, document.documentElement.scrollHeight / 2));
    await expect(row(page, COUNT / 2)).toBeVisible();
    await inPlace(page, COUNT / 2);
    expect(await rowsInPage(page)).toBeLessThanOrEqual(60);
    await page.evaluate(() => window.scrollTo(0, 0));
    await expect(row(page, 1)).toBeInViewport();
    await inPlace(page, 1);
  });

  await test.step("by the wheel, the head stays in sight", async () => {
    for (let turn = 0; turn < 40; turn++) await page.mouse.wheel(0, 1_500);
    await expect.poll(() => scrolled(page)).toBeGreaterThan(20_000);
    await expect.poll(() => rowsInPage(page)).toBeGreaterThan(20);
    await expect(page.getByRole("columnheader", { name: "Name" })).toBeInViewport();
    await pictures(page, "list-scrolled");
  });

  await test.step("rows are filled again, not made anew, and what was open in one is closed then", async () => {
    await page.evaluate(() => window.scrollTo(0, 0));
    await inPlace(page, 1);
    await row(page, 3)
      .getByRole("button", { name: `Actions for ${NAME}-3` })
      .click();
    await expect(page.getByRole("link", { name: "Logs" })).toBeVisible();
    await page.evaluate(() => {
      for (const row of document.querySelectorAll(".rows tr")) row.setAttribute("data-made", "before");
    });
    await toEnd(page);
    await expect(row(page, COUNT)).toBeInViewport();
    await inPlace(page, COUNT);
    await wellMade(page);
    await expect(page.locator(".rows tr:not([data-made])")).toHaveCount(0);
    await expect(page.locator(".rows [aria-expanded=true], .rows .menu a")).toHaveCount(0);
    await page.evaluate(() => window.scrollTo(0, document.documentElement.scrollHeight / 2));
    await inPlace(page, COUNT / 2);
    const middle = await scrolled(page);
    await page.mouse.wheel(0, 700);
    await expect.poll(() => scrolled(page)).toBeGreaterThan(middle + 690);
    await expect.poll(() => rowsInPage(page)).toBeGreaterThan(20);
    await expect(page.locator(".rows tr:not([data-made])")).toHaveCount(0);
    const places = await page
      .locator(".rows tr")
      .evaluateAll((rows) => rows.map((row) => Number(row.getAttribute("aria-rowindex"))));
    expect(places).toEqual(places.map((_, n) => (places[0] ?? 0) + n));
  });

  await test.step("a change shows in its row, and the others stay", async () => {
    const name = await page.locator(".rows tr b").nth(20).textContent();
    const number = Number(name?.slice(NAME.length + 1));
    const before = await scrolled(page);
    crowd.die(number);
    await expect(row(page, number)).toContainText("exited (137)");
    await inPlace(page, number);
    expect(await scrolled(page)).toBe(before);
  });

  await test.step("another order begins at its first row", async () => {
    await page.getByRole("button", { name: "Name" }).click();
    await expect(page).toHaveURL(/desc=1/);
    await expect(row(page, COUNT)).toBeInViewport();
    await expect(row(page, COUNT)).toHaveAttribute("aria-rowindex", "2");
  });

  await test.step("the stacks are found by their letters", async () => {
    await page.getByRole("button", { name: "Stack" }).first().click();
    await expect(page.getByText(`${STACKS - 40} more: type to find them`)).toBeVisible();
    await accessible(page);
    await pictures(page, "list-stacks");
    await page.getByRole("searchbox", { name: "Find…" }).fill("stack-77");
    await page.getByRole("checkbox", { name: "stack-77" }).check();
    await expect(page).toHaveURL(/stack=stack-77/);
    await page.keyboard.press("Escape");
    await expect(page.locator(".rows tr")).toHaveCount(1);
  });
});

test("keys go to any row, and back comes to where one was", async ({ page, shipyard }) => {
  await begin(page, shipyard);
  const cursor = page.locator("tr.cursor");

  await test.step("End, Home, pages and steps", async () => {
    await page.keyboard.press("End");
    await expect(cursor).toContainText(`${NAME}-${COUNT}`);
    await expect(cursor).toBeInViewport();
    await page.keyboard.press("PageUp");
    await page.keyboard.press("ArrowUp");
    await expect(cursor).toBeInViewport();
    await expect(cursor).not.toContainText(`${NAME}-${COUNT}`);
    await page.keyboard.press("Home");
    await expect(cursor).toContainText(`${NAME}-1`);
    await expect(cursor).toBeInViewport();
    for (let turn = 0; turn < 30; turn++) await page.keyboard.press("PageDown");
    await page.keyboard.press("j");
    await expect(cursor).toBeInViewport();
    await expect.poll(() => scrolled(page)).toBeGreaterThan(10_000);
  });

  const name = (await cursor.locator("b").textContent()) ?? "";
  await test.step("Enter opens the row, Escape comes back to it", async () => {
    await page.waitForFunction(() => String(history.state).startsWith(`rows ${Math.trunc(window.scrollY)} `));
    const before = await scrolled(page);
    await page.locator("main").focus();
    await page.evaluate((y) => window.scrollTo(0, y), before);
    await page.keyboard.press("Enter");
    await expect(page.getByRole("heading", { level: 1, name })).toBeVisible();
    await page.keyboard.press("Escape");
    await expect(page).toHaveURL(/\/containers$/);
    await expect(page.getByText(name, { exact: true })).toBeInViewport();
    expect(Math.abs((await scrolled(page)) - before)).toBeLessThan(100);
  });

  await test.step("so does a page that is loaded anew", async () => {
    await page.reload();
    await expect(page.getByText(name, { exact: true })).toBeInViewport();
  });
});

test("what is chosen stays so out of sight, and as long as it is there", async ({ page, shipyard }) => {
  await begin(page, shipyard);
  const bar = page.getByRole("toolbar", { name: "Actions on the selected containers" });
  const box = (number: number) => row(page, number).getByRole("checkbox");

  await test.step("a range reaches over rows that never were in the page", async () => {
    await box(3).click();
    await expect(bar).toContainText("1 selected");
    const height = await row(page, 3).evaluate((element) => element.getBoundingClientRect().height);
    await page.evaluate((y) => window.scrollTo(0, y), 900 * height);
    await box(902).click({ modifiers: ["Shift"] });
    await expect(bar).toContainText("900 selected");
    await expect(box(902)).toBeChecked();
    await expect(box(903)).not.toBeChecked();
    await expect(bar).toBeInViewport();
    await wellMade(page);
    await pictures(page, "list-chosen");
  });

  await test.step("all that match, as many as are taken at once, which is said", async () => {
    await bar.getByRole("button", { name: "Select the first 1,000 of 2,000" }).click();
    await expect(bar).toContainText("1,000 selected");
    await expect(bar).toContainText("the most at once");
  });

  await test.step("one that goes while it is out of sight is chosen no more", async () => {
    await toEnd(page);
    await expect(row(page, COUNT)).toBeInViewport();
    crowd.destroy(5);
    await expect(bar).toContainText("999 selected");
  });

  await test.step("a filter keeps of them what it lets through", async () => {
    await page.keyboard.press("/");
    await page.keyboard.type(`${NAME}-99`);
    await expect(page.locator(".rows tr")).toHaveCount(11);
    await expect(bar).toContainText("11 selected");
    await bar.getByRole("button", { name: "Stop", exact: true }).click();
    await expect(page.getByText("Stopped 11 of 11")).toBeVisible();
    await expect(row(page, 991)).toContainText("exited");
  });

  await test.step("the box of the head chooses what is held, then nothing", async () => {
    await page.getByLabel("Select all rows").click();
    await expect(bar).toHaveCount(0);
    await page.getByLabel("Select all rows").click();
    await expect(bar).toContainText("11 selected");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Escape");
    await expect(bar).toHaveCount(0);
  });
});

test("a tab in the background follows nothing, and is right when it is looked at again", async ({ page, shipyard }) => {
  const frames = { sent: [] as string[], received: 0 };
  page.on("websocket", (socket) => {
    socket.on("framesent", ({ payload }) => frames.sent.push(String(payload)));
    socket.on("framereceived", () => {
      frames.received++;
    });
  });
  await begin(page, shipyard);
  const see = (hidden: boolean) =>
    page.evaluate((hidden) => {
      Object.defineProperty(document, "hidden", { configurable: true, get: () => hidden });
      document.dispatchEvent(new Event("visibilitychange", { bubbles: true }));
    }, hidden);
  const unsubscribed = () => frames.sent.filter((text) => text.includes("unsubscribe")).length;

  const before = unsubscribed();
  await see(true);
  await expect.poll(() => unsubscribed() - before, { timeout: 30_000 }).toBeGreaterThanOrEqual(2);
  await page.waitForTimeout(500);
  const received = frames.received;
  crowd.die(1);
  crowd.destroy(2);
  await page.waitForTimeout(1_500);
  expect(frames.received).toBe(received);
  await expect(row(page, 1)).toContainText("running");

  await see(false);
  await expect(row(page, 1)).toContainText("exited (137)");
  await expect(row(page, 2)).toHaveCount(0);
});

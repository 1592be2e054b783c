// What the long table of containers costs in a browser: frames while it scrolls, the page's CPU while containers change, and the
// time from an engine's event to the painted cell. Prints a line of JSON for each figure.
//
// It asks a server that is there already, with a simulated fleet behind it (`shipyard-sim --admin`), and is no test: figures depend
// on the machine, so beside each stands one of a page without Shipyard, measured in the same run. From `end2end`:
//
//   esbuild bench/list.ts --format=esm --platform=node | node --input-type=module -
//
// with SHIPYARD_URL, SHIPYARD_USER, SHIPYARD_PASSWORD; SIM_ADMIN (the address that the simulator prints) for what needs events;
// TRACE, a file for Chromium's trace of scrolling, filtering, sorting and selecting; CHROMIUM; PER_SECOND, how many containers change in a second (10000).
import { type CDPSession, chromium, type Page } from "@playwright/test";

const SPEED = 10_000;
const SECONDS = 10;
const SAMPLES = 60;

function required(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set`);
  return value;
}

function say(name: string, value: number, unit: string): void {
  console.log(JSON.stringify({ name, value: Math.round(value * 100) / 100, unit }));
}

function share(values: number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
}

interface Scrolled {
  frames: number[];
  long: number[];
  most: number;
  rooms: number;
  looked: number;
}

/** Scrolls at a steady speed, and tells of each frame. */
async function scroll(page: Page): Promise<Scrolled> {
  return page.evaluate(
    async ({ speed, seconds }) => {
      const told = { frames: [] as number[], long: [] as number[], most: 0, rooms: 0, looked: 0 };
      const observer = new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) told.long.push(entry.duration);
      });
      observer.observe({ type: "longtask" });
      window.scrollTo(0, 0);
      await new Promise((resolve) => setTimeout(resolve, 500));
      await new Promise<void>((resolve) => {
        let start = 0;
        let last = 0;
        const step = (now: number) => {
          if (last) told.frames.push(now - last);
          else start = now;
          last = now;
          window.scrollTo(0, ((now - start) / 1000) * speed);
          told.most = Math.max(told.most, document.querySelectorAll("tbody tr").length);
          // Whether a row is there where one looks, or its shape: asking lays the page out, so not in each frame.
          if (told.frames.length % 6 === 0) {
            told.looked++;
            const here = document.elementFromPoint(window.innerWidth / 2, window.innerHeight / 2);
            if (here?.closest(".room")) told.rooms++;
          }
          if (now - start < seconds * 1000) requestAnimationFrame(step);
          else resolve();
        };
        requestAnimationFrame(step);
      });
      observer.disconnect();
      return told;
    },
    { speed: SPEED, seconds: SECONDS },
  );
}

function sayScrolled(what: string, told: Scrolled): void {
  say(`${what} p50 frame`, share(told.frames, 0.5), "ms");
  say(`${what} p95 frame`, share(told.frames, 0.95), "ms");
  say(`${what} p99 frame`, share(told.frames, 0.99), "ms");
  say(`${what} longest task`, Math.max(0, ...told.long), "ms");
  say(`${what} tasks over 50 ms`, told.long.length, "");
  say(`${what} row elements at most`, told.most, "");
  say(`${what} looks at rows that had not arrived`, (told.rooms * 100) / Math.max(1, told.looked), "%");
}

/** Milliseconds from a scroll to the last row until that is in the page. */
async function jump(page: Page): Promise<number> {
  return page.evaluate(async () => {
    window.scrollTo(0, 0);
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    const count = document.querySelector("table")?.getAttribute("aria-rowcount");
    const start = performance.now();
    window.scrollTo(0, document.documentElement.scrollHeight);
    return new Promise<number>((resolve) => {
      const look = () => {
        if (document.querySelector(`tr[aria-rowindex="${count}"]`)) resolve(performance.now() - start);
        else requestAnimationFrame(look);
      };
      requestAnimationFrame(look);
    });
  });
}

/** Filters, sorts and selects as a person would; milliseconds of each task that was long meanwhile. */
async function handle(page: Page): Promise<number[]> {
  const long = await page.evaluateHandle(() => {
    const told: number[] = [];
    const observer = new PerformanceObserver((list) => told.push(...list.getEntries().map((entry) => entry.duration)));
    observer.observe({ type: "longtask" });
    return told;
  });
  const bar = page.getByRole("toolbar", { name: "Actions on the selected containers" });
  await page.evaluate(() => window.scrollTo(0, 0));
  await page.getByRole("searchbox").first().pressSequentially("web", { delay: 80 });
  await page.waitForURL(/q=web/);
  for (const column of ["Engine", "Age", "State", "Name"]) {
    await page.getByRole("columnheader", { name: column }).getByRole("button").click();
    await page.waitForTimeout(500);
  }
  await page.locator(".rows tr").nth(2).getByRole("checkbox").click();
  await page.evaluate(() => window.scrollTo(0, 30_000));
  await page.waitForTimeout(1_000);
  await page
    .locator(".rows tr")
    .nth(9)
    .getByRole("checkbox")
    .click({ modifiers: ["Shift"] });
  await bar.getByRole("button", { name: /Select the first/ }).click();
  await page.waitForTimeout(500);
  await page.getByRole("searchbox").first().fill("");
  await page.waitForTimeout(1_000);
  return long.jsonValue();
}

async function metric(cdp: CDPSession, name: string): Promise<number> {
  const { metrics } = await cdp.send("Performance.getMetrics");
  return metrics.find((one) => one.name === name)?.value ?? Number.NaN;
}

/** The share of one core that the page's thread takes. */
async function cpu(page: Page, cdp: CDPSession): Promise<number> {
  const before = await metric(cdp, "TaskDuration");
  const start = performance.now();
  await page.waitForTimeout(SECONDS * 1000);
  return (((await metric(cdp, "TaskDuration")) - before) * 100_000) / (performance.now() - start);
}

/** How many changes of its rows the page made in a second. */
async function changes(page: Page): Promise<number> {
  return page.evaluate(async () => {
    let count = 0;
    const observer = new MutationObserver((list) => {
      count += list.length;
    });
    const rows = document.querySelector(".rows");
    if (rows) observer.observe(rows, { subtree: true, childList: true, characterData: true, attributes: true });
    await new Promise((resolve) => setTimeout(resolve, 5_000));
    observer.disconnect();
    return count / 5;
  });
}

async function admin<T>(path: string, method = "POST"): Promise<T> {
  const answer = await fetch(`${required("SIM_ADMIN")}${path}`, { method });
  if (!answer.ok) throw new Error(`${path}: ${await answer.text()}`);
  return (await answer.json()) as T;
}

/** What the page was sent: the table's number and its rows, to make changes of. */
const sent = { sub: 0, rows: [] as Record<string, unknown>[], send: (_: string) => {} };

/** Listens in on the live connection, so that changes can be put into it that no server has to make. */
async function listenIn(page: Page): Promise<void> {
  await page.routeWebSocket(/\/socket\/live$/, (browser) => {
    const server = browser.connectToServer();
    sent.send = (text) => browser.send(text);
    server.onMessage((text) => {
      const frame = JSON.parse(String(text));
      const window = frame.whole?.data?.containers;
      if (window) [sent.sub, sent.rows] = [frame.whole.sub, window.rows];
      const patch = frame.patch?.patch;
      if (patch?.order) {
        const all = new Map([...sent.rows, ...patch.rows].map((row) => [JSON.stringify(row.at), row]));
        sent.rows = patch.order.map((at: unknown) => all.get(JSON.stringify(at)));
      }
      browser.send(text);
    });
  });
}

/** Changes `perSecond` of the rows that the page holds, in 40 frames a second, until it is stopped. */
function change(perSecond: number): () => void {
  let turn = 0;
  const each = setInterval(() => {
    const rows = Array.from({ length: perSecond / 40 }, () => {
      const row = sent.rows[turn % sent.rows.length];
      turn++;
      return { ...row, state: Math.floor(turn / sent.rows.length) % 2 ? "running" : "paused" };
    });
    const patch = { matching: null, offset: null, facets: null, counts: null, rows, order: null };
    sent.send(JSON.stringify({ patch: { sub: sent.sub, patch } }));
  }, 25);
  return () => clearInterval(each);
}

interface Told {
  id: string;
  timeNano: number;
}

/** Where a container of the simulator is, and its row in the page. */
interface Shown {
  engine: number;
  place: number;
  row: string;
}

/** The first container that runs, in the table of all. */
async function choose(page: Page, url: string): Promise<Shown> {
  await page.goto(`${url}/containers?state=running`);
  const first = page.locator(".rows tr").first();
  const short = (await first.getAttribute("id"))?.split("-").at(-1) ?? "";
  const row = `.rows tr[id$="-${short}"]`;
  // Sorted by name, a container that is paused stays where it is; without the filter it is shown then too.
  await page.goto(`${url}/containers`);
  await page.locator(row).waitFor();
  const truth = await admin<{ engine: number; containers: { id: string }[] }[]>("/truth", "GET");
  const found = truth
    .map(({ engine, containers }) => ({ engine, place: containers.findIndex(({ id }) => id.startsWith(short)) }))
    .find(({ place }) => place >= 0);
  if (!found) throw new Error(`the simulator does not know ${short}`);
  return { ...found, row };
}

/** Milliseconds from an engine's event to the frame with the changed cell, again and again. */
async function latencies(page: Page, url: string): Promise<number[]> {
  const times: number[] = [];
  let shown = await choose(page, url);
  for (let refused = 0, turn = 0; times.length < SAMPLES; turn++) {
    await page.waitForTimeout(100 + Math.random() * 300);
    const painted = page
      .evaluate(
        (row) =>
          new Promise<number>((resolve) => {
            const cell = document.querySelector(`${row} .c-state`);
            const observer = new MutationObserver(() => {
              observer.disconnect();
              requestAnimationFrame(() => resolve(performance.timeOrigin + performance.now()));
            });
            if (cell) observer.observe(cell, { subtree: true, childList: true, characterData: true, attributes: true });
          }),
        shown.row,
      )
      .catch(() => Number.NaN);
    // The observer is there when this answer is.
    await page.evaluate(() => 0);
    const action = turn % 2 ? "unpause" : "pause";
    try {
      const told = await admin<Told>(`/emit?engine=${shown.engine}&container=${shown.place}&action=${action}`);
      times.push((await painted) - told.timeNano / 1e6);
    } catch (error) {
      // Among all that changes, this one has ended: another one then.
      refused++;
      if (refused > 9) throw error;
      shown = await choose(page, url);
      turn = -1;
    }
  }
  return times;
}

const url = required("SHIPYARD_URL");
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
  ],
});
const page = await browser.newPage({ viewport: { width: 1440, height: 1000 } });
await listenIn(page);

// A page of as many plain rows as are scrolled over, to compare with.
await page.setContent(
  `<!doctype html><style>td { height: 44px; border-bottom: 1px solid #ddd }</style><table><tbody>${Array.from(
    { length: 3_000 },
    (_, n) => `<tr><td>row ${n}</td><td>some text</td><td>more of it</td></tr>`,
  ).join("")}</tbody></table>`,
);
sayScrolled("P23 plain page: scroll", await scroll(page));

await page.goto(`${url}/login`);
await page.getByLabel("Account").fill(required("SHIPYARD_USER"));
await page.getByLabel("Password").fill(required("SHIPYARD_PASSWORD"));
await page.getByRole("button", { name: "Sign in", exact: true }).click();
await page.waitForURL((address) => !address.pathname.startsWith("/login"));
const cdp = await page.context().newCDPSession(page);
await cdp.send("Performance.enable");
const started = performance.now();
await page.goto(`${url}/containers`);
await page.locator(".rows tr").first().waitFor();
say("P23 first rows", performance.now() - started, "ms");
if (process.env.TRACE) await browser.startTracing(page, { path: process.env.TRACE });
sayScrolled("P23 scroll", await scroll(page));
const long = await handle(page);
say("P23 filter, sort, select: longest task", Math.max(0, ...long), "ms");
say("P23 filter, sort, select: tasks over 50 ms", long.length, "");
await page.goto(`${url}/containers`);
await page.locator(".rows tr").first().waitFor();
if (process.env.TRACE) await browser.stopTracing();
const jumps: number[] = [];
for (let turn = 0; turn < 5; turn++) jumps.push(await jump(page));
say("P23 jump to the end", share(jumps, 0.5), "ms");
say("P23 heap", (await metric(cdp, "JSHeapUsedSize")) / 1_048_576, "MiB");

await page.evaluate(() => window.scrollTo(0, 20_000));
await page.waitForTimeout(3_000);
const stop = change(10_000);
say("P24 10000 rows a second that the page holds: page CPU", await cpu(page, cdp), "% of a core");
say("P24 10000 rows a second that the page holds: changes in the page", await changes(page), "/s");
stop();

if (process.env.SIM_ADMIN) {
  for (const [what, rate] of [
    ["quiet", 0],
    ["500 changes a second", 500],
  ] as const) {
    await admin(`/rate?per_second=${rate}`);
    const times = await latencies(page, url);
    say(`P8 event to painted cell, ${what}: p50`, share(times, 0.5), "ms");
    say(`P8 event to painted cell, ${what}: p95`, share(times, 0.95), "ms");
  }
  await admin("/rate?per_second=0");
  const rate = Number(process.env.PER_SECOND ?? "10000");
  await page.evaluate(() => window.scrollTo(0, 0));
  say("P24 idle: page CPU", await cpu(page, cdp), "% of a core");
  await admin(`/rate?per_second=${rate}`);
  await page.waitForTimeout(2_000);
  say(`P24 ${rate} changes a second: page CPU`, await cpu(page, cdp), "% of a core");
  say(`P24 ${rate} changes a second: changes in the page`, await changes(page), "/s");
  await admin("/rate?per_second=0");
}
await browser.close();

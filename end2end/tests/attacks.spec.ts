// What a page of another site can make the browser of a signed-in administrator do: nothing.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Frame, LaunchOptions, Page, PlaywrightWorkerArgs } from "@playwright/test";
import {
  type Attacker,
  GETS,
  jsonFetches,
  POSTS,
  type Strike,
  socketEvents,
  startAttacker,
  type Target,
} from "../fixtures/attacker.ts";
import { addEngine } from "../fixtures/engines.ts";
import { address, docker, pem, sweep } from "../fixtures/lab.ts";
import { asked, everywhere, sessionId, signedInAs } from "../fixtures/people.ts";
import { type Shipyard, startShipyard } from "../fixtures/server.ts";
import { standing } from "../fixtures/standing.ts";
import { expect, firstSignIn, PASSWORD, signIn, test } from "../fixtures/test.ts";

const NAME = "atk-victim";

test.beforeAll(() => sweep(NAME));
test.afterAll(() => sweep(NAME));

let attacker: Attacker;
test.beforeEach(async () => {
  attacker = await startAttacker();
});
test.afterEach(() => attacker.stop());

/** Whether browsers have sent the attacker the cookie of Shipyard. */
function hasOurCookie(): boolean {
  return attacker.heard.some(({ cookie }) => cookie?.includes("shipyard="));
}

/** Every call that there is, read from where they are declared: a new one is struck at too. */
function callNames(): string[] {
  const folder = join(import.meta.dirname, "../../app/src/calls");
  const sources = readdirSync(folder).map((file) => readFileSync(join(folder, file), "utf8"));
  const names = sources.flatMap((source) => [...source.matchAll(/endpoint = "(\w+)"/g)].map((found) => found[1] ?? ""));
  expect(names.length).toBeGreaterThan(25);
  return names;
}

/** Every address of the HTTP API that takes a POST, as it describes itself: a new one is struck at too. */
async function apiPosts(page: Page, shipyard: Shipyard): Promise<string[]> {
  const described = await page.request.get(`${shipyard.url}/api/v1/openapi.json`);
  const { paths } = (await described.json()) as { paths: Record<string, Record<string, unknown>> };
  const posts = Object.keys(paths).filter((path) => "post" in (paths[path] ?? {}));
  expect(posts.length).toBeGreaterThan(20);
  return posts.map((path) =>
    path
      .replace("{engine}", "node1")
      .replace("{container}", NAME)
      .replace(/\{\w+\}/g, "x"),
  );
}

/** Every address of the original's API, whose GETs act too. */
function originalPaths(): string[] {
  const source = readFileSync(join(import.meta.dirname, "../../server/src/v2.rs"), "utf8");
  const paths = [...source.matchAll(/\.route\(\s*"([^"]+)"/g)].map((found) => found[1] ?? "");
  expect(paths.length).toBeGreaterThan(15);
  return paths.map((path) => path.replace(/\/engines\/\{id\}/, "/engines/node1").replace(/\{\w+\}/g, NAME));
}

/** An administrator with an engine, a container and another account. */
async function settle(page: Page, shipyard: Shipyard): Promise<{ engine: string; container: string }> {
  await firstSignIn(page, shipyard);
  await addEngine(page, shipyard, "node1");
  const grants = [everywhere("viewer")];
  await asked(page.request, shipyard, "account_create", { name: "vera", grants });
  sweep(NAME);
  const container = docker("node1", "run", "-d", "--name", NAME, "busybox:lab", "sleep", "3600");
  await page.goto(`${shipyard.url}/containers?q=${NAME}`);
  await expect(page.getByRole("row", { name: new RegExp(NAME) })).toContainText("running");
  return { engine: (await standing(page.request, shipyard)).engines[0]?.id ?? "", container };
}

/** What would hurt, by call: made by a page of Shipyard itself, each of these changes something. */
function harm({ engine, container }: { engine: string; container: string }): Record<string, object> {
  const tls = { certificate: pem("client-cert.pem"), key: pem("client-key.pem"), authority: pem("ca.pem") };
  const nothing = { cpus: null, memory: null, containers: null };
  return {
    account_create: { name: "mallory", grants: [everywhere("admin")] },
    account_grants: { name: "vera", grants: [everywhere("admin")] },
    account_disable: { name: "vera", disabled: true },
    account_remove: { name: "vera" },
    role_put: { role: { name: "sleeper", meaning: "", permissions: ["container-secrets"], built_in: false } },
    pool_put: { pool: { name: "trap", engines: [{ key: "zone", value: "a" }], quota: nothing, profile: null } },
    token_create: { new: { description: "x", grants: [everywhere("viewer")], days: 1 } },
    containers_act: { verb: "kill", targets: [{ engine, id: container }] },
    engine_add: { draft: { name: "evil", address: address("node3"), labels: "", cpus: "", memory: "", tls } },
    engine_remove: { id: engine },
  };
}

/** What would hurt, by address of the HTTP API. */
function apiHarm({ engine, container }: { engine: string; container: string }): Record<string, object> {
  return {
    "/api/v1/accounts": { name: "mallory-by-api", grants: [everywhere("admin")] },
    "/api/v1/tokens": { description: "by api", grants: [everywhere("viewer")], days: 1 },
    "/api/v1/containers/actions": { verb: "remove", targets: [{ engine, id: container }] },
    "/api/v1/authority/rotate": {},
  };
}

/** What would hurt, by address of the original's API. */
const ORIGINAL_HARM: Record<string, object> = {
  "/api/accounts": { username: "mallory-by-original", password: "mallory's own choice", role: { name: "admin" } },
  "/api/servicekeys": { description: "mallory's" },
  [`/api/containers/${NAME}/scale`]: { count: 3 },
  "/account/changepassword": { password: "mallory's own choice" },
  "/auth/login": { username: "vera", password: "whatever she chose" },
};

/** All calls, all forms and both APIs, with a body that would hurt where there is one. */
function targets(url: string, harmful: Record<string, object>, posts: string[], api: Record<string, object>): Target[] {
  const forms = {
    "/login": { name: "vera", password: "whatever she chose", next: "/" },
    "/login/code": { code: "000000" },
    "/join": { link: "mallory's link", new: "mallory's own choice", repeat: "mallory's own choice" },
    "/welcome": { current: PASSWORD, new: "mallory's own choice", repeat: "mallory's own choice" },
    "/logout": {},
  };
  return [
    ...callNames().map((name) => ({ url: `${url}/api/fn/${name}`, json: harmful[name] ?? {} })),
    ...Object.entries(forms).map(([path, json]) => ({ url: `${url}${path}`, json })),
    ...posts.map((path) => ({ url: `${url}${path}`, json: api[path] ?? {} })),
    ...originalPaths().map((path) => ({ url: `${url}${path}`, json: ORIGINAL_HARM[path] ?? {} })),
    ...["/hub/webhook/x", "/hooks/x"].map((path) => ({ url: `${url}${path}`, json: { image: "web" } })),
  ];
}

/** How the server answered requests of a method, as it logged them. */
function answered(shipyard: Shipyard, method: string): string[] {
  const lines = shipyard.log().matchAll(new RegExp(`method=${method} .*status=(\\d+)`, "g"));
  return [...lines].map((line) => line[1] ?? "");
}

/** Most frames at once: with hundreds of them a browser takes minutes to send the last. */
const FRAMES = 40;

/** The strike's requests have all reached the server, and it refused all of them. */
async function allRefused(
  shipyard: Shipyard,
  strike: Strike,
  page: Page,
  address: string,
  at: Target[],
): Promise<void> {
  for (let first = 0; first < at.length; first += FRAMES) {
    const some = at.slice(first, first + FRAMES);
    await page.goto(address);
    const before = answered(shipyard, "POST").length;
    await strike(page, some);
    await expect
      .poll(() => answered(shipyard, "POST").slice(before), { timeout: 60_000 })
      .toEqual(some.map(() => "403"));
  }
}

/**
 * Everything that a page of `origin`, shown by `evil`, can try: in one way at every address, and in every other way where it
 * would hurt. Who asks is looked at before the address is.
 */
async function strikeAll(evil: Page, origin: string, at: Target[], shipyard: Shipyard): Promise<void> {
  const telling = at.filter(({ json }) => Object.keys(json).length > 0);
  expect(telling.length).toBeGreaterThan(15);
  for (const [number, [name, strike]] of Object.entries(POSTS).entries())
    await test.step(name, () => allRefused(shipyard, strike, evil, origin, number === 0 ? at : telling));
  // A page that hides where it is makes browsers send `Origin: null` with a form.
  await test.step("form of a page that hides where it is", async () => {
    await allRefused(shipyard, POSTS["form, urlencoded"] as Strike, evil, `${origin}/quiet`, telling);
  });
  await test.step("JSON, which a browser asks the server about first, is not even sent", async () => {
    await evil.goto(origin);
    const posts = answered(shipyard, "POST").length;
    expect(new Set(await jsonFetches(evil, at))).toEqual(new Set(["refused"]));
    expect(answered(shipyard, "POST").slice(posts)).toEqual([]);
  });
  for (const [number, [name, strike]] of Object.entries(GETS).entries())
    await test.step(name, async () => {
      const struck = number === 0 ? at : telling;
      await evil.goto(origin);
      const gets = answered(shipyard, "GET").length;
      await strike(evil, struck);
      await expect
        .poll(() => answered(shipyard, "GET").length - gets, { timeout: 60_000 })
        .toBeGreaterThanOrEqual(struck.length);
    });
}

/**
 * Shows that an attack changed nothing, and that what it tried would have changed something. `admin` is signed in at the
 * Shipyard's `url` that is attacked; `reader` is where its state is read from.
 */
async function unharmed(
  admin: Page,
  url: string,
  reader: Page,
  shipyard: Shipyard,
  things: { engine: string; container: string },
  attack: (evil: Page, at: Target[]) => Promise<void>,
): Promise<void> {
  const harmful = harm(things);
  const session = (await sessionId(admin, url)) ?? "";
  const before = await standing(reader.request, shipyard);
  const api = apiHarm(things);
  // What their own pages ask for, such as figures of the past, would be counted as the attack's.
  await admin.goto("about:blank");
  await reader.goto("about:blank");
  const evil = await admin.context().newPage();
  await attack(evil, targets(url, harmful, await apiPosts(reader, shipyard), api));
  // Its hundreds of frames would slow the page that follows.
  await evil.close();
  expect(await standing(reader.request, shipyard)).toEqual(before);
  expect(docker("node1", "inspect", "-f", "{{.State.Running}}", NAME)).toBe("true");
  expect(await sessionId(admin, url)).toBe(session);
  expect(await signedInAs(shipyard, session)).toBe("admin");

  // None of it was harmless by a mistake in it: a page of Shipyard itself does all of it.
  await admin.goto(url);
  for (const [name, json] of Object.entries(harmful))
    expect(await jsonFetches(admin, [{ url: `${url}/api/fn/${name}`, json }]), name).toEqual(["answered 200"]);
  for (const [path, json] of Object.entries(api).filter(([path]) => !path.endsWith("/actions")))
    expect((await jsonFetches(admin, [{ url: `${url}${path}`, json }]))[0], path).toMatch(/^answered 20[0-4]$/);
  const after = await standing(reader.request, shipyard);
  expect(after.engines.map(({ name }) => name)).toEqual(["evil"]);
  expect(after.access.accounts).not.toEqual(before.access.accounts);
}

test("a page of another site changes nothing", async ({ page, shipyard }) => {
  const things = await settle(page, shipyard);
  await unharmed(page, shipyard.url, page, shipyard, things, (evil, at) =>
    strikeAll(evil, `http://localhost:${attacker.port}`, at, shipyard),
  );
  expect(hasOurCookie()).toBe(false);
});

test("nor does a page of the same host on another port, with which the browser sends the cookie", async ({
  page,
  shipyard,
}) => {
  const things = await settle(page, shipyard);
  await unharmed(page, shipyard.url, page, shipyard, things, (evil, at) =>
    strikeAll(evil, `http://127.0.0.1:${attacker.port}`, at, shipyard),
  );
  // `SameSite` did not help here: ports do not count for cookies.
  expect(hasOurCookie()).toBe(true);
});

/** A browser for which the names of this test lead to this machine. */
async function misled({
  playwright,
  launchOptions,
}: Pick<PlaywrightWorkerArgs, "playwright"> & { launchOptions: LaunchOptions }) {
  const args = [
    "--host-resolver-rules=MAP *.test 127.0.0.1",
    // This browser itself keeps strange pages away from this machine, and sends people to https. Not all browsers do.
    "--disable-features=LocalNetworkAccessChecks,HttpsUpgrades,HttpsFirstBalancedMode",
  ];
  return playwright.chromium.launch({ ...launchOptions, args: [...(launchOptions.args ?? []), ...args] });
}

test("nor where the browser does not say which site it comes from", async ({ page, playwright, launchOptions }) => {
  // Over plain HTTP to a name, browsers send no `Sec-Fetch-Site`: `Origin` has to do.
  const shipyard = await startShipyard(["--allowed-hosts", "yard.test"]);
  const browser = await misled({ playwright, launchOptions });
  try {
    const things = await settle(page, shipyard);
    const url = shipyard.url.replace("127.0.0.1", "yard.test");
    const context = await browser.newContext();
    const admin = await context.newPage();
    await signIn(admin, { ...shipyard, url });
    await expect(admin.getByRole("heading", { level: 1, name: "Fleet" })).toBeVisible();
    await unharmed(admin, url, page, shipyard, things, async (evil, at) => {
      for (const host of ["evil.test", "yard.test"]) {
        for (const name of ["form, urlencoded", "form that another server sends on", "fetch without CORS"])
          await test.step(`${name}, from ${host}`, () =>
            allRefused(shipyard, POSTS[name] as Strike, evil, `http://${host}:${attacker.port}`, at));
      }
    });
    // So it is with every host by that name, whatever its port.
    expect(attacker.heard.filter((headers) => "sec-fetch-site" in headers)).toEqual([]);
    expect(hasOurCookie()).toBe(true);
  } finally {
    await browser.close();
    await shipyard.stop();
  }
});

/** How the server answered those who asked for a socket. */
function socketAnswers(shipyard: Shipyard): string[] {
  const lines = shipyard.log().matchAll(/method=GET route="?\/(?:socket\/|api\/v1\/exec).*status=(\d+)/g);
  return [...lines].map((line) => line[1] ?? "");
}

test("no other page opens a socket", async ({ page, shipyard }) => {
  await settle(page, shipyard);
  const of = `engine=node1&name=${NAME}`;
  const paths = [
    "/socket/live",
    `/socket/logs?${of}`,
    `/socket/stats?${of}`,
    `/socket/exec?${of}`,
    `/api/v1/exec?${of}`,
  ];
  docker("node1", "exec", NAME, "sh", "-c", "echo hello > /proc/1/fd/1");
  const sockets = paths.map((path) => `${shipyard.url.replace("http", "ws")}${path}`);
  const first = (socket: string) => (socket.includes("/exec?") ? '{"run":{"command":["echo","hello"]}}' : "");
  // Each of them talks to a page of Shipyard itself.
  for (const socket of sockets)
    expect(await socketEvents(page, socket, first(socket)), socket).toEqual(["open", "frame"]);

  const evil = await page.context().newPage();
  for (const host of ["localhost", "127.0.0.1"]) {
    await evil.goto(`http://${host}:${attacker.port}`);
    await evil.setContent(`<iframe sandbox="allow-scripts" srcdoc="no origin"></iframe>`);
    const [, frame] = evil.frames();
    expect(await frame?.evaluate(() => self.origin)).toBe("null");
    const before = socketAnswers(shipyard).length;
    for (const from of [evil, frame as Frame])
      for (const socket of sockets)
        expect(await socketEvents(from, socket, first(socket)), socket).toEqual(["closed 1006"]);
    // The server itself refused each: where the cookie came along, for the page's origin.
    const status = host === "127.0.0.1" ? "403" : "401";
    const expected = sockets.flatMap(() => [status, "401"]);
    expect(socketAnswers(shipyard).slice(before).sort()).toEqual(expected.sort());
  }
});

test("a name that was made to lead here by DNS opens nothing", async ({
  page,
  shipyard,
  playwright,
  launchOptions,
}) => {
  await firstSignIn(page, shipyard);
  const browser = await misled({ playwright, launchOptions });
  const context = await browser.newContext();
  const evil = await context.newPage();
  const origin = shipyard.url.replace("127.0.0.1", "evil.test");
  // Such a page has no cookie of ours. If it had, it would still not get in.
  await context.addCookies([{ name: "shipyard", value: (await sessionId(page, shipyard.url)) ?? "", url: origin }]);
  // What the name showed while it still led to the attacker's own server: no policy of ours is on that page.
  await evil.route(`${origin}/kittens`, (route) => route.fulfill({ contentType: "text/html", body: "<h1>Kittens" }));

  const asks = [
    ...["/", "/login", "/healthz", "/api/session", "/activity/export?format=csv", "/nothing", "/metrics"],
    ...["/api/v1/containers", "/api/v1/openapi.json", "/api/containers", `/api/containers/${NAME}/stop`],
  ];
  const statuses = (on: Page) =>
    on.evaluate(
      async ({ asks, names }) => {
        const got = asks.map((path) => fetch(path).then((answer) => answer.status));
        const called = names.map((name) => {
          const headers = { "content-type": "application/json" };
          return fetch(`/api/fn/${name}`, { method: "POST", headers, body: "{}" }).then((answer) => answer.status);
        });
        return Promise.all([...got, ...called]);
      },
      { asks, names: callNames() },
    );
  await evil.goto(`${origin}/kittens`);
  expect(new Set(await statuses(evil))).toEqual(new Set([421]));
  const sockets = ["/socket/live", ...["logs", "stats", "exec"].map((kind) => `/socket/${kind}?engine=a&name=b`)];
  for (const path of [...sockets, "/api/v1/exec?engine=a&name=b"])
    expect(await socketEvents(evil, `${origin.replace("http", "ws")}${path}`)).toEqual(["closed 1006"]);
  for (const path of ["/", "/login"]) {
    expect((await evil.goto(`${origin}${path}`))?.status(), path).toBe(421);
    expect(await evil.content()).not.toContain("<form");
  }
  // Under its own name the server answers all of that.
  expect(await statuses(page)).not.toContain(421);
  await browser.close();
});

test("no other page frames a page or keeps hold of its window", async ({ page, shipyard }) => {
  await firstSignIn(page, shipyard);
  const evil = await page.context().newPage();
  for (const host of ["localhost", "127.0.0.1"]) {
    await evil.goto(`http://${host}:${attacker.port}`);
    const framed = ["/", "/login", "/welcome", "/containers", "/healthz"].map((path) => `${shipyard.url}${path}`);
    const sources = [...framed, `http://${host}:${attacker.port}/own`];
    await evil.setContent(sources.map((source) => `<iframe src="${source}"></iframe>`).join(""));
    const shown = () =>
      evil
        .frames()
        .slice(1)
        .map((frame) => frame.url());
    const blocked = framed.map(() => "chrome-error://chromewebdata/");
    // The attacker's own page in the last frame shows that frames do work.
    await expect.poll(shown).toEqual([...blocked, `http://${host}:${attacker.port}/own`]);

    const opened = evil.waitForEvent("popup");
    await evil.evaluate((url) => Object.assign(window, { handle: window.open(url) }), shipyard.url);
    const popup = await opened;
    await expect(popup.getByRole("heading", { level: 1, name: "Fleet" })).toBeVisible();
    // To the page that opened it the window looks closed: it can neither be followed nor sent elsewhere.
    expect(await evil.evaluate(() => (window as unknown as { handle: Window }).handle.closed)).toBe(true);
    expect(await popup.evaluate(() => window.opener)).toBe(null);
    await popup.close();
  }
});

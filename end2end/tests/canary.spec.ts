// Secrets are where they have to be and nowhere else: known ones are looked for in all that the server says and keeps.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "@playwright/test";
import { addEngineByForm } from "../fixtures/engines.ts";
import { docker, pem, sweep } from "../fixtures/lab.ts";
import { asked, call, everywhere, invite, sessionId } from "../fixtures/people.ts";
import { type Said, startRelay } from "../fixtures/relay.ts";
import type { Shipyard } from "../fixtures/server.ts";
import { expect, firstSignIn, PASSWORD, signIn, test, watchErrors } from "../fixtures/test.ts";
import { code } from "../fixtures/totp.ts";

const NAME = "canary-box";
/** Where the search must find something, else it proves nothing. */
const LABEL = "seenLabelQ7wX";
const LINE = "seenLineM3kT";
const CONSOLE = "seenConsoleB8rJ";
const STORED = "seenStorageD5vN";

/** Of a container that plain docker made, and of one that Shipyard deployed. */
const ENVIRONMENT = "canaryEnvironmentZ4hP";
const DEPLOYED = "canaryDeployedU9cG";
const VERAS_PASSWORD = "canaryPasswordOfVeraK2yL";
const WRONG_PASSWORD = "canaryMistypedF6sE";

test.beforeEach(() => sweep("canary-"));
test.afterAll(() => sweep("canary-"));

/** Addresses of each page, by the names that the app has for its pages. */
const PAGES: Record<string, string[]> = {
  Fleet: ["/", "/?group=stack", "/?group=label"],
  Containers: [`/containers?q=canary`],
  Container: ["", "/logs", "/stats", "/inspect", "/history"].map((tab) => `/containers/node1/${NAME}${tab}`),
  EditContainer: [`/containers/node1/${NAME}/edit`],
  Deploy: ["/deploy", `/deploy?like=node1/${NAME}&copies=2`],
  Engines: ["/engines"],
  AddEngine: ["/engines/add"],
  PrepareNode: ["/engines/add/node"],
  Engine: ["/engines/node1"],
  EditEngine: ["/engines/node1/edit"],
  Operations: ["/operations"],
  Operation: [],
  Activity: ["/activity"],
  Access: ["/access", "/access/roles", "/access/pools", "/access/tokens"],
  Doctor: ["/doctor"],
  Settings: ["/settings"],
  NotFound: ["/nowhere", "/welcome", "/join", "/login"],
};

/** Keeps what one browser shows and holds. */
function keep(said: Said[], page: Page, who: string) {
  const note = (where: string, text: string) => said.push({ where, bytes: [Buffer.from(text)] });
  page.on("console", (message) => note(`console of ${who}`, message.text()));
  page.on("request", (request) => note(`address of ${who}`, request.url()));
  return async (what: string) => {
    note(`page ${what} of ${who}`, await page.content());
    note(
      `storage of ${who}`,
      await page.evaluate(() => JSON.stringify([localStorage, sessionStorage, document.cookie])),
    );
  };
}

/** Opens every page and keeps it once it is quiet. */
async function walk(page: Page, shipyard: Shipyard, keepPage: (what: string) => Promise<void>, more: string[]) {
  for (const path of [...Object.values(PAGES).flat(), ...more]) {
    await page.goto(`${shipyard.url}${path}`);
    await expect(page.getByRole("heading").first(), path).toBeVisible();
    if (path.endsWith("/logs")) await expect(page.getByText(LINE).first()).toBeVisible();
    if (path.endsWith("/inspect")) await expect(page.getByText('"HostConfig"')).toBeVisible();
    if (path.endsWith(`/${NAME}`)) await expect(page.getByText(LABEL).first()).toBeVisible();
    await page.waitForLoadState("networkidle");
    await keepPage(path);
  }
}

/** What the server has written so far: its log, and every file of its data folder. */
function written(shipyard: Shipyard): Said[] {
  const files = readdirSync(shipyard.data, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return [
    { where: "log", bytes: [Buffer.from(shipyard.log())] },
    ...files.map(({ parentPath, name }) => ({ where: "data", bytes: [readFileSync(join(parentPath, name))] })),
  ];
}

/** Every address of both APIs that is read, with the names of what this test made in the place of their parameters. */
async function readable(page: Page, shipyard: Shipyard, ids: Record<string, string>): Promise<[string[], string[]]> {
  const fill = (path: string) => path.replace(/\{(\w+)\}/g, (_, name: string) => ids[name] ?? "x");
  const described = await page.request.get(`${shipyard.url}/api/v1/openapi.json`);
  const { paths } = (await described.json()) as { paths: Record<string, Record<string, unknown>> };
  // Without an end, or a socket: the walk over the pages reads both.
  const endless = /\/(?:stats|exec)$/;
  const today = Object.keys(paths).filter((path) => "get" in (paths[path] ?? {}) && !endless.test(path));
  const source = readFileSync(join(import.meta.dirname, "../../server/src/v2.rs"), "utf8");
  const routes = [...source.matchAll(/\.route\(\s*"([^"]+)",\s*get\(/g)].map((found) => found[1] ?? "");
  // Some of the original's GETs act.
  const original = routes.filter((path) => !/\/(?:stop|restart|scale)$/.test(path));
  expect(today.length).toBeGreaterThan(25);
  expect(original.length).toBeGreaterThan(10);
  return [today.map(fill), original.map((path) => fill(path.replace("/containers/{id}", `/containers/${NAME}`)))];
}

/** Where something is found, each place once. An address is a place that may itself hold it. */
function found(said: Said[], needle: string | Buffer): string[] {
  const holds = ({ where, bytes }: Said) => Buffer.concat([Buffer.from(where), ...bytes]).includes(needle);
  return [...new Set(said.filter(holds).map(({ where }) => where))].sort();
}

test("every page of the app is walked below", () => {
  const source = readFileSync(join(import.meta.dirname, "../../app/src/pure/route.rs"), "utf8");
  const pages = /pub enum Page \{(.*?)\n\}/s.exec(source)?.[1] ?? "";
  const names = [...pages.matchAll(/^ {4}(\w+),$/gm)].map((match) => match[1]);
  expect(names.sort()).toEqual(Object.keys(PAGES).sort());
});

test("secrets are in no page, answer, frame, log line or file that need not hold them", async ({
  page,
  shipyard,
  browser,
}) => {
  const relay = await startRelay(shipyard.url);
  const said = relay.said;
  const through = { ...shipyard, url: relay.url };
  const context = await browser.newContext({ reducedMotion: "reduce", viewport: { width: 1440, height: 1000 } });
  const vera = await context.newPage();
  const errors = watchErrors(vera);
  const keepAdmin = keep(said, page, "admin");
  const keepVera = keep(said, vera, "vera");
  const ids: string[] = [];
  const noteIds = async () => {
    for (const one of [page, vera]) ids.push((await sessionId(one, relay.url)) ?? "");
  };

  await signIn(vera, through, WRONG_PASSWORD);
  await expect(vera.getByRole("alert")).toContainText("wrong");
  await firstSignIn(page, through);
  await addEngineByForm(page, through, "node1");
  const link = await invite(page.request, vera, through, "vera", VERAS_PASSWORD, [everywhere("viewer")]);
  await noteIds();

  const { secret } = await asked<{ secret: string }>(vera.request, through, "two_factor_setup");
  const recovery = await asked<string[]>(vera.request, through, "two_factor_confirm", { code: code(secret) });
  const grants = [everywhere("observer")];
  const { text: token } = await asked<{ text: string }>(page.request, through, "token_create", {
    new: { description: "canary", grants, days: 1 },
  });
  // Used as it should be, and as it should not: only the log can tell of the latter.
  const authorization = `Bearer ${token}`;
  expect((await fetch(`${relay.url}/api/session`, { headers: { authorization } })).status).toBe(200);
  expect((await fetch(`${shipyard.url}/api/session?token=${token}`)).status).toBe(400);

  // For machines of the original's API: one of a viewer, and one that may do everything.
  const machine = async (request: typeof page.request, description: string) =>
    (await asked<{ text: string }>(request, through, "token_create", { new: { description, grants: [], days: 1 } }))
      .text;
  const keys = [await machine(vera.request, "original of vera"), await machine(page.request, "original of admin")];
  const post = async <T>(path: string, data: object): Promise<T> => {
    const answer = await page.request.post(`${relay.url}/api/v1${path}`, { headers: { origin: relay.url }, data });
    expect(answer.status(), `${path}: ${await answer.text()}`).toBe(201);
    return (await answer.json()) as T;
  };
  const url = "https://hooks.example/canary";
  const hook = await post<{ secret: string }>("/hooks", { name: "canary", url, actions: ["*"], enabled: false });
  const webhook = await post<{ id: string; key: string }>("/webhooks/keys", {
    image: "canary/web",
    kind: "docker-hub",
  });
  const node = await asked<{ secret: string }>(page.request, through, "node_prepare", {
    draft: { name: "canary-node", address: "10.210.0.99", labels: "", allow_from: "", ssh_from: "", shipyard_url: "" },
  });

  const talk = `while true; do echo ${LINE}; sleep 1; done`;
  const words = ["-e", `SECRET=${ENVIRONMENT}`, "-l", `note=${LABEL}`, "busybox:lab", "sh", "-c", talk];
  docker("node1", "run", "-d", "--name", NAME, ...words);
  const operation = await asked<string>(page.request, through, "deploy", {
    request: {
      spec: { image: "busybox:lab", name: "canary-deployed", command: ["sleep", "3600"], env: [["SECRET", DEPLOYED]] },
      copies: { total: 1 },
      target: "all",
      strategy: "spread",
      pull: "never",
      undo_on_failure: true,
    },
  });
  await expect.poll(() => docker("node1", "ps", "--format", "{{.Names}}")).toContain("canary-deployed");

  const more = [
    `/operations/${operation}`,
    "/containers/node1/canary-deployed",
    "/containers/node1/canary-deployed/inspect",
  ];
  await page.evaluate((text) => console.log(text), CONSOLE);
  await page.evaluate((text) => sessionStorage.setItem("control", text), STORED);
  await Promise.all([walk(page, through, keepAdmin, more), walk(vera, through, keepVera, more)]);

  for (const name of [NAME, "canary-deployed"]) {
    const refused = await call(vera.request, through, "container_detail", { engine: "node1", name, reveal: true });
    expect(refused.status()).toBe(403);
  }
  for (const format of ["jsonl", "csv"]) {
    const path = `/activity/export?format=${format}`;
    expect((await page.request.get(`${relay.url}${path}`)).status()).toBe(200);
    const own = await vera.request.get(`${relay.url}${path}`);
    expect(own.status()).toBe(200);
    expect(await own.text()).not.toContain("canary-deployed");
    expect(found(said, "canary-deployed")).toContain(`answer GET ${path}`);
  }
  await noteIds();

  const made = { engine: "node1", container: NAME, name: "admin", id: operation, key: webhook.id };
  const [today, original] = await readable(page, through, made);
  for (const one of [page, vera])
    for (const path of [...today, "/metrics"])
      await one.request.get(`${relay.url}${path}${path.endsWith("/export") ? "?format=jsonl" : ""}`);
  // Who may see values of the environment is told them there.
  const told = `/api/containers/${NAME}`;
  for (const [at, key] of keys.entries())
    for (const path of original.filter((path) => at === 0 || path !== told))
      await fetch(`${relay.url}${path}`, { headers: { "x-service-key": key } });
  const all = [...said, ...written(shipyard)];

  await test.step("the search finds what is there, in each of the places", async () => {
    for (const who of ["admin", "vera"])
      expect(found(all, LABEL)).toContain(`page /containers/node1/${NAME} of ${who}`);
    expect(found(all, LABEL)).toContain("answer POST /api/fn/container_detail");
    expect(found(all, NAME)).toContain("socket /socket/live");
    expect(found(all, LINE)).toContain("socket /socket/logs");
    expect(found(all, LINE)).toContain(`answer GET /api/containers/${NAME}/logs`);
    expect(found(all, NAME)).toContain("answer GET /api/v1/containers");
    expect(found(all, NAME)).toContain("answer GET /api/containers");
    expect(found(all, "shipyard_")).toContain("answer GET /metrics");
    expect(found(all, "hooks.example")).toContain("answer GET /api/v1/hooks");
    expect(found(all, "canary/web")).toContain("answer GET /api/webhookkeys");
    expect(found(all, CONSOLE)).toEqual(["console of admin"]);
    expect(found(all, STORED)).toEqual(["storage of admin"]);
    expect(found(all, "/api/fn/container_detail").filter((where) => where.startsWith("address"))).toHaveLength(2);
    expect(found(all, "/socket/live")).toContain("log");
    // What is kept is not packed; a password's hash is in the data folder, and nowhere else.
    expect(found(all, "canary-deployed")).toContain("data");
    expect(found(all, "$argon2id$")).toEqual(["data"]);
  });

  await test.step("what nobody is ever told again", async () => {
    const lines = pem("client-key.pem")
      .split("\n")
      .filter((line) => line.length === 64);
    expect(lines.length).toBeGreaterThan(1);
    for (const line of lines) {
      expect(found(all, line), "the engine's key").toEqual([]);
      expect(found(all, Buffer.from(line, "base64")), "the engine's key, as bytes").toEqual([]);
    }
    // Its own authority's key, and whatever else is one, is sealed. A form's placeholder is none.
    const kept = found(all, "PRIVATE KEY").filter((where) => /^(?:data|log|answer GET \/(?:api|metrics))/.test(where));
    expect(kept).toEqual([]);
    for (const password of [PASSWORD, PASSWORD.replaceAll(" ", "+"), VERAS_PASSWORD, WRONG_PASSWORD])
      expect(found(all, password), password).toEqual([]);
  });

  await test.step("what is told once, in the answer that makes it", async () => {
    expect(found(all, token)).toEqual(["answer POST /api/fn/token_create"]);
    for (const key of keys) expect(found(all, key)).toEqual(["answer POST /api/fn/token_create"]);
    expect(found(all, hook.secret)).toEqual(["answer POST /api/v1/hooks"]);
    expect(found(all, webhook.key)).toEqual(["answer POST /api/v1/webhooks/keys"]);
    expect(found(all, node.secret)).toEqual(["answer POST /api/fn/node_prepare"]);
    expect(found(all, link)).toEqual(["answer POST /api/fn/account_create"]);
    expect(found(all, secret)).toEqual(["answer POST /api/fn/two_factor_setup"]);
    for (const one of recovery) expect(found(all, one)).toEqual(["answer POST /api/fn/two_factor_confirm"]);
    // The id of a session is in the header that sets it alone, so that no script can read it.
    expect(new Set(ids).size).toBe(2);
    for (const id of ids) for (const where of found(all, id)) expect(where).toMatch(/^head POST \/(welcome|join)$/);
    for (const id of ids) expect(found(all, id)).toHaveLength(1);
    for (const id of ids) expect(found(all, Buffer.from(id, "base64url")), "an id, as bytes").toEqual([]);
  });

  await test.step("the environment's values, until somebody who may asks for them", async () => {
    for (const value of [ENVIRONMENT, DEPLOYED]) expect(found(all, value)).toEqual([]);
    await page.goto(`${relay.url}/containers/node1/${NAME}`);
    await page.getByRole("button", { name: "Show values" }).click();
    await expect(page.getByText(ENVIRONMENT)).toBeVisible();
    await keepAdmin("revealed");
    await page.goto(`${relay.url}/activity`);
    await expect(page.getByText(NAME).first()).toBeVisible();
    await keepAdmin("/activity");
    for (const format of ["jsonl", "csv"]) await page.request.get(`${relay.url}/activity/export?format=${format}`);
    const now = [...said, ...written(shipyard)];
    expect(found(now, ENVIRONMENT)).toEqual(["answer POST /api/fn/container_detail", "page revealed of admin"]);
    expect(found(now, DEPLOYED)).toEqual([]);
  });

  expect(errors).toEqual([]);
  await context.close();
  relay.stop();
});

// The deploy page's three views of one deploy: the form, a docker run line and a Compose file; what is pasted, a template, and
// a link that carries all of it.
import type { Page } from "@playwright/test";
import { addEngine } from "../fixtures/engines.ts";
import { docker, sweep } from "../fixtures/lab.ts";
import { accessible, expect, firstSignIn, pictures, test } from "../fixtures/test.ts";

const NAME = "e2e-views";

test.beforeAll(() => sweep(NAME));
test.afterEach(() => sweep(NAME));

const field = (page: Page, label: string) => page.getByLabel(label, { exact: true });
const view = (page: Page, name: string) => page.getByRole("group", { name: "View" }).getByRole("button", { name });

/** Pastes a text into a field, as the browser would. */
async function paste(page: Page, label: string, text: string): Promise<void> {
  await field(page, label)
    .first()
    .evaluate((element, text) => {
      const data = new DataTransfer();
      data.setData("text/plain", text);
      element.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
    }, text);
}

test("a line that is pasted fills the form, and each view follows the others", async ({ page, shipyard }) => {
  await firstSignIn(page, shipyard);
  await addEngine(page, shipyard, "node1");
  await page.goto(`${shipyard.url}/deploy`);

  await test.step("docker run into the form", async () => {
    const line = `docker run -it --name ${NAME} -p 8099:80 -e MODE=fast --cap-add NET_ADMIN --env-file .env busybox:lab sleep 3600`;
    await paste(page, "Image", line);
    await expect(field(page, "Image")).toHaveValue("busybox:lab");
    await expect(field(page, "Command")).toHaveValue("sleep 3600");
    await expect(page.getByText("names the file “.env”")).toBeVisible();
    await expect(page.locator("summary", { hasText: "Security and devices" })).toContainText("Added capabilities");
    await accessible(page);
    await pictures(page, "deploy-views-form");
  });

  await test.step("the form as Compose, edited there", async () => {
    await field(page, "Copies").fill("2");
    await view(page, "Compose").click();
    const text = field(page, "Text of the deploy");
    await expect(text).toHaveValue(/image: busybox:lab/);
    await expect(text).toHaveValue(/replicas: 2/);
    await text.fill((await text.inputValue()).replace("busybox:lab", "web:lab").replace("8099:80", "8098:80"));
    await accessible(page);
    await pictures(page, "deploy-views-compose");
    await view(page, "docker run").click();
    await expect(text).toHaveValue(/--publish 8098:80/);
    await expect(text).toHaveValue(/web:lab/);
    await expect(page.getByText("copies has no word in docker run")).toBeVisible();
  });

  await test.step("an error says its line, and several services their names", async () => {
    await view(page, "Compose").click();
    const text = field(page, "Text of the deploy");
    await expect(text).toHaveValue(/services:/);
    await text.fill(
      "services:\n  web:\n    image: web:lab\n    environment:\n      A: b\n    restart: always\n    ports: ['80:x']\n",
    );
    await expect(page.getByRole("alert").filter({ hasText: "Line 7" })).toBeVisible();
    await text.fill("services:\n  a: {image: web:lab}\n  b: {image: busybox:lab}\n");
    await expect(page.getByRole("alert").filter({ hasText: "2 services: a, b" })).toBeVisible();
    await text.fill(`services:\n  ${NAME}:\n    image: busybox:lab\n    command: sleep 3600\n    mem_limit: 5m\n`);
    await view(page, "Form").click();
    await expect(page.getByText("Docker needs at least 6 MiB of memory.").first()).toBeVisible();
    await field(page, "Memory").fill("64m");
  });

  await test.step("and is deployed", async () => {
    await page.getByRole("button", { name: "Deploy 1 container" }).click();
    await expect(page).toHaveURL(/\/operations\//);
    await expect(page.getByText("1 of 1")).toBeVisible({ timeout: 60_000 });
    expect(docker("node1", "ps", "--format", "{{.Names}}")).toContain(NAME);
  });

  await test.step("another like it", async () => {
    await page.goto(`${shipyard.url}/containers/node1/${NAME}`);
    await page.getByRole("link", { name: "Deploy another like this" }).click();
    await expect(field(page, "Image")).toHaveValue("busybox:lab");
    await expect(field(page, "Command")).toHaveValue("sleep 3600");
  });
});

test("a folded group with a problem opens, and says it beside its field", async ({ page, shipyard }) => {
  await firstSignIn(page, shipyard);
  await addEngine(page, shipyard, "node1");
  await page.goto(`${shipyard.url}/deploy?image=busybox:lab`);
  const group = page.locator("details", { has: page.locator("summary", { hasText: "Resources" }) });
  await group.locator("summary").click();
  await field(page, "Most processes").fill("many");
  await expect(group.getByRole("alert")).toContainText("Most processes cannot be read");
  await expect(group).toHaveAttribute("open", "");
  await expect(field(page, "Most processes")).toHaveAttribute("aria-invalid", "true");
  await field(page, "Most processes").fill("20");
  await expect(group.getByRole("alert")).toHaveCount(0);
  await expect(group.locator("summary")).toContainText("Most processes");
});

test("images are offered, and what a mount is besides is a line of Docker's words", async ({ page, shipyard }) => {
  await firstSignIn(page, shipyard);
  await addEngine(page, shipyard, "node1");
  await page.goto(`${shipyard.url}/deploy`);
  await expect(page.locator('#d-images option[value="busybox:lab"]')).toHaveCount(1);
  await field(page, "Image").fill("busybox:lab");
  await field(page, "Command").fill("sleep 3600");
  await field(page, "Name").first().fill(NAME);
  const group = page.locator("details", { has: page.locator("summary", { hasText: "Volumes" }) });
  await group.locator("summary").click();
  await group.getByRole("button", { name: "Add volume" }).click();
  await field(page, "Volume or path").fill(`${NAME}-data`);
  await field(page, "Path in the container").fill("/data");
  const options = field(page, "Mount options, after the path in the container");
  await options.fill("/elsewhere nocopy");
  await expect(group.getByRole("alert")).toContainText("cannot be read");
  await options.fill("/data nocopy volume-driver=local volume-opt=type=tmpfs volume-opt=device=tmpfs");
  await expect(group.getByRole("alert")).toHaveCount(0);
  await expect(group, "it does not fold up under one's hands").toHaveAttribute("open", "");
  await accessible(page);
  await pictures(page, "deploy-mounts");
  await page.getByRole("button", { name: "Deploy 1 container" }).click();
  await expect(page.locator("h1 + [role=status]")).toHaveText("done", { timeout: 30_000 });
  const made = docker("node1", "volume", "inspect", "--format", "{{json .Options}}", `${NAME}-data`);
  expect(JSON.parse(made)).toEqual({ type: "tmpfs", device: "tmpfs" });
  const mounts = docker("node1", "inspect", "--format", "{{json .HostConfig.Mounts}}", NAME);
  expect(JSON.parse(mounts)[0].VolumeOptions.NoCopy).toBe(true);
  docker("node1", "rm", "-f", NAME);
  docker("node1", "volume", "rm", `${NAME}-data`);
});

test("a template asks for what is left open, and a link carries the whole deploy", async ({ page, shipyard }) => {
  await firstSignIn(page, shipyard);
  await addEngine(page, shipyard, "node1");
  await page.goto(`${shipyard.url}/deploy?image=busybox:{{version}}&name=${NAME}`);

  await test.step("saved and used", async () => {
    await page.locator("summary", { hasText: "Templates" }).click();
    await field(page, "Save as template").fill("e2e");
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await expect(page.getByText("Template e2e saved")).toBeVisible();
    await field(page, "Template").selectOption("e2e");
    await page.getByRole("button", { name: "Fill the form" }).click();
    await expect(page.getByRole("alert").filter({ hasText: "needs a value for “version”" })).toBeVisible();
    await field(page, "version").fill("lab");
    await page.getByRole("button", { name: "Fill the form" }).click();
    await expect(field(page, "Image")).toHaveValue("busybox:lab");
    await accessible(page);
    await pictures(page, "deploy-template");
  });

  await test.step("a link", async () => {
    const request = {
      spec: { image: "web:lab", name: NAME, labels: [["team", "a"]], color: "red" },
      copies: { total: 3 },
    };
    const link = Buffer.from(JSON.stringify(request)).toString("base64url");
    await page.goto("about:blank");
    await page.goto(`${shipyard.url}/deploy#spec=${link}`);
    await expect(field(page, "Image")).toHaveValue("web:lab");
    await expect(field(page, "Copies")).toHaveValue("3");
    await expect(page.getByText("color cannot be said in a deploy")).toBeVisible();
    await page.goto("about:blank");
    await page.goto(`${shipyard.url}/deploy#spec=eyJh`);
    await expect(page.getByRole("alert").filter({ hasText: "The link is damaged" })).toBeVisible();
  });
});

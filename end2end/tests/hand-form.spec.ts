// An engine's certificates as files: dropped on their fields by the browser's own drag and drop, or chosen.
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Locator, Page } from "@playwright/test";
import { address, pem, pemFile } from "../fixtures/lab.ts";
import { accessible, expect, firstSignIn, pictures, test } from "../fixtures/test.ts";

/** Carries files over an element, as a file manager would; they are let go by `drop`. */
async function carry(page: Page, over: Locator, files: string[]): Promise<{ drop(): Promise<void> }> {
  const field = await over.elementHandle();
  await field?.scrollIntoViewIfNeeded();
  const box = await field?.boundingBox();
  if (!box) throw new Error("nothing there to drop on");
  const browser = await page.context().newCDPSession(page);
  const event = (type: "dragEnter" | "dragOver" | "drop") =>
    browser.send("Input.dispatchDragEvent", {
      type,
      x: box.x + box.width / 2,
      y: box.y + box.height / 2,
      data: { items: [], files, dragOperationsMask: 1 },
    });
  await event("dragEnter");
  await event("dragOver");
  return {
    drop: async () => {
      await event("drop");
    },
  };
}

async function dropOn(page: Page, over: Locator, ...files: string[]): Promise<void> {
  await (await carry(page, over, files)).drop();
}

test("certificates are dropped on their fields, and a file that is none gets its sentence", async ({
  page,
  shipyard,
}) => {
  await firstSignIn(page, shipyard);
  await page.goto(`${shipyard.url}/engines/add`);
  const certificate = page.getByLabel("Client certificate", { exact: true });
  const key = page.getByLabel("Private key", { exact: true });
  const authority = page.getByLabel("Authority", { exact: true });
  await page.getByLabel("Name", { exact: true }).fill("dropped");
  await page.getByLabel("Address", { exact: true }).fill(address("node2"));

  await test.step("the field under the file shows that it takes it", async () => {
    const colour = () => certificate.evaluate((field) => getComputedStyle(field).backgroundColor);
    const plain = await colour();
    const file = await carry(page, certificate, [pemFile("client-cert.pem")]);
    await expect.poll(colour).not.toBe(plain);
    await pictures(page, "hand-form-over");
    await file.drop();
    await expect(certificate).toHaveValue(pem("client-cert.pem"));
    await expect.poll(colour).toBe(plain);
  });

  await test.step("a file that is no PEM stays to be seen, and is refused by its field", async () => {
    const folder = mkdtempSync(join(tmpdir(), "hand-"));
    writeFileSync(join(folder, "ca.der"), Buffer.from([0x30, 0x82, 0x01, 0x0a, 0xff, 0xfe, 0x00, 0x9f]));
    await dropOn(page, key, pemFile("client-key.pem"));
    await dropOn(page, authority, join(folder, "ca.der"));
    await expect(authority).not.toHaveValue("");
    await page.getByRole("button", { name: "Add engine" }).click();
    await expect(page.getByRole("alert").filter({ hasText: "The certificate authority is not PEM" })).toBeVisible();
    await expect(authority).toHaveAttribute("aria-invalid", "true");
    await expect(authority).toBeFocused();
    await accessible(page);
    await pictures(page, "hand-form-not-pem");
  });

  await test.step("a file of another kind by size is not read at all", async () => {
    const folder = mkdtempSync(join(tmpdir(), "hand-"));
    writeFileSync(join(folder, "disk.img"), Buffer.alloc(300_000));
    const before = await authority.inputValue();
    await dropOn(page, authority, join(folder, "disk.img"));
    await expect(page.getByText("This file is too large for a certificate or key.")).toBeVisible();
    await expect(authority).toHaveValue(before);
  });

  await test.step("several at once, and what is no file, are refused with a sentence", async () => {
    const before = await authority.inputValue();
    await dropOn(page, authority, pemFile("ca.pem"), pemFile("client-cert.pem"));
    await expect(page.getByText("Drop one file at a time, each on its field.")).toBeVisible();
    await dropOn(page, authority, mkdtempSync(join(tmpdir(), "hand-")));
    await expect(page.getByText("This could not be read as a file.")).toBeVisible();
    await expect(authority).toHaveValue(before);
  });

  await test.step("beside the fields a file is not let go, so that the browser cannot open it instead", async () => {
    // The last word on a drag is what the event says once all of the page has seen it.
    await page.evaluate(() => {
      window.addEventListener("dragover", (event) => {
        document.documentElement.dataset.handDrag = `${event.defaultPrevented} ${event.dataTransfer?.dropEffect}`;
      });
    });
    await carry(page, page.getByRole("heading", { name: "Certificates" }), [pemFile("ca.pem")]);
    await expect(page.locator("html")).toHaveAttribute("data-hand-drag", "true none");
    await carry(page, authority, [pemFile("ca.pem")]);
    await expect(page.locator("html")).toHaveAttribute("data-hand-drag", "true copy");
  });

  await test.step("the right file in its place takes the sentence away, and the engine is added", async () => {
    await dropOn(page, authority, pemFile("ca.pem"));
    await expect(authority).toHaveValue(pem("ca.pem"));
    await expect(authority).not.toHaveAttribute("aria-invalid", "true");
    await page.getByRole("button", { name: "Add engine" }).click();
    await expect(page.getByText("Engine dropped added")).toBeVisible();
  });
});

test("files that are chosen, also again after a change, and all three in one", async ({ page, shipyard }) => {
  await firstSignIn(page, shipyard);
  await page.goto(`${shipyard.url}/engines/add`);
  const certificate = page.getByLabel("Client certificate", { exact: true });
  const key = page.getByLabel("Private key", { exact: true });
  const authority = page.getByLabel("Authority", { exact: true });
  await page.getByLabel("Name", { exact: true }).fill("chosen");
  await page.getByLabel("Address", { exact: true }).fill(address("node2"));
  const file = join(mkdtempSync(join(tmpdir(), "hand-")), "mine.pem");

  await test.step("a wrong key has its sentence, and the same file chosen again is read again", async () => {
    writeFileSync(file, "ssh-ed25519 AAAA me@here\n");
    await page.getByLabel("Choose file: Client certificate").setInputFiles(pemFile("client-cert.pem"));
    await page.getByLabel("Choose file: Authority").setInputFiles(pemFile("ca.pem"));
    await page.getByLabel("Choose file: Private key").setInputFiles(file);
    await expect(key).toHaveValue("ssh-ed25519 AAAA me@here\n");
    await page.getByRole("button", { name: "Try connection" }).click();
    await expect(page.getByRole("alert").filter({ hasText: "The private key is not PEM" })).toBeVisible();
    writeFileSync(file, pem("client-key.pem"));
    await page.getByLabel("Choose file: Private key").setInputFiles(file);
    await expect(key).toHaveValue(pem("client-key.pem"));
  });

  await test.step("one file with all three fills the three fields", async () => {
    for (const field of [certificate, key, authority]) await field.fill("");
    writeFileSync(file, pem("client-cert.pem") + pem("client-key.pem") + pem("ca.pem"));
    await page.getByLabel("Choose file: Client certificate").setInputFiles(file);
    await expect(key).toHaveValue(pem("client-key.pem").trim());
    await expect(authority).toHaveValue(pem("ca.pem").trim());
    await page.getByRole("button", { name: "Try connection" }).click();
    await expect(page.getByText("The engine answers")).toBeVisible();
  });
});

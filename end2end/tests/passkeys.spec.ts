// Passkeys in a real browser, with Chromium's virtual authenticator as the device.
import type { CDPSession, Page } from "@playwright/test";
import { accessible, expect, firstSignIn, pictures, signIn, test } from "../fixtures/test.ts";

/** A device with a key store of its own, which asks nobody and says that its owner was there. */
async function device(page: Page): Promise<{ cdp: CDPSession; authenticatorId: string }> {
  const cdp = await page.context().newCDPSession(page);
  await cdp.send("WebAuthn.enable");
  const { authenticatorId } = await cdp.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      protocol: "ctap2",
      transport: "internal",
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  return { cdp, authenticatorId };
}

async function signOut(page: Page, url: string): Promise<void> {
  await page.goto(`${url}/settings`);
  await page.getByRole("button", { name: "Sign out" }).last().click();
  await expect(page).toHaveURL(/\/login/);
}

test("a passkey opens the account without password or code, once for each question, until it is removed", async ({
  page,
  shipyard,
}) => {
  // A passkey belongs to a host name; the tests' own address is a number.
  const url = shipyard.url.replace("127.0.0.1", "localhost");
  const here = { ...shipyard, url };
  const fleet = page.getByRole("heading", { level: 1, name: "Fleet" });
  const enter = page.getByRole("button", { name: "Sign in with a passkey" });
  const row = page.getByRole("table", { name: "Passkeys" }).getByRole("row", { name: /Linux/ });
  const { cdp, authenticatorId } = await device(page);

  await test.step("made in the settings, named after the browser", async () => {
    await firstSignIn(page, here);
    await page.goto(`${url}/settings`);
    await page.getByRole("button", { name: "Add a passkey" }).click();
    await expect(page.getByText("Passkey added")).toBeVisible();
    await expect(row).toContainText("localhost");
    await expect(row).toContainText("never");
    await accessible(page);
    await pictures(page, "settings-passkeys");
  });

  await test.step("the same device makes no second one for the account", async () => {
    await page.getByRole("button", { name: "Add a passkey" }).click();
    await expect(page.getByText("No device made a passkey")).toBeVisible();
    await expect(row).toHaveCount(1);
  });

  let answer = "";
  await test.step("it signs in, and leads where one wanted to go", async () => {
    await signOut(page, url);
    await page.goto(`${url}/engines`);
    await expect(enter).toBeVisible();
    await accessible(page);
    await pictures(page, "login-passkey");
    const sent = page.waitForRequest((request) => request.url().endsWith("/login/passkey"));
    await enter.click();
    answer = (await sent).postData() ?? "";
    await expect(page).toHaveURL(/\/engines$/);
    await page.goto(`${url}/settings`);
    await expect(row).not.toContainText("never");
  });

  await test.step("an answer that was overheard opens nothing", async () => {
    await signOut(page, url);
    const send = (body: unknown) =>
      page.evaluate(async (body) => {
        const headers = { "Content-Type": "application/json" };
        const told = await fetch("/login/passkey", { method: "POST", headers, body });
        return { status: told.status, text: await told.text() };
      }, JSON.stringify(body));
    const heard = JSON.parse(answer);
    expect((await send(heard)).status).toBe(401);
    const { id } = await page.evaluate(async () => (await fetch("/login/passkey/question", { method: "POST" })).json());
    const moved = await send({ ...heard, id });
    expect(moved.status).toBe(401);
    expect(moved.text).toContain("sign-in.wrong");
    await page.goto(url);
    await expect(page).toHaveURL(/\/login/);
  });

  await test.step("a device that did not make sure of its owner is refused", async () => {
    await cdp.send("WebAuthn.setUserVerified", { authenticatorId, isUserVerified: false });
    await enter.click();
    await expect(page.getByRole("alert")).toContainText("No passkey was accepted");
    await accessible(page);
    await cdp.send("WebAuthn.setUserVerified", { authenticatorId, isUserVerified: true });
    await enter.click();
    await expect(fleet).toBeVisible();
  });

  await test.step("removed, it opens nothing any more", async () => {
    await page.goto(`${url}/settings`);
    await page.getByRole("button", { name: /^Remove passkey/ }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
    await expect(page.getByText("Passkey removed")).toBeVisible();
    await expect(row).toHaveCount(0);
    await signOut(page, url);
    await enter.click();
    await expect(page.getByRole("alert")).toContainText("No passkey was accepted");
    await expect(page).toHaveURL(/\/login/);
  });

  await test.step("both are on record", async () => {
    await signIn(page, here);
    await expect(fleet).toBeVisible();
    await page.goto(`${url}/activity`);
    await expect(page.getByText("Add a passkey to admin").first()).toBeVisible();
    await expect(page.getByText("Remove a passkey of admin").first()).toBeVisible();
  });
});

test("opened by an IP address, a page has no passkeys and says why", async ({ page, shipyard }) => {
  await device(page);
  await page.goto(`${shipyard.url}/login`);
  await expect(page.getByRole("button", { name: "Sign in", exact: true })).toBeVisible();
  await expect(page.getByRole("button", { name: "Sign in with a passkey" })).toBeHidden();
  await firstSignIn(page, shipyard);
  await page.goto(`${shipyard.url}/settings`);
  await page.getByRole("button", { name: "Add a passkey" }).click();
  await expect(page.getByText("A passkey belongs to a host name")).toBeVisible();
});

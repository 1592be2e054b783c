// Without a mouse: the palette, the table of containers, menus and dialogs; the focus is seen, and comes back.
import type { Locator, Page } from "@playwright/test";
import { addEngine } from "../fixtures/engines.ts";
import { docker, sweep } from "../fixtures/lab.ts";
import { accessible, expect, firstSignIn, pictures, test } from "../fixtures/test.ts";

const NAME = "hand-keys";

test.beforeAll(() => sweep(NAME));
test.afterEach(() => sweep(NAME));

/** That the element has the focus, and shows it: by an outline or a changed border, not only to scripts. */
async function focused(element: Locator): Promise<void> {
  await expect(element).toBeFocused();
  const seen = await element.evaluate((it) => {
    const style = getComputedStyle(it);
    const ring = style.outlineStyle !== "none" && Number.parseFloat(style.outlineWidth) >= 1;
    // Some fields draw the ring around themselves and their icon.
    const around = it.parentElement ? getComputedStyle(it.parentElement) : style;
    const outer = around.outlineStyle !== "none" && Number.parseFloat(around.outlineWidth) >= 1;
    return ring || outer || style.boxShadow !== "none" || around.boxShadow !== "none";
  });
  expect(seen, "the focus is visible").toBe(true);
}

/** Presses a key until the element has the focus, as a person does who looks where it goes. */
async function until(page: Page, key: string, element: Locator): Promise<void> {
  for (let press = 0; press < 40; press++) {
    if (await element.evaluate((it) => it === document.activeElement)) return;
    await page.keyboard.press(key);
  }
  throw new Error(`${key} does not reach ${element}`);
}

test.beforeEach(async ({ page, shipyard }) => {
  await firstSignIn(page, shipyard);
  await addEngine(page, shipyard, "node1");
  for (const letter of ["a", "b", "c"])
    docker("node1", "run", "-d", "--init", "--name", `${NAME}-${letter}`, "busybox:lab", "sleep", "3600");
});

test("the palette goes anywhere and runs a verb, by keys alone", async ({ page, shipyard }) => {
  await page.goto(`${shipyard.url}/engines`);
  // The server's shell has the same links, and no keys yet.
  await expect(page.getByRole("heading", { level: 1, name: "Engines" })).toBeVisible();
  const palette = page.getByRole("dialog", { name: "Search or run a command" });
  const field = palette.getByRole("combobox");

  await test.step("Escape closes it, and gives the focus back to where it was", async () => {
    const before = page
      .getByRole("navigation")
      .first()
      .getByRole("link", { name: /Containers/ });
    await before.focus();
    await page.keyboard.press("Control+k");
    // The palette's only field: its caret is what is seen.
    await expect(field).toBeFocused();
    await page.keyboard.press("Escape");
    await expect(palette).toHaveCount(0);
    await expect(before).toBeFocused();
    await expect(page).toHaveURL(/\/engines$/);
  });

  await test.step("a container by its name, with the arrow keys", async () => {
    await page.keyboard.press("Control+k");
    await page.keyboard.type(NAME);
    const options = palette.getByRole("option");
    await expect(options.filter({ hasText: `${NAME}-b` })).toBeVisible();
    for (let press = 0; press < 10; press++) {
      const chosen = options.and(palette.locator('[aria-selected="true"]'));
      if ((await chosen.innerText()).includes(`${NAME}-b`)) break;
      await page.keyboard.press("ArrowDown");
    }
    // What a screen reader is told is what is marked.
    const told = await field.getAttribute("aria-activedescendant");
    await expect(page.locator(`[id="${told}"]`)).toContainText(`${NAME}-b`);
    await accessible(page);
    await pictures(page, "hand-palette");
    await page.keyboard.press("Enter");
    await expect(page).toHaveURL(new RegExp(`/containers/node1/${NAME}-b$`));
    await expect(page.getByRole("heading", { level: 1, name: `${NAME}-b` })).toBeVisible();
  });

  await test.step("a verb on a container", async () => {
    await page.keyboard.press("Control+k");
    await page.keyboard.type(`stop ${NAME}-c`);
    await expect(palette.getByRole("option")).toHaveText([new RegExp(`Stop ${NAME}-c`)]);
    await page.keyboard.press("Enter");
    await expect(page.getByText(`Stopped ${NAME}-c`)).toBeVisible({ timeout: 30_000 });
    expect(docker("node1", "inspect", "-f", "{{.State.Running}}", `${NAME}-c`)).toBe("false");
  });

  await test.step("what nothing is called is said", async () => {
    await page.keyboard.press("Control+k");
    await page.keyboard.type("zzz-nothing");
    await expect(palette.getByText("Nothing is called that.")).toBeVisible();
    await page.keyboard.press("Escape");
    await expect(palette).toHaveCount(0);
  });
});

test("the table of containers by keys alone, down to a container and back", async ({ page, shipyard }) => {
  await page.goto(`${shipyard.url}/`);
  await expect(page.getByText("1 of 1 engine connected")).toBeVisible();
  const row = (letter: string) => page.getByRole("row", { name: new RegExp(`${NAME}-${letter}`) });

  await test.step("g c goes there, / filters", async () => {
    await page.keyboard.press("g");
    await page.keyboard.press("c");
    await expect(page).toHaveURL(/\/containers$/);
    await expect(page.getByRole("heading", { level: 1, name: "Containers" })).toBeVisible();
    await page.keyboard.press("/");
    await focused(page.getByRole("searchbox"));
    await page.keyboard.type(NAME);
    // The engine has no others, so that their count alone would not say that the filter has come into effect.
    await expect(page).toHaveURL(new RegExp(`\\?q=${NAME}$`));
    await expect(page.locator("tbody tr")).toHaveCount(3);
    // A letter in the field is text; out of it, it is a key again.
    await page.keyboard.press("Tab");
  });

  await test.step("j and k move, x selects, Escape lets go", async () => {
    await page.keyboard.press("j");
    await page.keyboard.press("j");
    await expect(row("b")).toHaveClass(/cursor/);
    await page.keyboard.press("x");
    await expect(row("b").getByRole("checkbox")).toBeChecked();
    await page.keyboard.press("j");
    await page.keyboard.press("k");
    await page.keyboard.press("k");
    await expect(row("a")).toHaveClass(/cursor/);
    await pictures(page, "hand-keys-table");
    await page.keyboard.press("Escape");
    await expect(page.getByRole("checkbox", { checked: true })).toHaveCount(0);
    await expect(page.locator("tr.cursor")).toHaveCount(0);
  });

  await test.step("Enter opens, Escape comes back to the same filtered table", async () => {
    await page.keyboard.press("j");
    // Where the focus was put by hand, Enter is for that button; the page itself has it here.
    await page.locator("main").focus();
    await page.keyboard.press("Enter");
    await expect(page).toHaveURL(new RegExp(`/containers/node1/${NAME}-a$`));
    await expect(page.getByRole("heading", { level: 1, name: `${NAME}-a` })).toBeVisible();
    await page.keyboard.press("Escape");
    await expect(page).toHaveURL(new RegExp(`/containers\\?q=${NAME}`));
    await expect(page.locator("tbody tr")).toHaveCount(3);
  });

  await test.step("Tab reaches a row's menu; its dialog closes by Escape, and the focus is back at the menu", async () => {
    const menu = page.getByRole("button", { name: `Actions for ${NAME}-b` });
    await page.locator("main").focus();
    await until(page, "Tab", menu);
    await focused(menu);
    await page.keyboard.press("Enter");
    const remove = page.getByRole("button", { name: "Remove…" }).last();
    await expect(page.getByRole("button", { name: "Stop", exact: true })).toBeFocused();
    await until(page, "ArrowDown", remove);
    await focused(remove);
    await page.keyboard.press("Enter");
    const dialog = page.getByRole("dialog", { name: `Remove ${NAME}-b?` });
    await expect(dialog).toBeVisible();
    // The focus is inside, and what Enter does from there removes nothing unasked.
    await expect(dialog.locator(":focus")).toHaveCount(1);
    await expect(dialog.getByRole("button", { name: "Remove container" })).not.toBeFocused();
    await pictures(page, "hand-keys-dialog");
    await page.keyboard.press("Escape");
    await expect(dialog).toHaveCount(0);
    await expect(menu).toBeFocused();
  });

  await test.step("the sheet of keys opens by ?, and Escape closes it and no more", async () => {
    await page.keyboard.press("?");
    const sheet = page.getByRole("dialog");
    await expect(sheet.getByText("Ctrl")).toBeVisible();
    await accessible(page);
    await pictures(page, "hand-keys-sheet");
    await page.keyboard.press("Escape");
    await expect(sheet).toHaveCount(0);
    await expect(page).toHaveURL(new RegExp(`/containers\\?q=${NAME}`));
  });
});

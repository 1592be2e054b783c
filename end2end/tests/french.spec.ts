// The same pages in French, with no key left without a text.
import { addEngine } from "../fixtures/engines.ts";
import { accessible, expect, firstSignIn, pictures, test } from "../fixtures/test.ts";

test("each page speaks French", async ({ page, shipyard }) => {
  await firstSignIn(page, shipyard);
  await addEngine(page, shipyard, "node2");
  await page.context().addCookies([{ name: "shipyard_language", value: "fr", url: shipyard.url }]);
  for (const path of [
    "/",
    "/containers",
    "/deploy",
    "/engines",
    "/engines/add",
    "/engines/node2",
    "/operations",
    "/activity",
    "/settings",
    "/access",
    "/access/roles",
    "/access/pools",
    "/access/tokens",
  ]) {
    await page.goto(`${shipyard.url}${path}`);
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
    await expect(page.locator("html")).toHaveAttribute("lang", "fr");
    const text = await page.locator("body").innerText();
    expect(
      text
        .match(/\b[a-z-]+\.[a-z-]+(\.[a-z-]+)?\b(?<!\.(org|sock|json|lab))/g)
        ?.filter((word) =>
          /^(fleet|containers|deploy|engines?|form|operations?|activity|settings|nav|action|state|health|first|recent|attention|access|account|grant|role|pool|profile|permission|token|session|two-factor|step-up|once)\./.test(
            word,
          ),
        ) ?? [],
    ).toEqual([]);
    await accessible(page);
    await pictures(page, `french${path.replaceAll("/", "-")}`);
  }
});

import { defineConfig } from "@playwright/test";

// One worker: the tests share three real engines, and two cores run browser, server and engines.
export default defineConfig({
  testDir: "tests",
  outputDir: "test-results",
  workers: 1,
  timeout: 240_000,
  expect: { timeout: 10_000 },
  forbidOnly: true,
  reporter: [["list", { printSteps: true }]],
  use: {
    browserName: "chromium",
    viewport: { width: 1440, height: 1000 },
    reducedMotion: "reduce",
    actionTimeout: 15_000,
    navigationTimeout: 20_000,
    // Without the film of the page: it would ask for frames all the time, which the screenshots then wait for.
    trace: process.env.SHIPYARD_PICTURES ? { mode: "retain-on-failure", screenshots: false } : "off",
    launchOptions: {
      executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
      args: [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--no-first-run",
      ],
    },
  },
});

/**
 * Starts the app: its glue, its WASM and its texts arrive side by side, because none of them needs another to be fetched.
 * What to fetch stands in the shell's JSON block, so that this file never changes with the names of the others.
 */
interface App {
  default(options: { module_or_path: Response | Promise<Response> }): Promise<unknown>;
  start(messages: string, boot: string): void;
}

async function text(url: string): Promise<string> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  return response.text();
}

// The WASM loads what it needs later through this: `import()` is syntax, which it has no other way to reach.
(globalThis as { shipyardImport?: (address: string) => Promise<unknown> }).shipyardImport = (address) =>
  import(address);

async function boot(): Promise<void> {
  const block = document.querySelector("#boot")?.textContent ?? "";
  const { assets } = JSON.parse(block) as { assets: { js: string; wasm: string; messages: string } };
  const wasm = fetch(assets.wasm);
  const [app, messages] = await Promise.all([import(assets.js) as Promise<App>, text(assets.messages)]);
  await app.default({ module_or_path: wasm });
  app.start(messages, block);
}

boot().catch((error: unknown) => {
  console.error(error);
  const place = document.querySelector("#boot-error");
  if (!place) return;
  // The texts may be what failed to load, so the shell may bring its own sentence, in the reader's language.
  place.textContent ||= "Shipyard could not be loaded. Check your connection, then reload the page.";
  place.removeAttribute("hidden");
});

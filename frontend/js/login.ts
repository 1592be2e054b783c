import { available, show } from "./passkey";

/** While a person types a password, the browser fetches what the next page needs. Nothing on this page waits for it. */
function warm(): void {
  const list = document.querySelector("#prefetch")?.textContent;
  if (!list) return;
  for (const url of JSON.parse(list) as string[]) {
    // A failure costs nothing: the next page fetches the file itself.
    fetch(url, { priority: "low" }).catch(() => undefined);
  }
}

if (document.readyState === "complete") warm();
else addEventListener("load", warm, { once: true });

const button = document.querySelector<HTMLButtonElement>("#passkey");

async function ask<T>(address: string, body: unknown): Promise<T> {
  const headers = { "Content-Type": "application/json", Accept: "application/json" };
  const response = await fetch(address, { method: "POST", headers, body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`${response.status}`);
  return (await response.json()) as T;
}

/** Signs in by a passkey: no name and no password are typed. */
async function enter(button: HTMLButtonElement): Promise<void> {
  const problem = document.querySelector<HTMLElement>("#passkey-problem");
  const next = document.querySelector<HTMLInputElement>("[name=next]")?.value;
  button.disabled = true;
  if (problem) problem.hidden = true;
  try {
    const question = await ask<{ id: string; options: string }>("/login/passkey/question", {});
    const answer = await show(question.options);
    const { to } = await ask<{ to: string }>("/login/passkey", { id: question.id, answer, next });
    location.replace(to);
  } catch {
    // The person turned it down, the device has none for this place, or the server did not accept it: one way on for all.
    if (problem) problem.hidden = false;
    button.disabled = false;
  }
}

if (button && available()) {
  button.hidden = false;
  button.addEventListener("click", () => void enter(button));
}

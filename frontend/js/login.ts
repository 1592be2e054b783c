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

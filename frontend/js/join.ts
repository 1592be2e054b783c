/** Puts the link's secret, which stands after the `#`, into the form, and takes it out of the address and the history. */
const field = document.querySelector<HTMLInputElement>("#link");
const secret = location.hash.slice(1);
if (field && secret) {
  field.value = secret;
  document.querySelector("#link-field")?.setAttribute("hidden", "");
  history.replaceState(null, "", location.pathname);
}

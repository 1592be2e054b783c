/**
 * Passkeys, as the browser has them: options and answers are the JSON forms of Web Authentication (W3C, level 3), so nothing
 * is decoded here. Used by the sign-in page and, loaded when it is needed, by the app.
 */

/** Whether this page can have passkeys: the browser knows them, and the page has a host name, to which they belong. */
export function available(): boolean {
  const address = /^[\d.]+$|^\[/.test(location.hostname);
  return window.isSecureContext && !address && "parseRequestOptionsFromJSON" in (window.PublicKeyCredential ?? {});
}

const written = (credential: Credential | null): string => JSON.stringify((credential as PublicKeyCredential).toJSON());

/** Has a device make a passkey. */
export async function create(options: string): Promise<string> {
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(JSON.parse(options));
  return written(await navigator.credentials.create({ publicKey }));
}

/** Has a device show one of its passkeys. */
export async function show(options: string): Promise<string> {
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(JSON.parse(options));
  return written(await navigator.credentials.get({ publicKey }));
}

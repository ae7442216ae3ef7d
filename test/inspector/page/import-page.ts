/** Imports a module of the inspector's page, which browsers load as it is, and which has no types. */
export async function importPage(name: string) {
  return await import(new URL(`../../../src/inspector/page/${name}`, import.meta.url).href);
}

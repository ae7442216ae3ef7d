/** A path as a shell takes it: in quotes where it holds anything that a shell could read otherwise. */
export function quote(path: string): string {
  if (/^[\w./:@%+,=-]+$/.test(path)) return path;
  return process.platform === 'win32' ? `"${path}"` : `'${path.replaceAll("'", "'\\''")}'`;
}

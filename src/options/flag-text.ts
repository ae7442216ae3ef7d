/** Name of an option's flag, without the dashes before it: `trainSize` becomes `train-size`. */
export function flagName(option: string): string {
  return option.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** Text as a shell takes it: in quotes if it holds anything that a shell could read otherwise. */
export function quote(text: string): string {
  if (/^[\w./:@%+,=-]+$/.test(text)) return text;
  return process.platform === 'win32' ? `"${text}"` : `'${text.replaceAll("'", "'\\''")}'`;
}

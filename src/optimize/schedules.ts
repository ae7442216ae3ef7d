/** A value that follows the progress, from 0 at the start to 1 at the end. */
export type Schedule = (progress: number) => number;

export function constant(value: number): Schedule {
  return () => value;
}

/** Half a cosine from one value to another (Loshchilov and Hutter 2016, SGDR, eq. 5, without restarts). */
export function cosine(from: number, to: number): Schedule {
  return (progress) => to + ((from - to) * (1 + Math.cos(Math.PI * progress))) / 2;
}

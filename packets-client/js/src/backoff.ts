/** How long to wait before each attempt to connect again, in milliseconds. */
export interface Backoff {
  /** The most that the first attempt waits. 500. */
  first: number;
  /** The most that any attempt waits. 30,000. */
  most: number;
  /** How long a connection has to last for the next attempt to be a first one. 60,000. */
  stable: number;
}

export const DEFAULT_BACKOFF: Backoff = { first: 500, most: 30_000, stable: 60_000 };

/**
 * The wait before an attempt, counted from 0: anything up to a bound that doubles, so that those who lost their
 * connection together do not come back together.
 */
export function delay({ first, most }: Backoff, attempt: number, random: number): number {
  return random * Math.min(most, first * 2 ** attempt);
}

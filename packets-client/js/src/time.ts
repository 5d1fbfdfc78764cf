/** A length of time, as Rust's `Duration` travels. */
export interface Duration {
  /** Below 10⁹. */
  nanos: number;
  secs: bigint;
}

/** A point in time, as Rust's `SystemTime` travels: the full seconds since 1970, rounded down, and what is left. */
export interface Time {
  /** Below 10⁹. */
  nanos: number;
  secs: bigint;
}

/** The milliseconds of a length of time; what is beyond a double's precision is lost. */
export function toMilliseconds({ nanos, secs }: Duration): number {
  return Number(secs) * 1_000 + nanos / 1_000_000;
}

/** A length of time of so many milliseconds. */
export function toDuration(milliseconds: number): Duration {
  const secs = Math.floor(milliseconds / 1_000);
  return { nanos: Math.min(Math.round((milliseconds - secs * 1_000) * 1_000_000), 999_999_999), secs: BigInt(secs) };
}

/** A point in time as a date, whose unit is the millisecond. */
export function toDate(time: Time): Date {
  return new Date(toMilliseconds(time));
}

/** A date as a point in time. */
export function toTime(date: Date): Time {
  return toDuration(date.getTime());
}

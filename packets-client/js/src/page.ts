import { ValidationError } from './error.js';

/** What Redirect and Refresh act on: a page's `location`. */
export interface Page {
  readonly href: string;
  readonly origin: string;
  assign(url: string): void;
  reload(): void;
}

/** The page that this runs in; a worker and Node have none. */
export function currentPage(): Page | undefined {
  return globalThis.document && location;
}

/**
 * The address that a Redirect leads to.
 *
 * @throws {ValidationError} if it is of another origin that is not allowed, or no page's (`javascript:`, say).
 */
export function target(page: Page, address: string, allowed: readonly string[]): string {
  let url: URL;
  try {
    url = new URL(address, page.href);
  } catch {
    throw new ValidationError(400, 'no address');
  }
  const isPage = /^https?:/.test(url.href);
  if (!isPage || (url.origin !== page.origin && !allowed.includes(url.origin))) {
    throw new ValidationError(403, 'a redirect to a foreign origin');
  }
  return url.href;
}

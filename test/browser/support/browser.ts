import { chromium, type Browser } from 'playwright-core';

/** Where Debian's package puts it. */
export const CHROMIUM = '/usr/bin/chromium';

/** A browser without a window. Tests run as root in containers, where its sandbox cannot be had; it only sees our own page. */
export function launchBrowser(): Promise<Browser> {
  const args = ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--disable-background-networking'];
  return chromium.launch({ executablePath: CHROMIUM, args, timeout: 30_000 });
}

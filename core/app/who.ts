import { userInfo } from 'node:os';

/** The user who calls, for journals; one without a name has a number. */
export function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return `user ${process.getuid?.() ?? '?'}`;
  }
}

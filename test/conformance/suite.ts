import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { execa } from 'execa';
import { AttituneError } from '../../core/model/errors.js';

const PACKAGE = '@scion-scxml/test-framework@2.0.16';
const ARCHIVE = 'scion-scxml-test-framework-2.0.16.tgz';
/** SHA-512 of the archive, in Base64, as the package's registry publishes it. */
const INTEGRITY = '5rRd5CdFLUzmPaO43NSamBmhq6uW/0kUmUneEnqRSbAj0FiFVAINd1DfadUkdECT+xHLARCJZU7meQD4nqYyKw==';

/**
 * The folder `test` of the suite, fetched once into `.build/suites` of the project and checked each time. It is no
 * dependency: its own ones are old, and nothing of it but its documents is used. Throws `missing-package` where it
 * can neither be found nor fetched, and `protocol` where the archive is not the one that is meant.
 */
export async function suiteFolder(projectRoot: string): Promise<string> {
  const cache = path.join(projectRoot, '.build', 'suites');
  const archive = path.join(cache, ARCHIVE);
  mkdirSync(cache, { recursive: true });
  if (!existsSync(archive)) await fetchArchive(cache);
  checkIntegrity(archive);
  const folder = path.join(cache, 'package', 'test');
  if (!existsSync(folder)) await execa('tar', ['-xzf', archive, '-C', cache], { timeout: 60_000 });
  return folder;
}

async function fetchArchive(cache: string): Promise<void> {
  try {
    await execa('npm', ['pack', PACKAGE, '--pack-destination', cache], { cwd: cache, timeout: 60_000 });
  } catch (error) {
    const message = `the suite ${PACKAGE} cannot be fetched. Run "npm pack ${PACKAGE} --pack-destination .build/suites" on a machine with a connection.`;
    throw new AttituneError('missing-package', message, { cause: error });
  }
}

function checkIntegrity(archive: string): void {
  const found = createHash('sha512').update(readFileSync(archive)).digest('base64');
  if (found === INTEGRITY) return;
  throw new AttituneError(
    'protocol',
    `"${archive}" is not ${PACKAGE}: its SHA-512 is ${found}. Remove it and try again.`,
  );
}

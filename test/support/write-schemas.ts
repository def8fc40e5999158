import { writeFileSync } from 'node:fs';
import { schemas } from '../../core/app/schemas.js';
import { asset } from '../../core/assets/package-root.js';

/** `node dist/test/support/write-schemas.js` after a grammar was changed: writes every schema anew. */
for (const [path, schema] of Object.entries(schemas())) {
  writeFileSync(asset(path), schema);
  console.log(path);
}

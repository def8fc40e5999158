import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

let root: string | undefined;

/** The folder of AttiTUNe's own package.json: files that are not TypeScript (wrappers, pages, templates) are found from here. */
export function packageRoot(): string {
  if (root !== undefined) return root;
  let folder = dirname(fileURLToPath(import.meta.url));
  for (;;) {
    const manifest = join(folder, 'package.json');
    if (existsSync(manifest)) {
      const { name } = JSON.parse(readFileSync(manifest, 'utf8')) as { name?: string };
      if (name === 'attitune') return (root = folder);
    }
    const parent = dirname(folder);
    if (parent === folder) throw new Error("AttiTUNe's own package.json was not found above its code");
    folder = parent;
  }
}

/** Absolute path of a file that ships with AttiTUNe, such as `asset('wrappers/tomcat/server.xml.liquid')`. */
export function asset(path: string): string {
  return join(packageRoot(), path);
}

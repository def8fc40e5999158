import { posix } from 'node:path';

interface Entry {
  readonly content: string;
  readonly mode: number;
}

/** The files of a simulated machine: absolute paths and text. Folders exist where files are in them, or where made. */
export class FileTree {
  readonly #files = new Map<string, Entry>();
  readonly #pipes = new Set<string>();
  readonly #folders = new Set<string>(['/', '/tmp']);

  read(path: string): string | undefined {
    return this.#files.get(posix.normalize(path))?.content;
  }
  mode(path: string): number | undefined {
    return this.#files.get(posix.normalize(path))?.mode;
  }
  /** A named pipe: what is written to it is there for whoever reads it. Nothing changes where it is one already. */
  makePipe(path: string): void {
    const name = posix.normalize(path);
    if (this.isPipe(name)) return;
    this.write(name, '', 0o600);
    this.#pipes.add(name);
  }
  isPipe(path: string): boolean {
    return this.#pipes.has(posix.normalize(path));
  }
  /** Writes a file, making its folders. */
  write(path: string, content: string, mode?: number): void {
    const name = posix.normalize(path);
    this.#files.set(name, { content, mode: mode ?? this.mode(name) ?? 0o644 });
    this.makeFolder(posix.dirname(name));
  }
  append(path: string, text: string): void {
    this.write(path, (this.read(path) ?? '') + text);
  }
  chmod(path: string, mode: number): boolean {
    const content = this.read(path);
    if (content !== undefined) this.write(path, content, mode);
    return content !== undefined || this.isFolder(path);
  }
  makeFolder(path: string): void {
    for (let name = posix.normalize(path); name !== '/' && name !== '.'; name = posix.dirname(name)) {
      this.#folders.add(name);
    }
  }
  isFolder(path: string): boolean {
    return this.#folders.has(posix.normalize(path).replace(/(.)\/$/, '$1'));
  }
  exists(path: string): boolean {
    return this.read(path) !== undefined || this.isFolder(path);
  }
  /** Takes out a file, or a folder with all that is in it. */
  remove(path: string): boolean {
    const name = posix.normalize(path).replace(/(.)\/$/, '$1');
    const found = this.exists(name);
    this.#files.delete(name);
    this.#pipes.delete(name);
    this.#folders.delete(name);
    for (const file of this.under(name)) this.#files.delete(file);
    for (const folder of this.#folders) if (folder.startsWith(`${name}/`)) this.#folders.delete(folder);
    return found;
  }
  /** Copies a file, or a folder with all that is in it. */
  copy(from: string, to: string): boolean {
    const content = this.read(from);
    if (content !== undefined) {
      this.write(this.isFolder(to) ? posix.join(to, posix.basename(from)) : to, content, this.mode(from));
      return true;
    }
    if (!this.isFolder(from)) return false;
    const target = this.isFolder(to) ? posix.join(to, posix.basename(from)) : to;
    this.makeFolder(target);
    for (const file of this.under(from))
      this.write(target + file.slice(posix.normalize(from).length), this.read(file) ?? '', this.mode(file));
    return true;
  }
  /** Every file below a folder, in order. */
  under(folder: string): readonly string[] {
    const prefix = `${posix.normalize(folder).replace(/\/$/, '')}/`;
    return [...this.#files.keys()].filter((file) => file.startsWith(prefix)).sort();
  }
}

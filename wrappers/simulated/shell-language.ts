/** A piece of a word: literal text, or a variable. */
export interface WordPart {
  readonly text: string;
  readonly variable?: string;
  readonly quoted: boolean;
}

export interface ShellCommand {
  readonly words: readonly (readonly WordPart[])[];
  readonly redirections: readonly { readonly operator: string; readonly target: readonly WordPart[] }[];
  /** What stands between it and the next: `;` also for the end of a line. */
  readonly followedBy: ';' | '&' | '&&' | '||';
}

/** Words that begin what {@link lexCommands} does not understand. */
const RESERVED = new Set([
  'if',
  'then',
  'else',
  'elif',
  'fi',
  'for',
  'while',
  'until',
  'do',
  'done',
  'case',
  'esac',
  '{',
  '}',
  '!',
  'trap',
  'eval',
  'read',
]);

const TOKENS =
  /(?<space>[ \t]+|\\\n|#(?<=(?:^|\s)#)[^\n]*)|(?<end>&&|\|\||;|\n|&(?!>))|(?<duplicate>2>&1|>&2|1>&2)|(?<redirect>2>>|2>|1>|>>|>|<(?!<))|(?<single>'[^']*')|(?<double>"(?:[^"\\]|\\[\s\S])*")|(?<escaped>\\[\s\S])|(?<variable>\$(?:\{\w+\}|\w+|[!?$@*]))|(?<bare>[^\s;&|<>'"\\$`()]+)/y;

/** Splits a script into its simple commands; `undefined` where it uses more of the language than that. */
export function lexCommands(script: string): readonly ShellCommand[] | undefined {
  const commands: ShellCommand[] = [];
  let words: WordPart[][] = [];
  let redirections: { operator: string; target: WordPart[] }[] = [];
  let word: WordPart[] | undefined;
  let awaited: string | undefined;
  const endWord = () => {
    if (word === undefined) return;
    if (awaited === undefined) words.push(word);
    else redirections.push({ operator: awaited, target: word });
    awaited = undefined;
    word = undefined;
  };
  const endCommand = (followedBy: ShellCommand['followedBy']) => {
    endWord();
    if (words.length > 0 || redirections.length > 0) commands.push({ words, redirections, followedBy });
    words = [];
    redirections = [];
  };
  const add = (...parts: WordPart[]) => {
    (word ??= []).push(...parts);
  };

  TOKENS.lastIndex = 0;
  while (TOKENS.lastIndex < script.length) {
    const token = TOKENS.exec(script)?.groups;
    if (!token) return undefined;
    if (token['space'] !== undefined) endWord();
    else if (token['end'] !== undefined)
      endCommand(token['end'] === '\n' ? ';' : (token['end'] as ShellCommand['followedBy']));
    else if (token['duplicate'] !== undefined) {
      endWord();
      redirections.push({ operator: token['duplicate'].replace(/^1/, ''), target: [] });
    } else if (token['redirect'] !== undefined) {
      endWord();
      awaited = token['redirect'].replace(/^1/, '');
    } else if (token['single'] !== undefined) add({ text: token['single'].slice(1, -1), quoted: true });
    else if (token['double'] !== undefined) {
      const parts = quotedParts(token['double'].slice(1, -1));
      if (!parts) return undefined;
      add(...parts);
    } else if (token['escaped'] !== undefined) add({ text: token['escaped'].slice(1), quoted: true });
    else if (token['variable'] !== undefined)
      add({ text: '', variable: variableName(token['variable']), quoted: false });
    else add({ text: token['bare'] ?? '', quoted: false });
  }
  endCommand(';');
  const foreign = commands.some(
    ({ words: [first] }) => first?.length === 1 && !first[0]?.quoted && RESERVED.has(first[0]?.text ?? ''),
  );
  return foreign ? undefined : commands;
}

/** Text and variables between double quotes; `undefined` for a command substitution. */
function quotedParts(text: string): WordPart[] | undefined {
  if (/(?<!\\)`|(?<!\\)\$\(/.test(text)) return undefined;
  const parts: WordPart[] = [{ text: '', quoted: true }];
  for (const [piece] of text.matchAll(/\\[$"\\`]|\$(?:\{\w+\}|\w+|[!?$@*])|[\s\S]/g)) {
    if (piece.length > 1 && piece.startsWith('$'))
      parts.push({ text: '', variable: variableName(piece), quoted: true });
    else parts.push({ text: piece.length > 1 ? piece.slice(1) : piece, quoted: true });
  }
  return parts;
}

/** `$1x` is `$1` and an `x` in a shell; scripts that wrappers use brace such names. */
function variableName(text: string): string {
  return text.replace(/^\$\{?/, '').replace(/\}$/, '');
}

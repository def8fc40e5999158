import vm from 'node:vm';
import type { ExpressionUse } from '../chart/content.js';

export interface SyntaxFault {
  readonly message: string;
  /** Within the text, from 1. */
  readonly line: number;
  readonly column: number;
}

/** How each use is wrapped to be parsed on its own; text starts behind `before`. */
const WRAPPERS: Readonly<Record<ExpressionUse, { readonly before: string; readonly after: string }>> = {
  value: { before: '(', after: '\n)' },
  location: { before: '"use strict";(', after: '\n)=0' },
  reference: { before: '"use strict";(', after: '\n)=0' },
  script: { before: '', after: '' },
  global: { before: '', after: '' },
};

const FILE = 'diagram-expression';

/** Parses a text without running it. `undefined` means that it is right. */
export function syntaxError(use: ExpressionUse, text: string): SyntaxFault | undefined {
  if (use !== 'script' && use !== 'global' && text.trim() === '') return { message: 'it is empty', line: 1, column: 1 };
  const { before, after } = WRAPPERS[use];
  const source = use === 'value' ? withoutSemicolon(text) : text;
  try {
    new vm.Script(before + source + after, { filename: FILE });
    return undefined;
  } catch (error) {
    return locate(error as Error, before.length, text);
  }
}

/** Authors end expressions as they end statements. */
export function withoutSemicolon(text: string): string {
  return text.replace(/\s*;\s*$/, '');
}

/** V8 puts `FILE:LINE`, the line and a row of carets before the stack of a syntax error. */
function locate(error: Error, indent: number, text: string): SyntaxFault {
  const head = (error.stack ?? '').split('\n');
  const line = Number(new RegExp(`^${FILE}:(\\d+)`).exec(head[0] ?? '')?.[1] ?? 1);
  const caret = Math.max(0, (head[2] ?? '').indexOf('^'));
  const lines = text.split('\n');
  const inside = Math.min(line, lines.length);
  const length = (lines[inside - 1] ?? '').length;
  const column = line > lines.length ? length + 1 : line === 1 ? caret - indent + 1 : caret + 1;
  const message = error.message.replace(/\.$/, '');
  return { message: decapitalise(message), line: inside, column: Math.min(Math.max(1, column), length + 1) };
}

function decapitalise(message: string): string {
  return message.charAt(0).toLowerCase() + message.slice(1);
}

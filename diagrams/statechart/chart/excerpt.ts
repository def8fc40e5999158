/** A text on one line, cut where it is long: for messages and drawings. */
export function excerpt(text: string, most = 60): string {
  const line = text.trim().replace(/\s+/g, ' ');
  return line.length > most ? `${line.slice(0, most - 1)}…` : line;
}

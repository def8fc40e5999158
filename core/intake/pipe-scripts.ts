/**
 * What happens to event pipes on machines that are reached by an executor only. What varies is a positional argument. They
 * need a POSIX shell, coreutils, and util-linux's `flock`.
 */

/**
 * `$1` pipe. Copies its lines to `$1.spool`, from now until it is ended; it alone does, and holds the pipe open, so that
 * writers may come and go. A line without end must not fill the memory.
 */
export const READ_PIPE_SCRIPT = `exec 9>> "$1.lock" && flock -n 9 || exit 0
echo $$ > "$1.reader"
ulimit -v 262144
exec 3<> "$1" || exit 1
while IFS= read -r line <&3; do printf '%s\\n' "$line" >> "$1.spool"; done`;

/** `$1` pipe, `$2` bytes at most. Prints what was copied, and forgets that; what is more is for the next time. */
export const TAKE_SPOOL_SCRIPT = `taken=$1.taken
if [ ! -e "$taken" ]; then
  [ -s "$1.spool" ] || exit 0
  mv -f -- "$1.spool" "$taken" && sleep 0.05
fi
head -c "$2" -- "$taken" && tail -c "+$(($2 + 1))" -- "$taken" > "$taken.rest" || exit 1
if [ -s "$taken.rest" ]; then mv -f -- "$taken.rest" "$taken"; else rm -f -- "$taken" "$taken.rest"; fi`;

/** `$1` pipe: ends its reader, and takes away all that belongs to it. */
export const REMOVE_PIPE_SCRIPT = `if [ -f "$1.lock" ] && ! flock -n "$1.lock" true; then
  read -r reader < "$1.reader" && kill "$reader"
fi
rm -f -- "$1" "$1.spool" "$1.taken" "$1.taken.rest" "$1.lock" "$1.reader"
rmdir -- "\${1%/*}" 2> /dev/null || true`;

/**
 * The few shell scripts by which files and processes of another namespace or guest are handled. Everything that varies
 * is a positional argument: nothing is ever put into the text of a script. They need a POSIX shell and coreutils only.
 */

/** `$1` path, `$2` octal mode, content on standard input. */
export const PUT_SCRIPT = `set -e
folder=$(dirname -- "$1")
mkdir -p -- "$folder"
temporary=$(mktemp -- "$folder/.attitune.XXXXXXXX")
trap 'rm -f -- "$temporary"' EXIT
cat > "$temporary"
chmod -- "$2" "$temporary"
mv -f -- "$temporary" "$1"`;

/** `$1` path. Exit code 44: there is none. */
export const GET_SCRIPT = `[ -e "$1" ] || exit 44
exec cat -- "$1"`;

/** Path, octal mode, base64 content, and again; writes the files that differ and prints the paths of these. */
export const ENSURE_SCRIPT = `set -e
temporary=
trap 'rm -f -- "$temporary"' EXIT
while [ $# -ge 3 ]; do
  folder=$(dirname -- "$1")
  mkdir -p -- "$folder"
  temporary=$(mktemp -- "$folder/.attitune.XXXXXXXX")
  printf %s "$3" | base64 -d > "$temporary"
  chmod -- "$2" "$temporary"
  if cmp -s -- "$temporary" "$1"; then
    rm -f -- "$temporary"
  else
    mv -f -- "$temporary" "$1"
    printf '%s\\n' "$1"
  fi
  shift 3
done`;

/** `$1` log file, `$2` working folder or nothing, then the command, which replaces the shell. */
export const EXEC_TO_LOG_SCRIPT = `mkdir -p -- "$(dirname -- "$1")" || exit 1
exec >> "$1" 2>&1 < /dev/null || exit 1
[ -z "$2" ] || cd -- "$2" || exit 1
shift 2
exec "$@"`;

/** `$1` log file, `$2` working folder or nothing, `$3` program; the rest goes on in a session of its own, its id is printed. */
export const START_SCRIPT = `mkdir -p -- "$(dirname -- "$1")" || exit 1
[ -z "$2" ] || cd -- "$2" || exit 1
command -v -- "$3" > /dev/null || { echo "$3: no such program" >&2; exit 127; }
log=$1
shift 3
setsid "$@" >> "$log" 2>&1 < /dev/null &
echo $!`;

/** `$1` path, `$2` bytes. Exit code 44: there is none, 45: it is larger. */
export const GET_SMALL_SCRIPT = `[ -e "$1" ] || exit 44
[ "$(wc -c < "$1")" -le "$2" ] || exit 45
exec cat -- "$1"`;

/** `$1` path; prints the name of an empty file beside it, to be renamed to it. */
export const TEMPORARY_SCRIPT = `folder=$(dirname -- "$1")
mkdir -p -- "$folder" && exec mktemp -- "$folder/.attitune.XXXXXXXX"`;

/** `$1` temporary name, `$2` octal mode, `$3` path. */
export const PUBLISH_SCRIPT = 'chmod -- "$2" "$1" && exec mv -f -- "$1" "$3"';

/** `$1` process id. A zombie has ended, whoever has yet to collect it. */
export const IS_RUNNING_SCRIPT = `[ -r "/proc/$1/stat" ] || exit 1
read -r line < "/proc/$1/stat" || exit 1
case "\${line##*) }" in Z*|X*) exit 1 ;; esac`;

/** `$1` process id, `$2` signal name without SIG. Exit code 1: there is no such process. */
export const SIGNAL_SCRIPT = `${IS_RUNNING_SCRIPT}
kill -s "$2" -- "$1" 2> /dev/null`;

/** The same for every process of group `$1`. */
export const SIGNAL_GROUP_SCRIPT = 'kill -s "$2" -- "-$1" 2> /dev/null';

/** `$1` working folder, then the command. */
export const CHANGE_FOLDER_SCRIPT = 'cd -- "$1" || exit 126; shift; exec "$@"';

/**
 * `$1` a mark, `$2` working folder or nothing, `$3` program, then the command with its environment. Prints the mark and the
 * process group first, and after the command's own output, on a line of its own, the mark and the exit code, or what there
 * is not: `program`, `folder`.
 */
export const MARKED_SCRIPT = `mark=$1
read -r pid name state parent group rest < "/proc/$$/stat"
echo "$mark $group"
if [ -n "$2" ] && ! cd -- "$2" 2> /dev/null; then
  code=folder
elif command -v -- "$3" > /dev/null; then
  shift 3
  "$@"
  code=$?
else
  code=program
fi
printf '\\n%s %s\\n' "$mark" "$code"`;

/** The argv that runs one of these scripts. */
export function script(text: string, ...args: readonly string[]): [string, ...string[]] {
  return ['sh', '-c', text, 'attitune', ...args];
}

/** A command with its environment and folder as one argv; for executors that cannot give these in another way. */
export function withSurroundings(
  argv: readonly string[],
  env: Readonly<Record<string, string>> | undefined,
  cwd: string | undefined,
): string[] {
  const variables = Object.entries(env ?? {}).map(([name, value]) => `${name}=${value}`);
  const withEnv = variables.length > 0 ? ['env', ...variables, ...argv] : [...argv];
  return cwd === undefined ? withEnv : script(CHANGE_FOLDER_SCRIPT, cwd, ...withEnv);
}

/** True where `setsid`, `nsenter` or `env` say that the program which they were to run is not there. */
export function missingProgram(exitCode: number, stderr: string): boolean {
  return exitCode === 127 && /^(setsid|nsenter|env): .*No such file or directory/m.test(stderr);
}

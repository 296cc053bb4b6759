# What every part of the launcher uses: how it speaks and how it ends.
# Exit codes: 0 done, 1 failed, 2 usage, 4 the environment does not fit.

readonly FAILED=1 USAGE=2 UNFIT=4

# Progress goes to standard error: standard output belongs to results, such as --json.
say() { printf '%s\n' "$*" >&2; }

# end EXIT-CODE WORDS…: ends the launcher
end() {
  local code=$1
  shift
  say "caravan: $*"
  exit "$code"
}

have() { command -v "$1" >/dev/null 2>&1; }

is_root() { [ "$(id -u)" = 0 ]; }

# at_least VERSION MINIMUM: whether a version such as 4.2.1 is that or later
at_least() { [ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1)" = "$2" ]; }

asks_for_help() {
  local word
  for word in "$@"; do
    case $word in --) return 1 ;; -h | --help) return 0 ;; esac
  done
  return 1
}

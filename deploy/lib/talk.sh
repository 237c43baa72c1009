# shellcheck shell=bash
# How the script talks, and how it runs or prints a command.

say() { printf '%s\n' "$*" >&2; }

# Wrong use: nothing was done.
refuse() {
  say "error: $*"
  exit 2
}

# A command as it would be typed. Values that are secret are in files, never in words.
typed() {
  local word line=""
  for word in "$@"; do
    if [[ "$word" =~ ^[A-Za-z0-9@%+=:,./_-]+$ ]]; then
      line+=" $word"
    else
      line+=" '${word//\'/\'\\\'\'}'"
    fi
  done
  printf '%s\n' "${line# }"
}

# Runs a command that changes something; a dry run prints it.
run() {
  if [[ "$DRY_RUN" == yes ]]; then
    typed "$@"
  else
    say "+ $(typed "$@")"
    "$@"
  fi
}

# Runs a command for its answer; a dry run prints it to standard error and answers with the first word.
ask() {
  local supposed="$1"
  shift
  if [[ "$DRY_RUN" == yes ]]; then
    typed "$@" >&3
    printf '%s\n' "$supposed"
  else
    "$@"
  fi
}

# Where the dry run's questions are printed, even inside $( ).
exec 3>&1

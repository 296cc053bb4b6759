#!/bin/sh
# Commit gate. CRIU calls this at each of its steps. At post-restore every process of the container exists and none has
# run: status 0 lets them run, any other makes CRIU kill them. So it waits for the decision, as long as it takes, and
# nothing but the decision ends the wait.
gate=${0%/*}
trap '' HUP INT QUIT TERM
case "$CRTOOLS_SCRIPT_ACTION" in
install)
    [ -p "$gate/wake" ] || mkfifo -m 0600 "$gate/wake"
    exit ;;
post-resume)
    true >"$gate/resumed"
    exit 0 ;;
post-restore) ;;
*)
    exit 0 ;;
esac
# Read and write: opening does not wait for a writer, and what is written before the read below is not lost.
[ -p "$gate/wake" ] && command exec 3<>"$gate/wake"
true >"$gate/held"
while :; do
    decision=
    read -r decision 2>/dev/null <"$gate/decision"
    case "$decision" in
    opened) exit 0 ;;
    closed) exit 1 ;;
    esac
    read -r woken 2>/dev/null <&3 || sleep 0.05
done

#!/bin/sh
# Commit gate. CRIU calls this at each of its steps. At post-restore every process of the container exists and none has
# run: status 0 lets them run, any other makes CRIU kill them. So it waits for the decision, as long as it takes, and
# nothing but the decision ends the wait. What it tells it writes over what is there: that needs no space.
gate=${0%/*}
trap '' HUP INT QUIT TERM
case "$CRTOOLS_SCRIPT_ACTION" in
install)
    mkfifo -m 0600 "$gate/wake"
    exit ;;
post-resume)
    printf 1 1<>"$gate/resumed"
    exit 0 ;;
post-restore) ;;
*)
    exit 0 ;;
esac
# Read and write: opening does not wait for a writer, and what is written before the read below is not lost.
[ -p "$gate/wake" ] && command exec 3<>"$gate/wake"
printf 1 1<>"$gate/held"
while :; do
    [ -e "$gate/opened" ] && exit 0
    [ -e "$gate/closed" ] && exit 1
    read -r woken 2>/dev/null <&3 || sleep 0.05
done

# What Caravan needs of a machine: one row a need, with a probe that changes nothing and takes some milliseconds.

readonly JDK_MINIMUM=17 CRIU_MINIMUM=4.2 PIPE_MINIMUM=4194304

# name | probe | Debian package (- if it is none) | why it matters
readonly NEEDS='
jdk|has_jdk|default-jdk-headless|builds and runs Caravan (version 17 or later)
maven|have mvn|maven|builds Caravan
runc|have runc|runc|runs the containers
iptables|have iptables-restore|iptables|CRIU keeps TCP connections still with it
nftables|have nft|nftables|cuts a container off the network while it moves
iproute2|have ip|iproute2|makes the network of hosts and containers
util-linux|have_all nsenter setsid unshare flock|util-linux|starts processes in the hosts of the lab
swtpm|have swtpm|swtpm|is the TPM of each host of the lab
swtpm-tools|have_all swtpm_setup swtpm_localca|swtpm-tools|makes the TPMs with their certificates
tpm2-tools|have_all tpm2_quote tpm2_checkquote|tpm2-tools|checks in the tests that quotes are what others take for quotes
redis|have_all redis-server redis-cli|redis-server|is the sample container that is moved
attr|have_all getfattr setfattr|attr|shows the tests extended attributes by other eyes than ours
jq|have jq|jq|adapts the container that the demo moves by hand, to compare
gcc|have gcc|gcc|builds the programs that the tests move
libc-dev|test -e /usr/include/stdlib.h|libc6-dev|belongs to gcc
chromium|have chromium|chromium|opens the console in the tests
chromium-driver|have chromedriver|chromium-driver|lets the tests steer Chromium
criu|has_criu|-|freezes and thaws containers (version 4.2 or later, which can keep TCP connections on current kernels)
pipe-size|has_pipe_size|-|memory goes through pipes of 4 MiB
'

have_all() {
  local program
  for program in "$@"; do have "$program" || return 1; done
}

# Prints the home of a JDK that is new enough: JAVA_HOME, that of the PATH, or any that is installed.
find_jdk() {
  local home version
  for home in "${JAVA_HOME:-}" "$(readlink -f "$(command -v javac || true)" 2>/dev/null | sed 's,/bin/javac$,,')" \
    /usr/lib/jvm/default-java /usr/lib/jvm/*; do
    [ -n "$home" ] && [ -x "$home/bin/javac" ] && [ -r "$home/release" ] || continue
    version=$(sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$home/release")
    [ "${version:-0}" -ge "$JDK_MINIMUM" ] && { echo "$home"; return 0; }
  done
  return 1
}

has_jdk() { find_jdk >/dev/null; }

criu_version() { "${1:-criu}" --version 2>/dev/null | sed -n 's/^Version: *//p'; }

is_new_criu() {
  local version
  version=$(criu_version "$@")
  [ -n "$version" ] && at_least "$version" "$CRIU_MINIMUM"
}

# It must also work on this kernel, but only root can ask that.
has_criu() { is_new_criu && { ! is_root || timeout 30 criu check >/dev/null 2>&1; }; }

has_pipe_size() { [ "$(cat /proc/sys/fs/pipe-max-size)" -ge "$PIPE_MINIMUM" ]; }

# found NAME: what is there, in a word
found() {
  case $1 in
    jdk) find_jdk ;;
    criu) echo "$(criu_version) $(command -v criu)" ;;
    pipe-size) cat /proc/sys/fs/pipe-max-size ;;
    libc-dev) echo /usr/include ;;
    redis) command -v redis-server ;;
    util-linux) command -v nsenter ;;
    swtpm-tools) command -v swtpm_setup ;;
    tpm2-tools) command -v tpm2_quote ;;
    attr) command -v getfattr ;;
    nftables) command -v nft ;;
    iproute2) command -v ip ;;
    maven) command -v mvn ;;
    chromium-driver) command -v chromedriver ;;
    *) command -v "$1" ;;
  esac
}

# Prints the rows of what is missing.
missing_needs() {
  local name probe package why
  while IFS='|' read -r name probe package why; do
    [ -n "$name" ] || continue
    $probe || printf '%s|%s|%s\n' "$name" "$package" "$why"
  done <<<"$NEEDS"
}

# One line a need; fails if one is missing. What the criu component can tell by itself it tells, as soon as there is a JDK.
report_needs() {
  local name probe package why fit=0
  while IFS='|' read -r name probe package why; do
    [ -n "$name" ] || continue
    case $name in runc | iptables | criu | pipe-size) if has_jdk; then continue; fi ;; esac
    if $probe; then
      ok "$name" "$(found "$name" | head -n 1)"
    else
      lacks "$name" "$why" "run: $CARAVAN_HOME/caravan setup" || fit=1
    fi
  done <<<"$NEEDS"
  if has_jdk; then check_environment || fit=1; fi
  return $fit
}

# ok NAME WHAT-IS-THERE
ok() { echo "ok       $1: $2"; }

# lacks NAME WHY FIX
lacks() {
  echo "missing  $1: $2; $3"
  return 1
}

# Compiled anew each time: this must also work before Caravan is built, and leave nothing behind.
check_environment() {
  local jdk classes status=0
  jdk=$(find_jdk)
  classes=$(mktemp -d)
  "$jdk/bin/javac" -proc:none -implicit:class -d "$classes" -sourcepath "$CARAVAN_HOME/criu-component/src/main/java" \
    "$CARAVAN_HOME/criu-component/src/main/java/dev/caravan/criu/EnvironmentCheck.java" \
    && "$jdk/bin/java" -XX:TieredStopAtLevel=1 -cp "$classes" dev.caravan.criu.EnvironmentCheck || status=$?
  rm -rf "$classes"
  return $status
}

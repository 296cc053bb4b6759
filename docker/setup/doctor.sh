# Says whether this machine can run Caravan, and what to do if not. Changes nothing.

readonly KERNEL_MINIMUM=5.5 MEMORY_MINIMUM_MIB=2048 DISK_MINIMUM_MIB=2048
readonly LAB_RUN=/run/caravan-lab LAB_HOME=/var/lib/caravan-lab LAB_BRIDGE=caravan0 LAB_PORTS="61616 8090"

doctor() {
  if [ $# -gt 0 ]; then
    asks_for_help "$@" || end $USAGE "doctor takes no arguments"
    echo "Usage: caravan doctor"
    echo "Prints one line a need: ok, or what is missing, why it matters and how to fix it. Changes nothing; exit code 4 if"
    echo "something is missing."
    return
  fi
  local fit=0 check
  report_needs || fit=1
  for check in root kernel criu_works cgroups tmpfs namespaces memory disk memory_tracking lazy_memory ports left_overs tpm; do
    "check_$check" || fit=1
  done
  [ $fit = 0 ] || exit $UNFIT
}

# ok NAME WHAT-IS-THERE
ok() { echo "ok $1 $2"; }

# lacks NAME WHY FIX
lacks() {
  echo "missing $1: $2; $3"
  return 1
}

check_root() {
  if is_root; then ok root "is who asks"; else lacks root "runc and CRIU look into other processes" "run with sudo"; fi
}

check_kernel() {
  if at_least "$(uname -r)" $KERNEL_MINIMUM; then
    ok kernel "$(uname -r)"
  else
    lacks kernel "CRIU restores process numbers by clone3" "boot Linux $KERNEL_MINIMUM or later"
  fi
}

check_criu_works() {
  local said
  if ! is_root; then
    lacks criu-check "only root can ask the kernel" "run with sudo"
  elif said=$(timeout 30 criu check 2>&1); then
    ok criu-check "looks good"
  else
    lacks criu-check "the kernel must let CRIU work ($(grep -m 1 Error <<<"$said" || echo "no CRIU"))" "run: criu check --all"
  fi
}

check_cgroups() {
  if [ -e /sys/fs/cgroup/cgroup.controllers ] && [ -w /sys/fs/cgroup ]; then
    ok cgroups "version 2"
  elif [ -d /sys/fs/cgroup/freezer ] && [ -w /sys/fs/cgroup/freezer ]; then
    ok cgroups "version 1, with the freezer"
  else
    lacks cgroups "containers are frozen by their cgroup" "mount cgroup version 2 at /sys/fs/cgroup, writable"
  fi
}

check_tmpfs() {
  if grep -qw tmpfs /proc/filesystems; then
    ok tmpfs "is offered by the kernel"
  else
    lacks tmpfs "memory images must never reach a disk" "boot a kernel with CONFIG_TMPFS"
  fi
}

# Tries in a namespace that goes away with the attempt.
check_namespaces() {
  if timeout 10 unshare --net sh -c 'ip link add b0 type bridge && ip link add v0 type veth peer name v1 &&
      ip link set v0 master b0 && nft add table inet t' >/dev/null 2>&1; then
    ok namespaces "network namespaces, veth, bridge and nftables work"
  else
    lacks namespaces "hosts and containers have networks of their own" \
      "run as root on a kernel with CONFIG_NET_NS, VETH, BRIDGE and NF_TABLES"
  fi
}

check_memory() {
  local free
  free=$(awk '/^MemAvailable:/ { print int($2 / 1024) }' /proc/meminfo)
  if [ "$free" -ge $MEMORY_MINIMUM_MIB ]; then
    ok memory "$free MiB available"
  else
    lacks memory "the lab runs four JVMs and two copies of a container ($free MiB are available)" \
      "free $MEMORY_MINIMUM_MIB MiB"
  fi
}

check_disk() {
  local free
  free=$(df -Pm /var/lib | awk 'NR == 2 { print $4 }')
  if [ "$free" -ge $DISK_MINIMUM_MIB ]; then
    ok disk "$free MiB free below /var/lib"
  else
    lacks disk "hosts keep containers' files below /var/lib ($free MiB are free)" "free $DISK_MINIMUM_MIB MiB"
  fi
}

# These two are not needed: where they are missing, other ways take their place.
check_memory_tracking() {
  if criu_feature mem_dirty_track; then
    ok memory-tracking "soft-dirty"
  else
    ok memory-tracking "by comparing contents: this kernel has no soft-dirty"
  fi
}

check_lazy_memory() {
  if criu_feature uffd-noncoop; then
    ok lazy-memory "userfaultfd"
  else
    ok lazy-memory "none: without userfaultfd memory is moved before the container runs, not after"
  fi
}

criu_feature() { timeout 10 criu check --feature "$1" >/dev/null 2>&1; }

lab_is_up() { [ -e $LAB_RUN/complete ] && [ -e /sys/class/net/$LAB_BRIDGE ]; }

check_ports() {
  local port fit=0
  if lab_is_up; then
    ok ports "in use by the lab"
    return
  fi
  for port in $LAB_PORTS; do
    # only a listener on all addresses is in the way of one on the bridge's
    if ss -Hltn "sport = :$port" 2>/dev/null | awk '{ print $4 }' | grep -qE '^(0\.0\.0\.0|\*|\[::\]):'; then
      lacks "port-$port" "the lab listens on it" "stop the program that ss -ltnp names" || fit=1
    else
      ok "port-$port" free
    fi
  done
  return $fit
}

check_left_overs() {
  local found=
  if lab_is_up; then
    ok lab "is up"
    return
  fi
  for trace in $LAB_RUN $LAB_HOME /sys/class/net/$LAB_BRIDGE; do
    [ ! -e "$trace" ] || found="$found $trace"
  done
  if [ -z "$found" ]; then
    ok lab "is not up, and has left nothing behind"
  else
    lacks lab "an earlier lab was not taken down whole (${found# })" "run: $CARAVAN_HOME/caravan lab down"
  fi
}

check_tpm() {
  if [ -e /dev/tpmrm0 ]; then
    ok tpm /dev/tpmrm0
  else
    ok tpm "this machine has none of its own; the hosts of the lab have software TPMs"
  fi
}

# Says whether this machine can run Caravan, and what to do if not. Changes nothing.

readonly MEMORY_MINIMUM_MIB=2048 DISK_MINIMUM_MIB=2048
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
  for check in tmpfs namespaces memory disk ports left_overs tpm; do
    "check_$check" || fit=1
  done
  [ $fit = 0 ] || exit $UNFIT
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

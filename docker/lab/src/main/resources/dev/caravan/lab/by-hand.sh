#!/usr/bin/env bash
# The peer that Caravan's downtime is compared with: the same Redis container, moved by hand with runc and CRIU on a
# tmpfs from one network namespace to another, in the clear, behind a commit gate.
#
#   by-hand.sh prepare DIRECTORY   starts the container in a namespace of its own at 10.89.0.10
#   by-hand.sh move DIRECTORY      moves it; prints the downtime in milliseconds
#   by-hand.sh clean DIRECTORY     removes every trace
#
# DIRECTORY is made by prepare and removed by clean; images go to a tmpfs mounted below it. CRIU >= 4.2 must come first
# on the PATH.
set -eu
step=${1:?prepare, move or clean} work=${2:?directory}
net=10.89.0 ip=10.89.0.10 mac=02:00:0a:59:00:0a bridge=br-by-hand name=by-hand
source_host="runc --root $work/run-source" destination_host="runc --root $work/run-destination"

host() { # a namespace with the container's address; its bridge end stays down until told
  ip netns add "by-hand-$1"
  ip link add "bh-$1" type veth peer name eth0 netns "by-hand-$1"
  ip link set "bh-$1" master $bridge
  ip -n "by-hand-$1" link set eth0 address $mac
  ip -n "by-hand-$1" addr add $ip/24 dev eth0
  ip -n "by-hand-$1" link set lo up
  ip -n "by-hand-$1" link set eth0 up
}

bundle() { # the container's configuration on one side
  jq --arg netns "/var/run/netns/by-hand-$1" --arg cgroup "/by-hand-$1/$name" --arg criu "$2" '
    .process.terminal = false
    | .process.args = ["/redis-server", "--bind", "0.0.0.0", "--protected-mode", "no", "--save", "", "--dir", "/data"]
    | .root.readonly = false
    | .linux.cgroupsPath = $cgroup
    | .linux.namespaces |= (map(select(.type != "cgroup" and .type != "network"))
        + [{type: "network", path: $netns}])
    | if $criu == "" then . else .annotations = {"org.criu.config": $criu} end' "$work/spec/config.json"
}

prepare() {
  umask 077
  mkdir -p "$work"/{source/rootfs,destination/rootfs,tmpfs,spec}
  mount -t tmpfs -o mode=0700 by-hand "$work/tmpfs"
  mkdir "$work"/tmpfs/{images,log}
  local redis root=$work/source/rootfs
  redis=$(command -v redis-server)
  (umask 022; mkdir -p "$root"/{tmp,proc,dev,sys,data}; cp -L "$redis" "$root/redis-server"
    ldd "$redis" | grep -oE '/[^ ]+' | while read -r l; do mkdir -p "$root$(dirname "$l")"; cp -L "$l" "$root$l"; done)
  (cd "$work/spec" && runc spec)
  mkfifo "$work/gate"
  cat >"$work/gate.sh" <<X
#!/bin/sh
echo "\$CRTOOLS_SCRIPT_ACTION" >>$work/tmpfs/log/actions
[ "\$CRTOOLS_SCRIPT_ACTION" = post-restore ] || exit 0
read answer <$work/gate
[ "\$answer" = commit ]
X
  chmod 700 "$work/gate.sh"
  echo "action-script $work/gate.sh" >"$work/criu.conf"
  bundle source "" >"$work/source/config.json"
  bundle destination "$work/criu.conf" >"$work/destination/config.json"
  mount --bind "$root" "$work/destination/rootfs"
  ip link add $bridge type bridge
  ip addr add $net.1/24 dev $bridge
  ip link set $bridge up
  host source
  ip link set bh-source up
  $source_host run -d --bundle "$work/source" $name </dev/null >/dev/null 2>&1
}

now() { date +%s%N; }

move() {
  local start tries=0
  host destination
  start=$(now)
  ip netns exec by-hand-source nft -f - <<'N'
table inet fence {
  chain in  { type filter hook input  priority -300; policy drop; }
  chain out { type filter hook output priority -300; policy drop; }
}
N
  $source_host pause $name
  $source_host checkpoint --leave-running --tcp-established --manage-cgroups-mode soft \
    --image-path "$work/tmpfs/images" --work-path "$work/tmpfs/log" $name
  $destination_host restore -d --tcp-established --manage-cgroups-mode soft --image-path "$work/tmpfs/images" \
    --work-path "$work/tmpfs/log" --bundle "$work/destination" $name </dev/null >/dev/null 2>&1 &
  until grep -qs post-restore "$work/tmpfs/log/actions"; do
    sleep 0.005
    tries=$((tries + 1))
    [ $tries -lt 4000 ] || { echo "the restore did not reach its gate" >&2; exit 1; }
  done
  ip link set bh-source down
  $source_host kill $name KILL
  ip link set bh-destination up
  echo commit >"$work/gate"
  wait $!
  echo $((($(now) - start) / 1000000))
}

clean() {
  set +e
  $source_host delete -f $name >/dev/null 2>&1
  $destination_host delete -f $name >/dev/null 2>&1
  umount "$work/destination/rootfs" "$work/tmpfs" 2>/dev/null
  for side in source destination; do
    ip link del "bh-$side" 2>/dev/null
    ip netns del "by-hand-$side" 2>/dev/null
    for controller in /sys/fs/cgroup /sys/fs/cgroup/*; do rmdir "$controller/by-hand-$side" 2>/dev/null; done
  done
  ip link del $bridge 2>/dev/null
  rm -rf "$work"
  return 0
}

"$step"

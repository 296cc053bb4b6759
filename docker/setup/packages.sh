# Installs what is missing, and says so before it does.

readonly SYSCTL_FILE=/etc/sysctl.d/60-caravan.conf
readonly REFUSE_SERVICES=/usr/sbin/policy-rc.d

setup() {
  case ${1:-} in
    '') install_missing ;;
    --check) report_needs || exit $UNFIT ;;
    -h | --help)
      echo "Usage: caravan setup [--check]"
      echo "Installs what Caravan needs and is missing, as root, by apt. With --check changes nothing and prints one"
      echo "line a need; exit code 4 if one is missing."
      ;;
    *) end $USAGE "setup takes no \"$1\"; only --check" ;;
  esac
}

install_missing() {
  local missing
  missing=$(missing_needs)
  if [ -z "$missing" ]; then
    say "Nothing is missing."
  else
    install_these "$missing"
    say "Setup is complete."
  fi
}

# As setup, but without a word if nothing is missing.
setup_quietly() {
  local missing
  missing=$(missing_needs)
  [ -z "$missing" ] || install_these "$missing"
}

install_these() {
  local missing=$1 packages left
  say "Caravan needs, and will install now:"
  cut -d '|' -f 1,3 <<<"$missing" | sed 's/^\([^|]*\)|/  \1: /' >&2
  is_root || end $UNFIT "installing needs root; run: sudo $CARAVAN_HOME/caravan setup"
  packages=$(cut -d '|' -f 2 <<<"$missing" | grep -vx -- - || true)
  # shellcheck disable=SC2086 # one word a package
  [ -z "$packages" ] || install_packages $packages
  has_pipe_size || raise_pipe_size
  has_criu || install_criu
  hash -r
  left=$(missing_needs | cut -d '|' -f 1 | paste -sd ' ')
  [ -z "$left" ] || end $UNFIT "still missing after the installation: $left; ./caravan doctor says what to do"
}

install_packages() {
  have apt-get || end $UNFIT "this machine has no apt-get; install by other means: $*"
  apt-cache show "$@" >/dev/null 2>&1 || update_package_lists
  say "Installing $* …"
  without_services apt_install "$@" || {
    # the lists may be older than the archive
    update_package_lists
    without_services apt_install "$@" || end $UNFIT "apt-get could not install: $*; what it printed says why"
  }
}

update_package_lists() {
  say "Updating the package lists …"
  apt-get -qq -o Acquire::Retries=3 -o APT::Update::Error-Mode=any update >&2 \
    || end $UNFIT "the package lists cannot be updated; apt-get says above why (the network, the clock, or the sources in /etc/apt?)"
}

apt_install() {
  DEBIAN_FRONTEND=noninteractive apt-get -qq -y -o Acquire::Retries=3 -o Dpkg::Use-Pty=0 \
    -o Dpkg::Options::=--force-confold --no-install-recommends install "$@" >&2
}

# Runs a command while no package may start a service: Redis is wanted as a program, not as a server of this machine.
without_services() {
  local ours=no redis=yes status=0
  have redis-server || redis=no
  if [ ! -e $REFUSE_SERVICES ]; then
    ours=yes
    printf '#!/bin/sh\n# put here by caravan setup while it installs\nexit 101\n' >$REFUSE_SERVICES
    chmod 755 $REFUSE_SERVICES
    trap 'rm -f $REFUSE_SERVICES' EXIT
  fi
  "$@" || status=$?
  if [ $ours = yes ]; then
    rm -f $REFUSE_SERVICES
    trap - EXIT
  fi
  if [ $redis = no ] && have redis-server; then
    if have systemctl; then systemctl --quiet disable redis-server >/dev/null 2>&1 || true; fi
    if have update-rc.d; then update-rc.d redis-server disable >/dev/null 2>&1 || true; fi
  fi
  return $status
}

raise_pipe_size() {
  say "Raising fs.pipe-max-size to $PIPE_MINIMUM …"
  echo $PIPE_MINIMUM >/proc/sys/fs/pipe-max-size 2>/dev/null \
    || end $UNFIT "fs.pipe-max-size cannot be changed here; on the machine itself run: sysctl -w fs.pipe-max-size=$PIPE_MINIMUM"
  if [ -d /etc/sysctl.d ] && [ -w /etc/sysctl.d ]; then
    echo "fs.pipe-max-size = $PIPE_MINIMUM" >$SYSCTL_FILE
  else
    say "It lasts until the next start of this machine: there is no /etc/sysctl.d to keep it in."
  fi
}

# CRIU 4.2 or later: the distribution's if it is new enough and works on this kernel, else Debian sid's in a directory of
# its own, with the libraries that it needs, so that the system's stay as they are.

readonly PREFIX=/opt/caravan/criu
readonly WRAPPER=/opt/caravan/bin/criu

install_criu() {
  have apt-get || end $UNFIT "this machine has no apt-get; install CRIU $CRIU_MINIMUM or later by other means"
  if is_new_criu $WRAPPER; then
    require_working_criu
    return
  fi
  local offered
  offered=$(apt-cache policy criu 2>/dev/null | sed -n 's/^ *Candidate: *//p')
  if [ -n "$offered" ] && [ "$offered" != "(none)" ] && at_least "$offered" $CRIU_MINIMUM; then
    install_packages criu
    hash -r
    if has_criu; then return; fi
    say "The distribution's CRIU $offered does not work on this kernel."
  fi
  install_private_criu
}

install_private_criu() {
  local work
  work=$(mktemp -d /var/tmp/caravan-criu.XXXXXX)
  # shellcheck disable=SC2064 # the directory of now
  trap "rm -rf '$work' '$PREFIX.new'" EXIT
  chmod 755 "$work"
  say "Installing CRIU from Debian sid into $PREFIX (the system's packages stay as they are) …"
  download_criu "$work"
  unpack_criu "$work"
  rm -rf "$work"
  trap - EXIT
  say "CRIU $(criu_version $WRAPPER) is $WRAPPER."
  require_working_criu
}

# Downloads CRIU and all that it depends on, down to libc. apt verifies every package by the archive's signature.
download_criu() {
  local work=$1 source
  source=$(debian_source) || {
    update_package_lists
    source=$(debian_source) || end $UNFIT "no Debian archive is among apt's sources; add one, or install CRIU $CRIU_MINIMUM"
  }
  mkdir -p "$work"/lists/partial "$work"/cache/archives/partial
  # nothing is installed, as far as this apt knows: so it fetches everything
  : >"$work/status"
  echo "$source" >"$work/sid.list"
  apt_sid "$work" -qq update >&2 \
    || end $UNFIT "the package list of Debian sid cannot be fetched by \"$source\"; apt-get says above why (the network, or the clock?)"
  local offered
  offered=$(apt-cache -o Dir::Etc::sourcelist="$work/sid.list" -o Dir::Etc::sourceparts=/dev/null \
    -o Dir::State::Lists="$work/lists" -o Dir::State::status="$work/status" -o Dir::Cache="$work/cache" policy criu \
    | sed -n 's/^ *Candidate: *//p')
  at_least "${offered:-0}" $CRIU_MINIMUM \
    || end $UNFIT "the archive offers CRIU ${offered:-not at all} in sid; $CRIU_MINIMUM or later is needed"
  apt_sid "$work" -qq -y --no-install-recommends --download-only install criu >&2 \
    || end $UNFIT "CRIU $offered cannot be downloaded; apt-get says above why (the network, or room in /var/tmp?)"
}

apt_sid() {
  local work=$1
  shift
  apt-get -o Acquire::Retries=3 -o Dir::Etc::sourcelist="$work/sid.list" -o Dir::Etc::sourceparts=/dev/null \
    -o Dir::Etc::preferences=/dev/null -o Dir::Etc::preferencesparts=/dev/null -o APT::Default-Release= \
    -o Dir::State::Lists="$work/lists" -o Dir::State::status="$work/status" -o Dir::State="$work" \
    -o Dir::Cache="$work/cache" -o APT::Update::Error-Mode=any -o APT::Update::Post-Invoke::= \
    -o APT::Sandbox::User=root "$@"
}

# Prints a source of sid at the Debian archive that this machine uses already, in the one-line form.
debian_source() {
  local uri keyring
  uri=$(apt-get indextargets --format '$(ORIGIN)|$(RELEASE)|$(CODENAME)|$(COMPONENT)|$(REPO_URI)' 'Created-By: Packages' \
    2>/dev/null | awk -F '|' '$1 == "Debian" && ($2 == $3 || $2 !~ /-/) && $4 == "main" { print $5; exit }')
  [ -n "$uri" ] || return 1
  keyring=$(keyring_of "$uri")
  echo "deb ${keyring:+[signed-by=$keyring] }$uri sid main"
}

# The keyring that apt's own source of that archive names, else Debian's, else none: then apt takes those it trusts.
keyring_of() {
  local uri=${1%/} named file
  named=$(awk -v uri="$uri" '
    function close_stanza() { if (hit && !off && key ~ /^\//) { print key; exit } hit = off = 0; key = "" }
    FNR == 1 { close_stanza() }
    /^#/ { next }
    /^[ \t]*$/ { close_stanza(); next }
    { field = tolower($1) }
    field == "uris:" { for (i = 2; i <= NF; i++) { sub(/\/$/, "", $i); if ($i == uri) hit = 1 } }
    field == "enabled:" && tolower($2) ~ /^(no|false|0|off)$/ { off = 1 }
    field == "signed-by:" { key = $2 }
    END { close_stanza() }
  ' /etc/apt/sources.list.d/*.sources /dev/null 2>/dev/null)
  if [ -z "$named" ]; then
    named=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list 2>/dev/null | grep -E '^deb ' | grep -F "$uri" \
      | sed -n 's/.*signed-by=\([^] ]*\).*/\1/p' | head -n 1)
  fi
  for file in "${named%%,*}" /usr/share/keyrings/debian-archive-keyring.gpg /usr/share/keyrings/debian-archive-keyring.pgp; do
    if [ -n "$file" ] && [ -r "$file" ]; then
      echo "$file"
      return
    fi
  done
}

unpack_criu() {
  local work=$1 package loader libraries
  rm -rf $PREFIX.new
  mkdir -p $PREFIX.new "$(dirname $WRAPPER)"
  for package in "$work"/cache/archives/*.deb; do
    dpkg-deb -x "$package" $PREFIX.new || end $UNFIT "$package cannot be unpacked; check the room in /opt"
  done
  loader=$(find $PREFIX.new/usr/lib -name 'ld-linux*.so.*' | head -n 1)
  [ -n "$loader" ] || end $UNFIT "the downloaded libc has no loader"
  loader=${loader#"$PREFIX.new"}
  libraries=$(dirname "$loader")
  rm -rf $PREFIX.old
  [ ! -e $PREFIX ] || mv $PREFIX $PREFIX.old
  mv $PREFIX.new $PREFIX
  rm -rf $PREFIX.old
  cat >$WRAPPER.new <<EOF
#!/bin/sh
# written by caravan setup: CRIU with its own libraries
p=$PREFIX
exec "\$p$loader" --library-path "\$p$libraries" "\$p/usr/sbin/criu" "\$@"
EOF
  chmod 755 $WRAPPER.new
  mv $WRAPPER.new $WRAPPER
  $WRAPPER --version >/dev/null 2>&1 || end $UNFIT "the CRIU that was installed as $WRAPPER does not start"
}

require_working_criu() {
  local said
  said=$($WRAPPER check 2>&1) && return
  said=$(grep -m 1 Error <<<"$said" || true)
  end $UNFIT "this kernel does not let CRIU work${said:+ ($said)}; $WRAPPER check --all says more"
}

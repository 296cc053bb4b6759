# Builds Caravan when its sources are newer than its jars, and runs it.

readonly JAR=$CARAVAN_HOME/routes/cli/target/caravan.jar
readonly CONSOLE_JAR=$CARAVAN_HOME/broker-config/console/target/caravan-console.jar
readonly BUILD_LOG=$CARAVAN_HOME/routes/cli/target/build.log
readonly BUILD_LOCK=$CARAVAN_HOME/routes/cli/target/build.lock
readonly BUILD_MINUTES=30

# What a build reads: each module's pom and sources.
sources_newer_than() {
  (
    cd "$CARAVAN_HOME"
    find pom.xml .mvn ./*/pom.xml ./*/*/pom.xml ./*/src ./*/*/src -newer "$1" -type f -print -quit 2>/dev/null
  ) | grep -q .
}

is_stale() {
  [ -e "$JAR" ] || return 0
  sources_newer_than "$JAR" || { [ -e "$CONSOLE_JAR" ] && sources_newer_than "$CONSOLE_JAR"; }
}

build_if_stale() {
  # a test of the build itself must not start another
  [ -z "${CARAVAN_BUILDING:-}" ] || return 0
  is_stale || return 0
  has_jdk || end $UNFIT "there is no JDK $JDK_MINIMUM or later; run: $CARAVAN_HOME/caravan setup"
  have mvn || end $UNFIT "there is no Maven; run: $CARAVAN_HOME/caravan setup"
  mkdir -p "$(dirname "$BUILD_LOCK")" || end $UNFIT "cannot write to $CARAVAN_HOME, and Caravan is not built yet"
  (
    flock -n 9 || {
      say "Waiting for another build of Caravan …"
      flock -w $((BUILD_MINUTES * 60)) 9 || end $UNFIT "another build of Caravan does not end"
    }
    if is_stale; then build; fi
  ) 9>"$BUILD_LOCK"
}

build() {
  local started
  started=$(mktemp "$(dirname "$BUILD_LOCK")/started.XXXXXX")
  say "Building Caravan …"
  if ! package -o >"$BUILD_LOG" 2>&1; then
    if grep -qE 'offline mode|has not been downloaded' "$BUILD_LOG"; then
      say "Downloading what the build depends on; the first time this takes some minutes …"
      package >"$BUILD_LOG" 2>&1 || build_failed
    else
      build_failed
    fi
  fi
  # what was changed during the build is newer than its start
  [ -e "$JAR" ] || build_failed
  touch -r "$started" "$JAR"
  [ ! -e "$CONSOLE_JAR" ] || touch -r "$started" "$CONSOLE_JAR"
  rm -f "$started"
}

build_failed() {
  rm -f "$(dirname "$BUILD_LOCK")"/started.*
  grep -E '^\[ERROR\]' "$BUILD_LOG" | head -n 20 >&2 || tail -n 20 "$BUILD_LOG" >&2
  end $FAILED "Caravan cannot be built; the whole log is $BUILD_LOG"
}

# The jars alone: tests and checks are for ./caravan test.
package() {
  maven "$@" -B -ntp -q -DskipTests -Dspotbugs.skip -Dformatter.skip -pl routes/cli,broker-config/console -am package
}

maven() {
  local jdk
  jdk=$(find_jdk)
  # an entry of a jar has the mode of its file: the same sources give the same jars whoever builds
  (umask 022 && cd "$CARAVAN_HOME" && JAVA_HOME=$jdk timeout --kill-after=30 $((BUILD_MINUTES * 60)) mvn "$@" 9>&-)
}

run_caravan() {
  local jdk flags=()
  jdk=$(find_jdk) || end $UNFIT "there is no JDK $JDK_MINIMUM or later; run: $CARAVAN_HOME/caravan setup"
  case ${1:-} in
    agent | authority | broker | console) ;;
    # what ends soon is not worth much compiling
    *) flags=(-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xshare:auto) ;;
  esac
  # shellcheck disable=SC2086 # one word an option
  exec "$jdk/bin/java" '-Djdk.serialFilter=!*' "${flags[@]}" ${CARAVAN_JAVA_OPTIONS:-} -jar "$JAR" "$@"
}

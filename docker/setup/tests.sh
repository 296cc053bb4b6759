# Every check and test, strictly: a test that cannot run here fails.

readonly TEST_MINUTES=60

# run_tests MAVEN-ARGUMENTS…
run_tests() {
  if asks_for_help "$@"; then
    echo "Usage: caravan test [MAVEN ARGUMENTS]"
    echo "Installs what is missing, builds everything, runs every check and test; for example: caravan test -pl processors -am"
    return
  fi
  setup_quietly
  mkdir -p "$(dirname "$BUILD_LOCK")"
  local status=0 start=$SECONDS
  (
    flock -w $((BUILD_MINUTES * 60)) 9 || end $UNFIT "a build of Caravan does not end"
    # each report counts for this run
    find "$CARAVAN_HOME" -path '*/target/*-reports/TEST-*.xml' -delete
    cd "$CARAVAN_HOME"
    JAVA_HOME=$(find_jdk) CI=true CARAVAN_BUILDING=yes \
      timeout --kill-after=60 $((TEST_MINUTES * 60)) mvn -B -ntp "$@" verify 9>&-
  ) 9>"$BUILD_LOCK" || status=$?
  [ $status != 124 ] || say "caravan: the tests did not end within $TEST_MINUTES minutes"
  count_tests $((SECONDS - start)) $status
  [ $status = 0 ] || exit $FAILED
}

# count_tests SECONDS STATUS: the closing line
count_tests() {
  local verdict=passed
  [ "$2" = 0 ] || verdict=FAILED
  find "$CARAVAN_HOME" -path '*/target/*-reports/TEST-*.xml' -exec grep -hoE '<testsuite [^>]*>' {} + | awk -v s="$1" -v v=$verdict '
    function value(name) { return match($0, " " name "=\"[0-9]+\"") ? substr($0, RSTART + length(name) + 3, RLENGTH - length(name) - 4) : 0 }
    { tests += value("tests"); failed += value("failures") + value("errors"); skipped += value("skipped"); suites++ }
    END { printf "Tests %s: %d run in %d classes, %d failed, %d skipped, %d s\n", v, tests, suites, failed, skipped, s }'
}

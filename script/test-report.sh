# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# What script/test and script/check print at the end, from the reports that Surefire has written since start_report. Sourced, never run.

# More tests than this that passed only when they ran again fail the run.
MAX_FLAKY=2

start_report() {
  BEGAN=$EPOCHREALTIME
  BUSY=$(busy_ticks)
}

# The processor time of the whole machine since it booted, including daemons and VMs.
busy_ticks() {
  awk '/^cpu / { print $2 + $3 + $4 + $7 + $8 }' /proc/stat
}

# Prints the failed tests, the flaky ones, the ten slowest classes and the totals. Fails if no test has run, or too many were flaky.
report() {
  local rows flaky failed
  rows=$(find . -path ./.cache -prune -o -path '*/target/surefire-reports*/TEST-*.xml' -newermt "@$BEGAN" -exec awk -v OFS='\t' '
    function value(name) {
      return match($0, " " name "=\"[^\"]*\"") ? substr($0, RSTART + length(name) + 3, RLENGTH - length(name) - 4) : ""
    }
    # The output of a test is not part of its result.
    /^    <system-(out|err)>/ { printed = 1 }
    !printed && /^<testsuite / { split(FILENAME, path, "/"); print "class", path[2], value("name"), value("time"), value("tests") }
    !printed && /^  <testcase / { test = value("classname") "#" value("name") }
    !printed && /^    <(failure|error)[ >]/ { print "failed", test }
    !printed && /^    <flaky(Failure|Error)/ { print "flaky", test }
    /<\/system-(out|err)>/ { printed = 0 }' {} +)
  [[ $rows ]] || {
    say "No test has run: check the names of the tests and their tags (CONTRIBUTING.md)"
    return 1
  }
  failed=$(awk -F '\t' '$1 == "failed" { print "  " $2 }' <<<"$rows" | sort -u)
  flaky=$(awk -F '\t' '$1 == "flaky" { print "  " $2 }' <<<"$rows" | sort -u)
  say "The slowest test classes, in seconds"
  awk -F '\t' '$1 == "class" { printf "  %7.1f  %-7s %s\n", $4, $2, $3 }' <<<"$rows" | sort -rn | head -n 10 >&2
  awk -F '\t' -v began="$BEGAN" -v now="$EPOCHREALTIME" -v ticks=$(($(busy_ticks) - BUSY)) -v hertz="$(getconf CLK_TCK)" '
    $1 == "class" { classes++; tests += $5; seconds += $4 }
    END {
      printf "==> %d tests in %d classes: %.0f s, side by side. Altogether %.1f minutes, with %.1f minutes of processor time\n",
        tests, classes, seconds, (now - began) / 60, ticks / hertz / 60
    }' <<<"$rows" >&2
  if [[ $flaky ]]; then
    say "Passed only when they ran again, which is a defect of the test or of the product:"$'\n'"$flaky"
  fi
  if [[ $failed ]]; then
    say "Failed:"$'\n'"$failed"
  fi
  [[ ! $flaky ]] || (($(wc -l <<<"$flaky") <= MAX_FLAKY)) || {
    say "Failed because more than $MAX_FLAKY tests were flaky"
    return 1
  }
}

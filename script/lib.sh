# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# What the scripts share: saying what happens, finding or installing what a step needs, and
# finding a JDK. Sourced, never run. A script that sources it gets:
#
#   ROOT   the checkout           CACHE   what the scripts make and may throw away (git-ignored)

set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# The distribution: jars in lib, AOT caches beside it, and the fingerprint of what they are built from.
export DIST=$ROOT/cli/target/bellhop
# shellcheck source=script/launch.sh
source "$ROOT/script/launch.sh"
export CACHE=$ROOT/.cache
# Programs such as qemu-ga live in sbin, which an ordinary user's PATH lacks on Debian.
export PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
# Progress and trouble go to stderr: stdout is for what a script was asked for.
say() { printf '==> %s\n' "$*" >&2; }

die() {
  printf 'Cannot %s\n' "$*" >&2
  exit 1
}

# Prints the comment block at the head of the running script: its --help.
usage() {
  awk 'NR > 1 && !/^#/ { exit } NR > 1 && !/SPDX|shellcheck/ { sub(/^# ?/, ""); print }' "$0" | sed '/./,$!d'
}

# need COMMAND PACKAGE [COMMAND PACKAGE …]: installs the Debian packages of the commands that are
# not there, all in one go. Touches apt only if one is missing. The "command" jdk stands for a JDK
# new enough, and sets JAVA_HOME.
need() {
  local missing=() jdk=
  while (($#)); do
    if [[ $1 == jdk ]]; then
      jdk=yes
      find_jdk || missing+=("$2")
    else
      command -v "$1" >/dev/null || missing+=("$2")
    fi
    shift 2
  done
  ((${#missing[@]})) || return 0
  install_packages "${missing[@]}"
  [[ ! $jdk ]] || find_jdk || die "find a JDK 25 or newer: set JAVA_HOME to one"
}

install_packages() {
  say "Installing $*"
  command -v apt-get >/dev/null ||
    die "install $* because there is no apt-get here: install that with your own package manager, then run this again"
  # Small images of containers leave that folder out, and a JDK's package cannot be set up without it.
  [[ -d /usr/share/man/man1 ]] || as_root mkdir -p /usr/share/man/man1 || true
  if ! apt_get update || ! apt_get install -y --no-install-recommends "$@"; then
    die "install $* because apt-get failed, see above. As root: apt-get update && apt-get install -y $*"
  fi
}

# Whoever needs NATS starts its own. The package starts one, for everybody on this machine; where there was none before, none stays.
need_nats() {
  ! command -v nats-server >/dev/null || return 0
  need nats-server nats-server
  if [[ -d /run/systemd/system ]]; then
    as_root systemctl disable --quiet --now nats-server || say "nats-server's service goes on, on 127.0.0.1:4222"
  fi
}

# as_root COMMAND…: runs it as root, by way of sudo where this user is another.
as_root() {
  if ((EUID == 0)); then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    echo "Installing packages takes root, and there is no sudo." >&2
    return 1
  fi
}

# apt-get as root, quiet unless it fails.
apt_get() {
  local log status=0
  log=$(mktemp)
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq "$@" >"$log" 2>&1 </dev/null || status=$?
  ((status == 0)) || tail -n 20 "$log" >&2
  rm -f "$log"
  return "$status"
}

# Sets JAVA_HOME to a JDK 25 or newer, as find_java does.
find_jdk() {
  find_java javac
}

# run_quietly WHAT COMMAND…: keeps a command's output to itself unless it fails.
run_quietly() {
  local what=$1 log
  shift
  log=$(mktemp)
  if ! "$@" >"$log" 2>&1 </dev/null; then
    cat "$log" >&2
    rm -f "$log"
    die "$what, see above"
  fi
  rm -f "$log"
}

# free_port FIRST: the first TCP port from FIRST on that nothing on 127.0.0.1 listens on.
free_port() {
  local port
  for ((port = $1; port < $1 + 200; port++)); do
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || {
      echo "$port"
      return
    }
  done
  die "find a free port from $1 to $((port - 1))"
}

# alive PID: whether a process runs. One that has ended, but whose parent has not collected it yet,
# does not: in a container nobody may ever collect it.
alive() {
  local state
  state=$(sed -n 's/^State:[[:space:]]*//p' "/proc/$1/status" 2>/dev/null) && [[ $state && $state != [ZX]* ]]
}

# end_process PID [SECONDS]: TERM, then KILL if it has not ended in time (default 10 s). Works for
# processes that are not our children too.
end_process() {
  local pid=$1 tries=$((${2:-10} * 20))
  kill -TERM "$pid" 2>/dev/null || return 0
  while alive "$pid"; do
    ((tries-- > 0)) || {
      kill -KILL "$pid" 2>/dev/null || true
      break
    }
    sleep 0.05
  done
}

SOURCES=(pom.xml .mvn {qga,api,server,cli}/pom.xml {qga,api,server,cli}/src/main bellhop script/{lib,launch}.sh script/build cli/src/build/ClassVersion.java script/aot-caches)

# Whether the distribution is built from the sources as they are. The time stamps answer nearly
# always; where one is newer, what is in the files decides.
is_built() {
  [[ -s $DIST/fingerprint && -s $DIST/lib/bellhop-cli.jar ]] || return 1
  [[ $(cd "$ROOT" && find "${SOURCES[@]}" -newer "$DIST/fingerprint" -print -quit) ]] || return 0
  [[ $(<"$DIST/fingerprint") == "$(fingerprint)" ]] || return 1
  # Whose sources are another user's, or read-only, looks into the files each time.
  [[ ! -w $DIST/fingerprint ]] || touch "$DIST/fingerprint"
}

# Remembers when a build began: a source that changes during the build is newer than this.
begin_build() {
  mkdir -p "$CACHE"
  touch "$CACHE/build.began"
}

# end_build FINGERPRINT: records the sources of the distribution.
end_build() {
  echo "$1" >"$DIST/fingerprint"
  touch -r "$CACHE/build.began" "$DIST/fingerprint"
}

fingerprint() {
  (cd "$ROOT" && find "${SOURCES[@]}" -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum)
}

# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# How Bellhop is started: by ./bellhop from a checkout, and by the bellhop of a package. Sourced, never run. A script that
# sources it sets
#
#   DIST     the distribution: its jars are in lib
#
# The caches that make it start faster are in CACHES, and may be missing.

# Commands and output are UTF-8 wherever they are from. In another locale (a container has none) Java
# would read its arguments and write its output as ASCII.
case ${LC_ALL:-${LC_CTYPE:-${LANG-}}} in
  *.[Uu][Tt][Ff]8 | *.[Uu][Tt][Ff]-8) ;;
  *) export LC_ALL=C.UTF-8 ;;
esac

# java_major HOME: the feature release of the Java in HOME (25), or 0 if there is none. Reads a
# file where it can, for the launcher must not start a JVM to find one.
java_major() {
  local line version=
  [[ -x $1/bin/java ]] || {
    echo 0
    return
  }
  if [[ -r $1/release ]]; then
    while IFS= read -r line; do
      [[ $line == JAVA_VERSION=* ]] && version=${line#JAVA_VERSION=}
    done <"$1/release"
    version=${version//\"/}
  else
    version=$("$1/bin/java" -version 2>&1 | sed -n 's/.*version "\([^"]*\)".*/\1/p')
  fi
  version=${version%%[!0-9]*}
  echo "${version:-0}"
}

# find_java PROGRAM: sets JAVA_HOME to a Java 25 or newer that has this program, java or javac: the one that it
# names already, one in /usr/lib/jvm, or the one on PATH.
find_java() {
  local program=$1 home
  for home in ${JAVA_HOME:+"$JAVA_HOME"} /usr/lib/jvm/*; do
    ! is_java "$home" "$program" || return 0
  done
  # Only now, for it takes a process.
  home=$(readlink -f "$(command -v java)") && is_java "${home%/bin/java}" "$program"
}

is_java() {
  [[ -x $1/bin/$2 ]] && (($(java_major "$1") >= 25)) && export JAVA_HOME=$1
}

# What a command that talks to a server needs of the jars. A JVM looks through all jars of its class path
# for a class that is in none, as picocli asks for one: the fewer, the faster it starts.
CLIENT_JARS=(bellhop-cli bellhop-api jackson-annotations jackson-core jackson-databind jspecify picocli snakeyaml-engine)

# Packages keep what is made on the machine out of /usr.
CACHES=$DIST
[[ $DIST != /usr/lib/* ]] || CACHES=/var/cache/bellhop

# java_command server|cli|offline: sets JAVA to the start of a command line that runs Bellhop; the main class
# and its arguments follow. "offline" is for a command that needs the server's classes. The AOT caches are
# trained with the same flags: they would not fit others.
java_command() {
  local jars=("$DIST"/lib/*.jar)
  JAVA=("$JAVA_HOME/bin/java" -XX:+UseCompactObjectHeaders -XX:-UsePerfData
    # A cache that does not fit is left alone, and nobody needs to hear of it.
    -Xlog:aot=off -Xlog:cds=off
    --enable-native-access=ALL-UNNAMED)
  case $1 in
    # The serial collector lets the heap grow to its limit before it looks through its old part.
    server)
      JAVA+=(-XX:+UseG1GC -Xms32m -Xmx384m -XX:+ExitOnOutOfMemoryError
        # Java's slower compiler waits for four times as many calls as it does by default: it would take more processor time of
        # the start than all else, for code that a start runs once.
        -XX:Tier4InvocationThreshold=20000 -XX:Tier4MinInvocationThreshold=2400
        -XX:Tier4CompileThreshold=60000 -XX:Tier4BackEdgeThreshold=160000)
      ;;
    offline) JAVA+=(-XX:+UseSerialGC -XX:TieredStopAtLevel=1) ;;
    cli)
      JAVA+=(-XX:+UseSerialGC -XX:TieredStopAtLevel=1)
      local name
      jars=()
      for name in "${CLIENT_JARS[@]}"; do
        jars+=("$DIST/lib/$name"*.jar)
      done
      ;;
  esac
  # Unpacked once here, or every start would unpack it to /tmp, and a kill -9 leave it there.
  if [[ $1 != cli && -e $DIST/lib/libsqlitejdbc.so ]]; then
    JAVA+=("-Dorg.sqlite.lib.path=$DIST/lib" -Dorg.sqlite.lib.name=libsqlitejdbc.so)
  fi
  local IFS=:
  JAVA+=(-cp "${jars[*]}")
}

# launch ARGUMENT…: becomes the bellhop command.
launch() {
  # In place of a standard input that is closed, a JVM would take the first file that it opens itself.
  [[ -e /dev/fd/0 ]] || exec </dev/null
  local kind=cli word
  for word; do
    [[ $word != -- ]] || break
    # These read the database themselves, as 'bellhop audit verify --data' does.
    case $word in server | backup | restore | admin-key | --data* | --config*) kind=offline ;; esac
  done
  case "${1-} ${2-}" in 'cluster '* | 'store '* | 'migrate '* | 'node join') kind=offline ;; esac
  [[ ${1-} != server && "${1-} ${2-}" != "node run" ]] || kind=server
  # Where only the client is installed, the command itself says what is missing.
  compgen -G "$DIST/lib/bellhop-server*.jar" >/dev/null || kind=cli
  java_command "$kind"
  # Tables are to fit. bash looks at the terminal's size when a process has ended, be it nothing.
  if [[ $kind == cli && -t 1 ]]; then
    shopt -s checkwinsize
    (:)
    export BELLHOP_COLUMNS=${COLUMNS-}
  fi
  if [[ -s $CACHES/$kind.aot ]]; then
    JAVA+=("-XX:AOTCache=$CACHES/$kind.aot")
  elif [[ -s $CACHES/$kind.jsa ]]; then
    JAVA+=("-XX:SharedArchiveFile=$CACHES/$kind.jsa")
  fi
  # shellcheck disable=SC2086 # one word an option
  exec "${JAVA[@]}" ${BELLHOP_JAVA_OPTS-} dev.bellhop.cli.Main "$@"
}

# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# What script/demo does with --cluster. Sourced by it, and uses its functions.
#
# Each process that is started here has a file NAME.pid in the folder of the cluster, so that the next demo ends what
# one that was killed has left.

NODES=(1 2 3)
# The programs of PostgreSQL, and the unprivileged users that it and NATS run as: PostgreSQL refuses to run as root.
PG_BIN='' READER='' PG_USER=postgres NATS_USER=nats

cluster_demo() {
  DIR=$RUN/cluster
  need jdk openjdk-25-jdk-headless mvn maven curl curl jq jq qemu-ga qemu-guest-agent 9>&-
  command -v nats-server >/dev/null || install_stopped nats-server nats-server
  find_postgres || install_stopped postgresql-17 postgresql
  find_postgres || die "find PostgreSQL 17 or newer: install postgresql-17"
  script/build 9>&-
  trap stop_cluster EXIT
  trap 'exit 0' INT TERM
  end_all
  [[ ! -e $DIR/short ]] || rm -rf "$(<"$DIR/short")"
  rm -rf "$DIR"
  mkdir -p "$DIR"
  choose_folder

  local started=$EPOCHREALTIME
  start_postgres
  start_nats
  start_agents
  start_api a 8080
  start_api b $((PORT + 1))
  local node
  for node in "${NODES[@]}"; do
    run_quietly "make the credentials of host-$node" \
      ./bellhop cluster add-node "host-$node" "$DIR/host-$node" --keys "$DIR/keys/api"
    start_node "$node"
  done
  await_vms
  say "The cluster is up after $(seconds_since "$started") s: two API servers, three nodes with a VM each"
  show_cluster
  [[ $ONCE ]] || stay_with_cluster
}

# install_stopped PACKAGE SERVICE: installs a package whose service starts by itself, and stops that: the demo runs an
# instance of its own, and nothing is to be left running.
install_stopped() {
  install_packages "$1" 9>&-
  say "Stopping the service $2, which came with the package: the demo runs one of its own"
  if [[ -d /run/systemd/system ]]; then
    as_root systemctl disable --quiet --now "$2"
  else
    as_root service "$2" stop >/dev/null 2>&1 || true
  fi
}

# Debian keeps the programs of each version in a folder of its own, which is on nobody's PATH.
find_postgres() {
  local folder version
  for folder in /usr/lib/postgresql/*/bin; do
    version=${folder#/usr/lib/postgresql/} version=${version%/bin}
    if [[ -x $folder/initdb && $version =~ ^[0-9]+$ ]] && ((version >= 17)); then
      PG_BIN=$folder
    fi
  done
  [[ $PG_BIN ]]
}

# Where PostgreSQL, NATS and the agents have their files: in the demo's folder, unless its path is too long for a socket
# or closed to the users that they run as.
choose_folder() {
  SHORT=$(cd "$DIR" && pwd)
  as_user "$PG_USER" AS_POSTGRES
  as_user "$NATS_USER" AS_NATS
  if ((${#SHORT} >= 80)) || ! "${AS_POSTGRES[@]}" test -x "$SHORT" || ! "${AS_NATS[@]}" test -x "$SHORT"; then
    SHORT=$(mktemp -d /tmp/bellhop-demo.XXXXXX)
    chmod 711 "$SHORT"
    echo "$SHORT" >"$DIR/short"
  fi
}

# as_user USER NAME: puts into NAME what to write before a command, so that it runs as that user where this is root, and
# as whoever runs the demo where not. It replaces itself by the command, so that a pid is the command's.
as_user() {
  local -n prefix=$2
  prefix=(env)
  # shellcheck disable=SC2034 # It is the caller's.
  ((EUID != 0)) || prefix=(setpriv --reuid="$1" --regid="$(id -g "$1")" --init-groups --reset-env --)
}

# own USER FILE: gives it to that user where this is root.
own() {
  ((EUID != 0)) || chown -R "$1:" "$2"
}

# start NAME COMMAND…: runs it in the background, its log in NAME.log and its pid in NAME.pid.
start() {
  local name=$1
  shift
  "$@" </dev/null >>"$DIR/$name.log" 2>&1 9>&- &
  echo "$! $(identity $!)" >"$DIR/$name.pid"
  # Or bash would tell of each that is killed.
  disown
}

# When a process started, and in which run of the machine: with its pid, that is no other process.
identity() {
  local stat
  stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 0
  local fields
  read -ra fields <<<"${stat##*) }"
  echo "${fields[19]}-$(</proc/sys/kernel/random/boot_id)"
}

# running NAME: prints the pid of one that was launched, if it runs.
running() {
  local pid id
  read -r pid id 2>/dev/null <"$DIR/$1.pid" && [[ $id && $id == "$(identity "$pid")" ]] && alive "$pid" && echo "$pid"
}

# await WHAT NAME COMMAND…: repeats the command until it succeeds, or NAME has ended.
await() {
  local what=$1 name=$2 tries=600
  shift 2
  until "$@" >/dev/null 2>&1; do
    if ! running "$name" >/dev/null || ((tries-- <= 0)); then
      tail -n 20 "$DIR/$name.log" >&2
      die "$what, see above and $DIR/$name.log"
    fi
    sleep 0.05
  done
}

start_postgres() {
  PG_PORT=$(free_port 55432)
  say "Starting a PostgreSQL of its own on 127.0.0.1:$PG_PORT, its data in $SHORT/postgres"
  mkdir -m 700 "$SHORT/postgres"
  (umask 077 && head -c 18 /dev/urandom | base64 | tr -d '\n' >"$DIR/password" && cp "$DIR/password" "$SHORT/postgres/password")
  own "$PG_USER" "$SHORT/postgres"
  run_quietly "make a database" "${AS_POSTGRES[@]}" "$PG_BIN/initdb" --pgdata="$SHORT/postgres/data" --username=bellhop \
    --pwfile="$SHORT/postgres/password" --auth=scram-sha-256 --encoding=UTF8 --no-locale
  start postgres "${AS_POSTGRES[@]}" "$PG_BIN/postgres" -D "$SHORT/postgres/data" -p "$PG_PORT" \
    -k "$SHORT/postgres" -c listen_addresses=127.0.0.1 -c shared_buffers=32MB
  await "start PostgreSQL" postgres "$PG_BIN/pg_isready" -q -h 127.0.0.1 -p "$PG_PORT"
}

start_nats() {
  NATS_PORT=$(free_port 4222)
  say "Starting a NATS of its own on 127.0.0.1:$NATS_PORT, with the keys of: ./bellhop cluster init $DIR/keys"
  run_quietly "make the keys of a cluster" ./bellhop cluster init "$DIR/keys" --nats-host 127.0.0.1 \
    --nats-port "$NATS_PORT" --nats-folder "$SHORT/nats"
  mv "$DIR/keys/nats" "$SHORT/nats"
  # A demo is for this machine alone.
  sed -i "s/^listen: .*/listen: \"127.0.0.1:$NATS_PORT\"/" "$SHORT/nats/nats.conf"
  own "$NATS_USER" "$SHORT/nats"
  start nats "${AS_NATS[@]}" "$(command -v nats-server)" --config "$SHORT/nats/nats.conf"
  await "start NATS" nats grep -q 'Server is ready' "$DIR/nats.log"
}

start_agents() {
  say "Starting three guest agents. They stand for VMs, but run here: so do the commands, as $(id -un)"
  local node folder blocked
  # What would change this machine, whoever asks.
  blocked=guest-fsfreeze-freeze,guest-fsfreeze-freeze-list,guest-fstrim,guest-shutdown
  blocked+=,guest-suspend-disk,guest-suspend-ram,guest-suspend-hybrid,guest-set-time,guest-set-user-password
  blocked+=,guest-ssh-add-authorized-keys,guest-ssh-remove-authorized-keys,guest-set-vcpus,guest-set-memory-blocks
  for node in "${NODES[@]}"; do
    folder=$SHORT/vm-$node
    mkdir "$folder"
    start "agent-$node" qemu-ga -b "$blocked" -m unix-listen -p "$folder/1000$node.qga" -t "$folder" -f "$folder/pid"
    await "start a guest agent" "agent-$node" test -S "$folder/1000$node.qga"
  done
}

# start_api NAME PORT: an API server, on that port or one after it.
start_api() {
  PORT=$(free_port "$2")
  local url=http://127.0.0.1:$PORT folder
  folder=$(cd "$DIR" && pwd)
  cat >"$DIR/$1.yaml" <<END
listen: 127.0.0.1:$PORT
data: $folder/$1
postgres:
  url: jdbc:postgresql://127.0.0.1:$PG_PORT/postgres?sslmode=disable
  user: bellhop
  passwordFile: $folder/password
# All API servers have the same encryption keys: the first one makes them.
encryption: {keyFile: $folder/encryption.keys}
cluster: {nats: "tls://127.0.0.1:$NATS_PORT", credentials: $folder/keys/api}
END
  say "Starting API server $1 at $url: ./bellhop server --config $DIR/$1.yaml"
  start "$1" ./bellhop server --config "$DIR/$1.yaml"
  await "start API server $1" "$1" curl -fsS "$url/healthz"
  [[ $1 == a ]] && URL_A=$url || URL_B=$url
}

start_node() {
  local folder
  folder=$(cd "$DIR" && pwd)
  cat >"$DIR/host-$1.yaml" <<END
data: $folder/node-$1
cluster: {name: host-$1, nats: "tls://127.0.0.1:$NATS_PORT", credentials: $folder/host-$1}
executions: {spool: $SHORT/vm-$1/spool}
hypervisors:
  - type: qemu
    vms: {1000$1: {agent: $SHORT/vm-$1/1000$1.qga, name: vm-$1}}
END
  say "Starting node host-$1: ./bellhop node run --config $DIR/host-$1.yaml"
  start "host-$1" ./bellhop node run --config "$DIR/host-$1.yaml"
}

# Until all nodes have joined, and their agents have answered.
await_vms() {
  KEY_FILE=$DIR/a/admin.key
  local node
  for node in "${NODES[@]}"; do
    await "see node host-$node join" "host-$node" vm_is_there "1000$node"
  done
}

vm_is_there() {
  curl -fsS -H "X-API-Key: $(<"$KEY_FILE")" "$URL_B/api/v2/vps" | jq -e --argjson vm "$1" 'any(.. | objects; .vmid? == $vm)'
}

show_cluster() {
  local id pid output=$DIR/output tries
  show "The admin key of the cluster, which the commands below use:" "export BELLHOP_KEY=\$(cat $KEY_FILE)"
  eval "$LINE"
  show "The VMs, as API server b tells of them:" "./bellhop --url $URL_B vm list"
  eval "$LINE"

  show "Start a command in VM 10001 at API server a:" \
    "./bellhop --url $URL_A exec --detach 10001 -- 'for i in 1 2 3 4 5 6 7 8; do echo \"line \$i\"; sleep 1; done; exit 7'"
  id=$(eval "$LINE") || die "start a command, see above and $DIR/a.log"
  echo "$id"

  show "Follow it at API server b:" "./bellhop --url $URL_B logs -f $id"
  : >"$output"
  ./bellhop --url "$URL_B" logs -f "$id" >"$output" 9>&- &
  READER=$!
  tail -n +1 -f -s 0.1 --pid="$READER" "$output" 9>&- &
  tries=200
  until grep -q 'line 2' "$output" || ((tries-- <= 0)); do sleep 0.05; done

  pid=$(running host-1) || die "find node host-1, see $DIR/host-1.log"
  show "Meanwhile kill the node of that VM, and start it again after 2 seconds:" "kill -9 $pid   # host-1"
  kill -KILL "$pid"
  sleep 2
  start_node 1
  wait
  READER=''

  show "The command ran on. Ask for its end, at API server b:" \
    "curl -s $URL_B/api/v2/executions/$id -H \"X-API-Key: \$(cat $KEY_FILE)\" | jq -c '{state, exitCode, vmid}'"
  eval "$LINE"
  [[ $(<"$output") == "$(printf 'line %d\n' 1 2 3 4 5 6 7 8)" ]] ||
    die "show the whole output once: the follower got what is in $output"
  jq -e '.state == "exited" and .exitCode == 7' >/dev/null < <(curl -fsS -H "X-API-Key: $BELLHOP_KEY" \
    "$URL_B/api/v2/executions/$id") || die "show a good end: the command should have exited with 7"
  printf '\n'
  say "Each line came once, over the node's end, and the exit code is the command's"
}

stay_with_cluster() {
  cat <<END

${BOLD}The cluster keeps running until you press Ctrl-C. In another terminal, in this folder:${PLAIN}

  export BELLHOP_KEY=\$(cat $KEY_FILE)

  ./bellhop --url $URL_A exec 10002 -- 'for i in 1 2 3; do date; sleep 1; done'
  ./bellhop --url $URL_B ps --all
  ./bellhop --url $URL_B audit list --since 1h
  ./bellhop --url $URL_A node list

  read -r pid _ <$DIR/host-2.pid; kill -9 \$pid         # a node; or a or b, an API server
  ./bellhop node run --config $DIR/host-2.yaml          # and again

Logs and configurations are in $DIR; docs/how-to/cluster.md says how to set up a cluster.
END
  while running a >/dev/null || running b >/dev/null; do sleep 1; done
  die "go on because both API servers have ended: see $DIR/a.log and $DIR/b.log"
}

stop_cluster() {
  trap '' INT TERM
  say "Stopping the cluster"
  [[ ! $READER ]] || end_process "$READER"
  end_all
  [[ ! -e $DIR/short ]] || rm -rf "$(<"$DIR/short")"
}

# Ends what this demo has started, or an earlier one that was killed; whoever needs another first.
end_all() {
  local group name pid
  for group in 'host-1 host-2 host-3 a b' 'agent-1 agent-2 agent-3' nats postgres; do
    for name in $group; do
      pid=$(running "$name") || continue
      [[ $name != agent-* ]] || end_commands "$pid"
      kill -TERM "$pid" 2>/dev/null || true
    done
    for name in $group; do
      ! pid=$(running "$name") || end_process "$pid"
      rm -f "$DIR/$name.pid"
    done
  done
}

# end_commands PID: ends the commands that an agent has started, and what they have started.
end_commands() {
  local child children
  read -ra children < <(cat "/proc/$1"/task/*/children 2>/dev/null | tr '\n' ' ') || true
  for child in "${children[@]}"; do
    end_commands "$child"
    kill -KILL "$child" 2>/dev/null || true
  done
}

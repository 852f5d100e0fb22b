# See guard.sh and guard.pl, which this is as, by fsfreeze of util-linux or busybox. Times are hundredths of a second.
name=$1 lease=$(($2 * 100)) window=$(($3 * 100))
shift 3
answer() {
  echo "bellhop $name $1"
  exit 0
}
now() {
  read -r now rest </proc/uptime
  now=${now%.*}${now#*.}
}
probe() {
  for place in "$@"; do
    rmdir "$place/.bellhop-$name" 2>/dev/null
  done
  :
}
thaw() {
  some=
  for place in "$@"; do
    fsfreeze -u "$place" 2>/dev/null && some=1
  done
  [ "$some" ]
}
# Whether the place is of the device; where nothing tells, it is taken for it.
is_of() {
  number=$(stat -c %d "$2" 2>/dev/null) || return 0
  [ "$1" = $((number >> 8 & 4095)):$(((number & 255) | (number >> 12 & 1048320))) ]
}
# Another process may have its pid.
is_ours() {
  grep -qF "$name" "/proc/$child/cmdline" 2>/dev/null
}
end() {
  is_ours && kill -KILL "$child"
  exit 0
}
now
begun=$now
for place in "$@"; do
  grep -qF " $place " /proc/self/mountinfo && [ -d "$place" ] || answer absent
done
if [ $# = 0 ]; then
  known=' '
  while read -r id parent device root place rest; do
    rest=${rest#* - }
    type=${rest%% *}
    rest=${rest#* }
    source=${rest%% *}
    case $source in /*) ;; *) continue ;; esac
    case $type in fuse* | cifs | smb*) continue ;; esac
    case $device-$type in
      0:*-btrfs) device=$source ;;
      0:*) continue ;;
    esac
    case $known in *" $device "*) continue ;; esac
    place=$(printf '%b.' "$(echo "$place" | sed 's/\\\([0-7]\)/\\0\1/g')")
    place=${place%.}
    [ -d "$place" ] || continue
    [ "$type" = btrfs ] || is_of "$device" "$place" || continue
    known="$known$device "
    set -- "$@" "$place"
  done </proc/self/mountinfo
fi
[ $# = 0 ] && answer nothing
probe "$@"
now
[ $((now - begun)) -gt 300 ] && answer frozen
for place in "$@"; do
  case $(fsfreeze -u "$place" 2>&1) in *"not permitted"* | *"ermission denied"*) answer denied ;; esac
done
nap=0.2
sleep 0.01 2>/dev/null || nap=1
(
  read -r guard rest </proc/self/stat
  trap '' HUP
  trap 'now; beat=$now' USR1
  (
    trap - TERM
    trap '' USR1
    exec </dev/null >/dev/null 2>&1
    while probe "$@" && read -r self command state parent rest </proc/self/stat; do
      [ "$parent" = "$guard" ] && kill -USR1 "$guard" || exit 0
      sleep $nap
    done
  ) &
  child=$!
  told=
  trap 'told=1' TERM
  now
  start=$now beat=$now thawed=
  echo "bellhop $name ready $guard fsfreeze"
  exec </dev/null >/dev/null 2>&1
  while :; do
    sleep $nap &
    wait $!
    now
    silent=
    [ $((now - beat)) -gt 200 ] && silent=1
    blind=
    [ "$silent" ] && ! is_ours && blind=1
    if [ "$told" ]; then
      [ "$silent" ] && [ ! "$blind" ] || break
    fi
    if [ "$thawed" ]; then
      [ $now -gt $((thawed + 500)) ] && break
      [ "$silent" ] && thaw "$@" && now && thawed=$now
    elif [ "$silent" ]; then
      [ $beat -ge $((start + window)) ] && [ ! "$blind" ] && break
      if [ $now -ge $((start + lease)) ]; then
        if thaw "$@"; then
          now
          thawed=$now
        elif [ "$blind" ] && [ $now -ge $((start + window)) ]; then
          break
        fi
      fi
    elif [ $now -ge $((start + window)) ]; then
      break
    fi
  done
  end
) &

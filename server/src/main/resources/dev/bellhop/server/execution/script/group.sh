# What is known of a process group: _p is the pid of its leader, as the claim of execution _i has it.

# Whether the group is that of the execution. A guest uses pids again, so a pid alone says nothing: the leader tells the
# execution in its command line. Once it is gone, its number is not used again while the group has members.
ours() {
if [ -e "/proc/$_p" ]; then
read -r _x <"/proc/$_p/cmdline"
case $_x in
*": run $_i") return 0 ;;
esac
return 1
fi
kill -0 "-$_p"
}

# Whether the group has members that are more than zombies. The name of a process may hold anything, a line feed too; no
# parenthesis closes after it.
members() {
kill -0 "-$_p" || return 1
for _d in /proc/[0-9]*; do
_x=
while read -r _n; do
_x=$_n
done <"$_d/stat"
set -- ${_x##*) }
[ "$3" = "$_p" ] || continue
case $1 in
Z | X) ;;
*) return 0 ;;
esac
done
return 1
}

# Waits for so many seconds, or a part of one more, until the group has no members.
empty() {
read -r _t _x </proc/uptime
_t=$((${_t%.*} + $1 + 1))
while members; do
read -r _n _x </proc/uptime
[ "${_n%.*}" -lt "$_t" ] || return 1
sleep 0.03 || sleep 1
done
}

# Ends the group: politely, then not. A stopped process hears of it when it goes on.
end() {
kill -TERM "-$_p"
kill -CONT "-$_p"
[ "$1" -gt 0 ] && empty "$1" && return 0
kill -KILL "-$_p"
empty 5
}

# Tells how the execution ended where its supervisor could not; half a line is as good as none.
finish() {
read -r _x _n <"$_b.end" || echo "$1 $2" >|"$_b.end"
}

export LC_ALL=C PATH="${PATH:-/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin}"
umask 077
form='%f %s %Y %Z %u %g %h|%d %i|%y|%z|%U|%G'
fail() { printf '%s\0' no "$1" "$2"; exit 0; }
for tool in readlink stat; do
command -v $tool >/dev/null || fail tool $tool
done
[ -e /proc/self/fd/0 ] || fail tool /proc
# Whether a path, which has no links in it, is where the caller may go.
within() {
#@LIMITS@
return 0
}
# What of a path cannot be found tells nobody outside of his limits that it is not there.
lost() { within "$p" && fail "$1"; fail outside; }
# Goes to the folder of a path and stays there, whatever the path leads to later: $here is where that is, $n the last name, $whole both.
place() {
n=${1##*/}
d=${1%/*}
cd -P "${d:-/}" 2>/dev/null || lost folder_missing
# The shell knows the folder without a process. For a check, ask the kernel. Some shells keep two slashes.
case $limited$PWD in
0/ | 0/[!/]*) here=$PWD ;;
*)
here=$(readlink /proc/self/cwd; echo x)
here=${here%?x}
;;
esac
whole=${here%/}/$n
within "$whole" || fail outside
}
# The same, for what a link at the end of the path leads to.
follow() {
place "$1"
[ -L "./$n" ] || return 0
real=$(readlink -f "./$n"; echo x)
real=${real%?x}
case $real in
/*) place "$real" ;;
*) fail missing ;;
esac
[ ! -L "./$n" ] || fail changed
}
# What was opened as 3, which may be another file than the name says by now.
opened() {
real=$whole
[ $limited = 1 ] || return 0
real=$(readlink /proc/self/fd/3; echo x)
real=${real%?x}
within "$real" || fail outside
}
# Goes to a folder itself, and stays there: $real is where that is.
enter() {
follow "$1"
[ -e "./$n" ] || fail missing
[ -d "./$n" ] || fail not_folder
cd -P "./$n" 2>/dev/null || fail refused
real=$(readlink /proc/self/cwd; echo x)
real=${real%?x}
within "$real" || fail outside
}
# Whether a link in a folder leads to where the caller may go, by its text alone. What serves or reads files there in the guest may follow
# it; where it leads to by other links is for them to see.
leads() {
case $2 in
/*) within "$2" ;;
*) within "${1%/}/$2" ;;
esac
}
# Whoever runs a program that runs as its owner or group would get to where a limited caller may not go. Of a folder, such a bit does not do that.
permit_mode() {
case $limited$1 in
1[2-7]???) [ -d /proc/self/fd/3 ] || fail set_id ;;
esac
}
# Keeps 3 open for so many seconds: until the agent has opened it, too, and a stream where it turns out to be long.
hold() {
boot
# Opened to be read, so that a program that was just written can be run.
sleep "${1:-30}" 3</proc/self/fd/3 >/dev/null 2>&1 </dev/null &
holder=$!
}
# Whether something is still in the state that the caller has seen, if that counts. The rest is for stat: -L for an open file.
unchanged() {
[ -z "$expected" ] || [ "$(stat -c "$form" "$@")" = "$expected" ] || fail modified
}
target=
# Has the disk have a file or folder. Where this sync takes no names, all that there is.
durable() {
case $(sync --help 2>&1) in
*FILE*) sync "$1" ;;
*) sync ;;
esac
}
# Which boot of the guest this is: what its agent has opened is gone with it, and the numbers begin anew.
boot() {
read -r boot </proc/sys/kernel/random/boot_id
}
tell() {
target=
if [ -L "$1" ]; then
target=$(readlink "$1"; echo x)
target=${target%?x}
fi
}

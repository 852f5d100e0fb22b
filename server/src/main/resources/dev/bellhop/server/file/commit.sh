#@COMMON@
if [ @ACKNOWLEDGED@ = 0 ]; then
for tool in sha256sum tail; do
command -v $tool >/dev/null || fail tool $tool
done
fi
place "$p"
[ "$whole" = "$p" ] || fail changed
t=./@TEMPORARY@
T=
case $(mv --help 2>&1) in
*-T*) T=-T ;;
esac
undo() {
rm -f "$t"
fail "$1" "$2"
}
main() {
[ "$(stat -L -c '%d %i %h' /proc/self/fd/3)" = "$temporary" ] || fail changed
[ "$(stat -L -c %s /proc/self/fd/3)" = @SIZE@ ] || fail size
sum=@SHA256@
# What was written piece by piece, and each acknowledged, is not read again: that takes as long as to write it.
if [ @ACKNOWLEDGED@ = 0 ]; then
sum=$(sha256sum </proc/self/fd/3) || fail refused
sum=${sum%% *}
fi
[ -z "@SHA256@" ] || [ "$sum" = "@SHA256@" ] || undo digest
if [ -n "@TAIL@" ]; then
last=$(tail -c +@TAILFROM@ /proc/self/fd/3 | sha256sum)
[ "${last%% *}" = "@TAIL@" ] || undo digest
fi
[ ! -d "./$n" ] || undo is_folder
owner=$newowner
mode=$newmode
there=
if [ -e "./$n" ] && [ ! -L "./$n" ]; then
there=$(stat -c "$form" "./$n")
[ -n "$owner" ] || owner=$(stat -c %u:%g "./$n")
[ -n "$mode" ] || mode=$(stat -c %a "./$n")
fi
permit_mode "$mode"
if [ -n "$owner" ]; then chown "$owner" /proc/self/fd/3 || undo refused; fi
chmod "${mode:-644}" /proc/self/fd/3 || undo refused
if [ -n "$modified" ]; then touch -c -m -d "$modified" /proc/self/fd/3 || undo refused; fi
durable "$t" || undo refused
case @CONDITION@ in
unchanged)
# Once more: what came before takes a while.
there=
if [ -e "./$n" ] && [ ! -L "./$n" ]; then there=$(stat -c "$form" "./$n"); fi
[ "$there" = "$expected" ] && [ -n "$there" ] || undo modified
mv -f $T "$t" "./$n" || fail refused
;;
absent)
[ ! -e "./$n" ] && [ ! -L "./$n" ] || undo exists
if ln $T "$t" "./$n" 2>/dev/null; then
rm -f "$t"
else
[ ! -e "./$n" ] && [ ! -L "./$n" ] || undo exists
mv -f $T "$t" "./$n" || fail refused
fi
;;
*)
mv -f $T "$t" "./$n" || fail refused
;;
esac
durable . || fail refused
told=$(stat -L -c "$form" /proc/self/fd/3)
# What others have begun and never went on with.
find . -maxdepth 1 -type f -name '.bellhop-*.part' -ctime +0 -exec rm -f {} + >/dev/null 2>&1 </dev/null &
printf '%s\0' ok "$told" "$whole" "$sum"
}
# One that waits for a writer would be waited for.
[ -f "$t" ] && [ ! -L "$t" ] || fail changed
main 3<"$t" || fail changed

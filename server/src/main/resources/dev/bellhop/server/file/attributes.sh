#@COMMON@
# Of a link itself, there is an owner and a time. What holds its name is this directory, whatever the name leads to.
change_link() {
[ -z "$inode" ] || fail changed
[ -z "$newmode$newsize" ] || fail refused
if [ -n "$newowner" ]; then chown -h "$newowner" "./$n" || fail refused; fi
if [ -n "$accessed" ]; then touch -c -h -a -d "@$accessed" "./$n" || fail refused; fi
if [ -n "$modified" ]; then touch -c -h -m -d "@$modified" "./$n" || fail refused; fi
printf '%s\0' ok
exit 0
}
cut() {
if command -v truncate >/dev/null; then
truncate -c -s "$newsize" /proc/self/fd/3
else
dd if=/dev/null of=/proc/self/fd/3 bs=1 count=0 seek="$newsize"
fi
}
if [ @FOLLOW@ = 1 ]; then
follow "$p"
else
place "$p"
[ ! -L "./$n" ] || change_link
fi
[ -n "$n" ] || n=.
[ -e "./$n" ] || fail missing
[ -f "./$n" ] || [ -d "./$n" ] || fail not_regular
main() {
opened
[ -z "$inode" ] || [ "$(stat -L -c '%d %i' /proc/self/fd/3)" = "$inode" ] || fail changed
permit_mode "$newmode"
if [ -n "$newsize" ]; then
[ -f /proc/self/fd/3 ] || fail is_folder
[ $limited = 0 ] || permit_mode "${newmode:-$(stat -L -c %a /proc/self/fd/3)}"
cut || fail refused
fi
if [ -n "$newowner" ]; then chown "$newowner" /proc/self/fd/3 || fail refused; fi
if [ -n "$newmode" ]; then chmod "$newmode" /proc/self/fd/3 || fail refused; fi
if [ -n "$accessed" ]; then touch -c -a -d "@$accessed" /proc/self/fd/3 || fail refused; fi
if [ -n "$modified" ]; then touch -c -m -d "@$modified" /proc/self/fd/3 || fail refused; fi
printf '%s\0' ok
}
main 3<"./$n" || fail refused

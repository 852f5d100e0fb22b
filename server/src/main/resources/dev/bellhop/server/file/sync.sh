#@COMMON@
place "$p"
[ -f "./$n" ] && [ ! -L "./$n" ] || fail changed
main() {
opened
[ "$(stat -L -c '%d %i' /proc/self/fd/3)" = "$inode" ] || fail changed
durable /proc/self/fd/3 || fail refused
printf '%s\0' ok
}
main 3<"./$n" || fail refused

#@COMMON@
follow "$p"
[ -n "$n" ] || n=.
[ -e "./$n" ] || fail missing
main() {
opened
told=$(stat -L -f -c '%S %b %f %a %c %d %l' /proc/self/fd/3) || fail refused
printf '%s\0' ok "$told"
}
[ -f "./$n" ] || [ -d "./$n" ] || fail not_regular
main 3<"./$n" || fail refused

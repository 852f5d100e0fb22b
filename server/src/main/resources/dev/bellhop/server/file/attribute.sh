#@COMMON@
follow "$p"
[ -e "./$n" ] || fail missing
[ -f "./$n" ] || [ -d "./$n" ] || fail not_regular
main() {
opened
unchanged -L /proc/self/fd/3
permit_mode "@MODE@"
@CHANGE@ /proc/self/fd/3 || fail refused
printf '%s\0' ok
}
main 3<"./$n" || fail refused

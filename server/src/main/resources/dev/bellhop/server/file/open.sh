#@COMMON@
follow "$p"
[ -e "./$n" ] || fail missing
[ ! -d "./$n" ] || fail is_folder
[ -f "./$n" ] || fail not_regular
main() {
opened
[ -f /proc/self/fd/3 ] || fail changed
told=$(stat -L -c "$form" /proc/self/fd/3) || fail missing
sum=
if [ @SUM@ = 1 ]; then
command -v sha256sum >/dev/null || fail tool sha256sum
sum=$(sha256sum </proc/self/fd/3) || fail refused
fi
hold
printf '%s\0' ok "$holder" "$told" "$real" "${sum%% *}"
}
main 3<"./$n" || fail refused

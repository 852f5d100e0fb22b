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
size=$(stat -L -c %s /proc/self/fd/3)
# What has no size, as a file of the kernel, may have no end.
if [ "$size" != 0 ]; then sum=$(head -c "$size" /proc/self/fd/3 | sha256sum) || fail refused; fi
fi
hold
printf '%s\0' ok "$holder" "$told" "$real" "${sum%% *}" "$boot"
}
main 3<"./$n" || fail refused

#@COMMON@
follow "$p"
[ -n "$n" ] || fail is_folder
[ ! -d "./$n" ] || fail is_folder
[ ! -e "./$n" ] || [ -f "./$n" ] || fail not_regular
t=./@TEMPORARY@
# Linux reports no longer path of an open file.
w=${here%/}/@TEMPORARY@
[ ${#w} -le 4095 ] || fail too_long
if [ @ANEW@ = 1 ]; then rm -f "$t"; fi
if [ ! -f "$t" ] || [ -L "$t" ]; then
rm -f "$t"
(set -C; : >"$t") || fail refused
fi
main() {
real=$(readlink /proc/self/fd/3; echo x)
[ "${real%?x}" = "$w" ] && [ -O /proc/self/fd/3 ] || fail changed
temporary=$(stat -L -c '%d %i %h' /proc/self/fd/3)
[ "${temporary##* }" = 1 ] || fail changed
size=$(stat -L -c %s /proc/self/fd/3)
there=
if [ -e "./$n" ]; then there=$(stat -c "$form" "./$n"); fi
hold
printf '%s\0' ok "$holder" "$temporary" "$size" "$whole" "$there" "$boot"
}
# Opened for both, a link would make what it leads to.
main 3<"$t" || fail refused

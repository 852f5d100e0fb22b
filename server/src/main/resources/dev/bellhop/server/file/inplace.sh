#@COMMON@
if [ @CREATE@ = new ]; then
place "$p"
[ ! -L "./$n" ] && [ ! -e "./$n" ] || fail exists
else
follow "$p"
fi
[ -n "$n" ] || fail is_folder
made=0
if [ ! -e "./$n" ]; then
[ @CREATE@ != never ] || fail missing
# Makes what is not there, and nothing by a link that somebody puts there meanwhile.
if (set -C; : >"./$n"); then
made=1
else
[ @CREATE@ = missing ] && [ -f "./$n" ] || fail refused
fi
fi
[ ! -d "./$n" ] || fail is_folder
[ -f "./$n" ] || fail not_regular
main() {
opened
[ -f /proc/self/fd/3 ] || fail changed
[ -z "$inode" ] || [ "$(stat -L -c '%d %i' /proc/self/fd/3)" = "$inode" ] || fail changed
if [ @WRITES@$limited = 11 ]; then permit_mode "$(stat -L -c %a /proc/self/fd/3)"; fi
if [ $made = 1 ]; then chmod @MODE@ /proc/self/fd/3 || fail refused; fi
if [ @TRUNCATE@ = 1 ]; then : >/proc/self/fd/3 || fail refused; fi
told=$(stat -L -c "$form" /proc/self/fd/3) || fail missing
# Of many small files, each leaves one behind.
hold 10
printf '%s\0' ok "$holder" "$told" "$real" "$boot"
}
# Opened for both, a link would make what it leads to.
main 3<"./$n" || fail refused

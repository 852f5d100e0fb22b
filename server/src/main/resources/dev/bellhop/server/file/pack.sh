#@COMMON@
#@TAR@
find_tar
# It follows a folder that becomes a link meanwhile.
[ $kind != busybox ] || [ @LIMITED@ = 0 ] || fail busybox_tar
enter "$p"
pack() {
if [ $kind = gnu ]; then
$tar --create --file=- --format=gnu --sparse --numeric-owner --blocking-factor=128 -- .
code=$?
# Files have changed while they were read.
[ $code != 1 ] || code=0
return $code
fi
$tar -c -f - .
}
if [ @STREAM@ = 1 ]; then
printf '%s\0' ok "$real"
pack </dev/null
exit $?
fi
# The agent alone: all of it at once, in a file that nobody else sees, and of which nothing is left once nobody has it open.
for d in "${TMPDIR:-/var/tmp}" /var/tmp /tmp; do
[ ! -d "$d" ] || [ ! -w "$d" ] || break
done
need=$(du -sk . 2>/dev/null)
free=$(df -Pk "$d" | { read -r x; read -r x x x free x; echo "$free"; })
need=${need%%[!0-9]*}
case $need$free in
''|*[!0-9]*) ;;
*) [ "${need:-0}" -lt "$((free - free / 8))" ] || fail space ;;
esac
t=$(mktemp "$d/.bellhop-XXXXXXXX") || fail refused
main() {
rm -f "$t"
pack >&3 </dev/null || fail tree
hold
printf '%s\0' ok "$holder" "$(stat -L -c "$form" /proc/self/fd/3)" "$real" "$boot"
}
main 3<>"$t" || fail refused

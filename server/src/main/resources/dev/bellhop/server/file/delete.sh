#@COMMON@
place "$p"
[ -n "$n" ] || fail refused
[ -L "./$n" ] || [ -e "./$n" ] || fail missing
unchanged "./$n"
if [ -d "./$n" ] && [ ! -L "./$n" ]; then
if [ @RECURSIVE@ = 1 ]; then
# Its rm follows a folder that becomes a link meanwhile.
case $(rm --help 2>&1) in
*BusyBox*) fail busybox ;;
esac
rm -rf "./$n" || fail refused
else
rmdir "./$n" 2>/dev/null || { [ -z "$(ls -A "./$n")" ] && fail refused; fail not_empty; }
fi
else
rm -f "./$n" || fail refused
fi
durable . || fail refused
printf '%s\0' ok

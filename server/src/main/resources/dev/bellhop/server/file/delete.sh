#@COMMON@
place "$p"
[ -n "$n" ] || fail refused
[ -L "./$n" ] || [ -e "./$n" ] || fail missing
if [ -d "./$n" ] && [ ! -L "./$n" ]; then
if [ @RECURSIVE@ = 1 ]; then
rm -rf "./$n" || fail refused
else
rmdir "./$n" 2>/dev/null || { [ -z "$(ls -A "./$n")" ] && fail refused; fail not_empty; }
fi
else
rm -f "./$n" || fail refused
fi
sync . 2>/dev/null || sync
printf '%s\0' ok

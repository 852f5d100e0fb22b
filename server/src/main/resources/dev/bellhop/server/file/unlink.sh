#@COMMON@
place "$p"
[ -n "$n" ] || fail refused
[ -L "./$n" ] || [ -e "./$n" ] || fail missing
if [ @FOLDER@ = 1 ]; then
[ -d "./$n" ] && [ ! -L "./$n" ] || fail not_folder
rmdir "./$n" || { [ -z "$(ls -A "./$n" 2>/dev/null)" ] && fail refused; fail not_empty; }
else
[ -L "./$n" ] || [ ! -d "./$n" ] || fail is_folder
rm -f "./$n" || fail refused
fi
printf '%s\0' ok

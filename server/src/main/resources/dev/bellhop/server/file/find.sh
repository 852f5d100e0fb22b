#@COMMON@
if [ @FOLLOW@ = 1 ]; then follow "$p"; else place "$p"; fi
[ -L "./$n" ] || [ -e "./$n" ] || fail missing
told=$(stat -c "$form" "./$n") || fail missing
tell "./$n"
printf '%s\0' ok "$told" "$whole" "$target"

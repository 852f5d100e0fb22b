#@COMMON@
#@LINK@
place "$p"
[ -n "$n" ] && [ ! -e "./$n" ] && [ ! -L "./$n" ] || fail exists
leads "$here" "$to" || fail outside
ln -s $T -- "$to" "./$n" || fail refused
printf '%s\0' ok

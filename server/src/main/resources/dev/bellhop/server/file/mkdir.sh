#@COMMON@
place "$p"
[ ! -e "./$n" ] && [ ! -L "./$n" ] || fail exists
mkdir -m @MODE@ "./$n" || fail refused
printf '%s\0' ok

#@COMMON@
#@LINK@
source=$p
p=$to
place "$p"
[ -n "$n" ] || fail exists
name=$n
main() {
real=$(readlink /proc/self/fd/3; echo x)
within "${real%?x}/$name" || fail outside
p=$source
place "$p"
[ -L "./$n" ] || [ -e "./$n" ] || fail missing
[ ! -d "./$n" ] || fail is_folder
# What a link leads to may be anywhere.
[ ! -L "./$n" ] || fail not_regular
[ "$(stat -c %d .)" = "$(stat -L -c %d /proc/self/fd/3)" ] || fail elsewhere
there=/proc/self/fd/3/$name
[ ! -e "$there" ] && [ ! -L "$there" ] || fail exists
ln $T "./$n" "$there" || fail refused
printf '%s\0' ok
}
main 3<. || fail refused

#@COMMON@
T=
case $(mv --help 2>&1) in
*-T*) T=-T ;;
esac
source=$p
p=$to
place "$p"
[ -n "$n" ] || fail exists
name=$n
main() {
real=$(readlink /proc/self/fd/3; echo x)
real=${real%?x}
within "${real%/}/$name" || fail outside
p=$source
place "$p"
[ -L "./$n" ] || [ -e "./$n" ] || fail missing
unchanged "./$n"
# A relative one leads elsewhere from there.
tell "./$n"
[ -z "$target" ] || leads "$real" "$target" || fail outside
# Elsewhere it would be copied, and be there by halves meanwhile.
[ "$(stat -c %d .)" = "$(stat -L -c %d /proc/self/fd/3)" ] || fail elsewhere
there=/proc/self/fd/3/$name
if [ @OVERWRITE@ = 1 ]; then
[ -L "$there" ] || [ ! -d "$there" ] || fail exists
mv -f $T "./$n" "$there" || fail refused
else
[ ! -e "$there" ] && [ ! -L "$there" ] || fail exists
mv -n $T "./$n" "$there" || fail refused
[ ! -e "./$n" ] && [ ! -L "./$n" ] || fail exists
fi
durable . || fail refused
printf '%s\0' ok
}
main 3<. || fail refused

# Removes the files of the executions named, as far as a "--".
exec 3>&2 2>/dev/null
umask 077
if [ ! -d "$_s" ] || [ -L "$_s" ] || [ ! -O "$_s" ] || ! cd "$_s"; then
echo 'bellhop remove absent'
exit
fi
# Names of files stand for themselves.
set -f
# As many at a time as a program takes arguments, since each is a process.
forget() {
_o="$_o $1.out $1.err $1.why $1.end $1.in $1.fed $1.eof $1.pipe"
# A start that was sent before and has yet to get all of its input would find no claim, and run the command once more.
set +f
set -- "$1" "$1".in-*
set -f
if [ -e "$2" ]; then echo void >"$1.run"; else _c="$_c $1.run"; fi
[ "${#_o}" -lt 100000 ] || remove
}
# The claims go last: as long as one is there, its execution cannot be started again.
remove() {
[ "$_o" ] || return 0
rm -f -- $_o
rm -f -- $_c
_o=
_c=
}
_o=
_c=
#@LEFTOVERS@
for _x; do
[ "$_x" = -- ] && break
forget "$_x"
done
remove
echo 'bellhop remove done'

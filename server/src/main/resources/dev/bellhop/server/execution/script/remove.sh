# Removes the files of the executions named, as far as a "--".
exec 3>&2 2>/dev/null
# After a thousand short commands there are thousands of files, and others want the processor more.
renice -n 5 -p $$ >/dev/null
umask 077
if [ ! -d "$_s" ] || [ -L "$_s" ] || [ ! -O "$_s" ] || ! cd "$_s"; then
echo 'bellhop remove absent'
exit
fi
# Names of files stand for themselves.
set -f
# Starts that were sent before and have yet to get all of their input: such a one would find no claim, and run the command
# once more. Listed once, as each look goes through the whole folder.
inputs() {
set +f
set -- *.in-*
set -f
_n=" $*"
}
# As many at a time as a program takes arguments, since each is a process.
forget() {
_o="$_o $1.out $1.err $1.why $1.end $1.in $1.fed $1.eof $1.pipe"
case $_n in
*" $1.in-"*) echo void >"$1.run" ;;
*) _c="$_c $1.run" ;;
esac
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
inputs
#@LEFTOVERS@
for _x; do
[ "$_x" = -- ] && break
forget "$_x"
done
remove
echo 'bellhop remove done'

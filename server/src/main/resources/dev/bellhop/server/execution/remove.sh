# Removes the files of the executions named, as far as a "--".
exec 3>&2 2>/dev/null
if [ ! -d "$_s" ] || [ -L "$_s" ] || [ ! -O "$_s" ] || ! cd "$_s"; then
echo 'bellhop remove absent'
exit
fi
# The claim goes last: as long as it is there, the execution cannot be started again.
forget() {
rm -f "$1.out" "$1.err" "$1.why" "$1.end" "$1.in" "$1.fed" "$1.eof" "$1.pipe" "$1.run"
}
#@LEFTOVERS@
for _x; do
[ "$_x" = -- ] && break
forget "$_x"
done
echo 'bellhop remove done'

# Removes the files of the executions named. Before: _days, the age in days beyond which what is left of others that
# have ended, or were started before the guest was, is removed too.
exec 3>&2 2>/dev/null
if [ ! -d "$_s" ] || [ -L "$_s" ] || [ ! -O "$_s" ] || ! cd "$_s"; then
echo 'bellhop remove absent'
exit
fi
read -r _q </proc/sys/kernel/random/boot_id || _q=
for _x in $(find . -name '*-*-*-*-*.run' -mtime "+$_days" -type f); do
_x=${_x##*/}
_x=${_x%.run}
_p=
_k=
read -r _p _k <"$_x.run"
if [ "$_p" = void ] || [ -e "$_x.end" ] || { [ "$_k" ] && [ "$_q" ] && [ "$_k" != "$_q" ]; }; then
set -- "$@" "$_x"
fi
done
# The claim goes last: as long as it is there, the execution cannot be started again.
for _x; do
rm -f "$_x.out" "$_x.err" "$_x.why" "$_x.end" "$_x.in" "$_x.eof" "$_x.pipe" "$_x.run"
done
echo 'bellhop remove done'

# Removes what is left of executions that nobody has named: those that ended, or can have run at the latest, more than
# _days days ago.
read -r _q </proc/sys/kernel/random/boot_id || _q=
_l=" $* "
# Of starts that were killed before all of their input was there.
for _x in $(find . -name '*-*-*-*-*.in-*' -mtime "+$_days" -type f); do
_o="$_o ${_x##*/}"
[ "${#_o}" -lt 100000 ] || remove
done
for _x in $(find . \( -name '*-*-*-*-*.end' -o -name '*-*-*-*-*.run' \) -mtime "+$_days" -type f); do
_f=${_x##*/}
_x=${_f%.*}
case $_l in
*" $_x "*) continue ;;
esac
if [ "$_f" = "$_x.run" ]; then
# A command may have run for long, and then the age of its claim says nothing.
[ -e "$_x.end" ] && continue
_p=
_k=
read -r _p _k <"$_x.run"
if [ "$_p" != void ]; then
{ [ "$_k" ] && [ "$_q" ] && [ "$_k" != "$_q" ]; } || continue
[ "$(find . -name "$_x.*" ! -mtime "+$_days")" ] && continue
fi
fi
forget "$_x"
done

# Set before: _b, _i, _t the seconds that the command may take, _g those between TERM and KILL. $1 is the leader's pid.
exec 2>/dev/null
_p=$1
read -r _n _x </proc/uptime
_e=$((${_n%.*} + _t + 1))
# Somebody in the guest may end all that is called sleep, and the time is the same after it.
until sleep "$_t"; do
ours || exit
read -r _n _x </proc/uptime
_t=$((_e - ${_n%.*}))
[ "$_t" -gt 0 ] || break
sleep 1
done
ours || exit
# Whoever gives the reason first is right; a cancel that came before may have died since, so go on in any case.
set -C
echo timed_out >"$_b.why"
set +C
if end "$_g"; then
read -r _y <"$_b.why" || _y=timed_out
finish "$_y" 137
fi

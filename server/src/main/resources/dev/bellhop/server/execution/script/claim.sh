# What the spool and the process table know of _i. The claim _c is none, void, unfinished or run, and with run _p is the
# leader's pid and _k its boot. _q is the boot of now.
read -r _q </proc/sys/kernel/random/boot_id || _q=unknown
_c=none
_p=
_k=
if [ -e "$_b.run" ]; then
_c=unfinished
if read -r _p _k <"$_b.run"; then
case $_p in
void) _c=void ;;
'' | *[!0-9]*) ;;
*) _c=run ;;
esac
fi
[ "$_c" = run ] || { _p=; _k=; }
fi
# Its group lives as "leader", or as "group" once the supervisor is gone, or "no".
_a=no
if [ "$_c" = run ] && [ "$_k" = "$_q" ] && ours && members; then
_a=group
[ -e "/proc/$_p" ] && _a=leader
fi
# The end _y with the code _z, where there is one to be believed. After the living, as it is written before they are gone.
_y=none
_z=
[ -e "$_b.end" ] && { read -r _y _z <"$_b.end" || { _y=none; _z=; }; }

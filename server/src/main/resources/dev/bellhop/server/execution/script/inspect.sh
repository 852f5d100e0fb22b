# Tells all that the spool and the process table know of an execution. Before: _void is set where a start that has not
# come yet is never to run; _boot, the guest's boot of before its start, where that is known; _ago, how many seconds ago it may
# have been started at the earliest.
exec 3>&2 2>/dev/null
# A guest that was restarted since may have lost what its disk had not taken yet. It was not where the boot is the same, or has
# been up for longer: a guest that was paused is up for less than it is old.
_e=1
read -r _q </proc/sys/kernel/random/boot_id && [ "$_q" = "$_boot" ] && _e=
[ "$_e" ] && read -r _u _x </proc/uptime && [ "${_u%.*}" -ge "$_ago" ] && _e=
if [ "$_void" ] || [ "$_e" ]; then
[ -d "$_s" ] || mkdir -p -m 700 "$_s"
umask 077
if [ -d "$_s" ] && [ ! -L "$_s" ] && [ -O "$_s" ]; then
_n=
set -C
{ echo void || _n=full; } >"$_b.run"
set +C
[ "$_n" ] && rm -f "$_b.run"
fi
fi
#@CLAIM@
[ "$_e" ] && [ "$_c" != run ] && _c=earlier
_w=none
[ -e "$_b.why" ] && { read -r _w <"$_b.why" || _w=none; }
size() {
_n=
[ -e "$1" ] && { _n=$(stat -c %s "$1") || _n=$(wc -c <"$1"); }
echo "${_n:--}"
}
echo "bellhop $_i inspect $_c ${_p:--} ${_k:--} $_q $_y ${_z:--} $_w $_a $(size "$_b.out") $(size "$_b.err")"

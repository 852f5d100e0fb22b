exec 8>&- 9>&-
# A copier that sleeps has copied all there was. It stays for as long as a daemon may write. After ten seconds, only a daemon can keep it busy.
for _p in $_o $_e; do
_t=
_n=R
while [ "$_n" = R ] || [ "$_n" = D ]; do
# Files of one line, because bash keeps the rest for the next file if the copier ends between two reads.
read -r _x _x _n _d <"/proc/$_p/stat" && [ "${_d%% *}" = "$$" ] || _n=
case $_n in
R | D)
read -r _m _x </proc/uptime
_t=${_t:-${_m%.*}}
# In R, an empty subshell lets the copier have the processor. A loop without a wait would take it away.
if [ "$_n" = R ]; then
( : )
else
sleep 0.03 || sleep 1
fi
[ "$((${_m%.*} - _t))" -lt 10 ] || _n=S
;;
esac
done
# A copier that failed has lost output, and so has the command, even if it did not notice.
[ "$_n" = S ] || wait "$_p" || {
echo 'bellhop: Some output is lost because the guest could not store it' >>"$_b.err"
[ "$_c" != 0 ] || _c=1
}
done

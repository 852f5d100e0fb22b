# Ends an execution. Before: _g the seconds between TERM and KILL, _m why, as it is to stand in the spool.
exec 2>/dev/null
umask 077
#@CLAIM@
if [ "$_y" != none ]; then
_r=ended
elif [ "$_a" = no ]; then
_r=absent
else
# The first reason stands.
set -C
echo "$_m" >"$_b.why"
set +C
_r=left
if end "$_g"; then
_r=gone
read -r _y <"$_b.why" || _y=$_m
finish "$_y" 137
# What the supervisor would have ended, had it not been killed.
for _d in /proc/[0-9]*; do
_x=
read -r _x <"$_d/cmdline"
case $_x in
*": watch $_i" | *": feed $_i") kill -9 "-${_d#/proc/}" ;;
esac
done
fi
fi
echo "bellhop $_i cancel $_r"

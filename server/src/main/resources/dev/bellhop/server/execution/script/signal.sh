# Sends a signal to the group of an execution. Before: _n its number.
exec 2>/dev/null
umask 077
_m=$_n
#@CLAIM@
if [ "$_y" != none ]; then
_r=ended
elif [ "$_a" = no ]; then
_r=absent
else
_r=left
kill "-$_m" "-$_p" && _r=sent
case $_m in
4 | 7 | 8 | 9 | 11 | 31)
# One that the supervisor does not outlive either.
empty 2 && finish exited $((128 + _m))
;;
esac
fi
echo "bellhop $_i signal $_r"

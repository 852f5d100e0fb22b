# Set before: _b, _i. $1 is the leader's pid. Copies what is written to a file into the command's stdin, as it comes: the
# agent writes to a file alone, which never blocks it.
exec 2>/dev/null
_p=$1
exec 4<"$_b.in" 5>"$_b.pipe"
_d=0.02
_o=0
while ours; do
# Looked at before the copying, so that all that was written before the end is copied.
_e=
[ -e "$_b.eof" ] && _e=1
# It fails when nobody reads any more.
cat <&4 >&5 || exit
[ "$_e" ] && exit
# Where the file is read to by now tells whether anything came.
read -r _x _n </proc/self/fdinfo/4
if [ "$_n" != "$_o" ]; then
_o=$_n
_d=0.02
else
case $_d in
0.02) _d=0.05 ;;
0.05) _d=0.1 ;;
*) _d=0.25 ;;
esac
fi
sleep "$_d" || sleep 1
done

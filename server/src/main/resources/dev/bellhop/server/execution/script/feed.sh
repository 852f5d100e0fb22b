# Set before: _b, _i. $1 is the leader's pid. Copies what is written to a file into the command's stdin, as it comes: the
# agent writes to a file alone, which never blocks it.
exec 2>/dev/null
_p=$1
exec 4<"$_b.in" 5>"$_b.pipe"
# A part at a time, after which is told how far it came, and what was copied is given back to the disk.
_m=16777216
_c='dd bs=65536 count=256'
command -v dd >/dev/null || _c=cat
_d=0.02
_o=0
_h=0
while ours; do
# No more will come, so what is there is all.
if [ -e "$_b.eof" ]; then
cat <&4 >&5 || exit
exec 5>&-
# A program that opens /dev/stdin from now on would wait for a writer. Opening the pipe for an instant lets it go on, and it
# reads to the end.
_d=1
for _n in 0.02 0.05 0.1 0.25 0.5; do
sleep "$_n" || sleep 1
[ ! -p "$_b.pipe" ] || true 1<>"$_b.pipe"
done
while ours; do
[ ! -p "$_b.pipe" ] || true 1<>"$_b.pipe"
sleep "$_d"
[ "$_d" -ge 16 ] || _d=$((_d * 2))
done
exit
fi
# It fails when nobody reads any more.
$_c <&4 >&5 || exit
# Where the file is read to by now tells whether anything came.
read -r _x _n </proc/self/fdinfo/4
if [ "$_n" != "$_o" ]; then
if [ $((_n - _h)) -ge "$_m" ]; then
fallocate -p -o 0 -l "$_n" "$_b.in"
_h=$_n
fi
# Over what stood there, so that there is a number at any time.
echo "$_n" 1<>"$_b.fed"
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

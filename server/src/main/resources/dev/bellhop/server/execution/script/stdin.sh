# The command's own input, on descriptor 5. A copy that was killed says nothing of the disk.
exec 5<>"$_b.in-$$"
cat >&5
case $? in
0) read -r _x _n </proc/self/fdinfo/5 ;;
129 | 1[3-9]?) _n=cut ;;
*) _n=full ;;
esac
if [ "$_n" != @LENGTH@ ]; then
rm -f "$_b.in-$$"
[ "$_n" = full ] && echo "bellhop $_i nospool" >&3
exit 0
fi

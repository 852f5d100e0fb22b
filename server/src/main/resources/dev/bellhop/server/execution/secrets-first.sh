# The secret variables, all of them and before the claim, for the same reason. They are kept as they came, for secrets.sh, and in
# memory alone.
_h=
_o=cut
_n=0
while IFS= read -r _x; do
_h=$_h$_x'
'
if [ "$_n" -gt 0 ]; then
_n=$((_n - 1))
elif [ "$_x" = . ]; then
_o=
break
else
_n=$_x
fi
done
[ "$_o" ] && exit 0

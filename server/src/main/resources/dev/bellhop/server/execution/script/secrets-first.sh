# The secret variables are kept as they came, for secrets.sh, and in memory alone. What writes them on is to be the shell itself,
# for all can see what a program is given.
[ "$(command -v printf)" = printf ] || { rm -f "$_b.in-$$"; echo "bellhop $_i nospool" >&3; exit 0; }
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
[ "$_o" ] && { rm -f "$_b.in-$$"; exit 0; }

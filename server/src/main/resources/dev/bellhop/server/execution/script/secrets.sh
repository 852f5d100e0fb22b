# Variables that are to stand in no command line come before all else on descriptor @FD@: of each the number of its lines, and
# these, and a dot after the last. They go before the arguments. A shell reads a pipe byte by byte, and so none too many.
while IFS= read -r _n <&@FD@ && [ "$_n" != . ]; do
_v=
while [ "$_n" -gt 0 ]; do
IFS= read -r _x <&@FD@ || break
_n=$((_n - 1))
_v=$_v$_x
[ "$_n" = 0 ] || _v="$_v
"
done
set -- "$_v" "$@"
done
[ "$_n" = . ] || { echo 'bellhop: cannot read the secret variables' >&2; exit 126; }

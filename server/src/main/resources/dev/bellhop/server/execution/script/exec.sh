# Or the shell would say it, with the number of a line that nobody has written.
case $1 in
*/*)
[ ! -e "$1" ] || [ -x "$1" ] || { echo "bellhop: Cannot run $1 because it is not executable" >&2; exit 126; }
[ -e "$1" ] ;;
*) command -v "$1" >/dev/null ;;
esac || { echo "bellhop: Cannot run $1 because the guest has no such program" >&2; exit 127; }
exec "$@"

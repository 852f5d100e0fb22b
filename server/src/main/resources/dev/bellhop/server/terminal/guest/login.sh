# Runs a command in the terminal that is stdin, as a user. $1 is what does so for perl, $2 for python3; then the user, the directory or
# nothing, 1 over SSH or nothing, how many variables there are, and the command.
_p=$1
_y=$2
shift 2
for _t in perl python3 /usr/libexec/platform-python; do
command -v "$_t" >/dev/null || continue
case $_t in
perl) exec perl -e "$_p" -- "$@" ;;
*) exec "$_t" -IS -c "$_y" "$@" ;;
esac
done
echo "bellhop: Cannot run the command because the guest has neither perl nor python3" >&2
exit 126

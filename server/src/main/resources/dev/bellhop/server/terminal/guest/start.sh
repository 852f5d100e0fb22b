# Starts a bridge, which holds a pty and stays. Set before: _s the spool, _i the terminal. $1 is the bridge for perl, $2 that for
# python3; what the bridge is to know comes on stdin. It says in one line how that went.
#@ENVIRONMENT@
umask 077
[ -d "$_s" ] || mkdir -p -m 700 "$_s"
if [ ! -d "$_s" ] || [ -L "$_s" ] || [ ! -O "$_s" ]; then
echo "bellhop $_i nospool"
exit 0
fi
_d=$_s/$_i.pty
mkdir -m 700 "$_d" && cat >"$_d/conf" || { echo "bellhop $_i nospool"; exit 0; }
exec 3>&2
# Out of the agent's unit, so that an upgrade of the agent does not end the terminal.
if [ -d /run/systemd/system ]; then
#@CGROUP@
fi
for _t in perl python3 /usr/libexec/platform-python; do
command -v "$_t" >/dev/null || continue
case $_t in
perl) printf %s "$1" ;;
*) printf %s "$2" ;;
esac >"$_d/bridge"
_r=$("$_t" "$_d/bridge" "$_d" 2>/dev/null </dev/null 3>&-)
case $_r in
ready) echo "bellhop $_i ready ${_t##*/}"; exit 0 ;;
fail*) rm -rf "$_d"; echo "bellhop $_i $_r"; exit 0 ;;
esac
done
rm -rf "$_d"
echo "bellhop $_i nopty"

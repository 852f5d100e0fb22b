# Says whether a bridge is still there. Set before: _s the spool, _i the terminal.
_p=
read -r _p _b <"$_s/$_i.pty/pid" 2>/dev/null
read -r _k </proc/sys/kernel/random/boot_id
if [ "$_p" ] && [ "$_b" = "$_k" ] && kill -0 "$_p" 2>/dev/null; then
echo "bellhop $_i alive"
else
rm -rf "$_s/$_i.pty"
echo "bellhop $_i gone"
fi

# Looks up the user's login shell _q, and sets what sshd sets. The shell reads passwd by itself, because a program costs an emulated
# guest as much as a short command. Only for a user who is not in that file, getent asks the guest's other directories.
while read -r _x _v _y; do
[ "$_x" = Uid: ] && break
done </proc/self/status
_a=
while IFS=: read -r _a _x _u _g _y _h _q || [ "$_a" ]; do
[ @MATCH@ ] && break
_a=
done </etc/passwd
if [ -z "$_a" ] && command -v getent >/dev/null; then
_x=$(getent passwd @KEY@)
_a=${_x%%:*}
_q=${_x##*:}
_x=${_x%:*}
_h=${_x##*:}
fi
if [ "$_a" ]; then
export HOME="${_h:-/}" USER="$_a" LOGNAME="$_a"
else
#@MISSING@
_q=
fi
export _q="${_q:-/bin/sh}"
# Without this, bash does not see that it is the first shell, and skips .bashrc, which it reads under sshd.
unset SHLVL
#@VARIABLES@

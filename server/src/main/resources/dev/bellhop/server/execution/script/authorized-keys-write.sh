# As a user of the guest: puts stdin in the place of that user's authorized_keys, in one step.
# $1: what the file has to be still, as the script that reads it said; $2: how many bytes are to come.
LC_ALL=C
export LC_ALL
umask 077
d=$HOME/.ssh
f=$d/authorized_keys
n=$d/.authorized_keys.bellhop.$$
told() { echo "bellhop keys $1"; exit; }
failed() { rm -f "$n"; told "$1"; }
if [ -L "$d" ] || [ -L "$f" ]; then told link; fi
[ -d "$d" ] || mkdir "$d" 2>/dev/null || told denied
chmod 700 "$d" 2>/dev/null || told denied
s=none
if [ -e "$f" ]; then
s=$(cksum <"$f") || told denied
s=${s% *}-${s#* }
fi
[ "$s" = "$1" ] || told changed
(set -C; cat >"$n") 2>/dev/null || failed denied
[ "$(wc -c <"$n")" -eq "$2" ] || failed denied
chmod 600 "$n" || failed denied
mv -f "$n" "$f" 2>/dev/null || failed denied
# Where SELinux is, a folder that was made by another domain may have the wrong type.
! command -v restorecon >/dev/null || restorecon -R "$d" 2>/dev/null
told done

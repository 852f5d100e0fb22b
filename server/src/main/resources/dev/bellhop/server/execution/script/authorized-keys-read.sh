# As a user of the guest: what is in that user's authorized_keys, after one line that says what it takes to write it.
# $1: the seconds since 1970 that a key is to expire at, or nothing.
LC_ALL=C
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
export LC_ALL PATH
d=$HOME/.ssh
f=$d/authorized_keys
s=none
if [ -L "$d" ] || [ -L "$f" ]; then s=link
elif ! command -v cksum >/dev/null; then s=nocksum
elif [ -f "$f" ] && [ -r "$f" ]; then
s=$(cksum <"$f")
s=${s% *}-${s#* }
elif [ -e "$f" ]; then s=odd
elif [ -e "$d" ] && [ ! -x "$d" ]; then s=odd
elif [ ! -d "$HOME" ]; then s=nohome
fi
z=$(date +%z)
l=-
[ -z "$1" ] || l=$(date -d "@$1" +%Y%m%d%H%M%S 2>/dev/null) || l=-
v=$(sshd -V 2>&1; ssh -V 2>&1)
case $v in
*OpenSSH_[1-9]*) v=${v#*OpenSSH_}; v=${v%%[!0-9.]*} ;;
*) v=- ;;
esac
echo "bellhop keys $s ${z:--} ${l:--} $v"
case $s in
*[0-9]-[0-9]*) [ "${s#*-}" -gt @MOST@ ] || cat "$f" ;;
esac

# What a guest has of what Bellhop uses, a line for each thing.
PATH=$PATH:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export PATH
echo "bellhop doctor"
for n in cksum gzip perl python3 runuser setpriv sha256sum stat su tar; do
command -v "$n" >/dev/null 2>&1 && echo "has $n"
done
p=@SPOOL@
while [ ! -d "$p" ]; do
p=${p%/*}
p=${p:-/}
done
t=$p/.bellhop-doctor.$$
if (set -C; : >"$t") 2>/dev/null; then
rm -f "$t"
echo "spool writable"
else
echo "spool closed"
fi
set -- $(df -Pk "$p" 2>/dev/null | tail -n 1)
case $4 in
*[!0-9]*|'') ;;
*) echo "free $4" ;;
esac
if read -r c </proc/self/attr/current; then
case $c in
*:*:*) echo "domain ${c%%[!a-zA-Z0-9_:.,-]*}" ;;
esac
fi 2>/dev/null
command -v getenforce >/dev/null 2>&1 && echo "selinux $(getenforce)"
echo "user $(id -u)"
echo "end"

#@COMMON@
#@TAR@
# What perl and python run is held in the folder by chroot, which takes root, and SELinux may forbid; tar is not.
can_chroot() {
case $1 in
perl) perl -e 'exit !chroot "."' ;;
*) "$1" -IS -c 'import os; os.chroot(".")' ;;
esac
}
kind=
for each in perl python3 /usr/libexec/platform-python; do
if command -v $each >/dev/null && can_chroot $each >/dev/null 2>&1 </dev/null; then
kind=$each
break
fi
done
if [ -z "$kind" ]; then
[ @LIMITED@ = 0 ] || fail no_chroot
find_tar
fi
follow "$p"
new=@NEW@
keep=
if [ @CREATE@ = 1 ] && [ ! -e "./$n" ]; then
mkdir -m 755 "./$n" || fail refused
new=1
fi
enter "$p"
# Where the folder was there, its own and others' modes and times stay.
[ $new = 1 ] || keep=--no-overwrite-dir
unpack() {
case $kind in
perl) perl -e @PERL@ "$limited" ;;
*python*) "$kind" -IS -c @PYTHON@ "$limited" ;;
gnu) $tar --extract --file=- --preserve-permissions --same-owner --numeric-owner $keep ;;
*) $tar -x -p -f - ;;
esac
code=$?
[ $code != 0 ] || sync -f . 2>/dev/null || sync
return $code
}
case @RUN@ in
stream)
printf '%s\0' ok "$real" $new $kind
unpack
exit $?
;;
file)
t=./@TEMPORARY@
main() {
[ "$(stat -L -c '%d %i %h' /proc/self/fd/3)" = "$temporary" ] || fail changed
rm -f "$t"
said=$({ unpack <&3 2>&1; echo " $?"; } | tail -c 2000)
code=${said##* }
printf '%s' "${said% *}" >&2
[ "$code" = 0 ] || fail tree
printf '%s\0' ok
}
[ -f "$t" ] && [ ! -L "$t" ] || fail changed
main 3<"$t" || fail changed
;;
*) printf '%s\0' ok "$real" $new $kind ;;
esac

# Which tar the guest has: $tar runs it, $kind says whose it is.
find_tar() {
kind=
tar=tar
case $(tar --version 2>/dev/null </dev/null) in
*GNU*) kind=gnu ;;
esac
if [ -z "$kind" ]; then
case $(tar --help 2>&1 </dev/null) in
*BusyBox*) kind=busybox ;;
esac
fi
if [ -z "$kind" ] && busybox tar --help >/dev/null 2>&1 </dev/null; then
kind=busybox
tar='busybox tar'
fi
[ -n "$kind" ] || fail tool tar
}

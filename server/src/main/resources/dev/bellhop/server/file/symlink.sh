#@COMMON@
#@LINK@
place "$p"
[ -n "$n" ] && [ ! -e "./$n" ] && [ ! -L "./$n" ] || fail exists
# What serves or reads files there in the guest may follow it. Where it leads to by other links is for them to see.
case $to in
/*) leads=$to ;;
*) leads=${here%/}/$to ;;
esac
within "$leads" || fail outside
ln -s $T -- "$to" "./$n" || fail refused
printf '%s\0' ok

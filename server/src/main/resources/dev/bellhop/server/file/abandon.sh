#@COMMON@
follow "$p"
t=./@TEMPORARY@
[ -f "$t" ] && [ ! -L "$t" ] || fail no_upload
size=$(stat -c %s "$t")
if [ @REMOVE@ = 1 ]; then rm -f "$t" || fail refused; fi
printf '%s\0' ok "$size"

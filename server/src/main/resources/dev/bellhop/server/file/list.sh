#@COMMON@
for tool in xargs; do
command -v $tool >/dev/null || fail tool $tool
done
enter "$p"
count=0
# The first page ends where there are as many as were asked for.
chosen() {
for f in .* *; do
case $f in
.|..) continue ;;
esac
[ -e "./$f" ] || [ -L "./$f" ] || continue
if [ -n "$after" ]; then
case $f in
.*)
case $after in
.*) [ "$f" \> "$after" ] || continue ;;
*) continue ;;
esac
;;
*)
case $after in
.*) ;;
*) [ "$f" \> "$after" ] || continue ;;
esac
;;
esac
fi
count=$((count + 1))
[ $count -le @MOST@ ] || break
printf '%s\0' "./$f"
done
}
printf '%s\0' ok
chosen | xargs -0 -r stat -c "//$form %n"
printf '\0'
chosen | xargs -0 -r sh -c 'for f; do if [ -L "$f" ]; then t=$(readlink "$f"; echo x); printf "%s\0" "$f" "${t%?x}"; fi; done' sh

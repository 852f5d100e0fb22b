#@OWN@
# setpriv becomes the command. runuser stands between and would end it two seconds after TERM. busybox has a setpriv that
# cannot do it, and a su that becomes the command.
if setpriv --reuid=0 --regid=0 --clear-groups true 2>/dev/null; then
exec setpriv --reuid="$(id -u @USER@)" --regid="$(id -g @USER@)" --init-groups "$@"
elif command -v runuser >/dev/null; then
exec runuser -u @USER@ -- "$@"
fi
exec su -s "$0" -c 'exec "$@"' -- @USER@ "$0" "$@"

# Becomes the login shell _q. Its name is exported here, because su sets SHELL to another one.
export SHELL="$_q"
unset _q
[ -x "$SHELL" ] || { echo "bellhop: Cannot run the command because the guest lacks $SHELL, the login shell of its user" >&2; exit 127; }
exec "$SHELL" "$@"

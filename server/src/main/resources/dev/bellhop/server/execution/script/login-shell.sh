[ -x "$SHELL" ] || { echo "bellhop: Cannot run the command because the guest lacks $SHELL, the login shell of its user" >&2; exit 127; }
exec "$SHELL" "$@"

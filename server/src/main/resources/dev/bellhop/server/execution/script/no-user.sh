echo 'bellhop: Cannot run the command because the guest has no such user' >&2
exit 126

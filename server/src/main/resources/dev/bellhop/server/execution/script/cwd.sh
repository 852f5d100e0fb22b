cd -- @CWD@ 2>/dev/null || { echo 'bellhop: Cannot run the command because its user cannot enter the directory of cwd' >&2; exit 126; }

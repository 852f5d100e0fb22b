cd -- @CWD@ 2>/dev/null || { echo 'bellhop: cannot enter the directory' >&2; exit 126; }

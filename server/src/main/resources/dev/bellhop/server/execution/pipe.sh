[ -z "$_r" ] && { { mkfifo "$_b.pipe" && true >>"$_b.in"; } || _r=full; }

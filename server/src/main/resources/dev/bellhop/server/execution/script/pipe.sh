[ -z "$_r" ] && { { mkfifo "$_b.pipe" && echo 0 >"$_b.fed" && true >>"$_b.in"; } || _r=full; }

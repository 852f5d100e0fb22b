if [ -z "$_r" ]; then
if mkfifo "$_b.pipe" && true >>"$_b.in"; then
setsid "$0" -c @SCRIPT@ "$0" $$ </dev/null >/dev/null 3>&- &
_f=$!
else
_r=full
fi
fi

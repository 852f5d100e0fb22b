# As the watchdog.
setsid "$0" -c @SCRIPT@ "$0" $$ </dev/null >/dev/null 3>&- 5>&- &
_f=$!

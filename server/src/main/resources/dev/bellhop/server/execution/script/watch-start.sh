# In a session of its own, and with nothing of the agent's open, so that neither holds up the other.
setsid "$0" -c @SCRIPT@ "$0" $$ </dev/null >/dev/null 3>&- 5>&- &
_w=$!

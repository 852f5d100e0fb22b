# Runs one command and keeps what becomes of it in the spool. It leads the session that setsid made for it. Builtins
# alone, wherever a short command passes: each program costs a guest as much as all of this.
# Set before: _s the spool, _i the execution, _l the bytes of output to answer with. $0 is the shell.
exec 3>&2 2>/dev/null
# A signal to the group is for the command: its subshell gets these as they were, and the supervisor outlives them.
trap : 1 2 3 5 6 10 12 13 14 15 16 24 25 26 27 29 30
#@ENVIRONMENT@
_b=$_s/$_i
_r=nospool
_w=
_f=
[ -d "$_s" ] || mkdir -p -m 700 "$_s"
# The files of the supervisor are for its owner alone; those of the command are as the guest has it. What umask prints would
# take a process to read.
_x=
{ read -r _x _u && read -r _x _u; } </proc/self/status
[ "$_x" = Umask: ] || _u=$(umask)
umask 077
if [ -d "$_s" ] && [ ! -L "$_s" ] && [ -O "$_s" ] @CLOSE@&& read -r _k </proc/sys/kernel/random/boot_id; then
#@INPUT@
#@ONLY@
# noclobber makes the file only where there is none. A claim that could not be written is ours and is given back.
set -C
{ if echo "$$ $_k"; then _r=; else _r=full; fi; } >"$_b.run"
set +C
#@ARRIVED@
if [ "$_r" = nospool ] && [ -e "$_b.run" ]; then
_r='taken ?'
read -r _p _k <"$_b.run" && _r="taken $_p"
elif [ -z "$_r" ]; then
# Nor is what somebody else has put there taken for ours.
set -C
true >"$_b.out" 2>"$_b.err" || _r=full
set +C
#@PIPE@
fi
if [ "$_r" = full ]; then
rm -f "$_b.run" "$_b.out" "$_b.err" "$_b.in" "$_b.fed" "$_b.pipe"
_r=nospool
fi
fi
if [ "$_r" ]; then
exec 2>&3
echo "bellhop $_i $_r" >&2
exit 0
fi
# Out of the agent's unit, so that an upgrade of the agent does not end the command.
if [ -d /run/systemd/system ]; then
#@CGROUP@
fi
# What is to live as long as the command is started where the command is.
#@WATCH@
#@FEED@
#@COPIERS@
@SECRETS@(
umask "$_u"
#@COMMAND@
) >&8 2>&9 3>&- 8>&- 9>&- @STDIN@
_c=$?
#@COPIED@
_y=exited
if [ -e "$_b.why" ]; then
# A cancel creates the file and then writes the reason. Another cancel can end the command in between.
[ -s "$_b.why" ] || sleep 1
read -r _y <"$_b.why" || _y=exited
fi
# A watchdog that has struck sees to what is left of the group; any other has nothing more to do.
[ "$_y" = timed_out ] && _w=
for _p in $_w $_f; do
kill -9 "$_p"
kill -9 "-$_p"
# Or bash says of it that it was killed.
wait "$_p"
done
# Before anything is printed: the agent may be gone.
set -C
echo "$_y $_c" >"$_b.end"
_o=0
[ -s "$_b.out" ] && _o=1
_e=0
[ -s "$_b.err" ] && { head -c "$_l" "$_b.err" >&3 && _e=1 || _e=x; }
echo "bellhop $_i $_y $_c $_o $_e $_k" >&3
# Last, so that it costs no fork: whether it could be printed shows in how the process ends.
[ "$_o" = 0 ] || exec head -c "$_l" "$_b.out"
exit 0

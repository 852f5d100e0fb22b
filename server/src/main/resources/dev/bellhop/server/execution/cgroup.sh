# Set before: $$ leads the execution. Moves it into a service of our own, made when it is first needed. Two at once may
# both try to make it: one succeeds, and both find it there. Where it cannot be, the command stays in the agent's unit.
for _g in /sys/fs/cgroup /sys/fs/cgroup/systemd /sys/fs/cgroup/unified; do
[ -d "$_g/system.slice" ] || continue
_g=$_g/system.slice/bellhop-commands.service
[ -e "$_g/cgroup.procs" ] || systemd-run --quiet --unit=bellhop-commands --description='Commands run by Bellhop' --property=Delegate=yes sleep infinity </dev/null >/dev/null 3>&-
echo $$ >"$_g/cgroup.procs"
done

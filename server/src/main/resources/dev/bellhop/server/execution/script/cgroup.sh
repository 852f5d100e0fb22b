# Moves the supervisor into a service of our own, made when it is first needed. Two at once may both try to make it: one
# succeeds, and both find it there. Where it cannot be, the command stays in the agent's unit. What the service runs is
# there to keep it; should that end, its commands go on.
_m='systemd-run --quiet --unit=bellhop-commands --property=Delegate=yes --property=KillMode=process'
for _g in /sys/fs/cgroup /sys/fs/cgroup/systemd /sys/fs/cgroup/unified; do
[ -d "$_g/system.slice" ] || continue
_g=$_g/system.slice/bellhop-commands.service
# Without --collect, which older ones do not know, a failed service would have to be forgotten by hand. All commands at once
# may be more processes than one service is to have.
[ -e "$_g/cgroup.procs" ] || $_m --collect --property=TasksMax=infinity sleep infinity </dev/null >/dev/null 3>&- || $_m sleep infinity </dev/null >/dev/null 3>&-
echo $$ >"$_g/cgroup.procs"
done

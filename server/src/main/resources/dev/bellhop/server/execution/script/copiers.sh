# The command writes to pipes, as under sshd: many programs open their output by name, and that would empty a file.
# A here-document costs no program where the shell makes it a pipe. Some shells keep it in a file, and an empty one nowhere.
# After "command", an exec that fails does not end the shell.
command exec 6<<E 7<<E && read -r _x <&6 && read -r _x <&7
x
E
x
E
_o=/proc/self/fd/6
_e=/proc/self/fd/7
[ -p "$_o" ] && [ -p "$_e" ] || { _o=$_b.1 _e=$_b.2; mkfifo "$_o" "$_e"; }
# Both ends at once, or it would wait for the other. Writers must not have an end to read from.
if [ -p "$_o" ] && [ -p "$_e" ] && command -v cat >/dev/null && command exec 8<>"$_o" 9<>"$_e" && command exec 6<"$_o" 7<"$_e" 8>"$_o" 9>"$_e"; then
[ "$_o" = /proc/self/fd/6 ] || rm -f "$_o" "$_e"
# Not in the group of the command: a signal to it must not end the output, or the output of a daemon. Until setsid has run, signals to the group must not
# end a copier either. It ends when all writers have ended.
trap '' 1 2 3 5 6 10 12 13 14 15 16 24 25 26 27 29 30
setsid cat <&6 >>"$_b.out" 3>&- 5>&- 7>&- 8>&- 9>&- &
_o=$!
setsid cat <&7 >>"$_b.err" 3>&- 5>&- 6>&- 8>&- 9>&- &
_e=$!
trap : 1 2 3 5 6 10 12 13 14 15 16 24 25 26 27 29 30
else
[ "$_o" = /proc/self/fd/6 ] || rm -f "$_o" "$_e"
_o=
_e=
exec 8>>"$_b.out" 9>>"$_b.err"
fi
exec 6<&- 7<&-

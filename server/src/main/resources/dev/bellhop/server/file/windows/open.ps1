# Where the agent has it open, nobody can write to it, rename or remove it: the agent shares reading alone.
$is=Stat $p
RequireFile $is
$sum=''
if('@SUM@' -eq '1'){$sum=Sum $p 0}
Tell @('ok',$is,$sum)

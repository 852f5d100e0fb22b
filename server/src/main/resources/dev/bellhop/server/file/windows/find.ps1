$is=Stat $p
# What a link leads to, nobody here could tell.
if('@FOLLOW@' -eq '1' -and $is.StartsWith('l')){Fail 'link'}
Tell @('ok',$is)

Tell @('ok',(Stat $p))

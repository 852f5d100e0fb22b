if(There $p){Fail 'exists'}
[void][IO.Directory]::CreateDirectory($p)
Tell @('ok')

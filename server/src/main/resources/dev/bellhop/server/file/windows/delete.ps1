$is=Stat $p
RequireUnchanged $is
# What is made a link meanwhile would lead elsewhere.
if($is.StartsWith('d') -and '@RECURSIVE@' -eq '1'){Fail 'recursive'}
# Of a link, itself.
if([IO.File]::GetAttributes($p) -band [IO.FileAttributes]::Directory){
[IO.Directory]::Delete($p,$false)
}else{
[IO.File]::Delete($p)
}
Tell @('ok')

$is=Stat $p
RequireUnchanged $is
$there=There $to
# Of a file, the case of its name alone may change: what is there then is itself.
$isCase=$is.StartsWith('f') -and -not [string]::Equals($p,$to,'Ordinal') -and [string]::Equals($p,$to,'OrdinalIgnoreCase')
if($there -and -not $isCase -and ('@OVERWRITE@' -ne '1' -or -not $there.StartsWith('f') -or -not $is.StartsWith('f'))){Fail 'exists'}
# Beyond a junction or a volume that is mounted in a directory Windows copies a file, and it would be there by halves meanwhile.
if(-not [string]::Equals([IO.Path]::GetDirectoryName($p),[IO.Path]::GetDirectoryName($to),'OrdinalIgnoreCase')){
foreach($each in @($p,$to)){
for($at=[IO.Path]::GetDirectoryName($each);$at;$at=[IO.Path]::GetDirectoryName($at)){
if([IO.File]::GetAttributes($at) -band [IO.FileAttributes]::ReparsePoint){Fail 'junction'}
}
}
}
if($there -and -not $isCase){
try{
[IO.File]::Replace($p,$to,[NullString]::Value)
}catch{
$result=Result $_
# Windows says of one failure that what was there is gone then.
if(There $to){Fail 'win32' $result}
[IO.File]::Move($p,$to)
}
}elseif([IO.File]::GetAttributes($p) -band [IO.FileAttributes]::Directory){
[IO.Directory]::Move($p,$to)
}else{
[IO.File]::Move($p,$to)
}
Tell @('ok')

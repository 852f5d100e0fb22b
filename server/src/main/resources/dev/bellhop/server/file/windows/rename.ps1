$is=Stat $p
$there=There $to
if($there -and ('@OVERWRITE@' -ne '1' -or -not $there.StartsWith('f') -or -not $is.StartsWith('f'))){Fail 'exists'}
if($there){
[IO.File]::Replace($p,$to,[NullString]::Value)
}elseif([IO.File]::GetAttributes($p) -band [IO.FileAttributes]::Directory){
[IO.Directory]::Move($p,$to)
}else{
[IO.File]::Move($p,$to)
}
Tell @('ok')

function Undo($code){
[IO.File]::Delete($t)
Fail $code
}
if(-not (There $t).StartsWith('f')){Fail 'changed'}
if((New-Object IO.FileInfo $t).Length -ne @SIZE@){Fail 'size'}
$sum=Sum $t 0
if('@SHA256@' -and $sum -cne '@SHA256@'){Undo 'digest'}
if('@TAIL@' -and (Sum $t @TAILFROM@) -cne '@TAIL@'){Undo 'digest'}
if('@MODIFIED@'){[IO.File]::SetLastWriteTimeUtc($t,[DateTime]::FromFileTimeUtc('@MODIFIED@'))}
$there=There $p
if($there.StartsWith('d')){Undo 'is_folder'}
if($there.StartsWith('l')){Undo 'link'}
if('@CONDITION@' -eq 'unchanged' -and (-not $there -or $there -cne $expected)){Undo 'modified'}
if('@CONDITION@' -eq 'absent' -and $there){Undo 'exists'}
try{
# An empty text in place of no text would be a name for what was there.
if($there){[IO.File]::Replace($t,$p,[NullString]::Value)}else{[IO.File]::Move($t,$p)}
}catch{
$result=Result $_
# Windows says of one failure that what was there is gone then: the new file has to stay.
if($there -and -not (There $p)){
[IO.File]::Move($t,$p)
}else{
[IO.File]::Delete($t)
# Nobody has asked for nothing to be there.
if('@CONDITION@' -ne 'absent' -and @('800700b7','80070050') -contains $result){Fail 'changed'}
Fail 'win32' $result
}
}
Tell @('ok',(Stat $p),$sum)

$part=There $t
if(-not $part.StartsWith('f')){Fail 'no_upload'}
$size=(New-Object IO.FileInfo $t).Length
if('@REMOVE@' -eq '1'){[IO.File]::Delete($t)}
Tell @('ok',$size)

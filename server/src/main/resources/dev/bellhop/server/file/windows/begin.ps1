$there=There $p
RequireFile $there
# What others have begun and not gone on with for a day. Before one gets its name, it may be given an old time of writing.
foreach($old in [IO.Directory]::GetFiles($folder,'.bellhop-*.part')){
try{
$day=[DateTime]::UtcNow.AddDays(-1)
if([IO.File]::GetLastWriteTimeUtc($old) -lt $day -and [IO.File]::GetCreationTimeUtc($old) -lt $day){[IO.File]::Delete($old)}
}catch{}
}
if('@ANEW@' -eq '1'){[IO.File]::Delete($t)}
$part=There $t
if($part -and -not $part.StartsWith('f')){Fail 'changed'}
if(-not $part){[IO.File]::Open($t,'CreateNew','Write','None').Dispose()}
Tell @('ok',(New-Object IO.FileInfo $t).Length,$there)

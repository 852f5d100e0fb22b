$there=There $p
RequireFile $there
# What others have begun and not gone on with for a day.
foreach($old in [IO.Directory]::GetFiles($folder,'.bellhop-*.part')){
try{
if([IO.File]::GetLastWriteTimeUtc($old) -lt [DateTime]::UtcNow.AddDays(-1)){[IO.File]::Delete($old)}
}catch{}
}
if('@ANEW@' -eq '1'){[IO.File]::Delete($t)}
$part=There $t
if($part -and -not $part.StartsWith('f')){Fail 'changed'}
if(-not $part){[IO.File]::Open($t,'CreateNew','Write','None').Dispose()}
Tell @('ok',(New-Object IO.FileInfo $t).Length,$there)

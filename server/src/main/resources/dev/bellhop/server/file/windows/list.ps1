$is=Stat $p
if($is.StartsWith('l')){Fail 'link'}
if(-not $is.StartsWith('d')){Fail 'not_folder'}
$found=New-Object 'Collections.Generic.SortedDictionary[string,object]' ([StringComparer]::Ordinal)
foreach($item in (New-Object IO.DirectoryInfo $p).GetFileSystemInfos()){
if([string]::CompareOrdinal($item.Name,$after) -gt 0){$found.Add($item.Name,$item)}
}
$fields=New-Object Collections.ArrayList
[void]$fields.Add('ok')
foreach($each in $found.GetEnumerator()){
if($fields.Count -gt 2*@MOST@){break}
[void]$fields.Add($each.Key)
[void]$fields.Add((Describe $each.Value))
}
Tell $fields

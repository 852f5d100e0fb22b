# For Windows PowerShell 5.1, by .NET's own methods: cmdlets read wildcards, take longer, and word their errors in the guest's language.
$ErrorActionPreference='Stop'
$ProgressPreference='SilentlyContinue'
# As bytes: the agent's service has no console whose code page could be set.
function Tell($fields){
$bytes=[Text.Encoding]::UTF8.GetBytes(($fields -join "`0")+"`0")
$out=[Console]::OpenStandardOutput()
$out.Write($bytes,0,$bytes.Length)
$out.Flush()
}
function Fail($code,$detail){
Tell @('no',$code,"$detail")
exit
}
# What .NET has thrown, and PowerShell has put others around.
function Result($thrown){'{0:x8}' -f $thrown.Exception.GetBaseException().HResult}
# What something is, in one line: its kind, its size, when it was written and made (in 100 ns since the year 1), and whether it is read-only.
function Describe($item){
$kind='f'
$size=0
$is=$item.Attributes
if($is -band [IO.FileAttributes]::Directory){$kind='d'}else{$size=$item.Length}
# There are others than links, such as what deduplication leaves, which are files to everybody. Before version 5, nobody can tell.
if(($is -band [IO.FileAttributes]::ReparsePoint) -and ($PSVersionTable.PSVersion.Major -lt 5 -or @('SymbolicLink','Junction') -contains $item.LinkType)){
$kind='l'
$size=0
}
$readOnly=[int](($is -band [IO.FileAttributes]::ReadOnly) -ne 0)
"$kind $size $($item.LastWriteTimeUtc.Ticks) $($item.CreationTimeUtc.Ticks) $readOnly"
}
# The same of a path. Throws where nothing is there.
function Stat($path){
if([IO.File]::GetAttributes($path) -band [IO.FileAttributes]::Directory){
Describe (New-Object IO.DirectoryInfo $path)
}else{
Describe (New-Object IO.FileInfo $path)
}
}
# The same; nothing where nothing is there, in a folder that is.
function There($path){
try{Stat $path}catch{
if((Result $_) -ne '80070002'){throw}
''
}
}
# For a directory or a link, the last field is missing in the expected line: their modes do not say whether they are read-only.
function RequireUnchanged($is){
if(-not $is.StartsWith($expected,'Ordinal')){Fail 'modified'}
}
function RequireFile($what){
if($what.StartsWith('d')){Fail 'is_folder'}
if($what.StartsWith('l')){Fail 'link'}
}
# The digest of a file from an offset on. This class works where Windows insists on FIPS, too.
function Sum($path,$from){
$file=[IO.File]::Open($path,'Open','Read','Read')
try{
[void]$file.Seek($from,'Begin')
$sum=(New-Object Security.Cryptography.SHA256CryptoServiceProvider).ComputeHash($file)
}finally{$file.Dispose()}
[BitConverter]::ToString($sum).Replace('-','').ToLowerInvariant()
}

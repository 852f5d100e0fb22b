# See guard.sh. What is frozen is found out by removing a folder that is not there: while a file system is frozen that waits, and
# otherwise it changes nothing. A child does so and gives a sign of life each time.
use strict;
my ($name, $lease, $window, @only) = @ARGV;
my ($THAW, $SILENT, $AFTER) = (0xC0045878, 0.5, 5);
my (@places, %known, %found, $reader, $writer, $child, $thawed, $told);
sub answer { syswrite STDOUT, "bellhop $name @_\n"; exit 0 }
sub now { open my $file, '<', '/proc/uptime' or exit 1; (split ' ', <$file>)[0] }
sub probe { for my $place (@places) { rmdir "$place->[1]/.bellhop-$name" } }
sub thaw {
    my $count = 0;
    for my $place (@places) { for (1 .. 100) { ioctl $place->[0], $THAW, 0 or last; $count++ } }
    return $count;
}
sub device {
    my $number = (stat $_[0])[0];
    my $major = ($number >> 8 & 0xfff) | ($number >> 32 & ~0xfff);
    return "$major:" . (($number & 0xff) | ($number >> 12 & 0xfff00));
}
sub quiet { open STDIN, '<', '/dev/null'; open STDOUT, '>', '/dev/null'; open STDERR, '>', '/dev/null' }
sub end { kill 'KILL', $child if $child; exit 0 }
my $begun = now();
open my $mounts, '<', '/proc/self/mountinfo' or answer('nothing');
while (my $line = <$mounts>) {
    my ($before, $after) = split / - /, $line, 2;
    my (undef, undef, $device, undef, $dir) = split ' ', $before;
    my ($type, $source) = split ' ', $after;
    next if $source !~ m{^/} || $type =~ /^(?:fuse|cifs|smb)/ || ($device =~ /^0:/ && $type ne 'btrfs');
    s/\\([0-7]{3})/chr oct $1/ge for $dir;
    next if @only && !grep { $_ eq $dir } @only;
    # Nothing is removed from a file, so that one would not tell. And another mount may be above this one.
    -d $dir && sysopen my $handle, $dir, 0 or next;
    next if $type ne 'btrfs' && device($handle) ne $device;
    $found{$dir} = 1;
    push @places, [$handle, $dir] unless $known{$type eq 'btrfs' ? $source : $device}++;
}
close $mounts;
for my $dir (@only) { answer('absent') unless $found{$dir} }
answer('nothing') unless @places;
probe();
answer('frozen') if now() - $begun > 3;
for my $place (@places) {
    ioctl $place->[0], $THAW, 0 or $! == EPERM || $! == EACCES and answer('denied');
}
my $first = fork;
answer('failed') unless defined $first;
if ($first) { waitpid $first, 0; exit 0 }
POSIX::setsid();
my $second = fork;
answer('failed') unless defined $second;
exit 0 if $second;
$SIG{HUP} = 'IGNORE';
$SIG{TERM} = sub { $told = 1 };
pipe $reader, $writer or answer('failed');
$child = fork;
answer('failed') unless defined $child;
if (!$child) {
    $SIG{TERM} = 'DEFAULT';
    close $reader;
    quiet();
    while (1) { probe(); syswrite $writer, '.' or exit 0; select undef, undef, undef, 0.1 }
}
close $writer;
sysread $reader, my $sign, 1 or answer('failed');
my ($start, $beat) = (now(), now());
syswrite STDOUT, "bellhop $name ready $$ perl\n";
quiet();
while (1) {
    my $now = now();
    my $silent = !$reader || $now - $beat > $SILENT;
    my $late = $now >= $start + $lease;
    # Who says that it may go may have been told so by an agent that has forgotten what it has frozen.
    end() if $told && !($reader && $silent);
    if ($thawed) {
        # The agent may still have been at it.
        $thawed = now() if $silent && thaw();
        end() if $now > $thawed + $AFTER;
    } elsif ($silent) {
        # One that has begun so late is another one.
        end() if $reader && $beat >= $start + $window;
        # Where nothing was frozen, the freeze may be to come.
        $thawed = now() if $late && thaw();
        end() if $late && !$reader && !$thawed && $now >= $start + $window;
    } elsif ($now >= $start + $window) {
        end();
    }
    my $ready = '';
    vec($ready, fileno $reader, 1) = 1 if $reader;
    if (select($ready, undef, undef, 0.2) > 0) {
        if (sysread $reader, $sign, 4096) { $beat = now() } else { undef $reader }
    }
}

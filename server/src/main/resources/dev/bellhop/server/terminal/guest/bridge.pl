# Holds one pty of this guest, between the files of its agent: a FIFO that brings frames, one that tells what was read, and files that take
# the output. The second is never full, or nobody could tell so while the terminal's input is. $ARGV[0] is their folder. It needs no module that perl-base lacks.
use strict;
use POSIX ();
use Fcntl;
#@LOGIN@
#@MODES@
my ($SEGMENT, $UNREAD, $INPUT, $GRACE) = (1 << 20, 2 << 20, 65536, 2);
chdir $ARGV[0] or exit 1;
my %conf;
open(my $f, '<', 'conf') or exit 1;
while (<$f>) {
    chomp;
    my ($name, $hex) = split / /, $_, 2;
    push @{ $conf{$name} }, pack('H*', $hex);
}
close $f;
# Who started this waits for one word.
pipe(my $told, my $tell) or exit 1;
my $self = fork();
defined $self or exit 1;
if ($self) {
    close $tell;
    print <$told>;
    exit 0;
}
close $told;
POSIX::setsid();
open(STDIN, '<', '/dev/null');
open(STDOUT, '>', '/dev/null');
open(STDERR, '>', '/dev/null');
$SIG{$_} = 'IGNORE' for qw(HUP INT TERM PIPE);
sub one { my $all = $conf{ $_[0] }; return $all ? $all->[0] : undef }
sub fail { syswrite $tell, "fail $_[0]"; exit 0 }
# A clock that nobody sets.
my $tick = POSIX::sysconf(POSIX::_SC_CLK_TCK());
sub now { return (POSIX::times())[0] / $tick }
my $user = one('user');
my $uid = (getpwnam($user))[2];
fail('nouser') if !defined $uid;
POSIX::mkfifo('in', 0600) && POSIX::mkfifo('read', 0600) or fail('nospool');
sysopen(my $in, 'in', O_RDWR | O_NONBLOCK) or fail('nospool');
sysopen(my $acks, 'read', O_RDWR | O_NONBLOCK) or fail('nospool');
sysopen(my $pty, '/dev/ptmx', O_RDWR | O_NOCTTY | O_NONBLOCK) or fail('nopty');
my $number = pack('i', 0);
# TIOCSPTLCK, TIOCGPTN
ioctl($pty, 0x40045431, $number) && ioctl($pty, 0x80045430, $number) or fail('nopty');
my $line = '/dev/pts/' . unpack('i', $number);
sub size { my $s = pack('S4', $_[0], $_[1], 0, 0); ioctl($pty, 0x5414, $s) }
size(one('rows'), one('cols'));
# Before anything is typed, which would be echoed.
modes($pty, one('modes') || '');
chown $uid, -1, $line;
my $leader = fork();
defined $leader or fail('nofork');
if (!$leader) {
    POSIX::setsid();
    sysopen(my $tty, $line, O_RDWR) or POSIX::_exit(126);
    # TIOCSCTTY
    ioctl($tty, 0x540E, 0);
    POSIX::dup2(fileno($tty), $_) for 0 .. 2;
    login($user, one('cwd'), one('login'), $conf{env} || [], @{ $conf{arg} || [] });
}
open($f, '>', 'pid');
open(my $b, '<', '/proc/sys/kernel/random/boot_id');
print $f "$$ " . (<$b> || "?\n");
close $f;
unlink 'conf', 'bridge';
syswrite $tell, 'ready';
close $tell;
my ($out, $segment, $taken, $took, $frames, $acked, $input, $output) = (0, -1, 0, 0, '', '', '', '');
my ($heard, $patience, $hangup, $ended, $dead, $file) = (now(), one('patience'), 0, 0, 0);
sub gone { chdir '/'; system('rm', '-rf', $ARGV[0]); exit 0 }
# All that is in the session of the terminal.
sub send_signal {
    opendir(my $proc, '/proc') or return;
    for my $p (grep { /^\d+$/ } readdir $proc) {
        open(my $s, '<', "/proc/$p/stat") or next;
        my $stat = <$s>;
        next if !defined $stat;
        $stat =~ s/^.*\)//s;
        kill $_[0], $p if (split ' ', $stat)[3] == $leader;
    }
}
sub hang_up { return if $hangup; $hangup = now(); send_signal('HUP'); send_signal('CONT') }
# How the command ended: after all that it had to say.
sub end {
    my $status = $_[0];
    open(my $e, '>', 'end.new');
    print $e $status & 127 ? 'signal ' . ($status & 127) : 'exited ' . ($status >> 8), "\n";
    close $e;
    rename 'end.new', 'end';
    close $pty;
    $ended = 1;
}
sub take {
    my ($kind, $at, $data) = @_;
    $heard = now();
    if ($kind eq 'i') {
        return if $at > $took || $at + length($data) <= $took;
        $input .= substr($data, $took - $at);
        $took = $at + length $data;
    } elsif ($kind eq 'w') { size(unpack 'nn', $data) if !$ended }
    elsif ($kind eq 'a') {
        for (; ($taken + 1) * $SEGMENT <= $at && $taken * $SEGMENT < $out; $taken++) { unlink "out.$taken" }
        $conf{acked} = $at;
    } elsif ($kind eq 'k') { hang_up() }
    elsif ($kind eq 'q') { gone() if $ended; hang_up() }
    else { hang_up() }
}
# All whole frames at the beginning of what has come.
sub take_all {
    while (length $_[0] >= 11) {
        my ($kind, $high, $low, $length) = unpack 'aNNn', $_[0];
        last if length $_[0] < 11 + $length;
        my $data = substr $_[0], 11, $length;
        substr($_[0], 0, 11 + $length) = '';
        take($kind, $high * 4294967296 + $low, $data);
    }
}
$conf{acked} = 0;
my ($status, $exited);
# Wakes the wait.
$SIG{CHLD} = sub { };
while (1) {
    my $now = now();
    if ($now - $heard > $patience) { gone() if $ended; hang_up() }
    if ($hangup && $now - $hangup > $GRACE) { send_signal('KILL'); $hangup = $now }
    if (!defined $status && waitpid($leader, POSIX::WNOHANG()) == $leader) { ($status, $exited) = ($?, $now) }
    while (length $output) {
        my $s = int($out / $SEGMENT);
        if ($s != $segment) { sysopen($file, "out.$s", O_WRONLY | O_CREAT | O_APPEND, 0600) or last; $segment = $s }
        my $room = $SEGMENT - $out % $SEGMENT;
        my $n = syswrite $file, $output, $room < length($output) ? $room : length($output);
        defined $n or last;
        substr($output, 0, $n) = '';
        $out += $n;
    }
    if (defined $status && $dead && !$ended && !length $output) { end($status) }
    my $reads = !$ended && !$dead && !length($output) && ($out - $conf{acked} < $UNREAD || $hangup);
    my ($r, $w) = ('', '');
    vec($r, fileno($acks), 1) = 1;
    vec($r, fileno($in), 1) = 1 if length($input) < $INPUT;
    vec($r, fileno($pty), 1) = 1 if $reads;
    vec($w, fileno($pty), 1) = 1 if length($input) && !$ended && !$dead;
    my $wait = !$ended && (defined $status || $dead) ? 0.02 : length($output) || $hangup ? 0.1 : 1;
    my $ready = select($r, $w, undef, $wait);
    if ($reads) {
        my $n = sysread $pty, my $data, 65536;
        if ($n) { $hangup ? ($out - $conf{acked} < $UNREAD and $output = $data) : ($output = $data) }
        elsif (defined $n || !$!{EAGAIN} && !$!{EINTR}) { $dead = 1 }
        # What others may yet print, who live on with this terminal, nobody is to wait for.
        elsif (defined $status && $now - $exited > 0.1) { $dead = 1 }
    } elsif (defined $status && $out - $conf{acked} >= $UNREAD && $hangup) { $dead = 1 }
    if (length $input && !$ended && !$dead) {
        my $n = syswrite $pty, $input;
        substr($input, 0, $n) = '' if $n;
    }
    $input = '' if $ended || $dead;
    sysread($in, $frames, 65536, length $frames) if length($input) < $INPUT;
    take_all($frames);
    sysread($acks, $acked, 65536, length $acked);
    take_all($acked);
}

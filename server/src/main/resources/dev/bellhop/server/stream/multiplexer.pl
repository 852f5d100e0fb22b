# SPDX-License-Identifier: Apache-2.0
#
# Many channels over one virtio serial port: commands, terminals, TCP connections and files of this guest, for the host. The
# server sends it through the guest agent to a perl, with $PORT and $NONCE set before. It is installed nowhere, needs no more
# than perl-base, and ends when the host hangs up or falls silent. multiplexer.py is the same in Python; Frames.java and
# FrameType.java in the server tell the protocol.
#
# The agent is told of the process that it started: that one ends as soon as host and guest have greeted each other, with 0, or
# with what the server knows: 77 this perl is no use, 78 there is no such port, 79 somebody else has it open, 80 the host did not
# answer, 81 something else went wrong.
use strict;

# Of the server, in front of this.
our ($PORT, $NONCE);

eval { require POSIX; require Socket; require Errno; require Fcntl; 1 } or exit 77;

use constant {
    MAX => 262144, HEADER => 9, WINDOW => 262144, GRANT => 65536, WAITING => 524288, OPEN_SECONDS => 10, SILENCE => 30,
    MAX_CHANNELS => 100, RESOLVE_SECONDS => 20, GRACE => 2, LAST_WORDS => 0.1, LOOK => 0.05, BUSY => 1,
    # From the host.
    OPEN => 1, DATA => 2, FINISH => 3, CREDIT => 4, SIGNAL => 5, RESIZE => 6, CLOSE => 7, PING => 8, FILE => 9,
    # To the host.
    OPENED => 32, FAILED => 33, OUT => 34, ERR => 35, ENDED => 36, GRANTED => 37, EXITED => 38, CLOSED => 39, PONG => 40,
    REPLY => 41, DEAF => 42,
    EXEC => 1, TCP => 2, PATH => 3,
    NO_ADDRESS => 65536,
};

my $magic = "BELLHOP\x01";
my ($in, $out, $off, $want) = ('', '', 0, HEADER);
my ($rin, $win) = ('', '');
my (%channels, %fds, %children);
# Terminals to look at in a while, by number; and when those who are left in a hung up session are ended with force, by its leader.
my (%late, %doomed);
# A clock that nobody sets.
my $tick = POSIX::sysconf(POSIX::_SC_CLK_TCK());
my $heard = now();
# When much has come last, as of a file.
my $much = $heard - BUSY - 1;
# As the agent would start a program: see become.
my ($first_umask, $first_folder, %first_environment) = (umask(), readlink('/proc/self/cwd'), %ENV);
my %first_signals = map { $_ => $SIG{$_} || 'DEFAULT' } qw(CHLD TERM HUP INT);

umask 022;
$SIG{PIPE} = 'IGNORE';
$SIG{TERM} = $SIG{HUP} = $SIG{INT} = \&bye;

pipe my $asked, my $told;
my $child = fork;
exit 81 if !defined $child;
if ($child) {
    close $told;
    my $code = chr 81;
    sysread $asked, $code, 1;
    POSIX::_exit(length $code ? ord $code : 81);
}
close $asked;
POSIX::setsid();

my $port = port();
my $pfd = fileno $port;

pipe my $woken, my $wake;
unblock($_) for $woken, $wake;
$SIG{CHLD} = sub { local $!; syswrite $wake, 'x' };

greet();
environment();
syswrite $told, chr 0;
close $told;
open STDIN, '<', '/dev/null';
open $_, '>', '/dev/null' for \*STDOUT, \*STDERR;
vec($rin, $pfd, 1) = vec($rin, fileno $woken, 1) = 1;
serve() while 1;

# ---- the port

sub now { return (POSIX::times())[0] / $tick }

sub quit {
    syswrite $told, chr $_[0];
    POSIX::_exit($_[0]);
}

sub port {
    my $until = now() + OPEN_SECONDS;
    my $pause = 0.005;
    for (;;) {
        # A path is a Unix socket, as tests have it.
        if ($PORT =~ m{^/}) {
            socket my $s, Socket::AF_UNIX(), Socket::SOCK_STREAM(), 0 or quit(78);
            connect $s, Socket::pack_sockaddr_un($PORT) or quit(78);
            unblock($s);
            return $s;
        }
        my $device = device();
        if (defined $device) {
            return $_ for opened($device);
            quit(79) if $! == Errno::EBUSY();
        }
        quit(78) if now() > $until;
        select undef, undef, undef, $pause;
        $pause *= 1.5 if $pause < 0.05;
    }
}

sub opened {
    sysopen my $f, $_[0], Fcntl::O_RDWR() | Fcntl::O_NONBLOCK() or return;
    return $f;
}

sub device {
    opendir my $all, '/sys/class/virtio-ports' or return;
    for my $one (readdir $all) {
        open my $f, '<', "/sys/class/virtio-ports/$one/name" or next;
        my $name = <$f>;
        next unless defined $name;
        chomp $name;
        return "/dev/$one" if $name eq $PORT;
    }
    return;
}

# What is read before the host's answer is of those who had the port before.
sub greet {
    open my $random, '<', '/dev/urandom' or quit(80);
    sysread $random, my $mine, 16;
    close $random;
    $out = $magic . pack('H*', $NONCE) . $mine;
    my $answer = $magic . $mine;
    my $until = now() + OPEN_SECONDS;
    for (;;) {
        flush();
        my ($r, $w) = ('', '');
        vec($r, $pfd, 1) = 1;
        vec($w, $pfd, 1) = 1 if length $out > $off;
        select $r, $w, undef, 1;
        quit(80) if now() > $until;
        # Not a byte more than the answer: frames follow.
        my $n = sysread $port, $in, length($answer) - known($answer), length $in;
        quit(80) if defined $n ? !$n : !again();
        if (substr($in, -length $answer) eq $answer) {
            $in = '';
            $heard = now();
            return;
        }
        $in = substr $in, -length $answer if length $in > length $answer;
    }
}

# How much of the answer may stand at the end of what was read.
sub known {
    my ($answer) = @_;
    for (my $n = length $answer; $n > 0; $n--) {
        return $n if length $in >= $n && substr($in, -$n) eq substr($answer, 0, $n);
    }
    return 0;
}

sub environment {
    my @me = getpwuid $<;
    $ENV{PATH} ||= '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
    $ENV{HOME} ||= $me[7] || '/';
    $ENV{USER} ||= $me[0] || 'root';
    $ENV{LOGNAME} ||= $ENV{USER};
    $ENV{SHELL} ||= $me[8] || '/bin/sh';
    chdir '/';
}

sub again { return $! == Errno::EAGAIN() || $! == Errno::EINTR() }

sub unblock {
    my ($f) = @_;
    fcntl $f, Fcntl::F_SETFL(), Fcntl::O_NONBLOCK() | fcntl $f, Fcntl::F_GETFL(), 0;
}

# The host has gone: so does this, and what it runs is told so as by a terminal that hung up, unless it is detached.
sub bye {
    $SIG{$_} = 'IGNORE' for qw(TERM HUP INT);
    close $port if $port;
    my @groups = map { -$_ } grep { !$children{$_}{pty} && !$children{$_}{detached} } keys %children;
    kill $_, @groups for 'HUP', 'CONT';
    hang_up($_) for grep { $_->{pty} } values %channels;
    while (%doomed) {
        1 while waitpid(-1, POSIX::WNOHANG()) > 0;
        for my $leader (keys %doomed) { delete $doomed{$leader} if !session($leader, 0) }
        force();
        select undef, undef, undef, LOOK;
    }
    POSIX::_exit(0);
}

# ---- the loop

sub serve {
    my ($r, $w) = ($rin, $win);
    if (length($out) - $off > MAX) {
        $r = '';
        vec($r, $pfd, 1) = vec($r, fileno $woken, 1) = 1;
    }
    vec($w, $pfd, 1) = 1 if length $out > $off;
    # A signal may come just before this: then a child's end is seen a little later.
    my $n = select $r, $w, undef, %late || %doomed ? LOOK : %children ? 1 : 5;
    bye() if now() - $heard > SILENCE;
    $r = $w = '' if $n < 0;
    reap() if %children;
    force() if %doomed;
    look() if %late;
    if ($n > 0) {
        sysread $woken, my $ignored, 4096 if vec $r, fileno($woken), 1;
        my %ready = map { $_ => $fds{$_} } grep { vec($r, $_, 1) || vec($w, $_, 1) } keys %fds;
        receive() if vec $r, $pfd, 1;
        for my $fd (keys %ready) {
            my $at = $fds{$fd};
            # Its number may be that of another file by now.
            $at->[0]->(@{$at}[1 .. $#$at]) if $at && $at == $ready{$fd};
        }
    }
    flush();
}

sub frame {
    my ($type, $id) = @_;
    $out .= pack('CNN', $type, $id, length $_[2]) . $_[2];
}

sub flush {
    while ($off < length $out) {
        my $n = syswrite $port, $out, length($out) - $off, $off;
        if (!defined $n) {
            again() ? last : bye();
        }
        $off += $n;
    }
    if ($off == length $out) {
        $out = '';
        $off = 0;
    } elsif ($off > 4 * MAX) {
        substr $out, 0, $off, '';
        $off = 0;
    }
}

# One frame is read to its end and no further, so that what follows need not be moved.
sub receive {
    for (my ($frames, $bytes) = (0, 0); $frames < 16 && length($out) - $off < WAITING;) {
        my $n = sysread $port, $in, $want - length $in, length $in;
        if (!defined $n) {
            again() ? return : bye();
        }
        bye() if !$n;
        next if length $in < $want;
        if ($want == HEADER) {
            $heard = now();
            $want += unpack 'x5N', $in;
            bye() if $want > HEADER + MAX + 64;
            next if $want > HEADER;
        }
        my ($type, $id) = unpack 'CN', $in;
        substr $in, 0, HEADER, '';
        $bytes += length $in;
        $much = now() if $bytes >= GRANT;
        handle($type, $id, $in);
        ($in, $want) = ('', HEADER);
        # What takes long, others are not to wait for all at once.
        return if $bytes >= GRANT || $type == OPEN;
        $frames++;
    }
}

sub handle {
    my ($type, $id) = @_;
    return frame(PONG, 0, $_[2]) if $type == PING;
    return start($id, $_[2]) if $type == OPEN;
    # One that has ended meanwhile.
    my $c = $channels{$id} or return;
    if ($type == DATA) {
        return if !$c->{w};
        $c->{in} .= $_[2];
        drain($c);
    } elsif ($type == FINISH) {
        $c->{eof} = 1;
        drain($c);
    } elsif ($type == CREDIT) {
        my ($which, $bytes) = unpack 'CN', $_[2];
        $c->{credit}[$which] += $bytes;
        watch($c->{r}[$which]) if $c->{r}[$which];
    } elsif ($type == SIGNAL) {
        send_signal($c, unpack 'N', $_[2]) if $c->{pid};
    } elsif ($type == RESIZE) {
        resize($c->{r}[0], unpack 'nn', $_[2]) if $c->{pty} && $c->{r}[0];
    } elsif ($type == FILE) {
        operate($c, $_[2]) if $c->{file};
    } elsif ($type == CLOSE) {
        hang_up($c) if $c->{pid};
        over($c);
    }
}

sub start {
    my ($id) = @_;
    my ($kind, $flags, $a, $b, $window, $rest) = unpack 'CCnnNa*', $_[1];
    return frame(FAILED, $id, pack 'N', Errno::EMFILE()) if keys %channels >= MAX_CHANNELS;
    my $c = { id => $id, in => '', back => 0, credit => [ $window, $window ], r => [] };
    $channels{$id} = $c;
    if ($kind == EXEC) { start_process($c, $flags, $a, $b, $rest) }
    elsif ($kind == TCP) { start_connection($c, $a, $rest) }
    elsif ($kind == PATH) { start_file($c, $a, $b, $rest) }
    else { fail($c, Errno::EINVAL()) }
}

sub fail {
    my ($c, $errno) = @_;
    frame(FAILED, $c->{id}, pack 'N', $errno);
    forget($c);
}

sub over {
    my ($c) = @_;
    frame(CLOSED, $c->{id}, '');
    forget($c);
}

sub forget {
    my ($c) = @_;
    ignore($_) for grep { $_ } @{ $c->{r} }, $c->{w}, $c->{x}, $c->{connecting};
    close $c->{file} if $c->{file};
    delete $channels{ $c->{id} };
    delete $late{ $c->{id} };
    # A resolver that still runs has nobody to tell.
    kill 'KILL', $c->{resolver} if $c->{resolver} && $children{ $c->{resolver} };
    @$c{qw(r w x connecting file)} = ([]);
}

# ---- file descriptors: what to call when one is ready

sub on {
    my ($f, @call) = @_;
    $fds{ fileno $f } = \@call;
}

sub watch { vec($rin, fileno $_[0], 1) = 1 }

sub ignore {
    my ($f) = @_;
    my $fd = fileno $f;
    return unless defined $fd;
    delete $fds{$fd};
    vec($rin, $fd, 1) = vec($win, $fd, 1) = 0;
    close $f;
}

# ---- input of a channel

sub drain {
    my ($c) = @_;
    my $f = $c->{w} or return;
    my $fd = fileno $f;
    return if $c->{connecting};
    while (length $c->{in}) {
        my $n = syswrite $f, $c->{in};
        if (!defined $n) {
            if (again()) {
                vec($win, $fd, 1) = 1;
                return;
            }
            frame(DEAF, $c->{id}, '');
            $c->{in} = '';
            return shut($c);
        }
        substr $c->{in}, 0, $n, '';
        $c->{back} += $n;
        if ($c->{back} >= GRANT) {
            frame(GRANTED, $c->{id}, pack 'N', $c->{back});
            $c->{back} = 0;
        }
    }
    vec($win, $fd, 1) = 0;
    shut($c) if $c->{eof};
}

sub shut {
    my ($c) = @_;
    my $f = delete $c->{w} or return;
    vec($win, fileno $f, 1) = 0;
    if ($c->{pty}) {
        syswrite $f, "\x04";
    } elsif ($c->{tcp}) {
        shutdown $f, 1;
        ignore($f) if !$c->{r}[0];
        ended($c);
    } else {
        ignore($f);
    }
}

# ---- output of a channel

sub pump {
    my ($c, $which) = @_;
    my $f = $c->{r}[$which] or return;
    drain($c) if ($c->{pty} || $c->{tcp}) && vec $win, fileno($f), 1;
    my $most = $c->{credit}[$which];
    return vec($rin, fileno $f, 1) = 0 if $most <= 0;
    return if length($out) - $off > WAITING;
    $most = MAX if $most > MAX;
    my $at = length $out;
    $out .= pack 'CNN', OUT + $which, $c->{id}, 0;
    my $n = sysread $f, $out, $most, $at + HEADER;
    if ($n) {
        substr $out, $at + 5, 4, pack 'N', $n;
        $c->{credit}[$which] -= $n;
        if (!$c->{credit}[$which]) { vec($rin, fileno $f, 1) = 0 }
        elsif (!$c->{exited} && delete $late{ $c->{id} }) { watch($f) }
        return;
    }
    my $again = !defined $n && again();
    substr $out, $at, length($out) - $at, '';
    if ($c->{pty} && !$c->{exited}) {
        # Its command has closed the terminal, and may open it again.
        if (!$again) { vec($rin, fileno $f, 1) = 0; later($c) }
        return;
    }
    # What others may yet print, who live on with a terminal, nobody is to wait for.
    return if $again && !($c->{pty} && now() - $c->{exited} >= LAST_WORDS);
    frame(ENDED, $c->{id}, pack 'C', $which);
    $c->{r}[$which] = undef;
    if ($c->{tcp} && $c->{w}) {
        vec($rin, fileno $f, 1) = 0;
    } else {
        delete $c->{w} if $c->{pty};
        ignore($f);
    }
    ended($c);
}

sub ended {
    my ($c) = @_;
    return if grep { $_ } @{ $c->{r} };
    return if $c->{tcp} ? $c->{w} : !$c->{exited};
    over($c);
}

# ---- commands and terminals

sub later {
    my ($c) = @_;
    $late{ $c->{id} } = $c;
    $c->{due} = now() + LAST_WORDS;
}

sub look {
    for my $c (values %late) { pump($c, 0) if now() >= $c->{due} }
}

# Signals the group of a command, or all of a terminal's session: a shell there makes groups of its own.
sub send_signal {
    my ($c, $number) = @_;
    if ($c->{pty}) { $number == 1 ? hang_up($c) : session($c->{pid}, $number) }
    elsif (!$c->{exited}) { kill $number, -$c->{pid} }
}

# Who is left in a terminal after a while is ended with force.
sub hang_up {
    my ($c) = @_;
    return if $c->{detached};
    if (!$c->{pty}) {
        send_signal($c, $_) for 1, 18;
        return;
    }
    return if $doomed{ $c->{pid} };
    session($c->{pid}, $_) for 'HUP', 'CONT';
    $doomed{ $c->{pid} } = now() + GRACE;
}

sub force {
    for my $leader (keys %doomed) {
        next if now() < $doomed{$leader};
        session($leader, 'KILL');
        delete $doomed{$leader};
    }
}

# Says how many there are.
sub session {
    my ($leader, $signal) = @_;
    opendir my $proc, '/proc' or return 0;
    local $/;
    my $count = 0;
    for my $pid (grep { /^\d+$/ } readdir $proc) {
        open my $f, '<', "/proc/$pid/stat" or next;
        my $stat = <$f>;
        next if !defined $stat;
        $stat =~ s/^.*\)//s;
        my ($state, undef, undef, $its) = split ' ', $stat;
        next if !$its || $its != $leader || $state eq 'Z';
        kill $signal, $pid;
        $count++;
    }
    return $count;
}

sub start_process {
    my ($c, $flags, $rows, $cols, $rest) = @_;
    my $pty = $flags & 1;
    $c->{detached} = $flags & 2;
    my ($cwd, $count, @words) = unpack 'N/a* n X2 n/(N/a*) n/(N/a*) N/a*', $rest;
    my $modes = pop @words;
    my @argv = splice @words, 0, $count;
    return fail($c, Errno::EINVAL()) if !@argv;
    my @child;
    if ($pty) {
        my $slave;
        ($c->{r}[0], $slave) = terminal() or return fail($c, $! + 0 || Errno::EIO());
        $c->{w} = $c->{r}[0];
        $c->{pty} = 1;
        resize($c->{r}[0], $rows, $cols);
        # Before anything is typed, which would be echoed.
        modes($c->{r}[0], $modes);
        @child = ($slave) x 3;
    } else {
        my @mine;
        if ($flags & 4) {
            open $child[0], '<', '/dev/null' or return fail($c, $! + 0);
        }
        for my $i (($flags & 4 ? 1 : 0) .. 2) {
            pipe my $r, my $w or return fail($c, $! + 0);
            fcntl $r, 1031, MAX;
            ($mine[$i], $child[$i]) = $i ? ($r, $w) : ($w, $r);
        }
        $c->{w} = $mine[0];
        $c->{r} = [ @mine[ 1, 2 ] ];
    }
    pipe $c->{x}, my $told or return fail($c, $! + 0);
    my $pid = fork;
    return fail($c, $! + 0) if !defined $pid;
    if (!$pid) {
        eval { become($c, \@child, $cwd, \@argv, \@words) };
        syswrite $told, pack 'N', $! + 0;
        POSIX::_exit(127);
    }
    $c->{pid} = $pid;
    $children{$pid} = $c;
    unblock($_) for grep { $_ } @{ $c->{r} }, $c->{w}, $c->{x};
    on($c->{x}, \&executed, $c);
    watch($c->{x});
    for my $which (0, 1) {
        next if !$c->{r}[$which];
        on($c->{r}[$which], \&pump, $c, $which);
        watch($c->{r}[$which]);
    }
    on($c->{w}, \&drain, $c) if !$pty && $c->{w};
    return if now() - $much > BUSY;
    # It gets the processor before a file that comes in does.
    close $told;
    my $n = -1;
    while ($n < 0) {
        vec(my $x = '', fileno $c->{x}, 1) = 1;
        $n = select $x, undef, undef, LOOK;
    }
    executed($c) if $n;
}

# In the child: returns only where it failed.
sub become {
    my ($c, $fds, $cwd, $argv, $env) = @_;
    $SIG{$_} = 'DEFAULT' for qw(PIPE CHLD TERM HUP INT);
    POSIX::setsid();
    ioctl $fds->[0], 0x540E, 0 if $c->{pty};
    POSIX::dup2(fileno $fds->[$_], $_) for 0 .. 2;
    if ($c->{detached}) {
        %ENV = %first_environment;
        $SIG{$_} = $first_signals{$_} for keys %first_signals;
        umask $first_umask;
        $cwd ||= $first_folder || '/';
    }
    for (@$env) {
        my ($name, $value) = split /=/, $_, 2;
        $ENV{$name} = $value;
    }
    chdir(length $cwd ? $cwd : $ENV{HOME}) or length $cwd and return;
    no warnings;
    exec { $argv->[0] } @$argv;
}

# Its end is that the program runs; otherwise it tells why not.
sub executed {
    my ($c) = @_;
    my $n = sysread $c->{x}, my $errno, 4;
    return if !defined $n && again();
    ignore($c->{x});
    delete $c->{x};
    return frame(OPENED, $c->{id}, pack 'N', $c->{pid}) if !$n;
    fail($c, unpack 'N', $errno);
}

sub reap {
    while ((my $pid = waitpid -1, POSIX::WNOHANG()) > 0) {
        my $status = $?;
        my $c = delete $children{$pid} or next;
        next if $c->{tcp};
        next if !$channels{ $c->{id} } || $channels{ $c->{id} } != $c;
        # The order that the host expects.
        executed($c) if $c->{x};
        next if !$channels{ $c->{id} };
        my $signal = $status & 127;
        $c->{exited} = now();
        later($c) if $c->{pty};
        frame(EXITED, $c->{id}, pack 'CN', $signal ? (1, $signal) : (0, $status >> 8));
        ended($c);
    }
}

# The numbers are Linux's on x86, ARM, RISC-V and s390: TIOCSPTLCK, TIOCGPTN, TIOCSWINSZ; TIOCSCTTY is above.
sub terminal {
    sysopen my $master, '/dev/ptmx', Fcntl::O_RDWR() | Fcntl::O_NOCTTY() or return;
    my $unlocked = pack 'i', 0;
    ioctl $master, 0x40045431, $unlocked or return;
    my $number = pack 'i', 0;
    ioctl $master, 0x80045430, $number or return;
    sysopen my $slave, '/dev/pts/' . unpack('i', $number), Fcntl::O_RDWR() | Fcntl::O_NOCTTY() or return;
    return ($master, $slave);
}

sub resize {
    my ($f, $rows, $cols) = @_;
    my $size = pack 'S4', $rows, $cols, 0, 0;
    ioctl $f, 0x5414, $size;
}

# ---- TCP

# Names are looked up by a process of their own, since that may take long; but for localhost, which is always this guest.
sub start_connection {
    my ($c, $number, $host) = @_;
    $c->{tcp} = 1;
    if (lc $host eq 'localhost') {
        return attempt($c, NO_ADDRESS, map { addresses($_, $number, 1) } '127.0.0.1', '::1');
    }
    return attempt($c, NO_ADDRESS, addresses($host, $number, 1)) if $host =~ /:|^[0-9.]+\z/;
    pipe my $r, my $w or return fail($c, $! + 0);
    my $pid = fork;
    return fail($c, $! + 0) if !defined $pid;
    if (!$pid) {
        alone(fileno $w);
        syswrite $w, pack '(n/a*)*', addresses($host, $number, 0);
        POSIX::_exit(0);
    }
    $c->{resolver} = $pid;
    $children{$pid} = $c;
    $c->{x} = $r;
    on($r, \&resolved, $c);
    watch($r);
}

# In a resolver, which runs no other program: so nothing else would close what it has of others, and it could hold their ends open.
sub alone {
    my ($told) = @_;
    $SIG{$_} = 'DEFAULT' for qw(ALRM CHLD TERM HUP INT);
    alarm RESOLVE_SECONDS;
    opendir my $all, '/proc/self/fd' or return;
    my @open = grep { /^\d+$/ && $_ > 2 && $_ != $told } readdir $all;
    closedir $all;
    POSIX::close($_) for @open;
}

sub addresses {
    my ($host, $number, $numeric) = @_;
    my %hints = (socktype => Socket::SOCK_STREAM(), flags => $numeric ? Socket::AI_NUMERICHOST() : 0);
    my ($trouble, @found) = Socket::getaddrinfo($host, $number, \%hints);
    return map { $_->{addr} } @found[ 0 .. ($#found > 15 ? 15 : $#found) ];
}

sub resolved {
    my ($c) = @_;
    my $n = sysread $c->{x}, my $told, 65536;
    ignore($c->{x});
    delete $c->{x};
    attempt($c, NO_ADDRESS, $n ? unpack('(n/a*)*', $told) : ());
}

sub attempt {
    my ($c, $errno, @addresses) = @_;
    while (defined(my $address = shift @addresses)) {
        my $s;
        if (!socket $s, Socket::sockaddr_family($address), Socket::SOCK_STREAM(), 0) {
            $errno = worse($errno, $! + 0);
            next;
        }
        unblock($s);
        my $done = connect $s, $address;
        my $result = $! + 0;
        if ($done || $! == Errno::EINPROGRESS()) {
            $c->{connecting} = $s;
            $c->{w} = $s;
            on($s, \&connected, $c, @addresses);
            vec($win, fileno $s, 1) = 1;
            return;
        }
        close $s;
        $errno = worse($errno, $result);
    }
    fail($c, $errno);
}

# That this guest has no such address says less than what another one has said.
sub worse {
    my ($before, $now) = @_;
    my $absent = $now == Errno::EAFNOSUPPORT() || $now == Errno::EADDRNOTAVAIL();
    return $absent && $before != NO_ADDRESS ? $before : $now;
}

sub connected {
    my ($c, @addresses) = @_;
    my $s = delete $c->{connecting};
    my $errno = unpack 'i', getsockopt $s, Socket::SOL_SOCKET(), Socket::SO_ERROR();
    if ($errno) {
        delete $c->{w};
        ignore($s);
        return attempt($c, $errno, @addresses);
    }
    setsockopt $s, Socket::IPPROTO_TCP(), Socket::TCP_NODELAY(), 1;
    $c->{r} = [$s];
    vec($win, fileno $s, 1) = 0;
    on($s, \&both, $c);
    watch($s);
    frame(OPENED, $c->{id}, pack 'N', 0);
    drain($c);
}

# One descriptor for both directions, either of which may have ended.
sub both {
    my ($c) = @_;
    drain($c) if $c->{w};
    pump($c, 0) if $c->{r}[0];
}

# ---- files

# On other file systems, such as NFS and FUSE, a call can wait for a server or a program for ever, and all channels with it.
sub may_hang {
    my $local = join '|', qw(
        ext[234] xfs btrfs zfs f2fs bcachefs jfs reiserfs nilfs2 vfat msdos exfat ntfs3 iso9660 udf squashfs erofs cramfs
        tmpfs ramfs rootfs devtmpfs overlay hugetlbfs proc sysfs cgroup2? pstore bpf debugfs tracefs securityfs configfs
        fusectl mqueue devpts efivarfs selinuxfs binfmt_misc rpc_pipefs nfsd
    );
    open my $mounts, '<', '/proc/self/mounts' or return 1;
    # systemd makes the autofs mounts below /proc, and they do not hang.
    return scalar grep { !m{^\S* (?:/proc/\S+ autofs|\S+ (?:$local)) } } <$mounts>;
}

sub start_file {
    my ($c, $flags, $mode, $path) = @_;
    if ($flags & 32) {
        return fail($c, Errno::EOPNOTSUPP()) if may_hang();
        return fail($c, Errno::ENXIO()) if stat $path and !-f _ and !-d _;
    }
    my $how = Fcntl::O_NONBLOCK() | Fcntl::O_NOCTTY();
    $how |= ($flags & 3) == 3 ? Fcntl::O_RDWR() : $flags & 2 ? Fcntl::O_WRONLY() : Fcntl::O_RDONLY();
    $how |= Fcntl::O_CREAT() if $flags & 4;
    $how |= Fcntl::O_EXCL() if $flags & 8;
    $how |= Fcntl::O_NOFOLLOW() if $flags & 16;
    my $before = umask 0;
    my $done = sysopen my $f, $path, $how, $mode;
    my $errno = $! + 0;
    umask $before;
    return fail($c, $errno) if !$done;
    $c->{file} = $f;
    frame(OPENED, $c->{id}, pack 'N', 0);
}

sub big { return $_[0] * 4294967296 + $_[1] }

sub halves {
    my $high = int($_[0] / 4294967296);
    $high-- if $_[0] < $high * 4294967296;
    return ($high & 4294967295, $_[0] - $high * 4294967296);
}

sub operate {
    my ($c) = @_;
    my ($request, $op) = unpack 'NC', $_[1];
    my $f = $c->{file};
    my ($errno, $told) = (0, '');
    local $! = 0;
    if ($op == 1) {
        my ($offset, $most) = (big(unpack 'x5NN', $_[1]), unpack 'x13N', $_[1]);
        $most = MAX if $most > MAX;
        my $at = length $out;
        $out .= pack 'CNNNN', REPLY, $c->{id}, 0, $request, 0;
        my $n = defined sysseek($f, $offset, 0) ? sysread $f, $out, $most, $at + 17 : undef;
        if (defined $n) {
            substr $out, $at + 5, 4, pack 'N', 8 + $n;
            return;
        }
        $errno = $! + 0;
        substr $out, $at, length($out) - $at, '';
    } elsif ($op == 2) {
        if (defined sysseek $f, big(unpack 'x5NN', $_[1]), 0) {
            for (my ($done, $all) = (13, length $_[1]); $done < $all;) {
                my $n = syswrite $f, $_[1], $all - $done, $done;
                next if !defined $n && $! == Errno::EINTR();
                if (!defined $n) {
                    $errno = $! + 0;
                    last;
                }
                $done += $n;
            }
        } else {
            $errno = $! + 0;
        }
    } elsif ($op == 3) {
        my @s = stat $f;
        $told = @s ? pack 'N13', @s[ 2, 4, 5 ], map { halves($_) } @s[ 7, 9, 0, 1, 10 ] : '';
        $errno = $! + 0 if !@s;
    } elsif ($op == 4) {
        $errno = $! + 0 if !truncate $f, big(unpack 'x5NN', $_[1]);
    } elsif ($op == 5) {
        $told = readlink '/proc/self/fd/' . fileno $f;
        ($errno, $told) = ($! + 0, '') if !defined $told;
    } elsif ($op == 6) {
        $errno = $! + 0 if !chmod unpack('x5N', $_[1]), $f;
    } elsif ($op == 7) {
        $errno = $! + 0 if !chown unpack('x5NN', $_[1]), $f;
    } elsif ($op == 8) {
        my @n = unpack 'x5N4', $_[1];
        # By its path, for systems whose perl changes no times by a descriptor.
        $errno = $! + 0 if !utime big(@n[ 0, 1 ]), big(@n[ 2, 3 ]), '/proc/self/fd/' . fileno $f;
    } else {
        $errno = Errno::ENOSYS();
    }
    frame(REPLY, $c->{id}, pack('NN', $request, $errno) . $told);
}

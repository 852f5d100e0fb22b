# Changes the modes of a terminal: bits to clear and to set for each of the four kinds of modes, then characters as index:byte. The ioctls
# TCGETS and TCSETS have these numbers on x86, Arm, RISC-V and s390; elsewhere they fail and change nothing.
sub modes {
    my ($f, @changes) = ($_[0], split ' ', $_[1]);
    my $modes = pack 'L4 C20', (0) x 24;
    return if !@changes || !ioctl $f, 0x5401, $modes;
    my @now = unpack 'L4 C20', $modes;
    for my $i (0 .. 3) { $now[$i] = $now[$i] & ~(0 + $changes[ 2 * $i ]) | $changes[ 2 * $i + 1 ] + 0 }
    for (@changes[ 8 .. $#changes ]) {
        my ($i, $value) = split /:/;
        $now[ 5 + $i ] = $value & 255 if $i < 19;
    }
    $modes = pack 'L4 C20', @now;
    ioctl $f, 0x5402, $modes;
}

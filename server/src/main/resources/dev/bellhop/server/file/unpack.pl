# Unpacks a tar in GNU's form, as TarWriter writes it, from stdin into the working directory, which it cannot leave. A file is there whole or
# not at all.
use strict;
use warnings;
use Fcntl ();
use POSIX ();

my ($buffer, $shown, $part) = ('', '');
my $limited = $ARGV[0];

# Of what is broken off, nothing is left.
END { unlink $part if defined $part }
$SIG{$_} = sub { exit 2 } for qw(HUP INT TERM);

sub fail { die sprintf "%s: %s\n", $shown, $_[0] }

sub fill {
    my $n = sysread STDIN, $buffer, 262144, length $buffer;
    fail($!) if !defined $n;
    fail('the tar ends early') if !$n;
}

sub take {
    my ($n) = @_;
    fill() while length $buffer < $n;
    return substr $buffer, 0, $n, '';
}

sub number {
    my ($field) = @_;
    return $field =~ /([0-7]+)/ ? oct $1 : 0 if !(ord($field) & 0x80);
    my @bytes = unpack 'C*', $field;
    my $value = shift(@bytes) == 0xff ? -1 : 0;
    $value = $value * 256 + $_ for @bytes;
    return $value;
}

sub text {
    my ($size) = @_;
    my $text = take($size);
    take(-$size % 512);
    $text =~ s/\0.*//s;
    return $text;
}

# Makes the folders that it is in, where they are not members. Returns the last, in which most that follow are, too.
my $last = '';

sub parents {
    my ($path) = @_;
    my $parent = substr $path, 0, rindex $path, '/';
    return $last if $parent eq $last;
    if ($parent ne '' && !-d $parent) {
        parents($parent);
        mkdir $parent, 0755 or fail($!);
    }
    return $last = $parent;
}

# Of the same name, what was killed before has left.
sub create {
    return sysopen($_[0], $part, Fcntl::O_WRONLY() | Fcntl::O_CREAT() | Fcntl::O_EXCL() | Fcntl::O_NOFOLLOW(), 0600);
}

sub folder {
    my ($path) = @_;
    return 0 if mkdir $path, 0700;
    fail($!) if !$!{EEXIST};
    return 1 if !-l $path && -d _;
    unlink $path or fail($!);
    mkdir $path, 0700 or fail($!);
    return 0;
}

sub pass {
    my ($out, $left) = @_;
    while ($left) {
        fill() if !length $buffer;
        my $n = syswrite $out, $buffer, $left < length $buffer ? $left : length $buffer;
        fail($!) if !defined $n;
        substr $buffer, 0, $n, '';
        $left -= $n;
    }
}

sub pieces {
    my ($fields, $count) = @_;
    my @all = unpack "(a12 a12)$count", $fields;
    my @pieces;
    while (my ($offset, $length) = splice @all, 0, 2) {
        push @pieces, [ number($offset), number($length) ] if ord $length;
    }
    return @pieces;
}

chdir '.' && chroot '.' && chdir '/' or fail($!);
umask 0;
my ($long, $target, @folders);
while (1) {
    my $head = take(512);
    last if $head eq "\0" x 512;
    my ($name, $mode, $uid, $gid, $size, $time, $type, $link) = unpack 'Z100 a8 a8 a8 a12 a12 x8 a1 Z100', $head;
    $_ = number($_) for $mode, $uid, $gid, $size, $time;
    if ($type eq 'L') { $long = text($size); next }
    if ($type eq 'K') { $target = text($size); next }
    $name = $long if defined $long;
    $link = $target if defined $target;
    ($long, $target) = ();
    $name =~ s{^(\./)+}{};
    $name =~ s{/+\z}{};
    $shown = $name;
    my $path = "/$name";
    my $parent = parents($path);
    if ($type eq '5') {
        push @folders, [ $path, $mode, $uid, $gid, $time, $name ] if $name eq '' || !folder($path);
        next;
    }
    $part = "$parent/.bellhop-$$.part";
    if ($type eq '1') {
        unlink $part;
        link "/$link", $part or fail($!);
        # Elsewhere, a link that is there already leads to where a limited caller may not have it lead.
        fail('a hard link to a symbolic link') if $limited && -l $part;
    } elsif ($type eq '2') {
        unlink $part;
        symlink $link, $part or fail($!);
        POSIX::lchown($uid, $gid, $part);
    } else {
        my $out;
        create($out) || unlink $part && create($out) or fail($!);
        if ($type eq 'S') {
            my @pieces = pieces(substr($head, 386, 96), 4);
            for (my $more = ord substr $head, 482, 1; $more;) {
                my $block = take(512);
                push @pieces, pieces($block, 21);
                $more = ord substr $block, 504, 1;
            }
            for (@pieces) {
                defined sysseek $out, $_->[0], 0 or fail($!);
                pass($out, $_->[1]);
            }
            truncate $out, number(substr $head, 483, 12) or fail($!);
        } else {
            pass($out, $size);
        }
        take(-$size % 512);
        chown $uid, $gid, $out or fail($!);
        chmod $mode, $out or fail($!);
        utime $time, $time, $out or fail($!);
        close $out or fail($!);
    }
    rename $part, $path or fail($!);
    # Of two names of the same file, neither is removed.
    unlink $part if $type eq '1';
    undef $part;
}
for (reverse @folders) {
    (my ($path, $mode, $uid, $gid, $time), $shown) = @$_;
    next if -l $path;
    chown $uid, $gid, $path or fail($!);
    chmod $mode, $path or fail($!);
    utime $time, $time, $path or fail($!);
}
1 while sysread STDIN, $buffer, 262144;

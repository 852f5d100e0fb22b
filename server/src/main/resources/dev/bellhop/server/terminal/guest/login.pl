# Becomes a user whose terminal is stdin, and runs a command there, or the user's login shell. A variable is NAME=value. Over SSH, the
# command is text for the login shell, in the place of the shell that it names.
sub sorry { syswrite STDERR, "bellhop: Cannot run the command because $_[0]\r\n"; POSIX::_exit($_[1]) }
sub login {
    my ($user, $cwd, $ssh, $env, @argv) = @_;
    my ($uid, $gid, $home, $shell) = (getpwnam($user))[2, 3, 7, 8];
    sorry('the guest has no such user', 126) if !defined $uid;
    $shell = '/bin/sh' if !$shell;
    # Not all groups are in files, nor do all directories list theirs.
    my @groups;
    if (open(my $id, '-|', 'id', '-G', '--', $user)) { @groups = (<$id> || '') =~ /\d+/g }
    if (!@groups) {
        @groups = ($gid);
        while (my @g = getgrent()) {
            push @groups, $g[2] if $g[2] != $gid && grep { $_ eq $user } split / /, $g[3];
        }
    }
    $SIG{$_} = 'DEFAULT' for qw(HUP INT TERM PIPE QUIT TSTP TTIN TTOU CHLD);
    my $line = POSIX::ttyname(0);
    my $lang = $ENV{LANG};
    for my $file ('/etc/default/locale', '/etc/locale.conf') {
        last if $lang;
        open(my $l, '<', $file) or next;
        while (<$l>) { $lang = $1 if /^\s*LANG="?([A-Za-z0-9_.@-]+)/ }
    }
    umask 022;
    $) = "$gid @groups";
    $( = $gid;
    POSIX::setgid($gid);
    if ($uid) { POSIX::setuid($uid); sorry('the guest does not let it become its user', 126) if $> != $uid || $< != $uid }
    # Not before: what the caller wants is not for root to heed.
    %ENV = (
        HOME => $home, USER => $user, LOGNAME => $user, SHELL => $shell, PATH => $ENV{PATH}, LANG => $lang || 'C.UTF-8',
        map({ split /=/, $_, 2 } @$env), $ssh && $line ? (SSH_TTY => $line) : ()
    );
    if (defined $cwd) { chdir $cwd or sorry('its user cannot enter the directory of cwd', 126) }
    else { chdir $home or chdir '/' }
    if (@argv) {
        $argv[0] = $shell if $ssh;
        exec { $argv[0] } @argv;
        sorry("the guest has no program $argv[0] that its user may run", 127);
    }
    my ($name) = $shell =~ m{([^/]+)$};
    exec { $shell } "-$name";
    sorry("its user has no login shell", 127);
}

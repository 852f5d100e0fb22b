# In a terminal that a stream has made: $ARGV[0] is the user, [1] the directory or nothing, [2] the names of variables, then the command.
use strict;
use POSIX ();
#@LOGIN@
my ($user, $cwd, $names, @argv) = @ARGV;
my $line = POSIX::ttyname(0);
my $uid = (getpwnam($user))[2];
chown $uid, -1, $line if defined $uid && $line;
login($user, length $cwd ? $cwd : undef, [map { "$_=$ENV{$_}" } split /,/, $names], @argv);

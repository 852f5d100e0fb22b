# In a terminal that a stream has made: $ARGV[0] is the user, [1] the directory or nothing, [2] whether it is over SSH, [3] how many
# variables _bh_0 and so on hold a NAME=value, then the command. Under their own names, root's programs would heed them.
use strict;
use POSIX ();
#@LOGIN@
my ($user, $cwd, $ssh, $variables, @argv) = @ARGV;
my $line = POSIX::ttyname(0);
my $uid = (getpwnam($user))[2];
chown $uid, -1, $line if defined $uid && $line;
login($user, length $cwd ? $cwd : undef, $ssh, [map { $ENV{"_bh_$_"} } 0 .. $variables - 1], @argv);

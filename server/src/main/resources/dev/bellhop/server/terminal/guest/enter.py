# The same as enter.pl, for python3.
import sys

#@LOGIN@
user, cwd, ssh, variables = sys.argv[1:5]
try:
    os.chown(os.ttyname(0), pwd.getpwnam(user)[2], -1)
except (KeyError, OSError):
    pass
login(
    user,
    os.fsencode(cwd) if cwd else None,
    ssh,
    [os.environb[b"_bh_%d" % i] for i in range(int(variables))],
    [os.fsencode(word) for word in sys.argv[5:]],
)

# The same as enter.pl, for python3.
import sys

#@LOGIN@
user, cwd, names = sys.argv[1:4]
try:
    os.chown(os.ttyname(0), pwd.getpwnam(user)[2], -1)
except (KeyError, OSError):
    pass
login(
    user,
    os.fsencode(cwd) if cwd else None,
    [os.fsencode(n) + b"=" + os.environb[os.fsencode(n)] for n in names.split(",") if n],
    [os.fsencode(word) for word in sys.argv[4:]],
)

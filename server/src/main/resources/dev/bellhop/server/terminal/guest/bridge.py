# The same as bridge.pl, for python3.
import errno, fcntl, os, pty, pwd, select, shutil, signal, struct, sys, termios, time

#@LOGIN@
#@MODES@
SEGMENT, UNREAD, INPUT, GRACE = 1 << 20, 2 << 20, 65536, 2
folder = sys.argv[1]
os.chdir(folder)
conf = {}
with open("conf") as f:
    for line in f:
        name, _, value = line.rstrip("\n").partition(" ")
        conf.setdefault(name, []).append(bytes.fromhex(value))
told, tell = os.pipe()
if os.fork():
    os.close(tell)
    os.write(1, os.read(told, 100))
    os._exit(0)
os.close(told)
os.setsid()
nothing = os.open("/dev/null", os.O_RDWR)
for fd in (0, 1, 2):
    os.dup2(nothing, fd)
for s in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM, signal.SIGPIPE):
    signal.signal(s, signal.SIG_IGN)


def one(name):
    return conf[name][0] if name in conf else None


def fail(why):
    os.write(tell, b"fail " + why)
    os._exit(0)


user = one("user").decode()
try:
    uid = pwd.getpwnam(user)[2]
except KeyError:
    fail(b"nouser")
try:
    os.mkfifo("in", 0o600)
    fifo = os.open("in", os.O_RDWR | os.O_NONBLOCK)
    os.mkfifo("read", 0o600)
    acks = os.open("read", os.O_RDWR | os.O_NONBLOCK)
except OSError:
    fail(b"nospool")
try:
    master, slave = pty.openpty()
    line = os.ttyname(slave)
except OSError:
    fail(b"nopty")


def size(rows, cols):
    try:
        fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, cols, 0, 0))
    except OSError:
        pass


size(int(one("rows")), int(one("cols")))
# Before anything is typed, which would be echoed.
modes(master, (one("modes") or b"").decode())
try:
    os.chown(line, uid, -1)
except OSError:
    pass


def child():
    os.setsid()
    fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
    for fd in (0, 1, 2):
        os.dup2(slave, fd)
    login(user, one("cwd"), one("login"), conf.get("env", []), conf.get("arg", []))


leader = os.fork()
if not leader:
    try:
        child()
    finally:
        os._exit(126)
os.close(slave)
os.set_blocking(master, False)
with open("/proc/sys/kernel/random/boot_id") as b, open("pid", "w") as f:
    f.write("%d %s" % (os.getpid(), b.read()))
for name in ("conf", "bridge"):
    os.unlink(name)
os.write(tell, b"ready")
os.close(tell)
os.close(nothing)

out, segment, taken, took, acked = 0, -1, 0, 0, 0
frames, told_read, given, output = b"", b"", b"", b""
heard, patience, hangup, ended, dead, file, status, exited = time.monotonic(), int(one("patience")), 0, False, False, -1, None, 0


def gone():
    os.chdir("/")
    shutil.rmtree(folder, ignore_errors=True)
    os._exit(0)


def send_signal(number):
    for p in os.listdir("/proc"):
        if p.isdigit():
            try:
                with open("/proc/%s/stat" % p, "rb") as f:
                    if int(f.read().rpartition(b")")[2].split()[3]) == leader:
                        os.kill(int(p), number)
            except (OSError, ValueError, IndexError):
                pass


def hang_up():
    global hangup
    if not hangup:
        hangup = time.monotonic()
        send_signal(signal.SIGHUP)
        send_signal(signal.SIGCONT)


def end():
    global ended
    with open("end.new", "w") as f:
        f.write("signal %d\n" % os.WTERMSIG(status) if os.WIFSIGNALED(status) else "exited %d\n" % os.WEXITSTATUS(status))
    os.rename("end.new", "end")
    os.close(master)
    ended = True


def take(kind, at, data):
    global heard, given, took, taken, acked
    heard = time.monotonic()
    if kind == b"i":
        if at <= took < at + len(data):
            given += data[took - at:]
            took = at + len(data)
    elif kind == b"w":
        if not ended:
            size(*struct.unpack(">HH", data))
    elif kind == b"a":
        while (taken + 1) * SEGMENT <= at and taken * SEGMENT < out:
            os.unlink("out.%d" % taken)
            taken += 1
        acked = at
    elif kind == b"q" and ended:
        gone()
    else:
        hang_up()


def came(fd, before):
    """Takes all whole frames of what has come; returns what is left."""
    try:
        before += os.read(fd, 65536)
    except OSError:
        pass
    while len(before) >= 11:
        kind, at, length = struct.unpack(">cQH", before[:11])
        if len(before) < 11 + length:
            break
        data, before = before[11:11 + length], before[11 + length:]
        take(kind, at, data)
    return before


while True:
    now = time.monotonic()
    if now - heard > patience:
        if ended:
            gone()
        hang_up()
    if hangup and now - hangup > GRACE:
        send_signal(signal.SIGKILL)
        hangup = now
    if status is None:
        p, s = os.waitpid(leader, os.WNOHANG)
        if p:
            status, exited = s, now
    try:
        while output:
            if out // SEGMENT != segment:
                if file >= 0:
                    os.close(file)
                segment = out // SEGMENT
                file = os.open("out.%d" % segment, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            n = os.write(file, output[:SEGMENT - out % SEGMENT])
            output = output[n:]
            out += n
    except OSError:
        pass
    if status is not None and dead and not ended and not output:
        end()
    reads = not ended and not dead and not output and (out - acked < UNREAD or hangup)
    r = [acks] + ([fifo] if len(given) < INPUT else []) + ([master] if reads else [])
    w = [master] if given and not ended and not dead else []
    wait = 0.02 if not ended and (status is not None or dead) else 0.1 if output or hangup else 1
    select.select(r, w, [], wait)
    if reads:
        try:
            data = os.read(master, 65536)
            if not data:
                dead = True
            elif not hangup or out - acked < UNREAD:
                output = data
        except OSError as e:
            # What others may yet print, who live on with this terminal, nobody is to wait for.
            if e.errno not in (errno.EAGAIN, errno.EINTR) or (status is not None and now - exited > 0.1):
                dead = True
    elif status is not None and hangup and out - acked >= UNREAD:
        dead = True
    if given and not ended and not dead:
        try:
            given = given[os.write(master, given):]
        except OSError:
            pass
    if ended or dead:
        given = b""
    if len(given) < INPUT:
        frames = came(fifo, frames)
    told_read = came(acks, told_read)

# SPDX-License-Identifier: Apache-2.0
#
# The same as multiplexer.pl, for guests with a python3 (3.6 or later) and no perl; its comments hold here too. The server sends
# it through the guest agent with PORT and NONCE set before.
import errno
import fcntl
import os
import pty
import re
import select
import signal
import socket
import stat
import struct
import termios
import time

MAX, HEADER, WINDOW, GRANT, WAITING, OPEN_SECONDS, SILENCE, MAX_CHANNELS = 262144, 9, 262144, 65536, 524288, 10, 30, 100
RESOLVE_SECONDS = 20
GRACE, LAST_WORDS, LOOK, BUSY = 2, 0.1, 0.05, 1
OPEN, DATA, FINISH, CREDIT, SIGNAL, RESIZE, CLOSE, PING, FILE = range(1, 10)
OPENED, FAILED, OUT, ERR, ENDED, GRANTED, EXITED, CLOSED, PONG, REPLY, DEAF = range(32, 43)
EXEC, TCP, PATH = 1, 2, 3
NO_ADDRESS = 65536
F_SETPIPE_SZ = 1031
MAGIC = b"BELLHOP\x01"

out = bytearray()
channels = {}
children = {}
late = {}
doomed = {}
calls = {}
readers = set()
writers = set()
heard = time.monotonic()
# When much has come last, as of a file.
much = heard - BUSY - 1


def quit(code):
    os.write(told, bytes([code]))
    os._exit(code)


def device():
    folder = "/sys/class/virtio-ports/"
    try:
        for one in os.listdir(folder):
            with open(folder + one + "/name") as name:
                if name.read().rstrip("\n") == PORT:
                    return "/dev/" + one
    except OSError:
        pass
    return None


def open_port():
    until = time.monotonic() + OPEN_SECONDS
    pause = 0.005
    while True:
        if PORT.startswith("/"):
            s = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            try:
                s.connect(PORT)
            except OSError:
                quit(78)
            return s.detach()
        found = device()
        if found:
            try:
                return os.open(found, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
            except OSError as e:
                if e.errno == errno.EBUSY:
                    quit(79)
        if time.monotonic() > until:
            quit(78)
        time.sleep(pause)
        pause = min(pause * 1.5, 0.05)


def known(got, answer):
    for n in range(min(len(got), len(answer)), 0, -1):
        if got[-n:] == answer[:n]:
            return n
    return 0


def greet():
    mine = os.urandom(16)
    out.extend(MAGIC + bytes.fromhex(NONCE) + mine)
    answer = MAGIC + mine
    until = time.monotonic() + OPEN_SECONDS
    got = b""
    while got[-len(answer):] != answer:
        flush()
        select.select([port], [port] if out else [], [], 1)
        if time.monotonic() > until:
            quit(80)
        try:
            more = os.read(port, len(answer) - known(got, answer))
        except BlockingIOError:
            continue
        except OSError:
            quit(80)
        if not more:
            quit(80)
        got = (got + more)[-len(answer):]


def environment():
    home, user, shell = "/", "root", "/bin/sh"
    try:
        import pwd

        me = pwd.getpwuid(os.getuid())
        home, user, shell = me.pw_dir or home, me.pw_name or user, me.pw_shell or shell
    except (ImportError, KeyError):
        pass
    usual = {
        "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "HOME": home,
        "USER": user,
        "LOGNAME": user,
        "SHELL": shell,
    }
    for name, value in usual.items():
        if not os.environ.get(name):
            os.environ[name] = value
    os.chdir("/")


def bye(*ignored):
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    if port is not None:
        os.close(port)
    for pid, c in children.items():
        if not c.pty and not c.detached:
            for number in (signal.SIGHUP, signal.SIGCONT):
                kill(-pid, number)
    for c in channels.values():
        if c.pty and c.pid:
            hang_up(c)
    while doomed:
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except OSError:
            pass
        for leader in list(doomed):
            if not session(leader, 0):
                del doomed[leader]
        force()
        time.sleep(LOOK)
    os._exit(0)


def kill(pid, number):
    try:
        os.kill(pid, number)
    except (OSError, OverflowError):
        pass


def tell(c, number):
    if c.pty:
        if number == signal.SIGHUP:
            hang_up(c)
        else:
            session(c.pid, number)
    elif c.exited is None:
        kill(-c.pid, number)


def hang_up(c):
    if c.detached:
        return
    if not c.pty:
        tell(c, signal.SIGHUP)
        tell(c, signal.SIGCONT)
    elif c.pid not in doomed:
        session(c.pid, signal.SIGHUP)
        session(c.pid, signal.SIGCONT)
        doomed[c.pid] = time.monotonic() + GRACE


def force():
    for leader, due in list(doomed.items()):
        if time.monotonic() >= due:
            session(leader, signal.SIGKILL)
            del doomed[leader]


def session(leader, number):
    count = 0
    for pid in os.listdir("/proc"):
        if pid.isdigit():
            try:
                with open("/proc/" + pid + "/stat", "rb") as f:
                    state, _, _, its = f.read().rpartition(b")")[2].split()[:4]
            except (OSError, ValueError):
                continue
            if int(its) == leader and state != b"Z":
                kill(int(pid), number)
                count += 1
    return count


# ---- the loop


def serve():
    full = len(out) > MAX
    r = [port, woken] if full else list(readers)
    w = list(writers) + ([port] if out else [])
    try:
        r, w, _ = select.select(r, w, [], LOOK if late or doomed else 5)
    except InterruptedError:
        r, w = [], []
    if time.monotonic() - heard > SILENCE:
        bye()
    if woken in r:
        try:
            os.read(woken, 4096)
        except BlockingIOError:
            pass
        reap()
    force()
    look()
    ready = {fd: calls.get(fd) for fd in set(r) | set(w)}
    if port in r:
        receive()
    for fd, call in ready.items():
        # Its number may be that of another file by now.
        if call and calls.get(fd) is call:
            call[0](*call[1:])
    flush()


def frame(kind, number, data=b""):
    out.extend(struct.pack(">BII", kind, number, len(data)))
    out.extend(data)


def flush():
    done = 0
    with memoryview(out) as view:
        while done < len(view):
            try:
                done += os.write(port, view[done:])
            except BlockingIOError:
                break
            except OSError:
                bye()
    if done:
        del out[:done]


got = bytearray()
want = HEADER


def receive():
    global want, heard, much
    frames = taken = 0
    while frames < 16 and len(out) < WAITING:
        try:
            more = os.read(port, want - len(got))
        except BlockingIOError:
            return
        except OSError:
            bye()
        if not more:
            bye()
        got.extend(more)
        if len(got) < want:
            continue
        if want == HEADER:
            heard = time.monotonic()
            want += struct.unpack_from(">I", got, 5)[0]
            if want > HEADER + MAX + 64:
                bye()
            if want > HEADER:
                continue
        kind, number = struct.unpack_from(">BI", got)
        data = bytes(memoryview(got)[HEADER:])
        got.clear()
        want = HEADER
        taken += len(data)
        if taken >= GRANT:
            much = time.monotonic()
        handle(kind, number, data)
        # What takes long, others are not to wait for all at once.
        if taken >= GRANT or kind == OPEN:
            return
        frames += 1


class Channel:
    def __init__(self, number, window):
        self.number = number
        self.input = bytearray()
        self.back = 0
        self.credit = [window, window]
        self.r = [None, None]
        self.w = self.x = self.connecting = self.file = self.pid = self.resolver = None
        self.pty = self.tcp = self.eof = self.detached = False
        self.exited = None
        self.due = 0


def handle(kind, number, data):
    if kind == PING:
        return frame(PONG, 0, data)
    if kind == OPEN:
        return start(number, data)
    c = channels.get(number)
    if not c:
        return
    if kind == DATA:
        if c.w is not None:
            c.input.extend(data)
            drain(c)
    elif kind == FINISH:
        c.eof = True
        drain(c)
    elif kind == CREDIT:
        which, count = struct.unpack(">BI", data)
        c.credit[which] += count
        if c.r[which] is not None:
            readers.add(c.r[which])
    elif kind == SIGNAL:
        if c.pid:
            tell(c, struct.unpack(">I", data)[0])
    elif kind == RESIZE:
        if c.pty and c.r[0] is not None:
            resize(c.r[0], *struct.unpack(">HH", data))
    elif kind == FILE:
        if c.file is not None:
            operate(c, data)
    elif kind == CLOSE:
        if c.pid:
            hang_up(c)
        over(c)


def start(number, data):
    kind, flags, a, b, window = struct.unpack_from(">BBHHI", data)
    rest = data[10:]
    if len(channels) >= MAX_CHANNELS:
        return frame(FAILED, number, struct.pack(">I", errno.EMFILE))
    c = channels[number] = Channel(number, window)
    try:
        if kind == EXEC:
            start_process(c, flags, a, b, rest)
        elif kind == TCP:
            start_connection(c, a, rest)
        elif kind == PATH:
            start_file(c, a, b, rest)
        else:
            fail(c, errno.EINVAL)
    except OSError as e:
        fail(c, e.errno or errno.EIO)


def fail(c, number):
    frame(FAILED, c.number, struct.pack(">I", number))
    forget(c)


def over(c):
    frame(CLOSED, c.number)
    forget(c)


def forget(c):
    for fd in {c.r[0], c.r[1], c.w, c.x, c.connecting, c.file} - {None}:
        ignore(fd)
    c.r = [None, None]
    c.w = c.x = c.connecting = c.file = None
    if c.resolver in children:
        kill(c.resolver, signal.SIGKILL)
    channels.pop(c.number, None)
    late.pop(c.number, None)


def ignore(fd):
    calls.pop(fd, None)
    readers.discard(fd)
    writers.discard(fd)
    try:
        os.close(fd)
    except OSError:
        pass


# ---- input and output of a channel


def drain(c):
    if c.w is None or c.connecting is not None:
        return
    while c.input:
        try:
            n = os.write(c.w, c.input)
        except BlockingIOError:
            writers.add(c.w)
            return
        except OSError:
            frame(DEAF, c.number)
            c.input.clear()
            return shut(c)
        del c.input[:n]
        c.back += n
        if c.back >= GRANT:
            frame(GRANTED, c.number, struct.pack(">I", c.back))
            c.back = 0
    writers.discard(c.w)
    if c.eof:
        shut(c)


def shut(c):
    if c.w is None:
        return
    fd, c.w = c.w, None
    writers.discard(fd)
    try:
        if c.pty:
            os.write(fd, b"\x04")
        elif c.tcp:
            s = socket.socket(fileno=fd)
            try:
                s.shutdown(socket.SHUT_WR)
            finally:
                s.detach()
    except OSError:
        pass
    if c.tcp:
        if c.r[0] is None:
            ignore(fd)
        ended(c)
    elif not c.pty:
        ignore(fd)


def pump(c, which):
    fd = c.r[which]
    if fd is None:
        return
    if fd in writers:
        drain(c)
    most = min(c.credit[which], MAX)
    if most <= 0:
        readers.discard(fd)
        return
    if len(out) > WAITING:
        return
    again = False
    try:
        data = os.read(fd, most)
    except BlockingIOError:
        data, again = b"", True
    except OSError:
        data = b""
    if data:
        frame(OUT + which, c.number, data)
        c.credit[which] -= len(data)
        if not c.credit[which]:
            readers.discard(fd)
        elif c.exited is None and late.pop(c.number, None):
            readers.add(fd)
        return
    if c.pty and c.exited is None:
        if not again:
            readers.discard(fd)
            later(c)
        return
    if again and not (c.pty and time.monotonic() - c.exited >= LAST_WORDS):
        return
    frame(ENDED, c.number, bytes([which]))
    c.r[which] = None
    if c.tcp and c.w is not None:
        readers.discard(fd)
    else:
        if c.pty:
            c.w = None
        ignore(fd)
    ended(c)


def ended(c):
    if c.number not in channels or c.r[0] is not None or c.r[1] is not None:
        return
    if c.w is None if c.tcp else c.exited is not None:
        over(c)


# ---- commands and terminals


def later(c):
    late[c.number] = c
    c.due = time.monotonic() + LAST_WORDS


def look():
    for c in list(late.values()):
        if time.monotonic() >= c.due:
            pump(c, 0)


def strings(data, at, count):
    found = []
    for _ in range(count):
        size = struct.unpack_from(">I", data, at)[0]
        found.append(data[at + 4 : at + 4 + size])
        at += 4 + size
    return found, at


def start_process(c, flags, rows, cols, rest):
    is_pty = flags & 1
    c.detached = bool(flags & 2)
    (cwd,), at = strings(rest, 0, 1)
    argv, at = strings(rest, at + 2, struct.unpack_from(">H", rest, at)[0])
    env, at = strings(rest, at + 2, struct.unpack_from(">H", rest, at)[0])
    (changes,), at = strings(rest, at, 1)
    if not argv:
        return fail(c, errno.EINVAL)
    if is_pty:
        c.r[0], slave = pty.openpty()
        c.w = c.r[0]
        c.pty = True
        resize(c.w, rows, cols)
        # Before anything is typed, which would be echoed.
        modes(c.w, changes.decode())
        child = [slave]
    else:
        pairs = [os.pipe() for _ in range(3)]
        for pair in pairs:
            try:
                fcntl.fcntl(pair[0], F_SETPIPE_SZ, MAX)
            except OSError:
                pass
        c.w = pairs[0][1]
        c.r = [pairs[1][0], pairs[2][0]]
        child = [pairs[0][0], pairs[1][1], pairs[2][1]]
        if flags & 4:
            for fd in pairs[0]:
                os.close(fd)
            c.w = None
            child[0] = os.open("/dev/null", os.O_RDONLY | os.O_CLOEXEC)
    c.x, told = os.pipe()
    pid = os.fork()
    if not pid:
        try:
            become(c, child * 3 if is_pty else child, cwd, argv, env)
        except OSError as e:
            os.write(told, struct.pack(">I", e.errno or errno.EIO))
        except ValueError:
            os.write(told, struct.pack(">I", errno.EINVAL))
        finally:
            os._exit(127)
    for fd in child + [told]:
        os.close(fd)
    c.pid = pid
    children[pid] = c
    for fd in {c.r[0], c.r[1], c.w, c.x} - {None}:
        os.set_blocking(fd, False)
    on(c.x, executed, c)
    for which in (0, 1):
        if c.r[which] is not None:
            on(c.r[which], pump, c, which)
    if not is_pty and c.w is not None:
        calls[c.w] = (drain, c)
    # It gets the processor before a file that comes in does.
    if time.monotonic() - much < BUSY and select.select([c.x], [], [], LOOK)[0]:
        executed(c)


def on(fd, *call):
    calls[fd] = call
    readers.add(fd)


def become(c, fds, cwd, argv, env):
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGPIPE, signal.SIGCHLD, signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)
    # Python's own.
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
    os.setsid()
    if c.pty:
        fcntl.ioctl(fds[0], termios.TIOCSCTTY, 0)
    for i in range(3):
        os.dup2(fds[i], i)
    environ = dict(os.environb)
    if c.detached:
        environ = dict(FIRST_ENVIRONMENT)
        for number in FIRST_IGNORED:
            signal.signal(number, signal.SIG_IGN)
        os.umask(FIRST_UMASK)
        cwd = cwd or FIRST_FOLDER
    for one in env:
        name, _, value = one.partition(b"=")
        environ[name] = value
    if cwd:
        os.chdir(cwd)
    else:
        try:
            os.chdir(environ[b"HOME"])
        except (OSError, KeyError):
            pass
    os.execvpe(argv[0], argv, environ)


def executed(c):
    try:
        told = os.read(c.x, 4)
    except BlockingIOError:
        return
    ignore(c.x)
    c.x = None
    if told:
        fail(c, struct.unpack(">I", told)[0])
    else:
        frame(OPENED, c.number, struct.pack(">I", c.pid))


def reap():
    while children:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except OSError:
            return
        if not pid:
            return
        c = children.pop(pid, None)
        if not c or channels.get(c.number) is not c or c.tcp:
            continue
        if c.x is not None:
            executed(c)
        if channels.get(c.number) is not c:
            continue
        c.exited = time.monotonic()
        if c.pty:
            later(c)
        signaled = os.WIFSIGNALED(status)
        value = os.WTERMSIG(status) if signaled else os.WEXITSTATUS(status)
        frame(EXITED, c.number, struct.pack(">BI", 1 if signaled else 0, value))
        ended(c)


def resize(fd, rows, cols):
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, cols, 0, 0))


# ---- TCP


def start_connection(c, number, host):
    c.tcp = True
    host = host.decode("utf-8", "replace")
    if host.lower() == "localhost":
        return attempt(c, addresses("127.0.0.1", number, True) + addresses("::1", number, True))
    if ":" in host or re.match(r"[0-9.]+\Z", host):
        return attempt(c, addresses(host, number, True))
    c.x, told = os.pipe()
    try:
        pid = os.fork()
    except OSError:
        os.close(told)
        raise
    if not pid:
        try:
            alone(told)
            os.write(told, repr(addresses(host, number, False)).encode())
        finally:
            os._exit(0)
    os.close(told)
    os.set_blocking(c.x, False)
    c.resolver = pid
    children[pid] = c
    on(c.x, resolved, c)


def alone(told):
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGALRM, signal.SIGCHLD, signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)
    signal.alarm(RESOLVE_SECONDS)
    for fd in [int(one) for one in os.listdir("/proc/self/fd")]:
        if fd > 2 and fd != told:
            try:
                os.close(fd)
            except OSError:
                pass


def addresses(host, number, numeric):
    try:
        flags = socket.AI_NUMERICHOST if numeric else 0
        found = socket.getaddrinfo(host, number, 0, socket.SOCK_STREAM, 0, flags)
    except (OSError, ValueError):
        return []
    return [(int(one[0]), one[4]) for one in found[:16]]


def resolved(c):
    import ast

    try:
        told = os.read(c.x, 65536)
    except BlockingIOError:
        return
    ignore(c.x)
    c.x = None
    attempt(c, ast.literal_eval(told.decode()) if told else [])


def attempt(c, found, failure=NO_ADDRESS):
    while found:
        family, address = found.pop(0)
        try:
            s = socket.socket(family, socket.SOCK_STREAM)
        except OSError as e:
            failure = worse(failure, e.errno)
            continue
        s.setblocking(False)
        result = s.connect_ex(address)
        if result in (0, errno.EINPROGRESS):
            c.w = c.connecting = s.detach()
            calls[c.w] = (connected, c, found)
            writers.add(c.w)
            return
        s.close()
        failure = worse(failure, result)
    fail(c, failure)


def worse(before, now):
    absent = now in (errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL)
    return before if absent and before != NO_ADDRESS else now


def connected(c, found):
    fd, c.connecting = c.connecting, None
    s = socket.socket(fileno=fd)
    failure = s.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    if not failure:
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    s.detach()
    if failure:
        c.w = None
        ignore(fd)
        return attempt(c, found, failure)
    c.r[0] = fd
    writers.discard(fd)
    on(fd, both, c)
    frame(OPENED, c.number, struct.pack(">I", 0))
    drain(c)


def both(c):
    if c.w is not None:
        drain(c)
    if c.r[0] is not None:
        pump(c, 0)


# ---- files


# On other file systems, such as NFS and FUSE, a call can wait for a server or a program for ever, and all channels with it.
LOCAL = "|".join(
    """
    ext[234] xfs btrfs zfs f2fs bcachefs jfs reiserfs nilfs2 vfat msdos exfat ntfs3 iso9660 udf squashfs erofs cramfs
    tmpfs ramfs rootfs devtmpfs overlay hugetlbfs proc sysfs cgroup2? pstore bpf debugfs tracefs securityfs configfs
    fusectl mqueue devpts efivarfs selinuxfs binfmt_misc rpc_pipefs nfsd
    """.split()
).encode()
# systemd makes the autofs mounts below /proc, and they do not hang.
LOCAL_MOUNT = re.compile(rb"\S* (?:/proc/\S+ autofs|\S+ (?:" + LOCAL + rb")) ")


def may_hang():
    try:
        with open("/proc/self/mounts", "rb") as mounts:
            return not all(LOCAL_MOUNT.match(line) for line in mounts)
    except OSError:
        return True


def is_special(path):
    try:
        mode = os.stat(path).st_mode
    except (OSError, ValueError):
        return False
    return not stat.S_ISREG(mode) and not stat.S_ISDIR(mode)


def start_file(c, flags, mode, path):
    if flags & 32:
        if may_hang():
            return fail(c, errno.EOPNOTSUPP)
        if is_special(path):
            return fail(c, errno.ENXIO)
    how = os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
    how |= os.O_RDWR if flags & 3 == 3 else os.O_WRONLY if flags & 2 else os.O_RDONLY
    for bit, option in ((4, os.O_CREAT), (8, os.O_EXCL), (16, os.O_NOFOLLOW)):
        if flags & bit:
            how |= option
    before = os.umask(0)
    try:
        c.file = os.open(path, how, mode)
    except ValueError:
        return fail(c, errno.EINVAL)
    finally:
        os.umask(before)
    frame(OPENED, c.number, struct.pack(">I", 0))


def operate(c, data):
    request, op = struct.unpack_from(">IB", data)
    number, told = 0, b""
    try:
        if op == 1:
            offset, most = struct.unpack_from(">QI", data, 5)
            told = os.pread(c.file, min(most, MAX), offset)
        elif op == 2:
            offset = struct.unpack_from(">Q", data, 5)[0]
            rest = memoryview(data)[13:]
            while rest:
                n = os.pwrite(c.file, rest, offset)
                offset += n
                rest = rest[n:]
        elif op == 3:
            s = os.fstat(c.file)
            told = struct.pack(
                ">IIIQqQQq",
                s.st_mode,
                s.st_uid,
                s.st_gid,
                s.st_size,
                s.st_mtime_ns // 10**9,
                s.st_dev,
                s.st_ino,
                s.st_ctime_ns // 10**9,
            )
        elif op == 4:
            os.ftruncate(c.file, struct.unpack_from(">Q", data, 5)[0])
        elif op == 5:
            told = os.readlink(b"/proc/self/fd/%d" % c.file)
        elif op == 6:
            os.fchmod(c.file, struct.unpack_from(">I", data, 5)[0])
        elif op == 7:
            os.fchown(c.file, *struct.unpack_from(">II", data, 5))
        elif op == 8:
            os.utime(c.file, struct.unpack_from(">QQ", data, 5))
        else:
            number = errno.ENOSYS
    except OSError as e:
        number = e.errno or errno.EIO
    except (ValueError, OverflowError):
        number = errno.EINVAL
    frame(REPLY, c.number, struct.pack(">II", request, number) + told)


port = None
# As the agent would start a program: see become. Python may have set variables of its own.
with open("/proc/self/environ", "rb") as first:
    FIRST_ENVIRONMENT = dict(one.split(b"=", 1) for one in first.read().split(b"\0") if b"=" in one)
FIRST_FOLDER = os.readlink(b"/proc/self/cwd")
FIRST_IGNORED = [
    one
    for one in (signal.SIGCHLD, signal.SIGTERM, signal.SIGHUP, signal.SIGINT)
    if signal.getsignal(one) == signal.SIG_IGN
]
FIRST_UMASK = os.umask(0o022)
signal.signal(signal.SIGPIPE, signal.SIG_IGN)
for one in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
    signal.signal(one, bye)
asked, told = os.pipe()
child = os.fork()
if child:
    os.close(told)
    code = os.read(asked, 1)
    os._exit(code[0] if code else 81)
os.close(asked)
os.setsid()
port = open_port()
os.set_blocking(port, False)
woken, wake = os.pipe()
os.set_blocking(woken, False)
os.set_blocking(wake, False)
signal.signal(signal.SIGCHLD, lambda *ignored: None)
signal.set_wakeup_fd(wake)
greet()
environment()
os.write(told, b"\0")
os.close(told)
null = os.open("/dev/null", os.O_RDWR)
for one in range(3):
    os.dup2(null, one)
heard = time.monotonic()
readers.update((port, woken))
while True:
    serve()

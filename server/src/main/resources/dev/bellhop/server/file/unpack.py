# As unpack.pl, for guests that have python3 and no perl.
import errno
import os
import signal
import stat
import sys

source = sys.stdin.buffer
limited = sys.argv[1] == "1"
shown = b""
part = None


def leave(number, frame):
    sys.exit(2)


def take(n):
    data = source.read(n)
    if len(data) < n:
        raise OSError(errno.EPIPE, "the tar ends early")
    return data


def number(field):
    if field[0] & 0x80:
        value = int.from_bytes(field[1:], "big")
        return value - (1 << 8 * len(field) - 8) if field[0] == 0xFF else value
    digits = field.strip(b" \0")
    return int(digits, 8) if digits else 0


def text(size):
    data = take(size)
    take(-size % 512)
    return data.split(b"\0")[0]


last = b""


def parents(path):
    global last
    parent = path[: path.rindex(b"/")]
    if parent != last and parent and not os.path.isdir(parent):
        parents(parent)
        os.mkdir(parent, 0o755)
    last = parent


def folder(path):
    try:
        if stat.S_ISDIR(os.lstat(path).st_mode):
            return False
        os.unlink(path)
    except FileNotFoundError:
        pass
    os.mkdir(path, 0o700)
    return True


def put(out, left):
    while left:
        data = take(min(left, 1 << 18))
        left -= len(data)
        while data:
            data = data[os.write(out, data) :]


def pieces(fields):
    for at in range(0, len(fields) - 23, 24):
        if fields[at + 12]:
            yield number(fields[at : at + 12]), number(fields[at + 12 : at + 24])


def unpack(head, path, kind, size, link):
    global part
    mode, uid, gid, time = (number(head[a:b]) for a, b in ((100, 108), (108, 116), (116, 124), (136, 148)))
    part = path[: path.rindex(b"/")] + b"/.bellhop-%d.part" % os.getpid()
    if os.path.lexists(part):
        os.unlink(part)  # What was killed before has left it.
    if kind == b"1":
        os.link(b"/" + link, part, follow_symlinks=False)
        # Elsewhere, a link that is there already leads to where a limited caller may not have it lead.
        if limited and os.path.islink(part):
            raise OSError(errno.EPERM, "a hard link to a symbolic link")
    elif kind == b"2":
        os.symlink(link, part)
        os.lchown(part, uid, gid)
    else:
        out = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        if kind == b"S":
            found = list(pieces(head[386:482]))
            more = head[482]
            while more:
                block = take(512)
                found += pieces(block[:504])
                more = block[504]
            for offset, length in found:
                os.lseek(out, offset, 0)
                put(out, length)
            os.ftruncate(out, number(head[483:495]))
        else:
            put(out, size)
        take(-size % 512)
        os.fchown(out, uid, gid)
        os.fchmod(out, mode)
        os.utime(out, (time, time))
        os.close(out)
    os.rename(part, path)
    if kind == b"1" and os.path.lexists(part):
        os.unlink(part)  # Of two names of the same file, neither is removed.
    part = None


def run():
    global shown
    for each in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
        signal.signal(each, leave)
    os.chroot(".")
    os.chdir("/")
    os.umask(0)
    long = target = None
    folders = []
    while True:
        head = take(512)
        if not any(head):
            break
        kind = head[156:157]
        size = number(head[124:136])
        if kind == b"L":
            long = text(size)
            continue
        if kind == b"K":
            target = text(size)
            continue
        shown = (head[:100].split(b"\0")[0] if long is None else long).rstrip(b"/")
        link = head[157:257].split(b"\0")[0] if target is None else target
        long = target = None
        shown = b"" if shown == b"." else shown
        path = b"/" + shown
        parents(path)
        if kind != b"5":
            unpack(head, path, kind, size, link)
        elif not shown or folder(path):
            folders.append((path, shown, head))
    for path, shown, head in reversed(folders):
        mode, uid, gid, time = (number(head[a:b]) for a, b in ((100, 108), (108, 116), (116, 124), (136, 148)))
        if not os.path.islink(path):
            os.chown(path, uid, gid)
            os.chmod(path, mode)
            os.utime(path, (time, time))
    while source.read(1 << 18):
        pass


try:
    run()
except OSError as e:
    os.write(2, b"%s: %s\n" % (shown, str(e.strerror).encode("ascii", "replace")))
    sys.exit(2)
finally:
    if part:
        os.unlink(part)

# The same as relay.pl, for python3.
import errno, os, select, socket, struct, sys

MOST, PIECE, NO_ADDRESS = 65536, 32768, 65536


def frame(kind, data=b""):
    return struct.pack(">cH", kind, len(data)) + data


def connect(host, port):
    why = NO_ADDRESS
    found = []
    for one in ("127.0.0.1", "::1") if host.lower() == "localhost" else (host,):
        try:
            found += socket.getaddrinfo(one, int(port), 0, socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            pass
    for family, kind, _, _, address in found:
        try:
            s = socket.socket(family, kind)
            s.connect(address)
            return s, 0
        except OSError as e:
            if why == NO_ADDRESS or e.errno not in (errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL):
                why = e.errno or NO_ADDRESS
    return None, why


s, why = connect(*sys.argv[1:3])
if not s:
    os.write(1, frame(b"f", b"%d" % why))
    sys.exit(0)
s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
s.setblocking(False)
os.set_blocking(0, False)
os.set_blocking(1, False)
got, to, out = b"", b"", frame(b"o")
heard, finished, deaf = False, False, False


def finish():
    if finished and not to:
        try:
            s.shutdown(socket.SHUT_WR)
        except OSError:
            pass


while not heard or not deaf and not (finished and not to) or out:
    r = ([0] if len(to) < MOST and not finished else []) + ([s] if not heard and len(out) < MOST else [])
    w = ([s] if to else []) + ([1] if out else [])
    r, w, _ = select.select(r, w, [])
    if 0 in r:
        try:
            more = os.read(0, PIECE)
            if not more:
                sys.exit(0)
            got += more
        except (BlockingIOError, InterruptedError):
            pass
        except OSError:
            sys.exit(0)
        while len(got) > 2:
            kind, length = struct.unpack(">cH", got[:3])
            if len(got) < 3 + length:
                break
            if kind == b"e":
                finished = True
            elif not deaf:
                to += got[3:3 + length]
            got = got[3 + length:]
        finish()
    if to and s in w:
        try:
            to = to[s.send(to):]
        except (BlockingIOError, InterruptedError):
            pass
        except OSError:
            deaf, to = True, b""
            out += frame(b"u")
        finish()
    if s in r:
        try:
            data = s.recv(PIECE)
            out += frame(b"d", data) if data else frame(b"e")
            heard = not data
        except (BlockingIOError, InterruptedError):
            pass
        except OSError:
            heard = True
            out += frame(b"e")
    if out and 1 in w:
        try:
            out = out[os.write(1, out):]
        except (BlockingIOError, InterruptedError):
            pass
        except OSError:
            sys.exit(0)

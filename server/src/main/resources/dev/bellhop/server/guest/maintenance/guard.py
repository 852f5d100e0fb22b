# See guard.sh and guard.pl, which this is as.
import errno, fcntl, os, re, select, signal, sys, time
name, lease, window, only = sys.argv[1], float(sys.argv[2]), float(sys.argv[3]), [os.fsencode(a) for a in sys.argv[4:]]
THAW, SILENT, AFTER = 0xC0045878, 0.5, 5
places, known, found = [], set(), set()
def write(*words):
    os.write(1, (" ".join(("bellhop", name) + words) + "\n").encode())
def answer(word):
    write(word)
    os._exit(0)
def probe():
    for handle, directory in places:
        try:
            os.rmdir(directory + b"/.bellhop-" + name.encode())
        except OSError:
            pass
def thaw():
    count = 0
    for handle, directory in places:
        try:
            for turn in range(100):
                fcntl.ioctl(handle, THAW, 0)
                count += 1
        except OSError:
            pass
    return count
def name_of(device):
    return ("%d:%d" % (os.major(device), os.minor(device))).encode()
def quiet():
    null = os.open("/dev/null", os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(null, stream)
now = time.monotonic
begun = now()
for line in open("/proc/self/mountinfo", "rb"):
    before, after = line.split(b" - ", 1)
    device, directory = before.split()[2], before.split()[4]
    kind, source = after.split()[:2]
    if not source.startswith(b"/") or re.match(b"fuse|cifs|smb", kind) or (device.startswith(b"0:") and kind != b"btrfs"):
        continue
    directory = re.sub(rb"\\([0-7]{3})", lambda octal: bytes([int(octal.group(1), 8)]), directory)
    if only and directory not in only:
        continue
    try:
        handle = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    except OSError:
        continue
    if kind != b"btrfs" and name_of(os.fstat(handle).st_dev) != device:
        continue
    found.add(directory)
    key = source if kind == b"btrfs" else device
    if key not in known:
        known.add(key)
        places.append((handle, directory))
if any(directory not in found for directory in only):
    answer("absent")
if not places:
    answer("nothing")
probe()
if now() - begun > 3:
    answer("frozen")
for handle, directory in places:
    try:
        fcntl.ioctl(handle, THAW, 0)
    except OSError as failure:
        if failure.errno in (errno.EPERM, errno.EACCES):
            answer("denied")
first = os.fork()
if first:
    os.waitpid(first, 0)
    os._exit(0)
os.setsid()
if os.fork():
    os._exit(0)
reader, writer = os.pipe()
child = os.fork()
if not child:
    os.close(reader)
    quiet()
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    while True:
        probe()
        os.write(writer, b".")
        time.sleep(0.1)
def end():
    os.kill(child, signal.SIGKILL)
    os._exit(0)
signal.signal(signal.SIGHUP, signal.SIG_IGN)
told = []
signal.signal(signal.SIGTERM, lambda *cause: told.append(1))
os.close(writer)
if not os.read(reader, 1):
    answer("failed")
start = beat = now()
thawed = None
blind = False
write("ready", str(os.getpid()), "python3")
quiet()
while True:
    moment = now()
    silent = blind or moment - beat > SILENT
    late = moment >= start + lease
    if told and (blind or not silent):
        end()
    if thawed is not None:
        if silent and thaw():
            thawed = now()
        if moment > thawed + AFTER:
            end()
    elif silent:
        if not blind and beat >= start + window:
            end()
        if late and thaw():
            thawed = now()
        elif late and blind and moment >= start + window:
            end()
    elif moment >= start + window:
        end()
    if blind:
        time.sleep(0.2)
    elif select.select([reader], [], [], 0.2)[0]:
        if os.read(reader, 4096):
            beat = now()
        else:
            blind = True

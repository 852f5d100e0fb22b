# The same as modes.pl, for python3.
def modes(fd, text):
    import fcntl, struct

    changes = text.split()
    if not changes:
        return
    try:
        now = list(struct.unpack("4I20B", fcntl.ioctl(fd, 0x5401, bytes(36))))
    except OSError:
        return
    for i in range(4):
        now[i] = (now[i] & ~int(changes[2 * i]) | int(changes[2 * i + 1])) & 0xFFFFFFFF
    for one in changes[8:]:
        i, value = map(int, one.split(":"))
        if i < 19:
            now[5 + i] = value & 255
    try:
        fcntl.ioctl(fd, 0x5402, struct.pack("4I20B", *now))
    except OSError:
        pass

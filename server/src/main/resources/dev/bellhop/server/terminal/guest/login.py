import os, pwd, re, signal


def sorry(why, code):
    os.write(2, b"bellhop: Cannot run the command because " + why + b"\r\n")
    os._exit(code)


# As in login.pl.
def login(user, cwd, ssh, variables, argv):
    try:
        uid, gid, home, shell = pwd.getpwnam(user)[2:4] + pwd.getpwnam(user)[5:7]
    except KeyError:
        sorry(b"the guest has no such user", 126)
    shell = shell or "/bin/sh"
    for s in (1, 2, 3, 13, 15, 17, 20, 21, 22):
        signal.signal(s, signal.SIG_DFL)
    lang = os.environ.get("LANG")
    for name in ("/etc/default/locale", "/etc/locale.conf"):
        try:
            with open(name) as f:
                found = re.search(r'^\s*LANG="?([A-Za-z0-9_.@-]+)', f.read(), re.M)
                lang = lang or (found.group(1) if found else None)
        except (OSError, ValueError):
            pass
    env = {"HOME": home, "USER": user, "LOGNAME": user, "SHELL": shell, "PATH": os.environ["PATH"], "LANG": lang or "C.UTF-8"}
    env = {os.fsencode(k): os.fsencode(v) for k, v in env.items()}
    for pair in variables:
        name, _, value = pair.partition(b"=")
        env[name] = value
    if ssh:
        try:
            env[b"SSH_TTY"] = os.fsencode(os.ttyname(0))
        except OSError:
            pass
        argv = argv and [os.fsencode(shell)] + argv[1:]
    os.umask(0o022)
    try:
        if uid:
            os.initgroups(user, gid)
        os.setgid(gid)
        os.setuid(uid)
    except OSError:
        sorry(b"the guest does not let it become its user", 126)
    try:
        os.chdir(cwd or home)
    except OSError:
        if cwd:
            sorry(b"its user cannot enter the directory of cwd", 126)
        os.chdir("/")
    try:
        if argv:
            os.execvpe(argv[0], argv, env)
        os.execve(shell, ["-" + os.path.basename(shell)], env)
    except OSError:
        pass
    sorry(b"the guest has no program " + argv[0] + b" that its user may run" if argv else b"its user has no login shell", 127)

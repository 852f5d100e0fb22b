# An agent that a guest's init started has no HOME and often no PATH; git, ssh and pip fail without.
export HOME="${HOME:-/root}" PATH="${PATH:-/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin}"

# It may have run in the guest's boot of before, of which the disk need not have a trace.
[ "$_k" = @BOOT@ ] || { set -C; echo void >"$_b.run"; set +C; }

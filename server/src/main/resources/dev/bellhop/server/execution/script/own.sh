# A program may open its streams by name, as in "cat /dev/stdin", and their mode would keep them from the user. Here 7 is its stderr:
# that of chown is a device, which has to keep its owner.
chown @USER@ @STREAMS@ /proc/self/fd/7 7>&2 2>/dev/null

# NAME=value, as many as there are, then "--". One that the shell keeps to itself is left as it is.
while [ "$1" != -- ]; do
command export "$1" 2>/dev/null
shift
done
shift

# Before the variables of the client, which must not choose the shell. Here and not earlier, because su sets SHELL to another one.
export SHELL="$_q"
unset _q

# The shell knows the homes of all users that the guest knows.
eval '_h=~@USER@'
case $_h in
"~"*) echo 'bellhop: Cannot run the command because the guest has no such user' >&2; exit 126 ;;
esac
export HOME="$_h" USER=@USER@ LOGNAME=@USER@

# A directory of that name, or a link to one, gets nothing into it.
T=-n
case $(ln --help 2>&1) in
*-T*) T=-T ;;
esac

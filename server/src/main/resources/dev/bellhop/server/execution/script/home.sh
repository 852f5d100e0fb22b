# As a login does: whoever has no home begins at the root.
cd -- "$HOME" 2>/dev/null || cd /

# What the agent passes on, all of it and before the claim: an agent that ends meanwhile passes on no more, and a command that took
# what there is for all of it would do harm. Where some is missing, nothing is run and nobody has claimed anything.
# As long as it is to come, there is a file of this name, which keeps a claim from being removed: see remove.sh.
true >"$_b.in-$$" || { rm -f "$_b.in-$$"; echo "bellhop $_i nospool" >&3; exit 0; }
#@SECRETS@
#@STDIN@

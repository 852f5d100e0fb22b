// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli;

import picocli.AutoComplete;
import picocli.CommandLine;

/** What lets bash and zsh complete the command: commands and options from picocli's script, names and files from here. */
final class CompletionScript {

    /**
     * Asks the server only where the options and subcommands that picocli's part knows do not fit. Files are left to the
     * shell, which knows about quoting, links and the home; where one is expected, picocli's part calls {@code
     * _bellhop_compopt -o filenames}.
     *
     * <p>bash splits words at equals signs, colons and at signs, and replaces what is behind the last of them; zsh splits at
     * none. So words are put together as they were typed, but for --option=value, which becomes two.
     */
    private static final String NAMES = """
            # Used by picocli's part.
            function _bellhop_compopt() {
              [[ $2 != filenames ]] || files=yes
            }

            # Sets its caller's word, what is to be completed; before, what the same word of the line begins with; COMPREPLY;
            # and files, where those are to be completed.
            function _bellhop_replies() {
              local i gap line=$COMP_LINE IFS=$'\n'
              local -a given typed
              given=()
              typed=()
              for ((i = 0; i <= COMP_CWORD; i++)); do
                word=${COMP_WORDS[i]}
                gap=${line%%"$word"*}
                line=${line#"$gap$word"}
                if [[ $i != 0 && $word && ! $gap ]]; then
                  given[${#given[@]} - 1]+=$word
                else
                  given+=("$word")
                fi
              done
              for word in "${given[@]}"; do
                before=''
                if [[ $word == --*=* ]]; then
                  before=${word%%=*}=
                  typed+=("${word%%=*}")
                  word=${word#*=}
                fi
                typed+=("$word")
              done
              COMP_CWORD=$((${#typed[@]} - 1))
              COMP_WORDS=("${typed[@]}")
              if [[ ${typed[COMP_CWORD - 1]} == --secret-env && $word == *=@* ]]; then
                before+=${word%%@*}@
                word=${word#*@}
                files=yes
                return
              fi
              IFS=$' \t\n'
              _complete_bellhop "$1" "$word" "${typed[COMP_CWORD - 1]}"
              IFS=$'\n'
              if [[ ! $files && $word != -* ]] && ((${#COMPREPLY[@]} == 0)); then
                COMPREPLY=($(compgen -W "$(bellhop completion --names-after -- "${typed[@]:1:$((COMP_CWORD - 1))}" \
                  2>/dev/null </dev/null)" -- "$word"))
              fi
            }

            function _bellhop_in_bash() {
              local word='' before='' files='' kept='' breaks=${COMP_WORDBREAKS//[^=:@]/} IFS=$'\n'
              _bellhop_replies "$@"
              # What of the word bash leaves alone. It splits at @, and yet takes that for a part of what follows.
              [[ ! $breaks ]] || kept=$before$word kept=${kept%"${kept##*["$breaks"]}"} kept=${kept%@}
              if [[ ! $files ]]; then
                compopt +o default
              elif [[ $kept != "$before" ]]; then
                COMPREPLY=($(compgen -f -- "$word"))
                [[ ! -d ${COMPREPLY-} ]] || compopt -o nospace
              fi
              COMPREPLY=("${COMPREPLY[@]/#/$before}")
              COMPREPLY=("${COMPREPLY[@]#"$kept"}")
            }

            function _bellhop_replies_in_zsh() {
              # As bash counts and splits.
              emulate -L sh
              setopt kshglob noshglob braceexpand nokshautoload
              typeset -h words
              _bellhop_replies bellhop
            }

            function _bellhop_in_zsh() {
              local word='' before='' files='' COMP_LINE="$words" COMP_CWORD=$((CURRENT - 1))
              local -a COMP_WORDS COMPREPLY
              COMP_WORDS=("${(@)words}")
              _bellhop_replies_in_zsh
              IPREFIX+=$before
              PREFIX=${PREFIX#$before}
              if [[ $files ]]; then
                _files
              else
                compadd -a COMPREPLY
              fi
            }

            if [[ ${ZSH_VERSION-} ]]; then
              compdef _bellhop_in_zsh bellhop
            else
              complete -F _bellhop_in_bash -o default bellhop
            fi
            """;

    private CompletionScript() {}

    static String of(CommandLine root) {
        return AutoComplete.bash(root.getCommandName(), root)
                        // Names of files are left to the shell: here, compgen would run a $(...) in one.
                        .replace("$( compgen -f -- \"${curr_word}\" )", "")
                        .replace("compopt ", "_bellhop_compopt ")
                        // Or aliases of other commands were not completed any more.
                        .replaceFirst("(?m)^ *setopt COMPLETE_ALIASES\n", "")
                        .replaceFirst("(?m)^ *alias .*=complete\n", "")
                + NAMES;
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.policy;

import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * Finds the words of an argv that a program can interpret as code: the text after a shell's {@code -c}, or the program
 * that {@code sudo} runs. It knows families of programs, not all programs, and says yes if unsure. It guards against
 * mistakes when a command is saved; the author can declare that a place is meant to be code.
 */
public final class CodeWords {
    /** A shell of any name: rbash, ksh93, zsh-5.9. Does not match publish. */
    private static final String SHELL = "[a-z]{0,4}sh[0-9.-]*|busybox|toybox";

    /**
     * A program that interprets the word after some of its options as code.
     *
     * @param runsFiles whether its options end at the name of a file to run, which has its own options
     */
    private record Family(Pattern program, Pattern option, boolean runsFiles) {
        Family(String program, String option, boolean runsFiles) {
            this(Pattern.compile(program), Pattern.compile(option), runsFiles);
        }
    }

    private static final List<Family> FAMILIES = List.of(
            new Family(SHELL, "-[A-Za-z0-9]*c[A-Za-z0-9]*|--(?:command|rcfile|init-file|init-command)", true),
            new Family(
                    "su|runuser|script|flock|expect|git|ex|n?vim?|gdb|psql|systemd-run",
                    "-[A-Za-z0-9]*c[A-Za-z0-9]*|-ex|--(?:session-)?command",
                    false),
            new Family("sudo|doas|pkexec", "-[A-Za-z]*[si][A-Za-z]*|--shell|--login", false),
            new Family("env", "-[A-Za-z0-9]*S[A-Za-z0-9]*|--split-string", false),
            new Family("find|fd|fdfind", "-(?:exec|execdir|ok|okdir)|-[xX]|--exec(?:-batch)?", false),
            new Family(
                    "(?:python|pypy|perl|ruby|node|nodejs|deno|bun|php|lua|luajit|julia|rscript|guile|groovy|elixir|tclsh|mysql)[0-9.]*",
                    "-[A-Za-z0-9.]*[ceEprRB][A-Za-z0-9.]*|-?-(?:eval|print|exec|execute|command|run)",
                    true),
            new Family("[gmn]?awk|sed", "-[A-Za-z]*e|--(?:expression|source)", false));

    /** Programs that treat all words as code. Windows passes a batch file and its arguments to one of these. */
    private static final Pattern ALL =
            Pattern.compile("ssh|rsh|dbclient|mosh|eval|watch|cmd|powershell|pwsh|.*[.](?:bat|cmd)");

    /** Programs whose first word that is not an option is a program or code. */
    private static final Pattern FIRST =
            Pattern.compile("sudo|doas|pkexec|runuser|env|xargs|parallel|nice|ionice|nohup|timeout|setsid|exec"
                    + "|command|time|stdbuf|strace|ltrace|systemd-run|busybox|toybox|[gmn]?awk|sed");

    private static final Pattern OPTION = Pattern.compile("[-+].*", Pattern.DOTALL);

    /** An option whose value, if any, is the next word. */
    private static final Pattern HAS_VALUE = Pattern.compile("[-+][A-Za-z]*[oO][A-Za-z]*");

    /** An option whose value, if any, is the next word: not {@code --}, {@code --user=app} or {@code -n5}. */
    private static final Pattern MAY_HAVE_VALUE = Pattern.compile("(?!--$)[-+][^=]*(?<![0-9])");

    /** Programs whose first word is a text, not a program, and whose options are mostly flags. */
    private static final Pattern TEXT_FIRST = Pattern.compile("[gmn]?awk|sed");

    private static final Pattern FIELD_SEPARATOR = Pattern.compile("-F|--field-separator");

    /** Not an option, a variable or a number, such as in {@code timeout 5}. */
    private static final Pattern PLAIN =
            Pattern.compile("(?!-)(?![^/]*=)(?![0-9.]+[a-z]?$)(?=.*[A-Za-z]).*", Pattern.DOTALL);

    private CodeWords() {}

    /** Returns whether a program before this place of an argv can interpret the word there as code. */
    public static boolean mayBeCode(List<String> words, int place) {
        return IntStream.range(0, place).anyMatch(at -> {
            String program = program(words.get(at));
            return ALL.matcher(program).matches()
                    || (FIRST.matcher(program).matches() && isFirst(program, words.subList(at + 1, place)))
                    || FAMILIES.stream()
                            .filter(family -> family.program.matcher(program).matches())
                            .anyMatch(family -> comesAfterCode(family, words.subList(at + 1, place)));
        });
    }

    private static String program(String word) {
        String name = word.substring(Math.max(word.lastIndexOf('/'), word.lastIndexOf('\\')) + 1);
        String lower = name.toLowerCase(Locale.ROOT);
        return lower.endsWith(".exe") ? lower.substring(0, lower.length() - ".exe".length()) : lower;
    }

    /**
     * Returns whether no word in between can be the first one. A word right after an option can be the option's value.
     */
    private static boolean isFirst(String program, List<String> between) {
        Pattern option = TEXT_FIRST.matcher(program).matches() ? FIELD_SEPARATOR : MAY_HAVE_VALUE;
        return IntStream.range(0, between.size())
                .filter(i -> i == 0 || !option.matcher(between.get(i - 1)).matches())
                .mapToObj(between::get)
                .noneMatch(word -> isLiteral(word) && PLAIN.matcher(word).matches());
    }

    /**
     * Returns whether a word in between announces code and is not followed by literal code. Words after literal code
     * are its arguments.
     */
    private static boolean comesAfterCode(Family family, List<String> between) {
        for (int i = 0; i < between.size(); i++) {
            String word = between.get(i);
            if (family.option.matcher(word).matches()) {
                String next = i + 1 < between.size() ? between.get(i + 1) : null;
                if (next == null
                        || !isLiteral(next)
                        || OPTION.matcher(next).matches()
                        || (family.runsFiles && HAS_VALUE.matcher(word).matches())) {
                    return true;
                }
                i++;
            } else if (family.runsFiles && isFile(word) && (i == 0 || !isOption(between.get(i - 1)))) {
                return false;
            }
        }
        return false;
    }

    private static boolean isFile(String word) {
        return isLiteral(word) && !isOption(word) && (word.contains("/") || word.contains("."));
    }

    private static boolean isOption(String word) {
        return OPTION.matcher(word).matches();
    }

    private static boolean isLiteral(String word) {
        return SavedParameters.placeholder(word).isEmpty();
    }
}

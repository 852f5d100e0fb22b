// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.policy;

import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * Which words of an argv a program may take for code: the text after a shell's {@code -c}, the program that {@code sudo} is to
 * run. It knows families of programs and not all of them, and where in doubt it says yes: it is there for slips of whoever saves a
 * command, who can say that a place is meant.
 */
public final class CodeWords {
    /** A shell, by whatever name: rbash, ksh93, zsh-5.9. Not publish. */
    private static final String SHELL = "[a-z]{0,4}sh[0-9.-]*|busybox|toybox";

    /**
     * A program that takes the word after some of its options for code.
     *
     * @param runsFiles whether its options end with the name of a file that it runs, which has its own
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

    /** All words of these are code, also on Windows, where a script in a file is given to one of these. */
    private static final Pattern ALL =
            Pattern.compile("ssh|rsh|dbclient|mosh|eval|watch|cmd|powershell|pwsh|.*[.](?:bat|cmd)");

    /** Their first word that is no option is a program, or code. */
    private static final Pattern FIRST =
            Pattern.compile("sudo|doas|pkexec|runuser|env|xargs|parallel|nice|ionice|nohup|timeout|setsid|exec"
                    + "|command|time|stdbuf|strace|ltrace|systemd-run|busybox|toybox|[gmn]?awk|sed");

    private static final Pattern OPTION = Pattern.compile("[-+].*", Pattern.DOTALL);

    /** The next word is its value, where there is one. */
    private static final Pattern HAS_VALUE = Pattern.compile("[-+][A-Za-z]*[oO][A-Za-z]*");

    /** An option whose value, if any, is the next word: not {@code --}, {@code --user=app} or {@code -n5}. */
    private static final Pattern MAY_HAVE_VALUE = Pattern.compile("(?!--$)[-+][^=]*(?<![0-9])");

    /** Their first word is a text, not a program, and most of their options are flags. */
    private static final Pattern TEXT_FIRST = Pattern.compile("[gmn]?awk|sed");

    private static final Pattern FIELD_SEPARATOR = Pattern.compile("-F|--field-separator");

    /** Neither an option, nor a variable, nor a number as of {@code timeout 5}. */
    private static final Pattern PLAIN =
            Pattern.compile("(?!-)(?![^/]*=)(?![0-9.]+[a-z]?$)(?=.*[A-Za-z]).*", Pattern.DOTALL);

    private CodeWords() {}

    /** Whether a program before this place of an argv may take its word for code. */
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

    /** Whether no word between can be the first one: what stands right after an option may be its value. */
    private static boolean isFirst(String program, List<String> between) {
        Pattern option = TEXT_FIRST.matcher(program).matches() ? FIELD_SEPARATOR : MAY_HAVE_VALUE;
        return IntStream.range(0, between.size())
                .filter(i -> i == 0 || !option.matcher(between.get(i - 1)).matches())
                .mapToObj(between::get)
                .noneMatch(word -> isLiteral(word) && PLAIN.matcher(word).matches());
    }

    /**
     * Whether one of the words between says that code follows, and is not followed by just that, word for word. What follows it
     * then are arguments.
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

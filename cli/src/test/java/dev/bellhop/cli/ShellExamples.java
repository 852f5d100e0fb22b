// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * The calls of bellhop in an example for a POSIX shell, as words: also those in pipes, loops and substitutions. What a shell
 * would put in, by {@code $(…)} or {@code $name}, is {@link #PUT_IN}.
 */
final class ShellExamples {

    /** Good as a number and as a name. */
    static final String PUT_IN = "10000";

    private static final Set<String> BEFORE_A_COMMAND = Set.of("do", "if", "then", "!", "sudo", "--");

    private final String text;
    private final List<List<String>> calls = new ArrayList<>();
    private int at;

    private ShellExamples(String text) {
        this.text = text;
    }

    /** @param example lines without what {@code <<} feeds in */
    static List<List<String>> calls(String example) {
        ShellExamples parser = new ShellExamples(example.replace("\\\n", " "));
        parser.commands();
        return parser.calls;
    }

    /** Up to the end, or to the bracket that closes a substitution. */
    private void commands() {
        Call call = new Call();
        while (at < text.length()) {
            char c = text.charAt(at++);
            if (c == ')') {
                break;
            } else if (c == '#' && !call.inWord) {
                skipTo('\n');
            } else if (c == '$' || c == '\'' || c == '"' || c == '\\') {
                call.inWord = true;
                expand(c, call.word);
            } else if ((c == '<' || c == '>') && next() == '(') {
                at++;
                commands();
                call.inWord = true;
                call.word.append(PUT_IN);
            } else if (c == '<' || c == '>') {
                call.redirect();
                while ("<>& ".indexOf(next()) >= 0) {
                    at++;
                }
            } else if ("|&;(\n".indexOf(c) >= 0) {
                add(call.words());
                call = new Call();
            } else if (c == ' ') {
                call.endWord();
            } else {
                call.inWord = true;
                call.word.append(c);
            }
        }
        add(call.words());
    }

    /** What is read of one call so far. */
    private static final class Call {
        final StringBuilder word = new StringBuilder();
        boolean inWord;

        private final List<String> words = new ArrayList<>();
        private boolean isFile;

        /** What comes next is a file, and a number before it is that of a stream. */
        void redirect() {
            isFile = word.toString().matches("\\d");
            endWord();
            isFile = true;
        }

        void endWord() {
            if (inWord && !isFile) {
                words.add(word.toString());
            }
            isFile = isFile && !inWord;
            word.setLength(0);
            inWord = false;
        }

        List<String> words() {
            endWord();
            return words;
        }
    }

    private void expand(char c, StringBuilder word) {
        switch (c) {
            case '\'' -> {
                int close = text.indexOf('\'', at);
                word.append(text, at, close);
                at = close + 1;
            }
            case '"' -> {
                for (char inner = text.charAt(at++); inner != '"'; inner = text.charAt(at++)) {
                    if (inner == '$' || inner == '\\') {
                        expand(inner, word);
                    } else {
                        word.append(inner);
                    }
                }
            }
            case '\\' -> word.append(text.charAt(at++));
            default -> {
                if (next() == '(') {
                    at++;
                    commands();
                } else {
                    while (Character.isLetterOrDigit(next()) || next() == '_') {
                        at++;
                    }
                }
                word.append(PUT_IN);
            }
        }
    }

    private void skipTo(char end) {
        int found = text.indexOf(end, at);
        at = found < 0 ? text.length() : found;
    }

    private char next() {
        return at < text.length() ? text.charAt(at) : '\n';
    }

    private void add(List<String> call) {
        if (call.contains("runuser")) {
            call.subList(0, call.indexOf("--")).clear();
        }
        while (!call.isEmpty()
                && (BEFORE_A_COMMAND.contains(call.getFirst())
                        || call.getFirst().matches("[A-Za-z_]+=.*"))) {
            call.removeFirst();
        }
        if (!call.isEmpty() && call.getFirst().matches("(?:.*/)?bellhop")) {
            call.removeFirst();
            calls.add(call);
        }
    }
}

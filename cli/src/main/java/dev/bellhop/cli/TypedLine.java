// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

/**
 * A command line that is still being typed.
 *
 * @param serverOptions those that say which server it goes to, each with its value
 * @param words the others
 */
record TypedLine(List<String> serverOptions, List<String> words) {

    private static final Set<String> SERVER_OPTIONS = Set.of("--context", "--url", "--ca", "--key");

    /** @param typed the words before the one that is being typed */
    static TypedLine of(CommandLine root, List<String> typed) {
        List<String> serverOptions = new ArrayList<>();
        List<String> words = new ArrayList<>();
        CommandLine command = root;
        int positionals = 0;
        boolean isValue = false;
        for (int i = 0; i < typed.size(); i++) {
            String word = typed.get(i);
            int equals = word.indexOf('=');
            String option = equals < 0 ? word : word.substring(0, equals);
            // From its first word on, what a guest runs may have options of the same names, for other servers.
            boolean isGuests = command.getCommandName().equals("exec") && positionals > 1;
            if (isGuests || word.equals("--")) {
                words.addAll(typed.subList(i, typed.size()));
                break;
            }
            if (!isValue && SERVER_OPTIONS.contains(option) && (equals >= 0 || i + 1 < typed.size())) {
                serverOptions.add(word);
                if (equals < 0) {
                    serverOptions.add(typed.get(++i));
                }
                continue;
            }
            words.add(word);
            if (isValue) {
                isValue = false;
            } else if (word.startsWith("-")) {
                OptionSpec found = command.getCommandSpec().findOption(word);
                isValue = found != null && found.arity().max() > 0;
            } else if (positionals == 0 && command.getSubcommands().containsKey(word)) {
                command = command.getSubcommands().get(word);
            } else {
                positionals++;
            }
        }
        return new TypedLine(serverOptions, words);
    }

    @Override
    public String toString() {
        return "TypedLine" + words; // The options may have a key.
    }
}

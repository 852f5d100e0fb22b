// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.command;

import java.util.ArrayList;
import java.util.List;
import java.util.Stack;
import picocli.CommandLine.IParameterConsumer;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;

/** Takes all the remaining words, even those that look like options of ours. */
public final class TrailingWords implements IParameterConsumer {
    @Override
    public void consumeParameters(Stack<String> args, ArgSpec parameter, CommandSpec command) {
        List<String> words = new ArrayList<>();
        while (!args.isEmpty()) {
            words.add(args.pop());
        }
        parameter.setValue(words);
    }
}

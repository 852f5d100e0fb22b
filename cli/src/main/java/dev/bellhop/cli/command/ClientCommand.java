// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.command;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.v2.Page;
import dev.bellhop.cli.terminal.Table;
import dev.bellhop.cli.terminal.Terminal;
import java.util.concurrent.Callable;
import java.util.function.BiConsumer;
import picocli.CommandLine.Mixin;

/** A command that sends requests to a server. */
public abstract class ClientCommand implements Callable<Integer> {

    protected final CliContext context;
    protected final Terminal terminal;

    @Mixin
    protected final ClientOptions options;

    /** @param global the options that stand before the command */
    protected ClientCommand(CliContext context, ClientOptions global) {
        this.context = context;
        this.terminal = context.terminal();
        this.options = new ClientOptions(context, global);
    }

    @Override
    public Integer call() throws InterruptedException {
        try (BellhopClient client = connect()) {
            return run(client);
        }
    }

    /** With a key, unless a command says otherwise. */
    protected BellhopClient connect() {
        return options.connect();
    }

    /** Does the work and returns the exit code. */
    protected abstract int run(BellhopClient client) throws InterruptedException;

    /** Prints an answer: as JSON if --output asks for that, or else as text. Returns the exit code 0. */
    protected final int print(Object answer, Runnable asText) {
        if (options.json()) {
            terminal.json(answer);
        } else {
            asText.run();
        }
        return ExitCodes.OK;
    }

    /**
     * Prints a list, as {@link #print} does: the rows of a table, or a hint if the list is empty.
     *
     * @param table its headings
     * @param row adds an item to the table
     */
    protected final <T> int printList(Page<T> page, String hint, Table table, BiConsumer<Table, T> row) {
        return print(page, () -> {
            if (page.items().isEmpty()) {
                terminal.say(hint);
            } else {
                page.items().forEach(item -> row.accept(table, item));
                table.print(terminal);
                sayIfMore(page);
            }
        });
    }

    protected final void sayIfMore(Page<?> page) {
        if (page.nextCursor() != null) {
            int shown = page.items().size();
            terminal.say("There are more than " + (shown == 1 ? "this one" : "these " + shown)
                    + "; a larger --limit shows them");
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.command;

import dev.bellhop.cli.terminal.Terminal;
import java.util.function.Supplier;

/** Says something if a signal ends this process before {@link #close}. Thread safe. */
public final class ShutdownNotice implements AutoCloseable {

    private final Thread hook;
    private volatile boolean closed;

    public ShutdownNotice(Terminal terminal, Supplier<String> message) {
        hook = new Thread(
                () -> {
                    if (!closed) {
                        terminal.say(message.get());
                        terminal.flush();
                    }
                },
                "shutdown-notice");
        Runtime.getRuntime().addShutdownHook(hook);
    }

    @Override
    public void close() {
        closed = true;
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // The JVM is already ending, and the hook has nothing to say any more.
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.shell;

import dev.bellhop.api.client.OutputStreamName;
import dev.bellhop.api.client.TerminalConnection;
import dev.bellhop.cli.command.CliException;
import dev.bellhop.cli.terminal.Printable;
import dev.bellhop.cli.terminal.Terminal;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/**
 * Where a guest's terminal prints: the terminal that bellhop runs in, which gets it as it is, and what bellhop has to say in between.
 * Afterwards what the guest has changed there is put back. Thread safe.
 */
final class GuestScreen implements TerminalConnection.Screen {
    private final Terminal terminal;
    private final ScreenReset reset = new ScreenReset();

    /** How much of all that was printed has come. Guarded by this. */
    private long seen;

    private volatile boolean broken;

    GuestScreen(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public void print(byte[] bytes) throws IOException {
        reset.see(bytes);
        write(bytes);
        synchronized (this) {
            seen += bytes.length;
        }
    }

    @Override
    public void position(long offset, long missed) {
        synchronized (this) {
            seen = offset;
        }
        if (missed > 0) {
            say(missed + " bytes are missing here");
        }
    }

    /** From where on the next connection goes on. */
    synchronized long seen() {
        return seen;
    }

    /** Whether nothing can be shown any more, as where a disk is full. */
    boolean isBroken() {
        return broken;
    }

    /** Of a screen that is broken. */
    CliException failure() {
        return new CliException("Cannot write what the terminal prints"
                + terminal.outFailure().map(reason -> ": " + reason).orElse(""));
    }

    /** While the terminal is raw, a line's end takes two characters. */
    void say(String message) {
        show("\r\nbellhop: " + Printable.text(message) + "\r\n");
    }

    /** Shows a text of bellhop's own. */
    void show(String text) {
        show(text.getBytes(StandardCharsets.UTF_8));
    }

    private void show(byte[] bytes) {
        try {
            write(bytes);
        } catch (IOException e) {
            // Whoever asks whether it is broken, is told.
        }
    }

    private void write(byte[] bytes) throws IOException {
        try {
            terminal.write(OutputStreamName.STDOUT, bytes);
        } catch (IOException e) {
            broken = true;
            throw e;
        }
    }

    /** The terminal is as it was. */
    void putBack() {
        show(reset.bytes());
    }
}

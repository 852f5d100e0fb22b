// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.shell;

import dev.bellhop.api.Json;
import dev.bellhop.api.client.OutputStreamName;
import dev.bellhop.cli.command.CliException;
import dev.bellhop.cli.terminal.Terminal;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/** Plays an asciicast in the terminal, as {@link SafeOutput} lets it be shown; without its pauses where it is no terminal. For one thread. */
final class CastPlayer {
    private static final int VERSION = 3;
    private static final String OUTPUT = "o";
    private static final double NANOS = 1e9;

    private final Terminal terminal;
    private final Pace pace;
    private final @Nullable Sleeper sleeper;
    private final SafeOutput safe;
    private final ScreenReset reset = new ScreenReset();

    /**
     * How fast it goes.
     *
     * @param speed how many times as fast as it went
     * @param longest for the longest pause; absent for no limit
     */
    record Pace(double speed, @Nullable Duration longest) {
        Duration pause(double seconds) {
            double wanted = Math.max(0, seconds) / speed;
            double limited = longest == null ? wanted : Math.min(wanted, longest.toNanos() / NANOS);
            return Duration.ofNanos((long) (limited * NANOS));
        }
    }

    /** Waits. */
    interface Sleeper {
        void sleep(Duration pause) throws InterruptedException;
    }

    /** @param sleeper absent where there is no terminal: then nothing is waited for, and text alone is shown */
    CastPlayer(Terminal terminal, Pace pace, @Nullable Sleeper sleeper) {
        this.terminal = terminal;
        this.pace = pace;
        this.sleeper = sleeper;
        this.safe = new SafeOutput(sleeper == null);
    }

    /**
     * Until the end, or until nobody looks any more. Afterwards the terminal is as it was.
     *
     * @throws CliException where it is no asciicast of version 3, or breaks off
     */
    void play(InputStream cast) throws InterruptedException {
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(cast, StandardCharsets.UTF_8))) {
            String header = lines.readLine();
            if (header == null) {
                throw noCast();
            }
            begin(read(header));
            for (String line = lines.readLine(); line != null && !terminal.isUnread(); line = lines.readLine()) {
                JsonNode event = read(line);
                wait(event.path(0).asDouble(0));
                if (event.path(1).asString("").equals(OUTPUT)) {
                    show(event.path(2).asString(""));
                }
            }
        } catch (IOException e) {
            throw new CliException("Cannot read the recording to its end because the connection broke");
        } finally {
            putBack();
        }
    }

    private void begin(JsonNode header) {
        if (header.path("version").asInt(0) != VERSION) {
            throw noCast();
        }
        int cols = header.path("term").path("cols").asInt(0);
        if (sleeper != null && cols > terminal.columns() && terminal.columns() > 0) {
            terminal.say(
                    "this was recorded in a terminal with " + cols + " columns, and yours has " + terminal.columns());
        }
    }

    private static JsonNode read(String line) {
        try {
            return Json.mapper().readTree(line);
        } catch (JacksonException e) {
            throw noCast();
        }
    }

    private static CliException noCast() {
        return new CliException("Cannot play this because it is no asciicast of version " + VERSION);
    }

    private void wait(double seconds) throws InterruptedException {
        Duration pause = pace.pause(seconds);
        if (sleeper != null && pause.isPositive()) {
            sleeper.sleep(pause);
        }
    }

    private void show(String printed) {
        byte[] bytes = safe.filter(printed).getBytes(StandardCharsets.UTF_8);
        if (bytes.length > 0) {
            reset.see(bytes);
            write(bytes);
        }
    }

    private void putBack() {
        if (sleeper != null) {
            write(reset.bytes());
        }
    }

    private void write(byte[] bytes) {
        try {
            terminal.write(OutputStreamName.STDOUT, bytes);
        } catch (IOException e) {
            throw new CliException("Cannot write the recording: " + e.getMessage());
        }
    }
}

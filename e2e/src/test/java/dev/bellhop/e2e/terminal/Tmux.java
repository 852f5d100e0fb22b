// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.e2e.terminal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.testkit.Checkout;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Terminals to look at and type into, each with one program: windows of a tmux of its own. For one thread. */
public final class Tmux implements AutoCloseable {
    /** What a program may have changed besides what is seen; and how large the window is. */
    private static final String MODES = "cursor #{cursor_x},#{cursor_y} shown #{cursor_flag} alternate #{alternate_on}"
            + " insert #{insert_flag} wrap #{wrap_flag} origin #{origin_flag} keys #{keypad_cursor_flag}#{keypad_flag}"
            + " region #{scroll_region_upper}-#{scroll_region_lower} mouse #{mouse_any_flag}#{mouse_sgr_flag}"
            + " size #{pane_width}x#{pane_height}";

    /** What comes after a program, so that its window stays as it was. */
    private static final String AFTERWARDS = "sleep";

    private final Path folder;

    private Tmux(Path folder) {
        this.folder = folder;
    }

    /** With windows of this size. */
    public static Tmux start(Path folder, int cols, int rows) throws Exception {
        Tmux tmux = new Tmux(Files.createDirectory(folder.resolve("tmux")));
        Files.writeString(tmux.folder.resolve("settings"), """
                set -g default-shell /bin/sh
                set -g default-terminal xterm-256color
                set -g default-size %dx%d
                set -g status off
                set -g escape-time 0
                """.formatted(cols, rows));
        tmux.call("new-session", "-d", "-s", "s", "-n", "first", AFTERWARDS + " 86400");
        return tmux;
    }

    /** Opens a window with a program, which sees these variables. */
    public void open(String window, Map<String, String> environment, String... command) throws Exception {
        List<String> words = new ArrayList<>(List.of("new-window", "-d", "-t", "s:", "-n", window));
        environment.forEach((name, value) -> words.addAll(List.of("-e", name + "=" + value)));
        words.addAll(List.of("sh", "-c", "\"$@\"; exec " + AFTERWARDS + " 86400", "sh"));
        words.addAll(List.of(command));
        call(words.toArray(String[]::new));
    }

    /** Presses keys, by tmux's names for them, and types what is no name of one. */
    public void type(String window, String... keys) throws Exception {
        List<String> words = new ArrayList<>(List.of("send-keys", "-t", target(window), "--"));
        words.addAll(List.of(keys));
        call(words.toArray(String[]::new));
    }

    public void resize(String window, int cols, int rows) throws Exception {
        call("resize-window", "-t", target(window), "-x", Integer.toString(cols), "-y", Integer.toString(rows));
    }

    /** What is seen, with its colours; in the last line where the cursor is, and the modes. */
    public String screen(String window) throws Exception {
        String target = target(window);
        return call("capture-pane", "-p", "-e", "-t", target, ";", "display-message", "-p", "-t", target, MODES);
    }

    /** Whether its program has ended. */
    public boolean hasEnded(String window) throws Exception {
        return call("display-message", "-p", "-t", target(window), "#{pane_current_command}")
                .strip()
                .equals(AFTERWARDS);
    }

    private static String target(String window) {
        return "s:" + window;
    }

    private String call(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                "env",
                "LC_ALL=C.UTF-8",
                "tmux",
                "-u",
                "-S",
                folder.resolve("socket").toString(),
                "-f",
                folder.resolve("settings").toString()));
        command.addAll(List.of(arguments));
        Checkout.Ended ended = Checkout.run(folder, Map.of(), command);
        assertThat(ended.exitCode()).as(ended.stderr()).isZero();
        return ended.stdout();
    }

    @Override
    public void close() throws IOException {
        try {
            call("kill-server");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}

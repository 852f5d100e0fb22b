// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.shell;

import dev.bellhop.cli.command.CliException;
import java.io.File;
import java.io.FileInputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The terminal that bellhop runs in, by {@code stty}, which every Unix has. While it is raw each key goes to the guest, Ctrl-C among
 * them; it is put back when this is closed, and when the process is ended by a signal. Thread safe.
 */
final class OwnTerminal implements AutoCloseable {
    private static final File TTY = new File("/dev/tty");
    private static final Pattern SIZE = Pattern.compile("([0-9]{1,5}) ([0-9]{1,5})\\s*");
    private static final long TIMEOUT_SECONDS = 5;

    private final String saved;
    private final Thread restoring = new Thread(this::restore, "restore-terminal");

    /** In characters. */
    record Size(int cols, int rows) {}

    private OwnTerminal(String saved) {
        this.saved = saved;
    }

    /** As it is; empty where there is none. */
    static Optional<OwnTerminal> ofProcess() {
        Optional<OwnTerminal> own = stty("-g")
                .map(String::strip)
                .filter(settings -> settings.matches("[0-9a-fA-F:=;a-z]+"))
                .map(OwnTerminal::new);
        own.ifPresent(found -> Runtime.getRuntime().addShutdownHook(found.restoring));
        return own;
    }

    /** What is typed in it, whatever standard input is. */
    InputStream keys() {
        try {
            return new FileInputStream(TTY);
        } catch (FileNotFoundException e) {
            throw new CliException("Cannot read what is typed in this terminal");
        }
    }

    /** Until it is closed; throws where that fails. */
    void makeRaw() {
        if (stty("raw", "-echo").isEmpty()) {
            throw new CliException("Cannot make this terminal raw because stty fails");
        }
    }

    /** How large it is; empty where nobody knows. */
    static Optional<Size> size() {
        return stty("size").flatMap(told -> {
            Matcher size = SIZE.matcher(told);
            if (!size.matches()) {
                return Optional.empty();
            }
            int rows = Integer.parseInt(size.group(1));
            int cols = Integer.parseInt(size.group(2));
            return rows == 0 || cols == 0
                    ? Optional.empty()
                    : Optional.of(new Size(Math.min(cols, 1_000), Math.min(rows, 1_000)));
        });
    }

    /** Has something done each time that its size changes. Reflection, as javac warns of sun.misc.Signal whatever an annotation says. */
    static void onResize(Runnable changed) {
        try {
            Class<?> signal = Class.forName("sun.misc.Signal");
            Class<?> handler = Class.forName("sun.misc.SignalHandler");
            Object ours = Proxy.newProxyInstance(
                    handler.getClassLoader(), new Class<?>[] {handler}, (proxy, method, arguments) -> {
                        changed.run();
                        return null;
                    });
            Object winch = signal.getConstructor(String.class).newInstance("WINCH");
            signal.getMethod("handle", signal, handler).invoke(null, winch, ours);
        } catch (ReflectiveOperationException e) {
            // This JVM has no such thing: the guest keeps the size that it was told first.
        }
    }

    private static Optional<String> stty(String... arguments) {
        List<String> command = new ArrayList<>(List.of("stty"));
        command.addAll(List.of(arguments));
        try {
            Process process = new ProcessBuilder(command)
                    .redirectInput(TTY)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            String told = new String(process.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
            return process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS) && process.exitValue() == 0
                    ? Optional.of(told)
                    : Optional.empty();
        } catch (IOException e) {
            return Optional.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
    }

    private void restore() {
        stty(saved);
    }

    @Override
    public void close() {
        restore();
        try {
            Runtime.getRuntime().removeShutdownHook(restoring);
        } catch (IllegalStateException e) {
            // The process ends already.
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli;

import java.lang.reflect.Proxy;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Gives the first Ctrl-C another meaning than the end of this process; the second one ends it. A process that was started
 * with SIGINT ignored, as a shell script does with its jobs in the background, goes on ignoring it.
 *
 * <p>Java's only way to hear of a signal and live is sun.misc.Signal, which javac warns of whatever an annotation says;
 * hence the reflection. It takes longer than a short command does, so a thread of its own does it meanwhile.
 */
final class CtrlC implements AutoCloseable {

    private final Runnable first;
    private final AtomicBoolean used = new AtomicBoolean();

    /**
     * Takes effect in a moment.
     *
     * @param first what the first one does; it must not take long
     */
    CtrlC(Runnable first) {
        this.first = first;
        Thread.ofVirtual().name("ctrl-c").start(this::install);
    }

    private void install() {
        try {
            Class<?> signal = Class.forName("sun.misc.Signal");
            Class<?> handler = Class.forName("sun.misc.SignalHandler");
            Object ours = Proxy.newProxyInstance(
                    handler.getClassLoader(), new Class<?>[] {handler}, (proxy, method, arguments) -> {
                        onSignal();
                        return null;
                    });
            Object interrupt = signal.getConstructor(String.class).newInstance("INT");
            signal.getMethod("handle", signal, handler).invoke(null, interrupt, ours);
        } catch (ReflectiveOperationException e) {
            // This JVM has no such thing: the first Ctrl-C ends bellhop, and the command runs on.
        }
    }

    private void onSignal() {
        if (used.getAndSet(true)) {
            System.exit(Outcome.EXIT_CTRL_C);
        }
        first.run();
    }

    /** From now on the first one ends this process too. */
    @Override
    public void close() {
        used.set(true);
    }
}

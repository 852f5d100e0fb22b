// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.command;

import java.lang.reflect.Proxy;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Runs an action on the first Ctrl-C; the second one ends this process. A process that was started with SIGINT ignored, as
 * a shell script starts its background jobs, goes on ignoring it.
 *
 * <p>Reflection, because javac warns of sun.misc.Signal whatever an annotation says. On a thread of its own, because that
 * takes longer than a short command; not a virtual one, because the first of those takes longer still.
 */
public final class InterruptHandler implements AutoCloseable {

    private final Runnable first;
    private final AtomicBoolean used = new AtomicBoolean();
    private final Thread installing;
    private volatile boolean ignoring;

    /**
     * Takes effect in a moment.
     *
     * @param first what the first Ctrl-C does; it must not block
     */
    public InterruptHandler(Runnable first) {
        this.first = first;
        this.installing = Thread.ofPlatform().daemon().name("interrupt-handler").start(this::install);
    }

    /** Waits until it has taken effect. */
    public void awaitInstalled() throws InterruptedException {
        installing.join();
    }

    /** Until it is closed, each Ctrl-C does nothing here. */
    public interface Ignoring extends AutoCloseable {
        @Override
        void close();
    }

    /** Leaves Ctrl-C to a program that this process waits for, which gets it from the terminal as well. */
    public Ignoring ignore() throws InterruptedException {
        awaitInstalled();
        ignoring = true;
        return () -> ignoring = false;
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
        if (ignoring) {
            return;
        }
        if (used.getAndSet(true)) {
            System.exit(ExitCodes.INTERRUPTED);
        }
        first.run();
    }

    /** From now on the first Ctrl-C ends this process too. */
    @Override
    public void close() {
        used.set(true);
    }
}

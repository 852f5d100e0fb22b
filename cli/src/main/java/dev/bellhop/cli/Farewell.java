// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli;

/**
 * What is said when Ctrl-C or SIGTERM ends the waiting: the command in the guest runs on, and whoever started it wants to
 * know how to get at its result. A shutdown hook, because the JVM has no other way to hear of a signal. The exit code, 128
 * + signal, is the JVM's own.
 */
final class Farewell implements AutoCloseable {

    private enum Stage {
        NOTHING,
        STARTING,
        WAITING,
        PRINTING
    }

    private final Terminal terminal;
    private final String urlOption;
    private final long vmid;
    private final Thread hook = new Thread(this::say, "farewell");
    private volatile Stage stage = Stage.NOTHING;
    private volatile long pid;

    Farewell(Terminal terminal, String urlOption, long vmid) {
        this.terminal = terminal;
        this.urlOption = urlOption;
        this.vmid = vmid;
        Runtime.getRuntime().addShutdownHook(hook);
    }

    void starting() {
        stage = Stage.STARTING;
    }

    void waitingFor(long pid) {
        this.pid = pid;
        stage = Stage.WAITING;
    }

    void printing() {
        stage = Stage.PRINTING;
    }

    /** A line for whoever still wants the result. */
    String howToReadItLater() {
        return "Read its result with: bellhop result" + urlOption + " " + vmid + " " + pid;
    }

    private void say() {
        switch (stage) {
            case NOTHING -> {}
            case STARTING ->
                terminal.say("Stopped before the server answered, so whether the command was started cannot be told;"
                        + " look for its effect in VM " + vmid);
            case WAITING ->
                terminal.say("Stopped waiting; the command runs on in VM " + vmid + " with pid " + pid + ".\n"
                        + howToReadItLater());
            case PRINTING -> terminal.say("Stopped printing. " + howToReadItLater());
        }
        terminal.flush();
    }

    @Override
    public void close() {
        stage = Stage.NOTHING;
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // The JVM ends already, and the hook has nothing to say any more.
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh.fuzz;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.AppenderBase;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.slf4j.LoggerFactory;

/** What a server in this process must not say because of what strangers send: warnings, errors, exceptions, and threads that die. */
final class Complaints extends AppenderBase<ILoggingEvent> implements AutoCloseable {
    private final Queue<String> all = new ConcurrentLinkedQueue<>();
    private final Logger server = (Logger) LoggerFactory.getLogger("dev.bellhop");
    /** The library logs of clients by the name of a class that is here. */
    private final Logger clients = (Logger) LoggerFactory.getLogger(Complaints.class.getPackageName());

    private final Thread.UncaughtExceptionHandler before = Thread.getDefaultUncaughtExceptionHandler();

    Complaints() {
        Thread.setDefaultUncaughtExceptionHandler((thread, thrown) -> all.add(thread + " died of " + thrown));
        clients.setLevel(Level.OFF);
        start();
        server.addAppender(this);
    }

    @Override
    protected void append(ILoggingEvent event) {
        boolean thrown = event.getThrowableProxy() != null;
        if (thrown || event.getLevel().isGreaterOrEqual(Level.WARN)) {
            all.add(event.getLoggerName() + ": " + event.getFormattedMessage()
                    + (thrown ? "\n" + ThrowableProxyUtil.asString(event.getThrowableProxy()) : ""));
        }
    }

    List<String> all() {
        return List.copyOf(all);
    }

    @Override
    public void close() {
        server.detachAppender(this);
        clients.setLevel(null);
        Thread.setDefaultUncaughtExceptionHandler(before);
    }
}

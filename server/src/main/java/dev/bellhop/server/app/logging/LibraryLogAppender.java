// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.app.logging;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.core.Appender;
import ch.qos.logback.core.UnsynchronizedAppenderBase;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Limits log lines of libraries. They quote unreadable input, of any length and as often as a client sends it. So each
 * line is truncated and made printable, an exception is shown by its classes and origin without its message, and only a
 * few lines pass per second. Thread safe.
 */
final class LibraryLogAppender extends UnsynchronizedAppenderBase<ILoggingEvent> {
    static final int MAX_LENGTH = 300;

    static final int LINES_PER_SECOND = 10;

    private final Appender<ILoggingEvent> next;
    private final LongSupplier nanos;

    /** Guarded by this, like the fields below. */
    private long second;

    private int lines;
    private int leftOut;

    LibraryLogAppender(Appender<ILoggingEvent> next) {
        this(next, System::nanoTime);
    }

    LibraryLogAppender(Appender<ILoggingEvent> next, LongSupplier nanos) {
        this.next = next;
        this.nanos = nanos;
        this.second = TimeUnit.NANOSECONDS.toSeconds(nanos.getAsLong());
    }

    @Override
    protected void append(ILoggingEvent event) {
        int before = take();
        if (before > 0) {
            next.doAppend(line(event, Level.WARN, before + " more lines of libraries were left out"));
        }
        if (before >= 0) {
            next.doAppend(line(event, event.getLevel(), text(event)));
        }
    }

    /** Returns how many lines were dropped before this one; negative if this one is dropped also. */
    private synchronized int take() {
        long now = TimeUnit.NANOSECONDS.toSeconds(nanos.getAsLong());
        if (now == second && lines >= LINES_PER_SECOND) {
            leftOut++;
            return -1;
        }
        if (now != second) {
            second = now;
            lines = 0;
        }
        lines++;
        int before = leftOut;
        leftOut = 0;
        return before;
    }

    private LoggingEvent line(ILoggingEvent event, Level level, String text) {
        LoggerContext context = (LoggerContext) getContext();
        LoggingEvent line = new LoggingEvent(
                LibraryLogAppender.class.getName(), context.getLogger(event.getLoggerName()), level, text, null, null);
        line.setInstant(event.getInstant());
        return line;
    }

    private static String text(ILoggingEvent event) {
        StringBuilder text = new StringBuilder(printable(String.valueOf(event.getFormattedMessage())));
        for (@Nullable IThrowableProxy thrown = event.getThrowableProxy();
                thrown != null && text.length() < 2 * MAX_LENGTH;
                thrown = thrown.getCause()) {
            text.append("; ").append(thrown.getClassName());
            if (thrown.getStackTraceElementProxyArray().length > 0) {
                text.append(' ').append(thrown.getStackTraceElementProxyArray()[0].getSTEAsString());
            }
        }
        return text.toString();
    }

    private static String printable(String text) {
        StringBuilder shown = new StringBuilder();
        text.chars().limit(MAX_LENGTH).forEach(c -> shown.append(c >= ' ' && c <= '~' ? (char) c : '?'));
        return text.length() > MAX_LENGTH ? shown.append("...").toString() : shown.toString();
    }
}

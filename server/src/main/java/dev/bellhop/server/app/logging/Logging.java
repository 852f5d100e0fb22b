// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.app.logging;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.core.spi.ContextAwareBase;
import java.util.List;
import org.slf4j.ILoggerFactory;
import org.slf4j.LoggerFactory;

/**
 * The server's log: lines on stderr, kept by systemd or the program that started the server. Logback finds this class
 * as a service; it is Java because reading an XML file would take longer than the rest of the start.
 */
public final class Logging extends ContextAwareBase implements Configurator {
    private static final String PATTERN = "%d{yyyy-MM-dd'T'HH:mm:ss.SSS'Z', UTC} %-5level %logger{0}: %msg%n";

    /** Loggers that quote refused requests. The access log has a line for each of those, within limits. */
    private static final List<String> OF_STRANGERS = List.of(
            "org.eclipse.jetty.http",
            "org.eclipse.jetty.util.HostPort",
            "org.eclipse.jetty.server.Response",
            "org.apache.sshd",
            // For channels, the library logs under the names of our subclasses.
            "dev.bellhop.server.ssh.ChannelRoom",
            "dev.bellhop.server.ssh.DoorSession",
            "dev.bellhop.server.ssh.ForwardChannel",
            "dev.bellhop.server.ssh.GuestChannel",
            "dev.bellhop.server.ssh.login.PromptLogin",
            "dev.bellhop.server.ssh.login.PublicKeyLogin",
            "dev.bellhop.server.ssh.crypto.JdkSecurity");

    @Override
    public ExecutionStatus configure(LoggerContext context) {
        PatternLayoutEncoder encoder = new PatternLayoutEncoder();
        encoder.setContext(context);
        encoder.setPattern(PATTERN);
        encoder.start();

        BatchAppender stderr = new BatchAppender(encoder, System.err);
        stderr.setContext(context);
        stderr.start();

        LibraryLogAppender libraries = new LibraryLogAppender(stderr);
        libraries.setContext(context);
        libraries.start();

        Logger root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
        root.setLevel(Level.WARN);
        root.addAppender(libraries);
        OF_STRANGERS.forEach(name -> context.getLogger(name).setLevel(Level.OFF));
        Logger own = context.getLogger("dev.bellhop");
        own.setLevel(Level.INFO);
        own.setAdditive(false);
        own.addAppender(stderr);
        return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
    }

    /** Writes the queued lines. Call this last. */
    public static void flush() {
        ILoggerFactory factory = LoggerFactory.getILoggerFactory();
        if (factory instanceof LoggerContext context) {
            context.stop();
        }
    }
}

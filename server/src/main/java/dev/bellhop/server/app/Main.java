// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.app;

import dev.bellhop.server.app.BellhopServer.Started;
import dev.bellhop.server.app.config.Config;
import dev.bellhop.server.app.config.ConfigException;
import dev.bellhop.server.app.config.ConfigReader;
import dev.bellhop.server.app.config.NodeConfig;
import dev.bellhop.server.app.logging.Logging;
import java.io.IOException;
import java.net.BindException;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The server as a process. */
public final class Main {
    private static final Logger log = LoggerFactory.getLogger(Main.class);

    private Main() {}

    /** Starts a part that runs until it is closed, and logs this. */
    private interface Start {
        AutoCloseable start() throws Exception;
    }

    /**
     * Starts a server and blocks until SIGTERM or SIGINT has stopped it.
     *
     * @return the exit code: 0 after a clean stop, 1 if it could not start, with the reason on stderr
     */
    public static int run(Path configFile) {
        return run(configFile, () -> {
            Started started = BellhopServer.start(ConfigReader.read(configFile));
            log.info("Bellhop listens on {}", started.uri());
            started.metrics().ifPresent(uri -> log.info("Its metrics are at {}", uri));
            return started.server();
        });
    }

    /** Like {@link #run(Path)}, for a node. */
    public static int runNode(Path configFile) {
        return run(configFile, () -> {
            NodeConfig config = NodeConfig.read(configFile);
            BellhopNode node = BellhopNode.start(config);
            log.info("Node {} runs", config.name());
            node.uri().ifPresent(uri -> log.info("It tells how it does at {}", uri));
            return node;
        });
    }

    private static int run(Path configFile, Start start) {
        CountDownLatch told = new CountDownLatch(1);
        CountDownLatch stopped = new CountDownLatch(1);
        try {
            AutoCloseable started = start.start();
            Runtime.getRuntime()
                    .addShutdownHook(Thread.ofPlatform().name("shutdown").unstarted(() -> {
                        told.countDown();
                        awaitQuietly(stopped);
                    }));
            awaitQuietly(told);
            log.info("Stopping");
            started.close();
            return 0;
        } catch (ConfigException e) {
            return failed(e.getMessage());
        } catch (Exception e) {
            if (e instanceof BindException || e.getCause() instanceof BindException) {
                return failed(
                        "Cannot listen on the configured address because it is taken or is not this machine's; see"
                                + " 'listen' in " + configFile);
            }
            log.error("Cannot start", e);
            return 1;
        } finally {
            Logging.flush();
            stopped.countDown();
        }
    }

    /**
     * Checks a configuration and the resources in it: the certificate and its key, the database and its encryption
     * keys. Starts nothing and changes nothing; a server can run at the same time.
     *
     * @return the exit code: 0 if a server could start with it, else 1, with the reason on stderr
     */
    @SuppressWarnings("SystemOut") // For the user at the terminal.
    public static int check(Path configFile) {
        try {
            Config config = ConfigReader.read(configFile);
            Databases.requireUsable(config);
            System.out.println(configFile + " is valid");
            return 0;
        } catch (ConfigException | IOException e) {
            return failed(e.getMessage());
        }
    }

    @SuppressWarnings("SystemOut") // For the user at the terminal; a log line would bury it.
    private static int failed(@org.jspecify.annotations.Nullable String message) {
        System.err.println("bellhop: " + message);
        return 1;
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.tls;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Checks every two seconds whether the certificate's files have changed, and passes on a valid new identity. The two
 * files are not written at the same time, so they are read only if the next check finds them unchanged.
 */
public final class TlsWatch implements MeterBinder, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(TlsWatch.class);
    private static final Duration PERIOD = Duration.ofSeconds(2);

    private final TlsFiles files;
    private final Clock clock;
    private final TlsIdentity first;
    private final ScheduledExecutorService scheduler = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("tls-files").factory());

    /** The fingerprint of the files that are in use, or that were last rejected with a log message. */
    private String judged;

    private String lastSeen;

    private volatile Instant validUntil;

    public TlsWatch(TlsFiles files, Clock clock) throws TlsFileException {
        this.files = files;
        this.clock = clock;
        this.judged = files.fingerprint();
        this.lastSeen = judged;
        this.first = files.read();
        this.validUntil = first.validUntil();
        warnUnlessValid(first);
    }

    public TlsIdentity first() {
        return first;
    }

    @Override
    public void bindTo(MeterRegistry registry) {
        Gauge.builder("bellhop.tls.certificate.expiry.timestamp", () -> validUntil.getEpochSecond())
                .description("When the server's certificate expires, in seconds since 1970; absent without TLS")
                .baseUnit("seconds")
                .register(registry);
    }

    /** Passes on all later identities, on a separate thread. */
    @SuppressWarnings(
            "FutureReturnValueIgnored") // Runs until the scheduler is shut down, and reports its own failures.
    public void start(Consumer<TlsIdentity> taker) {
        scheduler.scheduleWithFixedDelay(
                () -> look(taker), PERIOD.toMillis(), PERIOD.toMillis(), TimeUnit.MILLISECONDS);
    }

    void look(Consumer<TlsIdentity> taker) {
        try {
            String seen = files.fingerprint();
            if (seen.equals(judged)) {
                lastSeen = seen;
            } else if (seen.equals(lastSeen)) {
                judged = seen;
                take(taker);
            } else {
                lastSeen = seen;
            }
        } catch (RuntimeException e) {
            log.error("Cannot take a new certificate; the server goes on with the one it has", e);
        }
    }

    private void take(Consumer<TlsIdentity> taker) {
        TlsIdentity fresh;
        try {
            fresh = files.read();
        } catch (TlsFileException e) {
            log.warn(
                    "Cannot take a new certificate because {}; the server goes on with the one it has", e.getMessage());
            return;
        }
        taker.accept(fresh);
        validUntil = fresh.validUntil();
        log.info("Took the new certificate in {}, valid until {}", files.certificate(), fresh.validUntil());
        warnUnlessValid(fresh);
    }

    private void warnUnlessValid(TlsIdentity identity) {
        if (!identity.isValidAt(clock.instant())) {
            log.warn(
                    "The certificate in {} is not valid today, and clients will refuse it; renew it, or look at the clock",
                    files.certificate());
        }
    }

    @Override
    public void close() {
        scheduler.shutdownNow();
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.tls;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.bellhop.server.app.TestServerCertificate;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/** What becomes of files that change, look by look. */
class TlsWatchTest {
    @TempDir
    private Path folder;

    private final List<TlsIdentity> taken = new ArrayList<>();
    private final ListAppender<ILoggingEvent> logged = new ListAppender<>();
    private final Logger logger = (Logger) LoggerFactory.getLogger(TlsWatch.class);

    private TestServerCertificate files;
    private TestServerCertificate others;
    private TlsWatch watch;

    @BeforeEach
    void begin() throws Exception {
        files = TestServerCertificate.in(Files.createDirectory(folder.resolve("files")));
        others = TestServerCertificate.in(Files.createDirectory(folder.resolve("others")));
        watch = new TlsWatch(files.files(), Clock.systemUTC());
        logged.start();
        logger.addAppender(logged);
    }

    @AfterEach
    void end() {
        logger.detachAppender(logged);
        watch.close();
    }

    private void look() {
        watch.look(taken::add);
    }

    private List<String> log() {
        return logged.list.stream().map(ILoggingEvent::getFormattedMessage).toList();
    }

    @Test
    void filesThatStayTheSameAreNotTakenAgain() throws Exception {
        look();
        Files.write(files.certificate(), Files.readAllBytes(files.certificate()));
        look();
        look();

        assertThat(taken).isEmpty();
        assertThat(log()).isEmpty();
    }

    @Test
    void theExpiryIsThatOfTheCertificateInUse() throws Exception {
        SimpleMeterRegistry registry = new SimpleMeterRegistry();
        watch.bindTo(registry);
        Gauge expiry = registry.get("bellhop.tls.certificate.expiry.timestamp").gauge();
        assertThat((long) expiry.value()).isEqualTo(end(watch.first()));

        TestServerCertificate.openssl(
                "req",
                "-x509",
                "-key",
                files.key().toString(),
                "-days",
                "90",
                "-subj",
                "/CN=bellhop",
                "-out",
                files.certificate().toString());
        look();
        assertThat((long) expiry.value()).isEqualTo(end(watch.first()));
        look();
        assertThat((long) expiry.value()).isEqualTo(end(taken.getLast())).isGreaterThan(end(watch.first()));
    }

    private static long end(TlsIdentity identity) {
        return identity.validUntil().getEpochSecond();
    }

    @Test
    void aNewPairIsTakenOnceItStaysAsItIs() throws Exception {
        others.replace(files);

        look();
        assertThat(taken).as("it may still be being written").isEmpty();
        look();
        look();
        assertThat(taken).containsExactly(others.files().read());
        assertThat(log()).hasSize(1).first().asString().startsWith("Took the new certificate in");
    }

    @Test
    void halfAPairIsLeftAloneAndSaidOnce() throws Exception {
        Files.copy(others.certificate(), files.certificate(), java.nio.file.StandardCopyOption.REPLACE_EXISTING);

        for (int i = 0; i < 5; i++) {
            look();
        }
        assertThat(taken).isEmpty();
        assertThat(log()).hasSize(1).first().asString().contains("does not belong to", "goes on with the one it has");

        others.replace(files);
        look();
        look();
        assertThat(taken).hasSize(1);
    }

    @Test
    void aFileThatIsGoneForAWhileIsSaidOnce() throws Exception {
        byte[] key = Files.readAllBytes(files.key());
        Files.delete(files.key());
        look();
        look();
        look();
        assertThat(log()).hasSize(1).first().asString().contains("there is no file " + files.key());

        Files.write(files.key(), key);
        look();
        look();
        assertThat(taken).hasSize(1);
    }

    /** Opening a pipe waits until somebody writes into it, and a device never ends: the watch would be over. */
    @ParameterizedTest
    @ValueSource(strings = {"pipe", "device", "folder", "huge"})
    @Timeout(value = 20, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void specialFilesAreNotOpenedAndGoodOnesTakenLater(String kind) throws Exception {
        for (Path file : List.of(files.certificate(), files.key())) {
            Files.delete(file);
            switch (kind) {
                case "pipe" ->
                    assertThat(new ProcessBuilder("mkfifo", file.toString())
                                    .start()
                                    .waitFor())
                            .isZero();
                case "device" -> Files.createSymbolicLink(file, Path.of("/dev/zero"));
                case "folder" -> Files.createDirectory(file);
                default -> {
                    try (var sparse = new RandomAccessFile(file.toFile(), "rw")) {
                        sparse.setLength(1L << 40);
                    }
                }
            }
        }
        look();
        look();
        look();
        assertThat(taken).isEmpty();
        assertThat(log())
                .hasSize(1)
                .first()
                .asString()
                .contains(files.certificate() + (kind.equals("huge") ? " is too large" : " is not a regular file"));

        Files.delete(files.certificate());
        Files.delete(files.key());
        Files.copy(others.certificate(), files.certificate());
        Files.copy(others.key(), files.key());
        look();
        look();
        assertThat(taken).hasSize(1);
    }

    @Test
    void aTakerThatFailsDoesNotEndTheWatch() throws Exception {
        others.replace(files);
        look();
        watch.look(fresh -> {
            throw new IllegalStateException("as a test has it");
        });
        assertThat(log()).hasSize(1).first().asString().startsWith("Cannot take a new certificate");
    }

    @Test
    void aCertificateThatIsOverIsSaidToBe() throws Exception {
        Clock nextWeek = Clock.offset(Clock.systemUTC(), Duration.ofDays(7));

        new TlsWatch(files.files(), nextWeek).close();
        assertThat(log()).hasSize(1).first().asString().contains("is not valid today");
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.e2e.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.client.ForwardConnection;
import dev.bellhop.api.client.GuestFilesClient;
import dev.bellhop.api.client.ReceivedBytes;
import dev.bellhop.api.client.TerminalConnection;
import dev.bellhop.api.client.error.BellhopApiException;
import dev.bellhop.api.client.error.BellhopTransportException;
import dev.bellhop.api.v2.forward.CreateForward;
import dev.bellhop.api.v2.forward.ForwardView;
import dev.bellhop.api.v2.terminal.CreateTerminal;
import dev.bellhop.api.v2.terminal.TerminalMessage;
import dev.bellhop.api.v2.terminal.TerminalTicket;
import dev.bellhop.api.v2.terminal.TerminalView;
import dev.bellhop.testkit.Profile;
import dev.bellhop.testkit.TcpPeer;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What is asked of guests beside commands goes from any API server of a cluster to the node that has the VM. */
@Timeout(240)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Tag("real")
@Tag("cluster")
@Tag("sized")
class ClusterGuestsTest {
    private static final Duration SOON = Duration.ofSeconds(60);
    private static final int CONNECTION_BYTES = Profile.size(128, 10_240) << 10;
    private static final GuestFilesClient.UploadOptions PLAIN =
            new GuestFilesClient.UploadOptions(null, null, null, null);
    private static final CreateTerminal SHELL =
            new CreateTerminal(80, 24, null, "stty -echo; echo ready; exec cat", null, null, null);

    private Path folder;
    private Cluster cluster;
    private BellhopClient a;
    private BellhopClient b;

    @BeforeAll
    void start(@TempDir Path temporary) throws Exception {
        folder = temporary;
        cluster = Cluster.start(temporary);
        a = cluster.client(cluster.a());
        b = cluster.client(cluster.b());
    }

    @AfterAll
    void stop() {
        a.close();
        b.close();
        cluster.close();
    }

    private static byte[] random(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return bytes;
    }

    private static BellhopApiException refused(ThrowingCallable call) {
        return Objects.requireNonNull(catchThrowableOfType(BellhopApiException.class, call));
    }

    @Test
    void aFileThatIsPutAtOneServerIsReadAtTheOther() throws Exception {
        String file = folder.resolve("put-at-a").toString();
        for (int mebibytes : List.of(2, Profile.size(4, 20))) {
            byte[] content = random(mebibytes << 20);
            long begun = System.nanoTime();
            a.files(1).write(file, PLAIN, 0, (long) content.length, new ByteArrayInputStream(content));
            long written = System.nanoTime();
            assertThat(Files.readAllBytes(Path.of(file))).isEqualTo(content);
            long opened = System.nanoTime();
            try (GuestFilesClient.Download download = b.files(1).open(file, 0, null)) {
                assertThat(download.bytes().readAllBytes()).isEqualTo(content);
            }
            say(mebibytes, written - begun, System.nanoTime() - opened);
            assertThat(b.files(1).find(file, true).size()).isEqualTo(content.length);
        }
        b.files(1).delete(file, false);
        assertThat(refused(() -> a.files(1).find(file, true)).code()).contains("file_not_found");
    }

    private static void say(int mebibytes, long writing, long reading) {
        System.out.printf(
                "Cluster: %d MiB to a guest in %d ms, and from it in %d ms%n",
                mebibytes, writing / 1_000_000, reading / 1_000_000);
    }

    @Test
    @Tag("full")
    void aDirectoryIsListedInPagesThatFitInAMessage() throws Exception {
        Path many = Files.createDirectory(folder.resolve("many"));
        for (int i = 0; i < 1_500; i++) {
            Files.createFile(many.resolve("x".repeat(200) + i));
        }
        String cursor = null;
        int found = 0;
        do {
            var page = b.files(2).list(many.toString(), 1_000, cursor);
            found += page.items().size();
            cursor = page.nextCursor();
        } while (cursor != null);
        assertThat(found).isEqualTo(1_500);
    }

    @Test
    @Tag("full")
    void anUploadThatWasBegunAtOneServerGoesOnAtTheOther() throws Exception {
        byte[] content = random(2_000_000);
        String file = folder.resolve("begun-at-a").toString();
        GuestFilesClient.UploadOptions named = new GuestFilesClient.UploadOptions("upload-1", null, null, null);
        assertThatThrownBy(() -> a.files(2)
                        .write(file, named, 0, (long) content.length, new ByteArrayInputStream(content, 0, 1_000_000)))
                .isInstanceOf(RuntimeException.class);
        // The first request may go on for a moment, and its last bytes are not yet there.
        await().atMost(SOON)
                .ignoreExceptionsInstanceOf(BellhopApiException.class)
                .until(() -> goOn(file, named, content), from -> from > 0 && from <= 1_000_000);
        assertThat(Files.readAllBytes(Path.of(file))).isEqualTo(content);
    }

    /** From where on it was written; 0 where nothing is there yet. */
    private long goOn(String file, GuestFilesClient.UploadOptions upload, byte[] content) throws InterruptedException {
        long there = b.files(2).offset(file, "upload-1");
        if (there == 0) {
            return 0;
        }
        b.files(2)
                .write(
                        file,
                        upload,
                        there,
                        (long) content.length,
                        new ByteArrayInputStream(content, (int) there, content.length - (int) there));
        return there;
    }

    /** The client sees that it broke off, and goes on from there once the node is back. */
    @Test
    @Tag("full")
    void aDownloadWhoseNodeIsKilledBreaksOffAndGoesOnOnceItIsBack() throws Exception {
        byte[] content = random(64 << 20);
        Path file = Files.write(folder.resolve("large"), content);
        ByteArrayOutputStream got = new ByteArrayOutputStream();
        String etag;
        try (GuestFilesClient.Download download = a.files(3).open(file.toString(), 0, null)) {
            etag = download.etag();
            got.write(download.bytes().readNBytes(1 << 20));
            cluster.node(3).kill();
            assertThatThrownBy(() -> download.bytes().transferTo(got)).isInstanceOf(IOException.class);
        }
        assertThat(got.size()).isLessThan(content.length);
        cluster.node(3).startAgain();
        GuestFilesClient.Download rest = await().atMost(SOON)
                .ignoreExceptionsInstanceOf(BellhopApiException.class)
                .until(() -> b.files(3).open(file.toString(), got.size(), etag), Objects::nonNull);
        try (rest) {
            assertThat(rest.offset()).isEqualTo(got.size());
            rest.bytes().transferTo(got);
        }
        assertThat(got.toByteArray()).isEqualTo(content);
    }

    /** What a terminal has printed, as its viewer sees it. */
    private static final class Seen implements TerminalConnection.Screen {
        private final StringBuilder text = new StringBuilder();

        @Override
        public synchronized void print(byte[] bytes) {
            text.append(new String(bytes, StandardCharsets.UTF_8));
        }

        private synchronized boolean has(String words) {
            return text.indexOf(words) >= 0;
        }

        void awaitWords(String words) {
            await().atMost(SOON).until(() -> has(words));
        }
    }

    private static TerminalConnection enter(BellhopClient client, TerminalTicket ticket, Seen seen) throws Exception {
        return client.terminals().enter(ticket, null, seen);
    }

    @Test
    void aTerminalTypesAndReadsInAVmOfAnyNode() throws Exception {
        for (int vm = 1; vm <= Cluster.NODES; vm++) {
            TerminalView opened = a.terminals().open(vm, SHELL);
            Seen seen = new Seen();
            try (TerminalConnection viewer = enter(a, Objects.requireNonNull(opened.ticket()), seen)) {
                seen.awaitWords("ready");
                viewer.resize(100, 30);
                viewer.type("hello\n".getBytes(StandardCharsets.UTF_8));
                seen.awaitWords("hello");
                viewer.type(new byte[] {4});
                TerminalMessage end = viewer.awaitClosed().ended();
                assertThat(Objects.requireNonNull(end).exitCode()).isZero();
            }
        }
    }

    @Test
    void aTerminalIsKnownAtTheServerThatOpenedItAlone() throws Exception {
        TerminalView opened = a.terminals().open(1, SHELL);
        TerminalTicket ticket = Objects.requireNonNull(opened.ticket());
        BellhopApiException elsewhere = refused(() -> b.terminals().get(1, opened.id()));
        assertThat(elsewhere.status()).isEqualTo(404);
        assertThat(elsewhere).hasMessageContaining("the API server alone that opened one knows it");
        assertThatThrownBy(() -> enter(b, ticket, new Seen()))
                .isInstanceOf(BellhopTransportException.class)
                .hasMessageContaining("the ticket is used");
        a.terminals().close(1, opened.id());
        assertThat(a.terminals().get(1, opened.id()).reason()).isEqualTo("hung_up");
    }

    @Test
    @Tag("full")
    void aTerminalOutlastsNatsThatIsAwayForAMoment() throws Exception {
        TerminalView opened = a.terminals().open(2, SHELL);
        Seen seen = new Seen();
        try (TerminalConnection viewer = enter(a, Objects.requireNonNull(opened.ticket()), seen)) {
            seen.awaitWords("ready");
            cluster.nats().kill();
            viewer.type("while away\n".getBytes(StandardCharsets.UTF_8));
            cluster.nats().startAgain();
            seen.awaitWords("while away");
        }
        a.terminals().close(2, opened.id());
    }

    /** Their users get the reason, and do not wait forever. */
    @Test
    @Tag("full")
    void aTerminalAndAConnectionEndWithTheirNode() throws Exception {
        Seen seen = new Seen();
        ReceivedBytes received = new ReceivedBytes();
        TerminalTicket ticket =
                Objects.requireNonNull(a.terminals().open(2, SHELL).ticket());
        try (TcpPeer peer = TcpPeer.echo();
                TerminalConnection viewer = enter(a, ticket, seen);
                ForwardConnection connection = b.forwards()
                        .take(
                                b.forwards()
                                        .open(2, new CreateForward("localhost", peer.port()))
                                        .ticket(),
                                received)) {
            seen.awaitWords("ready");
            connection.send(new byte[] {1}, 0, 1);
            await().atMost(SOON).until(() -> received.all().length == 1);

            cluster.node(2).kill();

            assertThat(viewer.awaitClosed().ended())
                    .extracting(TerminalMessage::reason)
                    .isEqualTo("lost");
            assertThat(connection.awaitEnd()).isEqualTo("lost");
        } finally {
            cluster.node(2).startAgain();
        }
        Seen again = new Seen();
        TerminalView opened = await().atMost(SOON)
                .ignoreExceptionsInstanceOf(BellhopApiException.class)
                .until(() -> b.terminals().open(2, SHELL), Objects::nonNull);
        try (TerminalConnection _ = enter(b, Objects.requireNonNull(opened.ticket()), again)) {
            again.awaitWords("ready");
        }
        b.terminals().close(2, opened.id());
    }

    @Test
    void aConnectionReachesAPortInAVmOfAnyNode() throws Exception {
        byte[] content = random(CONNECTION_BYTES);
        try (TcpPeer peer = TcpPeer.echo()) {
            for (int vm = 1; vm <= Cluster.NODES; vm++) {
                ReceivedBytes received = new ReceivedBytes();
                ForwardView opened = b.forwards().open(vm, new CreateForward("localhost", peer.port()));
                try (ForwardConnection connection = b.forwards().take(opened.ticket(), received)) {
                    long begun = System.nanoTime();
                    connection.send(content, 0, content.length);
                    connection.endOutput();
                    byte[] came = received.toEnd();
                    System.out.printf(
                            "Cluster: %d KiB through a forwarded connection and back in %d ms%n",
                            CONNECTION_BYTES >> 10, (System.nanoTime() - begun) / 1_000_000);
                    assertThat(came).isEqualTo(content);
                    assertThat(connection.awaitEnd()).isEqualTo("closed");
                }
            }
        }
        int closed = TcpPeer.closedPort();
        BellhopApiException no = refused(() -> a.forwards().open(1, new CreateForward("localhost", closed)));
        assertThat(no.code()).contains("guest_refused");
        assertThat(no)
                .hasMessageContaining(
                        "Cannot connect to localhost:" + closed + " in VM 1 because the connection was refused");
    }

    @Test
    @Tag("full")
    void aConnectionOutlastsNatsThatIsAwayForAMoment() throws Exception {
        try (TcpPeer peer = TcpPeer.echo()) {
            ReceivedBytes received = new ReceivedBytes();
            ForwardView opened = a.forwards().open(2, new CreateForward("localhost", peer.port()));
            try (ForwardConnection connection = a.forwards().take(opened.ticket(), received)) {
                connection.send(new byte[] {1}, 0, 1);
                await().atMost(SOON).until(() -> received.all().length == 1);
                cluster.nats().kill();
                connection.send(new byte[] {2}, 0, 1);
                cluster.nats().startAgain();
                await().atMost(SOON)
                        .untilAsserted(() -> assertThat(received.all()).containsExactly(1, 2));
            }
        }
    }

    @Test
    void whatAGuestIsAskedBesideCommandsIsAnsweredAtEachServer() throws Exception {
        for (BellhopClient server : List.of(a, b)) {
            for (int vm = 1; vm <= Cluster.NODES; vm++) {
                int vmid = vm;
                assertThat(server.vms().checkup(vm).checks())
                        .anySatisfy(check -> assertThat(check.id()).isEqualTo("agent"));
                assertThat(server.guest(vm).fileSystemFreeze().state()).isEqualTo("thawed");
                assertThat(server.guest(vm).agent().clockDifferenceSeconds()).isNotNull();
                BellhopApiException unknown = refused(() -> server.guest(vmid).authorizedKeys("nobody-of-this-name"));
                assertThat(unknown.code()).contains("guest_refused");
            }
        }
    }
}

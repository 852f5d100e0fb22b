// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.e2e.ssh;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.bellhop.e2e.support.E2eServer;
import dev.bellhop.e2e.support.SshAccess;
import dev.bellhop.e2e.support.TestBed;
import dev.bellhop.testkit.Checkout;
import dev.bellhop.testkit.GuestImage;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** SSH's clients and a real VM, over a stream. Its Debian has no rsync. */
@Timeout(7_200)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
@Tag("real")
@Tag("vm")
@Tag("ssh")
class SshInVmTest {
    private static final String VM = TestBed.VMID + ".bellhop";

    private Path folder;
    private TestBed bed;
    private SshAccess access;

    @BeforeAll
    void start(@TempDir Path given) throws Exception {
        folder = given.toRealPath();
        bed = TestBed.startWithDoor(folder, GuestImage.DEBIAN);
        access = SshAccess.make(bed.server(), folder.resolve("ssh"));
    }

    @AfterAll
    void stop() throws Exception {
        if (bed != null) {
            bed.close();
        }
    }

    /** Of a metric of the server, which has to be there. */
    private double metric(String name) throws Exception {
        E2eServer server = bed.server();
        HttpRequest request = HttpRequest.newBuilder(server.url().resolve("/metrics"))
                .header("X-API-Key", server.adminKey())
                .build();
        try (HttpClient http = HttpClient.newHttpClient()) {
            return http.send(request, HttpResponse.BodyHandlers.ofLines())
                    .body()
                    .filter(line -> line.startsWith(name + " "))
                    .mapToDouble(line -> Double.parseDouble(line.substring(name.length())))
                    .findFirst()
                    .orElseThrow();
        }
    }

    /** First, while nothing else has opened one. */
    @Test
    @Order(1)
    void theSecondCommandOfAConnectionHasAStreamOpened() throws Exception {
        String socket = "ControlPath=" + folder.resolve("m");
        List<String> command =
                access.ssh("-o", "ControlMaster=auto", "-o", "ControlPersist=yes", "-o", socket, VM, "echo in");
        try {
            assertThat(run(command)).isEqualTo("in\n");
            assertThat(metric("bellhop_streams_opened_total")).isZero();
            assertThat(run(command)).isEqualTo("in\n");
            await().atMost(Duration.ofMinutes(1)).until(() -> metric("bellhop_streams") == 1);
            // One may go by the agent, where the guest is too busy to answer at once.
            await().atMost(Duration.ofMinutes(1)).until(() -> {
                assertThat(run(command)).isEqualTo("in\n");
                return metric("bellhop_streams_commands_total") > 0;
            });
        } finally {
            run(access.ssh("-O", "exit", "-o", socket, VM));
        }
    }

    private String run(List<String> command) throws Exception {
        return Checkout.run(folder, Map.of(), command).succeeded();
    }

    /** The same as {@link SshLargeFileTest}. */
    @ParameterizedTest
    @ValueSource(strings = {"scp", "sftp"})
    @Tag("full")
    void aFileGoesThereAndBack(String program) throws Exception {
        Path here = Files.createDirectory(folder.resolve("here." + program));
        new SshCopies(access, bed.server(), VM, here).thereAndBack(program, "/var/tmp");
    }
}

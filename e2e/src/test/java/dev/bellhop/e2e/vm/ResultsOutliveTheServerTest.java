// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.e2e.vm;

import static dev.bellhop.e2e.support.TestBed.VMID;
import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.e2e.support.TestBed;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** The agent reports a result once and forgets it; the server returns it as often as it is asked. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Tag("real")
@Tag("vm")
class ResultsOutliveTheServerTest {
    private TestBed bed;

    @BeforeAll
    void start(@TempDir Path folder) throws Exception {
        bed = TestBed.start(folder);
    }

    @AfterAll
    void stop() throws Exception {
        if (bed != null) {
            bed.close();
        }
    }

    @Test
    void aHundredReadsAndAKilledServerGiveTheSameResult() throws Exception {
        long pid = bed.client().start(VMID, "echo once; echo only >&2; exit 4");
        JsonNode first = bed.client().awaitExit(VMID, pid);
        assertThat(first.required("exitcode").asInt()).isEqualTo(4);
        for (int read = 0; read < 100; read++) {
            assertThat(bed.client().result(VMID, pid)).isEqualTo(first);
        }

        bed.server().killAndRestart();

        assertThat(bed.client().result(VMID, pid)).isEqualTo(first);
    }

    @Test
    void aCommandThatRunsAcrossAKillEndsWithItsTrueResult() throws Exception {
        long pid = startOneThatWaits("killed");

        bed.server().killAndRestart();

        assertThatItEndsWell(pid, "killed");
    }

    @Test
    void aCommandThatRunsAcrossARestartIsPickedUpToo() throws Exception {
        long pid = startOneThatWaits("stopped");

        bed.server().restart();

        assertThatItEndsWell(pid, "stopped");
    }

    /** Starts a command that ends only when told to, so that it certainly runs while the server is away. */
    private long startOneThatWaits(String name) throws Exception {
        long pid = bed.client()
                .start(VMID, "echo before; while ! [ -e /tmp/" + name + " ]; do sleep 0.1; done; echo after; exit 5");
        assertThat(bed.client().result(VMID, pid).required("exited").asBoolean())
                .isFalse();
        return pid;
    }

    private void assertThatItEndsWell(long pid, String name) throws Exception {
        assertThat(bed.client().result(VMID, pid).required("exited").asBoolean())
                .isFalse();
        bed.client().run(VMID, "touch /tmp/" + name);

        JsonNode result = bed.client().awaitExit(VMID, pid);
        assertThat(result.required("stdout").asString()).isEqualTo("before\nafter\n");
        assertThat(result.required("exitcode").asInt()).isEqualTo(5);
    }
}

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

/** Commands in a real VM over HTTP, as a client of v1 sees them. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Tag("real")
@Tag("vm")
class CommandInRealVmTest {
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
    void theCommandRunsInTheGuestsKernelAndNotOnTheHost() throws Exception {
        JsonNode result = bed.client().run(VMID, "hostname; cat /etc/os-release");

        assertThat(result.required("stdout").asString())
                .startsWith("bellhop-guest\n")
                .contains("ID=bellhop-guest");
        assertThat(result.required("exitcode").asInt()).isZero();
    }

    @Test
    void stdoutStderrAndExitCodeAreKeptApart() throws Exception {
        JsonNode result = bed.client().run(VMID, "echo out; echo err >&2; exit 3");

        assertThat(result.required("success").asBoolean()).isTrue();
        assertThat(result.required("stdout").asString()).isEqualTo("out\n");
        assertThat(result.required("stderr").asString()).isEqualTo("err\n");
        assertThat(result.required("exitcode").asInt()).isEqualTo(3);
        assertThat(result.has("signal")).isFalse();
    }

    @Test
    void aCommandKilledByASignalExitsWith128PlusTheSignal() throws Exception {
        JsonNode result = bed.client().run(VMID, "kill -9 $$");

        assertThat(result.required("exitcode").asInt()).isEqualTo(137);
        assertThat(result.required("signal").asInt()).isEqualTo(9);
    }

    @Test
    void outputInAnyScriptComesBackAsItWas() throws Exception {
        String text = "naïve façade · Ελληνικά · 日本語 · 🛎️";

        assertThat(bed.client()
                        .run(VMID, "printf '%s' '" + text + "'")
                        .required("stdout")
                        .asString())
                .isEqualTo(text);
    }

    @Test
    void bytesThatAreNotUtf8AreReplaced() throws Exception {
        assertThat(bed.client().run(VMID, "printf 'a\\377b'").required("stdout").asString())
                .isEqualTo("a\uFFFDb");
    }

    @Test
    void aCommandHasAHomeAndAPath() throws Exception {
        JsonNode result = bed.client().run(VMID, "echo $HOME; echo $PATH");

        assertThat(result.required("stdout").asString().lines())
                .containsExactly("/root", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
    }

    @Test
    void aMebibyteOfOutputArrivesWhole() throws Exception {
        JsonNode result = bed.client().run(VMID, "head -c 1048576 /dev/zero | tr '\\0' x");

        assertThat(result.required("stdout").asString()).hasSize(1_048_576).matches("x+");
    }

    @Test
    void theAgentIsReportedAvailable() throws Exception {
        JsonNode data = bed.client().get("/api/vm/" + VMID + "/agent/exec").data();

        assertThat(data.required("available").asBoolean()).isTrue();
        assertThat(data.required("vmRunning").asBoolean()).isTrue();
        assertThat(data.required("message").asString()).isEqualTo("QEMU Guest Agent is available");
    }

    @Test
    void aPidThatWasNeverIssuedIsNotFound() throws Exception {
        assertThat(bed.client()
                        .get("/api/vm/" + VMID + "/agent/exec?pid=4000000")
                        .status())
                .isEqualTo(404);
    }
}

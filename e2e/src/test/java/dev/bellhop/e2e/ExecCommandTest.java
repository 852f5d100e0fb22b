// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.e2e;

import static dev.bellhop.e2e.TestBed.VMID;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** {@code ./bellhop exec}, {@code vm list} and {@code key} as a person types them, against a real VM. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ExecCommandTest {
    private Path folder;
    private TestBed bed;

    @BeforeAll
    void start(@TempDir Path folder) throws Exception {
        this.folder = folder;
        bed = TestBed.start(folder);
    }

    @AfterAll
    void stop() throws Exception {
        bed.close();
    }

    @Test
    void stdoutStderrAndTheExitCodePassThrough() throws Exception {
        Checkout.Ended ended = bellhop("exec", vmid(), "--", "echo out; echo err >&2; exit 3");

        assertThat(ended).isEqualTo(new Checkout.Ended(3, "out\n", "err\n"));
    }

    @Test
    void argumentsReachTheProgramAsTheyWereTyped() throws Exception {
        Checkout.Ended ended = bellhop("exec", vmid(), "--", "printf", "%s|", "a b", "$HOME", "it's", "🛎️");

        assertThat(ended).isEqualTo(new Checkout.Ended(0, "a b|$HOME|it's|🛎️|", ""));
    }

    @Test
    void textIsUtf8WhateverTheLocale() throws Exception {
        Checkout.Ended ended = bellhop(Map.of("LC_ALL", "C"), "exec", vmid(), "--", "printf", "%s", "naïve 日本語");

        assertThat(ended).isEqualTo(new Checkout.Ended(0, "naïve 日本語", ""));
    }

    @Test
    void aCommandKilledByASignalExitsWith128PlusTheSignal() throws Exception {
        assertThat(bellhop("exec", vmid(), "--", "kill -TERM $$").exitCode()).isEqualTo(143);
    }

    @Test
    void whereBellhopItselfFailsItExitsWith255AndSaysWhy() throws Exception {
        Checkout.Ended ended = bellhop("exec", "4711", "--", "true");

        assertThat(ended.exitCode()).isEqualTo(255);
        assertThat(ended.stdout()).isEmpty();
        assertThat(ended.stderr()).contains("Cannot", "4711");
    }

    @Test
    void theVmIsListed() throws Exception {
        Checkout.Ended ended = bellhop("vm", "list");

        assertThat(ended.exitCode()).as(ended.stderr()).isZero();
        assertThat(ended.stdout()).contains(vmid());
    }

    private static String vmid() {
        return Integer.toString(VMID);
    }

    private Checkout.Ended bellhop(String... arguments) throws Exception {
        return bellhop(Map.of(), arguments);
    }

    private Checkout.Ended bellhop(Map<String, String> more, String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of("./bellhop"));
        command.addAll(List.of(arguments));
        ServerProcess server = bed.server();
        Map<String, String> environment = new HashMap<>(more);
        environment.put("BELLHOP_URL", server.url().toString());
        environment.put("BELLHOP_KEY", server.adminKey());
        return Checkout.run(folder, environment, command);
    }
}

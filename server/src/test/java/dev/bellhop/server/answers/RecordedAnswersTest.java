// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.answers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.api.BrokenBody;
import dev.bellhop.server.app.AllRoutes;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * What every route of v1 and v2 answers, compared byte for byte with what is kept in {@code src/test/resources/answers}.
 * CONTRIBUTING.md says how to keep something else.
 */
@Timeout(120)
@Tag("real")
class RecordedAnswersTest {
    @TempDir
    private Path folder;

    private Scene scene;

    @BeforeEach
    void start() throws IOException {
        scene = new Scene(folder);
    }

    @AfterEach
    void stop() {
        scene.close();
    }

    @Test
    void allRoutesAnswerAsTheyDid() throws Exception {
        EdgeAnswers edge = new EdgeAnswers(scene);
        TenantAnswers tenants = new TenantAnswers(scene);
        AgentExecAnswers agents = new AgentExecAnswers(scene);
        ExecutionAnswers executions = new ExecutionAnswers(scene);
        PolicyAnswers policies = new PolicyAnswers(scene);
        VmAnswers vms = new VmAnswers(scene);
        TerminalAnswers terminals = new TerminalAnswers(scene);
        FileAnswers files = new FileAnswers(scene);
        FileSystemAnswers fileSystems = new FileSystemAnswers(scene);
        RecordAnswers records = new RecordAnswers(scene);
        edge.service();
        tenants.accountsAndKeys();
        edge.everyRouteAsksForAKey();
        agents.v1();
        executions.executions();
        agents.hosted();
        executions.output();
        executions.live();
        policies.policies();
        policies.approvals();
        policies.savedCommands();
        policies.masks();
        vms.vms();
        vms.power();
        new GuestAnswers(scene).guests();
        terminals.terminals();
        new ForwardAnswers(scene).forwards();
        files.files();
        fileSystems.fileSystems();
        edge.malformed();
        records.audit();
        records.encryption();
        tenants.sshKeys();
        tenants.ends();
        scene.recording.check("routes.txt");
        assertThat(DocumentedOperation.all())
                .as("what is documented, each of which answered something with success")
                .filteredOn(operation -> !operation.isOfCluster() && !operation.isOfSshDoor() && !operation.isSocket())
                .allMatch(operation -> scene.answers.succeeded().stream().anyMatch(operation::matches));
        assertEachRouteCallsItsUseCase();
    }

    /** Each answered something with success, which {@code Permit.during} lets it do only if it has asked its use case. */
    private void assertEachRouteCallsItsUseCase() throws Exception {
        List<DocumentedOperation> called = AllRoutes.in(folder).stream()
                .map(route -> new DocumentedOperation(route.method(), route.template()))
                .toList();
        assertThat(called)
                .as("routes that have shown no answer of their use case")
                .filteredOn(route -> !route.isOfCluster() && !route.isOfSshDoor() && !route.isSocket())
                .allMatch(route -> scene.answers.succeeded().stream().anyMatch(route::matches));
    }

    /** Of VM 1, which has a real agent, the guest is this machine. */
    private static boolean changesGuest(String path) {
        return path.equals("/api/vm/{vmid}/status")
                || Stream.of("/set-password", "/ssh-keys", "/sync-time", "/reboot", "/restart", "/shutdown")
                        .anyMatch(path::endsWith);
    }

    @Test
    void brokenBodiesAreRefusedAsTheyWere() throws Exception {
        String waits = Part.id(scene.answers.make(
                "execution", "admin", "/api/v2/vps/4/executions", "{'command': 'x', 'deliveryTimeoutSeconds': 600}"));
        String account = Part.id(scene.answers.make("account", "admin", "/api/v2/accounts", "{'name': 'a'}"));
        String key =
                Part.id(scene.answers.make("reader", "admin", "/api/v2/keys", "{'name': 'n', 'scopes': ['read:vm']}"));
        Map<String, String> ids =
                Map.of("/api/v2/executions/", waits, "/api/v2/keys/", key, "/api/v2/accounts/", account);
        List<BrokenBody> bodies = BrokenBody.all().stream()
                .sorted(Comparator.comparing(BrokenBody::path)
                        .thenComparing(BrokenBody::method)
                        .thenComparing(BrokenBody::pointer)
                        .thenComparing(BrokenBody::json))
                .toList();
        for (BrokenBody body : bodies) {
            String id = ids.entrySet().stream()
                    .filter(entry -> body.path().startsWith(entry.getKey()))
                    .map(Map.Entry::getValue)
                    .findAny()
                    .orElse("");
            scene.answers.play(
                    "admin",
                    body.method().toUpperCase(Locale.ROOT),
                    body.path()
                            .replace("{vmid}", changesGuest(body.path()) ? "4" : "1")
                            .replace("{id}", id)
                            .replace("{name}", "host-1"),
                    body.json());
        }
        scene.recording.check("broken-bodies.txt");
    }
}

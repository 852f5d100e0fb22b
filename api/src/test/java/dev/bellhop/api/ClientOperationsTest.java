// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.client.ForwardConnection;
import dev.bellhop.api.client.GuestFilesClient.UploadOptions;
import dev.bellhop.api.client.OutputStreamName;
import dev.bellhop.api.client.error.BellhopApiException;
import dev.bellhop.api.client.error.BellhopTransportException;
import dev.bellhop.api.client.query.AuditQuery;
import dev.bellhop.api.client.query.ExecutionQuery;
import dev.bellhop.api.client.query.OperationQuery;
import dev.bellhop.api.v2.admin.CreateKey;
import dev.bellhop.api.v2.admin.CreateSavedCommand;
import dev.bellhop.api.v2.admin.MaskPattern;
import dev.bellhop.api.v2.admin.PolicyDocument;
import dev.bellhop.api.v2.admin.RegisterSshKey;
import dev.bellhop.api.v2.admin.UpdateAccount;
import dev.bellhop.api.v2.admin.UpdateKey;
import dev.bellhop.api.v2.execution.CreateExecution;
import dev.bellhop.api.v2.forward.CreateForward;
import dev.bellhop.api.v2.forward.ForwardTicket;
import dev.bellhop.api.v2.guest.AddAuthorizedKey;
import dev.bellhop.api.v2.guest.SetPassword;
import dev.bellhop.api.v2.guest.SyncTime;
import dev.bellhop.api.v2.node.AddNode;
import dev.bellhop.api.v2.terminal.CreateTerminal;
import dev.bellhop.api.v2.terminal.TerminalTicket;
import dev.bellhop.api.v2.vm.FreezeOptions;
import dev.bellhop.api.v2.vm.OperationAction;
import dev.bellhop.api.v2.vm.PowerOptions;
import dev.bellhop.api.v2.vm.TrimOptions;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** The Java client has a call for each operation of {@code openapi.yaml}, with its method, path and required parameters. */
class ClientOperationsTest {

    private static final String KEY = "bellhop_4b1d7c09e2aa_" + "0".repeat(64);
    private static final CreateExecution TRUE = CreateExecution.command("true").build();

    private final OpenApiDocument document = OpenApiDocument.load();
    private final StubServer server = new StubServer().otherwise(StubAnswer.foreign(500, "text/plain", "no"));
    private final BellhopClient client =
            BellhopClient.builder(server.url()).key(KEY).build();

    @AfterEach
    void close() {
        client.close();
        server.close();
    }

    @FunctionalInterface
    private interface Call {
        void send(BellhopClient client) throws Exception;
    }

    private static InputStream noBytes() {
        return new ByteArrayInputStream(new byte[0]);
    }

    private static TerminalTicket terminal() {
        String path = "/api/v2/vps/1/terminals/t/socket";
        return new TerminalTicket(TerminalTicket.PREFIX + "x", false, Instant.EPOCH, path);
    }

    private static ForwardTicket forward() {
        return new ForwardTicket(TerminalTicket.PREFIX + "x", Instant.EPOCH, "/api/v2/vps/1/forwards/f/socket");
    }

    private static ForwardConnection.Sink noSink() {
        return new ForwardConnection.Sink() {
            @Override
            public void receive(byte[] bytes) {}

            @Override
            public void end() {}
        };
    }

    private static Map<String, Call> calls() {
        Map<String, Call> calls = new LinkedHashMap<>();
        calls.put("getExec", c -> c.v1().result(1, 2));
        calls.put("postExec", c -> c.v1().exec(1, "true"));
        calls.put("getStatus", c -> c.v1().status(1));
        calls.put("postStatus", c -> c.v1().changeStatus(1, "start", false));
        calls.put("getJob", c -> c.v1().job("j"));
        calls.put("listNodes", c -> c.nodes().all().forEach(item -> {}));
        calls.put("addNode", c -> c.nodes().add(new AddNode("n", null, null)));
        calls.put("joinNode", c -> c.nodes().join("token", "key"));
        calls.put("getNode", c -> c.nodes().get("n"));
        calls.put("removeNode", c -> c.nodes().remove("n"));
        calls.put("drainNode", c -> c.nodes().drain("n"));
        calls.put("undrainNode", c -> c.nodes().undrain("n"));
        calls.put("revokeNode", c -> c.nodes().revoke("n"));
        calls.put("listAccounts", c -> c.accounts().all().forEach(item -> {}));
        calls.put("createAccount", c -> c.accounts().create("shop"));
        calls.put("getAccount", c -> c.accounts().get("a"));
        calls.put("updateAccount", c -> c.accounts().update("a", new UpdateAccount("web")));
        calls.put("deleteAccount", c -> c.accounts().delete("a"));
        calls.put("getAccountPolicy", c -> c.accounts().policy("a").get());
        calls.put(
                "putAccountPolicy",
                c -> c.accounts().policy("a").set(PolicyDocument.builder().build()));
        calls.put("deleteAccountPolicy", c -> c.accounts().policy("a").clear());
        calls.put("listKeys", c -> c.keys().all().forEach(item -> {}));
        calls.put("createKey", c -> c.keys().create(CreateKey.named("ci").build()));
        calls.put("getKey", c -> c.keys().get("k"));
        calls.put(
                "updateKey",
                c -> c.keys().update("k", new UpdateKey("web", null, null, null, null, null, null, null, null)));
        calls.put("revokeKey", c -> c.keys().revoke("k"));
        calls.put("rotateKey", c -> c.keys().rotate("k", null));
        calls.put("listSshKeys", c -> c.sshKeys().list("k"));
        calls.put(
                "registerSshKey", c -> c.sshKeys().register("k", new RegisterSshKey("ssh-x", null, null, null, null)));
        calls.put("removeSshKey", c -> c.sshKeys().remove("k", "s"));
        calls.put("getSshDoor", c -> c.server().sshDoor());
        calls.put("getKeyPolicy", c -> c.keys().policy("k").get());
        calls.put(
                "putKeyPolicy",
                c -> c.keys().policy("k").set(PolicyDocument.builder().build()));
        calls.put("deleteKeyPolicy", c -> c.keys().policy("k").clear());
        calls.put("listMasks", c -> c.masks().list(null));
        calls.put("createMask", c -> c.masks().create(new MaskPattern("m", "x"), null));
        calls.put("getMask", c -> c.masks().get("m", null));
        calls.put("deleteMask", c -> c.masks().delete("m", null));
        calls.put("listSavedCommands", c -> c.savedCommands().all(null).forEach(item -> {}));
        calls.put(
                "createSavedCommand",
                c -> c.savedCommands()
                        .create(CreateSavedCommand.command("deploy", "true").build()));
        calls.put("getSavedCommand", c -> c.savedCommands().versions("deploy", null));
        calls.put("deleteSavedCommand", c -> c.savedCommands().delete("deploy", null));
        calls.put("listAudit", c -> c.audit().all(AuditQuery.ALL).forEach(item -> {}));
        calls.put("exportAudit", c -> c.audit().export(AuditQuery.ALL));
        calls.put("getEncryption", c -> c.server().encryption());
        calls.put("rotateEncryption", c -> c.server().rotateEncryption());
        calls.put("listVms", c -> c.vms().all().forEach(item -> {}));
        calls.put("getVm", c -> c.vms().get(1));
        calls.put("getAvailability", c -> c.vms().awaitAvailability(1, null, Duration.ZERO));
        calls.put("getVmUsage", c -> c.vms().usage(1));
        calls.put("getAgent", c -> c.guest(1).agent());
        calls.put("assignVm", c -> c.vms().assign(1, "a"));
        calls.put("unassignVm", c -> c.vms().unassign(1));
        calls.put("moveVm", c -> c.vms().move(1, "n"));
        calls.put("startVm", begin(OperationAction.START));
        calls.put("shutDownVm", begin(OperationAction.SHUTDOWN));
        calls.put("stopVm", begin(OperationAction.STOP));
        calls.put("restartVm", begin(OperationAction.RESTART));
        calls.put("resetVm", begin(OperationAction.RESET));
        calls.put("rebootVm", begin(OperationAction.REBOOT));
        calls.put("getFileSystemFreeze", c -> c.guest(1).fileSystemFreeze());
        calls.put("freezeFileSystems", c -> c.guest(1).freezeFileSystems(new FreezeOptions(null, null)));
        calls.put("thawFileSystems", c -> c.guest(1).thawFileSystems());
        calls.put("trimFileSystems", c -> c.guest(1).trimFileSystems(new TrimOptions(null)));
        calls.put("examineServer", c -> c.server().checkup());
        calls.put("examineVm", c -> c.vms().checkup(1));
        calls.put("setPassword", c -> c.guest(1).setPassword(new SetPassword("root", "x", null)));
        calls.put("syncTime", c -> c.guest(1).syncTime(new SyncTime(null)));
        calls.put("listAuthorizedKeys", c -> c.guest(1).authorizedKeys("root"));
        calls.put("addAuthorizedKey", c -> c.guest(1).addAuthorizedKey(new AddAuthorizedKey("root", "ssh-x", null)));
        calls.put("removeAuthorizedKey", c -> c.guest(1).removeAuthorizedKey("root", "SHA256:x"));
        calls.put("listOperationsOfVm", c -> c.operations().all(1).forEach(item -> {}));
        calls.put("listOperations", c -> c.operations().all(OperationQuery.ALL).forEach(item -> {}));
        calls.put("getOperation", c -> c.operations().get("o", Duration.ZERO));
        calls.put("listAllTerminals", c -> c.terminals().all().forEach(item -> {}));
        calls.put("listTerminals", c -> c.terminals().list(1));
        calls.put(
                "openTerminal",
                c -> c.terminals().open(1, CreateTerminal.builder().build()));
        calls.put("getTerminal", c -> c.terminals().get(1, "t"));
        calls.put("closeTerminal", c -> c.terminals().close(1, "t"));
        calls.put("createTerminalTicket", c -> c.terminals().ticket(1, "t", true));
        calls.put("enterTerminal", c -> c.terminals().enter(terminal(), null, bytes -> {}));
        calls.put("readRecording", c -> c.recordings().read(1, "t", false));
        calls.put("listRecordings", c -> c.recordings().all(null).forEach(item -> {}));
        calls.put("getRecording", c -> c.recordings().get("t"));
        calls.put("openForward", c -> c.forwards().open(1, new CreateForward("localhost", 5432)));
        calls.put("listForwards", c -> c.forwards().list(1));
        calls.put("getForward", c -> c.forwards().get(1, "f"));
        calls.put("takeForward", c -> c.forwards().take(forward(), noSink()));
        calls.put("readFile", c -> c.files(1).open("/etc/hosts"));
        calls.put("writeFile", c -> c.files(1).write("/tmp/x", noBytes()));
        calls.put("deleteFile", c -> c.files(1).delete("/tmp/x", false));
        calls.put("getFile", c -> c.files(1).find("/tmp/x", true));
        calls.put("listFiles", c -> c.files(1).all("/tmp").forEach(item -> {}));
        calls.put("readTree", c -> c.files(1).readTree("/tmp", false));
        calls.put("writeTree", c -> c.files(1).writeTree("/tmp", false, noBytes()));
        calls.put("getUpload", c -> c.files(1).offset("/tmp/x", "upload-1"));
        calls.put("deleteUpload", c -> c.files(1).abandon("/tmp/x", "upload-1"));
        calls.put("makeDirectory", c -> c.files(1).makeDirectories("/tmp/x", null));
        calls.put("renameFile", c -> c.files(1).rename("/tmp/x", "/tmp/y", false));
        calls.put("changeFileMode", c -> c.files(1).changeMode("/tmp/x", "0640"));
        calls.put("changeFileOwner", c -> c.files(1).changeOwner("/tmp/x", "root"));
        calls.put(
                "listExecutionsOfVm",
                c -> c.executions().all(ExecutionQuery.ofVm(1)).forEach(item -> {}));
        calls.put("createExecution", c -> c.executions().create(1, TRUE, null, Duration.ZERO));
        calls.put("checkExecution", c -> c.executions().dryRun(1, TRUE));
        calls.put("listExecutions", c -> c.executions().all(ExecutionQuery.ALL).forEach(item -> {}));
        calls.put("getExecution", c -> c.executions().get("e", Duration.ZERO));
        calls.put(
                "getEvents",
                c -> c.executions().events("e", null, Duration.ZERO).next());
        calls.put("cancelExecution", c -> c.executions().cancel("e", null));
        calls.put("approveExecution", c -> c.executions().approve("e", "0"));
        calls.put("rejectExecution", c -> c.executions().reject("e"));
        calls.put("signalExecution", c -> c.executions().signal("e", "HUP"));
        calls.put("writeStdin", c -> c.executions().writeStdin("e", 0, new byte[0], true));
        calls.put("getAgentExec", c -> c.executions().resultOfPid(1, 2));
        calls.put("postAgentExec", c -> c.executions().startByPid(1, "true", null));
        calls.put("getOutput", c -> c.executions().output("e", OutputStreamName.STDOUT, 0, 1));
        calls.put("getHealth", c -> c.server().health());
        calls.put("getMetrics", c -> c.server().metrics());
        calls.put("getOpenApi", c -> c.server().openApi());
        calls.put("getOpenApiJson", c -> c.server().openApiJson());
        calls.put("getProblem", c -> c.server().explain("not_found"));
        return calls;
    }

    private static Call begin(OperationAction action) {
        return c -> c.operations().begin(1, action, new PowerOptions(null, null), null);
    }

    @Test
    void everyOperationHasACall() {
        List<String> operations = document.operations().values().stream()
                .map(operation -> operation.path("operationId").asString())
                .toList();

        assertThat(calls().keySet()).containsExactlyInAnyOrderElementsOf(operations);
    }

    @Test
    void everyCallSendsTheRequestOfItsOperation() {
        calls().forEach((operation, call) -> {
            int before = server.requests().size();
            // The stub answers 500 to all.
            assertThatThrownBy(() -> call.send(client))
                    .as(operation)
                    .isInstanceOfAny(BellhopApiException.class, BellhopTransportException.class);

            assertThat(server.requests()).as(operation).hasSize(before + 1);
            StubServer.Request sent = server.requests().get(before);
            Optional<JsonNode> found =
                    document.operation(sent.method(), URI.create(sent.target()).getRawPath());
            assertThat(found.map(node -> node.path("operationId").asString()))
                    .as(sent.toString())
                    .contains(operation);
            requiredParameters(found.orElseThrow())
                    .forEach(name -> assertThat(sent.target()).matches(".*[?&]" + name + "=.*"));
        });
    }

    private List<String> requiredParameters(JsonNode operation) {
        return operation
                .path("parameters")
                .valueStream()
                .map(document::resolve)
                .filter(parameter -> parameter.path("in").asString().equals("query"))
                .filter(parameter -> parameter.path("required").asBoolean(false))
                .map(parameter -> parameter.path("name").asString())
                .toList();
    }

    @Test
    void uploadWithOptionsSendsThem() {
        UploadOptions options = new UploadOptions("upload-1", "0600", "\"e\"", null);

        assertThatThrownBy(() -> client.files(1).write("/x", options, 0, 0L, noBytes()))
                .isInstanceOf(BellhopApiException.class);

        StubServer.Request sent = server.requests().get(0);
        assertThat(sent.target()).endsWith("?path=%2Fx&upload=upload-1&mode=0600");
        assertThat(sent.header("If-Match")).isEqualTo("\"e\"");
    }

    @Test
    void aChangeOfAFileCanBeLimitedToAState() {
        for (Call call : List.<Call>of(
                c -> c.files(1).delete("/x", true, "\"e\""),
                c -> c.files(1).rename("/x", "/y", true, "\"e\""),
                c -> c.files(1).changeMode("/x", "0640", "\"e\""),
                c -> c.files(1).changeOwner("/x", "root", "\"e\""))) {
            assertThatThrownBy(() -> call.send(client)).isInstanceOf(BellhopApiException.class);
        }
        assertThat(server.requests()).hasSize(4);
        assertThat(server.requests())
                .allSatisfy(sent -> assertThat(sent.header("If-Match")).isEqualTo("\"e\""));
        assertThat(server.requests().get(0).target()).endsWith("?path=%2Fx&recursive=true");
    }
}

// SPDX-License-Identifier: Apache-2.0
import com.fasterxml.jackson.databind.ObjectMapper;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.OffsetDateTime;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.openapitools.client.ApiClient;
import org.openapitools.client.ApiException;
import org.openapitools.client.api.ExecutionsApi;
import org.openapitools.client.api.FilesApi;
import org.openapitools.client.api.KeysApi;
import org.openapitools.client.api.TerminalsApi;
import org.openapitools.client.api.V1Api;
import org.openapitools.client.model.CancelExecution;
import org.openapitools.client.model.CreateExecution;
import org.openapitools.client.model.CreateKey;
import org.openapitools.client.model.CreateTerminal;
import org.openapitools.client.model.CreatedKey;
import org.openapitools.client.model.ExecRequest;
import org.openapitools.client.model.ExecResult;
import org.openapitools.client.model.Execution;
import org.openapitools.client.model.ExecutionPage;
import org.openapitools.client.model.SignalExecution;
import org.openapitools.client.model.Terminal;

/**
 * Usage: java Run URL KEY VMID FOLDER
 *
 * <p>Runs one story with the client that openapi-generator makes of openapi.yaml. FOLDER is in the guest.
 */
public final class Run {
    private static final Map<String, String> LABELS = Map.of("client", "java");

    private Run() {}

    private static ApiClient client(String url, String key) {
        ApiClient client = new ApiClient();
        client.setBasePath(url);
        client.setBearerToken(key);
        return client;
    }

    private static int page(ExecutionsApi executions) throws ApiException {
        int found = 0;
        OffsetDateTime since = OffsetDateTime.now().minusHours(1);
        String cursor = null;
        do {
            ExecutionPage page = executions.listExecutions(null, null, List.of("client=java"), null, null, since, null, 1, cursor);
            found += page.getItems().size();
            cursor = page.getNextCursor();
        } while (cursor != null);
        return found;
    }

    public static void main(String[] args) throws Exception {
        Long vmid = Long.valueOf(args[2]);
        Map<String, Object> told = new LinkedHashMap<>();

        CreatedKey created = new KeysApi(client(args[0], args[1]))
                .createKey(new CreateKey()
                        .name("java")
                        .scopes(List.of("write:vm", "files:vm", "terminal:vm"))
                        .vms(List.of(vmid))
                        .expiresInDays(1));
        told.put("scopes", created.getScopes().size());

        ApiClient client = client(args[0], created.getKey());
        ExecutionsApi executions = new ExecutionsApi(client);
        Execution ended = executions.createExecution(
                vmid,
                new CreateExecution()
                        .command("echo hello; echo oops >&2; exit 3")
                        .labels(LABELS),
                UUID.randomUUID().toString(),
                BigDecimal.valueOf(60));
        told.put("state", ended.getState());
        told.put("exitCode", ended.getExitCode());
        told.put("stdout", Files.readString(executions
                .getOutput(ended.getId(), null, "stdout", null, null, null)
                .toPath()));
        told.put("stderr", ended.getOutput().getStderr());
        told.put("followed", Files.readString(executions
                .getEvents(ended.getId(), null, null, null, null, null, null)
                .toPath()).contains("hello"));

        Execution sleeps = executions.createExecution(
                vmid,
                new CreateExecution().argv(List.of("sleep", "300")).timeoutSeconds(300).labels(LABELS),
                null,
                null);
        executions.signalExecution(sleeps.getId(), new SignalExecution().signal(SignalExecution.SignalEnum.CONT));
        executions.cancelExecution(sleeps.getId(), new CancelExecution().graceSeconds(0));
        told.put(
                "cancelled",
                executions.getExecution(sleeps.getId(), BigDecimal.valueOf(60), null, null).getState());
        told.put("listed", page(executions));
        told.put(
                "decision",
                executions.checkExecution(vmid, new CreateExecution().command("reboot")).getDecision());

        FilesApi files = new FilesApi(client);
        String remote = args[3] + "/java";
        Path local = Files.createTempFile("upload", null);
        Files.write(local, new byte[] {0, (byte) 0xff, '\n'});
        told.put(
                "uploaded",
                files.writeFile(remote, vmid, null, null, null, null, null, null, null, null, null, null, null, local.toFile())
                        .getOffset());
        Files.delete(local);
        Path downloaded = files.readFile(remote, vmid, null, null, null, null, null, null, null).toPath();
        told.put("downloaded", HexFormat.of().formatHex(Files.readAllBytes(downloaded)));

        TerminalsApi terminals = new TerminalsApi(client);
        Terminal terminal = terminals.openTerminal(vmid, new CreateTerminal().argv(List.of("cat")));
        // No body: this client sends null for it.
        String ticket = terminals.createTerminalTicket(vmid, terminal.getId(), null).getTicket();
        told.put("ticket", ticket.split("[.]")[1]);
        terminals.closeTerminal(vmid, terminal.getId());

        V1Api v1 = new V1Api(client);
        Long pid = v1.postExec(vmid, new ExecRequest().command("echo v1; exit 4")).getData().getPid();
        ExecResult result = v1.getExec(vmid, pid).getData();
        while (!result.getExited()) {
            result = v1.getExec(vmid, pid).getData();
        }
        told.put("v1", result.getExitcode() + " " + result.getStdout());
        told.put("vm", v1.getStatus(vmid).getData().getVmid());

        try {
            executions.getExecution("nobody", null, null, null);
        } catch (ApiException e) {
            told.put("error", new ObjectMapper().readTree(e.getResponseBody()).get("code").asText());
        }
        System.out.println(new ObjectMapper().writeValueAsString(told));
    }
}

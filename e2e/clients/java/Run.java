// SPDX-License-Identifier: Apache-2.0
import com.fasterxml.jackson.databind.ObjectMapper;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.openapitools.client.ApiClient;
import org.openapitools.client.ApiException;
import org.openapitools.client.api.ExecutionsApi;
import org.openapitools.client.api.V1Api;
import org.openapitools.client.model.CancelExecution;
import org.openapitools.client.model.CreateExecution;
import org.openapitools.client.model.ExecRequest;
import org.openapitools.client.model.ExecResult;
import org.openapitools.client.model.Execution;

/**
 * Usage: java Run URL KEY VMID
 *
 * <p>Runs commands in a VM with the client that openapi-generator makes of openapi.yaml.
 */
public final class Run {
    private Run() {}

    public static void main(String[] args) throws Exception {
        Long vmid = Long.valueOf(args[2]);
        ApiClient client = new ApiClient();
        client.updateBaseUri(args[0]);
        client.setRequestInterceptor(request -> request.header("Authorization", "Bearer " + args[1]));
        ExecutionsApi executions = new ExecutionsApi(client);
        Map<String, Object> told = new LinkedHashMap<>();

        Execution ended = executions.createExecution(
                vmid,
                new CreateExecution()
                        .command("echo hello; echo oops >&2; exit 3")
                        .labels(Map.of("client", "java")),
                UUID.randomUUID().toString(),
                BigDecimal.valueOf(60));
        told.put("state", ended.getState().getValue());
        told.put("exitCode", ended.getExitCode());
        told.put("stdout", Files.readString(executions
                .getOutput(ended.getId(), null, "stdout", null, null, null)
                .toPath()));
        told.put("stderr", ended.getOutput().getStderr());

        Execution sleeps = executions.createExecution(
                vmid, new CreateExecution().argv(List.of("sleep", "300")).timeoutSeconds(300), null, null);
        executions.cancelExecution(sleeps.getId(), new CancelExecution().graceSeconds(0));
        told.put(
                "cancelled",
                executions
                        .getExecution(sleeps.getId(), BigDecimal.valueOf(60), null, null)
                        .getState()
                        .getValue());

        told.put(
                "decision",
                executions
                        .checkExecution(vmid, new CreateExecution().command("reboot"))
                        .getDecision()
                        .getValue());

        V1Api v1 = new V1Api(client);
        Long pid = v1.postExec(vmid, new ExecRequest().command("echo v1; exit 4"))
                .getData()
                .getPid();
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

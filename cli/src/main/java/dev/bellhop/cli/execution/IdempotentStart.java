// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.execution;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.client.error.BellhopApiException;
import dev.bellhop.api.client.error.BellhopClientException;
import dev.bellhop.api.client.error.BellhopTransportException;
import dev.bellhop.api.v2.execution.CreateExecution;
import dev.bellhop.api.v2.execution.ExecutionView;
import dev.bellhop.cli.command.CliException;
import dev.bellhop.cli.command.ErrorMessages;
import dev.bellhop.cli.command.Retries;
import dev.bellhop.cli.terminal.Terminal;
import java.time.Duration;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Starts one command, once: if the answer is lost, the request is sent again with the same idempotency key. */
final class IdempotentStart {

    /** A key that is not valid, or no longer has the scope or the VM. */
    private static final Set<Integer> KEY_REFUSED = Set.of(401, 403, 404);

    private final BellhopClient client;
    private final Retries retries;
    private final Terminal terminal;
    private final String serverOptions;
    private final long vmid;
    private final String idempotencyKey;

    /**
     * @param serverOptions those that another command needs to reach the same server
     * @param idempotencyKey absent for a new one
     */
    IdempotentStart(
            BellhopClient client,
            Retries retries,
            Terminal terminal,
            String serverOptions,
            long vmid,
            @Nullable String idempotencyKey) {
        this.client = client;
        this.retries = retries;
        this.terminal = terminal;
        this.serverOptions = serverOptions;
        this.vmid = vmid;
        this.idempotencyKey = idempotencyKey == null ? newKey() : idempotencyKey;
    }

    /** Unique for its API key, and no secret. A UUID would take longer than all the rest of this process. */
    private static String newKey() {
        return System.currentTimeMillis() + "-" + ProcessHandle.current().pid() + "-" + System.nanoTime();
    }

    /**
     * The execution, once it has started or is queued.
     *
     * @throws CliException if nobody knows whether it was started
     */
    ExecutionView run(CreateExecution request) throws InterruptedException {
        try {
            return client.executions().create(vmid, request, idempotencyKey, Duration.ZERO);
        } catch (BellhopClientException e) {
            if (!mayHaveStarted(e)) {
                throw e;
            }
            if (e instanceof BellhopApiException answer
                    && answer.code().filter("start_unconfirmed"::equals).isPresent()) {
                // The server goes on to find out, which takes for as long as the guest's agent is silent.
                terminal.say(e.getMessage() + "; it shows once the guest agent answers");
            }
        }
        try {
            return retries.run(() -> client.executions().create(vmid, request, idempotencyKey, Duration.ZERO));
        } catch (BellhopClientException e) {
            if (!e.mayPass() && !isAboutTheKey(e)) {
                throw e;
            }
            throw new CliException(ErrorMessages.of(e) + "\nWhether the command was started cannot be told."
                    + " Before you run it again, look for it with: bellhop ps" + serverOptions + " --all " + vmid);
        }
    }

    /** Whether it is the key that is refused: such an answer says nothing of the request before. */
    private static boolean isAboutTheKey(BellhopClientException e) {
        return e instanceof BellhopApiException answer && KEY_REFUSED.contains(answer.status());
    }

    private static boolean mayHaveStarted(BellhopClientException e) {
        return switch (e) {
            case BellhopApiException answer -> answer.status() == 502 || answer.status() == 504;
            case BellhopTransportException broken ->
                broken.kind() == BellhopTransportException.Kind.TIMED_OUT
                        || broken.kind() == BellhopTransportException.Kind.BROKEN;
        };
    }
}

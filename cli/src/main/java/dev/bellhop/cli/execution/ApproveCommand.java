// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.execution;

import dev.bellhop.api.approval.ApprovalRequest;
import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.v2.execution.ExecutionApproval;
import dev.bellhop.api.v2.execution.ExecutionView;
import dev.bellhop.cli.command.CliContext;
import dev.bellhop.cli.command.CliException;
import dev.bellhop.cli.command.ClientOptions;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code bellhop approve}. */
@Command(
        name = "approve",
        description = "Show a command that waits for approval, ask you, and let it start.",
        parameterListHeading = "%nParameters:%n",
        optionListHeading = "%nOptions:%n",
        sortOptions = false,
        footer = {
            "",
            "By policy, the commands of some keys wait for approval; 'bellhop ps' lists them and who asks. The key that"
                    + " asks cannot approve, nor can a key whose own commands need approval. You approve exactly what"
                    + " was shown: if anything else would run, nothing runs.",
            "",
            "Exit codes: 0 all are approved; 1 not all: you or the server said no, or there is neither a terminal nor"
                    + " --yes; 2 the command line is wrong.",
            "",
            "Examples:",
            "  bellhop approve 019c1379-5a10",
            "  bellhop reject 019c1379-5a10"
        })
final class ApproveCommand extends DecisionCommand {

    @Spec
    @SuppressWarnings("NullAway.Init") // Set by picocli before anything is called.
    private CommandSpec spec;

    @Option(
            names = {"-y", "--yes"},
            description = "Approve without asking.")
    private boolean yes;

    @Option(
            names = "--digest",
            paramLabel = "DIGEST",
            description = "Approve only if this is still its digest, as shown before. For one ID.")
    private @Nullable String digest;

    ApproveCommand(CliContext context, ClientOptions global) {
        super(context, global);
    }

    @Override
    public Integer call() throws InterruptedException {
        if (digest != null && given().size() > 1) {
            throw new ParameterException(spec.commandLine(), "Give one ID with --digest");
        }
        return super.call();
    }

    @Override
    Optional<ExecutionView> decide(BellhopClient client, String id) throws InterruptedException {
        ExecutionView execution = client.executions().get(id, Duration.ZERO);
        String seen = digest(execution);
        if (digest != null && !digest.equals(seen)) {
            throw new CliException("Cannot approve this because its digest is " + seen + "; look at it again");
        }
        boolean cut = show(execution);
        if (!yes) {
            requireThatItCanBeAsked(id, cut);
            if (!terminal.confirm("Approve? [y/N] ", context.stdin())) {
                terminal.say(id + ": not approved; it still waits. To turn it down: bellhop reject " + id);
                return Optional.empty();
            }
        }
        return Optional.of(client.executions().approve(id, seen));
    }

    /** The digest of what is shown, and not merely what the server calls so. */
    private static String digest(ExecutionView execution) {
        if (!execution.awaitsApproval()) {
            throw new CliException("Cannot approve this because it does not wait for approval; it is "
                    + ExecutionFormat.state(execution));
        }
        ExecutionApproval approval = execution.approval();
        String digest = approval == null ? null : approval.digest();
        Optional<ApprovalRequest> request = execution.approvalRequest();
        if (digest == null || request.isEmpty()) {
            throw new CliException("Cannot approve this because this key is not shown what would run; use one with"
                    + " the scope write:vm");
        }
        if (!digest.equals(request.get().digest())) {
            throw new CliException("Cannot approve this because the server does not show all that would run; use the"
                    + " bellhop that came with the server");
        }
        return digest;
    }

    private void requireThatItCanBeAsked(String id, boolean cut) {
        if (options.json() || context.stdin().redirected().getAsBoolean()) {
            throw new CliException("Cannot ask whether to approve this because "
                    + (options.json() ? "the output is JSON" : "standard input is no terminal")
                    + "; give --yes to approve it without being asked");
        }
        if (cut) {
            throw new CliException("Cannot approve this before all of it is shown; see all, and decide, with:"
                    + " bellhop approve --full" + options.serverOptions() + " " + id);
        }
    }
}

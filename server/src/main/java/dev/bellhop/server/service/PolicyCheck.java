// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.service;

import dev.bellhop.server.access.Accounts;
import dev.bellhop.server.access.Key;
import dev.bellhop.server.access.Keys;
import dev.bellhop.server.access.Scope;
import dev.bellhop.server.execution.CommandLine;
import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.ExecutionRequest;
import dev.bellhop.server.execution.StartOptions;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.failure.FieldFault;
import dev.bellhop.server.failure.FieldFault.Fault;
import dev.bellhop.server.failure.RuleRefusal;
import dev.bellhop.server.limit.FairTurns;
import dev.bellhop.server.policy.Decision;
import dev.bellhop.server.policy.Decision.Whose;
import dev.bellhop.server.policy.Policy;
import dev.bellhop.server.policy.PolicyInput;
import dev.bellhop.server.vm.VmId;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Checks a command against the policies of the caller's account and key, before any part of it is stored or sent. */
public final class PolicyCheck {
    private static final String APPROVAL = "approval";
    private static final String CANNOT_WAIT =
            "Cannot run this here because it needs approval, which takes its time; use POST /api/v2/vps/{vmid}/executions";

    private static final String LOGIN_SHELL = "loginShell";
    private static final String NO_LOGIN_SHELL =
            "Cannot open a login shell because a policy binds this key, and it could not see what is typed there; name a"
                    + " command that the policy allows";
    private static final String NO_TERMINAL =
            "Cannot run this in a terminal because it needs approval, and who approves could not see what is typed; use"
                    + " POST /api/v2/vps/{vmid}/executions";

    /** The time until a command without approval is rejected. */
    private static final Duration APPROVAL_WITHIN = Duration.ofDays(1);

    /** The limit for stdin, for the variables and for the words, because the approver sees all of each. */
    private static final int MAX_SHOWN_BYTES = 65_536;

    private static final String OTHERS_STDIN = "othersStdin";

    private final Keys keys;
    private final Accounts accounts;
    private final FairTurns turns;

    public PolicyCheck(Keys keys, Accounts accounts, FairTurns turns) {
        this.turns = turns;
        this.keys = keys;
        this.accounts = accounts;
    }

    /** Throws {@code POLICY_REFUSED} if the caller is not allowed to run this, or needs approval for it. */
    void require(Permit permit, ExecutionRequest request) {
        switch (decision(permit.caller().key(), request)) {
            case Decision.Allowed() -> {}
            case Decision.NeedsApproval(Whose whose) -> throw refused(permit, whose, APPROVAL, CANNOT_WAIT);
            case Decision.Refused(Whose whose, String rule) -> throw refused(permit, whose, rule);
        }
    }

    /**
     * Throws {@code POLICY_REFUSED} if there is any policy: it could not see the commands that are typed in a login
     * shell.
     */
    public void requireLoginShell(Permit permit) {
        Key caller = permit.caller().key();
        if (ofAccount(caller) != null) {
            throw refused(permit, Whose.ACCOUNT, LOGIN_SHELL, NO_LOGIN_SHELL);
        }
        if (ofKey(caller) != null) {
            throw refused(permit, Whose.KEY, LOGIN_SHELL, NO_LOGIN_SHELL);
        }
    }

    /** Same as {@link #require}, for a command in a terminal. */
    public void requireInTerminal(Permit permit, ExecutionRequest request) {
        switch (decision(permit.caller().key(), request)) {
            case Decision.Allowed() -> {}
            case Decision.NeedsApproval(Whose whose) -> throw refused(permit, whose, APPROVAL, NO_TERMINAL);
            case Decision.Refused(Whose whose, String rule) -> throw refused(permit, whose, rule);
        }
    }

    /**
     * Returns the request, marked if it needs approval first. Throws {@code POLICY_REFUSED}, or {@code INVALID_FIELD}
     * if it cannot be approved.
     */
    ExecutionRequest permitted(Permit permit, ExecutionRequest request) {
        return switch (decide(permit.caller().key(), request)) {
            case Decision.Allowed() -> request;
            case Decision.NeedsApproval _ -> request.withApprovalWithin(APPROVAL_WITHIN);
            case Decision.Refused(Whose whose, String rule) -> throw refused(permit, whose, rule);
        };
    }

    /** Refuses a request if the approver could not see all of it. */
    private static void requireThatAllShows(ExecutionRequest request) {
        StartOptions options = request.startOptions();
        if (!request.spec().secretEnv().isEmpty()) {
            throw hidden("/secretEnv", "Left out with a key whose commands need approval");
        }
        if (options.stdinFollows()) {
            throw hidden("/stdinFollows", "false, or left out, with a key whose commands need approval");
        }
        byte[] stdin = options.stdin();
        requireShown("/stdin", stdin == null ? 0 : stdin.length);
        requireShown("/env", bytes(options.env()));
        requireShown("/parameters", bytes(options.parameters()));
        if (request.spec().command() instanceof CommandLine.Argv(List<String> argv)) {
            requireShown("/argv", bytes(argv));
        }
    }

    private static void requireShown(String field, long bytes) {
        if (bytes > MAX_SHOWN_BYTES) {
            throw hidden(field, "At most " + MAX_SHOWN_BYTES + " bytes with a key whose commands need approval");
        }
    }

    private static long bytes(Map<String, String> named) {
        return bytes(named.keySet()) + bytes(named.values());
    }

    private static long bytes(Collection<String> texts) {
        return texts.stream()
                .mapToLong(text -> text.getBytes(StandardCharsets.UTF_8).length)
                .sum();
    }

    private static BellhopException hidden(String field, String detail) {
        return new BellhopException(
                "Cannot ask for approval of this because who approves it could not see all of it",
                List.of(new FieldFault(field, detail, Fault.OUT_OF_RANGE)));
    }

    /**
     * Checks that the caller is allowed to approve this: it needs another key, which is allowed to run this and whose
     * own policy does not require approval. Throws {@code FORBIDDEN}, {@code POLICY_REFUSED}, or {@code KEY_ENDED} if
     * the key that asked for it has ended or lost its rights.
     */
    void requireApprover(Permit permit, VmId vm, ExecutionRequest request) {
        Key caller = permit.caller().key();
        if (request.spec().keyId().equals(caller.id())) {
            throw new BellhopException(
                    ErrorCode.FORBIDDEN, "Cannot approve this with the key that asked for it; somebody else has to");
        }
        Policy own = ofKey(caller);
        if (own != null && own.approval()) {
            throw refused(
                    permit, Whose.KEY, APPROVAL, "Cannot approve this with a key whose own commands need approval");
        }
        if (decision(caller, request) instanceof Decision.Refused(Whose whose, String rule)) {
            throw refused(permit, whose, rule);
        }
        Key asking = keys.find(request.spec().keyId())
                .filter(key -> keys.isStillValid(key)
                        && key.allows(Scope.WRITE_VM)
                        && accounts.sees(key, vm, request.spec().tenant()))
                .orElseThrow(() -> new BellhopException(
                        ErrorCode.KEY_ENDED,
                        "Cannot approve this because the key that asked for it is revoked, has expired, or has lost the right"
                                + " to run commands in this VM; reject it"));
        if (decision(asking, request) instanceof Decision.Refused(Whose whose, String rule)) {
            throw refused(
                    permit,
                    whose,
                    rule,
                    "Cannot approve this because '" + rule + "' in the policy of the " + whose.wireName()
                            + " that asked for it forbids it by now; reject it");
        }
    }

    /** Returns the policy's decision; throws {@code INVALID_FIELD} if the request needs approval and cannot get it. */
    Decision decide(Key caller, ExecutionRequest request) {
        Decision decision = decision(caller, request);
        if (decision instanceof Decision.NeedsApproval) {
            requireThatAllShows(request);
        }
        return decision;
    }

    private Decision decision(Key caller, ExecutionRequest request) {
        Policy account = ofAccount(caller);
        Policy key = ofKey(caller);
        return account == null && key == null
                ? new Decision.Allowed()
                : turns.of(caller.holder()).take(() -> Decision.of(account, key, policyInput(request)));
    }

    /**
     * Checks that the caller is allowed to write to an execution's stdin: through it, the caller could give commands to
     * a shell that another key has started.
     */
    void requireStdin(Permit permit, Execution execution) {
        Key caller = permit.caller().key();
        if (execution.spec().saved() == null) {
            requireMoreThanSaved(permit, Whose.ACCOUNT, ofAccount(caller));
            requireMoreThanSaved(permit, Whose.KEY, ofKey(caller));
        }
        if (ofKey(caller) != null && !execution.spec().keyId().equals(caller.id())) {
            throw refused(permit, Whose.KEY, OTHERS_STDIN);
        }
    }

    private static void requireMoreThanSaved(Permit permit, Whose whose, @Nullable Policy policy) {
        if (policy != null && policy.onlySavedCommands()) {
            throw refused(permit, whose, Policy.ONLY_SAVED_COMMANDS);
        }
    }

    /** Reads the current policy, which may be newer than the caller's copy from the beginning of the request. */
    private @Nullable Policy ofKey(Key caller) {
        return keys.find(caller.id()).orElse(caller).policy();
    }

    private @Nullable Policy ofAccount(Key caller) {
        return accounts.policyOf(caller.tenant());
    }

    private static PolicyInput policyInput(ExecutionRequest request) {
        String user = request.startOptions().user();
        if (request.spec().saved() != null) {
            return new PolicyInput.Saved(request.spec().saved().name());
        }
        boolean hasVariables = !request.startOptions().env().isEmpty()
                || !request.spec().secretEnv().isEmpty();
        return switch (request.spec().command()) {
            case CommandLine.Script(String text, String shell) -> PolicyInput.script(text, shell, user, hasVariables);
            case CommandLine.Argv argv -> PolicyInput.argv(argv.argv(), argv.text(), user, hasVariables);
            case CommandLine.Truncated _ ->
                throw new IllegalStateException("the beginning of a command says nothing of the rest");
        };
    }

    /** Returns the refusal because of a policy's rule. */
    public static BellhopException refused(Permit permit, Whose whose, String rule) {
        return refused(
                permit,
                whose,
                rule,
                "Cannot do this because '" + rule + "' in the policy of this " + whose.wireName() + " forbids it");
    }

    /** Same, with the message of another check. */
    public static BellhopException refused(Permit permit, Whose whose, String rule, BellhopException found) {
        return refused(permit, whose, rule, String.valueOf(found.getMessage()));
    }

    /** Same, and also notes the refused target for the trail. */
    static BellhopException refusedWith(Permit permit, Whose whose, String rule, String what) {
        BellhopException refused = refused(permit, whose, rule);
        permit.note().about(whose.wireName() + ":" + rule + " " + what);
        return refused;
    }

    private static BellhopException refused(Permit permit, Whose whose, String rule, String message) {
        permit.note().about(whose.wireName() + ":" + rule);
        return new BellhopException(message, new RuleRefusal(whose.wireName(), rule));
    }
}

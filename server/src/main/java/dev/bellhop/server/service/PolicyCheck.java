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

/** Asks the policies of a caller's account and key about what is to be run, before anything of it is stored or sent. */
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

    /** After which what nobody has approved is rejected. */
    private static final Duration APPROVAL_WITHIN = Duration.ofDays(1);

    /** Of stdin, of the variables and of the words, each of which is shown to who approves. */
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

    /** Throws {@code POLICY_REFUSED} where the caller may not run this, or not before somebody approves it. */
    void require(Permit permit, ExecutionRequest request) {
        switch (decision(permit.caller().key(), request)) {
            case Decision.Allowed() -> {}
            case Decision.NeedsApproval(Whose whose) -> throw refused(permit, whose, APPROVAL, CANNOT_WAIT);
            case Decision.Refused(Whose whose, String rule) -> throw refused(permit, whose, rule);
        }
    }

    /** Throws {@code POLICY_REFUSED} where there is a policy at all: in a login shell it could tell nothing from anything. */
    public void requireLoginShell(Permit permit) {
        Key caller = permit.caller().key();
        if (ofAccount(caller) != null) {
            throw refused(permit, Whose.ACCOUNT, LOGIN_SHELL, NO_LOGIN_SHELL);
        }
        if (ofKey(caller) != null) {
            throw refused(permit, Whose.KEY, LOGIN_SHELL, NO_LOGIN_SHELL);
        }
    }

    /** As {@link #require}, of what is to run in a terminal. */
    public void requireInTerminal(Permit permit, ExecutionRequest request) {
        switch (decision(permit.caller().key(), request)) {
            case Decision.Allowed() -> {}
            case Decision.NeedsApproval(Whose whose) -> throw refused(permit, whose, APPROVAL, NO_TERMINAL);
            case Decision.Refused(Whose whose, String rule) -> throw refused(permit, whose, rule);
        }
    }

    /**
     * The request as the caller may have it: as it is, or to be approved first. Throws {@code POLICY_REFUSED}, or
     * {@code INVALID_FIELD} where it cannot be approved.
     */
    ExecutionRequest permitted(Permit permit, ExecutionRequest request) {
        return switch (decide(permit.caller().key(), request)) {
            case Decision.Allowed() -> request;
            case Decision.NeedsApproval _ -> request.withApprovalWithin(APPROVAL_WITHIN);
            case Decision.Refused(Whose whose, String rule) -> throw refused(permit, whose, rule);
        };
    }

    /** Refuses what the approver could not see. */
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
     * Checks that the caller may approve this: somebody else who may run it without approval. Throws {@code FORBIDDEN},
     * {@code POLICY_REFUSED}, or {@code KEY_ENDED} if the key that asked for it has ended or lost its rights.
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

    /** What policy says of this; throws {@code INVALID_FIELD} where it needs approval and cannot have it. */
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
     * Checks that the caller may write to an execution's stdin: a shell that somebody else has started there takes
     * commands, too.
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

    /** As it is now, which it may not have been yet when the request was let in. */
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

    /** Refuses what a rule of a policy forbids. */
    public static BellhopException refused(Permit permit, Whose whose, String rule) {
        return refused(
                permit,
                whose,
                rule,
                "Cannot do this because '" + rule + "' in the policy of this " + whose.wireName() + " forbids it");
    }

    /** The same, where something else has found it, and says what. */
    public static BellhopException refused(Permit permit, Whose whose, String rule, BellhopException found) {
        return refused(permit, whose, rule, String.valueOf(found.getMessage()));
    }

    /** The same, where the trail is to have beside the rule what it forbids. */
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

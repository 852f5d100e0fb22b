// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http;

import dev.bellhop.server.access.Account;
import dev.bellhop.server.access.Accounts;
import dev.bellhop.server.access.Key;
import dev.bellhop.server.access.Keys;
import dev.bellhop.server.execution.CommandLine;
import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.ExecutionRequest;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.RuleRefusal;
import dev.bellhop.server.policy.Decision;
import dev.bellhop.server.policy.Decision.Whose;
import dev.bellhop.server.policy.Policy;
import dev.bellhop.server.policy.Question;
import org.jspecify.annotations.Nullable;

/** Asks the policies of a caller's account and key about what is to be run, before anything of it is stored or sent. */
final class PolicyCheck {
    private static final String APPROVAL = "approval";
    private static final String OTHERS_STDIN = "othersStdin";

    private final Keys keys;
    private final Accounts accounts;

    PolicyCheck(Keys keys, Accounts accounts) {
        this.keys = keys;
        this.accounts = accounts;
    }

    /**
     * Throws where the caller may not run this.
     *
     * @throws BellhopException {@code POLICY_REFUSED}
     */
    void require(Call call, ExecutionRequest request) {
        switch (decide(call.caller(), request)) {
            case Decision.Allowed() -> {}
            case Decision.NeedsApproval(Whose whose) -> throw refused(call, whose, APPROVAL);
            case Decision.Refused(Whose whose, String rule) -> throw refused(call, whose, rule);
        }
    }

    /** What policy says of this. */
    Decision decide(Key caller, ExecutionRequest request) {
        return Decision.of(ofAccount(caller), ofKey(caller), question(request));
    }

    /**
     * Throws where the caller may not write to an execution's stdin: a shell that somebody else has started there takes commands,
     * too.
     */
    void requireStdin(Call call, Execution execution) {
        Key caller = call.caller();
        if (ofKey(caller) != null && !execution.spec().keyId().equals(caller.id())) {
            throw refused(call, Whose.KEY, OTHERS_STDIN);
        }
    }

    /** As it is now, which it may not have been yet when the request was let in. */
    private @Nullable Policy ofKey(Key caller) {
        return keys.find(caller.id()).orElse(caller).policy();
    }

    private @Nullable Policy ofAccount(Key caller) {
        return caller.account() == null
                ? null
                : accounts.find(caller.account()).map(Account::policy).orElse(null);
    }

    private static Question question(ExecutionRequest request) {
        String user = request.delivery().user();
        boolean hasVariables = !request.delivery().environment().isEmpty();
        return switch (request.spec().command()) {
            case CommandLine.Script(String text, String shell) -> Question.script(text, shell, user, hasVariables);
            case CommandLine.Argv argv -> Question.argv(argv.argv(), argv.text(), user, hasVariables);
        };
    }

    private static BellhopException refused(Call call, Whose whose, String rule) {
        AuditNote.of(call).refusedBy(whose.wireName() + ":" + rule);
        return new BellhopException(
                "Cannot run this because '" + rule + "' in the policy of this " + whose.wireName() + " forbids it",
                new RuleRefusal(whose.wireName(), rule));
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.app;

import dev.bellhop.server.access.Accounts;
import dev.bellhop.server.access.Key;
import dev.bellhop.server.access.Keys;
import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.Reason;
import dev.bellhop.server.execution.SavedCommandVersion;
import dev.bellhop.server.execution.engine.StartCheck;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.failure.RuleRefusal;
import dev.bellhop.server.policy.Decision;
import dev.bellhop.server.policy.Policy;
import dev.bellhop.server.policy.PolicyInput;
import dev.bellhop.server.policy.SavedCommands;
import dev.bellhop.server.tenant.Tenant;
import java.util.Optional;

/**
 * Decides whether an execution that has waited may still start. Its VM must still belong to the account. A saved
 * command must still exist and be permitted, since deleting it stops it; any other command was permitted when it was
 * submitted.
 */
record StartPermission(Accounts accounts, Keys keys, SavedCommands savedCommands) implements StartCheck {
    @Override
    public Optional<Denial> denial(Execution execution) {
        Tenant tenant = execution.spec().tenant();
        if (!accounts.mayRunIn(tenant, execution.vm())) {
            return Optional.of(Denial.reassigned(execution));
        }
        SavedCommandVersion saved = execution.spec().saved();
        if (saved == null) {
            return Optional.empty();
        }
        if (!savedCommands.keeps(tenant, saved.name(), saved.version(), saved.savedAt())) {
            return Optional.of(
                    new Denial(
                            Reason.SAVED_COMMAND_DELETED,
                            new BellhopException(
                                    ErrorCode.SAVED_COMMAND_DELETED,
                                    "Cannot start this because the saved command that it runs was deleted since; ask for another one")));
        }
        return refusal(tenant, execution.spec().keyId(), saved.name());
    }

    private Optional<Denial> refusal(Tenant tenant, String keyId, String name) {
        Policy ofAccount = accounts.policyOf(tenant);
        Policy ofKey = keys.find(keyId).map(Key::policy).orElse(null);
        return Decision.of(ofAccount, ofKey, new PolicyInput.Saved(name))
                        instanceof Decision.Refused(Decision.Whose whose, String rule)
                ? Optional.of(new Denial(
                        Reason.POLICY_REFUSED,
                        new BellhopException(
                                "Cannot start this because '" + rule + "' in the policy of the " + whose.wireName()
                                        + " that asked for it forbids it by now",
                                new RuleRefusal(whose.wireName(), rule))))
                : Optional.empty();
    }
}

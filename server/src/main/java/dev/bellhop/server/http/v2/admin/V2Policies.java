// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.v2.admin;

import dev.bellhop.api.v2.admin.PolicyDocument;
import dev.bellhop.api.v2.admin.PolicyFileRule;
import dev.bellhop.api.v2.admin.PolicyRule;
import dev.bellhop.server.access.Key;
import dev.bellhop.server.failure.Precondition;
import dev.bellhop.server.failure.Written;
import dev.bellhop.server.http.Call;
import dev.bellhop.server.http.HttpResponse;
import dev.bellhop.server.http.Route;
import dev.bellhop.server.http.v2.EntityTags;
import dev.bellhop.server.policy.FileRule;
import dev.bellhop.server.policy.Policy;
import dev.bellhop.server.policy.Rule;
import dev.bellhop.server.policy.RuleField;
import dev.bellhop.server.service.UseCase;
import dev.bellhop.server.service.admin.PolicyAdmin;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * {@code /api/v2/keys/{id}/policy} and {@code /api/v2/accounts/{id}/policy}: the commands a key or an account can run.
 */
public record V2Policies(PolicyAdmin policies) {
    private static final String OF_KEY = "/api/v2/keys/{id}/policy";
    private static final String OF_ACCOUNT = "/api/v2/accounts/{id}/policy";

    public List<Route> routes() {
        return List.of(
                new Route(
                        "GET",
                        OF_KEY,
                        UseCase.KEY_POLICY_READ,
                        call -> EntityTags.read(call, view(policies.ofKey(call.permit(), id(call))))),
                new Route(
                        "PUT",
                        OF_KEY,
                        UseCase.KEY_POLICY_SET,
                        call -> answer(
                                call, policies.setOfKey(call.permit(), id(call), () -> wanted(call), condition(call)))),
                new Route("DELETE", OF_KEY, UseCase.KEY_POLICY_DELETE, this::deleteOfKey),
                new Route(
                        "GET",
                        OF_ACCOUNT,
                        UseCase.ACCOUNT_POLICY_READ,
                        call -> EntityTags.read(call, view(policies.ofAccount(call.permit(), id(call))))),
                new Route(
                        "PUT",
                        OF_ACCOUNT,
                        UseCase.ACCOUNT_POLICY_SET,
                        call -> answer(
                                call,
                                policies.setOfAccount(call.permit(), id(call), () -> wanted(call), condition(call)))),
                new Route("DELETE", OF_ACCOUNT, UseCase.ACCOUNT_POLICY_DELETE, this::deleteOfAccount));
    }

    private static String id(Call call) {
        return call.pathParameter("id");
    }

    private static PolicyDocument wanted(Call call) {
        return call.strictBody(PolicyDocument.class);
    }

    private static Precondition<Policy> condition(Call call) {
        return EntityTags.ofChange(call, policy -> EntityTags.of(view(policy)));
    }

    private static HttpResponse answer(Call call, PolicyAdmin.Stored stored) {
        PolicyDocument view = view(stored.policy());
        String etag = EntityTags.of(view);
        return stored.written() == Written.CREATED
                ? EntityTags.created(call.request().getHttpURI().getPath(), view, etag)
                : EntityTags.changed(view, etag);
    }

    private HttpResponse deleteOfKey(Call call) {
        policies.deleteOfKey(call.permit(), id(call), condition(call));
        return HttpResponse.noContent();
    }

    private HttpResponse deleteOfAccount(Call call) {
        policies.deleteOfAccount(call.permit(), id(call), condition(call));
        return HttpResponse.noContent();
    }

    /** Returns the policy of a key; absent if it has none. */
    static @Nullable PolicyDocument view(Key key) {
        return key.policy() == null ? null : view(key.policy());
    }

    private static PolicyDocument view(Policy policy) {
        Set<String> saved = policy.savedCommands();
        return new PolicyDocument(
                policy.onlySavedCommands(),
                saved == null ? null : saved.stream().sorted().toList(),
                policy.rules().stream().map(V2Policies::view).toList(),
                policy.approval() ? true : null,
                policy.files() == null
                        ? null
                        : policy.files().stream().map(V2Policies::view).toList(),
                policy.forward());
    }

    private static PolicyFileRule view(FileRule rule) {
        return new PolicyFileRule(rule.prefix(), rule.write() ? PolicyFileRule.WRITE : PolicyFileRule.READ);
    }

    private static PolicyRule view(Rule rule) {
        return new PolicyRule(
                rule.name(),
                rule.effect() == Rule.Effect.ALLOW ? PolicyRule.ALLOW : PolicyRule.DENY,
                rule.patterns().get(RuleField.COMMAND),
                rule.patterns().get(RuleField.ARGV0),
                rule.patterns().get(RuleField.USER),
                rule.patterns().get(RuleField.SHELL));
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.policy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.server.policy.Decision.Allowed;
import dev.bellhop.server.policy.Decision.NeedsApproval;
import dev.bellhop.server.policy.Decision.Refused;
import dev.bellhop.server.policy.Decision.Whose;
import dev.bellhop.server.policy.Rule.Effect;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What policies say of commands. */
class PolicyTest {
    private static Rule deny(RuleField field, String pattern) {
        return new Rule("d", Effect.DENY, Map.of(field, pattern));
    }

    private static Rule allow(RuleField field, String pattern) {
        return new Rule("a", Effect.ALLOW, Map.of(field, pattern));
    }

    private static Policy rules(Rule... rules) {
        return new Policy(false, null, List.of(rules), false);
    }

    private static PolicyInput script(String text) {
        return PolicyInput.script(text, null, null, false);
    }

    private static PolicyInput.Command argv(String... words) {
        return PolicyInput.argv(Arrays.asList(words), String.join(" ", words), null, false);
    }

    /** What refuses, or absent. */
    private static @Nullable String refusal(Policy policy, PolicyInput policyInput) {
        return policy.refusal(policyInput).orElse(null);
    }

    @ParameterizedTest
    @ValueSource(strings = {"reboot", "sudo reboot", "x; reboot", "x\nreboot -f", "echo 'reboot'"})
    void whatIsDeniedIsLookedForAnywhere(String text) {
        assertThat(refusal(rules(deny(RuleField.COMMAND, "reboot")), script(text)))
                .isEqualTo("d");
    }

    /** Each would let a deny rule be missed, were it taken for what it says of one line. */
    @Test
    void lineBreaksHideNothing() {
        assertThat(refusal(rules(deny(RuleField.COMMAND, "^reboot$")), script("true\nreboot\ntrue")))
                .isEqualTo("d");
        assertThat(refusal(rules(deny(RuleField.COMMAND, "rm.*-rf")), script("rm \\\n -rf /")))
                .isEqualTo("d");
    }

    @Test
    void aDenyRuleIsNotSideSteppedByArgv() {
        assertThat(refusal(rules(deny(RuleField.COMMAND, "rm -rf")), argv("rm", "-rf", "/")))
                .isEqualTo("d");
        assertThat(refusal(rules(deny(RuleField.COMMAND, "^reboot")), argv("sh", "-c", "reboot -f")))
                .isEqualTo("d");
        assertThat(refusal(rules(deny(RuleField.SHELL, "bash")), argv("/bin/bash", "-c", "x")))
                .isEqualTo("d");
        assertThat(refusal(rules(deny(RuleField.ARGV0, "^reboot$")), argv("/sbin/reboot")))
                .isEqualTo("d");
        assertThat(refusal(rules(deny(RuleField.ARGV0, "^reboot$")), argv("C:\\x\\reboot")))
                .isEqualTo("d");
        assertThat(refusal(rules(deny(RuleField.ARGV0, "^reboot$")), argv("rebooted")))
                .isNull();
    }

    @Test
    void aProgramNamedAsTheShellDoesNotEvadeADenyRule() {
        assertThat(refusal(
                        rules(deny(RuleField.COMMAND, "\\bpython3?\\b")),
                        PolicyInput.script("import os", "/usr/bin/python3", null, false)))
                .isEqualTo("d");
    }

    @ParameterizedTest
    @ValueSource(strings = {"sh", "^cmd$", "^/bin/sh$", "cmd[.]exe"})
    void whatNamesNoShellHasTheUsualOne(String pattern) {
        assertThat(refusal(rules(deny(RuleField.SHELL, pattern)), script("x"))).isEqualTo("d");
        assertThat(refusal(rules(deny(RuleField.ARGV0, pattern)), script("x"))).isEqualTo("d");
    }

    @Test
    void whatNamesNoUserIsRoots() {
        assertThat(refusal(rules(deny(RuleField.USER, "^root$")), script("x"))).isEqualTo("d");
        assertThat(refusal(rules(deny(RuleField.USER, "^root$")), PolicyInput.script("x", null, "postgres", false)))
                .isNull();
        assertThat(refusal(rules(allow(RuleField.USER, "postgres")), script("x")))
                .isEqualTo(Policy.NO_ALLOW_RULE);
        assertThat(refusal(rules(allow(RuleField.USER, "postgres")), PolicyInput.script("x", null, "postgres", false)))
                .isNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"git pull; reboot", "x git pull", "git pull\n", "git pull\nreboot", "git  pull"})
    void whatIsAllowedHasToBeAllOfIt(String text) {
        Policy policy = rules(allow(RuleField.COMMAND, "git .*pull|uptime"));

        assertThat(refusal(policy, script("git pull"))).isNull();
        assertThat(refusal(rules(allow(RuleField.COMMAND, "git (pull|status)")), script(text)))
                .isEqualTo(Policy.NO_ALLOW_RULE);
        assertThat(refusal(policy, script("git x\ny pull"))).isEqualTo(Policy.NO_ALLOW_RULE);
    }

    @Test
    void anAllowedProgramIsTheOneAtItsPlace() {
        Policy policy = rules(allow(RuleField.ARGV0, "/usr/bin/git"));

        assertThat(refusal(policy, argv("/usr/bin/git", "pull"))).isNull();
        assertThat(refusal(policy, argv("/tmp/git"))).isEqualTo(Policy.NO_ALLOW_RULE);
        assertThat(refusal(rules(allow(RuleField.ARGV0, "git")), argv("/tmp/git")))
                .isEqualTo(Policy.NO_ALLOW_RULE);
        assertThat(refusal(policy, script("/usr/bin/git"))).isEqualTo(Policy.NO_ALLOW_RULE);
        assertThat(refusal(rules(allow(RuleField.SHELL, ".*")), argv("/bin/sh")))
                .isEqualTo(Policy.NO_ALLOW_RULE);
    }

    /** One word with a blank in it is another program than two words. */
    @Test
    void argvIsMatchedAsAShellWouldHaveToQuoteIt() {
        Policy policy = rules(allow(RuleField.COMMAND, "git pull"));

        assertThat(refusal(policy, PolicyInput.argv(List.of("git", "pull"), "git pull", null, false)))
                .isNull();
        assertThat(refusal(policy, PolicyInput.argv(List.of("git pull"), "'git pull'", null, false)))
                .isEqualTo(Policy.NO_ALLOW_RULE);
    }

    @Test
    void whatIsAllowedBringsNoVariablesAndNoShellOfItsOwn() {
        Policy policy = rules(allow(RuleField.COMMAND, "uptime"));

        assertThat(refusal(policy, script("uptime"))).isNull();
        assertThat(refusal(policy, PolicyInput.script("uptime", null, null, true)))
                .isEqualTo(Policy.NO_ALLOW_RULE);
        assertThat(refusal(policy, PolicyInput.script("uptime", "/tmp/x", null, false)))
                .isEqualTo(Policy.NO_ALLOW_RULE);
        Rule both = new Rule("a", Effect.ALLOW, Map.of(RuleField.COMMAND, "uptime", RuleField.SHELL, "/bin/bash"));
        assertThat(refusal(rules(both), PolicyInput.script("uptime", "/bin/bash", null, false)))
                .isNull();
        assertThat(refusal(rules(both), script("uptime"))).isEqualTo(Policy.NO_ALLOW_RULE);
    }

    @Test
    void allPatternsOfARuleHaveToMatch() {
        Rule rule = new Rule("d", Effect.DENY, Map.of(RuleField.COMMAND, "psql", RuleField.USER, "^root$"));

        assertThat(refusal(rules(rule), script("psql"))).isEqualTo("d");
        assertThat(refusal(rules(rule), script("ls"))).isNull();
        assertThat(refusal(rules(rule), PolicyInput.script("psql", null, "postgres", false)))
                .isNull();
    }

    @Test
    void aDenyRuleGoesBeforeAllowRulesWhereverItStands() {
        Rule allow = allow(RuleField.COMMAND, ".*");
        Rule deny = deny(RuleField.COMMAND, "reboot");

        assertThat(refusal(rules(allow, deny), script("reboot"))).isEqualTo("d");
        assertThat(refusal(rules(deny, allow), script("reboot"))).isEqualTo("d");
        assertThat(refusal(rules(deny, allow), script("ls"))).isNull();
    }

    @Test
    void moreTextThanRulesLookAtIsRefused() {
        String longest = "x".repeat(Policy.MAX_TEXT_LENGTH);

        assertThat(refusal(rules(deny(RuleField.COMMAND, "y")), script(longest)))
                .isNull();
        assertThat(refusal(rules(deny(RuleField.COMMAND, "y")), script(longest + "x")))
                .isEqualTo(Policy.TOO_LONG);
        assertThat(refusal(rules(), script(longest + "x"))).isNull();
        assertThat(refusal(rules(deny(RuleField.COMMAND, "y")), argv("x", longest)))
                .isEqualTo(Policy.TOO_LONG);
    }

    @Test
    void onlySavedCommandsMeansNothingElse() {
        Policy policy = new Policy(true, null, List.of(allow(RuleField.COMMAND, ".*")), false);

        assertThat(refusal(policy, script("x"))).isEqualTo(Policy.ONLY_SAVED_COMMANDS);
        assertThat(refusal(policy, argv("x"))).isEqualTo(Policy.ONLY_SAVED_COMMANDS);
    }

    @Test
    void accountAndKeyBothHaveToPermit() {
        Policy denies = rules(deny(RuleField.COMMAND, "x"));
        Policy approves = new Policy(false, null, List.of(), true);

        assertThat(Decision.of(null, null, script("x"))).isEqualTo(new Allowed());
        assertThat(Decision.of(denies, null, script("x"))).isEqualTo(new Refused(Whose.ACCOUNT, "d"));
        assertThat(Decision.of(rules(), denies, script("x"))).isEqualTo(new Refused(Whose.KEY, "d"));
        assertThat(Decision.of(approves, denies, script("x"))).isEqualTo(new Refused(Whose.KEY, "d"));
        assertThat(Decision.of(approves, denies, script("y"))).isEqualTo(new NeedsApproval(Whose.ACCOUNT));
        assertThat(Decision.of(denies, approves, script("y"))).isEqualTo(new NeedsApproval(Whose.KEY));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "(",
                "a{101}",
                "(a{10}){11}",
                "((a{2,9}){9}){9}",
                "a{99999999999999999999}",
                "(?=x)",
                "(a)\\1"
            })
    void aPatternIsBoundedInSizeAndRunsInLinearTime(String pattern) {
        assertThat(RulePatterns.steps(pattern)).isEmpty();
        assertThat(RulePatterns.steps("x".repeat(RulePatterns.MAX_LENGTH + 1))).isEmpty();
        assertThat(RulePatterns.steps("(a{10}){10}")).isPresent();
    }

    @Test
    void whatIsAskedDoesNotPrintTheCommand() {
        assertThat(script("hunter2").toString()).doesNotContain("hunter2");
    }
}

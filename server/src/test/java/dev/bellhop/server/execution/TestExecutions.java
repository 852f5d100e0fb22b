// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution;

import dev.bellhop.server.execution.engine.ExecutionLimits;
import dev.bellhop.server.execution.engine.ExecutionSettings;
import dev.bellhop.server.execution.guest.GuestSettings;
import dev.bellhop.server.execution.store.StorageQuota;
import dev.bellhop.server.tenant.Tenant;
import dev.bellhop.server.vm.VmId;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;

/** Executions in each state of their life, for tests of other packages too. */
public final class TestExecutions {
    public static final Instant CREATED = Instant.parse("2026-03-01T00:00:00.001Z");
    public static final Instant STARTED = Instant.parse("2026-03-01T00:00:00.020Z");
    public static final Instant FINISHED = Instant.parse("2026-03-01T00:00:01.300Z");

    /** For guests that know no more than the agent's own calls. */
    public static final ExecutionSettings DIRECT = new ExecutionSettings(
            new GuestSettings(false, GuestSettings.SPOOL_FOLDER, GuestSettings.MAX_OUTPUT_BYTES),
            ExecutionLimits.defaults());

    /** For guests on this machine, with their spool in this folder. */
    public static ExecutionSettings supervised(Path spool) {
        return new ExecutionSettings(
                new GuestSettings(true, spool.toString(), GuestSettings.MAX_OUTPUT_BYTES)
                        .withRemovedAfter(Duration.ZERO),
                ExecutionLimits.defaults());
    }

    private static final ExecutionIds IDS = new ExecutionIds(Clock.systemUTC());

    private TestExecutions() {}

    /** A quota that lets everything be stored. */
    public static StorageQuota unlimited() {
        return new StorageQuota(Long.MAX_VALUE / 2, () -> 0);
    }

    /** In whole milliseconds, as the server has it: else one created now may be younger than what happens next. */
    public static Instant now() {
        return Clock.systemUTC().instant().truncatedTo(ChronoUnit.MILLIS);
    }

    /** Shell text and nothing more, in a guest whose agent is there, with a key of the operator's. */
    public static ExecutionRequest request(String script, String keyId) {
        return request(script, keyId, Tenant.operator());
    }

    public static ExecutionRequest request(String script, String keyId, Tenant tenant) {
        return new ExecutionRequest(spec(script, keyId, tenant), StartOptions.PLAIN);
    }

    /** Shell text and nothing more, with a key of the operator's. */
    public static ExecutionSpec spec(String script, String keyId) {
        return spec(script, keyId, Tenant.operator());
    }

    public static ExecutionSpec spec(String script, String keyId, Tenant tenant) {
        return new ExecutionSpec(CommandLine.script(script), keyId, tenant, Map.of(), null);
    }

    /** For an agent that may take its time to come. */
    public static StartOptions deliveredWithin(Duration timeout) {
        return new StartOptions(Map.of(), null, null, null, false, timeout, false);
    }

    /** Likewise, with stdin that is written while it runs. */
    public static StartOptions stdinFollowing(Duration timeout) {
        return new StartOptions(Map.of(), null, null, null, true, timeout, false);
    }

    /** A new one, whose id is greater than that of those before. */
    public static Execution pending(long vm) {
        return Execution.pending(IDS.next(), new VmId(vm), spec("echo hi", "0123456789ab"), CREATED);
    }

    /** As {@link #pending}, with labels. */
    public static Execution labelled(long vm, Map<String, String> labels) {
        ExecutionSpec spec = new ExecutionSpec(
                new CommandLine.Script("echo hi", null), "0123456789ab", Tenant.operator(), labels, null);
        return Execution.pending(IDS.next(), new VmId(vm), spec, CREATED);
    }

    /** As {@link #pending}, started under an account. */
    public static Execution startedUnder(String account, long vm) {
        return Execution.pending(
                IDS.next(), new VmId(vm), spec("echo hi", "0123456789ab", Tenant.account(account)), CREATED);
    }

    public static Execution running(long vm, long pid) {
        return started(pending(vm), pid);
    }

    public static Execution started(Execution pending, long pid) {
        return pending.started(ExecutionMode.DIRECT, pid, STARTED);
    }

    public static Execution exited(Execution running, ExitStatus status, OutputSize size) {
        return running.ended(ExecutionState.EXITED, status, size, FINISHED);
    }

    public static Execution exitedAt(Execution running, Instant time) {
        Execution ended = running.ended(ExecutionState.EXITED, new ExitStatus(0, null), OutputSize.NONE, time);
        // At any time, though one that was started later does not end then.
        return new Execution(
                ended.id(),
                ended.vm(),
                ended.spec(),
                ended.state(),
                ended.mode(),
                ended.pid(),
                ended.exit(),
                ended.reason(),
                ended.createdAt(),
                ended.startedAt(),
                time,
                ended.output(),
                ended.approval());
    }

    public static Execution ended(Execution execution, ExecutionState end, Reason why) {
        return execution.endedUnstarted(end, why, FINISHED);
    }
}

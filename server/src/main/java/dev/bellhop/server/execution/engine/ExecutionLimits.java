// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.engine;

/**
 * How many executions there may be at once.
 *
 * @param runningPerKey those that run for one key, in all VMs; keys of one account count together
 */
public record ExecutionLimits(int runningPerVm, int runningPerKey, int queuedPerVm) {
    public static final int RUNNING_PER_VM = 200;
    public static final int RUNNING_PER_KEY = 2_000;
    public static final int QUEUED_PER_VM = 1_000;

    public static ExecutionLimits defaults() {
        return new ExecutionLimits(RUNNING_PER_VM, RUNNING_PER_KEY, QUEUED_PER_VM);
    }
}

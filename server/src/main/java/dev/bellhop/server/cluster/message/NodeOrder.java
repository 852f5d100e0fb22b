// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.message;

import dev.bellhop.server.execution.Approval;
import dev.bellhop.server.execution.ExecutionMode;
import dev.bellhop.server.vms.AgentCheck;
import dev.bellhop.server.vms.VmOverview;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What API servers order of a node. Each has its own subject, {@code bh.1.n.X.SESSION.KIND}. A node answers {@code FENCED} to an
 * order for another session. Each may arrive twice.
 */
public final class NodeOrder {
    public static final String START = "start";
    public static final String CANCEL = "cancel";
    public static final String SIGNAL = "signal";
    public static final String INPUT = "input";
    public static final String APPROVE = "approve";
    public static final String REJECT = "reject";
    public static final String PLACE = "place";
    public static final String WAKE = "wake";
    public static final String READER = "reader";
    public static final String VMS = "vms";
    public static final String HAVE = "have";
    public static final String FIND_VM = "find-vm";
    public static final String STATE = "state";
    public static final String USAGE = "usage";
    public static final String CHECK = "check";
    public static final String REPORT = "report";
    public static final String POWER = "power";
    public static final String FORGET = "forget";

    private NodeOrder() {}

    /**
     * Has an execution started that is stored. Answered with {@link Started} once its pid is durable, it has ended or it waits;
     * refused with what its caller is to be told.
     *
     * @param content what it takes to start it, where that is short; else the node asks for it
     * @param endAwaited whether its caller waits for its end; absent for no
     * @param server who orders it: the node stores there what becomes of it, while that is there; absent for whichever API server
     * @param atOnce for how long its caller waits for its start; that is when the answer comes at the latest
     */
    public record Start(
            long session,
            long epoch,
            WireUnfinished execution,
            @Nullable StartContent content,
            Duration atOnce,
            @Nullable Boolean endAwaited,
            @Nullable String server) {}

    /**
     * What came of it.
     *
     * @param waits whether it waits for its turn, its agent or approval
     * @param next how the guest would be asked to start another one; absent where that is not known
     */
    public record Started(boolean waits, @Nullable HowToAsk next) {}

    /** What does not change from one start in a guest to the next, as {@link dev.bellhop.server.execution.StartIntent} has it. */
    public record HowToAsk(
            ExecutionMode mode,
            @Nullable String spool,
            @Nullable UUID boot) {}

    /** Ends an execution. The wish is stored already, where {@code stored}. */
    public record Cancel(long session, UUID execution, Duration grace, boolean stored, Duration longest) {}

    /** Whether the wish is durable. */
    public record Cancelled(boolean stored) {}

    public record Signal(long session, UUID execution, int signal, Duration longest) {}

    @SuppressWarnings("ArrayRecordComponent") // On its way.
    public record Input(long session, UUID execution, long offset, byte[] bytes, boolean isLast, Duration longest) {}

    /** Up to where stdin is written. */
    public record InputWritten(long next) {}

    /** An execution was approved, which is stored. */
    public record Approve(long session, UUID execution, Approval given, long revision) {}

    public record Reject(long session, UUID execution, Duration longest) {}

    /** Asks for an execution's place among those that wait for their turn. */
    public record Place(long session, UUID execution) {}

    /** Absent where it does not wait. */
    public record Placed(@Nullable Integer place) {}

    /**
     * Looks at once at what is unfinished, and at whether what waits may still start.
     *
     * @param vm of this VM alone; absent for all
     */
    public record Wake(long session, @Nullable Long vm) {}

    /** Somebody reads the output of an execution. It is a hint, and not answered. */
    public record Reader(UUID execution) {}

    /** What is asked of one VM. */
    public record OfVm(long session, long vm) {}

    /** What is asked of some VMs. */
    public record OfVms(long session, List<Long> vms) {}

    public record Overviews(List<VmOverview> vms) {}

    /** Those of the VMs in {@link #HAVE} that are not on the node's host; it has let go of them. */
    public record NotHere(List<Long> vms) {}

    public record Checked(AgentCheck check) {}

    /** Begins an operation that is stored. Refused where nothing was done, and nothing will be. */
    public record Power(long session, WireOperation operation) {}

    /** Which operation is under way: the one that was ordered, or another that wants the same. */
    public record PowerStarted(UUID operation) {}

    /**
     * Asks something of a guest, in the VM's node. Its kind says what {@code question} is.
     *
     * @param id of this order: the same one again asks what has become of the first
     * @param longest until the answer, which may say that it is under way
     * @param question a record, encoded
     */
    @SuppressWarnings("ArrayRecordComponent") // On its way.
    public record InGuest(long session, long epoch, long vm, UUID id, Duration longest, byte[] question) {
        /** A question may be a password. */
        @Override
        public String toString() {
            return "InGuest[vm=" + vm + ", id=" + id + "]";
        }
    }
}

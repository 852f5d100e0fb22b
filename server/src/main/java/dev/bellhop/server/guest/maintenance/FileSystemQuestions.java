// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.guest.maintenance;

import dev.bellhop.qga.GuestList;
import dev.bellhop.qga.TrimmedFileSystem;
import dev.bellhop.server.guest.question.Fitting;
import dev.bellhop.server.guest.question.Question;
import dev.bellhop.server.guest.question.QuestionKind;
import java.time.Duration;
import java.util.List;

/**
 * Questions about all file systems of a guest. A freeze is a lease: the node that made it ends it, and if that node is gone, the guard in the
 * guest does. All fail with {@code NOT_SUPPORTED} if the agent lacks the call or does not allow it.
 */
public final class FileSystemQuestions {
    private static final Duration LONGEST = Duration.ofMinutes(2);

    private FileSystemQuestions() {}

    /** Asks whether file systems are frozen. It takes a few seconds at most. */
    public record FindFreeze() implements Question<FreezeStatus> {
        static final QuestionKind<FindFreeze, FreezeStatus> KIND = QuestionKind.step(
                "freeze-status",
                FindFreeze.class,
                FreezeStatus.class,
                "Cannot tell whether file systems are frozen",
                Duration.ofSeconds(15));

        @Override
        public QuestionKind<FindFreeze, FreezeStatus> kind() {
            return KIND;
        }
    }

    /**
     * Freezes file systems once something in the guest is ready to thaw them at the end of the lease. It can take a minute if the guest's hooks
     * do. {@code ALREADY_FROZEN}, and {@code NOT_SUPPORTED} if the guest cannot thaw itself: then nothing is frozen.
     *
     * @param lease in whole seconds, from {@link #MIN_SECONDS} to {@link #MAX_SECONDS}, including the time of the freeze itself
     * @param mountPoints of the file systems; empty for all
     */
    public record Freeze(Duration lease, List<String> mountPoints) implements Question<FrozenFileSystems> {
        public static final int MIN_SECONDS = 1;
        public static final int MAX_SECONDS = 600;
        public static final int USUAL_SECONDS = 60;
        public static final int MAX_MOUNT_POINTS = 100;

        static final QuestionKind<Freeze, FrozenFileSystems> KIND = QuestionKind.change(
                "freeze", Freeze.class, FrozenFileSystems.class, "Cannot freeze the file systems", LONGEST);

        public Freeze {
            mountPoints = List.copyOf(mountPoints);
            long seconds = lease.toSeconds();
            if (seconds < MIN_SECONDS || seconds > MAX_SECONDS) {
                throw new IllegalArgumentException("a lease of " + seconds + " s");
            }
        }

        @Override
        public QuestionKind<Freeze, FrozenFileSystems> kind() {
            return KIND;
        }
    }

    /** Thaws all file systems, even if another program has frozen them. */
    public record Thaw() implements Question<Thawed> {
        static final QuestionKind<Thaw, Thawed> KIND =
                QuestionKind.change("thaw", Thaw.class, Thawed.class, "Cannot thaw the file systems", LONGEST);

        @Override
        public QuestionKind<Thaw, Thawed> kind() {
            return KIND;
        }
    }

    /**
     * The result of a thaw.
     *
     * @param count how many were thawed; 0 if none was frozen
     */
    public record Thawed(int count) {}

    /**
     * Makes all file systems report their unused blocks to their disks. It can take minutes.
     *
     * @param minimumBytes shorter free ranges are skipped
     */
    public record Trim(long minimumBytes) implements Question<Trimmed> {
        static final QuestionKind<Trim, Trimmed> KIND = QuestionKind.change(
                "trim", Trim.class, Trimmed.class, "Cannot trim the file systems", Duration.ofMinutes(11));

        @Override
        public QuestionKind<Trim, Trimmed> kind() {
            return KIND;
        }
    }

    /**
     * The trimmed file systems.
     *
     * @param cut whether there are more than a message has room for
     */
    public record Trimmed(List<TrimmedFileSystem> fileSystems, boolean cut) {
        public Trimmed {
            fileSystems = List.copyOf(fileSystems);
        }

        static Trimmed of(GuestList<TrimmedFileSystem> all) {
            List<TrimmedFileSystem> fitting = Fitting.first(all.items(), Trimmed::length);
            return new Trimmed(
                    fitting, all.cut() || fitting.size() < all.items().size());
        }

        private static int length(TrimmedFileSystem each) {
            String error = each.error();
            return Fitting.length(each.mountPoint()) + (error == null ? 0 : Fitting.length(error));
        }
    }
}

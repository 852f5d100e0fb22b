// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.guest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.bellhop.server.clock.ClockSource;
import dev.bellhop.server.clock.SetClock;
import dev.bellhop.server.cluster.FakeNetwork.Fate;
import dev.bellhop.server.cluster.WireCodec;
import dev.bellhop.server.cluster.WireFormatException;
import dev.bellhop.server.cluster.message.Answer;
import dev.bellhop.server.cluster.message.NodeOrder.InGuest;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.failure.FieldFault;
import dev.bellhop.server.file.FileChange;
import dev.bellhop.server.file.FileStat;
import dev.bellhop.server.file.GuestFiles;
import dev.bellhop.server.file.GuestPath;
import dev.bellhop.server.file.PathLimits;
import dev.bellhop.server.guest.maintenance.FileSystemQuestions.Freeze;
import dev.bellhop.server.guest.maintenance.FileSystemQuestions.Thaw;
import dev.bellhop.server.guest.maintenance.FileSystemQuestions.Thawed;
import dev.bellhop.server.guest.question.QuestionKind;
import dev.bellhop.server.login.LoginQuestions.ListKeys;
import dev.bellhop.server.login.LoginQuestions.SetPassword;
import dev.bellhop.server.vm.VmId;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What becomes of an order about a guest when messages are lost, nodes are others by now, or say what they should not. */
@Timeout(60)
@Tag("cluster")
class GuestOrdersTest {
    private static final VmId VM = OneNodesGuests.VM;
    private static final GuestPath PATH = GuestPath.of("/a").orElseThrow();
    private static final String RAW = "81a4 12 1700000000 1700000001 0 1000 4096|64768 131|"
            + "2023-11-14 22:13:20.123456789|2023-11-14 22:13:21.000000001|root|www-data";
    private static final FileStat STAT = FileStat.parse(RAW).orElseThrow();

    private final OneNodesGuests cluster = new OneNodesGuests();

    private static BellhopException refused(ThrowingCallable call) {
        return catchThrowableOfType(BellhopException.class, call);
    }

    private byte[] message(long session, long epoch, long vm, UUID id) {
        return WireCodec.encode(
                new InGuest(session, epoch, vm, id, Duration.ofSeconds(5), WireCodec.encode(new QuestionKind.Plain())));
    }

    @Test
    void whatTheNodeRefusesIsRefusedInItsWords() {
        BellhopException sent = new BellhopException(
                "Cannot open a terminal",
                List.of(new FieldFault("/user", "A user of the guest", FieldFault.Fault.UNKNOWN_VALUE)));
        cluster.work = call -> {
            throw sent;
        };
        BellhopException got = refused(() -> cluster.guests.ask(VM, new Thaw()));
        assertThat(got.code()).isEqualTo(ErrorCode.INVALID_FIELD);
        assertThat(got).hasMessage("Cannot open a terminal");
        assertThat(got.faults()).isEqualTo(sent.faults());

        cluster.work = call -> {
            throw new BellhopException(ErrorCode.TOO_MANY_TRANSFERS, "Cannot: too many", 4, 7);
        };
        got = refused(() -> cluster.files.open(VM, PATH, false, PathLimits.NONE));
        assertThat(got.code()).isEqualTo(ErrorCode.TOO_MANY_TRANSFERS);
        assertThat(got.limit()).hasValue(4);
        assertThat(got.retryAfter()).isEqualTo(7);
    }

    @Test
    void aNodeSaysNothingOfCallersAndWritesNoLinesIntoLogs() {
        cluster.work = call -> {
            throw new BellhopException(ErrorCode.UNAUTHORIZED, "Cannot: your key has ended");
        };
        assertThat(refused(() -> cluster.guests.ask(VM, new Thaw())).code()).isEqualTo(ErrorCode.INTERNAL_ERROR);
        cluster.work = call -> {
            throw new BellhopException(ErrorCode.GUEST_REFUSED, "Cannot\n2026 ERROR \u001b[2J" + "x".repeat(9_000));
        };
        assertThat(refused(() -> cluster.guests.ask(VM, new Thaw())).getMessage())
                .startsWith("Cannot 2026 ERROR  [2Jx")
                .hasSize(2_000);
    }

    @Test
    void aFaultOfTheNodeIsNoneOfTheCallersAndTellsNothing() {
        cluster.work = call -> {
            throw new IllegalStateException("secret");
        };
        BellhopException got = refused(() -> cluster.guests.ask(VM, new SetPassword("root", "secret", false)));
        assertThat(got.code()).isEqualTo(ErrorCode.INTERNAL_ERROR);
        assertThat(got.getMessage()).doesNotContain("secret");
    }

    @Test
    void aChangeIsMadeOnceThoughItArrivesTwice() {
        cluster.work = call -> new Thawed(3);
        cluster.network.decide(subject -> Fate.ARRIVES_TWICE);
        assertThat(cluster.guests.ask(VM, new Thaw())).isEqualTo(new Thawed(3));
        assertThat(cluster.asked).hasSize(1);
    }

    @Test
    void aLostAnswerIsAskedForAndTheChangeIsMadeOnce() {
        AtomicInteger messages = new AtomicInteger();
        cluster.work = call -> new Thawed(3);
        cluster.network.decide(subject -> switch (messages.getAndIncrement()) {
            case 0 -> Fate.ANSWER_IS_LOST;
            case 1 -> Fate.IS_LOST;
            case 2 -> Fate.MEETS_BUSY;
            default -> Fate.ARRIVES;
        });
        assertThat(cluster.guests.ask(VM, new Thaw())).isEqualTo(new Thawed(3));
        assertThat(cluster.asked).hasSize(1);
    }

    @Test
    void aChangeThatNobodyHeardOfIsRefusedAtOnce() {
        cluster.network.decide(subject -> Fate.MEETS_NOBODY);
        BellhopException got = refused(() -> cluster.guests.ask(VM, new Thaw()));
        assertThat(got.code()).isEqualTo(ErrorCode.AGENT_UNAVAILABLE);
        assertThat(got).hasMessage("Cannot thaw the file systems in VM 1 because its node a cannot be reached");
        assertThat(cluster.network.requests()).hasSize(1);
    }

    @Test
    void aChangeWhoseNodeWasRestartedBeforeItAnsweredMayHaveBeenMade() {
        AtomicInteger messages = new AtomicInteger();
        cluster.network.decide(subject -> {
            if (messages.getAndIncrement() == 0) {
                return Fate.ANSWER_IS_LOST;
            }
            cluster.session = 12;
            return Fate.ARRIVES;
        });
        cluster.work = call -> new Thawed(3);
        assertThat(refused(() -> cluster.guests.ask(VM, new Thaw())).code()).isEqualTo(ErrorCode.START_UNCONFIRMED);
        assertThat(cluster.asked).hasSize(1);
    }

    @Test
    void aLookWhoseNodeWasRestartedHasChangedNothing() {
        AtomicInteger messages = new AtomicInteger();
        cluster.network.decide(subject -> {
            if (messages.getAndIncrement() == 0) {
                return Fate.IS_LOST;
            }
            cluster.epoch = 6;
            return Fate.ARRIVES;
        });
        assertThat(refused(() -> cluster.guests.ask(VM, new ListKeys("root"))).code())
                .isEqualTo(ErrorCode.AGENT_UNAVAILABLE);
    }

    @Test
    void whatTakesLongIsAskedForAgainAndAgain() throws Exception {
        CountDownLatch ended = new CountDownLatch(1);
        UUID id = UUID.randomUUID();
        cluster.work = call -> {
            try {
                ended.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            return new Thawed(3);
        };
        InGuest order = new InGuest(11, 5, 1, id, Duration.ofMillis(20), WireCodec.encode(new QuestionKind.Plain()));
        for (int i = 0; i < 3; i++) {
            assertThat(cluster.orders.carryOut("thaw", WireCodec.encode(order)).goesOn())
                    .isTrue();
        }
        ended.countDown();
        Answer end = cluster.orders.carryOut("thaw", message(11, 5, 1, id));
        assertThat(end.goesOn()).isFalse();
        assertThat(end.open(Thawed.class).count()).isEqualTo(3);
        assertThat(cluster.asked).hasSize(1);
    }

    /** A node has the same time for it as for a whole file, and nobody gives up before. */
    @Test
    void aTreeMayTakeAsLongToBeDeletedAsAFileToBeWritten() {
        assertThat(FileOrders.CHANGE.longest()).isEqualTo(FileOrders.COMMIT.longest());
    }

    @Test
    void anOrderOfAnotherSessionOrEpochOrForAVmOfAnotherIsFenced() {
        for (String kind : cluster.orders.kinds()) {
            UUID id = UUID.randomUUID();
            assertThat(cluster.orders.carryOut(kind, message(10, 5, 1, id))).isEqualTo(Answer.FENCED);
            assertThat(cluster.orders.carryOut(kind, message(11, 4, 1, id))).isEqualTo(Answer.FENCED);
            assertThat(cluster.orders.carryOut(kind, message(11, 5, 2, id))).isEqualTo(Answer.FENCED);
        }
        assertThat(cluster.asked).isEmpty();
    }

    /** A process that stood still finds orders that nobody waits for any more. */
    @Test
    void aNodeThatNobodyHasAnsweredForLongMakesNoChange() {
        cluster.leased = false;
        assertThat(cluster.orders.carryOut("thaw", message(11, 5, 1, UUID.randomUUID())))
                .isEqualTo(Answer.BUSY);
        assertThat(cluster.asked).isEmpty();
        UUID id = UUID.randomUUID();
        assertThat(cluster.orders.carryOut("thaw", message(11, 5, 1, id))).isEqualTo(Answer.BUSY);
        cluster.leased = true;
        cluster.work = call -> new Thawed(1);
        assertThat(cluster.orders.carryOut("thaw", message(11, 5, 1, id)).status())
                .isEqualTo(Answer.Status.OK);
    }

    @Test
    void aNodeThatDoesNotKnowTheOrderIsToBeUpgraded() {
        cluster.work = call -> {
            throw new BellhopException(ErrorCode.NOT_IMPLEMENTED, "Cannot do this because I do not know it");
        };
        BellhopException got = refused(() -> cluster.guests.ask(VM, new SetClock(ClockSource.HOST)));
        assertThat(got.code()).isEqualTo(ErrorCode.NOT_IMPLEMENTED);
        assertThat(got)
                .hasMessage("Cannot set the clock in VM 1 because its node runs an older version that does not know it;"
                        + " upgrade the node");
        // It does not carry out a change whose condition it would ignore.
        assertThat(refused(() -> cluster.files.changeIfUnchanged(
                                VM, new FileChange.Delete(PATH, false), STAT, PathLimits.NONE))
                        .code())
                .isEqualTo(ErrorCode.NOT_IMPLEMENTED);
        // A file is read all the same; by which way is not known.
        assertThat(cluster.files.hasten(VM, "id")).isEmpty();
    }

    /** To it, C:/f is no path, as a form that it cannot read. */
    @Test
    void aNodeThatKnowsNoDrivesIsToBeUpgraded() {
        cluster.work = call -> {
            throw new BellhopException(ErrorCode.INVALID_REQUEST, "Cannot read this message");
        };
        GuestPath drive = GuestPath.of("C:\\f").orElseThrow();
        for (ThrowingCallable call : List.<ThrowingCallable>of(
                () -> cluster.files.find(VM, drive, true, PathLimits.NONE),
                () -> cluster.files.list(VM, drive, null, 1, PathLimits.NONE),
                () -> cluster.files.open(VM, drive, false, PathLimits.NONE),
                () -> cluster.files.space(VM, drive, PathLimits.NONE),
                () -> cluster.files.begin(VM, drive, "upload", true, PathLimits.NONE),
                () -> cluster.files.abandon(VM, drive, "upload", PathLimits.NONE),
                () -> cluster.files.offset(VM, drive, "upload", PathLimits.NONE),
                () -> cluster.files.pack(VM, drive, PathLimits.NONE),
                () -> cluster.files.unpack(VM, drive, PathLimits.NONE),
                () -> cluster.files.change(VM, new FileChange.Delete(drive, false), PathLimits.NONE),
                () -> cluster.files.change(VM, new FileChange.Rename(PATH, drive, false), PathLimits.NONE))) {
            BellhopException got = refused(call);
            assertThat(got.code()).isEqualTo(ErrorCode.NOT_IMPLEMENTED);
            assertThat(got).hasMessageContaining("upgrade the node");
        }
        assertThat(refused(() -> cluster.files.find(VM, PATH, true, PathLimits.NONE))
                        .code())
                .isEqualTo(ErrorCode.INVALID_REQUEST);
    }

    /** Its script would change something in any state. */
    @Test
    void aConditionThatNoScriptComparesIsNoOrder() {
        WireFileChange change =
                WireFileChange.of(new FileChange.MakeFolder(PATH, 0755), WirePaths.Limits.of(PathLimits.NONE));
        var order = new FileOrders.ChangeIfUnchanged(change, STAT.raw());
        assertThat(catchThrowableOfType(WireFormatException.class, order::conditional))
                .isNotNull();
    }

    @Test
    void aVmThatNobodyHasIsNotFound() {
        assertThat(refused(() -> cluster.guests.ask(new VmId(2), new Thaw())).code())
                .isEqualTo(ErrorCode.NOT_FOUND);
    }

    @Test
    void whatIsTooLongForAMessageIsRefusedHere() {
        Freeze request = new Freeze(Duration.ofSeconds(5), Collections.nCopies(100, "/" + "x".repeat(6_000)));
        assertThat(refused(() -> cluster.guests.ask(VM, request)).code()).isEqualTo(ErrorCode.PAYLOAD_TOO_LARGE);
    }

    @Test
    void aLongListIsCutToAMessageAndSaysThatMoreFollows() {
        GuestFiles.Entry entry = new GuestFiles.Entry(new byte[255], STAT, new byte[4_000]);
        cluster.work = call -> new GuestFiles.Listing(Collections.nCopies(1_000, entry), false);
        GuestFiles.Listing got = cluster.files.list(VM, PATH, null, 1_000, PathLimits.NONE);
        assertThat(got.more()).isTrue();
        assertThat(got.entries()).hasSizeBetween(80, 120);
    }

    /** An agent reads and writes less at a time than fits in a message. */
    @Test
    void aMessageCarriesWhatAGuestGivesInParts() {
        cluster.work = call -> switch ((int)
                (long) (Long) Objects.requireNonNull(call.args().get(2))) {
            case 7 -> new byte[] {1, 2};
            case 9 -> new byte[] {3};
            default -> new byte[0];
        };
        assertThat(cluster.files.read(VM, "id", 7, 10)).containsExactly(1, 2, 3);
        cluster.work = call -> 1;
        assertThat(cluster.files.write(VM, "id", 7, new byte[] {1, 2})).isEqualTo(2);
        assertThat(cluster.asked.getLast().args()).containsExactly(VM, "id", 8L, new byte[] {2});
        assertThat(cluster.network.requests()).hasSize(2);
    }

    @Test
    void whatANodeCannotMeanIsAFaultOfItsOwn() {
        cluster.work = call -> new byte[11];
        assertThat(refused(() -> cluster.files.read(VM, "id", 0, 10)).code()).isEqualTo(ErrorCode.INTERNAL_ERROR);
        cluster.work = call -> 4;
        assertThat(refused(() -> cluster.files.write(VM, "id", 0, new byte[3])).code())
                .isEqualTo(ErrorCode.INTERNAL_ERROR);
        cluster.work = call -> new GuestFiles.Opened("id", STAT, PATH, "\r\nSet-Cookie: x", null);
        assertThat(refused(() -> cluster.files.open(VM, PATH, true, PathLimits.NONE))
                        .code())
                .isEqualTo(ErrorCode.INTERNAL_ERROR);
    }

    @Test
    void aPasswordIsInNoText() throws Exception {
        SetPassword order = new SetPassword("root", "hunter2", false);
        assertThat(order.toString()).doesNotContain("hunter2");
        CountDownLatch set = new CountDownLatch(1);
        cluster.work = call -> {
            assertThat(call.args().get(1)).isEqualTo(order);
            set.countDown();
            return new QuestionKind.Done();
        };
        cluster.guests.ask(VM, order);
        assertThat(set.await(1, TimeUnit.SECONDS)).isTrue();
    }
}

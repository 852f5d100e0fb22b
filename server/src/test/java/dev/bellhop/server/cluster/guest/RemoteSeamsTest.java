// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.guest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.bellhop.server.file.FileAttributes;
import dev.bellhop.server.file.FileChange;
import dev.bellhop.server.file.FileCommit;
import dev.bellhop.server.file.FileOpening;
import dev.bellhop.server.file.FileSpace;
import dev.bellhop.server.file.FileStat;
import dev.bellhop.server.file.GuestFiles;
import dev.bellhop.server.file.GuestPath;
import dev.bellhop.server.file.PathLimits;
import dev.bellhop.server.vm.Transport;
import java.lang.reflect.Method;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** An API server asks for files, and the node of the VM gets the same request and returns its answer. */
@Timeout(60)
@Tag("cluster")
class RemoteSeamsTest {
    private static final Object VM = OneNodesGuests.VM;
    private static final Instant NOW = Instant.parse("2026-02-01T09:30:00.750Z");
    private static final GuestPath PATH =
            GuestPath.of(new byte[] {'/', 'a', (byte) 0xFF, '\n'}).orElseThrow();
    private static final GuestPath OTHER = GuestPath.of("/ä/b").orElseThrow();
    private static final PathLimits LIMITS = new PathLimits(List.of(List.of(PATH, OTHER), List.of()));
    private static final FileStat STAT = FileStat.parse("81a4 12 1700000000 1700000001 0 1000 4096|64768 131|"
                    + "2023-11-14 22:13:20.123456789|2023-11-14 22:13:21.000000001|root|www-data")
            .orElseThrow();
    private static final String SUM = "0123456789abcdef".repeat(4);

    record Row(String method, @Nullable Object result, List<@Nullable Object> args) {
        @Override
        public String toString() {
            return method;
        }
    }

    private static Row row(String method, @Nullable Object result, @Nullable Object... args) {
        return new Row(method, result, Arrays.asList(args));
    }

    private static Row change(FileChange change) {
        return row("change", null, VM, change, LIMITS);
    }

    private static Row ifUnchanged(FileChange.Conditional change) {
        return row("changeIfUnchanged", null, VM, change, STAT, LIMITS);
    }

    private static FileCommit commit(FileCommit.Condition condition, @Nullable Instant modified) {
        return new FileCommit(1L << 40, SUM, false, new FileCommit.Tail(7, SUM), condition, 0640, "root:adm", modified);
    }

    private static Row commit(FileCommit commit) {
        return row("commit", new GuestFiles.Written(STAT, PATH, SUM, Transport.STREAM), VM, "id", commit);
    }

    @Test
    void aStreamIsOpenedAheadByTheNode() {
        OneNodesGuests guests = new OneNodesGuests();
        StreamOrders.remote(guests.calls).openSoon(OneNodesGuests.VM);
        await().untilAsserted(() -> assertThat(guests.asked)
                .containsExactly(new OneNodesGuests.Asked("openSoon", List.of(OneNodesGuests.VM))));
    }

    static Stream<Row> rows() {
        return Stream.of(
                row("find", new GuestFiles.Found(STAT, OTHER, null), VM, PATH, true, LIMITS),
                row(
                        "list",
                        new GuestFiles.Listing(
                                List.of(new GuestFiles.Entry(new byte[] {(byte) 0xFE}, STAT, new byte[] {1})), false),
                        VM,
                        PATH,
                        new byte[] {(byte) 0xFD},
                        10,
                        PathLimits.NONE),
                row("open", new GuestFiles.Opened("id", STAT, OTHER, SUM, Transport.AGENT), VM, PATH, true, LIMITS),
                row(
                        "openInPlace",
                        new GuestFiles.Opened("id", STAT, OTHER, null, null),
                        VM,
                        PATH,
                        new FileOpening(FileOpening.Access.APPEND, FileOpening.Creation.MISSING, true, 0640, "5 6"),
                        LIMITS),
                row("space", new FileSpace(4096, 9, 8, 7, 6, 5, 255), VM, PATH, LIMITS),
                row("hasten", Optional.of(Transport.STREAM), VM, "id"),
                row("hasten", Optional.empty(), VM, "id"),
                row("read", new byte[] {0, 1, (byte) 255}, VM, "id", 1L << 40, 3),
                row("close", null, VM, "id"),
                row("begin", new GuestFiles.Upload("id", 7, OTHER, STAT), VM, PATH, "upload", true, LIMITS),
                row("write", 3, VM, "id", 7L, new byte[] {1, 2, 3}),
                row("flush", null, VM, "id"),
                commit(commit(new FileCommit.Condition.Any(), NOW.plusNanos(1))),
                commit(commit(new FileCommit.Condition.Absent(), null)),
                commit(commit(new FileCommit.Condition.Unchanged(), null)),
                row("abandon", true, VM, PATH, "upload", LIMITS),
                row("offset", 1L << 40, VM, PATH, "upload", LIMITS),
                row("pack", new GuestFiles.Tree("id", OTHER, false, true, Transport.STREAM), VM, PATH, LIMITS),
                row("unpack", new GuestFiles.Tree("id", OTHER, true, false, null), VM, PATH, LIMITS),
                row("finish", null, VM, "id"),
                change(new FileChange.MakeFolder(PATH, 0755)),
                change(new FileChange.Delete(PATH, true)),
                change(new FileChange.Rename(PATH, OTHER, true)),
                change(new FileChange.ChangeMode(PATH, 07777)),
                change(new FileChange.ChangeOwner(PATH, "www-data:adm")),
                ifUnchanged(new FileChange.Delete(PATH, true)),
                ifUnchanged(new FileChange.Rename(PATH, OTHER, true)),
                ifUnchanged(new FileChange.ChangeMode(PATH, 07777)),
                ifUnchanged(new FileChange.ChangeOwner(PATH, "www-data:adm")),
                change(new FileChange.Unlink(PATH, true)),
                change(new FileChange.SetAttributes(
                        PATH, true, new FileAttributes(1L << 40, 0640, "1:2", 3L, 4L), "5 6")),
                change(new FileChange.SetAttributes(
                        PATH, false, new FileAttributes(null, null, null, null, null), null)),
                change(new FileChange.SymbolicLink(PATH, new byte[] {(byte) 0xFE})),
                change(new FileChange.HardLink(PATH, OTHER)),
                change(new FileChange.Sync(PATH, "5 6")));
    }

    @ParameterizedTest
    @MethodSource("rows")
    void theNodesSeamIsAskedTheSameAndAnswersTheSame(Row row) throws Exception {
        OneNodesGuests cluster = new OneNodesGuests();
        cluster.work = call -> row.result;

        Object answer = cluster.call(cluster.files, GuestFiles.class, row.method, row.args.toArray());

        assertThat(cluster.asked).hasSize(1);
        assertThat(cluster.asked.getFirst().method()).isEqualTo(row.method);
        assertThat(cluster.asked.getFirst().args())
                .usingRecursiveComparison()
                .withStrictTypeChecking()
                .ignoringCollectionOrderInFields()
                .isEqualTo(row.args);
        if (row.result == null) {
            assertThat(answer).isNull();
        } else {
            assertThat(answer).usingRecursiveComparison().isEqualTo(row.result);
        }
    }

    @Test
    void eachMethodIsTried() {
        assertThat(rows().map(Row::method))
                .containsAll(Arrays.stream(GuestFiles.class.getMethods())
                        .filter(method -> !method.isDefault())
                        .map(Method::getName)
                        .toList());
    }
}

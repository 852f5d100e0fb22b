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
import java.time.Instant;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What is asked of a seam at an API server, that of the node is asked, and its answer is the other's. */
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

    record Row(Class<?> seam, String method, @Nullable Object result, List<@Nullable Object> args) {
        @Override
        public String toString() {
            return seam.getSimpleName() + "." + method;
        }
    }

    private static Row row(Class<?> seam, String method, @Nullable Object result, @Nullable Object... args) {
        return new Row(seam, method, result, Arrays.asList(args));
    }

    private static Row change(FileChange change) {
        return row(GuestFiles.class, "change", null, VM, change, LIMITS);
    }

    private static Row ifUnchanged(FileChange.Conditional change) {
        return row(GuestFiles.class, "changeIfUnchanged", null, VM, change, STAT, LIMITS);
    }

    private static FileCommit commit(FileCommit.Condition condition, @Nullable Instant modified) {
        return new FileCommit(1L << 40, SUM, false, new FileCommit.Tail(7, SUM), condition, 0640, "root:adm", modified);
    }

    private static Row commit(FileCommit commit) {
        return row(
                GuestFiles.class,
                "commit",
                new GuestFiles.Written(STAT, PATH, SUM, Transport.STREAM),
                VM,
                "id",
                commit);
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
                row(GuestFiles.class, "find", new GuestFiles.Found(STAT, OTHER, null), VM, PATH, true, LIMITS),
                row(
                        GuestFiles.class,
                        "list",
                        new GuestFiles.Listing(
                                List.of(new GuestFiles.Entry(new byte[] {(byte) 0xFE}, STAT, new byte[] {1})), false),
                        VM,
                        PATH,
                        new byte[] {(byte) 0xFD},
                        10,
                        PathLimits.NONE),
                row(
                        GuestFiles.class,
                        "open",
                        new GuestFiles.Opened("id", STAT, OTHER, SUM, Transport.AGENT),
                        VM,
                        PATH,
                        true,
                        LIMITS),
                row(
                        GuestFiles.class,
                        "openInPlace",
                        new GuestFiles.Opened("id", STAT, OTHER, null, null),
                        VM,
                        PATH,
                        new FileOpening(FileOpening.Access.APPEND, FileOpening.Creation.MISSING, true, 0640, "5 6"),
                        LIMITS),
                row(GuestFiles.class, "space", new FileSpace(4096, 9, 8, 7, 6, 5, 255), VM, PATH, LIMITS),
                row(GuestFiles.class, "hasten", Optional.of(Transport.STREAM), VM, "id"),
                row(GuestFiles.class, "hasten", Optional.empty(), VM, "id"),
                row(GuestFiles.class, "read", new byte[] {0, 1, (byte) 255}, VM, "id", 1L << 40, 3),
                row(GuestFiles.class, "close", null, VM, "id"),
                row(
                        GuestFiles.class,
                        "begin",
                        new GuestFiles.Upload("id", 7, OTHER, STAT),
                        VM,
                        PATH,
                        "upload",
                        true,
                        LIMITS),
                row(GuestFiles.class, "write", 3, VM, "id", 7L, new byte[] {1, 2, 3}),
                row(GuestFiles.class, "flush", null, VM, "id"),
                commit(commit(new FileCommit.Condition.Any(), NOW.plusNanos(1))),
                commit(commit(new FileCommit.Condition.Absent(), null)),
                commit(commit(new FileCommit.Condition.Unchanged(), null)),
                row(GuestFiles.class, "abandon", true, VM, PATH, "upload", LIMITS),
                row(GuestFiles.class, "offset", 1L << 40, VM, PATH, "upload", LIMITS),
                row(
                        GuestFiles.class,
                        "pack",
                        new GuestFiles.Tree("id", OTHER, false, true, Transport.STREAM),
                        VM,
                        PATH,
                        LIMITS),
                row(GuestFiles.class, "unpack", new GuestFiles.Tree("id", OTHER, true, false, null), VM, PATH, LIMITS),
                row(GuestFiles.class, "finish", null, VM, "id"),
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

        Object answer = cluster.call(cluster.files, row.seam, row.method, row.args.toArray());

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

    /** So that a method that a seam gets is not left out here. */
    @Test
    void eachMethodOfEachSeamIsTried() {
        Set<String> tried = rows().map(Row::toString).collect(Collectors.toCollection(HashSet::new));
        for (Class<?> seam : rows().map(Row::seam).collect(Collectors.toSet())) {
            assertThat(tried)
                    .containsAll(Arrays.stream(seam.getMethods())
                            .filter(method -> !method.isDefault())
                            .map(method -> seam.getSimpleName() + "." + method.getName())
                            .toList());
        }
    }
}

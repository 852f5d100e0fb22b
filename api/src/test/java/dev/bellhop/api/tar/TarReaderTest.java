// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.tar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bellhop.api.tar.TarMember.Kind;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is read of tars that others have made, and what of them is refused. */
class TarReaderTest {
    @TempDir
    private Path folder;

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    private static List<TarMember> members(byte[] tar) throws IOException {
        TarReader reader = new TarReader(new ByteArrayInputStream(tar));
        List<TarMember> members = new ArrayList<>();
        for (Optional<TarMember> next = reader.next(); next.isPresent(); next = reader.next()) {
            members.add(next.get());
        }
        return members;
    }

    private static String name(TarMember member) {
        return new String(member.name(), StandardCharsets.ISO_8859_1);
    }

    private byte[] run(byte[] input, String... command) throws Exception {
        Path in = Files.write(folder.resolve("stdin"), input);
        Process process = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectInput(in.toFile())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        byte[] out = process.getInputStream().readAllBytes();
        assertThat(process.waitFor()).isZero();
        return out;
    }

    /** Goes through a copy, as everything does that passes a server. */
    private static byte[] copied(byte[] tar, boolean withHoles) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        TarReader reader = new TarReader(new ByteArrayInputStream(tar));
        TarWriter writer = new TarWriter(out);
        TarCopy copy = new TarCopy(reader, writer);
        for (Optional<TarMember> next = reader.next(); next.isPresent(); next = reader.next()) {
            copy.copy(next.get(), withHoles);
        }
        writer.finish();
        return out.toByteArray();
    }

    @ParameterizedTest
    @ValueSource(strings = {"gnu", "posix"})
    void whatTarMakesIsReadAndWrittenAnewForTar(String format) throws Exception {
        Path tree = Files.createDirectory(folder.resolve("tree"));
        Files.createDirectory(tree.resolve("empty"));
        Files.write(tree.resolve("f"), bytes("content"));
        Files.createFile(tree.resolve("none"));
        String part = "p".repeat(200);
        Path deep = Files.createDirectories(tree.resolve(part).resolve(part));
        Files.write(deep.resolve("deep"), bytes("deep"));
        Files.createSymbolicLink(tree.resolve("link"), Path.of("/" + "t".repeat(150)));
        Files.createLink(tree.resolve("hard"), tree.resolve("f"));
        byte[] tar = run(new byte[0], "tar", "--format=" + format, "-C", "tree", "-c", ".");

        assertThat(members(tar))
                .extracting(TarReaderTest::name)
                .contains("", "empty", "none", "link", part + "/" + part + "/deep");
        assertThat(members(tar)).anyMatch(member -> member.kind() == Kind.HARD_LINK);
        run(copied(tar, true), "sh", "-c", "mkdir out && tar -p -C out -x");
        run(new byte[0], "diff", "-r", "--no-dereference", "tree", "out");
        assertThat(Files.getAttribute(folder.resolve("out/f"), "unix:nlink")).isEqualTo(2);
        assertThat(listed(copied(tar, true))).isEqualTo(listed(tar));
    }

    private String listed(byte[] tar) throws Exception {
        return new String(run(tar, "tar", "--numeric-owner", "-tv"), StandardCharsets.ISO_8859_1).replace(" ./", " ");
    }

    @Test
    void holesStayOrBecomeZeros() throws Exception {
        run(
                new byte[0],
                "sh",
                "-c",
                "for i in 1 3 5 7 9 11 13; do printf x | dd of=f bs=1M seek=$i conv=notrunc; done 2>/dev/null; truncate -s 20M f");
        byte[] tar = run(new byte[0], "tar", "--format=gnu", "--sparse", "-c", "f");
        TarMember file = members(tar).getFirst();
        assertThat(file.kind()).isEqualTo(Kind.SPARSE_FILE);
        assertThat(file.size()).isEqualTo(20 << 20);
        assertThat(file.stored()).isLessThan(1 << 20);
        for (boolean withHoles : new boolean[] {true, false}) {
            run(copied(tar, withHoles), "sh", "-c", "rm -rf out; mkdir out && tar -C out -x");
            assertThat(Files.mismatch(folder.resolve("f"), folder.resolve("out/f")))
                    .isEqualTo(-1);
        }
    }

    /** GNU's tar would read it in another way than Python. */
    @Test
    void piecesThatDoNotFillTheirBlocksAreRefused() throws Exception {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        TarWriter writer = new TarWriter(out);
        writer.begin(TarMember.file(bytes("f"), 0644, 0, 5000)
                .sparse(List.of(new TarMember.Piece(0, 3), new TarMember.Piece(2000, 3))));
        writer.write(bytes("abcdef"), 0, 6);
        writer.end();
        writer.finish();
        assertThatThrownBy(() -> members(out.toByteArray())).hasMessageContaining("a map that cannot be");
    }

    @Test
    void numbersOfAnySizeAreKept() throws Exception {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        TarWriter writer = new TarWriter(out);
        TarMember member = new TarMember(
                bytes("f"), Kind.FILE, 04755, 3_000_000_000L, 4_000_000_000L, -5, 0, new byte[0], List.of());
        writer.begin(member);
        writer.end();
        TarMember large = TarMember.file(bytes("large"), 0644, 1L << 40, 10L << 33);
        writer.begin(large);
        byte[] tar = out.toByteArray();
        TarReader reader = new TarReader(new ByteArrayInputStream(tar));
        TarMember read = reader.next().orElseThrow();
        assertThat(read.mode()).isEqualTo(04755);
        assertThat(List.of(read.uid(), read.gid(), read.modified()))
                .containsExactly(3_000_000_000L, 4_000_000_000L, -5L);
        read = reader.next().orElseThrow();
        assertThat(List.of(read.size(), read.modified())).containsExactly(10L << 33, 1L << 40);
    }

    private static byte[] tar(TarMember... members) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        TarWriter writer = new TarWriter(out);
        for (TarMember member : members) {
            writer.begin(member);
            writer.end();
        }
        writer.finish();
        return out.toByteArray();
    }

    @ParameterizedTest
    @ValueSource(strings = {"/etc/passwd", "../f", "a/../../f", "a/..", "..", "/"})
    void aNameThatLeadsOutIsRefused(String name) throws Exception {
        byte[] file = tar(TarMember.file(bytes(name), 0644, 0, 0));
        assertThatThrownBy(() -> members(file)).isInstanceOf(TarException.class);
        byte[] link = tar(TarMember.hardLink(bytes("a"), bytes(name), 0644, 0));
        assertThatThrownBy(() -> members(link)).isInstanceOf(TarException.class);
        // A symbolic link may lead anywhere: it is not followed.
        assertThat(members(tar(TarMember.symlink(bytes("a"), bytes(name), 0)))).hasSize(1);
    }

    /** Whoever reads it as text has it lead elsewhere than whoever has checked it. */
    @Test
    void aLinkWithANulInItIsRefused() throws Exception {
        byte[] header = bytes("17 linkpath=..\0x\n");
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        TarWriter writer = new TarWriter(out);
        writer.begin(TarMember.file(bytes("pax"), 0644, 0, header.length));
        writer.write(header, 0, header.length);
        writer.end();
        writer.begin(TarMember.symlink(bytes("link"), bytes("f"), 0));
        writer.end();
        writer.finish();
        byte[] tar = out.toByteArray();
        tar[156] = 'x';
        byte[] sum = bytes(String.format("%06o\0 ", TarHeader.sum(Arrays.copyOf(tar, 512), false)));
        System.arraycopy(sum, 0, tar, TarHeader.SUM, sum.length);
        assertThatThrownBy(() -> members(tar)).hasMessage("its member link is a link with a NUL in it");
    }

    @Test
    void aNameIsCleaned() throws Exception {
        byte[] tar = tar(TarMember.file(bytes("./a//./b"), 0644, 0, 0), TarMember.file(bytes("a...b/..c"), 0644, 0, 0));
        assertThat(members(tar)).extracting(TarReaderTest::name).containsExactly("a/b", "a...b/..c");
    }

    @Test
    void oneThatEndsEarlyIsNoTar() throws Exception {
        byte[] tar = tar(TarMember.directory(bytes("d"), 0755, 0));
        for (int length : new int[] {0, 100, 512}) {
            assertThatThrownBy(() -> members(Arrays.copyOf(tar, length))).isInstanceOf(EOFException.class);
        }
        byte[] more = Arrays.copyOf(tar, tar.length + 512);
        assertThat(members(more)).hasSize(1);
        more[more.length - 1] = 1;
        assertThatThrownBy(() -> members(more)).hasMessage("something follows its end");
    }

    /** They have no size that counts, and could go on for ever. */
    @Test
    void headersThatBelongToNoMemberHaveABound() throws Exception {
        byte[] tar = tar(TarMember.file(bytes("n".repeat(200)), 0644, 0, 0));
        byte[] longName = Arrays.copyOf(tar, 1024);
        ByteArrayOutputStream many = new ByteArrayOutputStream();
        for (int i = 0; i < 15; i++) {
            many.writeBytes(longName);
        }
        many.writeBytes(tar);
        assertThat(members(many.toByteArray())).hasSize(1);

        ByteArrayOutputStream more = new ByteArrayOutputStream();
        more.writeBytes(longName);
        more.writeBytes(many.toByteArray());
        assertThatThrownBy(() -> members(more.toByteArray())).hasMessageContaining("more than 16 headers");
    }

    /** A member of pax headers in front of a directory. */
    private static byte[] withPaxHeaders(int count, String records) throws IOException {
        byte[] directory = tar(TarMember.directory(bytes("d"), 0755, 0));
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (int i = 0; i < count; i++) {
            byte[] header = Arrays.copyOf(directory, 512);
            header[156] = 'x';
            byte[] size = bytes(String.format("%011o", records.length()));
            System.arraycopy(size, 0, header, 124, size.length);
            byte[] sum = bytes(String.format("%06o\0 ", TarHeader.sum(header, false)));
            System.arraycopy(sum, 0, header, TarHeader.SUM, sum.length);
            all.writeBytes(header);
            all.writeBytes(Arrays.copyOf(bytes(records), (records.length() + 511) / 512 * 512));
        }
        all.writeBytes(directory);
        return all.toByteArray();
    }

    @Test
    void theHeadersOfAMemberHaveABound() throws Exception {
        String attribute = "60000 a=" + "v".repeat(60_000 - 9) + "\n";
        TarReader reader = new TarReader(new ByteArrayInputStream(withPaxHeaders(16, attribute)));
        assertThat(reader.next()).isPresent();
        assertThat(reader.extensionBytes()).isEqualTo(16 * (512 + 60_000));

        String attributes = attribute.repeat(2);
        assertThatThrownBy(() -> members(withPaxHeaders(16, attributes)))
                .hasMessage("the headers of a member in it are longer than 1048576 bytes");
    }

    @Test
    void theRecordsOfAPaxHeaderHaveABound() throws Exception {
        assertThat(members(withPaxHeaders(1, "5 a=\n".repeat(1000)))).hasSize(1);
        assertThatThrownBy(() -> members(withPaxHeaders(1, "5 a=\n".repeat(1001))))
                .hasMessage("a pax header in it has more than 1000 records");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"5 a=x", "6 a=\n", "4 a=\n", "0 a=\n", " a=\n", "+5 a=\n", "99999999 a=\n", "5 a\n\n", "3 a"})
    void aBrokenPaxRecordIsRefused(String record) throws Exception {
        assertThatThrownBy(() -> members(withPaxHeaders(1, record))).hasMessage("a pax header in it is broken");
    }

    /** Whatever it is, it is refused or read, and nothing else. */
    @Test
    void nothingButRefusalsComesOfRubbish() throws Exception {
        byte[] tar = tar(
                TarMember.directory(bytes("d"), 0755, 0),
                TarMember.symlink(bytes("l".repeat(300)), bytes("t".repeat(300)), 0));
        Random random = new Random(5);
        for (int i = 0; i < 3000; i++) {
            byte[] broken = tar.clone();
            int at = random.nextInt(broken.length);
            broken[at] = (byte) random.nextInt(256);
            // So that what is behind the sum is looked at, too.
            int block = at / 512 * 512;
            byte[] header = Arrays.copyOfRange(broken, block, block + 512);
            byte[] sum = bytes(String.format("%06o\0 ", TarHeader.sum(header, false)));
            System.arraycopy(sum, 0, broken, block + TarHeader.SUM, sum.length);
            try {
                for (TarMember member : members(broken)) {
                    assertThat(name(member)).doesNotStartWith("/").isNotEqualTo("..");
                }
            } catch (TarException | EOFException e) {
                assertThat(e.getMessage()).isNotEmpty();
            }
        }
    }

    @Test
    void aSparseFileInTheFormOfPaxIsRefusedWithAdvice() throws Exception {
        run(new byte[0], "sh", "-c", "truncate -s 1M f; echo x >>f");
        byte[] tar = run(new byte[0], "tar", "--format=posix", "--sparse", "-c", "f");
        assertThatThrownBy(() -> members(tar)).hasMessageContaining("--format=gnu");
    }
}

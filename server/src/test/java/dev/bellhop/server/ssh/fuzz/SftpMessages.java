// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh.fuzz;

import static dev.bellhop.server.ssh.fuzz.Fields.framed;
import static dev.bellhop.server.ssh.fuzz.Fields.message;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/** Requests of sftp, whole and spoilt. Types are those of version 3 of the protocol. */
final class SftpMessages {
    static final int INIT = 1;
    private static final int VERSION = 3;
    private static final List<String> EXTENSIONS = List.of(
            "posix-rename@openssh.com",
            "hardlink@openssh.com",
            "fsync@openssh.com",
            "statvfs@openssh.com",
            "fstatvfs@openssh.com",
            "lsetstat@openssh.com",
            "limits@openssh.com",
            "expand-path@openssh.com",
            "copy-data",
            "");

    private final Mutator mutator;
    private final List<byte[]> paths;
    private int id;

    /** @param folder which the caller may write; paths lead there, and elsewhere */
    SftpMessages(Mutator mutator, Path folder) {
        this.mutator = mutator;
        this.paths = List.of(
                bytes(folder + "/f"),
                bytes(folder + "/g"),
                bytes(folder + "/d"),
                bytes(folder.toString()),
                bytes(folder + "/../" + folder.getFileName() + "/./d//f"),
                bytes(folder + "/../x"),
                bytes(folder + "/" + "long/".repeat(1_000)),
                bytes(folder + "/a\nb'\"$(x)\\ "),
                new byte[] {'/', (byte) 0xFF, (byte) 0xC0, 0x7F},
                bytes("/etc/shadow"),
                bytes("f"),
                bytes("~/f"),
                bytes("/\0"),
                bytes(""));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    static byte[] first() {
        return framed(message(INIT, VERSION));
    }

    /** What may stand where it is expected, or begin elsewhere than it is. */
    byte[] next() {
        byte[] message = request();
        if (mutator.oneIn(60)) {
            return mutator.spoil(framed(message));
        }
        // With less than its type and its id, it would end the session.
        byte[] spoilt = mutator.oneIn(3) ? mutator.spoil(message) : message;
        return framed(spoilt.length < 5 ? message : spoilt);
    }

    private byte[] request() {
        int type = mutator.oneIn(12) ? mutator.below(256) : 3 + mutator.below(18);
        Object number = ++id;
        return switch (type) {
            case 3 -> message(3, number, path(), mutator.oneIn(3) ? mutator.edge() : mutator.below(64), mode(), 0);
            case 4, 8, 12 -> message(type, number, handle());
            case 5 -> message(5, number, handle(), offset(), mutator.oneIn(2) ? 100 : mutator.edge());
            case 6 -> message(6, number, handle(), offset(), mutator.garbage(3_000));
            case 7, 11, 13, 15, 16, 17, 19 -> message(type, number, path());
            case 9 -> attributes(message(9, number, path()));
            case 10 -> attributes(message(10, number, handle()));
            case 14 -> message(14, number, path(), 0);
            case 18, 20 -> message(type, number, path(), path());
            default ->
                message(
                        mutator.oneIn(3) ? type : 200,
                        number,
                        mutator.oneOf(EXTENSIONS),
                        mutator.oneIn(2) ? path() : handle(),
                        path(),
                        mutator.edge());
        };
    }

    private byte[] path() {
        byte[] path = mutator.oneOf(paths);
        return mutator.oneIn(6) ? mutator.spoil(path) : path;
    }

    /** They are numbers from 1 on, and a client cannot know more of them. */
    private byte[] handle() {
        return mutator.oneIn(5) ? mutator.garbage(8) : new byte[] {0, 0, 0, (byte) (1 + mutator.below(6))};
    }

    private long offset() {
        return switch (mutator.below(4)) {
            case 0 -> 0;
            case 1 -> mutator.below(10_000);
            case 2 -> Long.MAX_VALUE - mutator.below(3);
            default -> -1 - mutator.below(3);
        };
    }

    private int mode() {
        return mutator.oneIn(2) ? 0 : 1 << mutator.below(4);
    }

    private byte[] attributes(byte[] before) {
        // A file of 2^31 bytes has a hole in it and takes no room.
        int flags = mutator.oneIn(3) ? mutator.edge() : mutator.below(16);
        return Fields.join(
                before,
                new byte[] {(byte) (flags >> 24), (byte) (flags >> 16), (byte) (flags >> 8), (byte) flags},
                mutator.garbage(40));
    }
}
